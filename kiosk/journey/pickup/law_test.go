package pickup

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"

	"murur/devices"
	"murur/devices/capture"
	"murur/devices/cardprinter"
	"murur/devices/receipt"
	"murur/kiosk/front"
	"murur/kiosk/journey"
	"murur/kiosk/journey/fines"
)

// law is what must hold of any journey's records and effects, in their order.
type law struct {
	t         *rapid.T
	takesOld  bool
	begun     bool
	ends      int
	cases     int
	open      map[Object]Act // intents without an answer
	retained  bool
	presented bool // a card was sent out and not proved rejected since
	fed       bool // and one is not accounted for
	cut       bool // the power was gone
}

func newLaw(t *rapid.T, k Kind) *law {
	return &law{t: t, takesOld: k.TakesOld(), open: make(map[Object]Act)}
}

// acts are the effects that move a card, each with the intent that must be on disk.
var acts = map[journey.Kind]Act{
	Feed{}.Kind(): ActFeed, PrintCard{}.Kind(): ActPrint, PresentCard{}.Kind(): ActPresent, RetractCard{}.Kind(): ActRetract,
	RejectCard{}.Kind(): ActReject, Admit{}.Kind(): ActAdmit, CaptureOld{}.Kind(): ActCapture, ReturnOld{}.Kind(): ActReturn,
}

func (l *law) step(out journey.Out) {
	intents := make(map[Act]bool)
	for _, r := range out.Records {
		switch p := r.Payload.(type) {
		case IntentRecord:
			intents[p.Act], l.open[p.Object] = true, p.Act
		case CustodyRecord:
			delete(l.open, p.Object)
			l.changed(p)
		}
		switch r.Kind {
		case RecordBegun:
			l.begun = true
		case RecordIssued, RecordReleased, RecordPromised, RecordRetracted, RecordUnclear:
			l.ends++
		case fines.RecordCase:
			l.cases++
		}
		if l.ends > 0 && len(intents) > 0 {
			l.t.Fatal("a card moves after the end")
		}
	}
	for _, e := range out.Effects {
		switch act, moves := acts[e.Kind()]; {
		case !moves:
		case !intents[act]:
			l.t.Fatalf("%s without its intent in the same commit", e.Kind())
		case l.cut && (act == ActFeed || act == ActPrint || act == ActPresent):
			l.t.Fatalf("%s after a power cut", e.Kind())
		case act == ActFeed && l.fed:
			l.t.Fatal("a blank is fed while another one is not accounted for")
		case act == ActFeed:
			l.fed = true
		case act == ActPresent && l.presented:
			l.t.Fatal("presented twice without a proved reject between")
		case act == ActPresent && l.takesOld && !l.retained:
			l.t.Fatal("presented before the old one is retained")
		case act == ActPresent:
			l.presented = true
		}
	}
}

func (l *law) changed(r CustodyRecord) {
	switch {
	case r.Object == Old && r.Custody == devices.CustodyRetained:
		l.retained = true
	case r.Object == Blank && r.Custody == devices.CustodyRejected:
		l.presented, l.fed = false, false
	}
}

func (l *law) end() {
	want := 0
	if l.begun {
		want = 1
	}
	if l.ends != want {
		l.t.Fatalf("begun %v, ended %d times", l.begun, l.ends)
	}
	if len(l.open) > 0 {
		l.t.Fatalf("no answer to %v", l.open)
	}
}

// TestAnyAnswers: devices and central may answer anything, people may touch anything, the
// power may go: the law holds, no state waits for ever, and once people are silent the
// journey ends in a bounded number of steps.
func TestAnyAnswers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := New(journey.Begin{ID: "KW01-1000042", Lang: front.Arabic})
		var rules *law
		var open journey.Effect                                                                        // the effect that runs
		if kind := rapid.SampledFrom([]Kind{"", Renewal, Damaged, Lost}).Draw(t, "kind"); kind != "" { // most of it comes later
			m.Phase, m.Application = Checking, Application{ID: "A-1", Kind: kind, Issue: 1, Standing: Ready}
			open = Prepare{}
		}
		touches := rapid.SampledFrom([]int{0, 2, 20}).Draw(t, "touches")
		cuts := rapid.SampledFrom([]int{0, 0, 1, 3}).Draw(t, "cuts")
		habits := make(map[journey.Kind]journey.Event) // of devices that answer the same each time
		stubborn := rapid.Bool().Draw(t, "stubborn")
		for steps := 0; ; steps++ {
			if steps > 150 {
				t.Fatalf("does not end: %s", m.Phase)
			}
			var e journey.Event
			silent := open == nil || m.Patience() > 0 && rapid.Bool().Draw(t, "silent")
			switch act := rapid.IntRange(0, 9).Draw(t, "who"); {
			case m.Phase == Identify && steps == 0:
				e = journey.CardIn{}
			case touches > 0 && act == 4:
				touches--
				e = somebody(t, m)
			case act == 5 && cuts > 0 && m.Begun:
				cuts--
				m, open, e = cutPower(t, m), nil, journey.Interrupted{}
				rules.cut = true
			case silent && m.Patience() == 0:
				t.Fatalf("%s waits for nothing", m.Phase)
			case silent:
				e = journey.TimeUp{}
			default:
				if e = habits[open.Kind()]; !stubborn || e == nil {
					e = anyAnswer(t, open)
					habits[open.Kind()] = e
				}
				open = nil
			}
			next, out := m.Step(e, day.Add(time.Duration(steps)*time.Second))
			m = next.(Machine)
			m.Screen(journey.World{})
			if rules == nil && m.Begun {
				rules = newLaw(t, m.Application.Kind)
			}
			if rules != nil {
				rules.step(out)
			}
			if out.Next != "" {
				break
			}
			if out.Stop {
				open = nil
			}
			for _, effect := range out.Effects {
				switch effect.(type) {
				case CloseGate: // Admit answers
				default:
					if open != nil {
						t.Fatalf("%s while %s runs", effect.Kind(), open.Kind())
					}
					open = effect
				}
			}
		}
		if rules != nil {
			rules.end()
		}
	})
}

func cutPower(t *rapid.T, m Machine) Machine {
	saved, err := json.Marshal(m)
	if err == nil {
		m, err = Restore(saved)
	}
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// somebody touches one of the buttons, or one that is not there, or moves the card.
func somebody(t *rapid.T, m Machine) journey.Event {
	switch rapid.IntRange(0, 4).Draw(t, "hand") {
	case 0:
		return journey.CardOut{}
	case 1:
		return journey.CardIn{}
	}
	can := append([]front.Action{front.ActTouch, front.ActCancel, front.ActRetry}, m.Screen(journey.World{}).Actions...)
	return journey.Input{Input: front.Input{Action: rapid.SampledFrom(can).Draw(t, "action"), Value: "A-1"}}
}

// anyAnswer is any answer that the effect may have, true or not.
func anyAnswer(t *rapid.T, effect journey.Effect) journey.Event {
	custody := func(c ...devices.Custody) devices.Custody {
		return rapid.SampledFrom(append(c, devices.CustodyUnknown)).Draw(t, "custody")
	}
	outcome := rapid.SampledFrom([]devices.Outcome{devices.Confirmed, devices.Confirmed, devices.Refused, devices.Unknown})
	proof := func() cardprinter.Proof {
		return cardprinter.Proof{Outcome: outcome.Draw(t, "outcome"), Custody: custody(devices.CustodyInside),
			Counters: cardprinter.Counters{Inserted: rapid.IntRange(499, 502).Draw(t, "inserted")}}
	}
	one := func(e ...journey.Event) journey.Event { return rapid.SampledFrom(e).Draw(t, "answer") }
	switch effect.(type) {
	case fines.ReadCard:
		return one(fines.CardRead{Holder: fines.Holder{Civil: "288012098012"}}, fines.CardFailed{Code: front.ProblemCardWrong})
	case Ask:
		return one(Asked{Applications: some("renewal:ready")}, Asked{Applications: some("damaged:ready lost:visit")},
			Asked{Applications: some("lost:ready")}, Asked{Applications: some("renewal:ready"), Fines: owing("payable")},
			Asked{}, AskFailed{front.ProblemCentral})
	case Prepare:
		return one(Prepared{Batch: "B1", Located: anywhere(t)}, NotPrepared{front.ProblemCentral})
	case Admit:
		return one(OldIn{}, OldIn{}, OldWrong{TooLong}, OldNone{}, OldNone{Fault: true})
	case Feed:
		return Fed{proof()}
	case PrintCard:
		return CardPrinted{proof()}
	case CaptureOld:
		return OldCaptured{capture.Proof{Outcome: outcome.Draw(t, "outcome")}}
	case PresentCard:
		return CardPresented{custody(devices.CustodyPresented, devices.CustodyTaken, devices.CustodyInside)}
	case WatchCard:
		return CardWent{custody(devices.CustodyTaken, devices.CustodyPresented, devices.CustodyInside)}
	case RetractCard:
		return CardRetracted{custody(devices.CustodyRetracted, devices.CustodyTaken, devices.CustodyPresented)}
	case RejectCard:
		return CardRejected{custody(devices.CustodyRejected, devices.CustodyInside)}
	case ReturnOld:
		return OldReturned{custody(devices.CustodyTaken, devices.CustodyRetained, devices.CustodyInside)}
	case Locate:
		return anywhere(t)
	case Print:
		return fines.Printed{Proof: receipt.Proof{Outcome: outcome.Draw(t, "outcome")}}
	}
	return fines.PaperWent{Custody: custody(devices.CustodyTaken, devices.CustodyRetracted)}
}

func anywhere(t *rapid.T) Located {
	seen := rapid.SampledFrom([]cardprinter.Seen{cardprinter.SeenNone, cardprinter.SeenCard, cardprinter.SeenUnknown})
	place := rapid.SampledFrom([]capture.Place{capture.PlaceNone, capture.PlaceGate, capture.PlaceInside, capture.PlaceUnknown})
	var l Located
	if rapid.IntRange(0, 7).Draw(t, "printer") > 0 {
		l.New = &cardprinter.Location{Inside: seen.Draw(t, "inside"), Exit: seen.Draw(t, "exit"),
			Counters: cardprinter.Counters{Inserted: rapid.IntRange(499, 502).Draw(t, "inserted")}}
	}
	if rapid.IntRange(0, 7).Draw(t, "unit") > 0 {
		l.Old = &capture.State{Card: place.Draw(t, "old"), Captured: rapid.IntRange(-1, 8).Draw(t, "captured")}
	}
	return l
}
