package pickup

import (
	"context"
	"errors"
	"time"

	"murur/kiosk/front"
)

// Kind is what a licence was applied for.
type Kind string

const (
	Renewal Kind = "renewal" // the old licence is retained
	Damaged Kind = "damaged" // so is the damaged one, unread
	Lost    Kind = "lost"    // there is no old one; the police report is on the application
)

// TakesOld reports whether an old licence has to be retained first.
func (k Kind) TakesOld() bool { return k != Lost }

// Standing is whether an application can be collected, as the department decides.
type Standing string

const (
	Ready     Standing = "ready"
	NotReady  Standing = "not_ready" // not yet
	Visit     Standing = "visit"     // the department wants to see the person: Reason, GoTo
	Elsewhere Standing = "elsewhere" // leased to another kiosk: GoTo says which
	Unclear   Standing = "unclear"   // an earlier attempt is being cleared up: central decides
)

// Application is an approved and paid application, as the department tells it.
type Application struct {
	ID       string      `json:"id"`
	Kind     Kind        `json:"kind"`
	Issue    int         `json:"issue"` // 1, and one more each time central allows another card
	What     front.Words `json:"what"`  // the class of licence: "Private vehicle"
	Standing Standing    `json:"standing"`
	Reason   front.Words `json:"reason,omitzero"`
	GoTo     front.Words `json:"goTo,omitzero"`
}

// Lease lets one kiosk, and no other, print one card for an application until a date.
// It carries what is printed, and is personal.
type Lease struct {
	Application Application `json:"application"`
	Civil       string      `json:"civil"` // of the holder
	Until       time.Time   `json:"until"`
	// Clear: the department knew of no open fine when the lease was given. Offline only
	// such leases count.
	Clear   bool    `json:"clear"`
	Licence Licence `json:"licence"`
}

// Licence is what stands on the card (fields of ISO/IEC 18013-1; dates are days).
type Licence struct {
	Number      string      `json:"number"` // 5
	Civil       string      `json:"civil"`  // 4d
	Surname     front.Words `json:"surname"`
	Given       front.Words `json:"given"`
	Nationality front.Words `json:"nationality"`
	Authority   front.Words `json:"authority"` // 4c
	Birth       time.Time   `json:"birth"`     // 3
	Issued      time.Time   `json:"issued"`    // 4a
	Expires     time.Time   `json:"expires"`   // 4b
	Categories  []Category  `json:"categories"`
	Blood       string      `json:"blood,omitempty"`
	Portrait    []byte      `json:"portrait"`  // 6, JPEG or PNG
	Signature   []byte      `json:"signature"` // 7, PNG
}

// Category is one line of the table on the back (9 to 12).
type Category struct {
	Code         string    `json:"code"`
	Issued       time.Time `json:"issued"`
	Expires      time.Time `json:"expires"`
	Restrictions string    `json:"restrictions,omitempty"`
}

// Central is what this journey needs of the central server.
type Central interface {
	// Applications lists a person's applications; none is a good answer. Errors:
	// fines.ErrCentral.
	Applications(ctx context.Context, civil string) ([]Application, error)
	// Lease leases an application to this kiosk; asked again it answers the same.
	// Errors: ErrNotLeased, fines.ErrCentral.
	Lease(ctx context.Context, application string) (Lease, error)
	// Manifest lists everything that is leased to this kiosk in advance. head is the hash of
	// the newest record of the kiosk's log, at a moment when no journey is under way: central
	// learns from it which leases were not used. Errors: fines.ErrCentral.
	Manifest(ctx context.Context, head string) ([]Lease, error)
}

// ErrNotLeased means that the application cannot be had now: it is leased elsewhere,
// issued, or no longer ready.
var ErrNotLeased = errors.New("application cannot be leased")

// Mark is an entry of the list of pickups: what this kiosk has done with an
// application. It outlives the journey, so that no second card is printed for the same
// issue whatever central says.
type Mark struct {
	Issue   int       `json:"issue"`
	State   MarkState `json:"state"`
	Journey string    `json:"journey"`
	At      time.Time `json:"at"`
}

// MarkState is how far it came.
type MarkState string

const (
	MarkOpen      MarkState = "open"      // a journey has begun with it
	MarkIssued    MarkState = "issued"    // the new licence was taken
	MarkPromised  MarkState = "promised"  // no licence, a promise in print: central decides
	MarkRetracted MarkState = "retracted" // printed, not taken: central decides
	MarkUnknown   MarkState = "unknown"   // nobody knows who has it: central decides
)

// Apply shows applications as this kiosk's own list knows them. An issue that is done
// here is never ready again; a higher issue is central's decision to print once more.
func Apply(list []Application, mark func(id string) (Mark, bool)) []Application {
	var open []Application
	for _, a := range list {
		m, ok := mark(a.ID)
		switch {
		case !ok || a.Issue > m.Issue:
		case m.State == MarkIssued:
			continue
		default:
			a.Standing = Unclear
		}
		open = append(open, a)
	}
	return open
}
