package cardprintertest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"murur/devices"
	"murur/devices/cardprinter"
)

var cases = []struct {
	name string
	run  func(*testing.T, *Bench)
}{
	{"issue two cards", issueTwo},
	{"what is printed is what was asked for", faithful},
	{"status", status},
	{"nothing moves before Locate", notLocated},
	{"feed refuses when a card is there", occupied},
	{"print refuses what was not fed", notFed},
	{"present refuses what was not verified", notVerified},
	{"an artwork that does not fit", unfit},
	{"feeder empty", feederEmpty},
	{"ribbon at its end", ribbonEnd},
	{"reject box full", boxFull},
	{"not taken", notTaken},
	{"taken while it is retracted", takenFirst},
	{"held half out", heldHalfOut},
	{"pushed back", pushedBack},
	{"reject", reject},
	{"cover, jam, head and ribbon in the middle of a panel", midPanel},
	{"jam at feed, at present, at reject", jams},
	{"head gets hot while a card moves", hotHead},
	{"power fails in the middle of a panel", powerFails},
	{"cable pulled in the middle of a panel", cablePulled},
	{"cable pulled when fed", cableFed},
	{"cable pulled when verified", cableVerified},
	{"cable pulled when presented", cablePresented},
	{"restart at every stage", restarts},
	{"the exit sensor drifts", drift},
	{"replies go wrong", replies},
	{"cancelled", cancelled},
	{"closed", closed},
}

func issueTwo(t *testing.T, b *Bench) {
	before := b.at(t, nothing, nothing).Counters
	b.issue(t, "1")
	b.issue(t, "2")
	after := b.at(t, nothing, nothing).Counters
	if after.Inserted != before.Inserted+2 || after.Panels <= before.Panels {
		t.Errorf("counters %+v, before %+v", after, before)
	}
	if got := b.places(); !slices.Equal(got, []string{"taken", "taken"}) {
		t.Errorf("cards are %v", got)
	}
	if b.RibbonTells && after.Ribbon >= before.Ribbon {
		t.Errorf("ribbon %d, before %d", after.Ribbon, before.Ribbon)
	}
}

func faithful(t *testing.T, b *Bench) {
	b.locate(t)
	b.printed(t, "77")
	card, a := b.Cards()[0], b.Artwork("77")
	if card.Layers != b.Layers {
		t.Errorf("panels %s, want %s", card.Layers, b.Layers)
	}
	if n := Differ(card.Picture(), a.Front, b.Bits); n > 0 {
		t.Errorf("%d dots of the front differ", n)
	}
	if n := Differ(card.Picture(), b.Artwork("78").Front, b.Bits); n == 0 {
		t.Error("another card looks the same")
	}
	if v := card.Varnish(); a.Front.Overlay != nil && (v == nil || !slices.Equal(v.Bits, a.Front.Overlay.Bits)) {
		t.Error("varnish is not where it was asked for")
	}
	if a.Back != nil {
		if n := Differ(card.Back(), *a.Back, b.Bits); n > 0 {
			t.Errorf("%d dots of the back differ", n)
		}
	}
	b.reject(t)
}

func status(t *testing.T, b *Bench) {
	s := b.status(t)
	if !s.Ready() || s.Model == "" || s.Blanks != -1 {
		t.Fatalf("%+v", s)
	}
	if b.RibbonTells {
		if s.Ribbon <= 20 || s.Supplies[cardprinter.SupplyRibbon] != devices.LevelOK {
			t.Errorf("ribbon %d %v", s.Ribbon, s.Supplies)
		}
		for _, c := range []struct {
			prints int
			level  devices.Level
		}{{20, devices.LevelLow}, {1, devices.LevelOut}, {-1, devices.LevelOut}, {100, devices.LevelOK}} {
			b.Machine.LoadRibbon(c.prints)
			if s := b.status(t); s.Supplies[cardprinter.SupplyRibbon] != c.level {
				t.Errorf("with %d prints: %v", c.prints, s.Supplies)
			}
		}
	}
	if b.CoverTells {
		b.Machine.Cover(true)
		if s := b.status(t); s.Fault == nil || s.Fault.Code != "cover-open" || s.Fault.Remedy != devices.RemedyClear {
			t.Errorf("cover open: %+v", s)
		}
		b.Machine.Cover(false)
	}
	b.Strike(0, Jam)
	if s := b.status(t); s.Fault == nil || s.Fault.Code != "card-jam" {
		t.Errorf("jam: %+v", s)
	}
	b.Machine.ClearJam()
	b.Strike(0, NoBlanks)
	if s := b.status(t); s.Supplies[cardprinter.SupplyBlanks] != devices.LevelOut {
		t.Errorf("no blanks: %+v", s)
	}
	b.Machine.LoadFeeder(50)
	b.Machine.Unplug()
	if s := b.status(t); s.Link == devices.Online {
		t.Errorf("unplugged: %+v", s)
	}
	if s := b.status(t); s.Link != devices.Absent {
		t.Errorf("unplugged, second look: %+v", s)
	}
	b.Machine.Plug()
	if s := b.status(t); !s.Ready() {
		t.Errorf("plugged in again: %+v", s)
	}
}

func notLocated(t *testing.T, b *Bench) {
	if proof, err := b.Printer.Feed(t.Context()); proof.Outcome != devices.Refused || err == nil {
		t.Errorf("feed: %+v, %v", proof, err)
	}
	if proof, err := b.print(t, "1"); proof.Outcome != devices.Refused || err == nil {
		t.Errorf("print: %+v, %v", proof, err)
	}
	for name, act := range b.acts() {
		if c, err := act(t.Context()); c != devices.CustodyUnknown || err == nil {
			t.Errorf("%s: %s, %v", name, c, err)
		}
	}
	if len(b.Cards()) != 0 {
		t.Error("a card was moved")
	}
}

func (b *Bench) acts() map[string]func(context.Context) (devices.Custody, error) {
	return map[string]func(context.Context) (devices.Custody, error){
		"present": b.Printer.Present, "retract": b.Printer.Retract, "reject": b.Printer.Reject,
	}
}

func occupied(t *testing.T, b *Bench) {
	b.locate(t)
	b.feed(t)
	if proof, err := b.Printer.Feed(t.Context()); proof.Outcome != devices.Refused || err == nil {
		t.Errorf("second feed: %+v, %v", proof, err)
	}
	b.reject(t)
	b.issueUpToExit(t, "1")
	if proof, err := b.Printer.Feed(t.Context()); proof.Outcome != devices.Refused || err == nil {
		t.Errorf("feed with a card in the exit: %+v, %v", proof, err)
	}
	if len(b.Cards()) != 2 {
		t.Error("a card was moved")
	}
}

func (b *Bench) issueUpToExit(t *testing.T, number string) {
	t.Helper()
	b.printed(t, number)
	b.present(t)
}

func notFed(t *testing.T, b *Bench) {
	b.locate(t)
	if proof, err := b.print(t, "1"); proof.Outcome != devices.Refused || err == nil {
		t.Errorf("nothing fed: %+v, %v", proof, err)
	}
	b.printed(t, "1")
	if proof, err := b.print(t, "1"); proof.Outcome == devices.Confirmed || err == nil {
		t.Errorf("printed again: %+v, %v", proof, err)
	}
	b.reject(t)
}

func notVerified(t *testing.T, b *Bench) {
	b.locate(t)
	if _, err := b.Printer.Present(t.Context()); err == nil {
		t.Error("nothing was presented without an error")
	}
	b.feed(t)
	if c, err := b.Printer.Present(t.Context()); err == nil || c == devices.CustodyPresented {
		t.Errorf("blank: %s, %v", c, err)
	}
	b.reject(t)
}

func unfit(t *testing.T, b *Bench) {
	b.locate(t)
	b.feed(t)
	a := b.Artwork("1")
	a.Front.Resin = &cardprinter.Mask{Bits: make([]byte, 7)}
	if proof, err := b.Printer.Print(t.Context(), a); proof.Outcome != devices.Refused || err == nil {
		t.Errorf("%+v, %v", proof, err)
	}
	if l := b.Cards()[0].Layers; l != "/" {
		t.Errorf("panels %s were printed", l)
	}
	b.reject(t)
}

func feederEmpty(t *testing.T, b *Bench) {
	b.locate(t)
	b.Strike(0, NoBlanks)
	proof, err := b.Printer.Feed(t.Context())
	if proof.Outcome != devices.Refused || proof.Custody != "" || code(err) != "blanks-out" {
		t.Errorf("%+v, %v", proof, err)
	}
	b.Machine.LoadFeeder(1)
	b.issue(t, "1")
}

func ribbonEnd(t *testing.T, b *Bench) {
	if !b.RibbonTells {
		t.Skip("the ribbon cannot be read")
	}
	b.locate(t)
	b.Machine.LoadRibbon(1)
	if proof, err := b.Printer.Feed(t.Context()); proof.Outcome != devices.Refused || code(err) != "ribbon-out" {
		t.Errorf("%+v, %v", proof, err)
	}
	b.Machine.LoadRibbon(2)
	b.issue(t, "1")
}

func boxFull(t *testing.T, b *Bench) {
	b.locate(t)
	if b.BoxTells {
		b.Strike(0, BoxFull)
		if proof, err := b.Printer.Feed(t.Context()); proof.Outcome != devices.Refused || code(err) != "reject-box-full" {
			t.Errorf("%+v, %v", proof, err)
		}
		b.Machine.EmptyRejectBox()
	}
	b.feed(t)
	b.Strike(0, BoxFull)
	if c, err := b.Printer.Reject(t.Context()); c != devices.CustodyInside || code(err) == "" {
		t.Errorf("%s, %v", c, err)
	}
	b.at(t, seen, nothing)
	b.Machine.EmptyRejectBox()
	b.reject(t)
}

func notTaken(t *testing.T, b *Bench) {
	b.locate(t)
	b.issueUpToExit(t, "1")
	c, err := b.Printer.Taken(within(t, 45*time.Second))
	if c != devices.CustodyPresented || !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("taken: %s, %v", c, err)
	}
	b.custody(t, "retract", b.Printer.Retract, devices.CustodyRetracted)
	if got := b.places(); !slices.Equal(got, []string{"reject-box"}) {
		t.Errorf("cards are %v", got)
	}
	b.issue(t, "2")
}

func takenFirst(t *testing.T, b *Bench) {
	b.locate(t)
	b.issueUpToExit(t, "1")
	b.Machine.Take()
	b.custody(t, "retract", b.Printer.Retract, devices.CustodyTaken)

	// While it is being pulled in.
	b.issueUpToExit(t, "2")
	timer := time.AfterFunc(1500*time.Millisecond, func() { b.Strike(0, Hand) })
	defer timer.Stop()
	b.custody(t, "retract", b.Printer.Retract, devices.CustodyTaken)

	// Between the last look and the movement.
	b.issueUpToExit(t, "3")
	b.Upon("Sib", Hand)
	b.custody(t, "retract", b.Printer.Retract, devices.CustodyTaken)
	if len(b.Cards()) != 3 {
		t.Error("a blank was fed")
	}
}

// A hand that pulls slowly: for a moment the sensor tells nothing.
func heldHalfOut(t *testing.T, b *Bench) {
	b.locate(t)
	b.issueUpToExit(t, "1")
	b.Machine.Sensor("2,50 Volts")
	timer := time.AfterFunc(time.Second, func() {
		b.Machine.Sensor("")
		b.Machine.Take()
	})
	defer timer.Stop()
	b.custody(t, "taken", b.Printer.Taken, devices.CustodyTaken)

	b.issueUpToExit(t, "2")
	b.Machine.Sensor("2,50 Volts")
	b.custody(t, "taken, by a sensor that tells nothing", b.Printer.Taken, devices.CustodyUnknown)
	b.Machine.Sensor("")
	b.custody(t, "retract", b.Printer.Retract, devices.CustodyRetracted)
}

func pushedBack(t *testing.T, b *Bench) {
	b.locate(t)
	b.issue(t, "1")
	b.Machine.PushBack()
	b.at(t, nothing, seen)
	if proof, err := b.Printer.Feed(t.Context()); proof.Outcome != devices.Refused || err == nil {
		t.Errorf("%+v, %v", proof, err)
	}
	b.custody(t, "retract", b.Printer.Retract, devices.CustodyRetracted)
	b.issue(t, "2")
}

func reject(t *testing.T, b *Bench) {
	b.locate(t)
	if c, err := b.Printer.Reject(t.Context()); err == nil || c != devices.CustodyUnknown {
		t.Errorf("nothing inside: %s, %v", c, err)
	}
	b.printed(t, "1")
	b.reject(t)
	b.at(t, nothing, nothing)
	b.issue(t, "2")
	if got := b.places(); !slices.Equal(got, []string{"reject-box", "taken"}) {
		t.Errorf("cards are %v", got)
	}

	// Without an answer nobody can say what became of it.
	b.feed(t)
	b.Upon("Ser", NoReply)
	if c, err := b.Printer.Reject(within(t, 10*time.Minute)); c != devices.CustodyUnknown || err == nil {
		t.Errorf("no reply: %s, %v", c, err)
	}
	b.at(t, nothing, nothing)
}
