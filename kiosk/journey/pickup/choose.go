package pickup

import (
	"slices"
	"time"

	"murur/kiosk/front"
	"murur/kiosk/journey"
	"murur/kiosk/journey/fines"
)

// Rules of the first half: who is it, and what waits for them. Nothing here leaves a
// trace on disk or takes anything from anybody, so leaving is always free.

func leave(s State, _ journey.Event, _ time.Time) (State, journey.Out) {
	return s, journey.Out{Stop: true, Next: journey.NextLobby}
}

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

// hideHolder: names are shown only while the card is in.
func hideHolder(s State, _ journey.Event, _ time.Time) (State, journey.Out) {
	s.Holder = nil
	return s, journey.Out{}
}

// identifyAgain drops everything that belongs to a person.
func identifyAgain(s State, _ journey.Event, _ time.Time) (State, journey.Out) {
	return State{Journey: s.Journey, Lang: s.Lang, Phase: Identify}, journey.Out{Stop: true}
}

func readCard(s State, e journey.Event, at time.Time) (State, journey.Out) {
	s, out := identifyAgain(s, e, at)
	s.Phase, out.Effects = Reading, []journey.Effect{fines.ReadCard{}}
	return s, out
}

// cardAgain reads a card that is put in after a card trouble; at any other trouble a
// card means nothing.
func cardAgain(s State, e journey.Event, at time.Time) (State, journey.Out) {
	if ofCard[s.Problem.Code] && !s.Begun {
		return readCard(s, e, at)
	}
	return s, journey.Out{}
}

// ofCard are the problems that another try with the card may end.
var ofCard = map[front.ProblemCode]bool{
	front.ProblemCardRemoved: true, front.ProblemCardWrong: true, front.ProblemCardLicence: true,
	front.ProblemCardUnreadable: true, front.ProblemCardExpired: true,
}

// cardPulled: without the card nobody knows any more who stands there.
func cardPulled(s State, e journey.Event, at time.Time) (State, journey.Out) {
	s, out := identifyAgain(s, e, at)
	s, _ = trouble(s, Problem{Code: front.ProblemCardRemoved, Back: Identify})
	return s, out
}

func cardTrouble(s State, e journey.Event, _ time.Time) (State, journey.Out) {
	return trouble(s, Problem{Code: e.(fines.CardFailed).Code, Back: Identify})
}

func ask(s State, e journey.Event, _ time.Time) (State, journey.Out) {
	holder := e.(fines.CardRead).Holder
	s.Phase, s.Holder, s.Masked = Looking, &holder, masked(holder.Civil)
	return s, journey.Out{Effects: []journey.Effect{Ask{holder.Civil}}}
}

func askTrouble(s State, e journey.Event, _ time.Time) (State, journey.Out) {
	return trouble(s, Problem{Code: e.(AskFailed).Code, Retry: Looking, Back: Identify})
}

// asked decides what stands between the person and the licence: nothing to collect,
// fines, or a choice.
func asked(s State, e journey.Event, at time.Time) (State, journey.Out) {
	found := e.(Asked)
	s.Applications = found.Applications
	ready := s.ready()
	switch {
	case len(s.Applications) == 0:
		return trouble(s, Problem{Code: front.ProblemNoLicence, Back: Identify})
	case len(ready) == 0:
		a := s.Applications[0]
		return trouble(s, Problem{Code: standings[a.Standing], Reason: a.Reason, GoTo: a.GoTo, Back: Identify})
	}
	var elsewhere front.Words
	if s.Debt, elsewhere = debt(found.Fines); s.Debt.Count > 0 {
		s.Phase = Owing
		return s, journey.Out{}
	} else if s.Debt.Other > 0 {
		return trouble(s, Problem{Code: front.ProblemFinesFirst, GoTo: elsewhere, Back: Identify})
	}
	if len(s.Applications) > 1 {
		s.Phase = Choosing
		return s, journey.Out{}
	}
	return check(s, ready[0])
}

// standings says which problem a person sees for an application that is not ready.
var standings = map[Standing]front.ProblemCode{
	NotReady: front.ProblemNotReady, Visit: front.ProblemVisit, Elsewhere: front.ProblemElsewhere, Unclear: front.ProblemUnclear,
}

// debt counts the fines that stand before a licence. One that is paid and being recorded
// does not.
func debt(list []fines.Fine) (d front.OwingView, goTo front.Words) {
	for _, f := range list {
		switch f.State {
		case front.FineRecording:
		case front.FinePayable:
			d.Count++
			d.Total += int64(f.Amount)
		default:
			d.Other++
			goTo = f.GoTo
		}
	}
	return d, goTo
}

// payFirst leads to the fines journey, which leads back.
func payFirst(s State, _ journey.Event, _ time.Time) (State, journey.Out) {
	return s, journey.Out{Stop: true, Next: fines.Name}
}

func choose(s State, e journey.Event, _ time.Time) (State, journey.Out) {
	ready := s.ready()
	if i := slices.IndexFunc(ready, func(a Application) bool { return a.ID == e.(journey.Input).Value }); i >= 0 {
		return check(s, ready[i])
	}
	return s, journey.Out{}
}

func check(s State, a Application) (State, journey.Out) {
	s.Phase, s.Application = Checking, a
	return s, journey.Out{Effects: []journey.Effect{Prepare{a, s.Holder.Civil}}}
}

func notPrepared(s State, e journey.Event, at time.Time) (State, journey.Out) {
	p := Problem{Code: e.(NotPrepared).Code, Retry: Checking, Back: Identify}
	switch {
	case ofCard[p.Code]: // nobody knows any more who stands there
		s, _ = identifyAgain(s, e, at)
		p.Retry = ""
	case p.Code == front.ProblemCannotDraw || p.Code == front.ProblemNotLeased:
		p.Retry = "" // the department's to mend
	}
	return trouble(s, p)
}

// trouble shows a problem. Before anything has begun the old licence is with the person.
func trouble(s State, p Problem) (State, journey.Out) {
	if p.Card == "" {
		p.Card = s.cardState()
	}
	s.Phase, s.Problem, s.Asking = Trouble, p, false
	return s, journey.Out{}
}

func retry(s State, _ journey.Event, _ time.Time) (State, journey.Out) {
	switch {
	case s.Problem.Retry == Looking && s.Holder != nil:
		s.Phase = Looking
		return s, journey.Out{Effects: []journey.Effect{Ask{s.Holder.Civil}}}
	case s.Problem.Retry == Checking && s.Holder != nil:
		return check(s, s.Application)
	}
	return s, journey.Out{}
}
