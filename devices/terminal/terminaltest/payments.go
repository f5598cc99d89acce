package terminaltest

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"murur/devices"
	"murur/devices/terminal"
)

var errDisk = errors.New("disk is full")

var payments = []test{
	{"approved", false, func(t *testing.T, rig Rig) {
		rig.Approve()
		p := Payment(t, rig.Terminal, 35_000)
		o := &Observer{}
		r, err := rig.Terminal.Pay(t.Context(), p, o)
		check(t, r, err, devices.Confirmed, "")
		charged(t, rig, 35_000)
		whole := r
		r.Slips = nil // may come behind the approval
		if len(o.Results) != 1 || !reflect.DeepEqual(o.Results[0], r) {
			t.Errorf("Approved was told %+v, Pay returned %+v", o.Results, whole)
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
