package cardprintertest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"murur/devices"
)

// repair ends every mishap that a person can end.
func (b *Bench) repair() {
	b.Machine.Plug()
	b.Machine.PowerOn()
	b.Machine.Cover(false)
	b.Machine.ClearJam()
	b.Machine.HeadHot(false)
	b.Machine.LoadRibbon(200)
}

func midPanel(t *testing.T, b *Bench) {
	b.locate(t)
	panels := len(b.Layers) - 1
	for _, m := range []Mishap{Cover, Jam, Head, Ribbon} {
		for panel := 1; panel <= panels; panel++ {
			b.feed(t)
			b.Strike(panel, m)
			err := b.spoiled(t, fmt.Sprint(m, panel))
			if code(err) == "" && m != Ribbon {
				t.Errorf("%s in panel %d: %v says no code", m, panel, err)
			}
			b.repair()
			b.reject(t)
		}
	}
	b.issue(t, "last")
	if n := len(b.Cards()); n != 4*panels+1 {
		t.Errorf("%d cards were fed", n)
	}
	b.Machine.EmptyRejectBox()
}

func jams(t *testing.T, b *Bench) {
	b.locate(t)
	b.Strike(0, JamFeed)
	proof, err := b.Printer.Feed(t.Context())
	if proof.Outcome != devices.Refused || code(err) != "card-jam" {
		t.Errorf("feed: %+v, %v", proof, err)
	}
	b.Machine.ClearJam()

	b.printed(t, "1")
	b.Strike(0, JamEject)
	if c, err := b.Printer.Present(t.Context()); c != devices.CustodyInside || code(err) != "card-jam" {
		t.Errorf("present: %s, %v", c, err)
	}
	b.Machine.ClearJam()
	if _, err := b.Printer.Present(t.Context()); err == nil {
		t.Error("presented again")
	}

	b.Strike(0, JamReject)
	if c, err := b.Printer.Reject(t.Context()); c != devices.CustodyInside || code(err) != "card-jam" {
		t.Errorf("reject: %s, %v", c, err)
	}
	b.Machine.ClearJam()
	b.reject(t)

	// Between the exit and the print position no sensor sees it, and nobody has it.
	b.issueUpToExit(t, "2")
	b.Strike(0, JamReturn)
	if c, err := b.Printer.Retract(t.Context()); c != devices.CustodyUnknown || code(err) != "card-jam" {
		t.Errorf("retract: %s, %v", c, err)
	}
	b.Machine.ClearJam()
	b.at(t, seen, nothing)
	b.reject(t)
}

// A fault that stops no movement: what was begun goes on.
func hotHead(t *testing.T, b *Bench) {
	b.locate(t)
	b.printed(t, "1")
	b.Upon("Se", Head)
	b.present(t)
	b.Machine.HeadHot(false)
	b.custody(t, "retract", b.Printer.Retract, devices.CustodyRetracted)

	b.printed(t, "2")
	b.Upon("Ser", Head)
	if c, err := b.Printer.Reject(t.Context()); c != devices.CustodyUnknown || code(err) != "head-hot" {
		t.Errorf("reject: %s, %v", c, err)
	}
	b.Machine.HeadHot(false)
	b.at(t, nothing, nothing)
}

// back is what is done when a printer comes back: locate, and get rid of what is inside.
func (b *Bench) back(t *testing.T) {
	t.Helper()
	l := b.locate(t)
	if l.Exit != nothing {
		t.Fatalf("a card is in the exit: %+v", l)
	}
	if l.Inside == seen {
		b.reject(t)
	}
	b.at(t, nothing, nothing)
}

func powerFails(t *testing.T, b *Bench) {
	b.locate(t)
	for panel := 1; panel < len(b.Layers); panel++ {
		b.feed(t)
		b.Strike(panel, Power)
		if err := b.spoiled(t, fmt.Sprint(panel)); !errors.Is(err, devices.ErrLink) {
			t.Errorf("panel %d: %v", panel, err)
		}
		b.Machine.PowerOn()
		if proof, err := b.Printer.Feed(t.Context()); proof.Outcome != devices.Refused || err == nil {
			t.Errorf("feed before Locate: %+v, %v", proof, err)
		}
		b.back(t)
	}
	b.issue(t, "last")
}

func cablePulled(t *testing.T, b *Bench) {
	b.locate(t)
	for panel := 1; panel < len(b.Layers); panel++ {
		b.feed(t)
		b.Strike(panel, Cable)
		if err := b.spoiled(t, fmt.Sprint(panel)); !errors.Is(err, devices.ErrLink) {
			t.Errorf("panel %d: %v", panel, err)
		}
		time.Sleep(10 * time.Second) // the printer goes on with what it has
		b.Machine.Plug()
		b.back(t)
	}
	b.issue(t, "last")
}

// What is inside after the link was lost is nobody's blank.
func cableFed(t *testing.T, b *Bench) {
	b.locate(t)
	b.feed(t)
	b.Machine.Unplug()
	b.status(t)
	b.Machine.Plug()
	b.at(t, seen, nothing)
	if proof, err := b.print(t, "1"); proof.Outcome != devices.Refused || err == nil {
		t.Errorf("%+v, %v", proof, err)
	}
	b.reject(t)
}

// A card that was verified stays so when nothing has moved while the link was down.
func cableVerified(t *testing.T, b *Bench) {
	b.locate(t)
	b.printed(t, "1")
	b.Machine.Unplug()
	if _, err := b.Printer.Present(t.Context()); !errors.Is(err, devices.ErrLink) {
		t.Errorf("present: %v", err)
	}
	b.Machine.Plug()
	if c, err := b.Printer.Present(t.Context()); err == nil || c != devices.CustodyUnknown {
		t.Errorf("present before Locate: %s, %v", c, err)
	}
	b.at(t, seen, nothing)
	b.present(t)
	b.Machine.Take()
	b.custody(t, "taken", b.Printer.Taken, devices.CustodyTaken)
}

// Nobody can say who has a card that left while the link was down.
func cablePresented(t *testing.T, b *Bench) {
	b.locate(t)
	b.issueUpToExit(t, "1")
	b.Machine.Unplug()
	if c, err := b.Printer.Taken(t.Context()); c != devices.CustodyUnknown || !errors.Is(err, devices.ErrLink) {
		t.Errorf("unplugged: %s, %v", c, err)
	}
	b.Machine.Take()
	b.Machine.Plug()
	b.at(t, nothing, nothing)
	if c, err := b.Printer.Taken(t.Context()); c != devices.CustodyUnknown || err != nil {
		t.Errorf("plugged in again: %s, %v", c, err)
	}
	b.issueUpToExit(t, "2")
	b.Machine.Unplug()
	b.Machine.Plug()
	b.status(t)
	b.at(t, nothing, seen)
	b.custody(t, "retract", b.Printer.Retract, devices.CustodyRetracted)

	b.issueUpToExit(t, "3")
	b.Machine.Unplug()
	b.Machine.Take()
	b.Machine.Plug()
	b.status(t)
	b.at(t, nothing, nothing)
	b.custody(t, "retract", b.Printer.Retract, devices.CustodyUnknown)
}

func restarts(t *testing.T, b *Bench) {
	b.locate(t)
	b.feed(t)
	b.Restart()
	b.at(t, seen, nothing)
	if proof, err := b.print(t, "1"); proof.Outcome != devices.Refused || err == nil {
		t.Errorf("a blank of unknown origin is printed: %+v, %v", proof, err)
	}
	b.reject(t)

	b.printed(t, "2")
	b.Restart()
	b.at(t, seen, nothing)
	if c, err := b.Printer.Present(t.Context()); err == nil {
		t.Errorf("a card of unknown origin is presented: %s", c)
	}
	b.reject(t)

	b.issueUpToExit(t, "3")
	b.Restart()
	b.at(t, nothing, seen)
	b.custody(t, "retract", b.Printer.Retract, devices.CustodyRetracted)

	b.issueUpToExit(t, "4")
	b.Restart()
	b.Machine.Take()
	b.at(t, nothing, nothing)
	b.custody(t, "retract", b.Printer.Retract, devices.CustodyUnknown)
	if got := b.places(); !slices.Equal(got, []string{"reject-box", "reject-box", "reject-box", "taken"}) {
		t.Errorf("cards are %v", got)
	}
}

func drift(t *testing.T, b *Bench) {
	b.locate(t)
	b.Machine.Sensor("2,50 Volts")
	if l := b.locate(t); l.Exit != "unknown" {
		t.Errorf("%+v", l)
	}
	if proof, err := b.Printer.Feed(t.Context()); proof.Outcome != devices.Refused || err == nil {
		t.Errorf("feed: %+v, %v", proof, err)
	}
	b.Machine.Sensor("")
	b.printed(t, "1")
	b.Machine.Sensor("3,99 Volts")
	if c, err := b.Printer.Present(t.Context()); c != devices.CustodyUnknown || err == nil {
		t.Errorf("present: %s, %v", c, err)
	}
	b.Machine.Sensor("")
	b.at(t, seen, nothing)
	b.reject(t)
}

// replies lets the reply to each command of a card go wrong in each way: what is
// claimed stays true, and the printer is usable again.
func replies(t *testing.T, b *Bench) {
	b.locate(t)
	ways := []Mishap{LateReply, NoReply, CutReply, TwoReply, OKReply}
	if b.Brief {
		ways = ways[:1]
	}
	for _, m := range ways {
		for _, command := range []string{"Rem", "Rlr;p", "Rse", "Rco;c", "Rco;p", "Rrt;count", "Pneab", "Si", "Ss", "Sr", "Se", "Rok", "Pcem", "Ser"} {
			b.Upon(command, m)
			name := fmt.Sprintf("%s of %s", m, command)
			b.attempt(t, name)
		}
	}
}

// attempt tries to issue a card; wherever it ends, Locate must tell the truth and the
// printer must be empty afterwards.
func (b *Bench) attempt(t *testing.T, name string) {
	t.Helper()
	defer b.Machine.EmptyRejectBox()
	ctx := within(t, 30*time.Minute)
	if proof, err := b.Printer.Feed(ctx); err == nil && proof.Outcome == devices.Confirmed {
		if proof, err := b.Printer.Print(ctx, b.Artwork(name)); err == nil && proof.Outcome == devices.Confirmed {
			if c, err := b.Printer.Present(ctx); err == nil && c == devices.CustodyPresented {
				if !b.Machine.Take() {
					t.Errorf("%s: presented, but nothing is there", name)
				}
			}
		}
	}
	l := b.locate(t)
	at := map[string]bool{}
	for _, c := range b.Cards() {
		at[c.Place] = true
	}
	if (l.Inside == seen) != at["inside"] || (l.Exit == seen) != at["exit"] {
		t.Fatalf("%s: located %+v, cards are %v", name, l, b.places())
	}
	if l.Exit == seen {
		if c, err := b.Printer.Retract(ctx); c != devices.CustodyRetracted {
			b.locate(t)
			if c, err2 := b.Printer.Retract(ctx); c != devices.CustodyRetracted {
				t.Fatalf("%s: retract: %s, %v, %v", name, c, err, err2)
			}
		}
	}
	for range 2 {
		if l = b.locate(t); l.Inside == seen {
			b.Printer.Reject(ctx)
		}
	}
	b.at(t, nothing, nothing)
}

func cancelled(t *testing.T, b *Bench) {
	b.locate(t)
	b.feed(t)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	proof, err := b.Printer.Print(ctx, b.Artwork("1"))
	if proof.Outcome == devices.Confirmed || err == nil {
		t.Errorf("%+v, %v", proof, err)
	}
	b.at(t, seen, nothing)
	b.reject(t)
	b.issue(t, "2")
}

func closed(t *testing.T, b *Bench) {
	b.locate(t)
	b.Printer.Close()
	if _, err := b.Printer.Locate(t.Context()); !errors.Is(err, devices.ErrLink) {
		t.Errorf("%v", err)
	}
	if s, err := b.Printer.Status(t.Context()); err != nil || s.Link == devices.Online {
		t.Errorf("%+v, %v", s, err)
	}
}
