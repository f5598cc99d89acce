package pickup

import (
	"fmt"
	"slices"
	"time"

	"murur/devices"
	"murur/devices/cardprinter"
	"murur/kiosk/civilid"
	"murur/kiosk/front"
	"murur/kiosk/journey"
	"murur/kiosk/journey/fines"
)

// Phase is where the journey stands.
type Phase string

const (
	Identify   Phase = "identify"   // the Civil ID, and nothing else
	Reading    Phase = "reading"    // it is being read
	Looking    Phase = "looking"    // central is asked
	Choosing   Phase = "choosing"   // which licence?
	Owing      Phase = "owing"      // fines stand before it
	Checking   Phase = "checking"   // devices, lease and drawing
	Placing    Phase = "placing"    // the gate is open for the old licence
	Feeding    Phase = "feeding"    // a blank comes in
	Printing   Phase = "printing"   // and is printed and verified
	Retaining  Phase = "retaining"  // the old licence goes into the bin
	Presenting Phase = "presenting" // the new one comes out
	Taking     Phase = "taking"     // it can be taken
	Retracting Phase = "retracting" // it was not
	Rejecting  Phase = "rejecting"  // a card goes into the reject box
	Locating   Phase = "locating"   // a doubt: where is every card?
	Returning  Phase = "returning"  // the old licence is given back
	Writing    Phase = "writing"    // the paper is printed
	Paper      Phase = "paper"      // the paper is in the output
	Trouble    Phase = "trouble"
	Thanks     Phase = "thanks"
)

// Phases lists all of them, in order.
var Phases = []Phase{Identify, Reading, Looking, Choosing, Owing, Checking, Placing, Feeding, Printing, Retaining,
	Presenting, Taking, Retracting, Rejecting, Locating, Returning, Writing, Paper, Trouble, Thanks}

// State is everything the journey knows. It is JSON on disk, sealed, from placing or
// feeding on.
type State struct {
	Journey string     `json:"journey"`
	Lang    front.Lang `json:"lang"`
	Phase   Phase      `json:"phase"`
	Asking  bool       `json:"asking,omitempty"` // "more time?" lies over the screen

	Holder       *fines.Holder   `json:"holder,omitempty"` // only while the card is in
	Masked       string          `json:"masked,omitempty"` // civil number, for the paper
	Applications []Application   `json:"applications,omitempty"`
	Debt         front.OwingView `json:"debt,omitzero"`
	Application  Application     `json:"application,omitzero"` // the one that is served

	Begun     bool    `json:"begun,omitempty"` // pickup.begun is on disk
	Batch     string  `json:"batch,omitempty"`
	New       NewCard `json:"new,omitzero"`
	Old       OldCard `json:"old,omitzero"`
	Spoilt    int     `json:"spoilt,omitempty"` // blanks that were proved rejected
	Leaving   bool    `json:"leaving,omitempty"`
	Restarted bool    `json:"restarted,omitempty"`
	Hurry     bool    `json:"hurry,omitempty"`
	// Failure is why there will be no licence; empty while there may be one.
	Failure front.ProblemCode `json:"failure,omitempty"`

	Slip    Slip             `json:"slip,omitzero"` // the paper being printed or taken
	Sheet   front.PaperState `json:"sheet,omitempty"`
	Problem Problem          `json:"problem,omitzero"`
}

// NewCard is the blank that becomes the licence.
type NewCard struct {
	Number   int                  `json:"number,omitempty"` // 1 is the first of this journey
	Custody  devices.Custody      `json:"custody,omitempty"`
	Act      Act                  `json:"act,omitempty"` // the last intent
	Verified bool                 `json:"verified,omitempty"`
	Doubts   int                  `json:"doubts,omitempty"` // how often it was looked for since the power was there
	Before   cardprinter.Counters `json:"before,omitzero"`
}

// open reports whether the card's fate is not decided.
func (c NewCard) open() bool {
	switch c.Custody {
	case devices.CustodyTaken, devices.CustodyRejected, devices.CustodyRetracted, devices.CustodyUnknown:
		return false
	}
	return c.Act != ""
}

// OldCard is the old licence. Wrong and Wrongs are about things that were not one.
type OldCard struct {
	Custody  devices.Custody `json:"custody,omitempty"`
	Act      Act             `json:"act,omitempty"`
	Captured int             `json:"captured,omitempty"` // the unit's counter before
	Wrong    WrongObject     `json:"wrong,omitempty"`
	Wrongs   int             `json:"wrongs,omitempty"`
}

// Problem is what went wrong and where the person can go from there.
type Problem struct {
	Code   front.ProblemCode `json:"code"`
	Card   front.CardState   `json:"card,omitempty"`
	Case   string            `json:"case,omitempty"`
	Reason front.Words       `json:"reason,omitzero"`
	GoTo   front.Words       `json:"goTo,omitzero"`
	Retry  Phase             `json:"retry,omitempty"` // where "try again" leads, if anywhere
	Back   Phase             `json:"back,omitempty"`  // where "back" leads, if anywhere
}

// Start is the first state of a journey.
func Start(b journey.Begin) State {
	return State{Journey: b.ID, Lang: b.Lang, Phase: Identify}
}

// mostBlanks is how many blanks one licence may cost.
const mostBlanks = 3

// mostWrong is how many things that are no licence are given back before the visit ends.
const mostWrong = 3

// mostDoubts is how often a card that is where it should not stay is moved or waited for
// after a doubt; then a person has to look.
const mostDoubts = 3

// patience is how long each phase waits for the person. Phases that wait for a device or
// for central are not here: their effects have deadlines.
var patience = map[Phase]time.Duration{
	Identify: 45 * time.Second,
	Choosing: 60 * time.Second,
	Owing:    60 * time.Second,
	Placing:  40 * time.Second,
	Taking:   20 * time.Second, // then the person is asked to hurry
	Trouble:  45 * time.Second,
	Thanks:   8 * time.Second,
}

// asking is how long "more time?" stays.
const asking = 20 * time.Second

// caseNumber is the number of the journey's case; it has at most one.
func (s State) caseNumber() string { return "C-" + s.Journey }

// card is the id of the blank in the custody records.
func (s State) card() string { return fmt.Sprintf("%s/%d", s.Journey, s.New.Number) }

// ready are the applications that can be collected now.
func (s State) ready() []Application {
	return slices.DeleteFunc(slices.Clone(s.Applications), func(a Application) bool { return a.Standing != Ready })
}

// cardState is what a person is told about the old licence; nothing where there is none.
func (s State) cardState() front.CardState {
	if s.Application.Kind == Lost {
		return ""
	}
	switch s.Old.Custody {
	case devices.CustodyRetained:
		return front.CardKept
	case devices.CustodyTaken:
		return front.CardReturned
	case devices.CustodyUnknown:
		return front.CardUnknown
	}
	return front.CardUntouched
}

func masked(civil string) string { return civilid.Number(civil).Masked() }
