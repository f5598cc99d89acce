//go:build vmlab

package guest

import (
	"encoding/binary"
	"errors"
	"testing"
	"time"

	"murur/devices/smartcard"
	"murur/devices/smartcard/cardsim"
	"murur/devices/smartcard/ccid"
	"murur/devices/smartcard/ccidsim"
	"murur/devices/smartcard/smartcardtest"
	"murur/devices/transport/usb"
)

// hands are at the simulated reader and at the gadget's cable.
type hands struct {
	*ccidsim.Reader
	f *function
}

func (h hands) Unplug() { h.f.unplug() }
func (h hands) Plug()   { h.f.plug() }

// onBus puts a simulated reader on the bus and drives it by the production driver
// and transport.
func onBus(t *testing.T, o ccidsim.Options) (*ccid.Reader, hands) {
	t.Helper()
	sim := ccidsim.New(o)
	f := newFunction(t, sim.Pipes, func(message []byte) bool {
		const header = 10
		return len(message) >= header && len(message) >= header+int(binary.LittleEndian.Uint32(message[1:]))
	})
	f.plug()
	until(t, "the reader can be claimed", func() bool {
		p, err := usb.Open(usb.CCID)(bounded(t))
		if err == nil {
			p.Close()
		}
		return err == nil
	})
	r := ccid.New(usb.Open(usb.CCID), ccid.Options{Log: driverLog})
	t.Cleanup(func() { r.Close() })
	return r, hands{sim, f}
}

// The driver's conformance suite with the kernel between driver and reader.
func conformance(t *testing.T, card smartcardtest.Card) {
	smartcardtest.Run(t, func(t *testing.T) (smartcard.Reader, smartcardtest.Hands) { return onBus(t, ccidsim.Options{}) }, card)
}

func TestSimulatorT0(t *testing.T) { conformance(t, smartcardtest.CivilID) }
func TestSimulatorT1(t *testing.T) { conformance(t, smartcardtest.BlockCard) }

// A slow card with T=1 asks for waiting time.
func TestSimulatorSlowBlocks(t *testing.T) {
	a, _ := onBusWith(t, ccidsim.Options{}, smartcardtest.BlockCard(cardsim.Slow(2*time.Second)))
	start := time.Now()
	if r, err := a.connect().Transmit(bounded(t), selectApplication); err != nil || r.SW != smartcard.OK {
		t.Errorf("%v, %v", r.SW, err)
	}
	t.Logf("answered after %v", time.Since(start).Round(time.Millisecond))
}

// Readers of other kinds.
func TestSimulatorReaders(t *testing.T) {
	for name, o := range map[string]ccidsim.Options{
		"chained messages": {Level: ccidsim.ExtendedAPDU, MaxMessage: 64}, // they fill the packet
		"small packets":    {MaxPacket: 16},
		"no interrupt":     {NoInterrupt: true},
		"manual":           {Manual: true},
	} {
		t.Run(name, func(t *testing.T) {
			a, h := onBusWith(t, o, smartcardtest.CivilID())
			a.readCivilID()
			h.Remove()
			a.await(smartcard.SlotEmpty)
		})
	}
}

// onBusWith is onBus with a card that the driver has seen.
func onBusWith(t *testing.T, o ccidsim.Options, c *cardsim.Card) (*attached, hands) {
	t.Helper()
	r, h := onBus(t, o)
	if err := h.Insert(c); err != nil {
		t.Fatal(err)
	}
	a := &attached{Reader: r, t: t, slots: r.Watch(t.Context())}
	a.await(smartcard.SlotOccupied)
	return a, h
}

// What QEMU's reader cannot do: a slow card, and a lost reply that ABORT mends or,
// where the reader does not know ABORT, a reset.
func TestSimulatorFaults(t *testing.T) {
	for _, c := range []struct {
		name   string
		fault  ccidsim.Fault
		o      ccidsim.Options
		want   error
		resets int
	}{
		{"time extension", ccidsim.TimeExtension, ccidsim.Options{}, nil, 0},
		{"stale reply", ccidsim.StaleSeq, ccidsim.Options{}, nil, 0},
		{"abort", ccidsim.Silent, ccidsim.Options{}, smartcard.ErrMute, 0},
		{"reset", ccidsim.Silent, ccidsim.Options{NoAbort: true}, smartcard.ErrMute, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, h := onBusWith(t, c.o, smartcardtest.CivilID())
			before := h.f.enabled.Load()
			h.Inject(c.fault)
			start := time.Now()
			if _, err := a.connect().Transmit(bounded(t), selectApplication); !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
			t.Logf("answered after %v", time.Since(start).Round(time.Millisecond))
			a.readCivilID()
			if n := int(h.f.enabled.Load() - before); n != c.resets {
				t.Errorf("%d resets, want %d", n, c.resets)
			}
		})
	}
}
