package pickup

import (
	"fmt"
	"strings"
	"testing"

	"murur/devices"
	"murur/devices/capture"
	"murur/devices/cardprinter"
	"murur/kiosk/journey"
	"murur/kiosk/journey/journeytest"
)

// TestLocated writes down what every answer of the units means after every act, in the
// same session and after a power cut. testdata/located.txt is the table to review.
func TestLocated(t *testing.T) {
	var b strings.Builder
	fmt.Fprintln(&b, "# The new card: last act · where the sensors see a card, and whether the counter says that one was fed.")
	for _, act := range newCards {
		for _, where := range []string{"none none +0", "none none +1", "card none +1", "none card +1", "card card +1", "unknown none +1", "none unknown +1", "silent none +0"} {
			told := [2]string{}
			for i, cut := range []bool{false, true} {
				s := State{Journey: "J", Begun: true, Batch: "B1", Application: some("lost:ready")[0], New: act.card}
				s.New.Before = cardprinter.Counters{Inserted: 501}
				if act.card.Act == ActFeed {
					s.New.Before.Inserted = 500
				}
				told[i] = afterLocating(s, cut, at(t, where+" none +0"))
			}
			line(&b, act.name, where, told)
		}
	}
	fmt.Fprintln(&b, "\n# The old licence, no blank used: last act · where the unit has a card, and what its counter gained.")
	for _, act := range oldCards {
		for _, where := range []string{"none +0", "none +1", "gate +0", "inside +0", "unknown +0", "silent +0"} {
			told := [2]string{}
			for i, cut := range []bool{false, true} {
				s := State{Journey: "J", Begun: true, Batch: "B1", Application: some("renewal:ready")[0], Old: act.card}
				s.Old.Captured = 7
				told[i] = afterLocating(s, cut, at(t, "none none +0 "+where))
			}
			line(&b, act.name, where, told)
		}
	}
	fmt.Fprintln(&b, "\n# Capture, with the verified new licence inside.")
	for _, where := range []string{"none +0", "none +1", "gate +0", "inside +0", "unknown +0", "silent +0"} {
		told := [2]string{}
		for i, cut := range []bool{false, true} {
			s := State{Journey: "J", Begun: true, Batch: "B1", Application: some("renewal:ready")[0],
				Old: OldCard{Custody: devices.CustodyInside, Act: ActCapture, Captured: 7},
				New: NewCard{Number: 1, Act: ActPrint, Custody: devices.CustodyInside, Verified: true, Before: cardprinter.Counters{Inserted: 501}}}
			told[i] = afterLocating(s, cut, at(t, "card none +1 "+where))
		}
		line(&b, "capture", where, told)
	}
	journeytest.Golden(t, *update, "testdata/located.txt", b.String())
}

var newCards = []struct {
	name string
	card NewCard
}{
	{"feed", NewCard{Number: 1, Act: ActFeed}},
	{"print", NewCard{Number: 1, Act: ActPrint, Custody: devices.CustodyInside}},
	{"present", NewCard{Number: 1, Act: ActPresent, Custody: devices.CustodyInside, Verified: true}},
	{"presented", NewCard{Number: 1, Act: ActPresent, Custody: devices.CustodyPresented, Verified: true}},
	{"retract", NewCard{Number: 1, Act: ActRetract, Custody: devices.CustodyPresented, Verified: true}},
	{"reject", NewCard{Number: 1, Act: ActReject, Custody: devices.CustodyInside}},
}

var oldCards = []struct {
	name string
	card OldCard
}{
	{"admit", OldCard{Act: ActAdmit}},
	{"held", OldCard{Act: ActAdmit, Custody: devices.CustodyInside}},
	{"return", OldCard{Act: ActReturn, Custody: devices.CustodyInside}},
}

func at(t *testing.T, text string) Located {
	l := where(t, text)
	if l.Old != nil && l.Old.Card == capture.PlaceUnknown {
		l.Old.Captured = -1
	}
	return l
}

// afterLocating says in a few words what the machine concludes and does.
func afterLocating(s State, cut bool, where Located) string {
	s.Phase = Presenting // some phase with an open act
	if cut {
		s, _ = Step(s, journey.Interrupted{}, day)
	} else {
		s, _ = locate(s)
	}
	_, out := Step(s, where, day)
	var said []string
	for _, r := range out.Records {
		switch p := r.Payload.(type) {
		case CustodyRecord:
			custody := string(p.Custody)
			if custody == "" {
				custody = "stayed"
			}
			said = append(said, string(p.Object)+" "+custody)
		case PickupRecord:
			said = append(said, r.Kind)
		}
	}
	for _, e := range out.Effects {
		if e.Kind() != (Print{}).Kind() {
			said = append(said, "do "+string(e.Kind()))
		}
	}
	return strings.Join(said, ", ")
}

func line(b *strings.Builder, act, where string, told [2]string) {
	if told[0] == told[1] {
		fmt.Fprintf(b, "%-9s · %-15s → %s\n", act, where, told[0])
		return
	}
	fmt.Fprintf(b, "%-9s · %-15s → %s\n%27s after a power cut: %s\n", act, where, told[0], "", told[1])
}
