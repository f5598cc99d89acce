package evolis_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"murur/devices"
	"murur/devices/cardprinter"
	"murur/devices/cardprinter/cardprintertest"
	"murur/devices/cardprinter/evolis"
	"murur/devices/cardprinter/evolissim"
)

// life is one application: a card that is asked for, a mishap, and what a kiosk does
// about it. A second card is made only when the first is proved to be in the reject box.
type life struct {
	t         *testing.T
	name      string
	b         *cardprintertest.Bench
	sim       *evolissim.Printer
	absent    bool // nobody takes the card
	restarted bool // the driver is a new one afterwards
	later     time.Duration
}

// try makes a card and says whether another one may be made.
func (l *life) try(number string) (again bool) {
	ctx, cancel := context.WithTimeout(l.t.Context(), time.Hour)
	defer cancel()
	feed, _ := l.b.Printer.Feed(ctx)
	custody := feed.Custody
	if feed.Outcome == devices.Confirmed {
		if proof, _ := l.b.Printer.Print(ctx, l.b.Artwork(number)); proof.Outcome == devices.Confirmed {
			custody, _ = l.b.Printer.Present(ctx)
			if !l.absent {
				l.sim.Take()
			}
			wait, stop := context.WithTimeout(ctx, 45*time.Second)
			if custody == devices.CustodyPresented {
				custody, _ = l.b.Printer.Taken(wait)
			}
			stop()
		} else {
			custody = proof.Custody
		}
	}
	if custody == devices.CustodyTaken {
		if n := l.sim.View().Taken; n == 0 {
			l.t.Errorf("%s: said to be taken, but it is not", l.name)
		}
		return false
	}
	if custody == "" && feed.Outcome == devices.Refused {
		custody = devices.CustodyRejected // none was moved
	}
	l.heal()
	for range 3 {
		at := l.locate()
		switch {
		case at.Inside == cardprinter.SeenCard:
			custody, _ = l.b.Printer.Reject(ctx)
		case at.Exit == cardprinter.SeenCard:
			custody, _ = l.b.Printer.Retract(ctx)
		default:
			return custody == devices.CustodyRejected || custody == devices.CustodyRetracted
		}
		l.heal()
	}
	l.t.Errorf("%s: the card cannot be got rid of", l.name)
	return false
}

// heal ends the mishap.
func (l *life) heal() {
	time.Sleep(l.later)
	l.sim.Plug()
	l.sim.PowerOn()
	if l.restarted {
		l.b.Restart()
	}
}

// locate asks where cards are and compares the answer with the truth.
func (l *life) locate() cardprinter.Location {
	l.t.Helper()
	at, err := l.b.Printer.Locate(l.t.Context())
	if err != nil {
		l.heal()
		if at, err = l.b.Printer.Locate(l.t.Context()); err != nil {
			l.t.Fatalf("%s: %v", l.name, err)
		}
	}
	v := l.sim.View()
	if (at.Inside == cardprinter.SeenCard) != (v.Inside != 0) || (at.Exit == cardprinter.SeenCard) != (v.Exit != 0) ||
		at.Counters.Inserted != v.Inserted || at.Counters.Panels != v.Printed {
		l.t.Errorf("%s: located %+v, there is %+v", l.name, at, v)
	}
	return at
}

// settle checks what must hold after every mishap.
func (l *life) settle() {
	v := l.sim.View()
	inside := 0
	if v.Inside != 0 {
		inside++
	}
	if v.Exit != 0 {
		inside++
	}
	if v.Taken > 1 {
		l.t.Errorf("%s: %d cards were taken", l.name, v.Taken)
	}
	if v.Fed != v.Taken+v.Rejected+inside {
		l.t.Errorf("%s: %+v: fed is not taken + rejected + inside", l.name, v)
	}
	for _, s := range l.sim.Violations() {
		l.t.Errorf("%s: %s", l.name, s)
	}
	for _, c := range l.sim.Cards() {
		if c.Place == evolissim.Taken && !c.Complete {
			l.t.Errorf("%s: an unfinished card was taken: %v", l.name, c)
		}
	}
}

// run is one life with one mishap, in simulated time.
func (k kind) run(t *testing.T, name string, variant int, f evolissim.Fault) (happened bool) {
	synctest.Test(t, func(t *testing.T) {
		b, sim := k.bench(t)
		defer func() { b.Printer.Close() }()
		l := life{t: t, name: name, b: b, sim: sim,
			absent: variant&1 != 0, restarted: variant&2 != 0, later: time.Duration(variant&4) * 3 * time.Second}
		l.locate()
		sim.Inject(f)
		if l.try("first") {
			sim.ClearFaults()
			l.absent = false
			l.try("second")
		}
		l.settle()
		happened = sim.View().Struck > 0
	})
	return happened
}

// TestSweep cuts power and cable before every command, and at every so many-th byte,
// of a whole card.
func TestSweep(t *testing.T) {
	black := kind{"black", evolissim.KC200B, evolis.KC200B, evolis.K, 0}
	colour := kind{"colour", evolissim.KC200B, evolis.KC200B, evolis.YMCKO, 0}
	early := black
	early.name, early.model.EarlyReplies = "early replies", true
	saved := black
	saved.name, saved.model.SavesMode = "saved mode", true
	for _, cut := range []struct {
		name string
		kind evolissim.Kind
	}{{"power", evolissim.PowerFails}, {"cable", evolissim.Unplugged}} {
		for _, k := range []kind{black, early, saved} {
			t.Run(cut.name+" at every command, "+k.name, func(t *testing.T) {
				n := 1
				for ; k.run(t, fmt.Sprintf("command %d", n), n, evolissim.Fault{Kind: cut.kind, Nth: n}); n++ {
				}
				if n < 70 {
					t.Errorf("only %d commands make a card", n)
				}
			})
		}
		t.Run(cut.name+" at every 499th byte, black", func(t *testing.T) {
			for n := 1; black.run(t, fmt.Sprintf("byte %d", n), n/499, evolissim.Fault{Kind: cut.kind, Bytes: n}); n += 499 {
			}
		})
		t.Run(cut.name+" at every 49999th byte, colour", func(t *testing.T) {
			for n := 1; colour.run(t, fmt.Sprintf("byte %d", n), n/49999, evolissim.Fault{Kind: cut.kind, Bytes: n}); n += 49999 {
			}
		})
	}
}
