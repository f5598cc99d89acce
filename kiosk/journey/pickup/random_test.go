package pickup

import (
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

// truth is where the cards really are, whatever anybody says of it.
type truth struct {
	t      *rapid.T
	inside bool // a blank in the licence printer
	exit   bool
	fed    int
	box    int // rejected and retracted
	taken  int // new licences that the person has
	held   bool
	bin    int // old licences
}

// chance draws whether something happens, which is seldom.
func (w *truth) chance(what string) bool { return rapid.IntRange(0, 7).Draw(w.t, what) == 5 }

// says is the truth, or that it is not known.
func (w *truth) says(c devices.Custody) devices.Custody {
	if w.chance("answer is lost") {
		return devices.CustodyUnknown
	}
	return c
}

func (w *truth) outcome(happened bool) devices.Outcome {
	switch {
	case w.chance("answer is lost"):
		return devices.Unknown
	case happened:
		return devices.Confirmed
	}
	return devices.Refused
}

func (w *truth) counters() cardprinter.Counters { return cardprinter.Counters{Inserted: 500 + w.fed} }

func seen(there bool) cardprinter.Seen {
	if there {
		return cardprinter.SeenCard
	}
	return cardprinter.SeenNone
}

func (w *truth) where() Located {
	var l Located
	if !w.chance("licence printer is silent") {
		l.New = &cardprinter.Location{Inside: seen(w.inside), Exit: seen(w.exit), Counters: w.counters()}
	}
	if !w.chance("capture unit is silent") {
		l.Old = &capture.State{Card: capture.PlaceNone, Captured: 7 + w.bin}
		if w.held {
			l.Old.Card = capture.PlaceInside
		}
	}
	return l
}

// do carries an effect out, or half of it.
func (w *truth) do(e journey.Effect) journey.Event {
	works := !w.chance("it fails")
	switch e.(type) {
	case Admit, CloseGate:
		if works {
			w.held = true
			return OldIn{}
		}
		if w.chance("unit fails") {
			w.held = w.chance("with the card in it")
			return OldNone{Fault: true}
		}
		return OldNone{}
	case Feed:
		if works {
			w.inside, w.fed = true, w.fed+1
		}
		return Fed{cardprinter.Proof{Outcome: w.outcome(works), Counters: w.counters()}}
	case PrintCard:
		return CardPrinted{cardprinter.Proof{Outcome: w.outcome(works), Custody: devices.CustodyInside, Counters: w.counters()}}
	case CaptureOld:
		if works {
			w.held, w.bin = false, w.bin+1
		}
		return OldCaptured{capture.Proof{Outcome: w.outcome(works)}}
	case PresentCard:
		if !works {
			return CardPresented{w.says(devices.CustodyInside)}
		}
		w.inside, w.exit = false, true
		return CardPresented{w.says(devices.CustodyPresented)}
	case WatchCard:
		if works && w.exit {
			w.exit, w.taken = false, w.taken+1
			return CardWent{w.says(devices.CustodyTaken)}
		}
		return CardWent{w.says(devices.CustodyPresented)}
	case RetractCard:
		switch {
		case !w.exit:
			return CardRetracted{devices.CustodyUnknown}
		case works:
			w.exit, w.box = false, w.box+1
			return CardRetracted{w.says(devices.CustodyRetracted)}
		case w.chance("a hand is faster"):
			w.exit, w.taken = false, w.taken+1
			return CardRetracted{w.says(devices.CustodyTaken)}
		}
		return CardRetracted{devices.CustodyUnknown}
	case RejectCard:
		if works && w.inside {
			w.inside, w.box = false, w.box+1
			return CardRejected{w.says(devices.CustodyRejected)}
		}
		return CardRejected{w.says(devices.CustodyInside)}
	case ReturnOld:
		if works {
			w.held = false
			return OldReturned{w.says(devices.CustodyTaken)}
		}
		return OldReturned{devices.CustodyInside}
	case Locate:
		return w.where()
	case Print:
		return fines.Printed{Proof: receipt.Proof{Outcome: w.outcome(works)}}
	}
	return fines.PaperWent{Custody: devices.CustodyTaken}
}

// TestCustody: whatever fails, and whenever the power goes, nobody gets two licences, none
// is presented before the old one is retained, what the records claim is true, and the
// journey ends exactly one way.
func TestCustody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &truth{t: t}
		kind := rapid.SampledFrom([]Kind{Renewal, Damaged, Lost}).Draw(t, "kind")
		law := newLaw(t, kind)
		m := Machine{Start(journey.Begin{ID: "KW01-1000042", Lang: front.Arabic})}
		m.Phase = Checking
		m.Application = Application{ID: "A-1", Kind: kind, Issue: 1, Standing: Ready}
		var e journey.Event = Prepared{Batch: "B1", Located: Located{
			New: &cardprinter.Location{Inside: cardprinter.SeenNone, Exit: cardprinter.SeenNone, Counters: w.counters()},
			Old: &capture.State{Card: capture.PlaceNone, Captured: 7},
		}}
		for steps := 0; ; steps++ {
			if steps > 80 {
				t.Fatalf("does not end: %s", m.Phase)
			}
			next, out := m.Step(e, day.Add(time.Duration(steps)*time.Second))
			m = next.(Machine)
			law.step(out)
			for _, r := range out.Records {
				w.holds(r)
			}
			if out.Next != "" {
				break
			}
			switch {
			case len(out.Effects) == 0:
				e = journey.TimeUp{}
			case w.chance("power cut before"):
				e, law.cut = journey.Interrupted{}, true
			default:
				e = w.do(out.Effects[0])
				if w.chance("power cut after") {
					e, law.cut = journey.Interrupted{}, true
				}
			}
		}
		law.end()
		if w.taken > 1 {
			t.Fatalf("%d licences taken", w.taken)
		}
		if w.taken == 0 && w.bin > 0 && law.cases != 1 {
			t.Fatalf("the old licence is kept, there is no new one, and %d cases", law.cases)
		}
	})
}

// holds checks what a record claims.
func (w *truth) holds(r journey.Record) {
	c, ok := r.Payload.(CustodyRecord)
	if !ok || c.Custody == "" {
		return
	}
	holds := map[Object]map[devices.Custody]bool{
		Blank: {devices.CustodyInside: w.inside, devices.CustodyPresented: w.exit || w.taken > 0, devices.CustodyTaken: w.taken > 0,
			devices.CustodyRejected: !w.inside && !w.exit && w.box > 0, devices.CustodyRetracted: w.box > 0, devices.CustodyUnknown: true},
		Old: {devices.CustodyInside: w.held, devices.CustodyRetained: w.bin > 0, devices.CustodyTaken: !w.held, devices.CustodyUnknown: true},
	}[c.Object][c.Custody]
	if !holds {
		w.t.Fatalf("the record claims %+v, the cards are %+v", c, *w)
	}
}
