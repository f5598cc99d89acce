package zvt

import (
	"context"
	"errors"
	"time"

	"murur/devices"
	"murur/devices/terminal"
)

const (
	// holdStep is how long a terminal waits after "not yet" before it asks again.
	holdStep = 2 * time.Second
	// patience is how long the first 04 0F waits for its answer before it is "not yet":
	// a mere save is over by then, and no hold is seen on the wire.
	patience = time.Second
	// holdSpare is how much longer than the hold the terminal is asked to wait.
	holdSpare = 30 * time.Second
	// maxHold is what fits into the one byte of field 01, in seconds.
	maxHold = 255*time.Second - holdSpare
	// noHold is how long Approved may take without a hold: less than the 30 s after
	// which a terminal that was told nothing undoes the payment.
	noHold = 25 * time.Second
)

var errHeldTooLong = errors.New("kiosk could not decide in time")

// hold is an approval that waits for the kiosk's decision.
type hold struct {
	result  terminal.Result
	ctx     context.Context
	stop    context.CancelFunc
	verdict chan error
	over    bool // the verdict is in err
	err     error
}

// agreed is what the 06 01 says of the hold: fields 01 and 02.
func (y *payment) agreed() (wait time.Duration, holds int) {
	if y.p.Hold <= 0 || y.d.o.NoHold {
		return 0, 0
	}
	h := min(y.p.Hold, maxHold)
	return (h + holdSpare).Round(time.Second), int((h+holdStep-1)/holdStep) + 1
}

// open hands an approval to the kiosk.
func (y *payment) open(r terminal.Result) {
	y.close()
	limit := noHold
	wait, holds := y.agreed()
	if wait > 0 {
		limit = min(y.p.Hold, maxHold)
	}
	h := &hold{result: r, verdict: make(chan error, 1)}
	h.ctx, h.stop = context.WithTimeout(y.d.life, limit)
	y.hold, y.holds = h, holds
	go func() { h.verdict <- y.o.Approved(h.ctx, r) }()
}

// close ends the present hold and waits until the kiosk has let go of it.
func (y *payment) close() {
	if h := y.hold; h != nil {
		h.stop()
		if !h.over {
			<-h.verdict
		}
		y.hold = nil
	}
}

// decide waits for the kiosk's decision, so long as it makes sense, and returns the
// answer to the 04 0F.
func (y *payment) decide(first bool) (Command, error) {
	h := y.hold
	var limit <-chan time.Time
	if y.holds > 0 {
		d := patience
		if !first {
			d = time.Millisecond // what is decided at this moment counts
		}
		t := time.NewTimer(d)
		defer t.Stop()
		limit = t.C
	}
	err, decided := h.wait(limit)
	switch {
	case y.d.life.Err() != nil:
		return 0, errClosed
	case !decided:
		y.holds--
		return AnswerErr | voteNotYet, nil
	case err != nil:
		return y.no(terminal.ReasonNotSaved, h.result), nil
	}
	r := h.result
	r.Outcome = devices.Confirmed
	y.last, y.approved, y.d.saved = r, true, r.Mark
	y.told()
	return AnswerOK, nil
}

// wait waits for the verdict until limit. What is decided first holds: a verdict that
// comes after the time is over is too late.
func (h *hold) wait(limit <-chan time.Time) (err error, decided bool) {
	if h.over {
		return h.err, true
	}
	if h.ctx.Err() != nil {
		return errHeldTooLong, true
	}
	select {
	case h.err = <-h.verdict:
	case <-h.ctx.Done():
		return errHeldTooLong, true
	case <-limit:
		select {
		case h.err = <-h.verdict:
		default:
			return nil, false
		}
	}
	h.over = true
	if h.ctx.Err() != nil && h.err == nil {
		h.err = errHeldTooLong
	}
	return h.err, true
}
