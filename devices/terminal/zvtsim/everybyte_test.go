package zvtsim_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"murur/devices"
	"murur/devices/terminal"
	"murur/devices/terminal/terminaltest"
	"murur/devices/terminal/zvt"
	"murur/devices/terminal/zvtsim"
	"murur/devices/transport"
)

var stride = flag.Int("stride", 3, "check only every so many-th byte of the wire")

// settings are the ways in which a payment can be talked about.
var settings = []struct {
	name   string
	driver zvt.Options
	hold   time.Duration
}{
	{"serial", zvt.Options{}, 0},
	{"held", zvt.Options{}, 20 * time.Second},
	{"slips, numbered", zvt.Options{Columns: 42, Sequence: true}, 20 * time.Second},
	{"tcp", zvt.Options{Framing: zvt.TCP}, 20 * time.Second},
}

var policies = map[string]zvtsim.Policy{"reverses": zvtsim.AR1, "books": zvtsim.AR3, "declines": zvtsim.AR5}

// life is a kiosk with its terminal on a line that outlives both.
type life struct {
	t    *testing.T
	sim  *zvtsim.Terminal
	open transport.Opener
	o    zvt.Options
	end  func()
}

func newLife(t *testing.T, o zvt.Options, policy zvtsim.Policy) *life {
	sim := zvtsim.New(zvtsim.Options{Framing: o.Framing, Policy: policy, Sequence: true, Seed: 1,
		Pauses: zvtsim.Pauses{Card: time.Second, PIN: time.Second, Host: time.Second, Remove: time.Second}})
	sim.Transact(20_000, time.Now().Add(-time.Hour))
	l := &life{t: t, sim: sim, o: o, open: sim.Opener()}
	l.end = func() { <-time.After(time.Second) } // until the terminal has seen that its kiosk is gone
	if o.Framing != zvt.TCP {
		c := zvtsim.NewCable(sim)
		l.open, l.end = c.Open, c.Close
	}
	return l
}

// charged is what the bank took beyond the history.
func (l *life) charged() (sum int64) {
	for _, x := range l.sim.Book()[1:] {
		if x.Charged() {
			sum += x.Amount
		}
	}
	return sum
}

// proved holds a result against the book.
func (l *life) proved(r terminal.Result) {
	l.t.Helper()
	want := devices.Refused
	if l.charged() == 20_000 {
		want = devices.Confirmed
	}
	if r.Outcome != want || l.charged() > 20_000 {
		l.t.Errorf("outcome %+v, bank charged %d", r, l.charged())
	}
	l.clean()
}

// clean holds the kiosk to the protocol.
func (l *life) clean() {
	l.t.Helper()
	for _, v := range l.sim.Violations() {
		l.t.Errorf("violation: %s", v)
	}
}

// wireLength is how many bytes cross the wire in an undisturbed payment.
func wireLength(t *testing.T, o zvt.Options, hold time.Duration) (n int) {
	synctest.Test(t, func(t *testing.T) {
		l := newLife(t, o, zvtsim.AR1)
		defer l.end()
		d := zvt.New(l.open, o)
		defer d.Close()
		p := terminaltest.Payment(t, d, 20_000)
		p.Hold = hold
		in, out := l.sim.Traffic()
		r, err := d.Pay(t.Context(), p, slowly(hold))
		if err != nil {
			t.Fatal(err)
		}
		l.proved(r)
		in2, out2 := l.sim.Traffic()
		n = in2 - in + out2 - out
	})
	return n
}

// slowly is a kiosk that needs three seconds to decide, when it may.
func slowly(hold time.Duration) *terminaltest.Observer {
	o := &terminaltest.Observer{}
	if hold > 0 {
		o.Approve = func(ctx context.Context, _ terminal.Result) error {
			select {
			case <-time.After(3 * time.Second):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	return o
}

// everyByte runs body for the bytes of each setting's payment, under each policy.
func everyByte(t *testing.T, body func(t *testing.T, l *life, hold time.Duration, at int)) {
	for _, s := range settings {
		for name, policy := range policies {
			t.Run(s.name+", "+name, func(t *testing.T) {
				n := wireLength(t, s.driver, s.hold)
				for at := 1; at <= n; at += *stride {
					synctest.Test(t, func(t *testing.T) {
						l := newLife(t, s.driver, policy)
						defer l.end()
						body(t, l, s.hold, at)
					})
					if t.Failed() {
						t.Fatalf("at byte %d of %d", at, n)
					}
				}
			})
		}
	}
}

// TestTerminalDiesAtEveryByte cuts the terminal's power when any byte of the payment,
// of either side, has crossed the wire.
func TestTerminalDiesAtEveryByte(t *testing.T) {
	everyByte(t, func(t *testing.T, l *life, hold time.Duration, at int) {
		d := zvt.New(l.open, l.o)
		defer d.Close()
		p := terminaltest.Payment(t, d, 20_000)
		p.Hold = hold
		synctest.Wait() // until the terminal is idle
		l.sim.CutPowerAt(at)
		r, _ := d.Pay(t.Context(), p, slowly(hold))
		if r.Outcome == devices.Unknown {
			var err error
			if r, err = d.Query(t.Context(), p); err != nil {
				t.Errorf("Query: %v", err)
			}
		}
		l.proved(r)
	})
}

// TestKioskDiesAtEveryByte cuts the kiosk's power instead. The terminal goes on alone;
// another life of the kiosk finds out.
func TestKioskDiesAtEveryByte(t *testing.T) {
	everyByte(t, func(t *testing.T, l *life, hold time.Duration, at int) {
		var port transport.Stream
		first := zvt.New(func(ctx context.Context) (s transport.Stream, err error) {
			port, err = l.open(ctx)
			return port, err
		}, l.o)
		p := terminaltest.Payment(t, first, 20_000)
		p.Hold = hold
		synctest.Wait()
		l.sim.KillKioskAt(at, func() {
			port.Close()
			go first.Close()
		})
		first.Pay(t.Context(), p, slowly(hold))
		first.Close()
		second := zvt.New(l.open, l.o)
		defer second.Close()
		r, err := second.Query(t.Context(), p)
		if err != nil {
			t.Fatalf("Query: %v", err)
		}
		l.proved(r)
	})
}

// TestReversalDiesAtEveryByte cuts the terminal's power during a reversal: it is asked
// for again until it is proved, and the money is back once.
func TestReversalDiesAtEveryByte(t *testing.T) {
	everyByte(t, func(t *testing.T, l *life, _ time.Duration, at int) {
		d := zvt.New(l.open, l.o)
		defer d.Close()
		paid, err := d.Pay(t.Context(), terminaltest.Payment(t, d, 20_000), &terminaltest.Observer{})
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait() // until the terminal is idle
		l.sim.CutPowerAt(at)
		r := terminal.Reversal{Payment: paid.Mark, Amount: 20_000, Currency: terminal.KWD}
		for range 5 {
			res, err := d.Reverse(t.Context(), r)
			if res.Outcome == devices.Confirmed {
				if l.charged() != 0 || err != nil {
					t.Errorf("%+v, %v; bank charged %d", res, err, l.charged())
				}
				l.clean()
				return
			}
		}
		t.Error("never proved")
	})
}

// TestKioskDiesReversing cuts the kiosk's power during a reversal; its next life asks
// again until it is proved.
func TestKioskDiesReversing(t *testing.T) {
	everyByte(t, func(t *testing.T, l *life, _ time.Duration, at int) {
		var port transport.Stream
		first := zvt.New(func(ctx context.Context) (s transport.Stream, err error) {
			port, err = l.open(ctx)
			return port, err
		}, l.o)
		paid, err := first.Pay(t.Context(), terminaltest.Payment(t, first, 20_000), &terminaltest.Observer{})
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		l.sim.KillKioskAt(at, func() {
			port.Close()
			go first.Close()
		})
		r := terminal.Reversal{Payment: paid.Mark, Amount: 20_000, Currency: terminal.KWD}
		first.Reverse(t.Context(), r)
		first.Close()
		second := zvt.New(l.open, l.o)
		defer second.Close()
		for range 3 {
			res, err := second.Reverse(t.Context(), r)
			if res.Outcome == devices.Confirmed {
				if l.charged() != 0 || err != nil {
					t.Errorf("%+v, %v; bank charged %d", res, err, l.charged())
				}
				l.clean()
				return
			}
		}
		t.Error("never proved")
	})
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
