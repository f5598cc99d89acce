package crt571sim_test

import (
	"fmt"
	"testing"

	"murur/devices/capture"
	"murur/devices/capture/capturetest"
	"murur/devices/capture/crt571"
	"murur/devices/capture/crt571sim"
)

// variants are units that differ in what cannot be known without one in hand.
var variants = map[string]struct {
	driver crt571.Options
	sim    crt571sim.Options
}{
	"plain":              {},
	"draws in by itself": {sim: crt571sim.Options{DrawsIn: true}},
	"byte by byte":       {sim: crt571sim.Options{Chop: 1}},
	"in one read":        {sim: crt571sim.Options{Merge: true}},
	"other codes":        {crt571.Options{Address: 15}, crt571sim.Options{Address: 15, Refusals4E: true, HandCode: "45"}},
	"counts with 37": {crt571.Options{RetractCounter: true, Hold: crt571.HoldIC, Capacity: 6},
		crt571sim.Options{CountsOnly37: true}},
}

func TestConformance(t *testing.T) {
	for name, v := range variants {
		t.Run(name, func(t *testing.T) {
			capturetest.Run(t, capturetest.Suite{New: func(t *testing.T) *capturetest.Rig { return rig(v.driver, v.sim) }})
		})
	}
}

func rig(o crt571.Options, so crt571sim.Options) *capturetest.Rig {
	sim := crt571sim.New(so)
	n := 0
	r := &capturetest.Rig{
		Unit: crt571.New(sim.Open, o),
		Put: func(thing capturetest.Thing) error {
			n++
			return sim.Insert(crt571sim.Object{ID: fmt.Sprintf("%s %d", thing, n), Kind: crt571sim.Kind(thing)})
		},
		Take:     sim.Take,
		Hold:     sim.PullByHand,
		GateOpen: func() bool { return sim.State().Gate },
		Where: func() (w capturetest.Where) {
			s := sim.State()
			switch {
			case s.Card != nil && s.At == crt571sim.Gate:
				w.Gate = 1
			case s.Card != nil:
				w.Inside = 1
			}
			w.Bin, w.Taken = len(s.Bin), len(s.Taken)
			return w
		},
		EmptyBin: func() { sim.EmptyBin() },
		Jam:      func(h capturetest.Half) { sim.Jam(crt571sim.Half(h)) },
		ClearJam: sim.ClearJam,
		BinFull:  sim.SetBinFull,
		Empty: func(on bool) {
			sim.Lie(map[bool]byte{true: '0'}[on])
		},
		LoseReply:  func() { sim.Inject(crt571sim.Fault{Kind: crt571sim.LostReply, CM: 0x32}) },
		LoseAck:    func() { sim.Inject(crt571sim.Fault{Kind: crt571sim.LostAck, CM: 0x32}) },
		Mishear:    func(times int) { sim.Inject(crt571sim.Fault{Kind: crt571sim.Nak, CM: 0x32, Times: times}) },
		PowerCut:   sim.PowerCut,
		Unplug:     sim.Unplug,
		Silence:    sim.Silence,
		Violations: sim.Violations,
	}
	r.Restart = func() capture.Unit {
		u := crt571.New(sim.Open, o)
		r.Unit = u
		return u
	}
	return r
}
