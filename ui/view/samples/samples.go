// Package samples has one example of every screen in every state. The golden
// tests, the contact sheets and the measurements draw them. People are made up.
package samples

import (
	"time"

	"murur/kiosk/front"
	"murur/ui/view"
)

// Sample is a Screen with what the person has typed or opened on it.
type Sample struct {
	Name   string // file name: "fines-many-2"
	Screen front.Screen
	State  view.State
	Now    time.Time
}

// Options are the view's options for the sample.
func (s Sample) Options() view.Options { return view.Options{State: s.State, Now: s.Now} }

// now is when all samples happen.
var now = time.Date(2026, 3, 15, 9, 30, 0, 0, time.UTC)

// All are the samples in lang, in the order of a visit.
func All(lang front.Lang) []Sample {
	var all []Sample
	add := func(name string, s front.Screen, change ...func(*Sample)) {
		s.Seq, s.Lang = uint64(len(all)+1), lang
		if s.Since.IsZero() {
			s.Since = now
		}
		sample := Sample{Name: name, Screen: s, Now: now}
		for _, c := range change {
			c(&sample)
		}
		all = append(all, sample)
	}
	arrive(add)
	number(add)
	wait(add)
	choose(add)
	payment(add)
	paper(add)
	trouble(add)
	pickup(add)
	return all
}

// Find is the sample called name; ok is false if there is none.
func Find(lang front.Lang, name string) (s Sample, ok bool) {
	for _, s := range All(lang) {
		if s.Name == name {
			return s, true
		}
	}
	return Sample{}, false
}

type adder func(name string, s front.Screen, change ...func(*Sample))

func state(st view.State) func(*Sample) { return func(s *Sample) { s.State = st } }

func after(d time.Duration) func(*Sample) {
	return func(s *Sample) { s.Now = s.Screen.Since.Add(d) }
}

// visit are the actions of a screen on which nothing irreversible has begun.
func visit(more ...front.Action) []front.Action {
	return append([]front.Action{front.ActBack, front.ActCancel}, more...)
}

func arrive(add adder) {
	start := []front.Action{front.ActStart}
	add("welcome", front.Screen{Name: front.Welcome, Actions: start})
	add("welcome-notice", front.Screen{Name: front.Welcome, Actions: start, Development: true,
		Notices: []front.Notice{front.NoticeNoReader}})
	add("welcome-notices", front.Screen{Name: front.Welcome, Actions: start,
		Notices: []front.Notice{front.NoticePaperLow, front.NoticeCardLeft}})

	menu := front.Screen{Name: front.ServiceMenu, Actions: visit(front.ActService), Cancels: "visit", Services: []front.Service{
		{ID: "fines", Available: true},
		{ID: "licence", Reason: front.ReasonLater},
		{ID: "clearance", Reason: front.ReasonLater},
		{ID: "residence", Reason: front.ReasonLater},
	}}
	add("service", menu)
	add("service-help", menu, state(view.State{Help: true}))
	menu.Services = []front.Service{
		{ID: "fines", Reason: front.NoticeNoTerminal},
		{ID: "licence", Available: true},
		{ID: "clearance", Available: true},
		{ID: "residence", Reason: front.NoticeNoCentral},
	}
	menu.Notices = []front.Notice{front.NoticeNoTerminal}
	add("service-limited", menu)

	identify := front.Screen{Name: front.Identify, Step: front.StepIdentify, Actions: visit(front.ActWay), Cancels: "visit",
		Ways: []front.Way{front.ByCard, front.ByCivil, front.ByPlate, front.ByViolation}}
	add("identify", identify)
	identify.Development = true
	add("identify-lower", identify, state(view.State{Lower: true}))
	identify.MoreTime = &front.MoreTimeView{Seconds: 20}
	add("identify-more-time", identify)
	identify.MoreTime, identify.Development = nil, false
	identify.Ways, identify.Notices = identify.Ways[1:], []front.Notice{front.NoticeNoReader}
	add("identify-typed", identify)
}

func number(add adder) {
	pad := func(mode front.Way, problem front.NumberProblem) front.Screen {
		return front.Screen{Name: front.NumberPad, Step: front.StepIdentify, Actions: visit(front.ActNumber),
			Cancels: "visit", Number: &front.NumberView{Mode: mode, Problem: problem}}
	}
	add("number-civil", pad(front.ByCivil, ""))
	add("number-civil-typing", pad(front.ByCivil, ""), state(view.State{Typed: "2850101"}))
	add("number-civil-date", pad(front.ByCivil, ""), state(view.State{Typed: "28513"}))
	add("number-civil-check", pad(front.ByCivil, front.NumberCheck), state(view.State{Typed: "285010100120"}))
	add("number-civil-done", pad(front.ByCivil, ""), state(view.State{Typed: civil}))
	add("number-plate-class", pad(front.ByPlate, ""))
	add("number-plate", pad(front.ByPlate, ""), state(view.State{Class: "private", Plate: [2]string{"12", "345"}, Field: 1}))
	add("number-plate-lower", pad(front.ByPlate, ""), state(view.State{Class: "taxi", Lower: true}))
	add("number-violation", pad(front.ByViolation, ""), state(view.State{Typed: "20260441"}))
	more := pad(front.ByViolation, "")
	more.MoreTime = &front.MoreTimeView{Seconds: 12}
	add("number-more-time", more, state(view.State{Typed: "20260441"}))
}

// civil is a made-up number with a right check digit.
const civil = "285010100138"

func wait(add adder) {
	for _, d := range []front.Doing{front.DoingReadCard, front.DoingLookup, front.DoingChecking,
		front.DoingReserving, front.DoingRecording, front.DoingFinding} {
		s := front.Screen{Name: front.Busy, Step: front.StepIdentify, Doing: d}
		switch d {
		case front.DoingReadCard, front.DoingLookup:
			s.Actions, s.Cancels = []front.Action{front.ActCancel}, "visit"
		default:
			s.Step = front.StepPay
		}
		add("busy-"+string(d), s)
	}
	add("busy-slow", front.Screen{Name: front.Busy, Step: front.StepPay, Doing: front.DoingFinding}, after(14*time.Second))
	add("connecting", front.Screen{Name: view.Connecting})
}

// guidance is all that a payment terminal can ask for (terminal.Guidance).
var guidance = []string{"connecting", "insert_card", "enter_pin", "wrong_pin", "wait", "look_at_terminal", "other_card",
	"try_again", "remove_card", "declined", "failed", "undoing", "unavailable"}

func payment(add adder) {
	for _, g := range guidance {
		s := front.Screen{Name: front.Pay, Step: front.StepPay, Payment: &front.PaymentView{Total: 35000, Guidance: g}}
		if g == "insert_card" || g == "enter_pin" {
			s.Actions, s.Cancels = []front.Action{front.ActCancel}, "payment"
		}
		add("pay-"+g, s)
	}
	add("pay-slow", front.Screen{Name: front.Pay, Step: front.StepPay,
		Payment: &front.PaymentView{Total: 35000, Guidance: "wait"}}, after(11*time.Second))
}

func paper(add adder) {
	for _, p := range []front.PaperState{front.PaperPrinting, front.PaperTake, front.PaperTaken, front.PaperUnknown, front.PaperFailed} {
		v := &front.ReceiptView{Number: "K07-000123", Total: 35000, State: p}
		s := front.Screen{Name: front.Receipt, Step: front.StepTake, Paper: v}
		if p == front.PaperUnknown || p == front.PaperFailed {
			v.Case = "C-7F3K-22"
		}
		if p != front.PaperPrinting {
			s.Actions = []front.Action{front.ActNext}
		}
		add("receipt-"+string(p), s)
	}
	add("thanks", front.Screen{Name: front.Thanks, Step: front.StepTake, Actions: []front.Action{front.ActNext},
		Paper: &front.ReceiptView{Number: "K07-000123", Total: 35000, State: front.PaperTaken}})
	add("thanks-case", front.Screen{Name: front.Thanks, Step: front.StepTake, Actions: []front.Action{front.ActNext},
		Paper: &front.ReceiptView{Number: "K07-000123", Total: 35000, State: front.PaperFailed, Case: "C-7F3K-22"}})
}

func trouble(add adder) {
	type p struct {
		code  front.ProblemCode
		money front.MoneyState
		step  front.Step
		acts  []front.Action
	}
	back := []front.Action{front.ActBack, front.ActCancel}
	retry := []front.Action{front.ActRetry, front.ActCancel}
	end := []front.Action{front.ActNext}
	for _, p := range []p{
		{front.ProblemCardRemoved, "", front.StepIdentify, retry},
		{front.ProblemCardWrong, "", front.StepIdentify, back},
		{front.ProblemCardLicence, "", front.StepIdentify, back},
		{front.ProblemCardUnreadable, "", front.StepIdentify, retry},
		{front.ProblemCardExpired, "", front.StepIdentify, back},
		{front.ProblemReader, "", front.StepIdentify, back},
		{front.ProblemCentral, front.MoneyUntouched, front.StepIdentify, retry},
		{front.ProblemNoFines, front.MoneyUntouched, front.StepChoose, end},
		{front.ProblemNotFound, "", front.StepIdentify, back},
		{front.ProblemTaken, front.MoneyUntouched, front.StepChoose, back},
		{front.ProblemTerminal, front.MoneyUntouched, front.StepPay, retry},
		{front.ProblemNoPaper, front.MoneyUntouched, front.StepPay, back},
		{front.ProblemDeclined, front.MoneyUntouched, front.StepPay, append(retry, front.ActBack)},
		{front.ProblemFunds, front.MoneyUntouched, front.StepPay, append(retry, front.ActBack)},
		{front.ProblemPIN, front.MoneyUntouched, front.StepPay, append(retry, front.ActBack)},
		{front.ProblemPayCard, front.MoneyUntouched, front.StepPay, append(retry, front.ActBack)},
		{front.ProblemCancelled, front.MoneyUntouched, front.StepPay, append(retry, front.ActBack)},
		{front.ProblemPayLine, front.MoneyUntouched, front.StepPay, append(retry, front.ActBack)},
		{front.ProblemPayFailed, front.MoneyReturned, front.StepPay, append(retry, front.ActNext)},
		{front.ProblemPayUnknown, front.MoneyUnknown, front.StepPay, end},
		{front.ProblemReceiptFailed, front.MoneyCharged, front.StepTake, end},
		{front.ProblemInternal, front.MoneyUntouched, "", append(retry, front.ActNext)},
	} {
		v := &front.ProblemView{Code: p.code, Money: p.money, Total: 35000}
		if p.code == front.ProblemPayUnknown || p.code == front.ProblemReceiptFailed {
			v.Case = "C-7F3K-22"
		}
		add("problem-"+string(p.code), front.Screen{Name: front.Problem, Step: p.step, Actions: p.acts, Cancels: "visit", Trouble: v})
	}
	add("out-of-service", front.Screen{Name: front.OutOfService, Outage: &front.OutOfServiceOut{
		Code: "ledger_corrupt", Remedy: "maintenance", Detail: "ledger.db: page 17: checksum differs"}})
	lost := view.Disconnected(front.English, now.Add(-time.Minute), now)
	add("out-of-service-screen", front.Screen{Name: lost.Name, Outage: lost.Outage})
}
