package engine_test

import (
	"errors"
	"testing"

	"murur/devices"
	"murur/devices/terminal/zvt"
	"murur/devices/terminal/zvtsim"
	"murur/kiosk/engine"
	"murur/kiosk/front"
	"murur/kiosk/journey/fines"
)

// unclear brings the kiosk to an open case: the terminal died after the bank charged,
// and says nothing when it is asked.
func unclear(t *testing.T, r *rig) fines.Case {
	t.Helper()
	r.terminal.SetPolicy(zvtsim.AR3) // the payment stands
	r.toPay(typical, 1)
	r.sees(front.Pay)
	r.terminal.Inject(zvtsim.Fault{Kind: zvtsim.DieReceiving, On: zvt.MsgStatusInfo})
	for {
		s, changed := r.kiosk.engine.Board().Now()
		if s.Name != front.Pay {
			break
		}
		<-changed
	}
	r.terminal.SetSilent(true)
	if s := r.sees(front.Problem); s.Trouble.Code != front.ProblemPayUnknown || s.Trouble.Case == "" {
		t.Fatalf("got %+v", s.Trouble)
	}
	r.sees(front.Welcome)
	cases, err := r.kiosk.engine.Cases()
	if err != nil || len(cases) != 1 {
		t.Fatalf("cases: %v, %v", cases, err)
	}
	return cases[0]
}

// finesOpen reports whether the fines service can be begun.
func finesOpen(r *rig) bool {
	r.touch(front.ActStart, "en")
	s := r.sees(front.ServiceMenu)
	r.touch(front.ActBack, "")
	return s.Services[0].Available
}

func TestUnclearPaymentServesNobodyUntilTheTerminalSays(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		unclear(t, r)
		if finesOpen(r) {
			t.Error("another payment can be begun")
		}
		r.end() // it survives a restart
		r.start()
		r.later(30e9)
		if finesOpen(r) {
			t.Error("another payment can be begun after a restart")
		}
		r.terminal.SetSilent(false)
		r.later(5 * 60e9)
		if cases, _ := r.kiosk.engine.Cases(); len(cases) > 0 {
			t.Errorf("still open: %+v", cases)
		}
		times, _ := r.charged()
		if times != 1 || !r.has(fines.RecordCompleted) || !r.has(fines.RecordClosed) {
			t.Errorf("charged %d times, records %v", times, r.kinds())
		}
		if !finesOpen(r) {
			t.Error("fines stay closed")
		}
	})
}

func TestTechnicianSettles(t *testing.T) {
	tests := []struct {
		outcome devices.Outcome
		record  string
	}{{devices.Confirmed, fines.RecordCompleted}, {devices.Refused, fines.RecordRefused}}
	for _, tt := range tests {
		t.Run(string(tt.outcome), func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				c := unclear(t, r)
				settle := func(s engine.Settlement) error { return r.kiosk.engine.Settle(r.life, s) }
				if err := settle(engine.Settlement{Case: "C-0", Reason: "x"}); !errors.Is(err, engine.ErrNoCase) {
					t.Errorf("a case that is not open: %v", err)
				}
				if err := settle(engine.Settlement{Case: c.Number, Outcome: tt.outcome}); !errors.Is(err, fines.ErrSettle) {
					t.Errorf("without a reason: %v", err)
				}
				if err := settle(engine.Settlement{Case: c.Number, Reason: "x"}); !errors.Is(err, fines.ErrSettle) {
					t.Errorf("without an outcome: %v", err)
				}
				if err := settle(engine.Settlement{Case: c.Number, Outcome: tt.outcome, Reason: "the bank's statement"}); err != nil {
					t.Fatal(err)
				}
				if !r.has(tt.record) || !r.has(fines.RecordClosed) {
					t.Errorf("records %v", r.kinds())
				}
				if !finesOpen(r) {
					t.Error("fines stay closed")
				}
				if err := settle(engine.Settlement{Case: c.Number, Outcome: tt.outcome, Reason: "again"}); !errors.Is(err, engine.ErrNoCase) {
					t.Errorf("settled twice: %v", err)
				}
			})
		})
	}
}
