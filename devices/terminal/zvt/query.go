package zvt

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"murur/devices"
	"murur/devices/terminal"
)

// Query finds out what became of p. It listens until the line is quiet (a result
// that still arrives is voted down: nobody is there to save it), asks for the status
// until the terminal answers, registers, and matches the terminal's last transaction
// against p. It gives up when ctx ends, or when the terminal was silent for T4.
func (d *Driver) Query(ctx context.Context, p terminal.Payment) (terminal.Result, error) {
	unknown := terminal.Result{Outcome: devices.Unknown, Amount: p.Amount, Currency: p.Currency}
	if err := d.acquire(ctx); err != nil {
		return unknown, fmt.Errorf("cannot query the payment: %w", err)
	}
	defer d.release()
	if d.link == nil && d.o.Framing == Serial {
		d.opened = CmdPay // whatever ran before this link is on the same wire
	}
	var t *transaction
	err := d.persist(ctx, func() (err error) {
		if err = d.resync(ctx); err == nil {
			t, err = d.repeat(ctx)
		}
		return err
	})
	if err != nil {
		return unknown, fmt.Errorf("cannot query the payment: %w", err)
	}
	return decide(p, t, d.o.Skew), nil
}

// persist tries again while the terminal does not answer or is busy, until ctx ends or
// T4 has passed: it may be finishing what a former life of the kiosk began.
func (d *Driver) persist(ctx context.Context, try func() error) error {
	giveUp := time.Now().Add(d.o.Timers.T4)
	for {
		err := try()
		if err == nil {
			return nil
		}
		var fault *devices.Fault
		again := errors.Is(err, devices.ErrLink) && !errors.Is(err, errOpen) ||
			errors.As(err, &fault) && fault.Remedy == devices.RemedyWait
		if !again || ctx.Err() != nil || time.Now().After(giveUp) {
			return err
		}
		select {
		case <-time.After(d.o.Timers.Poll):
		case <-ctx.Done():
		case <-d.life.Done():
		}
	}
}

// resync brings the terminal back to a known state: nobody speaks, it answers, and we
// are registered.
func (d *Driver) resync(ctx context.Context) error {
	if err := d.dial(ctx); err != nil {
		return err
	}
	if err := d.quiet(ctx); err != nil {
		return err
	}
	state, err := d.enquire(ctx)
	if err != nil {
		return err
	}
	if state.Status == codePleaseWait {
		return StatusFault(state.Status)
	}
	return d.register(ctx)
}

// decide matches the terminal's last transaction t, nil for none, against a payment
// that was sent once and of which nothing more is known.
//
//	no transaction, before and now                        refused, not booked
//	t is the transaction before the payment               refused, not booked
//	t is another one than was approved                    unknown
//	t is newer, ours by amount, currency and time:
//	   a reversal                                         refused, not booked
//	   declined                                           refused, with its code
//	   approved                                           confirmed
//	anything else                                         unknown
func decide(p terminal.Payment, t *transaction, skew time.Duration) terminal.Result {
	unknown := terminal.Result{Outcome: devices.Unknown, Amount: p.Amount, Currency: p.Currency}
	notBooked := terminal.Result{Outcome: devices.Refused, Reason: terminal.ReasonNotBooked, Amount: p.Amount, Currency: p.Currency}
	none := p.Before == terminal.Mark{}
	switch {
	case t == nil && none:
		return notBooked
	case t == nil:
		return unknown
	}
	unknown.Code, unknown.Mark, unknown.At = t.Code, t.Mark, t.At
	if sameMark(t.Mark, p.Before) {
		notBooked.Mark = t.Mark
		return notBooked
	}
	if (p.Approval != terminal.Mark{}) && !sameMark(t.Mark, p.Approval) {
		return unknown // not the one that was approved, nor the one before it
	}
	// A terminal without a mark from before the payment is matched by its clock
	// alone, and then the clock gets no leeway.
	if none {
		skew = 0
	}
	since := p.Started.Truncate(time.Second).Add(-skew)
	switch {
	case t.Amount != p.Amount, t.Currency != p.Currency, t.At.IsZero(), t.At.Before(since), !follows(t.Mark, p.Before):
		return unknown
	case t.reversal:
		notBooked.Mark = t.Mark
		return notBooked
	case t.code != 0:
		r := t.Result
		r.Outcome, r.Reason = devices.Refused, Reason(t.code)
		return r
	}
	r := t.Result
	r.Outcome = devices.Confirmed
	return r
}

// follows reports whether m can come after before: same terminal, and a trace number
// ahead of it. Trace numbers wrap after 999999.
func follows(m, before terminal.Mark) bool {
	if m.Terminal != "" && before.Terminal != "" && m.Terminal != before.Terminal {
		return false
	}
	a, errA := strconv.Atoi(m.Trace)
	b, errB := strconv.Atoi(before.Trace)
	if errA != nil || errB != nil {
		return true // receipt numbers may restart; the clock decides
	}
	const turn = 1_000_000
	return (a-b+turn)%turn < turn/2
}
