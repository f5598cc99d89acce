// Package terminaltest is what every payment terminal driver must do, whatever it
// speaks: a suite that runs a driver against the simulated far side of its wire.
package terminaltest

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"murur/devices"
	"murur/devices/terminal"
)

// Rig is a driver and its simulated far side.
type Rig struct {
	Terminal interface {
		terminal.Terminal
		Close() error
	}
	// What the customer of the next payment does.
	Approve, Decline, Cancel, Wait func()
	// Tap makes a waiting customer present the card.
	Tap func()
	// Charged is the sum of what customers were charged and not given back.
	Charged func() int64
	// Faults of the next payment.
	OtherAmount, NoCurrency func()
	// DieBeforeVote kills the terminal after it sent its approval and before it takes
	// the kiosk's vote; the payment then stands at the bank, or it is undone.
	DieBeforeVote func(stands bool)
	// DieBeforeReversed kills the terminal after it sent the result of a reversal and
	// before it takes the kiosk's answer; the payment is then undone, or it stands.
	DieBeforeReversed func(undone bool)
	// Bank cuts or mends the terminal's own line to the bank.
	Bank func(up bool)
	// WrongTotals makes the next end of day count another sum than the bank.
	WrongTotals func()
	// JobDue makes the terminal want a job done.
	JobDue func(terminal.Job)
	// Unplug breaks the link and keeps it broken.
	Unplug func()
	// Violations is what the driver did against the protocol.
	Violations func() []string
}

// Suite runs the conformance tests.
type Suite struct {
	New func(t *testing.T) Rig
	// Real runs on the real clock, without the tests that need minutes.
	Real bool
}

// Observer records what Pay tells.
type Observer struct {
	Guides  []terminal.Guidance
	Results []terminal.Result
	Approve func(context.Context, terminal.Result) error // nil accepts
	OnGuide func(terminal.Guidance)
}

// Guidance implements terminal.Observer.
func (o *Observer) Guidance(g terminal.Guidance) {
	o.Guides = append(o.Guides, g)
	if o.OnGuide != nil {
		o.OnGuide(g)
	}
}

// Approved implements terminal.Observer.
func (o *Observer) Approved(ctx context.Context, r terminal.Result) error {
	o.Results = append(o.Results, r)
	if o.Approve != nil {
		return o.Approve(ctx, r)
	}
	return nil
}

// Run runs the suite.
func Run(t *testing.T, s Suite) {
	for _, c := range slices.Concat(payments, holds, reversals, days) {
		if s.Real && c.slow {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			body := func(t *testing.T) {
				rig := s.New(t)
				defer rig.Terminal.Close() // also of a test that gave up
				c.run(t, rig)
				if err := rig.Terminal.Close(); err != nil {
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

// Payment is a payment of amount fils that starts now, with the mark of the
// terminal's last transaction.
func Payment(t *testing.T, term terminal.Terminal, amount int64) terminal.Payment {
	t.Helper()
	before, err := term.Last(t.Context())
	if err != nil {
		t.Fatalf("Last: %v", err)
	}
	return terminal.Payment{Attempt: "a1", Amount: amount, Currency: terminal.KWD, Lang: "ar", Started: time.Now(), Before: before}
}

// test is one thing that every driver must do.
type test struct {
	name string
	slow bool // needs minutes
	run  func(*testing.T, Rig)
}

func check(t *testing.T, r terminal.Result, err error, want devices.Outcome, why terminal.Reason) {
	t.Helper()
	if (err != nil) != (want == devices.Unknown) {
		t.Fatalf("outcome %s with error %v", r.Outcome, err)
	}
	if r.Outcome != want || r.Reason != why {
		t.Fatalf("result %+v, want %s %s", r, want, why)
	}
}

func charged(t *testing.T, rig Rig, want int64) {
	t.Helper()
	if got := rig.Charged(); got != want {
		t.Fatalf("bank charged %d, want %d", got, want)
	}
}
