// Package capturetest is what every card capture unit must do, whatever it speaks: a suite
// that runs a driver against the simulated far side of its wire.
package capturetest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"murur/devices"
	"murur/devices/capture"
)

// Thing is what a person puts into the gate.
type Thing string

const (
	Card     Thing = "card"
	TooLong  Thing = "too-long"
	TooShort Thing = "too-short"
)

// Half is the half of a move in which the path jams.
type Half int

const (
	FirstHalf  Half = 1 // the card is still where it was
	SecondHalf Half = 2 // it is where it was going
)

// Where is where the things that were put in are: how many between the lips, inside, in
// the bin and in the person's hands again.
type Where struct{ Gate, Inside, Bin, Taken int }

// Rig is a driver, its simulated far side, and the hands on that.
type Rig struct {
	Unit interface {
		capture.Unit
		Close() error
	}
	// Restart makes another driver for the same unit, as a restarted kiosk does.
	Restart func() capture.Unit

	Put      func(Thing) error // fails while the gate is closed
	Take     func() bool       // takes what is in the gate
	Hold     func() bool       // holds it against the next move
	GateOpen func() bool
	Where    func() Where
	EmptyBin func()

	Jam        func(Half) // in the next move
	ClearJam   func()
	BinFull    func(bool)      // its sensor
	Empty      func(bool)      // the card sensors see nothing, whatever is there
	LoseReply  func()          // of the next move, which is carried out
	LoseAck    func()          // of the next move, which is carried out and answered
	Mishear    func(times int) // the next move is taken for damaged
	PowerCut   func()          // and back
	Unplug     func()          // once
	Silence    func(bool)
	Violations func() []string
}

// Suite runs the conformance tests.
type Suite struct {
	New func(t *testing.T) *Rig
	// Real runs on the real clock, without the tests that need minutes.
	Real bool
}

// Run runs the suite.
func Run(t *testing.T, s Suite) {
	for _, c := range slices.Concat(visits, objects, proofs, failures) {
		if s.Real && c.slow {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			body := func(t *testing.T) {
				rig := s.New(t)
				defer func() { rig.Unit.Close() }() // also of a test that gave up
				c.run(t, rig)
				if rig.GateOpen() {
					t.Error("the gate is open")
				}
				if err := rig.Unit.Close(); err != nil {
					t.Errorf("Close: %v", err)
				}
				for _, v := range rig.Violations() {
					t.Errorf("violation: %s", v)
				}
			}
			if s.Real {
				body(t)
			} else {
				synctest.Test(t, body)
			}
		})
	}
}

// test is one thing that every driver must do.
type test struct {
	name string
	slow bool // waits for a reply that does not come
	run  func(*testing.T, *Rig)
}

// patience is how long a person is waited for.
const patience = 10 * time.Second

// Put pushes a thing in as soon as the gate opens, or gives up with ctx.
func Put(ctx context.Context, push func() error) bool {
	for push() != nil {
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// offer has a person push a thing in while the unit admits one.
func (r *Rig) offer(t *testing.T, thing Thing) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	pushed := make(chan bool, 1)
	go func() { pushed <- Put(ctx, func() error { return r.Put(thing) }) }()
	err := r.Unit.Admit(ctx)
	if !<-pushed {
		t.Fatal("the gate never opened")
	}
	if r.GateOpen() {
		t.Error("the gate is open after Admit")
	}
	return err
}

// admit has a card held.
func (r *Rig) admit(t *testing.T) {
	t.Helper()
	if err := r.offer(t, Card); err != nil {
		t.Fatalf("Admit: %v", err)
	}
	r.at(t, Where{Inside: 1})
}

// at holds the unit's own word and the truth against want.
func (r *Rig) at(t *testing.T, want Where) {
	t.Helper()
	if got := r.Where(); got != want {
		t.Fatalf("the cards are %+v, want %+v", got, want)
	}
	place := capture.PlaceNone
	switch {
	case want.Gate > 0:
		place = capture.PlaceGate
	case want.Inside > 0:
		place = capture.PlaceInside
	}
	if s := r.status(t); s.Card != place {
		t.Fatalf("the unit says that the card is %s, it is %s", s.Card, place)
	}
}

func (r *Rig) status(t *testing.T) capture.State {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	s, err := r.Unit.Status(ctx)
	if err != nil {
		t.Fatalf("Status: %v", err)
	}
	return s
}

// recovered waits until the unit answers again.
func (r *Rig) recovered(t *testing.T) capture.State {
	t.Helper()
	for range 20 {
		if s, err := r.Unit.Status(t.Context()); err == nil && s.Link == devices.Online {
			return s
		} else if !errors.Is(err, devices.ErrLink) {
			t.Fatalf("Status: %+v, %v", s, err)
		}
		<-time.After(500 * time.Millisecond)
	}
	t.Fatal("the unit does not come back")
	return capture.State{}
}

// proof checks a capture's outcome, and that its custody suits it.
func proof(t *testing.T, p capture.Proof, err error, want devices.Outcome) {
	t.Helper()
	custody := map[devices.Outcome]devices.Custody{
		devices.Confirmed: devices.CustodyRetained, devices.Refused: devices.CustodyInside, devices.Unknown: devices.CustodyUnknown,
	}[want]
	if p.Outcome != want || p.Custody != custody || (err == nil) != (want == devices.Confirmed) || p.Evidence == "" {
		t.Fatalf("capture: %+v, %v; want %s", p, err, want)
	}
}

func custody(t *testing.T, got devices.Custody, err error, want devices.Custody) {
	t.Helper()
	if got != want || err != nil {
		t.Fatalf("custody %s, %v; want %s", got, err, want)
	}
}

func hasCode(err error) bool {
	var f *devices.Fault
	return errors.As(err, &f) && f.Code != "" && f.Remedy != ""
}
