package fines

import (
	"encoding/json"
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	"murur/devices"
	"murur/devices/receipt"
	"murur/devices/terminal"
	"murur/kiosk/front"
	"murur/kiosk/journey"
	"murur/kiosk/journey/journeytest"
	"murur/kiosk/kwd"
)

var update = flag.Bool("update", false, "write the golden files anew")

var day = journeytest.Day

// Every event is decided in every phase, and nothing in the table is about a phase or an
// event that does not exist.
func TestTableIsTotal(t *testing.T) { journeytest.Total(t, *update, Table()) }

// The scripts in testdata are read as prose.
func TestTranscripts(t *testing.T) {
	journeytest.Player{
		Begin:   func() journey.Machine { return New(journey.Begin{ID: "KW01-1000042", Lang: front.Arabic}) },
		Restore: func(saved json.RawMessage) (journey.Machine, error) { return Restore(saved) },
		Parse:   parse, Screen: describe,
	}.Transcripts(t, *update)
}

// parse reads an event: an action with its value, or a kind with its short argument.
func parse(t *testing.T, line string) journey.Event {
	word, arg, _ := strings.Cut(line, " ")
	events := map[string]journey.Event{
		"card-in": journey.CardIn{}, "card-out": journey.CardOut{}, "silence": journey.TimeUp{},
		"interrupted": journey.Interrupted{},
		"card-read":   CardRead{Holder{Civil: "288012098012", Name: front.Words{Ar: "مواطن تجريبي", En: "DEMO CITIZEN"}}},
		"card-failed": CardFailed{front.ProblemCode(arg)}, "lookup-failed": LookupFailed{front.ProblemCode(arg)},
		"ready": Ready{terminal.Mark{Trace: "000411", Receipt: "0310"}}, "not-ready": NotReady{front.ProblemCode(arg)},
		"reserved": Reserved{day.Add(5 * time.Minute)}, "reserve-failed": ReserveFailed{front.ProblemCode(arg)},
		"guided":      Guided{terminal.Guidance(arg)},
		"deliverable": Deliverable{day.Add(10 * time.Minute)}, "undeliverable": Undeliverable{}, "unsure": Unsure{},
		"approved": Approved{bank(devices.Confirmed, "")}, "pay-confirmed": PayEnded{bank(devices.Confirmed, "")},
		"pay-refused": PayEnded{bank(devices.Refused, arg)}, "pay-unknown": PayEnded{bank(devices.Unknown, "")},
		"found-confirmed": FoundOut{bank(devices.Confirmed, "")}, "found-refused": FoundOut{bank(devices.Refused, arg)},
		"undone-confirmed": Undone{bank(devices.Confirmed, "")}, "undone-unknown": Undone{bank(devices.Unknown, "")},
		"found-unknown": FoundOut{bank(devices.Unknown, "")},
		"printed":       Printed{receipt.Proof{Outcome: devices.Outcome(arg), Custody: devices.CustodyPresented, Evidence: "sensor"}},
		"paper":         PaperWent{devices.Custody(arg)},
		"fines":         FinesFound{Found{Fines: some(arg)}},
		"fines-and-bad": FinesFound{Found{Fines: some(arg), Rejected: []string{"666"}}},
	}
	if e, ok := events[word]; ok {
		return e
	}
	return journey.Input{Input: front.Input{Action: front.Action(word), Value: arg}}
}

func bank(o devices.Outcome, reason string) terminal.Result {
	return terminal.Result{Outcome: o, Reason: terminal.Reason(reason), Amount: 30000, Currency: terminal.KWD,
		Mark: terminal.Mark{Terminal: "40001027", Trace: "000412", Receipt: "0311"}, Card: "KNET", PAN: "************1234"}
}

// some makes fines from states: "payable payable not_here".
func some(states string) []Fine {
	var list []Fine
	for i, state := range strings.Fields(states) {
		list = append(list, Fine{ID: fmt.Sprint(100 + i), What: front.Words{En: "Parking"}, At: day,
			Plate: Plate{"private", "12", "34567"}, Amount: kwd.Amount(10+5*i) * kwd.Dinar, State: front.FineState(state)})
	}
	return list
}

func describe(m journey.Machine) string {
	s := m.Screen(journey.World{})
	var line journeytest.Line
	add := line.Add
	add("", s.Name)
	add("", s.Doing)
	if f := s.Fines; f != nil {
		for _, fine := range append(f.Payable, f.Other...) {
			box := map[bool]string{true: "☑", false: "☐"}[fine.Selected]
			if fine.State != front.FinePayable {
				box = string(fine.State)
			}
			add("", box, fine.ID, fine.Plate)
		}
		add("total ", kwd.Amount(f.Total))
		if f.Holder != nil {
			add("holder ", f.Holder.En)
		}
	}
	if s.Number != nil {
		add("", s.Number.Mode, s.Number.Problem)
	}
	if s.Payment != nil {
		add("", s.Payment.Guidance, kwd.Amount(s.Payment.Total))
	}
	if s.Paper != nil {
		add("", s.Paper.Number, s.Paper.State)
	}
	if p := s.Trouble; p != nil {
		add("", p.Code, "· money", p.Money, p.Case)
	}
	if s.MoreTime != nil {
		add("", "more time?")
	}
	add("can ", s.Actions)
	return line.String()
}

// Silence leads from every phase to the welcome screen in bounded time, once each
// running effect has ended in its worst way.
func TestSilenceEnds(t *testing.T) {
	worst := map[Phase]journey.Event{
		Reading: CardFailed{front.ProblemCardUnreadable}, Looking: LookupFailed{front.ProblemCentral},
		Checking: NotReady{front.ProblemTerminal}, Reserving: ReserveFailed{front.ProblemCentral},
		Paying: PayEnded{bank(devices.Unknown, "")}, Holding: Unsure{}, Settling: PayEnded{bank(devices.Unknown, "")},
		Finding: FoundOut{bank(devices.Unknown, "")}, Printing: Printed{receipt.Proof{Outcome: devices.Unknown}},
		Reversing: Undone{bank(devices.Unknown, "")}, Taking: PaperWent{devices.CustodyUnknown},
	}
	for _, p := range Phases {
		m := Machine{Start(journey.Begin{ID: "KW01-1000042"})}
		m.Phase, m.Fines, m.Selected = p, some("payable"), []string{"100"}
		var e journey.Event = journey.TimeUp{}
		for step := 0; ; step++ {
			if step > 12 {
				t.Errorf("phase %s does not end by itself", p)
				break
			}
			if bad, ok := worst[m.Phase]; ok {
				e = bad
			} else if e = (journey.TimeUp{}); m.Patience() == 0 {
				t.Errorf("phase %s waits for ever", m.Phase)
				break
			}
			next, out := m.Step(e, day)
			if m = next.(Machine); out.Next == journey.NextLobby {
				break
			}
		}
	}
}

// An approval that no payment waits for is voted down, in every phase but those
// that hold the payment.
func TestStrayApprovalIsVotedDown(t *testing.T) {
	for _, p := range Phases {
		s := Start(journey.Begin{ID: "KW01-1000042"})
		s.Phase = p
		_, out := Step(s, Approved{bank(devices.Confirmed, "")}, day)
		if wanted := p == Paying || p == Holding || p == Settling; wanted == (out.Refuse != nil) {
			t.Errorf("phase %s: refuse %v", p, out.Refuse)
		}
	}
}

func TestPlates(t *testing.T) {
	tests := []struct {
		plate        Plate
		full, masked string
	}{
		{Plate{"private", "12", "34567"}, "12 / 34567", "•• / •••67"},
		{Plate{"taxi", "9", "7"}, "9 / 7", "• / 7"},
		{Plate{}, "", ""},
	}
	for _, tt := range tests {
		if tt.plate.full() != tt.full || tt.plate.masked() != tt.masked {
			t.Errorf("%v: %q, %q", tt.plate, tt.plate.full(), tt.plate.masked())
		}
	}
}

func TestApplyPaid(t *testing.T) {
	found := ApplyPaid(Found{Fines: some("payable payable")}, func(id string) (PaidMark, bool) {
		return PaidMark{State: front.FineRecording}, id == "101"
	})
	if found.Fines[0].State != front.FinePayable || found.Fines[1].State != front.FineRecording {
		t.Errorf("got %v, %v", found.Fines[0].State, found.Fines[1].State)
	}
}

// A licence that waits for the fines goes on when nothing is owed any more, if the person's
// card is still in; every other way out leads to the welcome screen.
func TestThen(t *testing.T) {
	owing := []string{"card-in", "card-read", "fines payable", "next", "next", "ready", "reserved", "approved", "deliverable", "pay-confirmed",
		"printed confirmed", "paper taken"}
	tests := []struct {
		name   string
		events []string
		then   string
		next   string
	}{
		{"paid", append(owing[:len(owing):len(owing)], "next"), "pickup", "pickup"},
		{"paid, in silence", append(owing[:len(owing):len(owing)], "silence"), "pickup", "pickup"},
		{"paid, and nothing waits", append(owing[:len(owing):len(owing)], "next"), "", journey.NextLobby},
		{"paid, and cancelled", append(owing[:len(owing):len(owing)], "cancel"), "pickup", journey.NextLobby},
		{"paid, and the card is gone", append(owing[:len(owing):len(owing)], "card-out", "next"), "pickup", journey.NextLobby},
		{"the paper was left", append(owing[:len(owing)-1:len(owing)-1], "paper retracted"), "pickup", journey.NextLobby},
		{"nothing is owed", []string{"card-in", "card-read", "fines"}, "pickup", "pickup"},
		{"nothing is owed, and nothing waits", []string{"card-in", "card-read", "fines", "cancel"}, "", journey.NextLobby},
		{"not paid", []string{"card-in", "card-read", "fines payable", "cancel"}, "pickup", journey.NextLobby},
		{"paid, without the paper", append(owing[:len(owing)-2:len(owing)-2], "printed unknown", "next"), "pickup", journey.NextLobby},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, out := New(journey.Begin{ID: "KW01-1000042", Then: tt.then}), journey.Out{}
			for _, e := range tt.events {
				if out.Next != "" {
					t.Fatalf("ended before %s", e)
				}
				var next journey.Machine
				next, out = m.Step(parse(t, e), day)
				m = next.(Machine)
			}
			if out.Next != tt.next {
				t.Errorf("in %s, next %q", m.Phase, out.Next)
			}
		})
	}
}
