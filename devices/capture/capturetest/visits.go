package capturetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"murur/devices"
	"murur/devices/capture"
)

var visits = []test{
	{"the card is retained", false, func(t *testing.T, r *Rig) {
		before := r.status(t).Captured
		r.admit(t)
		p, err := r.Unit.Capture(t.Context())
		proof(t, p, err, devices.Confirmed)
		if p.Captured != before+1 {
			t.Errorf("counter %d after %d", p.Captured, before)
		}
		r.at(t, Where{Bin: 1})
	}},
	{"the card is given back", false, func(t *testing.T, r *Rig) {
		r.admit(t)
		c, err := r.Unit.GiveBack(t.Context())
		custody(t, c, err, devices.CustodyPresented)
		r.at(t, Where{Gate: 1})
		c, err = r.Unit.GiveBack(t.Context()) // it is out already
		custody(t, c, err, devices.CustodyPresented)
		time.AfterFunc(time.Second, func() { r.Take() })
		c, err = r.Unit.Taken(t.Context())
		custody(t, c, err, devices.CustodyTaken)
		r.at(t, Where{Taken: 1})
	}},
	{"nobody takes it", false, func(t *testing.T, r *Rig) {
		r.admit(t)
		if _, err := r.Unit.GiveBack(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if c, err := r.Unit.Taken(ctx); c != devices.CustodyPresented || !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("Taken: %s, %v", c, err)
		}
		c, err := r.Unit.TakeIn(t.Context())
		custody(t, c, err, devices.CustodyInside)
		r.at(t, Where{Inside: 1})
		p, err := r.Unit.Capture(t.Context())
		proof(t, p, err, devices.Confirmed)
		r.at(t, Where{Bin: 1})
	}},
	{"taken before it is taken in", false, func(t *testing.T, r *Rig) {
		r.admit(t)
		if _, err := r.Unit.GiveBack(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.Take()
		c, err := r.Unit.TakeIn(t.Context())
		custody(t, c, err, devices.CustodyTaken)
		c, err = r.Unit.Taken(t.Context())
		custody(t, c, err, devices.CustodyTaken)
	}},
	{"nobody comes", false, func(t *testing.T, r *Rig) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := r.Unit.Admit(ctx); !errors.Is(err, capture.ErrNothing) {
			t.Fatalf("Admit: %v", err)
		}
		if r.Put(Card) == nil {
			t.Fatal("the gate takes a card after Admit")
		}
		r.at(t, Where{})
	}},
	{"the gate is closed outside Admit", false, func(t *testing.T, r *Rig) {
		r.status(t)
		if r.Put(Card) == nil {
			t.Fatal("the gate takes a card before Admit")
		}
		r.admit(t)
		if _, err := r.Unit.GiveBack(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.Take()
		if r.Put(Card) == nil {
			t.Fatal("the gate takes a card after GiveBack")
		}
	}},
	{"one card at a time", false, func(t *testing.T, r *Rig) {
		r.admit(t)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := r.Unit.Admit(ctx); err == nil || errors.Is(err, capture.ErrObject) || errors.Is(err, capture.ErrNothing) {
			t.Fatalf("Admit: %v", err)
		}
		r.at(t, Where{Inside: 1})
	}},
	{"nothing to capture", false, func(t *testing.T, r *Rig) {
		p, err := r.Unit.Capture(t.Context())
		proof(t, p, err, devices.Unknown)
		if c, err := r.Unit.GiveBack(t.Context()); c != devices.CustodyUnknown || err == nil {
			t.Fatalf("GiveBack: %s, %v", c, err)
		}
		if c, err := r.Unit.Taken(t.Context()); c != devices.CustodyUnknown || err == nil {
			t.Fatalf("Taken: %s, %v", c, err)
		}
	}},
	{"kiosk restarted with a card inside", false, func(t *testing.T, r *Rig) {
		r.admit(t)
		r.Unit.Close()
		second := r.Restart()
		if s, err := second.Status(t.Context()); err != nil || s.Card != capture.PlaceInside {
			t.Fatalf("Status: %+v, %v", s, err)
		}
		p, err := second.Capture(t.Context())
		proof(t, p, err, devices.Confirmed)
	}},
	{"kiosk restarted with a card in the gate", false, func(t *testing.T, r *Rig) {
		r.admit(t)
		r.Unit.GiveBack(t.Context())
		r.Unit.Close()
		second := r.Restart()
		if s, err := second.Status(t.Context()); err != nil || s.Card != capture.PlaceGate {
			t.Fatalf("Status: %+v, %v", s, err)
		}
		r.Take()
		c, err := second.Taken(t.Context())
		custody(t, c, err, devices.CustodyTaken)
	}},
	{"closed while it waits", false, func(t *testing.T, r *Rig) {
		result := make(chan error)
		go func() { result <- r.Unit.Admit(t.Context()) }()
		Put(t.Context(), func() error { // until the gate is open
			if r.GateOpen() {
				return nil
			}
			return errors.New("closed")
		})
		r.Unit.Close()
		if err := <-result; err == nil {
			t.Fatal("Admit without a card")
		}
		if r.GateOpen() {
			t.Fatal("the gate stays open")
		}
		if _, err := r.Unit.Status(t.Context()); !errors.Is(err, devices.ErrLink) {
			t.Fatalf("Status after Close: %v", err)
		}
	}},
}

var objects = []test{
	{"too long", false, func(t *testing.T, r *Rig) { r.wrong(t, TooLong, capture.ErrTooLong) }},
	{"too short", false, func(t *testing.T, r *Rig) { r.wrong(t, TooShort, capture.ErrTooShort) }},
	{"held by a hand", false, func(t *testing.T, r *Rig) {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		go Put(ctx, func() error {
			err := r.Put(Card)
			r.Hold()
			return err
		})
		err := r.Unit.Admit(ctx)
		if !errors.Is(err, capture.ErrPulled) || !errors.Is(err, capture.ErrObject) {
			t.Fatalf("Admit: %v", err)
		}
		r.at(t, Where{Gate: 1})
		r.Take()
		if s := r.status(t); s.Fault != nil {
			t.Fatalf("a hand is no fault: %v", s.Fault)
		}
	}},
	{"drawn back at once", false, func(t *testing.T, r *Rig) {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		go Put(ctx, func() error {
			err := r.Put(Card)
			if err == nil {
				time.AfterFunc(300*time.Millisecond, func() { r.Take() })
			}
			return err
		})
		if err := r.Unit.Admit(ctx); !errors.Is(err, capture.ErrPulled) {
			t.Fatalf("Admit: %v", err)
		}
		r.at(t, Where{Taken: 1})
	}},
	{"held when it is taken in", false, func(t *testing.T, r *Rig) {
		r.admit(t)
		r.Unit.GiveBack(t.Context())
		r.Hold()
		c, err := r.Unit.TakeIn(t.Context())
		custody(t, c, err, devices.CustodyPresented)
	}},
}

// wrong offers a thing that is no card: it is given back, and must be gone before the gate
// opens again.
func (r *Rig) wrong(t *testing.T, thing Thing, want error) {
	if err := r.offer(t, thing); !errors.Is(err, want) || !errors.Is(err, capture.ErrObject) {
		t.Fatalf("Admit: %v", err)
	}
	r.at(t, Where{Gate: 1})
	if s := r.status(t); s.Fault != nil {
		t.Fatalf("a wrong object is no fault: %v", s.Fault)
	}
	time.AfterFunc(time.Second, func() { r.Take() })
	if err := r.offer(t, Card); err != nil {
		t.Fatalf("Admit of a card afterwards: %v", err)
	}
	r.at(t, Where{Inside: 1, Taken: 1})
}
