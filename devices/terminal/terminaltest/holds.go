package terminaltest

import (
	"context"
	"testing"
	"time"

	"murur/devices"
	"murur/devices/terminal"
)

// holds are what becomes of an approval while the kiosk decides. Drivers that cannot
// hold are only asked to vote in time.
var holds = []test{
	{"held, then committed", true, func(t *testing.T, rig Rig) {
		r, err := held(t, rig, 30*time.Second, after(11*time.Second, nil))
		check(t, r, err, devices.Confirmed, "")
		charged(t, rig, 20_000)
	}},
	{"held, then failed", true, func(t *testing.T, rig Rig) {
		r, err := held(t, rig, 30*time.Second, after(7*time.Second, errDisk))
		check(t, r, err, devices.Refused, terminal.ReasonNotSaved)
		charged(t, rig, 0)
	}},
	{"held too long", true, func(t *testing.T, rig Rig) {
		r, err := held(t, rig, 9*time.Second, func(ctx context.Context, _ terminal.Result) error {
			<-ctx.Done()
			return ctx.Err()
		})
		check(t, r, err, devices.Refused, terminal.ReasonNotSaved)
		charged(t, rig, 0)
	}},
	{"committed too late", true, func(t *testing.T, rig Rig) {
		r, err := held(t, rig, 9*time.Second, func(ctx context.Context, _ terminal.Result) error {
			<-ctx.Done()
			return nil
		})
		check(t, r, err, devices.Refused, terminal.ReasonNotSaved)
		charged(t, rig, 0)
	}},
	{"slow without a hold", true, func(t *testing.T, rig Rig) {
		rig.Approve()
		p := Payment(t, rig.Terminal, 20_000)
		r, err := rig.Terminal.Pay(t.Context(), p, &Observer{Approve: after(5*time.Second, nil)})
		check(t, r, err, devices.Confirmed, "")
		charged(t, rig, 20_000)
	}},
	{"too slow without a hold", true, func(t *testing.T, rig Rig) {
		rig.Approve()
		p := Payment(t, rig.Terminal, 20_000)
		r, err := rig.Terminal.Pay(t.Context(), p, &Observer{Approve: func(ctx context.Context, _ terminal.Result) error {
			<-ctx.Done()
			return nil
		}})
		check(t, r, err, devices.Refused, terminal.ReasonNotSaved)
		charged(t, rig, 0)
	}},
}

// held pays 20.000 with a hold agreed.
func held(t *testing.T, rig Rig, hold time.Duration, decide func(context.Context, terminal.Result) error) (terminal.Result, error) {
	if rig.Terminal.Capabilities().Hold < hold {
		t.Skip("driver cannot hold an approval")
	}
	rig.Approve()
	p := Payment(t, rig.Terminal, 20_000)
	p.Hold = hold
	o := &Observer{Approve: decide}
	r, err := rig.Terminal.Pay(t.Context(), p, o)
	if len(o.Results) != 1 {
		t.Errorf("Approved was told %d times", len(o.Results))
	}
	return r, err
}

// after decides when d has passed.
func after(d time.Duration, err error) func(context.Context, terminal.Result) error {
	return func(ctx context.Context, _ terminal.Result) error {
		select {
		case <-time.After(d):
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
