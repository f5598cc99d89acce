package crt571sim_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
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

// bench is a driver and its unit, and how often each command went to it.
type bench struct {
	*crt571.Unit
	sim *crt571sim.Unit
	t   *testing.T

	mu   sync.Mutex
	sent map[string]int // by "CM PM"
}

// on runs a test of a unit in a bubble.
func on(t *testing.T, so crt571sim.Options, body func(t *testing.T, b *bench)) {
	synctest.Test(t, func(t *testing.T) {
		b := &bench{t: t, sim: crt571sim.New(so), sent: make(map[string]int)}
		b.Unit = crt571.New(b.sim.Open, crt571.Options{Trace: func(d transport.Direction, frame []byte) {
			if d == transport.ToDevice && len(frame) > 6 {
				b.mu.Lock()
				defer b.mu.Unlock()
				b.sent[fmt.Sprintf("% X", frame[5:7])]++
			}
		}})
		defer b.Close()
		body(t, b)
		for _, v := range b.sim.Violations() {
			t.Errorf("violation: %s", v)
		}
	})
}

func (b *bench) admit() {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 10*time.Second)
	defer cancel()
	go capturetest.Put(ctx, func() error {
		return b.sim.Insert(crt571sim.Object{ID: id, Kind: crt571sim.Card, ATR: []byte{0x3B, 0x02, 0x14, 0x50}})
	})
	if err := b.Admit(ctx); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) times(command string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.sent[command]
}

const toBin, status, readCounter = "32 33", "31 30", "A5 30"

func TestMoveWithLostReplyIsNotRepeated(t *testing.T) {
	on(t, crt571sim.Options{}, func(t *testing.T, b *bench) {
		b.admit()
		b.sim.Inject(crt571sim.Fault{Kind: crt571sim.LostReply, CM: 0x32})
		if p, err := b.Capture(t.Context()); p.Outcome != devices.Unknown || p.Captured != 1 || err == nil {
			t.Errorf("%+v, %v", p, err)
		}
		if n := b.times(toBin); n != 1 {
			t.Errorf("sent %d times", n)
		}
	})
	on(t, crt571sim.Options{}, func(t *testing.T, b *bench) {
		b.admit()
		b.sim.Jam(crt571sim.FirstHalf)
		b.sim.Inject(crt571sim.Fault{Kind: crt571sim.LostReply, CM: 0x32})
		if p, err := b.Capture(t.Context()); p.Outcome != devices.Refused || err == nil {
			t.Errorf("%+v, %v", p, err)
		}
		if n := b.times(toBin); n != 1 {
			t.Errorf("sent %d times, and the card has not moved", n)
		}
	})
}

func TestWrongObjectIsPushedOut(t *testing.T) {
	on(t, crt571sim.Options{}, func(t *testing.T, b *bench) {
		go capturetest.Put(t.Context(), func() error { return b.sim.Insert(crt571sim.Object{ID: "ruler", Kind: crt571sim.TooLong}) })
		if err := b.Admit(t.Context()); !errors.Is(err, capture.ErrTooLong) {
			t.Error(err)
		}
		if in, out := b.times("32 32"), b.times("32 39"); in != 1 || out != 1 {
			t.Errorf("pulled in %d times, pushed out %d times", in, out)
		}
	})
}

func TestUnheardMoveIsRepeatedWhenNothingMoved(t *testing.T) {
	on(t, crt571sim.Options{}, func(t *testing.T, b *bench) {
		b.admit()
		b.sim.Inject(crt571sim.Fault{Kind: crt571sim.NoAck, CM: 0x32, Times: 2})
		if p, err := b.Capture(t.Context()); p.Outcome != devices.Confirmed || err != nil {
			t.Errorf("%+v, %v", p, err)
		}
		if n := b.times(toBin); n != 3 {
			t.Errorf("sent %d times", n)
		}
	})
}

func TestQuestionIsSentThreeTimes(t *testing.T) {
	for _, kind := range []crt571sim.FrameFault{crt571sim.NoAck, crt571sim.Nak, crt571sim.LostAck, crt571sim.LostReply} {
		t.Run(string(kind), func(t *testing.T) {
			on(t, crt571sim.Options{}, func(t *testing.T, b *bench) {
				b.sim.Inject(crt571sim.Fault{Kind: kind, CM: 0x31, Times: 2})
				if s, err := b.Status(t.Context()); err != nil || !s.Ready() {
					t.Errorf("%+v, %v", s, err)
				}
				if n, opened := b.times(status), b.times("30 33"); n != 3 || opened != 1 {
					t.Errorf("asked %d times, initialised %d times", n, opened)
				}
			})
		})
	}
}

func TestDamagedReplyIsRefused(t *testing.T) {
	on(t, crt571sim.Options{}, func(t *testing.T, b *bench) {
		b.admit()
		b.sim.Inject(crt571sim.Fault{Kind: crt571sim.BadReply, CM: 0x32})
		if p, err := b.Capture(t.Context()); p.Outcome != devices.Confirmed || err != nil || b.times(toBin) != 1 {
			t.Errorf("%+v, %v, sent %d times", p, err, b.times(toBin))
		}
	})
}

func TestUnitWithoutCounterCapturesNothing(t *testing.T) {
	on(t, crt571sim.Options{NoCounter: true}, func(t *testing.T, b *bench) {
		b.admit()
		s, err := b.Status(t.Context())
		if err != nil || s.Fault == nil || s.Fault.Code != crt571.Counter || s.Captured != -1 || s.Card != capture.PlaceInside {
			t.Errorf("%+v, %v", s, err)
		}
		if p, err := b.Capture(t.Context()); p.Outcome != devices.Refused || err == nil || b.times(toBin) != 0 {
			t.Errorf("%+v, %v", p, err)
		}
	})
}

func TestCardThatFallsIntoTheHand(t *testing.T) {
	on(t, crt571sim.Options{Drops: true}, func(t *testing.T, b *bench) {
		b.admit()
		for _, ask := range []func(context.Context) (devices.Custody, error){b.GiveBack, b.Taken, b.TakeIn} {
			if c, err := ask(t.Context()); c != devices.CustodyTaken || err != nil {
				t.Errorf("%s, %v", c, err)
			}
		}
	})
}

func TestPersonTakesByThemselves(t *testing.T) {
	var changes atomic.Int32
	on(t, crt571sim.Options{Person: crt571sim.Person{Takes: true, After: 3 * time.Second}, Changed: func() { changes.Add(1) }}, func(t *testing.T, b *bench) {
		b.admit()
		if c, err := b.GiveBack(t.Context()); c != devices.CustodyPresented || err != nil {
			t.Errorf("%s, %v", c, err)
		}
		begun := time.Now()
		if c, err := b.Taken(t.Context()); c != devices.CustodyTaken || err != nil || time.Since(begun) < 2*time.Second {
			t.Errorf("%s, %v after %s", c, err, time.Since(begun))
		}
		if s := b.sim.State(); s.Card != nil || len(s.Taken) != 1 || changes.Load() == 0 {
			t.Errorf("%+v after %d changes", s, changes.Load())
		}
	})
}

// TestCardAtTheLastMoment: it comes between the last look at the gate and its closing.
func TestCardAtTheLastMoment(t *testing.T) {
	for name, at := range map[string]time.Duration{"before": 4*time.Second - time.Millisecond, "with": 4 * time.Second, "after": 4*time.Second + time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			on(t, crt571sim.Options{}, func(t *testing.T, b *bench) {
				ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
				defer cancel()
				pushed := make(chan error, 1)
				time.AfterFunc(at, func() { pushed <- b.sim.Insert(crt571sim.Object{ID: id, Kind: crt571sim.Card}) })
				err := b.Admit(ctx)
				if in := <-pushed == nil; in != (err == nil) || !in && !errors.Is(err, capture.ErrNothing) {
					t.Errorf("pushed in: %t, and Admit: %v", in, err)
				}
			})
		})
	}
}

func TestChip(t *testing.T) {
	on(t, crt571sim.Options{}, func(t *testing.T, b *bench) {
		if atr, err := b.LicenceATR(t.Context()); err == nil {
			t.Errorf("% X of no card", atr)
		}
		b.admit()
		if atr, err := b.LicenceATR(t.Context()); !bytes.Equal(atr, []byte{0x3B, 0x02, 0x14, 0x50}) || err != nil {
			t.Errorf("% X, %v", atr, err)
		}
		if s := b.sim.State(); s.At != crt571sim.RF {
			t.Errorf("the card is at %s", s.At)
		}
		if p, err := b.Capture(t.Context()); p.Outcome != devices.Confirmed || err != nil { // contacts are released
			t.Errorf("%+v, %v", p, err)
		}
	})
	on(t, crt571sim.Options{}, func(t *testing.T, b *bench) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		go capturetest.Put(ctx, func() error { return b.sim.Insert(crt571sim.Object{ID: id, Kind: crt571sim.Card}) })
		if err := b.Admit(ctx); err != nil {
			t.Fatal(err)
		}
		if atr, err := b.LicenceATR(t.Context()); err == nil {
			t.Errorf("% X of a card without a chip", atr)
		}
		if s, err := b.Status(t.Context()); err != nil || !s.Ready() || s.Card != capture.PlaceInside {
			t.Errorf("%+v, %v", s, err)
		}
	})
}

func TestEmptied(t *testing.T) {
	on(t, crt571sim.Options{KeepsCounter: true}, func(t *testing.T, b *bench) {
		b.admit()
		b.Capture(t.Context())
		b.sim.EmptyBin()
		if s, err := b.Status(t.Context()); err != nil || s.Captured != 1 {
			t.Errorf("%+v, %v", s, err)
		}
		if err := b.Emptied(t.Context()); err != nil {
			t.Error(err)
		}
		if s, err := b.Status(t.Context()); err != nil || s.Captured != 0 {
			t.Errorf("%+v, %v", s, err)
		}
	})
}

func TestAbsent(t *testing.T) {
	u := crt571.New(func(context.Context) (transport.Stream, error) { return nil, transport.ErrGone }, crt571.Options{})
	defer u.Close()
	if s, err := u.Status(t.Context()); s.Link != devices.Absent || !errors.Is(err, devices.ErrLink) {
		t.Errorf("%+v, %v", s, err)
	}
	if err := u.Admit(t.Context()); !errors.Is(err, devices.ErrLink) {
		t.Errorf("Admit: %v", err)
	}
}

// TestSwitchedOff: the unit is off for a while; nothing it said before counts.
func TestSwitchedOff(t *testing.T) {
	on(t, crt571sim.Options{}, func(t *testing.T, b *bench) {
		b.admit()
		b.sim.SwitchOff()
		if s, err := b.Status(t.Context()); !errors.Is(err, devices.ErrLink) || s.Card != capture.PlaceUnknown {
			t.Errorf("%+v, %v", s, err)
		}
		b.sim.Remove() // a technician opens it
		b.sim.SwitchOn()
		if s, err := b.Status(t.Context()); err != nil || s.Card != capture.PlaceNone {
			t.Errorf("%+v, %v", s, err)
		}
	})
}

// TestViolations: the unit tells a bad driver from a good one.
func TestViolations(t *testing.T) {
	frame := func(cm, pm byte) []byte { return crt571.AppendFrame(nil, 0, []byte{0x43, cm, pm}) }
	synctest.Test(t, func(t *testing.T) {
		sim := crt571sim.New(crt571sim.Options{})
		line, err := sim.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer line.Close()
		go func() {
			for buf := make([]byte, 64); ; {
				if _, err := line.Read(buf); err != nil {
					return
				}
			}
		}()
		send := func(cm, pm byte) {
			line.Write(frame(cm, pm))
			<-time.After(2 * time.Second)
		}
		send(0x32, 0x33) // not initialised
		send(0x30, 0x33)
		send(0x33, 0x30) // not asked
		if err := sim.Insert(crt571sim.Object{ID: id, Kind: crt571sim.Card}); err != nil {
			t.Fatal(err)
		}
		send(0x33, 0x30) // a card is in it
		send(0x32, 0x32) // not asked, gate open
		sim.SetBinFull(true)
		send(0x33, 0x31)
		send(0x30, 0x31) // captured by initialising, not asked, bin full
		if v := sim.Violations(); len(v) != 9 {
			t.Errorf("%d violations: %q", len(v), v)
		}
	})
}
