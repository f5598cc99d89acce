package pickup

import (
	"encoding/json"
	"time"

	"murur/kiosk/front"
	"murur/kiosk/journey"
)

// Machine runs the journey for the engine. It is a State that satisfies
// journey.Machine; the whole behaviour is in Step.
type Machine struct{ State }

// Name is the journey's name in records and logs.
const Name = "pickup"

// New begins a journey.
func New(b journey.Begin) Machine { return Machine{Start(b)} }

// Restore continues one from its saved state.
func Restore(saved json.RawMessage) (Machine, error) {
	var m Machine
	err := json.Unmarshal(saved, &m.State)
	return m, err
}

// Name is "pickup".
func (Machine) Name() string { return Name }

// ID is the journey's id.
func (m Machine) ID() string { return m.Journey }

// Stage is the phase.
func (m Machine) Stage() string { return string(m.Phase) }

// Step takes an event.
func (m Machine) Step(e journey.Event, at time.Time) (journey.Machine, journey.Out) {
	s, out := Step(m.State, e, at)
	return Machine{s}, out
}

// MarshalJSON writes the state alone.
func (m Machine) MarshalJSON() ([]byte, error) { return json.Marshal(m.State) }

// Patience is the phase's, or the shorter one of the question for more time.
func (m Machine) Patience() time.Duration {
	switch {
	case m.Asking:
		return asking
	case m.Hurry, m.Leaving && m.Phase == Placing:
		return 0
	}
	return patience[m.Phase]
}

// making are the phases in which the machine works on the licence.
var making = map[Phase]front.LicenceState{
	Feeding: front.LicenceFeeding, Printing: front.LicencePrinting, Retaining: front.LicenceRetaining,
	Presenting: front.LicencePresenting, Retracting: front.LicenceRetracting,
}

// Screen shows the state.
func (m Machine) Screen(w journey.World) front.Screen {
	s := m.State
	screen := front.Screen{Lang: s.Lang, Cancels: "visit"}
	switch s.Phase {
	case Identify:
		screen.Name, screen.Step, screen.Notices = front.Identify, front.StepIdentify, w.Notices
		if !w.Has(front.NoticeNoReader) && !w.Has(front.NoticeCardLeft) {
			screen.Ways = []front.Way{front.ByCard}
		}
		screen.Actions = actions(front.ActBack, front.ActCancel)
	case Reading:
		busy(&screen, front.StepIdentify, front.DoingReadCard)
		screen.Licence = &front.LicenceView{}
	case Looking:
		busy(&screen, front.StepIdentify, front.DoingLookup, front.ActCancel)
		screen.Licence = &front.LicenceView{}
	case Choosing:
		screen.Name, screen.Step, screen.Pickups = front.Applications, front.StepChoose, s.pickupsView()
		screen.Actions = actions(front.ActChoose, front.ActBack, front.ActCancel)
	case Owing:
		owing := s.Debt
		screen.Name, screen.Step, screen.Owing = front.Owing, front.StepChoose, &owing
		screen.Actions = actions(front.ActNext, front.ActBack, front.ActCancel)
	case Checking:
		busy(&screen, front.StepChoose, front.DoingPreparing, front.ActCancel)
	case Placing:
		if s.Leaving {
			busy(&screen, front.StepMake, front.DoingGate)
			break
		}
		s.licenceScreen(&screen, front.PlaceOld, front.LicencePlace)
		screen.Licence.Wrong = string(s.Old.Wrong)
		screen.Actions = actions(front.ActCancel)
	case Taking:
		s.licenceScreen(&screen, front.TakeLicence, front.LicenceTake)
		screen.Licence.Hurry = s.Hurry
	case Returning:
		s.licenceScreen(&screen, front.ReturnOld, front.LicenceReturn)
	case Locating:
		busy(&screen, front.StepMake, front.DoingLocating)
	case Writing, Paper, Thanks:
		s.paperScreen(&screen)
	case Trouble:
		s.troubleScreen(&screen)
	case Rejecting:
		if s.Failure != "" || s.Restarted { // not spoilt: something else went wrong
			busy(&screen, front.StepMake, front.DoingLocating)
			break
		}
		s.licenceScreen(&screen, front.Making, front.LicenceRejecting)
	default:
		s.licenceScreen(&screen, front.Making, making[s.Phase])
	}
	if s.Asking {
		screen.MoreTime = &front.MoreTimeView{Seconds: int(asking / time.Second)}
		screen.Actions = append(screen.Actions, front.ActMore)
	}
	return screen
}

func actions(a ...front.Action) []front.Action { return a }

func busy(screen *front.Screen, step front.Step, doing front.Doing, a ...front.Action) {
	screen.Name, screen.Step, screen.Doing, screen.Actions = front.Busy, step, doing, a
}

// mostShown is how many applications are in view.
const mostShown = 6

func (s State) pickupsView() *front.PickupsView {
	view := &front.PickupsView{}
	if s.Holder != nil {
		name := s.Holder.Name
		view.Holder = &name
	}
	for _, a := range s.Applications[:min(len(s.Applications), mostShown)] {
		p := front.Pickup{ID: a.ID, Kind: string(a.Kind), What: a.What, Ready: a.Standing == Ready}
		if !p.Ready {
			p.Standing, p.Reason, p.GoTo = string(a.Standing), words(a.Reason), words(a.GoTo)
		}
		view.List = append(view.List, p)
	}
	return view
}

// words is w, or nil when there are none.
func words(w front.Words) *front.Words {
	if w == (front.Words{}) {
		return nil
	}
	return &w
}

func (s State) licenceScreen(screen *front.Screen, name front.Name, state front.LicenceState) {
	screen.Name, screen.Step = name, front.StepMake
	switch state {
	case front.LicenceTake, front.LicenceTaken:
		screen.Step = front.StepTake
	}
	screen.Licence = &front.LicenceView{Kind: string(s.Application.Kind), State: state, Again: s.Spoilt}
}

func (s State) paperScreen(screen *front.Screen) {
	if s.Slip.Kind == SlipPromise {
		s.troubleScreen(screen)
		screen.Actions = nil // the paper comes first
		screen.Paper = &front.ReceiptView{Number: s.Slip.Number, State: s.Sheet}
		return
	}
	s.licenceScreen(screen, front.Receipt, front.LicenceTaken)
	screen.Paper = &front.ReceiptView{Number: s.Slip.Number, State: s.Sheet}
	if s.Phase == Thanks {
		screen.Name, screen.Actions = front.Thanks, actions(front.ActNext)
	}
}

func (s State) troubleScreen(screen *front.Screen) {
	p := s.Problem
	screen.Name, screen.Step = front.Problem, ""
	screen.Trouble = &front.ProblemView{Code: p.Code, Card: p.Card, Case: p.Case, Reason: words(p.Reason), GoTo: words(p.GoTo)}
	if p.Retry != "" && s.Holder != nil {
		screen.Actions = append(screen.Actions, front.ActRetry)
	}
	if p.Back != "" {
		screen.Actions = append(screen.Actions, front.ActBack, front.ActCancel)
		return
	}
	screen.Actions = append(screen.Actions, front.ActNext)
}
