package view

import (
	"strconv"
	"time"

	"murur/kiosk/front"
)

// Op is a touch that only concerns the screen itself.
type Op string

const (
	OpDigit    Op = "digit"  // Value: the digit
	OpDelete   Op = "delete" // the last digit
	OpClear    Op = "clear"
	OpField    Op = "field" // Value: which field of a plate is typed now
	OpClass    Op = "class" // Value: the plate's class; empty: choose again
	OpPage     Op = "page"  // Value: the page of a list
	OpHelp     Op = "help"  // open or close
	OpLower    Op = "lower"
	OpContrast Op = "contrast"
	OpLarge    Op = "large"
)

// State is what the screen remembers by itself. The zero State is a new visit.
type State struct {
	Typed string // civil or violation number
	// Plate: its class, its code and its number, and which of them is typed now.
	Class       string
	Plate       [2]string
	Field       int
	Page        int
	Help        bool
	Lower       bool
	Contrast    bool
	Large       bool
	sinceRefuse bool // a digit was typed after the kiosk refused a number
}

// Do is the state after op.
func (s State) Do(op Op, value string, screen front.Screen) State {
	switch op {
	case OpDigit, OpDelete, OpClear:
		s.sinceRefuse = true
		s.typing(op, value, screen)
	case OpField:
		s.Field, _ = strconv.Atoi(value)
	case OpClass:
		s.Class, s.Plate, s.Field = value, [2]string{}, 0
	case OpPage:
		s.Page, _ = strconv.Atoi(value)
	case OpHelp:
		s.Help = !s.Help
	case OpLower:
		s.Lower, s.Page = !s.Lower, 0
	case OpContrast:
		s.Contrast = !s.Contrast
	case OpLarge:
		s.Large, s.Page = !s.Large, 0
	}
	return s
}

func (s *State) typing(op Op, digit string, screen front.Screen) {
	if screen.Number == nil {
		return
	}
	field, longest := &s.Typed, lengths[screen.Number.Mode]
	if screen.Number.Mode == front.ByPlate {
		field, longest = &s.Plate[s.Field], plateLengths[s.Field]
	}
	switch {
	case op == OpClear:
		*field = ""
	case op == OpDelete && *field != "":
		*field = (*field)[:len(*field)-1]
	case op == OpDigit && len(*field) < longest:
		*field += digit
	}
	// A full code leads on to the number.
	if op == OpDigit && screen.Number.Mode == front.ByPlate && s.Field == 0 && len(*field) == longest {
		s.Field = 1
	}
}

// The most digits a field takes. One more key does nothing: nobody should have to
// delete what cannot be right.
var (
	lengths      = map[front.Way]int{front.ByCivil: 12, front.ByViolation: 12}
	plateLengths = [2]int{2, 6}
)

// Value is the number typed, in the form front.NumberView asks for.
func (s State) Value(mode front.Way) string {
	if mode == front.ByPlate {
		return s.Class + "/" + s.Plate[0] + "/" + s.Plate[1]
	}
	return s.Typed
}

// Next is what survives when screen to follows screen from. Nothing of one visit
// reaches the next: welcome clears all.
func (s State) Next(from, to front.Screen) State {
	if to.Name == front.Welcome && from.Name != front.Welcome {
		return State{}
	}
	same := from.Name == to.Name && (from.Number == nil) == (to.Number == nil) &&
		(from.Number == nil || from.Number.Mode == to.Number.Mode)
	if !same {
		return State{Lower: s.Lower, Contrast: s.Contrast, Large: s.Large}
	}
	s.sinceRefuse = false
	if to.MoreTime != nil {
		s.Help = false
	}
	return s
}

// canStepBack: within the number pad, from a plate's digits back to its class.
func (s State) canStepBack(screen front.Screen) bool {
	return screen.Number != nil && screen.Number.Mode == front.ByPlate && s.Class != ""
}

// patience is how long the screen waits for kioskd before it says that it is out of
// service.
const patience = 20 * time.Second

// Disconnected is the screen while kioskd does not answer, since when it did not.
func Disconnected(lang front.Lang, since, now time.Time) front.Screen {
	if now.Sub(since) < patience {
		return front.Screen{Name: Connecting, Lang: lang, Since: since}
	}
	return front.Screen{Name: front.OutOfService, Lang: lang, Since: since, Outage: &front.OutOfServiceOut{
		Code: "no_service", Remedy: "reset",
	}}
}
