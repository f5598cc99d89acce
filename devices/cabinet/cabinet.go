// Package cabinet is the capability interface of the housing that everything else is
// built into: the contact of its door, the relay that watches the mains while a
// battery carries the kiosk through a cut, and the lamps that lead the eye to the
// card reader, the payment terminal and the receipt slot. Driver gpio speaks to
// contacts and lamps on the computer's own pins.
//
// # State model
//
// Door and mains are two facts that have nothing to do with each other. A fact is
// empty when nothing is fitted that could tell; otherwise it is always one or the
// other, because a contact has no third state. A cut wire reads as the bad one, so
// that it is noticed.
//
// A lamp is off, on or blinking. What is on after a start, and after Close, is
// nothing. A lamp is a courtesy and no evidence: it answers nothing, so a dead one is
// not known, and no payment ever waits for one.
package cabinet

import "context"

// Cabinet is one housing. It is safe for concurrent use.
type Cabinet interface {
	// Status is how door and mains are now. The error says that the cabinet is
	// closed or does not answer (devices.ErrLink).
	Status(ctx context.Context) (State, error)
	// Watch sends the present state and then the newest one after each change, until
	// ctx ends or the cabinet is closed; then it closes the channel. Who reads slowly
	// misses states that are over, never the last one.
	Watch(ctx context.Context) <-chan State
	// Light gives a lamp its signal, which stays until the next one. It does not
	// wait; a lamp that is not fitted stays dark.
	Light(l Lamp, s Signal)
}

// State is what the contacts say, after their bouncing has ended.
type State struct {
	Door  Door  `json:"door,omitempty"`  // empty: cannot tell
	Mains Mains `json:"mains,omitempty"` // empty: cannot tell
}

// Door is the service door.
type Door string

const (
	DoorOpen   Door = "open"
	DoorClosed Door = "closed"
)

// Mains is the supply in front of the battery.
type Mains string

const (
	MainsOK      Mains = "ok"
	MainsFailing Mains = "failing" // running on the battery, for as long as it lasts
)

// Lamp is one place where a person has to do something.
type Lamp string

const (
	LampReader   Lamp = "reader"
	LampTerminal Lamp = "terminal"
	LampReceipt  Lamp = "receipt"
	LampGate     Lamp = "gate"    // where an old licence goes in
	LampLicence  Lamp = "licence" // where the new one comes out
)

// Signal is what a lamp shows.
type Signal string

const (
	Off   Signal = "off"
	On    Signal = "on"    // something goes on here
	Blink Signal = "blink" // do something here; once a second
)
