package crt571sim_test

import (
	"testing"

	"murur/devices"
	"murur/devices/capture/crt571sim"
)

// A card that went into the bin uncounted was in the gate when it came: that does not say
// that the person has it.
func TestUncountedCaptureIsNotTaken(t *testing.T) {
	on(t, crt571sim.Options{}, func(t *testing.T, b *bench) {
		b.admit()
		b.sim.Jam(crt571sim.SecondHalf)
		if p, err := b.Capture(t.Context()); p.Outcome != devices.Unknown || err == nil {
			t.Fatalf("%+v, %v", p, err)
		}
		if c, err := b.TakeIn(t.Context()); c != devices.CustodyUnknown || err == nil {
			t.Errorf("take in: %s, %v", c, err)
		}
		if c, err := b.Taken(t.Context()); c != devices.CustodyUnknown || err == nil {
			t.Errorf("taken: %s, %v", c, err)
		}
	})
}
