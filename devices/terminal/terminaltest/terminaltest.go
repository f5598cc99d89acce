// Package terminaltest is what every payment terminal driver must do, whatever it
// speaks: a suite that runs a driver against the simulated far side of its wire.
package terminaltest

import (
	"context"
	"errors"
	"reflect"
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
	for _, c := range cases {
		if s.Real && c.slow {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			body := func(t *testing.T) {
				rig := s.New(t)
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

var errDisk = errors.New("disk is full")

var cases = []struct {
	name string
	slow bool
	run  func(*testing.T, Rig)
}{
	{"approved", false, func(t *testing.T, rig Rig) {
		rig.Approve()
		p := Payment(t, rig.Terminal, 35_000)
		o := &Observer{}
		r, err := rig.Terminal.Pay(t.Context(), p, o)
		check(t, r, err, devices.Confirmed, "")
		charged(t, rig, 35_000)
		if len(o.Results) != 1 || !reflect.DeepEqual(o.Results[0], r) {
			t.Errorf("Approved was told %+v, Pay returned %+v", o.Results, r)
		}
		if r.Amount != 35_000 || r.Currency != terminal.KWD || r.Mark == p.Before || r.Card == "" || r.At.IsZero() {
			t.Errorf("result is not complete: %+v", r)
		}
		if after, err := rig.Terminal.Last(t.Context()); err != nil || after != r.Mark {
			t.Errorf("Last = %+v, %v; want %+v", after, err, r.Mark)
		}
	}},
	{"declined", false, func(t *testing.T, rig Rig) {
		rig.Decline()
		r, err := rig.Terminal.Pay(t.Context(), Payment(t, rig.Terminal, 20_000), &Observer{})
		check(t, r, err, devices.Refused, terminal.ReasonDeclined)
		charged(t, rig, 0)
	}},
	{"cancelled at the terminal", false, func(t *testing.T, rig Rig) {
		rig.Cancel()
		r, err := rig.Terminal.Pay(t.Context(), Payment(t, rig.Terminal, 20_000), &Observer{})
		check(t, r, err, devices.Refused, terminal.ReasonCancelled)
		charged(t, rig, 0)
	}},
	{"guidance", false, func(t *testing.T, rig Rig) {
		rig.Wait()
		o := &Observer{OnGuide: func(g terminal.Guidance) {
			if g == terminal.GuideInsertCard {
				rig.Tap()
			}
		}}
		r, err := rig.Terminal.Pay(t.Context(), Payment(t, rig.Terminal, 1_010), o)
		check(t, r, err, devices.Confirmed, "")
		want := []terminal.Guidance{terminal.GuideInsertCard, terminal.GuideEnterPIN, terminal.GuideWait, terminal.GuideRemoveCard}
		i := 0
		for _, g := range o.Guides {
			if i < len(want) && g == want[i] {
				i++
			}
		}
		if i < len(want) {
			t.Errorf("guidance %v, want %v within", o.Guides, want)
		}
	}},
	{"saved before the vote", false, func(t *testing.T, rig Rig) {
		rig.Approve()
		o := &Observer{Approve: func(context.Context, terminal.Result) error { return errDisk }}
		r, err := rig.Terminal.Pay(t.Context(), Payment(t, rig.Terminal, 20_000), o)
		check(t, r, err, devices.Refused, terminal.ReasonNotSaved)
		charged(t, rig, 0)
	}},
	{"other amount", false, func(t *testing.T, rig Rig) {
		rig.Approve()
		rig.OtherAmount()
		o := &Observer{}
		r, err := rig.Terminal.Pay(t.Context(), Payment(t, rig.Terminal, 20_000), o)
		check(t, r, err, devices.Refused, terminal.ReasonMismatch)
		charged(t, rig, 0)
		if len(o.Results) != 0 {
			t.Errorf("Approved was told %+v", o.Results)
		}
	}},
	{"no currency", false, func(t *testing.T, rig Rig) {
		rig.Approve()
		rig.NoCurrency()
		r, err := rig.Terminal.Pay(t.Context(), Payment(t, rig.Terminal, 20_000), &Observer{})
		check(t, r, err, devices.Refused, terminal.ReasonMismatch)
		charged(t, rig, 0)
	}},
	{"kiosk gives up waiting", false, func(t *testing.T, rig Rig) {
		rig.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		o := &Observer{OnGuide: func(g terminal.Guidance) {
			if g == terminal.GuideInsertCard {
				cancel()
			}
		}}
		r, err := rig.Terminal.Pay(ctx, Payment(t, rig.Terminal, 20_000), o)
		check(t, r, err, devices.Refused, terminal.ReasonCancelled)
		charged(t, rig, 0)
	}},
	{"abort", false, func(t *testing.T, rig Rig) {
		rig.Wait()
		o := &Observer{OnGuide: func(g terminal.Guidance) {
			if g == terminal.GuideInsertCard {
				if err := rig.Terminal.Abort(t.Context()); err != nil {
					t.Errorf("Abort: %v", err)
				}
			}
		}}
		r, err := rig.Terminal.Pay(t.Context(), Payment(t, rig.Terminal, 20_000), o)
		check(t, r, err, devices.Refused, terminal.ReasonCancelled)
		charged(t, rig, 0)
	}},
	{"abort comes too late", false, func(t *testing.T, rig Rig) {
		rig.Approve()
		o := &Observer{Approve: func(context.Context, terminal.Result) error { return rig.Terminal.Abort(t.Context()) }}
		r, err := rig.Terminal.Pay(t.Context(), Payment(t, rig.Terminal, 20_000), o)
		check(t, r, err, devices.Confirmed, "")
		charged(t, rig, 20_000)
	}},
	{"dies before the vote, undone", true, func(t *testing.T, rig Rig) { dies(t, rig, false) }},
	{"dies before the vote, stands", true, func(t *testing.T, rig Rig) { dies(t, rig, true) }},
	{"never sent", true, func(t *testing.T, rig Rig) {
		p := Payment(t, rig.Terminal, 20_000)
		r, err := rig.Terminal.Query(t.Context(), p)
		check(t, r, err, devices.Refused, terminal.ReasonNotBooked)
	}},
	{"query of a confirmed payment", true, func(t *testing.T, rig Rig) {
		rig.Approve()
		p := Payment(t, rig.Terminal, 20_000)
		paid, err := rig.Terminal.Pay(t.Context(), p, &Observer{})
		check(t, paid, err, devices.Confirmed, "")
		r, err := rig.Terminal.Query(t.Context(), p)
		check(t, r, err, devices.Confirmed, "")
		if r.Mark != paid.Mark {
			t.Errorf("Query found %+v, Pay %+v", r.Mark, paid.Mark)
		}
		charged(t, rig, 20_000)
	}},
	{"impossible amount", false, func(t *testing.T, rig Rig) {
		for _, amount := range []int64{0, -1} {
			p := terminal.Payment{Amount: amount, Currency: terminal.KWD}
			if r, err := rig.Terminal.Pay(t.Context(), p, &Observer{}); err == nil || r.Outcome != devices.Refused {
				t.Errorf("payment of %d: %+v, %v", amount, r, err)
			}
		}
		charged(t, rig, 0)
	}},
	{"status", false, func(t *testing.T, rig Rig) {
		st, err := rig.Terminal.Status(t.Context())
		if err != nil || !st.Ready() {
			t.Errorf("Status = %+v, %v", st, err)
		}
	}},
	{"unplugged", true, func(t *testing.T, rig Rig) {
		if _, err := rig.Terminal.Status(t.Context()); err != nil {
			t.Fatal(err)
		}
		p := Payment(t, rig.Terminal, 20_000)
		rig.Unplug()
		st, err := rig.Terminal.Status(t.Context())
		if !errors.Is(err, devices.ErrLink) || st.Link == devices.Online {
			t.Errorf("Status = %+v, %v", st, err)
		}
		if r, err := rig.Terminal.Pay(t.Context(), p, &Observer{}); err == nil || r.Outcome != devices.Refused {
			t.Errorf("Pay = %+v, %v; nothing was sent", r, err)
		}
		if r, err := rig.Terminal.Query(t.Context(), p); err == nil || r.Outcome != devices.Unknown {
			t.Errorf("Query = %+v, %v", r, err)
		}
	}},
	{"one call at a time", true, func(t *testing.T, rig Rig) {
		rig.Wait()
		p := Payment(t, rig.Terminal, 20_000)
		done := make(chan error, 1)
		waiting := make(chan struct{})
		o := &Observer{OnGuide: func(g terminal.Guidance) {
			if g == terminal.GuideInsertCard {
				close(waiting)
			}
		}}
		go func() {
			_, err := rig.Terminal.Pay(t.Context(), p, o)
			done <- err
		}()
		<-waiting
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := rig.Terminal.Status(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Status during Pay: %v", err)
		}
		rig.Tap()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}},
	{"closed during a payment", true, func(t *testing.T, rig Rig) {
		rig.Wait()
		o := &Observer{OnGuide: func(g terminal.Guidance) {
			if g == terminal.GuideInsertCard {
				go rig.Terminal.Close()
			}
		}}
		r, err := rig.Terminal.Pay(t.Context(), Payment(t, rig.Terminal, 20_000), o)
		check(t, r, err, devices.Unknown, "")
		charged(t, rig, 0)
	}},
}

func dies(t *testing.T, rig Rig, stands bool) {
	rig.Approve()
	p := Payment(t, rig.Terminal, 20_000)
	rig.DieBeforeVote(stands)
	o := &Observer{}
	r, err := rig.Terminal.Pay(t.Context(), p, o)
	check(t, r, err, devices.Unknown, "")
	if len(o.Results) != 1 {
		t.Errorf("Approved was told %d times", len(o.Results))
	}
	r, err = rig.Terminal.Query(t.Context(), p)
	if stands {
		check(t, r, err, devices.Confirmed, "")
		charged(t, rig, 20_000)
		return
	}
	check(t, r, err, devices.Refused, terminal.ReasonNotBooked)
	charged(t, rig, 0)
}
