package zvtsim_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"murur/devices/terminal/terminaltest"
	"murur/devices/terminal/zvt"
	"murur/devices/terminal/zvtsim"
	"murur/devices/transport"
)

// rig joins a driver and a terminal in memory.
func rig(framing zvt.Framing) func(*testing.T) terminaltest.Rig {
	return func(t *testing.T) terminaltest.Rig {
		sim := zvtsim.New(zvtsim.Options{Framing: framing, Seed: 7})
		return newRig(sim, framing, sim.Opener())
	}
}

var errUnplugged = errors.New("no such device")

func newRig(sim *zvtsim.Terminal, framing zvt.Framing, open transport.Opener) terminaltest.Rig {
	var unplugged atomic.Bool
	opener := func(ctx context.Context) (transport.Stream, error) {
		if unplugged.Load() {
			return nil, errUnplugged
		}
		return open(ctx)
	}
	driver := zvt.New(opener, zvt.Options{Framing: framing})
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
		Unplug: func() {
			unplugged.Store(true)
			sim.CutPower()
			synctest.Wait() // until it has lost its power
		},
		Violations: sim.Violations,
	}
}

func TestConformance(t *testing.T) {
	for _, framing := range []zvt.Framing{zvt.Serial, zvt.TCP} {
		t.Run(string(framing), func(t *testing.T) {
			terminaltest.Run(t, terminaltest.Suite{New: rig(framing)})
		})
	}
}
