// Package fines is the journey of paying traffic fines: identify, choose, pay, take
// the receipt. It is a pure state machine: Step takes a State and an event and returns
// the new State and what is to be done.
//
//	identify ─ card ─→ reading ─→ looking ─→ list ⇄ confirm ─→ checking ─→ reserving
//	    └─ number ────────────────↗                                            │
//	                                                                           ▼
//	thanks ←─ taking ←─ printing ←─ settling ←─ holding ←─ approval saved ── paying
//	                      ↑   ↑         │ not ended well                       │
//	                      │   └─────── finding ←──────── unknown ──────────────┤
//	                      │  confirmed  │  │                                   │
//	                      └─ case slip ─┘  └─ refused ─→ trouble ←── refused ──┘
//
// Everything before reserving leaves nothing on disk. From there on each step commits
// its records before its effect begins:
//
//	reserving  fines.reserving    then central is asked
//	paying     payment.intent     then the terminal is asked, once
//	holding    payment.approved   then central is asked whether the fines are still ours
//	settling   the state          then the approval is committed on the wire
//	           payment.failing    or the terminal is told to undo it
//	reversing  payment.reversing  then it is reversed, if it was booked all the same
//	printing   payment.completed and receipt.printing, then the printer gets bytes
//	finding    payment.unknown and case.opened, if nobody can say
//
// After a power cut the machine gets Interrupted in the phase that is on disk and
// finds out: reserving gives the reservation back, paying, holding and settling ask the
// terminal, printing and taking take the paper back. The whole table of phases and events, with
// the reason for everything that is ignored, stands in testdata/table.txt; a test
// proves that it is total and up to date.
package fines

import (
	"context"
	"errors"
	"time"

	"murur/kiosk/front"
	"murur/kiosk/kwd"
)

// Fine is a traffic fine (مخالفة) as the department tells it. Whether and where it
// can be paid is the department's data, never ours.
type Fine struct {
	ID     string      `json:"id"` // violation number
	Plate  Plate       `json:"plate"`
	What   front.Words `json:"what"`
	Where  front.Words `json:"where"`
	At     time.Time   `json:"at"`
	Amount kwd.Amount  `json:"amount"`
	// State is one of payable, not_here, recording, reserved.
	State  front.FineState `json:"state"`
	Reason front.Words     `json:"reason,omitzero"` // why not payable here
	GoTo   front.Words     `json:"goTo,omitzero"`   // where to go instead
}

// Plate is a number plate in its three parts as issued.
type Plate struct {
	Class  string `json:"class"` // "private", …
	Code   string `json:"code"`
	Number string `json:"number"`
}

// Query asks for the unpaid fines of a person, a plate or one violation number.
type Query struct {
	By     front.Way `json:"by"`     // card, civil, plate, violation
	Number string    `json:"number"` // in the form of front.NumberView; a card's civil number for card
}

// Found is the answer to a Query. Rejected counts fines that were left out because
// their data made no sense (amount not positive or absurd); they are reported.
type Found struct {
	Fines    []Fine    `json:"fines"`
	AsOf     time.Time `json:"asOf"`
	Rejected []string  `json:"rejected,omitempty"` // violation numbers
}

// Reservation keeps fines for one payment at one kiosk. ID is chosen by the kiosk,
// so asking again with the same ID is harmless. A new reservation of the same
// kiosk replaces the one before. It ends by its expiry or by a record
// (payment.completed, payment.refused) that names it.
type Reservation struct {
	ID     string     `json:"id"`
	Fines  []string   `json:"fines"`
	Amount kwd.Amount `json:"amount"`
}

// Central is what the journey needs of the central server.
type Central interface {
	// Fines answers a query. Errors: ErrNotFound, ErrCentral.
	Fines(ctx context.Context, q Query) (Found, error)
	// Reserve reserves all fines or none, and says until when. Errors: ErrTaken
	// (one is reserved or paid elsewhere, or its amount changed), ErrCentral.
	Reserve(ctx context.Context, r Reservation) (until time.Time, err error)
	// Postings are the payments that central has from this kiosk, after a number of its
	// own. Errors: ErrCentral.
	Postings(ctx context.Context, after uint64) ([]Posting, error)
	// PaidTwice are the fines that central had as paid already when a payment of this
	// kiosk arrived, after a number of its own. Errors: ErrCentral.
	PaidTwice(ctx context.Context, after uint64) ([]PaidTwice, error)
}

// Errors of Central, matched with errors.Is.
var (
	ErrCentral  = errors.New("central server did not give a usable answer")
	ErrNotFound = errors.New("central server knows no such number")
	ErrTaken    = errors.New("a fine cannot be reserved")
)

// MaxAmount is the largest amount of a single fine that is believed (5,000 KD). A
// larger one, or one that is not positive, is refused and reported.
const MaxAmount = 5000 * kwd.Dinar
