// Package terminal is the capability interface of an attended-by-nobody payment
// terminal. It is codec-neutral: ZVT is the driver that ships (zvt), an
// acquirer's private protocol can be added beside it.
//
// Rules that every driver keeps:
//
//   - Pay sends at most one authorisation, ever. Trouble ends in Unknown, never
//     in a second attempt.
//   - An approval is handed to Observer.Approved before it is acknowledged on the
//     wire; the acknowledgement is the commit vote and leaves only after Approved
//     returned nil.
//   - An answer with another amount or currency than asked is voted down.
package terminal

import (
	"context"
	"time"

	"murur/devices"
)

// KWD is the ISO 4217 numeric code of the Kuwaiti dinar; its minor unit is the
// fils, 1000 to the dinar.
const KWD = 414

// Terminal is a payment terminal. One call at a time; a second one waits.
type Terminal interface {
	// Status enquires. It registers first when the link was new.
	Status(ctx context.Context) (devices.Status, error)
	// Last returns the mark of the last transaction the terminal knows, from its
	// own journal. Taken before a payment, it tells afterwards what is new.
	Last(ctx context.Context) (Mark, error)
	// Pay runs one authorisation. The Result is complete whenever err is nil. With
	// err != nil the Outcome is Unknown when the authorisation may have left, and
	// Refused when it certainly did not. When ctx ends, Pay asks the terminal to
	// abort and still waits for what the terminal says, up to the protocol's time.
	Pay(ctx context.Context, p Payment, o Observer) (Result, error)
	// Abort asks for the end of the running Pay. The result of the payment is what
	// Pay returns, never Abort's answer.
	Abort(ctx context.Context) error
	// Query finds out what became of a payment whose outcome is unknown, by asking
	// for the terminal's last transaction and matching it against p.
	Query(ctx context.Context, p Payment) (Result, error)
}

// Payment is what is asked for. It is on disk before Pay is called.
type Payment struct {
	Attempt  string    `json:"attempt"` // the kiosk's own id
	Amount   int64     `json:"amount"`  // minor units: fils
	Currency int       `json:"currency"`
	Lang     string    `json:"lang"` // "ar" or "en": a wish for the terminal's screen
	Started  time.Time `json:"started"`
	Before   Mark      `json:"before"` // the last transaction known before this one
}

// Mark identifies a transaction in the terminal's own journal.
type Mark struct {
	Terminal string `json:"terminal,omitempty"` // terminal id, 8 digits
	Trace    string `json:"trace,omitempty"`    // 6 digits
	Receipt  string `json:"receipt,omitempty"`  // 4 digits; wraps
}

// Observer is told what happens while Pay runs, in order, from Pay's goroutine.
type Observer interface {
	// Guidance says what the terminal wants from the person now.
	Guidance(Guidance)
	// Approved hands over an approval that is not yet acknowledged. Returning an
	// error makes the terminal undo it.
	Approved(Result) error
}

// Result is what became of a payment.
type Result struct {
	Outcome  devices.Outcome `json:"outcome"`
	Reason   Reason          `json:"reason,omitempty"` // of a refusal
	Code     string          `json:"code,omitempty"`   // the wire's own code, for the log
	Amount   int64           `json:"amount,omitempty"`
	Currency int             `json:"currency,omitempty"`
	Mark     Mark            `json:"mark"`
	Card     string          `json:"card,omitempty"` // scheme name, "KNET"
	PAN      string          `json:"pan,omitempty"`  // as masked by the terminal: "************1234"
	At       time.Time       `json:"at"`             // the terminal's clock
}

// Guidance is what the person should do at the terminal, in the kiosk's words.
type Guidance string

const (
	GuideConnecting  Guidance = "connecting"
	GuideInsertCard  Guidance = "insert_card"
	GuideEnterPIN    Guidance = "enter_pin"
	GuideWrongPIN    Guidance = "wrong_pin"
	GuideWait        Guidance = "wait"
	GuideLook        Guidance = "look_at_terminal"
	GuideOtherCard   Guidance = "other_card"
	GuideTryAgain    Guidance = "try_again"
	GuideRemoveCard  Guidance = "remove_card"
	GuideDeclined    Guidance = "declined"
	GuideFailed      Guidance = "failed"
	GuideUndoing     Guidance = "undoing"
	GuideUnavailable Guidance = "unavailable"
)

// Reason classes a refusal for the person in front of it.
type Reason string

const (
	ReasonDeclined    Reason = "declined"    // by the bank; the bank knows why
	ReasonFunds       Reason = "funds"       // balance or limit
	ReasonPIN         Reason = "pin"         // wrong too often
	ReasonCard        Reason = "card"        // this card cannot be used here
	ReasonCancelled   Reason = "cancelled"   // cancelled or too slow at the terminal
	ReasonLine        Reason = "line"        // the terminal's own line to the bank
	ReasonUnavailable Reason = "unavailable" // terminal not usable now
	ReasonMismatch    Reason = "mismatch"    // other amount or currency: voted down
	ReasonNotSaved    Reason = "not_saved"   // the kiosk could not save: voted down
	ReasonNotBooked   Reason = "not_booked"  // Query: the terminal has not booked it
)
