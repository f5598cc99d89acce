package zvtsim_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"murur/devices/terminal"
	"murur/devices/terminal/terminaltest"
	"murur/devices/terminal/zvt"
	"murur/devices/terminal/zvtsim"
	"murur/devices/transport"
)

// rig joins a driver and a terminal in memory.
func rig(o zvt.Options) func(*testing.T) terminaltest.Rig {
	return func(t *testing.T) terminaltest.Rig {
		sim := zvtsim.New(zvtsim.Options{Framing: o.Framing, Seed: 7, Sequence: true, FastLine: true})
		if o.Fast != nil {
			o.Fast = sim.OpenerAt(115200)
			return newRig(sim, o, sim.OpenerAt(9600))
		}
		return newRig(sim, o, sim.Opener())
	}
}

var errUnplugged = errors.New("no such device")

func newRig(sim *zvtsim.Terminal, o zvt.Options, open transport.Opener) terminaltest.Rig {
	var unplugged atomic.Bool
	opener := func(ctx context.Context) (transport.Stream, error) {
		if unplugged.Load() {
			return nil, errUnplugged
		}
		return open(ctx)
	}
	if fast := o.Fast; fast != nil {
		o.Fast = func(ctx context.Context) (transport.Stream, error) {
			if unplugged.Load() {
				return nil, errUnplugged
			}
			return fast(ctx)
		}
	}
	driver := zvt.New(opener, o)
	customer := func(c zvtsim.Customer) func() { return func() { sim.SetCustomer(c) } }
	fault := func(f zvtsim.Fault) func() { return func() { sim.Inject(f) } }
	return terminaltest.Rig{
		Terminal: driver,
		Approve:  customer(zvtsim.Customer{Mode: zvtsim.Approve}),
		Decline:  customer(zvtsim.Customer{Mode: zvtsim.Decline}),
		Cancel:   customer(zvtsim.Customer{Mode: zvtsim.Cancel}),
		Wait:     customer(zvtsim.Customer{Mode: zvtsim.Manual}),
		Tap:      sim.Tap,
		Charged: func() (sum int64) {
			for _, x := range sim.Book() {
				if x.Charged() {
					sum += x.Amount
				}
			}
			return sum
		},
		OtherAmount: fault(zvtsim.Fault{Kind: zvtsim.OtherAmount}),
		NoCurrency:  fault(zvtsim.Fault{Kind: zvtsim.NoCurrency}),
		DieBeforeVote: func(stands bool) {
			sim.SetPolicy(zvtsim.AR1)
			if stands {
				sim.SetPolicy(zvtsim.AR3)
			}
			sim.Inject(zvtsim.Fault{Kind: zvtsim.DieReceiving, On: zvt.MsgStatusInfo})
		},
		DieBeforeReversed: func(undone bool) {
			sim.SetPolicy(zvtsim.AR1)
			if undone {
				sim.SetPolicy(zvtsim.AR3)
			}
			sim.Inject(zvtsim.Fault{Kind: zvtsim.DieReceiving, On: zvt.MsgStatusInfo})
		},
		Bank:        func(up bool) { sim.SetOffline(!up) },
		WrongTotals: fault(zvtsim.Fault{Kind: zvtsim.TotalsDiffer}),
		JobDue: func(j terminal.Job) {
			sim.SetStatus(map[terminal.Job]byte{
				terminal.JobDiagnosis: 0xC2, terminal.JobInitialise: 0x51, terminal.JobClock: 0x62, terminal.JobEndOfDay: 0xF0,
			}[j])
		},
		Unplug: func() {
			unplugged.Store(true)
			sim.CutPower()
			synctest.Wait() // until it has lost its power
		},
		Violations: sim.Violations,
	}
}

func TestConformance(t *testing.T) {
	for name, o := range map[string]zvt.Options{
		"serial":   {Framing: zvt.Serial},
		"tcp":      {Framing: zvt.TCP},
		"numbered": {Framing: zvt.Serial, Sequence: true},
		"tokens":   {Framing: zvt.Serial, Tokens: true},
		"slips":    {Framing: zvt.Serial, Columns: 42},
		"fast":     {Framing: zvt.Serial, Fast: zvtsim.New(zvtsim.Options{}).Opener()}, // replaced by the rig's own
		"all, tcp": {Framing: zvt.TCP, Sequence: true, Tokens: true, Columns: 42},
	} {
		t.Run(name, func(t *testing.T) {
			terminaltest.Run(t, terminaltest.Suite{New: rig(o)})
		})
	}
}
