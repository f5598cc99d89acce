package zvtsim_test

import (
	"context"
	"flag"
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
		l.sim.ClearFaults()
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
		l.sim.ClearFaults() // a death that was meant for a longer dialogue
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
