package engine

import (
	"context"
	"encoding/json"
	"time"

	"murur/devices/terminal"
	"murur/kiosk/journey"
	"murur/kiosk/journey/fines"
	"murur/kiosk/ledger"
)

// A payment that was committed although central cannot take it (one of its fines was paid
// elsewhere while central was silent) is given back: this kiosk asks central for such
// payments while nobody is there, and reverses them, one at a time.

// giveBackEvery is how often central is asked; giveBackMost how long a reversal may take.
const (
	giveBackEvery = time.Minute
	giveBackMost  = 2 * time.Minute
)

// returns is what is known of payments to be given back, in the ledger's settings.
type returns struct {
	Seen uint64        `json:"seen"`           // central's number of the last one looked at
	Open *fines.Return `json:"open,omitempty"` // the terminal was asked and has not answered
}

const returnsKey = "returns"

func (e *Engine) returns() (r returns, err error) {
	_, err = e.o.Ledger.Get(ledger.Settings, returnsKey, &r)
	return r, err
}

// appendReturn commits a step of giving back with its place in the settings.
func (e *Engine) appendReturn(id string, out journey.Out, r returns) error {
	return e.append(id, out, ledger.Projection{Table: ledger.Settings, Key: returnsKey, Value: r})
}

// giveBackDue asks central for payments to be given back, or goes on with one that was
// interrupted: a reversal may be asked for again, it happens once.
func (e *Engine) giveBackDue(ctx context.Context) {
	if e.returning || e.closing || time.Since(e.returned) < giveBackEvery || len(e.unclear()) > 0 {
		return // a reversal would hide the evidence of an unclear payment
	}
	r, err := e.returns()
	if err != nil {
		return
	}
	e.returned = time.Now()
	if r.Open != nil {
		e.reverse(ctx, *r.Open)
		return
	}
	e.running.Go(func() {
		if list, err := e.o.Hands.Central.PaidTwice(ctx, r.Seen); err == nil && len(list) > 0 {
			e.post(ctx, message{twice: list})
		}
	})
}

// giveBack takes the first payment that central names.
func (e *Engine) giveBack(ctx context.Context, list []fines.PaidTwice) error {
	r, err := e.returns()
	if err != nil || r.Open != nil || e.returning || list[0].Number <= r.Seen {
		return err
	}
	if e.machine.Name() != journey.NextLobby || e.machine.Patience() != 0 || e.closing || len(e.unclear()) > 0 {
		return nil // somebody is there, or the terminal is needed otherwise; later
	}
	var twice []string
	for _, p := range list {
		if p.Seq == list[0].Seq {
			twice, r.Seen = append(twice, p.Fine), p.Number
		}
	}
	records, err := e.o.Ledger.After(list[0].Seq-1, 1)
	if err != nil || len(records) == 0 || records[0].Kind != fines.RecordCompleted {
		return e.appendReturn("", journey.Out{}, r) // not ours to give back
	}
	payment := fines.Return{Journey: records[0].Journey}
	if err := json.Unmarshal(records[0].Payload, &payment.Payment); err != nil {
		return err
	}
	if !payment.Whole(twice) || !e.o.Hands.Terminal.Capabilities().Reverse {
		return e.appendReturn(payment.Journey, payment.Case(now()), r)
	}
	r.Open = &payment
	if err := e.appendReturn(payment.Journey, payment.Begin(now()), r); err != nil {
		return err
	}
	e.reverse(ctx, payment)
	return nil
}

func (e *Engine) reverse(ctx context.Context, payment fines.Return) {
	e.returning = true
	e.judge(e.facts)
	e.running.Go(func() {
		reversing, cancel := context.WithTimeout(ctx, giveBackMost)
		defer cancel()
		result, err := e.o.Hands.Terminal.Reverse(reversing, payment.Reversal())
		if err != nil {
			e.o.Hands.Failed("undo", err)
		}
		e.post(ctx, message{undone: &result})
	})
}

// gaveBack ends it. A reversal that is not proved stays open as a case.
func (e *Engine) gaveBack(result terminal.Result) error {
	r, err := e.returns()
	if err != nil || r.Open == nil {
		return err
	}
	payment := *r.Open
	r.Open, e.returning = nil, false
	if err := e.appendReturn(payment.Journey, payment.End(result.Outcome, result.Code, now()), r); err != nil {
		return err
	}
	e.judge(e.facts)
	return nil
}
