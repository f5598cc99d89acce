package zvtsim_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"murur/devices"
	"murur/devices/terminal"
	"murur/devices/terminal/terminaltest"
	"murur/devices/terminal/zvt"
	"murur/devices/terminal/zvtsim"
	"murur/devices/transport"
)

var update = flag.Bool("update", false, "rewrite the golden transcripts")

// wireLog is what crosses the wire and what the kiosk hears, line by line.
type wireLog struct {
	mu    sync.Mutex
	start time.Time
	b     strings.Builder
	sim   *zvtsim.Terminal
}

// decides is a kiosk that takes its time.
func decides(d time.Duration, err error) terminaltest.Observer {
	return terminaltest.Observer{Approve: func(ctx context.Context, _ terminal.Result) error {
		select {
		case <-time.After(d):
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}}
}

func reverses(t *testing.T, x *wireLog, d *zvt.Driver, r terminal.Result) {
	x.line("reverse receipt %s", r.Mark.Receipt)
	x.result(d.Reverse(t.Context(), terminal.Reversal{Payment: r.Mark, Amount: r.Amount, Currency: r.Currency}))
}

func closesDay(t *testing.T, x *wireLog, d *zvt.Driver, _ terminal.Result) {
	x.line("end of day")
	b, err := d.EndOfDay(t.Context())
	if err != nil {
		t.Error(err)
	}
	n, sum := b.Sums()
	x.line("= %s, receipts %s to %s, total KD %d.%03d; groups: %d payments, KD %d.%03d", b.Outcome, b.First, b.Last,
		b.Total/1000, b.Total%1000, n, sum/1000, sum%1000)
	for _, k := range x.sim.Batches() {
		x.line("bank: batch %d, %d payments, KD %d.%03d", k.Number, k.Count, k.Sum/1000, k.Sum%1000)
	}
}

func (x *wireLog) line(format string, args ...any) {
	x.mu.Lock()
	defer x.mu.Unlock()
	fmt.Fprintf(&x.b, "%8.3f  ", time.Since(x.start).Seconds())
	fmt.Fprintf(&x.b, format+"\n", args...)
}

func (x *wireLog) frame(d transport.Direction, p []byte) { x.line("%c % X", d, p) }

// TestTranscripts plays payments on the wire and compares every byte with testdata.
func TestTranscripts(t *testing.T) {
	pauses := zvtsim.Pauses{Card: 4 * time.Second, PIN: 3 * time.Second, Host: 2 * time.Second, Remove: time.Second}
	for _, c := range []struct {
		name     string
		options  zvtsim.Options
		driver   zvt.Options
		customer zvtsim.Customer
		faults   []zvtsim.Fault
		observer terminaltest.Observer
		hold     time.Duration
		then     func(t *testing.T, x *wireLog, d *zvt.Driver, r terminal.Result)
	}{
		{name: "approved"},
		{name: "approved-tcp", options: zvtsim.Options{Framing: zvt.TCP}},
		{name: "declined", customer: zvtsim.Customer{Mode: zvtsim.Decline, Code: 0x33}},
		{name: "wrong-pin", customer: zvtsim.Customer{WrongPIN: 1}},
		{name: "cancelled", customer: zvtsim.Customer{Mode: zvtsim.Cancel}},
		{name: "nobody", customer: zvtsim.Customer{Mode: zvtsim.Absent}},
		{name: "not-saved", observer: terminaltest.Observer{Approve: func(context.Context, terminal.Result) error { return errors.New("disk is full") }}},
		{name: "other-currency", faults: []zvtsim.Fault{{Kind: zvtsim.OtherCurrency}}},
		{name: "dies-before-vote-reversed", options: zvtsim.Options{Policy: zvtsim.AR1},
			faults: []zvtsim.Fault{{Kind: zvtsim.DieReceiving, On: zvt.MsgStatusInfo}}},
		{name: "dies-before-vote-booked", options: zvtsim.Options{Policy: zvtsim.AR3},
			faults: []zvtsim.Fault{{Kind: zvtsim.DieReceiving, On: zvt.MsgStatusInfo}}},
		{name: "vote-not-heard", options: zvtsim.Options{Policy: zvtsim.AR1},
			faults: []zvtsim.Fault{{Kind: zvtsim.NoAck, On: zvt.MsgStatusInfo, Times: 3}}},
		{name: "held", hold: 10 * time.Second, observer: decides(5*time.Second, nil)},
		{name: "vote-no-after-hold", hold: 10 * time.Second, observer: decides(3500*time.Millisecond, errors.New("central refuses the record"))},
		{name: "held-too-long", hold: 4 * time.Second, observer: decides(time.Hour, nil)},
		{name: "no-answer", hold: 4 * time.Second, options: zvtsim.Options{Policy: zvtsim.AR1},
			faults: []zvtsim.Fault{{Kind: zvtsim.NoAck, On: zvt.MsgStatusInfo, Times: -1}}},
		{name: "reversal", then: reverses},
		{name: "reversal-interrupted", then: func(t *testing.T, x *wireLog, d *zvt.Driver, r terminal.Result) {
			x.sim.Inject(zvtsim.Fault{Kind: zvtsim.DieSending, On: zvt.MsgStatusInfo, Byte: 9})
			x.sim.SetPolicy(zvtsim.AR3)
			reverses(t, x, d, r)
			reverses(t, x, d, r)
		}},
		{name: "end-of-day", then: closesDay},
		{name: "end-of-day-differs", then: func(t *testing.T, x *wireLog, d *zvt.Driver, r terminal.Result) {
			x.sim.Inject(zvtsim.Fault{Kind: zvtsim.TotalsDiffer})
			closesDay(t, x, d, r)
		}},
		{name: "repeat-receipt", then: func(t *testing.T, x *wireLog, d *zvt.Driver, _ terminal.Result) {
			x.line("last transaction")
			m, err := d.Last(t.Context())
			x.line("= trace %s receipt %s terminal %s", m.Trace, m.Receipt, m.Terminal)
			if err != nil {
				t.Error(err)
			}
		}},
		{name: "slips", driver: zvt.Options{Columns: 42}},
		{name: "numbered", options: zvtsim.Options{Sequence: true}, driver: zvt.Options{Sequence: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				x := &wireLog{}
				c.options.Pauses, c.options.Seed, c.options.Location = pauses, 1, time.UTC
				sim := zvtsim.New(c.options)
				sim.SetCustomer(c.customer)
				sim.Transact(5_000, time.Now().Add(-time.Hour))
				x.sim = sim
				c.driver.Framing, c.driver.Trace, c.driver.Location = c.options.Framing, x.frame, time.UTC
				driver := zvt.New(sim.Opener(), c.driver)
				x.start = time.Now()
				p := terminaltest.Payment(t, driver, 35_000)
				p.Hold = c.hold
				for _, f := range c.faults {
					sim.Inject(f)
				}
				o := c.observer
				o.OnGuide = func(g terminal.Guidance) { x.line("  screen: %s", g) }
				x.line("pay KD 35.000, last transaction is %s", p.Before.Receipt)
				r, err := driver.Pay(t.Context(), p, &o)
				x.result(r, err)
				if r.Outcome == devices.Unknown {
					x.line("query")
					sim.ClearFaults()
					x.result(driver.Query(t.Context(), p))
				}
				if c.then != nil {
					c.then(t, x, driver, r)
				}
				driver.Close()
				for _, b := range sim.Book()[1:] {
					x.line("bank: %s KD %d.%03d, receipt %04d, vote %q", b.Fate, b.Amount/1000, b.Amount%1000, b.Receipt, b.Vote)
				}
				for _, v := range sim.Violations() {
					t.Errorf("violation: %s", v)
				}
				golden(t, filepath.Join("testdata", c.name+".txt"), x.b.String())
			})
		})
	}
}

func (x *wireLog) result(r terminal.Result, err error) {
	x.line("= %s %s code %q trace %s receipt %s %s %s", r.Outcome, r.Reason, r.Code, r.Mark.Trace, r.Mark.Receipt, r.Card, r.PAN)
	if err != nil {
		x.line("  %v", err)
	}
	for _, s := range r.Slips {
		x.line("  %s slip:", s.Kind)
		for _, l := range s.Lines {
			x.line("    | %s", l.Text)
		}
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s -want +got (rewrite with -update)\n%s", file, d)
	}
}
