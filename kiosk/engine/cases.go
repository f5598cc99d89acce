package engine

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"murur/devices"
	"murur/devices/terminal"
	"murur/kiosk/event"
	"murur/kiosk/journey"
	"murur/kiosk/journey/fines"
	"murur/kiosk/journey/pickup"
	"murur/kiosk/ledger"
)

// askAgain is how often the terminal is asked about a payment that is unclear, while
// nobody is there.
const askAgain = time.Minute

// againDeadline is how long it may take to answer then: its own timer for a silent
// payment is three minutes.
const againDeadline = 4 * time.Minute

// ErrNoCase means that no case of that number is open.
var ErrNoCase = errors.New("no such case is open")

// Cases are the open cases, by number.
func (e *Engine) Cases() ([]fines.Case, error) {
	var list []fines.Case
	err := e.o.Ledger.Each(ledger.Cases, func(_ string, value json.RawMessage) error {
		var c fines.Case
		if err := json.Unmarshal(value, &c); err != nil {
			return err
		}
		list = append(list, c)
		return nil
	})
	return list, err
}

// Settlement is a technician's decision about a case.
type Settlement struct {
	Case    string          `json:"case"`
	Outcome devices.Outcome `json:"outcome,omitempty"` // confirmed, refused; only for an unclear payment
	// Custody is where the card of a licence_unknown case was found: taken, rejected, feeder.
	Custody devices.Custody `json:"custody,omitempty"`
	Reason  string          `json:"reason"`
}

// Settle closes a case by a technician's decision. Errors: ErrNoCase, fines.ErrSettle.
func (e *Engine) Settle(ctx context.Context, s Settlement) error {
	return e.post(ctx, message{settle: &s, done: make(chan error, 1)})
}

func (e *Engine) settle(s Settlement) error {
	var c fines.Case
	if found, err := e.o.Ledger.Get(ledger.Cases, s.Case, &c); err != nil || !found {
		return errors.Join(ErrNoCase, err)
	}
	out, err := fines.Settle(c, s.Outcome, s.Reason, now())
	if err != nil {
		return err
	}
	found, err := pickup.Settled(c, s.Custody)
	if err != nil {
		return err
	}
	out.Records = append(found, out.Records...)
	return e.closeCase(c, out)
}

// found is what the terminal said of an unclear case.
type found struct {
	c fines.Case
	r terminal.Result
}

// resolve takes the terminal's word, if the case is still open.
func (e *Engine) resolve(f found) error {
	if open, err := e.o.Ledger.Get(ledger.Cases, f.c.Number, new(fines.Case)); err != nil || !open {
		return err
	}
	return e.closeCase(f.c, fines.Resolve(f.c, f.r, now()))
}

// opensCase reports whether a step opens a case.
func opensCase(out journey.Out) bool {
	for _, m := range out.Marks {
		if m.List == journey.ListCases {
			return true
		}
	}
	return false
}

// closeCase commits the end of a case. While nothing else runs the public is told at
// once that payments work again.
func (e *Engine) closeCase(c fines.Case, out journey.Out) error {
	if len(out.Records) == 0 {
		return nil
	}
	if err := e.append(c.Receipt, out); err != nil {
		return err
	}
	event.Log(e.o.Log, event.CaseClosed, "journey", c.Receipt, "case", c.Number)
	e.judge(e.facts)
	return nil
}

// unclear are the open cases whose payment is in doubt.
func (e *Engine) unclear() []fines.Case {
	list, err := e.Cases()
	if err != nil { // a ledger that cannot be read closes the kiosk at the next commit
		event.Log(e.o.Log, event.LedgerFailed, "error", err.Error())
		return nil
	}
	var open []fines.Case
	for _, c := range list {
		if c.Unclear() {
			open = append(open, c)
		}
	}
	return open
}

// findOutAgain asks the terminal about the first unclear case, now and then.
func (e *Engine) findOutAgain(ctx context.Context) {
	if time.Since(e.asked) < askAgain {
		return
	}
	open := e.unclear()
	if len(open) == 0 {
		return
	}
	e.asked = time.Now()
	c := open[0]
	e.running.Go(func() {
		ctx, cancel := context.WithTimeout(ctx, againDeadline)
		defer cancel()
		result, err := e.o.Hands.Terminal.Query(ctx, c.Payment)
		if err != nil {
			e.o.Hands.Failed("find.out", err)
		}
		e.post(ctx, message{found: &found{c, known(result)}})
	})
}
