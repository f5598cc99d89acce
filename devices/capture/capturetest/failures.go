package capturetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"murur/devices"
	"murur/devices/capture"
)

var proofs = []test{
	{"reply lost, card in the bin", true, func(t *testing.T, r *Rig) {
		r.admit(t)
		r.LoseReply()
		p, err := r.Unit.Capture(t.Context())
		proof(t, p, err, devices.Unknown) // the unit never said so
		r.at(t, Where{Bin: 1})
	}},
	{"acknowledgement lost", true, func(t *testing.T, r *Rig) {
		r.admit(t)
		r.LoseAck()
		p, err := r.Unit.Capture(t.Context())
		proof(t, p, err, devices.Confirmed)
		r.at(t, Where{Bin: 1})
	}},
	{"command damaged twice", false, func(t *testing.T, r *Rig) {
		r.admit(t)
		r.Mishear(2)
		p, err := r.Unit.Capture(t.Context())
		proof(t, p, err, devices.Confirmed)
	}},
	{"command damaged again and again", false, func(t *testing.T, r *Rig) {
		r.admit(t)
		r.Mishear(3)
		p, err := r.Unit.Capture(t.Context())
		proof(t, p, err, devices.Refused)
		r.at(t, Where{Inside: 1})
	}},
	{"jam before the bin", false, func(t *testing.T, r *Rig) {
		r.admit(t)
		r.Jam(FirstHalf)
		p, err := r.Unit.Capture(t.Context())
		proof(t, p, err, devices.Refused)
		if !hasCode(err) {
			t.Fatalf("no fault: %v", err)
		}
		if s := r.status(t); s.Ready() {
			t.Fatal("jammed, and ready")
		}
		r.ClearJam()
		if s := r.status(t); !s.Ready() {
			t.Fatalf("the jam is cleared, and not over: %v", s.Fault)
		}
		p, err = r.Unit.Capture(t.Context())
		proof(t, p, err, devices.Confirmed)
	}},
	{"jam in the bin", false, func(t *testing.T, r *Rig) {
		r.admit(t)
		r.Jam(SecondHalf)
		p, err := r.Unit.Capture(t.Context())
		proof(t, p, err, devices.Unknown)
		r.at(t, Where{Bin: 1})
	}},
	{"jam on the way out", false, func(t *testing.T, r *Rig) {
		r.admit(t)
		r.Jam(FirstHalf)
		if c, err := r.Unit.GiveBack(t.Context()); c != devices.CustodyInside || !hasCode(err) {
			t.Fatalf("GiveBack: %s, %v", c, err)
		}
		r.ClearJam()
		r.status(t)
		c, err := r.Unit.GiveBack(t.Context())
		custody(t, c, err, devices.CustodyPresented)
	}},
	{"jam on the way in", false, func(t *testing.T, r *Rig) {
		r.admit(t)
		r.Unit.GiveBack(t.Context())
		r.Jam(FirstHalf)
		if c, err := r.Unit.TakeIn(t.Context()); c != devices.CustodyPresented || !hasCode(err) {
			t.Fatalf("TakeIn: %s, %v", c, err)
		}
	}},
	{"sensors lie", false, func(t *testing.T, r *Rig) {
		r.admit(t)
		r.Empty(true)
		p, err := r.Unit.Capture(t.Context())
		proof(t, p, err, devices.Unknown)
		r.Empty(false)
		r.at(t, Where{Inside: 1})
	}},
	{"the bin's sensor says full", false, func(t *testing.T, r *Rig) {
		r.admit(t)
		r.BinFull(true)
		if s := r.status(t); s.Supplies[capture.SupplyBin] != devices.LevelFull {
			t.Fatalf("bin: %+v", s.Supplies)
		}
		p, err := r.Unit.Capture(t.Context())
		proof(t, p, err, devices.Refused)
		if !hasCode(err) {
			t.Fatalf("no fault: %v", err)
		}
		c, err := r.Unit.GiveBack(t.Context()) // which goes on
		custody(t, c, err, devices.CustodyPresented)
	}},
	{"the bin fills up", false, func(t *testing.T, r *Rig) {
		levels := map[devices.Level]bool{}
		for s := r.status(t); s.Captured < s.Capacity; s = r.status(t) {
			levels[s.Supplies[capture.SupplyBin]] = true
			r.admitMore(t)
			p, err := r.Unit.Capture(t.Context())
			proof(t, p, err, devices.Confirmed)
		}
		if s := r.status(t); s.Supplies[capture.SupplyBin] != devices.LevelFull || !levels[devices.LevelOK] || !levels[devices.LevelLow] || len(levels) != 2 {
			t.Fatalf("bin: %+v; before it was full: %v", s.Supplies, levels)
		}
		r.admitMore(t)
		p, err := r.Unit.Capture(t.Context())
		proof(t, p, err, devices.Refused)
		r.EmptyBin()
		if s := r.status(t); s.Captured != 0 || s.Supplies[capture.SupplyBin] != devices.LevelOK {
			t.Fatalf("emptied: %+v", s)
		}
		p, err = r.Unit.Capture(t.Context())
		proof(t, p, err, devices.Confirmed)
	}},
}

// admitMore is admit when the bin holds some already.
func (r *Rig) admitMore(t *testing.T) {
	t.Helper()
	if err := r.offer(t, Card); err != nil {
		t.Fatalf("Admit: %v", err)
	}
}

var failures = []test{
	{"power cut with a card inside", false, func(t *testing.T, r *Rig) {
		r.admit(t)
		r.PowerCut()
		if s := r.recovered(t); s.Card != capture.PlaceInside {
			t.Fatalf("card %s", s.Card)
		}
		p, err := r.Unit.Capture(t.Context())
		proof(t, p, err, devices.Confirmed)
	}},
	{"power cut that nobody noticed", false, func(t *testing.T, r *Rig) {
		r.admit(t)
		r.PowerCut()
		<-time.After(4 * time.Second)
		p, err := r.Unit.Capture(t.Context()) // initialises, asks, and then captures
		proof(t, p, err, devices.Confirmed)
	}},
	{"power cut in the first half of the capture", true, func(t *testing.T, r *Rig) {
		r.admit(t)
		time.AfterFunc(300*time.Millisecond, r.PowerCut)
		p, err := r.Unit.Capture(t.Context())
		proof(t, p, err, devices.Refused)
		r.at(t, Where{Inside: 1})
	}},
	{"power cut in the second half of the capture", true, func(t *testing.T, r *Rig) {
		r.admit(t)
		time.AfterFunc(900*time.Millisecond, r.PowerCut)
		p, err := r.Unit.Capture(t.Context())
		proof(t, p, err, devices.Unknown)
		r.at(t, Where{Bin: 1})
	}},
	{"power cut while the gate is open", false, func(t *testing.T, r *Rig) {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		time.AfterFunc(time.Second, r.PowerCut)
		if err := r.Unit.Admit(ctx); err == nil {
			t.Fatal("a card was admitted, and none is there")
		}
		r.recovered(t)
		r.admit(t)
	}},
	{"unplugged while the gate is open", false, func(t *testing.T, r *Rig) {
		time.AfterFunc(time.Second, r.Unplug)
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		time.AfterFunc(2*time.Second, func() { Put(ctx, func() error { return r.Put(Card) }) })
		if err := r.Unit.Admit(ctx); err != nil { // the line is opened again, and the gate
			t.Fatalf("Admit: %v", err)
		}
		r.at(t, Where{Inside: 1})
	}},
	{"unplugged during the capture", false, func(t *testing.T, r *Rig) {
		r.admit(t)
		time.AfterFunc(300*time.Millisecond, r.Unplug)
		p, err := r.Unit.Capture(t.Context())
		proof(t, p, err, devices.Unknown)
		r.at(t, Where{Bin: 1})
	}},
	{"silent", false, func(t *testing.T, r *Rig) {
		r.admit(t)
		r.Silence(true)
		s, err := r.Unit.Status(t.Context())
		if !errors.Is(err, devices.ErrLink) || s.Link != devices.Offline || s.Card != capture.PlaceUnknown || s.Captured >= 0 || !hasCode(s.Fault) {
			t.Fatalf("Status: %+v, %v", s, err)
		}
		p, err := r.Unit.Capture(t.Context())
		if p.Outcome != devices.Unknown || err == nil {
			t.Fatalf("Capture: %+v, %v", p, err)
		}
		r.Silence(false)
		r.at(t, Where{Inside: 1})
	}},
	{"nobody waits longer than ctx", false, func(t *testing.T, r *Rig) {
		r.Silence(true)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		begun := time.Now()
		if _, err := r.Unit.Status(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) > time.Second {
			t.Fatalf("Status: %v after %s", err, time.Since(begun))
		}
		r.Silence(false)
		r.status(t)
	}},
}
