package fines

import (
	"encoding/json"
	"strings"
	"time"

	"murur/devices/terminal"
	"murur/kiosk/front"
	"murur/kiosk/journey"
)

// Machine runs the journey for the engine. It is a State that satisfies
// journey.Machine; the whole behaviour is in Step.
type Machine struct{ State }

// Name is the journey's name in records and logs.
const Name = "fines"

// New begins a journey.
func New(b journey.Begin) Machine { return Machine{Start(b)} }

// Restore continues one from its saved state.
func Restore(saved json.RawMessage) (Machine, error) {
	var m Machine
	err := json.Unmarshal(saved, &m.State)
	return m, err
}

// Name is "fines".
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
	if m.Asking {
		return asking
	}
	return patience[m.Phase]
}

// Screen shows the state.
func (m Machine) Screen(w journey.World) front.Screen {
	s := m.State
	screen := front.Screen{Lang: s.Lang, Cancels: "visit"}
	switch s.Phase {
	case Identify:
		s.identifyScreen(&screen, w)
	case Number:
		screen.Name, screen.Step = front.NumberPad, front.StepIdentify
		screen.Number = &front.NumberView{Mode: s.Way, Problem: s.Mistake}
		screen.Actions = actions(front.ActNumber, front.ActWay, front.ActBack, front.ActCancel)
	case Reading:
		busy(&screen, front.StepIdentify, front.DoingReadCard)
	case Looking:
		busy(&screen, front.StepIdentify, front.DoingLookup, front.ActCancel)
	case List:
		screen.Name, screen.Step, screen.Fines = front.FineList, front.StepChoose, s.finesView(s.payable())
		screen.Actions = actions(front.ActBack, front.ActCancel)
		if len(s.payable()) > 0 {
			screen.Actions = append(screen.Actions, front.ActToggle, front.ActAll)
		}
		if len(s.Selected) > 0 {
			screen.Actions = append(screen.Actions, front.ActNext)
		}
	case Confirm:
		screen.Name, screen.Step, screen.Fines = front.Confirm, front.StepPay, s.finesView(s.Chosen())
		screen.Fines.Other = nil
		screen.Actions = actions(front.ActNext, front.ActBack, front.ActCancel)
	case Checking:
		busy(&screen, front.StepPay, front.DoingChecking, front.ActCancel)
	case Reserving:
		busy(&screen, front.StepPay, front.DoingReserving)
	case Paying:
		s.payScreen(&screen)
		screen.Cancels, screen.Actions = "payment", actions(front.ActCancel)
	case Holding, Settling:
		busy(&screen, front.StepPay, front.DoingRecording)
		if s.Guidance == terminal.GuideRemoveCard {
			s.payScreen(&screen)
		}
	case Finding, Reversing:
		busy(&screen, front.StepPay, front.DoingFinding)
	case Printing, Taking, Thanks:
		s.paperScreen(&screen)
	case Trouble:
		s.troubleScreen(&screen)
	}
	if s.Then != "" {
		screen.Owing = &front.OwingView{} // a licence waits for this
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

func (s State) identifyScreen(screen *front.Screen, w journey.World) {
	screen.Name, screen.Step = front.Identify, front.StepIdentify
	if !w.Has(front.NoticeNoReader) && !w.Has(front.NoticeCardLeft) {
		screen.Ways = append(screen.Ways, front.ByCard)
	}
	screen.Ways = append(screen.Ways, front.ByCivil, front.ByPlate, front.ByViolation)
	screen.Notices = w.Notices
	screen.Actions = actions(front.ActWay, front.ActBack, front.ActCancel)
}

// payScreen mirrors what the terminal wants from the person.
func (s State) payScreen(screen *front.Screen) {
	screen.Name, screen.Step, screen.Doing = front.Pay, front.StepPay, ""
	screen.Payment = &front.PaymentView{Total: int64(s.Total()), Guidance: string(s.Guidance)}
}

func (s State) paperScreen(screen *front.Screen) {
	screen.Step = front.StepTake
	if s.Slip.Kind == SlipCase {
		s.troubleScreen(screen)
		screen.Actions = nil // the paper comes first
		return
	}
	screen.Name = front.Receipt
	screen.Paper = &front.ReceiptView{Number: s.Slip.Number, Total: int64(s.Slip.Total), State: s.Paper}
	if s.Phase == Thanks {
		screen.Name, screen.Actions = front.Thanks, actions(front.ActNext)
	}
}

func (s State) troubleScreen(screen *front.Screen) {
	p := s.Problem
	screen.Name, screen.Step = front.Problem, ""
	screen.Trouble = &front.ProblemView{Code: p.Code, Money: p.Money, Case: p.Case}
	if s.Attempt > 0 {
		screen.Trouble.Total = int64(s.Total())
	}
	if p.Retry != "" {
		screen.Actions = append(screen.Actions, front.ActRetry)
	}
	if p.Back != "" {
		screen.Actions = append(screen.Actions, front.ActBack)
	} else {
		screen.Actions = append(screen.Actions, front.ActNext)
	}
	screen.Actions = append(screen.Actions, front.ActCancel)
}

func (s State) finesView(payable []Fine) *front.FinesView {
	v := &front.FinesView{Total: int64(s.Total()), Selected: len(s.Selected)}
	if s.Holder != nil {
		v.Holder = &s.Holder.Name
	}
	for _, f := range payable {
		v.Payable = append(v.Payable, s.view(f))
	}
	for _, f := range s.Fines {
		if f.State != front.FinePayable {
			v.Other = append(v.Other, s.view(f))
		}
	}
	return v
}

func (s State) view(f Fine) front.Fine {
	v := front.Fine{ID: f.ID, What: f.What, Where: f.Where, At: f.At, Amount: int64(f.Amount), State: f.State}
	for _, id := range s.Selected {
		v.Selected = v.Selected || id == f.ID
	}
	if f.State == front.FineNotHere {
		v.Reason, v.GoTo = &f.Reason, &f.GoTo
	}
	v.Plate = f.Plate.masked()
	if s.Holder != nil {
		v.Plate = f.Plate.full()
	}
	return v
}

// full is the plate as it is read: "12 / 34567".
func (p Plate) full() string {
	if p.Number == "" {
		return ""
	}
	return p.Code + " / " + p.Number
}

// masked shows the last two digits only.
func (p Plate) masked() string {
	keep := max(len(p.Number)-2, 0)
	return Plate{Code: strings.Repeat("•", len(p.Code)), Number: strings.Repeat("•", keep) + p.Number[keep:]}.full()
}
