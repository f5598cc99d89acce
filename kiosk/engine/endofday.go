package engine

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"murur/devices"
	"murur/devices/terminal"
	"murur/kiosk/event"
	"murur/kiosk/health"
	"murur/kiosk/journey"
	"murur/kiosk/journey/fines"
	"murur/kiosk/ledger"
	"murur/kiosk/ledger/record"
)

// endOfDayDeadline is how long the terminal may take to close its batch.
const endOfDayDeadline = 10 * time.Minute

// ErrBusy means that an end of day cannot be made now: somebody is there, it runs
// already, the terminal does not answer, or an unclear payment needs its journal.
var ErrBusy = errors.New("not now: the kiosk is in use, the terminal does not answer, or a payment is unclear")

// dayEnd is the last end of day, in the ledger's settings.
type dayEnd struct {
	Date    string      `json:"date"`    // "2026-03-01", Kuwait
	After   record.Head `json:"after"`   // the ledger's head then
	Posting uint64      `json:"posting"` // central's number then
	Asked   bool        `json:"asked"`   // the terminal was asked and has not answered
}

const dayEndKey = "end of day"

func (e *Engine) lastDayEnd() (d dayEnd, err error) {
	_, err = e.o.Ledger.Get(ledger.Settings, dayEndKey, &d)
	return d, err
}

// EndOfDay makes the terminal's end of day now. It returns when the terminal is asked;
// the result is a record. Errors: ErrBusy.
func (e *Engine) EndOfDay(ctx context.Context) error {
	return e.post(ctx, message{endOfDay: true, done: make(chan error, 1)})
}

// endOfDayDue makes it when its hour has come and nobody is there.
func (e *Engine) endOfDayDue(ctx context.Context) {
	if e.o.EndOfDay == 0 {
		return
	}
	t := now().In(e.o.Zone)
	midnight := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, e.o.Zone)
	last, err := e.lastDayEnd()
	if err == nil && t.Sub(midnight) >= e.o.EndOfDay && last.Date < t.Format(time.DateOnly) {
		e.startEndOfDay(ctx)
	}
}

// startEndOfDay writes the intent and asks the terminal, once.
func (e *Engine) startEndOfDay(ctx context.Context) error {
	welcome := e.machine.Name() == journey.NextLobby && e.machine.Patience() == 0
	answer, asked := e.facts.Devices[health.Terminal]
	offline := asked && answer.Link != devices.Online // the next check finds out whether it is back
	if !welcome || offline || e.closing || e.returning || len(e.unclear()) > 0 || e.failed != nil {
		return ErrBusy
	}
	last, err := e.lastDayEnd()
	if err != nil {
		return err
	}
	day := fines.Day{Date: now().In(e.o.Zone).Format(time.DateOnly)}
	if day.Payments, day.Returned, err = e.completedSince(last.After); err != nil {
		return err
	}
	next := dayEnd{Date: day.Date, After: e.o.Ledger.Head(), Posting: last.Posting, Asked: true}
	out := journey.Out{Records: []journey.Record{{Kind: fines.RecordDayEnding, Payload: fines.DayRecord{Date: day.Date}}}}
	if err := e.append("", out, ledger.Projection{Table: ledger.Settings, Key: dayEndKey, Value: next}); err != nil {
		return err
	}
	e.closing = true
	e.judge(e.facts)
	e.running.Go(func() {
		posted := next.Posting
		if list, err := e.o.Hands.Central.Postings(ctx, next.Posting); err == nil {
			day.Central, day.Postings = true, list
			if len(list) > 0 {
				posted = list[len(list)-1].Number
			}
		}
		closing, cancel := context.WithTimeout(ctx, endOfDayDeadline)
		defer cancel()
		day.Batch, err = e.o.Hands.Terminal.EndOfDay(closing)
		if err != nil {
			e.o.Hands.Failed("end.of.day", err)
		}
		if day.Batch.Outcome == "" {
			day.Batch.Outcome = devices.Unknown
		}
		e.post(ctx, message{day: &closedDay{day, posted}})
	})
	return nil
}

// closedDay is an end of day with the terminal's answer.
type closedDay struct {
	day    fines.Day
	posted uint64
}

func (e *Engine) endDay(c closedDay) error {
	last, err := e.lastDayEnd()
	if err != nil {
		return err
	}
	last.Asked, last.Posting = false, c.posted
	out := fines.Reconcile(c.day, e.o.Ledger.Kiosk(), now())
	if err := e.append("", out, ledger.Projection{Table: ledger.Settings, Key: dayEndKey, Value: last}); err != nil {
		return err
	}
	e.closing = false
	e.judge(e.facts)
	return nil
}

// endOfDayInterrupted closes one that the power went in: whether the terminal closed
// its batch is not known, and asking again would count from zero.
func (e *Engine) endOfDayInterrupted() error {
	last, err := e.lastDayEnd()
	if err != nil || !last.Asked {
		return err
	}
	event.Log(e.o.Log, event.JourneyResumed, "name", "end of day")
	return e.endDay(closedDay{fines.Day{Date: last.Date, Batch: terminal.Batch{Outcome: devices.Unknown}}, last.Posting})
}

// completedSince are the payments that the ledger has after a head, and the receipts of
// those that were given back: the terminal does not count them any more.
func (e *Engine) completedSince(head record.Head) (payments []fines.PaymentRecord, returned []string, err error) {
	const page = 500
	for seq := head.Seq; ; {
		records, err := e.o.Ledger.After(seq, page)
		if errors.Is(err, ledger.ErrPruned) { // longer ago than records are kept
			seq = e.o.Ledger.Watermark().Seq
			continue
		}
		if err != nil || len(records) == 0 {
			return payments, returned, err
		}
		for _, r := range records {
			seq = r.Seq
			if r.Kind != fines.RecordCompleted && r.Kind != fines.RecordReversed {
				continue
			}
			var p fines.PaymentRecord
			if err := json.Unmarshal(r.Payload, &p); err != nil {
				return nil, nil, err
			}
			if r.Kind == fines.RecordCompleted {
				payments = append(payments, p)
			} else {
				returned = append(returned, p.Receipt)
				payments = slices.DeleteFunc(payments, func(q fines.PaymentRecord) bool { return q.Reservation == p.Reservation })
			}
		}
	}
}
