package fines

import (
	"slices"
	"time"

	"murur/kiosk/front"
	"murur/kiosk/journey"
)

// Rules of the first half: who is it, which fines. Nothing here leaves a trace on
// disk, so leaving is always free.

func leave(s State, _ journey.Event, _ time.Time) (State, journey.Out) {
	return s, journey.Out{Stop: true, Next: journey.NextLobby}
}

// goOn leaves when nothing is owed any more: to the journey that waited for that, if the
// card is still in, or to the welcome screen.
func goOn(s State, e journey.Event, at time.Time) (State, journey.Out) {
	s, out := leave(s, e, at)
	if s.Then != "" && s.Holder != nil {
		out.Next = s.Then
	}
	return s, out
}

// giveUp ends a journey that had not begun anything when it was interrupted.
func giveUp(s State, e journey.Event, at time.Time) (State, journey.Out) { return leave(s, e, at) }

// askOrLeave asks for more time; the second silence ends the visit.
func askOrLeave(s State, e journey.Event, at time.Time) (State, journey.Out) {
	if s.Asking {
		return leave(s, e, at)
	}
	s.Asking = true
	return s, journey.Out{}
}

// stay needs no more: Step has already taken the question for more time away.
func stay(s State, _ journey.Event, _ time.Time) (State, journey.Out) { return s, journey.Out{} }

func speak(s State, e journey.Event, _ time.Time) (State, journey.Out) {
	switch lang := front.Lang(e.(journey.Input).Value); lang {
	case front.Arabic, front.English:
		s.Lang = lang
	}
	return s, journey.Out{}
}

// forget drops everything that belongs to a person.
func forget(s State) State {
	return State{Journey: s.Journey, Lang: s.Lang, Phase: s.Phase, Attempt: s.Attempt, Then: s.Then}
}

func identifyAgain(s State, _ journey.Event, _ time.Time) (State, journey.Out) {
	s = forget(s)
	s.Phase = Identify
	return s, journey.Out{Stop: true}
}

func chooseWay(s State, e journey.Event, _ time.Time) (State, journey.Out) {
	switch way := front.Way(e.(journey.Input).Value); way {
	case front.ByCivil, front.ByPlate, front.ByViolation:
		s.Phase, s.Way, s.Mistake = Number, way, ""
	}
	return s, journey.Out{}
}

// takeNumber checks what was typed once more; the screen has checked it too.
func takeNumber(s State, e journey.Event, at time.Time) (State, journey.Out) {
	number, mistake := front.CheckNumber(s.Way, e.(journey.Input).Value, at)
	if mistake != "" {
		s.Mistake = mistake
		return s, journey.Out{}
	}
	s.Holder = nil
	return lookUp(s, Query{By: s.Way, Number: number})
}

func readCard(s State, _ journey.Event, _ time.Time) (State, journey.Out) {
	s = forget(s)
	s.Phase = Reading
	return s, journey.Out{Stop: true, Effects: []journey.Effect{ReadCard{}}}
}

// cardAgain reads a card that is put in after a card trouble; at any other trouble
// a card means nothing.
func cardAgain(s State, e journey.Event, at time.Time) (State, journey.Out) {
	switch s.Problem.Code {
	case front.ProblemCardRemoved, front.ProblemCardWrong, front.ProblemCardLicence, front.ProblemCardUnreadable, front.ProblemCardExpired:
		return readCard(s, e, at)
	}
	return s, journey.Out{}
}

func cardPulled(s State, _ journey.Event, _ time.Time) (State, journey.Out) {
	s, out := trouble(s, Problem{Code: front.ProblemCardRemoved, Back: Identify})
	out.Stop = true
	return s, out
}

func cardTrouble(s State, e journey.Event, _ time.Time) (State, journey.Out) {
	return trouble(s, Problem{Code: e.(CardFailed).Code, Back: Identify})
}

func lookUpHolder(s State, e journey.Event, _ time.Time) (State, journey.Out) {
	holder := e.(CardRead).Holder
	s.Holder = &holder
	return lookUp(s, Query{By: front.ByCard, Number: holder.Civil})
}

func lookUp(s State, q Query) (State, journey.Out) {
	s.Phase, s.Query, s.Mistake = Looking, q, ""
	return s, journey.Out{Effects: []journey.Effect{Lookup{q}}}
}

// hideHolder: names and full plates are shown only while the card is in.
func hideHolder(s State, _ journey.Event, _ time.Time) (State, journey.Out) {
	s.Holder = nil
	return s, journey.Out{}
}

func showFines(s State, e journey.Event, at time.Time) (State, journey.Out) {
	found := e.(FinesFound).Found
	var out journey.Out
	if len(found.Rejected) > 0 {
		out.Records = []journey.Record{{Kind: RecordRejected, Payload: RejectedRecord{Fines: found.Rejected}}}
	}
	s.Fines, s.Selected = found.Fines, nil
	switch {
	case len(s.Fines) > 0:
	case s.Then != "" && s.Holder != nil:
		s, next := goOn(s, e, at)
		next.Records = out.Records
		return s, next
	default:
		s, _ = trouble(s, Problem{Code: front.ProblemNoFines, Back: Identify})
		return s, out
	}
	if len(s.payable()) == 1 {
		s.Selected = []string{s.payable()[0].ID}
	}
	s.Phase = List
	return s, out
}

func lookupTrouble(s State, e journey.Event, _ time.Time) (State, journey.Out) {
	p := Problem{Code: e.(LookupFailed).Code, Back: Identify}
	if p.Code == front.ProblemCentral {
		p.Retry = Looking
	}
	return trouble(s, p)
}

func toggle(s State, e journey.Event, _ time.Time) (State, journey.Out) {
	id := e.(journey.Input).Value
	if !slices.ContainsFunc(s.payable(), func(f Fine) bool { return f.ID == id }) {
		return s, journey.Out{}
	}
	if i := slices.Index(s.Selected, id); i >= 0 {
		s.Selected = slices.Delete(slices.Clone(s.Selected), i, i+1)
	} else {
		s.Selected = append(slices.Clone(s.Selected), id)
	}
	return s, journey.Out{}
}

func toggleAll(s State, _ journey.Event, _ time.Time) (State, journey.Out) {
	payable := s.payable()
	if len(s.Selected) == len(payable) {
		s.Selected = nil
		return s, journey.Out{}
	}
	s.Selected = nil
	for _, f := range payable {
		s.Selected = append(s.Selected, f.ID)
	}
	return s, journey.Out{}
}

func confirm(s State, _ journey.Event, _ time.Time) (State, journey.Out) {
	if len(s.Selected) > 0 {
		s.Phase = Confirm
	}
	return s, journey.Out{}
}

func listAgain(s State, _ journey.Event, _ time.Time) (State, journey.Out) {
	s.Phase = List
	return s, journey.Out{Stop: true}
}

// trouble shows a problem. Money is untouched unless said otherwise.
func trouble(s State, p Problem) (State, journey.Out) {
	if p.Money == "" {
		p.Money = front.MoneyUntouched
	}
	s.Phase, s.Problem, s.Asking = Trouble, p, false
	return s, journey.Out{}
}

func retry(s State, e journey.Event, at time.Time) (State, journey.Out) {
	switch s.Problem.Retry {
	case Looking:
		return lookUp(s, s.Query)
	case Checking:
		return checkReady(s, e, at)
	}
	return s, journey.Out{}
}

func stepBack(s State, e journey.Event, at time.Time) (State, journey.Out) {
	switch s.Problem.Back {
	case Identify:
		return identifyAgain(s, e, at)
	case List:
		return listAgain(s, e, at)
	case Looking:
		return lookUp(s, s.Query)
	}
	return s, journey.Out{}
}
