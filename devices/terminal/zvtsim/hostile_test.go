package zvtsim_test

import (
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

// truth runs one payment on a terminal with a history, asks what became of it when
// that is unknown, and holds the answer against the bank's book.
func truth(t *testing.T, o zvtsim.Options, faults ...zvtsim.Fault) (first, last terminal.Result) {
	t.Helper()
	sim := zvtsim.New(o)
	sim.Transact(20_000, time.Now().Add(-time.Hour))
	open := sim.Opener()
	if o.Framing != zvt.TCP {
		c := zvtsim.NewCable(sim)
		defer c.Close()
		open = c.Open
	}
	driver := zvt.New(open, zvt.Options{Framing: o.Framing})
	defer driver.Close()
	p := terminaltest.Payment(t, driver, 20_000)
	for _, f := range faults {
		sim.Inject(f)
	}
	observer := &terminaltest.Observer{}
	r, err := driver.Pay(t.Context(), p, observer)
	first = r
	if len(observer.Results) > 1 || r.Outcome == devices.Confirmed && len(observer.Results) == 0 {
		t.Errorf("Approved was told %+v", observer.Results)
	}
	if err != nil && r.Outcome == devices.Unknown {
		if r, err = driver.Query(t.Context(), p); err != nil {
			t.Errorf("Query: %v", err)
		}
	}
	var charged int64
	for _, x := range sim.Book()[1:] {
		if x.Charged() {
			charged += x.Amount
		}
	}
	want := devices.Refused
	if charged == 20_000 {
		want = devices.Confirmed
	}
	if r.Outcome != want || charged > 20_000 {
		t.Errorf("outcome %+v, bank charged %d", r, charged)
	}
	for _, v := range sim.Violations() {
		t.Errorf("violation: %s", v)
	}
	return first, r
}

// messages of a payment, in their order on the wire.
var messages = []zvt.Command{zvt.CmdPay, zvt.MsgIntermediate, zvt.MsgStatusInfo, zvt.MsgCompletion}

func TestLineFaults(t *testing.T) {
	const harmless = devices.Confirmed
	for _, c := range []struct {
		fault zvtsim.Fault
		want  devices.Outcome // of Pay; empty where it depends on the message
	}{
		{zvtsim.Fault{Kind: zvtsim.NoAck}, harmless},
		{zvtsim.Fault{Kind: zvtsim.NoAck, Times: 2}, harmless},
		{zvtsim.Fault{Kind: zvtsim.NoAck, Times: 3}, devices.Unknown},
		{zvtsim.Fault{Kind: zvtsim.LostAck}, harmless},
		{zvtsim.Fault{Kind: zvtsim.Nak}, harmless},
		{zvtsim.Fault{Kind: zvtsim.Nak, Times: 2}, harmless},
		{zvtsim.Fault{Kind: zvtsim.Nak, Times: 3}, ""},
		{zvtsim.Fault{Kind: zvtsim.NoAnswer}, ""},
		{zvtsim.Fault{Kind: zvtsim.BadCRC}, harmless},
		{zvtsim.Fault{Kind: zvtsim.BadCRC, Times: 2}, harmless},
		{zvtsim.Fault{Kind: zvtsim.BadCRC, Times: 3}, devices.Unknown},
		{zvtsim.Fault{Kind: zvtsim.Garbage}, harmless},
		{zvtsim.Fault{Kind: zvtsim.Bytewise}, harmless},
		{zvtsim.Fault{Kind: zvtsim.Gap, Delay: 150 * time.Millisecond}, harmless},
		{zvtsim.Fault{Kind: zvtsim.Gap, Delay: 250 * time.Millisecond}, ""},
		{zvtsim.Fault{Kind: zvtsim.Late, Delay: 4 * time.Second}, harmless},
		{zvtsim.Fault{Kind: zvtsim.Late, Delay: 6 * time.Second}, ""},
		{zvtsim.Fault{Kind: zvtsim.Truncate, Byte: 1}, harmless},
		{zvtsim.Fault{Kind: zvtsim.Truncate, Byte: 5}, harmless},
	} {
		for _, on := range messages {
			f := c.fault
			f.On = on
			t.Run(fmt.Sprintf("%s×%d %v at %v", f.Kind, f.Times, f.Delay, on), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					r, _ := truth(t, zvtsim.Options{Seed: 1}, f)
					// An answer repeated after T2 is too late for a T3 that is no longer.
					late := f.Kind == zvtsim.NoAck && on != zvt.CmdPay
					if c.want != "" && r.Outcome != c.want && on != zvt.MsgCompletion && !late {
						t.Errorf("Pay: %+v, want %s", r, c.want)
					}
				})
			})
		}
	}
}

func TestResultFaults(t *testing.T) {
	for _, c := range []struct {
		kind zvtsim.Kind
		want devices.Outcome
		why  terminal.Reason
	}{
		{zvtsim.OtherAmount, devices.Refused, terminal.ReasonMismatch},
		{zvtsim.OtherCurrency, devices.Refused, terminal.ReasonMismatch},
		{zvtsim.NoCurrency, devices.Refused, terminal.ReasonMismatch},
		{zvtsim.UnknownFirst, devices.Refused, terminal.ReasonMismatch},
		{zvtsim.UnknownLast, devices.Confirmed, ""},
		{zvtsim.ResultTwice, devices.Confirmed, ""},
		{zvtsim.PreviousResult, devices.Confirmed, ""},
		{zvtsim.FailsAfterVote, devices.Refused, terminal.ReasonNotBooked},
	} {
		t.Run(string(c.kind), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, r := truth(t, zvtsim.Options{Seed: 3}, zvtsim.Fault{Kind: c.kind})
				if r.Outcome != c.want || r.Reason != c.why {
					t.Errorf("result %+v", r)
				}
			})
		})
	}
}
