// Package journey says what a journey is: a pure state machine that the engine
// runs. A machine has no clock, no I/O and no goroutines; what it wants done it
// returns as effects, what must last as records. Each journey has a package of its
// own below this one.
package journey

import (
	"time"

	"murur/kiosk/front"
)

// Kind names an event or an effect in tables, logs and transcripts.
type Kind string

// Event is something that happened: a touch, an answer to an effect, time.
type Event interface{ Kind() Kind }

// Effect is something to be done by the engine. Its answer comes back as an Event.
type Effect interface{ Kind() Kind }

// Out is what a step wants besides the new state. Records are committed, together
// with the state, before any effect starts.
type Out struct {
	Records []Record
	Marks   []Mark
	Effects []Effect
	// Stop ends the effects that are still running; their answers are dropped.
	Stop bool
	// Refuse answers an event whose sender waits for it (an approval that is not
	// wanted): the sender must undo what it announced.
	Refuse error
	// Next ends this journey: NextLobby, or the name of the journey to begin.
	Next string
}

// NextLobby, as Out.Next, leads back to the welcome screen.
const NextLobby = "lobby"

// Record is one entry for the log. Payload must hold nothing personal.
type Record struct {
	Kind    string
	Payload any
}

// Mark sets (or with a nil Value deletes) one entry of the lists that the kiosk
// keeps beside the log, in the same commit.
type Mark struct {
	List  string // one of the lists below
	Key   string
	Value any
}

// Lists of marks.
const (
	ListPaid    = "paid"    // by violation number
	ListCases   = "cases"   // by case number
	ListPickups = "pickups" // by application
)

// Begin is what a journey is started with.
type Begin struct {
	ID   string // unique among journeys that left a record: "KW01-1-42"
	Lang front.Lang
	// Then names the journey that follows when this one ended well: a pickup goes on
	// after the fines that stood before it are paid.
	Then string
}

// World is what a screen shows besides the state: the machine's own condition.
type World struct {
	Notices     []front.Notice
	CardIn      bool // something is in the card slot
	Licences    bool // this kiosk has what hands out licences
	Development bool
}

// Has reports whether n is among the notices.
func (w World) Has(n front.Notice) bool {
	for _, have := range w.Notices {
		if have == n {
			return true
		}
	}
	return false
}

// Machine is a journey in progress, as the engine sees it.
type Machine interface {
	// Name is the journey's name: "fines".
	Name() string
	// ID is the journey's id.
	ID() string
	// Stage is where it stands, for logs and technicians.
	Stage() string
	// Step takes an event. It does not change the receiver.
	Step(e Event, at time.Time) (Machine, Out)
	// Screen is what the person sees now; Seq and Since are the engine's.
	Screen(w World) front.Screen
	// Patience is how long to wait for the person before TimeUp; 0: for ever.
	Patience() time.Duration
}

// Input is a touch.
type Input struct{ front.Input }

// Kind is "input." and the action.
func (i Input) Kind() Kind { return InputKind(i.Action) }

// InputKind is the event kind of an action.
func InputKind(a front.Action) Kind { return Kind("input." + a) }

// TimeUp says that the person's patience time is over.
type TimeUp struct{}

// Kind is "time.up".
func (TimeUp) Kind() Kind { return KindTimeUp }

// Interrupted says that the machine lost power, or the program died, while this
// journey was open. Whatever effect was in flight has an unknown outcome.
type Interrupted struct{}

// Kind is "interrupted".
func (Interrupted) Kind() Kind { return KindInterrupted }

// CardIn says that a card was put into the slot.
type CardIn struct{}

// Kind is "card.in".
func (CardIn) Kind() Kind { return KindCardIn }

// CardOut says that the card left the slot, or the reader is gone.
type CardOut struct{}

// Kind is "card.out".
func (CardOut) Kind() Kind { return KindCardOut }

// Kinds of the events above.
const (
	KindTimeUp      Kind = "time.up"
	KindInterrupted Kind = "interrupted"
	KindCardIn      Kind = "card.in"
	KindCardOut     Kind = "card.out"
)
