// Package lobby is what stands between journeys: the welcome screen with its
// choice of language, and the choice of service.
//
//	welcome   input.start → service
//	service   input.service → ends, the chosen journey begins
//	          input.back, input.cancel → welcome
//	          time.up → asks "more time?", the second time → welcome
package lobby

import (
	"time"

	"murur/kiosk/front"
	"murur/kiosk/journey"
)

// How long the service menu waits, and then the question for more time.
const (
	patience = 30 * time.Second
	asking   = 15 * time.Second
)

// Lobby is the machine. The zero Lobby is the welcome screen in Arabic.
type Lobby struct {
	Lang   front.Lang
	Chosen bool // the language is chosen: the service menu
	Asking bool
}

// New is the welcome screen; Arabic comes first.
func New() Lobby { return Lobby{Lang: front.Arabic} }

// Name is "lobby".
func (Lobby) Name() string { return journey.NextLobby }

// ID is empty: nothing that happens here lasts.
func (Lobby) ID() string { return "" }

// Stage is the screen.
func (l Lobby) Stage() string { return string(l.Screen(journey.World{}).Name) }

// services are what the menu offers, in this order, and journeys which of them this
// program has.
var (
	services = []string{"fines", "licence", "clearance", "residence"}
	journeys = map[string]string{"fines": "fines", "licence": "pickup"}
)

// closes lists what closes a service, by what the public is told. Fines need what takes
// the money and what proves it; a licence everything but the terminal.
var closes = map[string][]front.Notice{
	"fines": {front.NoticeNoTerminal, front.NoticeNoPrinter},
	"licence": {front.NoticeNoReader, front.NoticeNoCardPrinter, front.NoticeNoBlanks, front.NoticeNoRibbon,
		front.NoticeRejectFull, front.NoticeNoCapture, front.NoticeRetainFull, front.NoticeNoPrinter},
}

// Step takes a touch or the passing of time; every other event is ignored here,
// because nobody has begun anything.
func (l Lobby) Step(e journey.Event, _ time.Time) (journey.Machine, journey.Out) {
	switch e := e.(type) {
	case journey.TimeUp:
		if l.Asking || !l.Chosen {
			return New(), journey.Out{}
		}
		l.Asking = true
	case journey.Input:
		l.Asking = false
		return l.input(e)
	}
	return l, journey.Out{}
}

func (l Lobby) input(e journey.Input) (journey.Machine, journey.Out) {
	switch e.Action {
	case front.ActLanguage:
		l.Lang = language(e.Value, l.Lang)
	case front.ActStart:
		l.Lang = language(e.Value, l.Lang)
		l.Chosen = true
	case front.ActBack, front.ActCancel:
		return New(), journey.Out{}
	case front.ActService:
		if next, ok := journeys[e.Value]; ok && l.Chosen {
			return l, journey.Out{Next: next}
		}
	}
	return l, journey.Out{}
}

func language(value string, now front.Lang) front.Lang {
	switch l := front.Lang(value); l {
	case front.Arabic, front.English:
		return l
	}
	return now
}

// Screen is the welcome screen or the service menu.
func (l Lobby) Screen(w journey.World) front.Screen {
	s := front.Screen{Name: front.Welcome, Lang: l.Lang, Notices: w.Notices, Actions: []front.Action{front.ActStart}}
	if !l.Chosen {
		return s
	}
	s.Name, s.Cancels = front.ServiceMenu, "visit"
	s.Actions = []front.Action{front.ActService, front.ActBack}
	if l.Asking {
		s.MoreTime = &front.MoreTimeView{Seconds: int(asking / time.Second)}
		s.Actions = append(s.Actions, front.ActMore)
	}
	for _, id := range services {
		s.Services = append(s.Services, service(id, w))
	}
	return s
}

// service says whether a service can be begun, and why not.
func service(id string, w journey.World) front.Service {
	s := front.Service{ID: id, Available: journeys[id] != ""}
	if id == "licence" && !w.Licences {
		s.Available = false
	}
	if !s.Available {
		s.Reason = front.ReasonLater
		return s
	}
	for _, n := range closes[id] {
		if w.Has(n) {
			s.Available, s.Reason = false, n
			break
		}
	}
	return s
}

// Patience is short in the menu and endless on the welcome screen.
func (l Lobby) Patience() time.Duration {
	switch {
	case l.Asking:
		return asking
	case l.Chosen:
		return patience
	}
	return 0
}
