package crt571sim_test

import (
	"context"
	"errors"
	"flag"
	"testing"
	"testing/synctest"
	"time"

	"murur/devices"
	"murur/devices/capture"
	"murur/devices/capture/capturetest"
	"murur/devices/capture/crt571"
	"murur/devices/capture/crt571sim"
	"murur/devices/transport"
)

var stride = flag.Int("stride", 1, "check only every so many-th byte of the wire")

const id = "old licence"

// life is a unit with one card in a person's hand, and a kiosk.
type life struct {
	t    *testing.T
	sim  *crt571sim.Unit
	unit *crt571.Unit
}

// where is the place of the card by the sim's own book: exactly one.
func (l *life) where() (place string) {
	l.t.Helper()
	s := l.sim.State()
	n := 0
	in := func(list []crt571sim.Object, what string) {
		for range list {
			n++
			place = what
		}
	}
	in(s.Bin, "bin")
	in(s.Taken, "hand")
	in(s.Removed, "technician")
	switch {
	case s.Card != nil && s.At == crt571sim.Gate:
		in([]crt571sim.Object{*s.Card}, "gate")
	case s.Card != nil:
		in([]crt571sim.Object{*s.Card}, "inside")
	}
	if n == 0 { // it was never put in
		return "hand"
	}
	if n > 1 {
		l.t.Fatalf("the card is in %d places: %+v", n, s)
	}
	return place
}

// claims holds what the driver says against the book.
func (l *life) claims(what string, places ...string) {
	l.t.Helper()
	got := l.where()
	for _, p := range places {
		if p == got {
			return
		}
	}
	l.t.Errorf("%s, but the card is at %q", what, got)
}

// admit reports whether a card is held.
func (l *life) admit() bool {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), 20*time.Second)
	defer cancel()
	go capturetest.Put(ctx, func() error { return l.sim.Insert(crt571sim.Object{ID: id, Kind: crt571sim.Card}) })
	err := l.unit.Admit(ctx)
	switch {
	case err == nil:
		l.claims("Admit holds it", "inside")
	case errors.Is(err, capture.ErrNothing):
		l.claims(err.Error(), "hand")
	case errors.Is(err, capture.ErrObject):
		l.claims(err.Error(), "hand", "gate")
	}
	return err == nil
}

func (l *life) capture() {
	l.t.Helper()
	p, err := l.unit.Capture(l.t.Context())
	switch p.Outcome {
	case devices.Confirmed:
		l.claims("captured", "bin")
	case devices.Refused:
		l.claims("not captured", "inside")
	default:
		if err == nil {
			l.t.Error("unknown without an error")
		}
	}
}

func (l *life) custody(what string, c devices.Custody, err error) devices.Custody {
	l.t.Helper()
	switch c {
	case devices.CustodyInside:
		l.claims(what+": inside", "inside")
	case devices.CustodyPresented:
		l.claims(what+": presented", "gate")
	case devices.CustodyTaken:
		l.claims(what+": taken", "hand")
	case devices.CustodyUnknown:
		if err == nil {
			l.t.Errorf("%s: unknown without an error", what)
		}
	default:
		l.t.Errorf("%s: %s", what, c)
	}
	return c
}

// ways are the ways in which a visit can go.
var ways = map[string]func(l *life){
	"retained": func(l *life) {
		if l.admit() {
			l.capture()
		}
	},
	"given back": func(l *life) {
		if !l.admit() {
			return
		}
		c, err := l.unit.GiveBack(l.t.Context())
		if l.custody("GiveBack", c, err) != devices.CustodyPresented {
			return
		}
		time.AfterFunc(time.Second, func() { l.sim.Take() })
		ctx, cancel := context.WithTimeout(l.t.Context(), 10*time.Second)
		defer cancel()
		c, err = l.unit.Taken(ctx)
		l.custody("Taken", c, err)
	},
	"not taken": func(l *life) {
		if !l.admit() {
			return
		}
		c, err := l.unit.GiveBack(l.t.Context())
		if l.custody("GiveBack", c, err) != devices.CustodyPresented {
			return
		}
		c, err = l.unit.TakeIn(l.t.Context())
		if l.custody("TakeIn", c, err) == devices.CustodyInside {
			l.capture()
		}
	},
}

// truth is what a fresh kiosk finds: where the card is, and how many are in the bin.
func (l *life) truth() {
	l.t.Helper()
	l.sim.ClearFaults()
	fresh := crt571.New(l.sim.Open, crt571.Options{})
	defer fresh.Close()
	var s capture.State
	err := devices.ErrLink
	for i := 0; err != nil && i < 10; i++ {
		<-time.After(time.Second)
		s, err = fresh.Status(l.t.Context())
	}
	if err != nil {
		l.t.Fatalf("Status of a fresh kiosk: %v", err)
	}
	switch s.Card {
	case capture.PlaceNone:
		l.claims("nothing is inside", "bin", "hand")
	case capture.PlaceGate:
		l.claims("it is in the gate", "gate")
	case capture.PlaceInside:
		l.claims("it is inside", "inside")
	default:
		l.t.Errorf("the card is %s", s.Card)
	}
	book := l.sim.State()
	if s.Captured != book.Counter || book.Gate || s.Fault != nil {
		l.t.Errorf("a fresh kiosk finds %+v, the unit is %+v", s, book)
	}
	for _, v := range l.sim.Violations() {
		l.t.Errorf("violation: %s", v)
	}
}

// visit makes one visit, which begin disturbs, and looks at what is left of it.
func visit(t *testing.T, way func(*life), begin func(l *life, kill func())) (bytes int) {
	synctest.Test(t, func(t *testing.T) {
		l := &life{t: t, sim: crt571sim.New(crt571sim.Options{})}
		dead := false
		var port transport.Stream
		l.unit = crt571.New(func(ctx context.Context) (s transport.Stream, err error) {
			if dead {
				return nil, transport.ErrGone
			}
			port, err = l.sim.Open(ctx)
			return port, err
		}, crt571.Options{})
		begin(l, func() {
			dead = true
			port.Close()
		})
		way(l)
		bytes = l.sim.Crossed()
		l.unit.Close()
		l.truth()
	})
	return bytes
}

// everyByte disturbs each way at each byte.
func everyByte(t *testing.T, disturb func(l *life, at int, kill func())) {
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := visit(t, way, func(*life, func()) {})
			for at := 1; at <= n; at += *stride {
				visit(t, way, func(l *life, kill func()) {
					l.t.Cleanup(func() {
						if l.t.Failed() {
							t.Logf("at byte %d of %d", at, n)
						}
					})
					disturb(l, at, kill)
				})
			}
		})
	}
}

func TestEveryByte(t *testing.T) {
	for _, f := range []crt571sim.ByteFault{crt571sim.Drop, crt571sim.Flip, crt571sim.CutLink, crt571sim.CutPower} {
		t.Run(string(f), func(t *testing.T) {
			everyByte(t, func(l *life, at int, _ func()) { l.sim.AtByte(at, f) })
		})
	}
	t.Run("kiosk dies", func(t *testing.T) {
		everyByte(t, func(l *life, at int, kill func()) { l.sim.KillKioskAt(at, kill) })
	})
}
