package pickup

import (
	"encoding/json"
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"murur/devices"
	"murur/devices/capture"
	"murur/devices/cardprinter"
	"murur/devices/receipt"
	"murur/kiosk/front"
	"murur/kiosk/journey"
	"murur/kiosk/journey/fines"
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
	proof := cardprinter.Proof{Outcome: devices.Outcome(arg), Custody: devices.CustodyInside, Evidence: "counters agree",
		Counters: cardprinter.Counters{Inserted: 501, Panels: 2505, Ribbon: 90}}
	events := map[string]journey.Event{
		"card-in": journey.CardIn{}, "card-out": journey.CardOut{}, "silence": journey.TimeUp{},
		"interrupted":  journey.Interrupted{},
		"card-read":    fines.CardRead{Holder: fines.Holder{Civil: "288012098012", Name: front.Words{Ar: "مواطن تجريبي", En: "DEMO CITIZEN"}}},
		"card-failed":  fines.CardFailed{Code: front.ProblemCode(arg)},
		"ask-failed":   AskFailed{front.ProblemCode(arg)},
		"offline":      Asked{Applications: some(arg), Offline: true},
		"not-prepared": NotPrepared{front.ProblemCode(arg)},
		"prepared": Prepared{Batch: "B1", Located: Located{
			New: &cardprinter.Location{Inside: cardprinter.SeenNone, Exit: cardprinter.SeenNone,
				Counters: cardprinter.Counters{Inserted: 500, Panels: 2500, Ribbon: 91}},
			Old: &capture.State{Card: capture.PlaceNone, Captured: 7},
		}},
		"old-in": OldIn{}, "old-wrong": OldWrong{WrongObject(arg)}, "old-none": OldNone{}, "unit-failed": OldNone{Fault: true},
		"fed": Fed{proof}, "card-printed": CardPrinted{proof},
		"captured":       OldCaptured{capture.Proof{Outcome: devices.Outcome(arg), Evidence: "status and counter"}},
		"card-presented": CardPresented{devices.Custody(arg)}, "card-went": CardWent{devices.Custody(arg)},
		"card-retracted": CardRetracted{devices.Custody(arg)}, "card-rejected": CardRejected{devices.Custody(arg)},
		"old-returned": OldReturned{devices.Custody(arg)},
		"printed":      fines.Printed{Proof: receipt.Proof{Outcome: devices.Outcome(arg), Custody: devices.CustodyPresented, Evidence: "sensor"}},
		"paper":        fines.PaperWent{Custody: devices.Custody(arg)},
	}
	if e, ok := events[word]; ok {
		return e
	}
	switch word {
	case "asked": // applications, then fines after a bar
		applications, owed, _ := strings.Cut(arg, "|")
		return Asked{Applications: some(applications), Fines: owing(owed)}
	case "located": // inside, exit, fed since, old card, captured since
		return where(t, arg)
	}
	return journey.Input{Input: front.Input{Action: front.Action(word), Value: arg}}
}

// some makes applications from kinds and standings: "renewal:ready lost:visit".
func some(list string) []Application {
	var all []Application
	for i, word := range strings.Fields(list) {
		kind, standing, _ := strings.Cut(word, ":")
		a := Application{ID: fmt.Sprint("A-", i+1), Kind: Kind(kind), Issue: 1, Standing: Standing(standing), What: front.Words{En: "Private"}}
		if a.Standing != Ready {
			a.Reason, a.GoTo = front.Words{En: "Photo is missing"}, front.Words{En: "Traffic Department"}
		}
		all = append(all, a)
	}
	return all
}

func owing(states string) []fines.Fine {
	var list []fines.Fine
	for i, state := range strings.Fields(states) {
		list = append(list, fines.Fine{ID: fmt.Sprint(100 + i), Amount: 10 * kwd.Dinar, State: front.FineState(state),
			GoTo: front.Words{En: "Investigations"}})
	}
	return list
}

// where reads "inside exit +fed old +captured"; "silent" is a unit that does not answer.
func where(t *testing.T, text string) Located {
	var l Located
	var inside, exit, old string
	var fed, captured int
	if _, err := fmt.Sscanf(text, "%s %s +%d %s +%d", &inside, &exit, &fed, &old, &captured); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	if inside != "silent" {
		l.New = &cardprinter.Location{Inside: cardprinter.Seen(inside), Exit: cardprinter.Seen(exit),
			Counters: cardprinter.Counters{Inserted: 500 + fed}}
	}
	if old != "silent" {
		l.Old = &capture.State{Card: capture.Place(old), Captured: 7 + captured}
	}
	return l
}

func describe(m journey.Machine) string {
	s := m.Screen(journey.World{})
	var line journeytest.Line
	add := line.Add
	add("", s.Name)
	add("", s.Doing)
	add("by ", s.Ways)
	if p := s.Pickups; p != nil {
		for _, one := range p.List {
			add("", map[bool]string{true: "○", false: "–"}[one.Ready], one.ID, one.Kind, one.Standing)
		}
	}
	if o := s.Owing; o != nil {
		add("owes ", kwd.Amount(o.Total), "for", o.Count, "and", o.Other, "elsewhere")
	}
	if l := s.Licence; l != nil {
		add("", l.Kind, l.State, l.Wrong)
		if l.Again > 0 {
			add("again ", l.Again)
		}
		if l.Hurry {
			add("", "hurry")
		}
	}
	if s.Paper != nil {
		add("", s.Paper.Number, s.Paper.State)
	}
	if p := s.Trouble; p != nil {
		add("", p.Code, "· old card", p.Card, p.Case)
		if p.GoTo != nil {
			add("go to ", p.GoTo.En)
		}
	}
	if s.MoreTime != nil {
		add("", "more time?")
	}
	add("can ", s.Actions)
	return line.String()
}

func TestApply(t *testing.T) {
	marks := map[string]Mark{
		"A-1": {Issue: 1, State: MarkIssued}, "A-2": {Issue: 1, State: MarkPromised}, "A-3": {Issue: 1, State: MarkIssued}, "A-4": {Issue: 1, State: MarkOpen},
	}
	list := some("renewal:ready lost:ready damaged:ready renewal:ready lost:ready")
	list[2].Issue = 2 // central decided to print once more
	got := Apply(list, func(id string) (Mark, bool) { m, ok := marks[id]; return m, ok })
	var standings []string
	for _, a := range got {
		standings = append(standings, a.ID+" "+string(a.Standing))
	}
	want := []string{"A-2 unclear", "A-3 ready", "A-4 unclear", "A-5 ready"}
	if diff := cmp.Diff(want, standings); diff != "" {
		t.Error(diff)
	}
}

func TestPaper(t *testing.T) {
	s := State{Journey: "KW01-1000042", Masked: "288•••••8012", Application: some("renewal:ready")[0], Old: OldCard{Custody: devices.CustodyRetained}}
	for _, kind := range []SlipKind{SlipIssued, SlipPromise} {
		slip := s.slip(kind, day)
		text, err := json.Marshal(slip.Document(plain{}, fines.Issuer{Kiosk: "KW01"}))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{slip.Number, "288•••••8012", "receipt.pickup.old.kept", "A-1", `"qr":"` + slip.Number} {
			if !strings.Contains(string(text), want) {
				t.Errorf("%s: no %s in %s", kind, want, text)
			}
		}
	}
}

// A paper promises only what is known: a licence that the person may have is not due.
func TestPromise(t *testing.T) {
	for why, due := range map[front.ProblemCode]bool{
		front.ProblemLicenceFailed: true, front.ProblemNotTaken: false, front.ProblemLicenceUnknown: false,
	} {
		text, err := json.Marshal(Slip{Kind: SlipPromise, Why: why}.Document(plain{}, fines.Issuer{}))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(string(text), "receipt.promise.t"); got != due {
			t.Errorf("%s: still due is %v in %s", why, got, text)
		}
	}
}

// plain words: the ids themselves.
type plain struct{}

func (plain) Text(id string) receipt.Text        { return receipt.Text{En: id} }
func (plain) Money(a kwd.Amount) (ar, en string) { return a.String(), a.String() }
func (plain) Time(t time.Time) string            { return t.Format(time.RFC3339) }
