package engine_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"murur/devices"
	"murur/kiosk/engine"
	"murur/kiosk/front"
	"murur/kiosk/journey/fines"
)

// ended are the ends of day in the ledger.
func (r *rig) ended() []fines.DayRecord {
	r.t.Helper()
	records, err := r.kiosk.book.After(0, 1000)
	if err != nil {
		r.t.Fatal(err)
	}
	var days []fines.DayRecord
	for _, rec := range records {
		if rec.Kind != fines.RecordDayEnded {
			continue
		}
		var d fines.DayRecord
		if err := json.Unmarshal(rec.Payload, &d); err != nil {
			r.t.Fatal(err)
		}
		days = append(days, d)
	}
	return days
}

// paysOne pays one fine and goes home.
func (r *rig) paysOne() {
	r.t.Helper()
	r.toPay(typical, 1)
	r.sees(front.Thanks)
	r.sees(front.Welcome)
}

func TestEndOfDayAgrees(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.paysOne()
		r.uplinked() // central has it
		if err := r.kiosk.engine.EndOfDay(r.life); err != nil {
			t.Fatal(err)
		}
		r.later(2 * time.Minute)
		days := r.ended()
		if len(days) != 1 {
			t.Fatalf("%d ends of day in %v", len(days), r.kinds())
		}
		d := days[0]
		if d.Outcome != devices.Confirmed || len(d.Differences) > 0 || d.Ledger.Count != 1 || *d.Terminal != *d.Ledger || d.Central == nil || *d.Central != *d.Ledger {
			t.Errorf("got %+v ledger %+v terminal %+v central %+v", d, d.Ledger, d.Terminal, d.Central)
		}
		if !finesOpen(r) {
			t.Error("fines stay closed")
		}
	})
}

func TestEndOfDayByTheClock(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.paysOne()
		r.later(48 * time.Hour)
		if days := r.ended(); len(days) != 2 || days[0].Ledger.Count != 1 || days[1].Ledger.Count != 0 {
			t.Errorf("ends of day after two days: %+v", days)
		}
	})
}

func TestEndOfDayThatDiffersIsACase(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.paysOne()
		r.terminal.Transact(7000, time.Now()) // somebody paid without the kiosk
		if err := r.kiosk.engine.EndOfDay(r.life); err != nil {
			t.Fatal(err)
		}
		if err := r.kiosk.engine.EndOfDay(r.life); !errors.Is(err, engine.ErrBusy) {
			t.Errorf("a second one at the same time: %v", err)
		}
		r.later(2 * time.Minute)
		days := r.ended()
		cases, err := r.kiosk.engine.Cases()
		if err != nil || len(days) != 1 || len(days[0].Differences) == 0 || len(cases) != 1 || len(cases[0].Receipts) != 1 {
			t.Fatalf("days %+v, cases %+v, %v", days, cases, err)
		}
		if err := r.kiosk.engine.Settle(r.life, engine.Settlement{Case: cases[0].Number, Reason: "a test payment"}); err != nil {
			t.Error(err)
		}
	})
}

func TestEndOfDayInterruptedIsACase(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.paysOne()
		r.terminal.SetSilent(true)
		if err := r.kiosk.engine.EndOfDay(r.life); err != nil {
			t.Fatal(err)
		}
		r.end()
		r.terminal.SetSilent(false)
		r.start()
		r.later(time.Minute)
		if days := r.ended(); len(days) != 1 || days[0].Outcome != devices.Unknown || days[0].Case == "" {
			t.Errorf("got %+v", days)
		}
	})
}

// TestEndOfDayOffline: a terminal that does not answer is not asked, and nothing is written.
func TestEndOfDayOffline(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.terminal.SetSilent(true)
		r.later(time.Minute)
		if err := r.kiosk.engine.EndOfDay(r.life); !errors.Is(err, engine.ErrBusy) || len(r.kinds()) > 0 {
			t.Fatalf("asked: %v, %v", err, r.kinds())
		}
		r.terminal.SetSilent(false)
		r.later(2 * time.Minute)
		if err := r.kiosk.engine.EndOfDay(r.life); err != nil {
			t.Errorf("the terminal is back: %v", err)
		}
	})
}
