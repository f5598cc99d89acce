package central

import (
	"context"
	"errors"
	"time"

	"murur/kiosk/kwd"
	"murur/kiosk/ledger/record"
)

// Store keeps what the server knows. It is as dumb as it can be: the rules are in
// Server, so that they are the same over every store. Package storetest has the
// suite that every implementation passes.
type Store interface {
	// View runs f on one consistent state.
	View(ctx context.Context, f func(Reader) error) error
	// Update runs f alone: no other Update runs meanwhile, and what f wrote is
	// durable when Update returns nil, or not there at all. f may be run again
	// after a conflict and must not keep anything from a run that failed.
	Update(ctx context.Context, f func(Tx) error) error
	// Close waits for what is running.
	Close() error
}

// ErrNone is returned by a Reader for what is not there.
var ErrNone = errors.New("not there")

// Reader reads. Every error but ErrNone means that the store does not work.
type Reader interface {
	// Fine is the fine with this violation number. Errors: ErrNone.
	Fine(id string) (Fine, error)
	// FinesOf lists the fines of a subject in the order of their ids; none is no
	// error. Errors: ErrNone when nobody ever heard of the subject.
	FinesOf(s Subject) ([]Fine, error)
	// Reservation is the reservation with this id, expired or not. Errors: ErrNone.
	Reservation(id string) (Reservation, error)
	// Application is an application for a licence. Errors: ErrNone.
	Application(id string) (Application, error)
	// ApplicationsOf lists a person's applications in the order of their ids; none is no
	// error.
	ApplicationsOf(civil string) ([]Application, error)
	// LeasedTo lists at most limit applications whose last lease is a kiosk's, with an id
	// above after, in the order of their ids.
	LeasedTo(kiosk, after string, limit int) ([]Application, error)
	// Head is the end of the kiosk's chain. Errors: ErrNone before the first record.
	Head(kiosk string) (record.Head, error)
	// Record is one record of a chain. Errors: ErrNone.
	Record(kiosk string, epoch uint32, seq uint64) (record.Record, error)
	// Postings lists at most limit postings of a kiosk with a number above after,
	// in the order of their numbers.
	Postings(kiosk string, after uint64, limit int) ([]Posting, error)
	// Differences does the same for differences.
	Differences(kiosk string, after uint64, limit int) ([]Difference, error)
}

// Tx reads and writes, and reads what it wrote.
type Tx interface {
	Reader
	// PutSubject makes a subject known.
	PutSubject(s Subject) error
	// PutFine stores a fine and makes its subjects known. The subjects of a fine
	// never change.
	PutFine(f Fine) error
	PutReservation(r Reservation) error
	// DropReservation drops a reservation; one that is gone is no error.
	DropReservation(id string) error
	// PutApplication stores an application. Its person never changes.
	PutApplication(a Application) error
	// PutRecord stores a record and makes it the head of its kiosk's chain.
	PutRecord(r record.Record) error
	// AddPosting numbers the posting 1, 2, 3, … over all kiosks and stores it.
	AddPosting(p Posting) (number uint64, err error)
	// AddDifference does the same for a difference, with numbers of its own.
	AddDifference(d Difference) (number uint64, err error)
}

// By says what kind of number a subject is.
type By string

// The kinds of subjects that fines belong to.
const (
	ByCivil   By = "civil"
	ByCompany By = "company"
	ByPlate   By = "plate"
)

// Subject is somebody or something that fines belong to.
type Subject struct {
	By     By
	Number string // plain digits; of a plate "class/code/number"
}

// Fine is a traffic fine as the department keeps it.
type Fine struct {
	ID      string     `json:"id"` // violation number
	Civil   string     `json:"civil,omitempty"`
	Company string     `json:"company,omitempty"` // unified number
	Plate   Plate      `json:"plate"`
	What    Words      `json:"what"`
	Where   Words      `json:"where"`
	At      time.Time  `json:"at"`
	Amount  kwd.Amount `json:"amount"`
	// NotHere: it needs a visit or a legal step first; Reason and GoTo say which.
	NotHere bool  `json:"notHere,omitempty"`
	Reason  Words `json:"reason,omitzero"`
	GoTo    Words `json:"goTo,omitzero"`

	// Reservation is the last reservation; it counts while it exists and has not
	// expired.
	Reservation string `json:"reservation,omitempty"`
	// Paid is when the server learned of the payment, Posting what it learned it
	// from. Zero: open.
	Paid    time.Time `json:"paid,omitzero"`
	Posting uint64    `json:"posting,omitempty"`
}

// Subjects are what the fine is found by, beside its own number.
func (f Fine) Subjects() []Subject {
	var s []Subject
	if f.Civil != "" {
		s = append(s, Subject{ByCivil, f.Civil})
	}
	if f.Company != "" {
		s = append(s, Subject{ByCompany, f.Company})
	}
	if f.Plate != (Plate{}) {
		s = append(s, Subject{ByPlate, f.Plate.String()})
	}
	return s
}

// Plate is a number plate in its three parts as issued.
type Plate struct {
	Class  string `json:"class"`
	Code   string `json:"code"`
	Number string `json:"number"`
}

// String is "class/code/number".
func (p Plate) String() string { return p.Class + "/" + p.Code + "/" + p.Number }

// Words is one text in both languages.
type Words struct {
	Ar string `json:"ar"`
	En string `json:"en"`
}

// Reservation keeps fines for one payment at one kiosk until it expires.
type Reservation struct {
	ID      string     `json:"id"`
	Kiosk   string     `json:"kiosk"`
	Fines   []string   `json:"fines"`
	Amount  kwd.Amount `json:"amount"`
	Expires time.Time  `json:"expires"`
	// Unclear: the kiosk does not know what became of the payment. The reservation
	// does not expire; it ends when the kiosk or staff found out.
	Unclear bool `json:"unclear,omitempty"`
}

// holds tells whether the reservation still keeps others away.
func (r Reservation) holds(now time.Time) bool { return r.Unclear || r.Expires.After(now) }

// Place is where in which chain something was learned.
type Place struct {
	Kiosk string `json:"kiosk"`
	Epoch uint32 `json:"epoch"`
	Seq   uint64 `json:"seq"`
}

// Posting is a completed payment as a kiosk reported it.
type Posting struct {
	Number   uint64 `json:"number"` // the server's own
	Place    Place  `json:"place"`
	Journey  string `json:"journey"`
	Payment  `json:"payment"`
	Received time.Time `json:"received"` // by the server's clock
}

// Payment is the payload of the records about payments; what a kind does not know
// is left out.
type Payment struct {
	Reservation     string     `json:"reservation"`
	Fines           []string   `json:"fines"`
	Amount          kwd.Amount `json:"amount"`
	Receipt         string     `json:"receipt"`
	Terminal        string     `json:"terminal"`
	Trace           string     `json:"trace"`
	TerminalReceipt string     `json:"terminalReceipt"`
	At              time.Time  `json:"at"` // by the kiosk's clock
}

// Difference is something about a payment or a licence that staff must settle.
type Difference struct {
	Number uint64 `json:"number"`
	Place  Place  `json:"place"`
	Why    Why    `json:"why"`
	Fine   string `json:"fine,omitempty"`
	// Application is that of a licence.
	Application string    `json:"application,omitempty"`
	Earlier     uint64    `json:"earlier,omitempty"` // posting that paid the fine first
	Found       time.Time `json:"found"`
}

// Why classes a difference.
type Why string

const (
	PaidTwice   Why = "paid_twice"   // Earlier paid it first
	UnknownFine Why = "unknown_fine" // no such violation number
	WrongAmount Why = "amount"       // charged is not the sum of the fines
	Unreadable  Why = "unreadable"   // the record says nothing that can be posted
	NotClear    Why = "unclear"      // charged or not: the kiosk does not know
	NewEpoch    Why = "epoch"        // the kiosk's log began again; the old one may have more

	IssuedTwice        Why = "issued_twice"        // a licence was handed out for what was over, or for another issue
	UnknownApplication Why = "unknown_application" // no such application
	PickupUnclear      Why = "pickup_unclear"      // the department has to decide about an application
)
