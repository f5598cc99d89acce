// Package capture is the capability interface of a card transport with a gate and a
// retain bin: it takes an old licence in, holds it, and captures it or gives it back.
// Drivers stand below it (crt571).
package capture

import (
	"context"
	"errors"

	"murur/devices"
)

// Unit is a card transport with one place for a card between its gate and its bin. It
// accepts a card only during Admit. One call at a time.
type Unit interface {
	// Status asks; it moves nothing.
	Status(ctx context.Context) (State, error)
	// Admit opens the gate and waits until a card was taken in and is held, or ctx ends;
	// the gate is closed again before it returns. Errors: ErrNothing (ctx ended, nothing
	// came), ErrObject (wrapped; it was given back or never taken in), devices.ErrLink.
	Admit(ctx context.Context) error
	// Capture moves the held card into the bin. Confirmed means: the unit said so, no card
	// is inside, and its counter went up by one; Refused: the card is still held.
	Capture(ctx context.Context) (Proof, error)
	// GiveBack moves the held card out to the gate: presented, when it is there.
	GiveBack(ctx context.Context) (devices.Custody, error)
	// Taken waits until a presented card leaves the gate, or ctx ends, and says who has
	// it: taken, or presented still.
	Taken(ctx context.Context) (devices.Custody, error)
	// TakeIn pulls a card that nobody took from the gate back in, to be captured.
	TakeIn(ctx context.Context) (devices.Custody, error)
}

// Place is where the unit has a card.
type Place string

const (
	PlaceNone    Place = "none"
	PlaceGate    Place = "gate"   // between the lips, a hand can take it
	PlaceInside  Place = "inside" // held
	PlaceUnknown Place = "unknown"
)

// SupplyBin is the bin in devices.Status.Supplies: ok, low (nearly full), full or unknown.
const SupplyBin = "retain-bin"

// State is what the unit says of itself. Captured counts the cards in the bin since it
// was emptied; it is -1 when the unit does not tell.
type State struct {
	devices.Status
	Card     Place `json:"card"`
	Captured int   `json:"captured"`
	Capacity int   `json:"capacity"`
}

// Proof is what is known of a capture.
type Proof struct {
	Outcome  devices.Outcome `json:"outcome"`
	Custody  devices.Custody `json:"custody"`  // retained, inside or unknown
	Evidence string          `json:"evidence"` // which replies prove it, for the record
	Captured int             `json:"captured"` // the counter afterwards, -1 unknown
}

// Errors of Admit, matched with errors.Is.
var (
	ErrNothing = errors.New("no card came")
	ErrObject  = errors.New("not a card") // wrapped by the three below

	ErrTooLong  = objectError("too long")
	ErrTooShort = objectError("too short")
	ErrPulled   = objectError("moved by hand")
)

// objectError is an ErrObject with a reason.
type objectError string

func (e objectError) Error() string   { return "not a card: " + string(e) }
func (e objectError) Is(t error) bool { return t == ErrObject }
