package lobby

import (
	"testing"
	"time"

	"murur/kiosk/front"
	"murur/kiosk/journey"
)

func touch(a front.Action, value string) journey.Event {
	return journey.Input{Input: front.Input{Action: a, Value: value}}
}

func TestLobby(t *testing.T) {
	start, service := touch(front.ActStart, "en"), touch(front.ActService, "fines")
	tests := []struct {
		name   string
		events []journey.Event
		screen front.Name
		lang   front.Lang
		next   string
	}{
		{"begins in Arabic", nil, front.Welcome, front.Arabic, ""},
		{"a touch chooses the language", []journey.Event{start}, front.ServiceMenu, front.English, ""},
		{"an unknown language changes nothing", []journey.Event{touch(front.ActLanguage, "xx")}, front.Welcome, front.Arabic, ""},
		{"back", []journey.Event{start, touch(front.ActBack, "")}, front.Welcome, front.Arabic, ""},
		{"fines", []journey.Event{start, service}, front.ServiceMenu, front.English, "fines"},
		{"no service from the welcome screen", []journey.Event{service}, front.Welcome, front.Arabic, ""},
		{"a service that is not offered", []journey.Event{start, touch(front.ActService, "clearance")}, front.ServiceMenu, front.English, ""},
		{"a licence", []journey.Event{start, touch(front.ActService, "licence")}, front.ServiceMenu, front.English, "pickup"},
		{"silence asks", []journey.Event{start, journey.TimeUp{}}, front.ServiceMenu, front.English, ""},
		{"silence twice ends", []journey.Event{start, journey.TimeUp{}, journey.TimeUp{}}, front.Welcome, front.Arabic, ""},
		{"a card means nothing here", []journey.Event{journey.CardIn{}, journey.CardOut{}}, front.Welcome, front.Arabic, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var m journey.Machine = New()
			var out journey.Out
			for _, e := range tt.events {
				m, out = m.Step(e, time.Time{})
			}
			s := m.Screen(journey.World{})
			if s.Name != tt.screen || s.Lang != tt.lang || out.Next != tt.next {
				t.Errorf("got %s in %s, next %q", s.Name, s.Lang, out.Next)
			}
			if len(out.Records)+len(out.Effects) > 0 {
				t.Errorf("the lobby wants %+v", out)
			}
		})
	}
}

func TestServicesSayWhyNot(t *testing.T) {
	m := Lobby{Chosen: true}
	for _, n := range []front.Notice{front.NoticeNoTerminal, front.NoticeNoPrinter} {
		s := m.Screen(journey.World{Notices: []front.Notice{n}})
		if f := s.Services[0]; f.ID != "fines" || f.Available || f.Reason != n {
			t.Errorf("%s: got %+v", n, f)
		}
	}
	if f := m.Screen(journey.World{Notices: []front.Notice{front.NoticeNoReader}}).Services[0]; !f.Available {
		t.Error("without a card reader a number can still be typed")
	}
}

func TestLicencesSayWhyNot(t *testing.T) {
	m := Lobby{Chosen: true}
	licence := func(w journey.World) front.Service { return m.Screen(w).Services[1] }
	if l := licence(journey.World{}); l.ID != "licence" || l.Available || l.Reason != front.ReasonLater {
		t.Errorf("without the devices: %+v", l)
	}
	if l := licence(journey.World{Licences: true, Notices: []front.Notice{front.NoticeNoTerminal, front.NoticePaperLow}}); !l.Available {
		t.Errorf("the terminal and low paper have nothing to do with it: %+v", l)
	}
	for _, n := range []front.Notice{front.NoticeNoReader, front.NoticeNoPrinter, front.NoticeNoCardPrinter, front.NoticeNoBlanks,
		front.NoticeNoRibbon, front.NoticeRejectFull, front.NoticeNoCapture, front.NoticeRetainFull} {
		w := journey.World{Licences: true, Notices: []front.Notice{n}}
		if l := licence(w); l.Available || l.Reason != n {
			t.Errorf("%s: %+v", n, l)
		}
		if f := m.Screen(w).Services[0]; n != front.NoticeNoPrinter && !f.Available {
			t.Errorf("%s closes the fines", n)
		}
	}
}

func TestAskingGivesWay(t *testing.T) {
	m, _ := Lobby{Chosen: true}.Step(journey.TimeUp{}, time.Time{})
	if m.Screen(journey.World{}).MoreTime == nil || m.Patience() != asking {
		t.Fatal("no question for more time")
	}
	m, _ = m.Step(touch(front.ActMore, ""), time.Time{})
	if m.Screen(journey.World{}).MoreTime != nil || m.Patience() != patience {
		t.Error("the question stays")
	}
}
