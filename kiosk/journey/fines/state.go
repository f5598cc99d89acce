package fines

import (
	"slices"
	"time"

	"murur/devices/terminal"
	"murur/kiosk/front"
	"murur/kiosk/journey"
	"murur/kiosk/kwd"
)

// Phase is where the journey stands.
type Phase string

const (
	Identify  Phase = "identify"  // card or a typed number?
	Number    Phase = "number"    // typing one
	Reading   Phase = "reading"   // the card is being read
	Looking   Phase = "looking"   // central is asked
	List      Phase = "list"      // choosing
	Confirm   Phase = "confirm"   // last look before money
	Checking  Phase = "checking"  // printer and terminal are asked
	Reserving Phase = "reserving" // central is asked to keep the fines for us
	Paying    Phase = "paying"    // the authorisation may have left
	Holding   Phase = "holding"   // approval on disk, held open while central is asked
	Settling  Phase = "settling"  // approval committed or failed, not ended yet
	Finding   Phase = "finding"   // outcome unknown: the terminal is asked
	Reversing Phase = "reversing" // booked, but not deliverable: the terminal undoes it
	Printing  Phase = "printing"
	Taking    Phase = "taking" // the paper is in the output
	Trouble   Phase = "trouble"
	Thanks    Phase = "thanks"
)

// Phases lists all of them, in order.
var Phases = []Phase{Identify, Number, Reading, Looking, List, Confirm, Checking, Reserving,
	Paying, Holding, Settling, Finding, Reversing, Printing, Taking, Trouble, Thanks}

// Holder is the person the card in the slot belongs to.
type Holder struct {
	Civil string      `json:"civil"` // twelve digits
	Name  front.Words `json:"name"`
}

// State is everything the journey knows. It is JSON on disk from the reservation on.
type State struct {
	Journey string     `json:"journey"`
	Lang    front.Lang `json:"lang"`
	Phase   Phase      `json:"phase"`
	Asking  bool       `json:"asking,omitempty"` // "more time?" lies over the screen
	Then    string     `json:"then,omitempty"`   // the journey that waits for the fines to be paid

	Way     front.Way           `json:"way,omitempty"` // of the number pad
	Mistake front.NumberProblem `json:"mistake,omitempty"`
	Query   Query               `json:"query,omitzero"`
	Holder  *Holder             `json:"holder,omitempty"` // only while the card is in

	Fines    []Fine   `json:"fines,omitempty"`
	Selected []string `json:"selected,omitempty"`

	Attempt  int               `json:"attempt,omitempty"` // payments tried in this journey
	Payment  terminal.Payment  `json:"payment,omitzero"`
	Guidance terminal.Guidance `json:"guidance,omitempty"`
	Until    time.Time         `json:"until,omitzero"`     // the reservation's end
	Approved bool              `json:"approved,omitempty"` // an approval is on disk
	Failing  bool              `json:"failing,omitempty"`  // it cannot be delivered: the terminal undoes it
	Result   terminal.Result   `json:"result,omitzero"`

	Slip    Slip             `json:"slip,omitzero"` // the paper being printed or taken
	Paper   front.PaperState `json:"paper,omitempty"`
	Problem Problem          `json:"problem,omitzero"`
}

// Problem is what went wrong and where the person can go from there.
type Problem struct {
	Code  front.ProblemCode `json:"code"`
	Money front.MoneyState  `json:"money"`
	Case  string            `json:"case,omitempty"`
	Retry Phase             `json:"retry,omitempty"` // where "try again" leads, if anywhere
	Back  Phase             `json:"back,omitempty"`  // where "back" leads, if anywhere
}

// Start is the first state of a journey.
func Start(b journey.Begin) State {
	return State{Journey: b.ID, Lang: b.Lang, Phase: Identify, Then: b.Then}
}

// Chosen are the selected fines in the order of the list.
func (s State) Chosen() []Fine {
	var chosen []Fine
	for _, f := range s.Fines {
		if slices.Contains(s.Selected, f.ID) {
			chosen = append(chosen, f)
		}
	}
	return chosen
}

// Total is the sum of the selected fines. Amounts were bounded when they arrived,
// so the sum of any list fits.
func (s State) Total() kwd.Amount {
	var total kwd.Amount
	for _, f := range s.Chosen() {
		total += f.Amount
	}
	return total
}

// payable are the fines that can be chosen.
func (s State) payable() []Fine {
	return slices.DeleteFunc(slices.Clone(s.Fines), func(f Fine) bool { return f.State != front.FinePayable })
}

// receipt is the number of the receipt and, with a C before it, of a case: a
// journey ends with at most one of each.
func (s State) receipt() string    { return s.Journey }
func (s State) caseNumber() string { return "C-" + s.Journey }

// reservation is the id of this attempt's reservation.
func (s State) reservation() string { return s.Payment.Attempt }

// patience is how long each phase waits for the person. Phases that wait for a
// device or for central are not here: their effects have deadlines.
var patience = map[Phase]time.Duration{
	Identify: 45 * time.Second,
	Number:   60 * time.Second,
	List:     60 * time.Second,
	Confirm:  45 * time.Second,
	Trouble:  45 * time.Second,
	Thanks:   8 * time.Second,
}

// holdFor is how long an approval may be held while central is asked.
const holdFor = 15 * time.Second

// asking is how long "more time?" stays.
const asking = 20 * time.Second
