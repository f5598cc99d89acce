package engine_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"murur/devices"
	"murur/kiosk/engine"
	"murur/kiosk/front"
	"murur/kiosk/journey/fines"
	"murur/kiosk/ledger"
	"murur/kiosk/ledger/record"
	"murur/sync/api"
	"murur/sync/central/demo"
)

// paidElsewhere lets another kiosk's payment of a fine reach central.
func (r *rig) paidElsewhere(ids ...string) {
	r.t.Helper()
	payload, err := json.Marshal(fines.PaymentRecord{Reservation: "KW02-1000001-1", Fines: ids, Amount: 20000, Receipt: "KW02-1000001",
		Terminal: "40009999", Trace: "000001", TerminalReceipt: "0001", At: time.Now()})
	if err != nil {
		r.t.Fatal(err)
	}
	rec := record.Record{Kiosk: "KW02", Seq: 1, At: time.Now().UTC(), Journey: "KW02-1000001", Kind: fines.RecordCompleted, Payload: payload}
	rec.Hash = rec.Sum()
	body, err := json.Marshal(api.Batch{Records: []record.Record{rec}})
	if err != nil {
		r.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(r.life, http.MethodPost, "http://central/v1/records", bytes.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(api.KioskHeader, "KW02")
	answer, err := r.central.Do(req)
	if err != nil || answer.StatusCode != http.StatusOK {
		r.t.Fatalf("central did not take the other kiosk's payment: %+v, %v", answer, err)
	}
}

// Central was silent while the approval was held, and another kiosk's payment of the same
// fine reached it first: ours is given back as soon as central says so, and the end of day
// agrees afterwards.
func TestPaidElsewhereFirstIsGivenBack(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		list := r.toList(typical)
		fine := list.Fines.Payable[0].ID
		r.touch(front.ActToggle, fine)
		r.touch(front.ActNext, "")
		r.touch(front.ActNext, "")
		r.sees(front.Pay)
		r.central.cut(true)
		r.sees(front.Thanks)
		r.sees(front.Welcome)
		r.central.cut(false)
		r.paidElsewhere(fine)
		r.uplinked()
		r.later(5 * time.Minute)
		if times, _ := r.charged(); times != 0 || !r.has(fines.RecordReversed) {
			t.Errorf("charged %d times, records %v", times, r.kinds())
		}
		if cases, _ := r.kiosk.engine.Cases(); len(cases) > 0 {
			t.Errorf("cases: %+v", cases)
		}
		r.uplinked()
		if err := r.kiosk.engine.EndOfDay(r.life); err != nil {
			t.Fatal(err)
		}
		r.later(2 * time.Minute)
		if days := r.ended(); len(days) != 1 || len(days[0].Differences) > 0 {
			t.Errorf("end of day: %+v", days)
		}
	})
}

// Of two fines one was paid elsewhere: a terminal gives back all or nothing, so it is a
// case. The power goes between: it is still one case.
func TestPartlyPaidElsewhereIsACase(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.toPay(typical, 2)
		r.sees(front.Pay)
		r.central.cut(true)
		r.sees(front.Thanks)
		r.sees(front.Welcome)
		r.central.cut(false)
		r.paidElsewhere(demo.FinesOf(demo.Typical)[0].ID)
		r.uplinked()
		r.later(2 * time.Minute)
		r.end()
		r.start()
		r.later(3 * time.Minute)
		cases, err := r.kiosk.engine.Cases()
		if err != nil || len(cases) != 1 || cases[0].Reason != fines.ReasonPaidTwice {
			t.Errorf("cases %+v, %v", cases, err)
		}
		if times, _ := r.charged(); times != 1 {
			t.Errorf("charged %d times", times)
		}
	})
}

// The terminal's last transaction is the evidence of an unclear payment: nothing is
// reversed while such a case is open.
func TestNothingIsGivenBackWhileAPaymentIsUnclear(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.toPay(typical, 1)
		r.sees(front.Pay)
		r.central.cut(true)
		r.sees(front.Thanks)
		r.sees(front.Welcome)
		r.central.cut(false)
		r.paidElsewhere(demo.FinesOf(demo.Typical)[0].ID)
		unclear := fines.Case{Number: "C-1", Reason: front.ProblemPayUnknown, Receipt: "KW01-1"}
		r.terminal.SetSilent(true)
		if _, err := r.kiosk.book.Append(ledger.Step{Put: []ledger.Projection{{Table: ledger.Cases, Key: unclear.Number, Value: unclear}}}); err != nil {
			t.Fatal(err)
		}
		r.uplinked()
		r.later(10 * time.Minute)
		if r.has(fines.RecordReversing) {
			t.Errorf("reversed while a payment is unclear: %v", r.kinds())
		}
		r.terminal.SetSilent(false)
		if err := r.kiosk.engine.Settle(r.life, engine.Settlement{Case: unclear.Number, Outcome: devices.Refused, Reason: "looked"}); err != nil {
			t.Fatal(err)
		}
		r.later(10 * time.Minute)
		if !r.has(fines.RecordReversed) {
			t.Errorf("not given back afterwards: %v", r.kinds())
		}
	})
}
