// Package terminal is the capability interface of an attended-by-nobody payment
// terminal. It is codec-neutral: ZVT is the driver that ships (zvt), an
// acquirer's private protocol can be added beside it; kiosk/doc/integrator-terminal.md
// shows how, step by step.
//
// Rules that every driver keeps:
//
//   - Pay sends at most one authorisation, ever. Trouble ends in Unknown, never
//     in a second attempt.
//   - An approval is handed to Observer.Approved before it is acknowledged on the
//     wire; the acknowledgement is the commit vote and leaves only after Approved
//     returned nil.
//   - An answer with another amount or currency than asked is voted down.
//   - What cannot be proved is Unknown, for payments, reversals and batches alike.
//
// # Hold, commit, fail
//
// An approval is open until the kiosk votes. Approved is where the kiosk saves it and
// then makes sure that it can be delivered; meanwhile the driver holds the payment open,
// at most for Payment.Hold:
//
//	terminal                driver                     kiosk
//	approved        ──▶     Approved(ctx, result) ──▶  save; make sure
//	          ◀── not yet   (as often as it takes)
//	          ◀── commit                          ◀──  nil
//	          ◀── fail                            ◀──  an error, or ctx ended
//
// A kiosk that dies while it holds has not voted; what the terminal made of that is
// found out by Query.
package terminal

import (
	"context"
	"errors"
	"time"

	"murur/devices"
)

// KWD is the ISO 4217 numeric code of the Kuwaiti dinar; its minor unit is the
// fils, 1000 to the dinar.
const KWD = 414

// ErrUnsupported is wrapped by the errors of what a terminal cannot do; Capabilities
// tells it beforehand.
var ErrUnsupported = errors.New("terminal does not support it")

// Terminal is a payment terminal. One call at a time; a second one waits. Abort and
// Capabilities never wait.
type Terminal interface {
	// Status enquires. It registers first when the link was new.
	Status(ctx context.Context) (devices.Status, error)
	// Capabilities is what driver and terminal can do, as far as it is known now.
	Capabilities() Capabilities
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
	// for the terminal's last transaction (or, with Capabilities.ByReference, for
	// this one) and matching it against p.
	Query(ctx context.Context, p Payment) (Result, error)
	// Reverse undoes a payment that was committed. Confirmed means that it is undone,
	// now or already before; Refused that it stands. It is idempotent: after Unknown,
	// also in a later life of the kiosk, it is called again to find out.
	Reverse(ctx context.Context, r Reversal) (Result, error)
	// EndOfDay closes the terminal's batch and returns what the terminal counted.
	// It is never repeated by the driver: the next one counts from zero.
	EndOfDay(ctx context.Context) (Batch, error)
	// Due lists what the terminal wants done before it takes payments again.
	Due(ctx context.Context) ([]Job, error)
	// Perform carries out one job other than the end of day. What the terminal
	// printed meanwhile is returned with an error too.
	Perform(ctx context.Context, j Job) ([]Slip, error)
	// SetLanguage sets the language of the terminal's own screen, ISO 639-1, for good.
	SetLanguage(ctx context.Context, lang string) error
}

// Observer is told what happens while Pay runs, in order; no two calls overlap.
type Observer interface {
	// Guidance says what the terminal wants from the person now.
	Guidance(Guidance)
	// Approved hands over an approval that is open: first save it, then make sure
	// that it can be delivered. Returning nil commits it; an error makes the terminal
	// undo it, and so does the end of ctx, whatever is returned afterwards. It must
	// return soon after ctx ended. A terminal that replaces its approval by another
	// one makes it run again; the last one counts.
	Approved(ctx context.Context, r Result) error
}

// Payment is what is asked for. It is on disk before Pay is called.
type Payment struct {
	Attempt  string    `json:"attempt"` // the kiosk's own id
	Amount   int64     `json:"amount"`  // minor units: fils
	Currency int       `json:"currency"`
	Lang     string    `json:"lang"` // "ar" or "en": a wish for the terminal's screen
	Started  time.Time `json:"started"`
	Before   Mark      `json:"before"` // the last transaction known before this one
	// Hold is how long Approved may take; the terminal is told. 0 is a short while
	// without holding: time to save, not to ask anybody.
	Hold time.Duration `json:"hold,omitempty"`
	// Token is Result.Token of the last payment or reversal whose outcome is known; see
	// Capabilities.Tokens. Empty when there is none.
	Token string `json:"token,omitempty"`
	// Approval is the mark that Approved was told, once it was: Query then looks for
	// exactly that transaction.
	Approval Mark `json:"approval,omitzero"`
}

// Reversal is a payment to be undone. It is on disk before Reverse is called.
type Reversal struct {
	Payment  Mark   `json:"payment"` // as Result.Mark of the payment
	Amount   int64  `json:"amount"`  // the whole of it, minor units
	Currency int    `json:"currency"`
	Token    string `json:"token,omitempty"` // as Payment.Token
}

// Mark identifies a transaction in the terminal's own journal.
type Mark struct {
	Terminal string `json:"terminal,omitempty"` // terminal id, 8 digits
	Trace    string `json:"trace,omitempty"`    // 6 digits
	Receipt  string `json:"receipt,omitempty"`  // 4 digits; wraps
}

// Result is what became of a payment or of a reversal.
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
	// Token is the terminal's opaque name of this transaction. It must be on disk
	// before Approved returns nil, and goes back as Payment.Token of the next one.
	Token string `json:"token,omitempty"`
	// Slips are what the terminal would have printed, for the kiosk's own receipt.
	// They may come after the approval: complete only in what Pay returns.
	Slips []Slip `json:"slips,omitempty"`
}

// Capabilities is what a driver can do with the terminal it talks to.
type Capabilities struct {
	Hold        time.Duration // how long an approval can be held; 0 is not at all
	Abort       bool          // Abort may end a payment that waits for a card
	ByReference bool          // Query finds any payment, not only the last one
	Reverse     bool
	EndOfDay    bool
	// Tokens: Payment.Token is sent, and a payment that the kiosk does not know is
	// undone by the terminal when the next one starts. A token that is older than the
	// last known payment undoes that one: keep it with the same care as money.
	Tokens    bool
	Slips     bool     // results bring the terminal's own slips
	Languages []string // of SetLanguage, ISO 639-1
	Jobs      []Job    // of Perform
}
