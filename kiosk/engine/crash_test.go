package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"murur/devices/terminal/zvtsim"
	"murur/kiosk/front"
	"murur/kiosk/journey/fines"
	"murur/kiosk/ledger"
	"murur/sync/central/demo"
)

// The power goes at every commit of the journey, just before and just after it is
// durable, under each of the documented ways in which a terminal treats a payment whose
// end it did not hear. After the restart the invariants hold.
func TestPowerCutAtEveryCommit(t *testing.T) {
	loadFonts()
	policies := map[string]zvtsim.Policy{"reverses": zvtsim.AR1, "books": zvtsim.AR3, "declines": zvtsim.AR5}
	for name, policy := range policies {
		for _, when := range []string{"before", "after"} {
			t.Run(name+"/"+when, func(t *testing.T) {
				commits := 0
				for at := 1; ; at++ {
					crashed := false
					synctest.Test(t, func(t *testing.T) { crashed = cutAt(t, policy, when, at) })
					if !crashed {
						break
					}
					commits = at
				}
				if commits < 8 {
					t.Errorf("only %d commits were cut, the journey has eight", commits)
				}
			})
		}
	}
}

// cutAt plays one visit with a power cut at one commit and checks what became of it.
// It reports whether the visit had so many commits.
func cutAt(t *testing.T, policy zvtsim.Policy, when string, at int) (crashed bool) {
	r := newRig(t)
	r.terminal.SetPolicy(policy)
	commits := 0
	hook := func() {
		if commits++; commits == at {
			crashed = true
			r.cutPower()
		}
	}
	if when == "before" {
		r.options.BeforeCommit = hook
	} else {
		r.options.AfterCommit = hook
	}
	r.start()
	r.visit()
	if crashed {
		<-r.kiosk.done
		r.options.BeforeCommit, r.options.AfterCommit = nil, nil
		r.end()
		r.start()
		r.home()
	}
	r.later(3 * time.Minute) // every deadline is over
	r.invariants(fmt.Sprintf("cut %s commit %d", when, at))
	r.end()
	return crashed
}

// visit goes through a whole payment, or as far as the power lasts.
func (r *rig) visit() {
	r.later(5 * time.Second)
	steps := []front.Input{
		{Action: front.ActStart, Value: "en"}, {Action: front.ActService, Value: "fines"},
		{Action: front.ActWay, Value: "violation"}, {Action: front.ActNumber, Value: demo.FinesOf(demo.Single)[0].ID},
		{Action: front.ActNext}, {Action: front.ActNext}, {Action: front.ActNext},
	}
	wants := []front.Name{front.Welcome, front.ServiceMenu, front.Identify, front.NumberPad, front.FineList, front.Confirm, front.Thanks}
	for i, in := range steps {
		for !r.tried(wants[i], in) {
			select {
			case <-r.kiosk.done:
				return
			default:
			}
		}
	}
}

// tried touches the screen of that name as soon as it stands; false when the screen, or
// the kiosk, was gone before.
func (r *rig) tried(want front.Name, in front.Input) bool {
	ctx, cancel := context.WithTimeout(r.life, time.Minute)
	defer cancel()
	for {
		s, changed := r.kiosk.engine.Board().Now()
		if s.Name == want {
			in.Screen = s.Seq
			return r.kiosk.engine.Input(ctx, in) == nil
		}
		select {
		case <-changed:
		case <-r.kiosk.done:
			return false
		}
	}
}

// home waits until the welcome screen stands; nobody touches anything.
func (r *rig) home() { r.sees(front.Welcome) }

// invariants hold the bank's book against the log and the papers.
func (r *rig) invariants(where string) {
	r.t.Helper()
	times, _ := r.charged()
	count := map[string]int{}
	for _, kind := range r.kinds() {
		count[kind]++
	}
	bad := func(format string, args ...any) {
		r.t.Errorf("%s: %s\n  charged %d times, records %v", where, fmt.Sprintf(format, args...), times, r.kinds())
	}
	if times > 1 {
		bad("a fine was charged twice")
	}
	if count[fines.RecordUnknown] == 0 && times != count[fines.RecordCompleted] {
		bad("the log does not say what the bank says")
	}
	ends := count[fines.RecordCompleted] + count[fines.RecordRefused] + count[fines.RecordReversed] + count[fines.RecordReleased] + count[fines.RecordUnknown]
	if ends != count[fines.RecordReserving] {
		bad("%d reservations, %d ends", count[fines.RecordReserving], ends)
	}
	receipts := 0
	for _, p := range r.printer.Papers() {
		if p.Complete {
			receipts++
		}
	}
	if receipts > times {
		bad("%d receipts for what was not charged", receipts)
	}
	open := 0
	if err := r.kiosk.book.Each(ledger.Journeys, func(string, json.RawMessage) error { open++; return nil }); err != nil || open > 0 {
		bad("%d journeys are still open: %v", open, err)
	}
	if _, err := r.kiosk.book.Verify(r.life); err != nil {
		bad("the ledger: %v", err)
	}
}
