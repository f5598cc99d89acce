package zvtsim_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"murur/devices"
	"murur/devices/terminal"
	"murur/devices/terminal/terminaltest"
	"murur/devices/terminal/zvt"
	"murur/devices/terminal/zvtsim"
)

// TestReversalOfSomethingElse: a terminal that undoes another amount than it was asked
// to does not get the kiosk's consent, and nobody claims to know what it did.
func TestReversalOfSomethingElse(t *testing.T) {
	for _, lie := range []zvtsim.Kind{zvtsim.OtherAmount, zvtsim.OtherCurrency} {
		synctest.Test(t, func(t *testing.T) {
			l := newLife(t, zvt.Options{}, zvtsim.AR1)
			defer l.end()
			d := zvt.New(l.open, zvt.Options{})
			defer d.Close()
			paid, err := d.Pay(t.Context(), terminaltest.Payment(t, d, 20_000), &terminaltest.Observer{})
			if err != nil {
				t.Fatal(err)
			}
			l.sim.Inject(zvtsim.Fault{Kind: lie, On: zvt.MsgStatusInfo})
			res, err := d.Reverse(t.Context(), terminal.Reversal{Payment: paid.Mark, Amount: 20_000, Currency: terminal.KWD})
			if err == nil || res.Outcome != devices.Unknown || l.charged() != 20_000 {
				t.Errorf("%s: %+v, %v; bank charged %d", lie, res, err, l.charged())
			}
			l.clean()
		})
	}
}

// TestRepeatsAreAnsweredOnce: a second answer to a repeated message would be the
// terminal's answer to its next one, and in the end a vote that nobody gave.
func TestRepeatsAreAnsweredOnce(t *testing.T) {
	for _, on := range []zvt.Command{zvt.MsgIntermediate, zvt.CmdPay, zvt.MsgStatusInfo} {
		for _, s := range settings {
			t.Run(fmt.Sprintf("%v, %s", on, s.name), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					sim := zvtsim.New(zvtsim.Options{Framing: s.driver.Framing, Sequence: true})
					sim.Transact(20_000, time.Now().Add(-time.Hour))
					d := zvt.New(sim.Opener(), s.driver)
					defer d.Close()
					p := terminaltest.Payment(t, d, 20_000)
					synctest.Wait()
					sim.Inject(zvtsim.Fault{Kind: zvtsim.Duplicate, On: on})
					r, err := d.Pay(t.Context(), p, &terminaltest.Observer{
						Approve: func(context.Context, terminal.Result) error { return errors.New("disk is full") },
					})
					if r.Outcome == devices.Unknown {
						r, err = d.Query(t.Context(), p)
					}
					if err != nil || r.Outcome != devices.Refused {
						t.Errorf("%+v, %v", r, err)
					}
					if book := sim.Book(); book[len(book)-1].Charged() {
						t.Errorf("charged by nobody's vote: %+v", book[len(book)-1])
					}
				})
			})
		}
	}
}

// TestOldResultBetweenCalls: a terminal that repeats what was booked long ago must not
// hear "no".
func TestOldResultBetweenCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLife(t, zvt.Options{}, zvtsim.AR1)
		defer l.end()
		d := zvt.New(l.open, zvt.Options{})
		defer d.Close()
		l.sim.Inject(zvtsim.Fault{Kind: zvtsim.LateResult, On: zvt.MsgCompletion, Skip: 1})
		if _, err := d.Last(t.Context()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if len(l.sim.Faults()) != 0 {
			t.Error("nothing came late")
		}
		l.clean()
	})
}

// TestMoreWays plays what customers, terminals and lines do beside dying; whatever it
// is, the kiosk knows in the end what the bank knows.
func TestMoreWays(t *testing.T) {
	at := func(k zvtsim.Kind, on zvt.Command) []zvtsim.Fault { return []zvtsim.Fault{{Kind: k, On: on}} }
	for _, c := range []struct {
		name     string
		customer zvtsim.Customer
		faults   []zvtsim.Fault
		options  zvtsim.Options
		want     devices.Outcome
		why      terminal.Reason
	}{
		{name: "card removed", customer: zvtsim.Customer{Mode: zvtsim.Removes}, want: devices.Refused, why: terminal.ReasonCard},
		{name: "cancelled as the bank approves", customer: zvtsim.Customer{Mode: zvtsim.CancelsLate}, want: devices.Refused, why: terminal.ReasonCancelled},
		{name: "terminal without a hold", options: zvtsim.Options{NoHold: true}, want: devices.Refused},
		{name: "prints before the result", faults: at(zvtsim.Prints, zvt.MsgStatusInfo), want: devices.Confirmed},
		{name: "prints before the end", faults: at(zvtsim.Prints, zvt.MsgCompletion), want: devices.Confirmed},
		{name: "guidance twice", faults: at(zvtsim.Duplicate, zvt.MsgIntermediate), want: devices.Confirmed},
		{name: "result twice", faults: at(zvtsim.Duplicate, zvt.MsgStatusInfo), want: devices.Confirmed},
		{name: "end twice", faults: at(zvtsim.Duplicate, zvt.MsgCompletion), want: devices.Confirmed},
		{name: "answer twice", faults: at(zvtsim.Duplicate, zvt.CmdPay), want: devices.Confirmed},
		{name: "guidance after the end", faults: at(zvtsim.LateStatus, zvt.MsgCompletion), want: devices.Confirmed},
		{name: "result after the end", faults: at(zvtsim.LateResult, zvt.MsgCompletion), want: devices.Confirmed},
		{name: "result of the payment before", faults: at(zvtsim.PreviousResult, zvt.MsgStatusInfo), want: devices.Confirmed},
		{name: "unknown bitmap behind", faults: at(zvtsim.UnknownLast, zvt.MsgStatusInfo), want: devices.Confirmed},
		{name: "unknown bitmap first", faults: at(zvtsim.UnknownFirst, zvt.MsgStatusInfo), want: devices.Refused, why: terminal.ReasonMismatch},
	} {
		for _, s := range settings {
			t.Run(c.name+", "+s.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c.options.Framing, c.options.Sequence, c.options.Seed = s.driver.Framing, true, 4
					sim := zvtsim.New(c.options)
					sim.Transact(20_000, time.Now().Add(-time.Hour))
					sim.SetCustomer(c.customer)
					l := &life{t: t, sim: sim}
					d := zvt.New(sim.Opener(), s.driver)
					defer d.Close()
					p := terminaltest.Payment(t, d, 20_000)
					p.Hold = s.hold
					synctest.Wait() // until the terminal is idle
					for _, f := range c.faults {
						sim.Inject(f)
					}
					r, err := d.Pay(t.Context(), p, slowly(s.hold))
					if r.Outcome == devices.Unknown {
						r, err = d.Query(t.Context(), p)
					}
					l.proved(r)
					want := c.want
					if c.options.NoHold && s.hold == 0 {
						want = devices.Confirmed
					}
					if err != nil || r.Outcome != want || c.why != "" && r.Reason != c.why {
						t.Errorf("%+v, %v", r, err)
					}
					synctest.Wait() // late frames are answered
					again, err := d.Pay(t.Context(), p, slowly(s.hold))
					if c.faults != nil {
						want = devices.Confirmed
					}
					if err != nil || again.Outcome != want {
						t.Errorf("the next payment: %+v, %v", again, err)
					}
				})
			})
		}
	}
}

// TestTokens is the cure and the poison of 1F1F: a token from before an unknown payment
// makes the terminal undo it; a stale one undoes a good payment.
func TestTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := zvtsim.New(zvtsim.Options{Policy: zvtsim.AR3})
		d := zvt.New(sim.Opener(), zvt.Options{Tokens: true})
		defer d.Close()
		pay := func(token string, faults ...zvtsim.Fault) (terminal.Result, error) {
			p := terminaltest.Payment(t, d, 20_000)
			p.Token = token
			synctest.Wait()
			for _, f := range faults {
				sim.Inject(f)
			}
			return d.Pay(t.Context(), p, &terminaltest.Observer{})
		}
		first, err := pay("")
		if err != nil {
			t.Fatal(err)
		}
		dies := zvtsim.Fault{Kind: zvtsim.DieReceiving, On: zvt.MsgStatusInfo}
		if lost, err := pay(first.Token, dies); err == nil || lost.Outcome != devices.Unknown {
			t.Fatalf("%+v, %v", lost, err)
		}
		if book := sim.Book(); book[1].Fate != zvtsim.Booked {
			t.Fatalf("the lost payment is %s", book[1].Fate)
		}
		if _, err := pay(first.Token); err != nil { // the kiosk never settled the lost one
			t.Fatal(err)
		}
		book := sim.Book()
		if book[1].Undone != "1F1F" || book[0].Fate != zvtsim.Booked || book[2].Fate != zvtsim.Booked {
			t.Errorf("book %+v", book)
		}
	})
}

// TestEndOfDayFaults: what the terminal said is reported as it was said, and what it
// did not say is not made up.
func TestEndOfDayFaults(t *testing.T) {
	for _, c := range []struct {
		kind zvtsim.Kind
		on   zvt.Command
		want devices.Outcome
		ok   func(terminal.Batch) bool
	}{
		{zvtsim.TotalsDiffer, zvt.MsgStatusInfo, devices.Confirmed, func(b terminal.Batch) bool { return b.Total == 21_000 }},
		{zvtsim.TotalsContradict, zvt.MsgStatusInfo, devices.Confirmed, func(b terminal.Batch) bool {
			_, sum := b.Sums()
			return b.Total == 20_000 && sum == 21_000
		}},
		{zvtsim.TotalsDamaged, zvt.MsgStatusInfo, devices.Confirmed, func(b terminal.Batch) bool { return b.Total == 20_000 && b.Groups == nil }},
		{zvtsim.RestartsAfterDay, zvt.CmdEndOfDay, devices.Confirmed, func(b terminal.Batch) bool { return b.Away && b.Total == 20_000 }},
		{zvtsim.DieSending, zvt.MsgStatusInfo, devices.Unknown, func(b terminal.Batch) bool { return b.Total == 0 }},
		{zvtsim.DieReceiving, zvt.MsgCompletion, devices.Confirmed, func(b terminal.Batch) bool { return b.Total == 20_000 }},
		{zvtsim.DieReceiving, zvt.CmdEndOfDay, devices.Unknown, func(b terminal.Batch) bool { return b.Total == 0 }},
	} {
		t.Run(fmt.Sprintf("%s at %v", c.kind, c.on), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sim := zvtsim.New(zvtsim.Options{})
				sim.SetStatus(0xF0)
				d := zvt.New(sim.Opener(), zvt.Options{})
				defer d.Close()
				if due, err := d.Due(t.Context()); err != nil || len(due) != 1 || due[0] != terminal.JobEndOfDay {
					t.Errorf("due %v, %v", due, err)
				}
				sim.Transact(20_000, time.Now())
				synctest.Wait()
				sim.Inject(zvtsim.Fault{Kind: c.kind, On: c.on})
				b, err := d.EndOfDay(t.Context())
				if b.Outcome != c.want || !c.ok(b) || b.Outcome == devices.Unknown && err == nil {
					t.Errorf("%+v, %v", b, err)
				}
				if c.want == devices.Unknown && !errors.Is(err, devices.ErrLink) {
					t.Error(err)
				}
			})
		})
	}
}
