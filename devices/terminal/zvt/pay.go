package zvt

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"murur/devices"
	"murur/devices/terminal"
)

// maxAmount is what six BCD bytes hold.
const maxAmount = 999_999_999_999

// Pay runs one authorisation; see terminal.Terminal. Approved may be called a second
// time when the terminal replaces its approval by another one (other trace or
// receipt number); the last one counts.
func (d *Driver) Pay(ctx context.Context, p terminal.Payment, o terminal.Observer) (terminal.Result, error) {
	not := terminal.Result{
		Outcome: devices.Refused, Reason: terminal.ReasonUnavailable,
		Amount: p.Amount, Currency: p.Currency,
	}
	if p.Amount <= 0 || p.Amount > maxAmount || p.Currency <= 0 || p.Currency > 999 {
		return not, fmt.Errorf("cannot pay: impossible amount %d in currency %d", p.Amount, p.Currency)
	}
	if err := d.acquire(ctx); err != nil {
		return not, fmt.Errorf("cannot pay: %w", err)
	}
	defer d.release()
	select {
	case <-d.wakePay: // meant for the payment before
	default:
	}
	o.Guidance(terminal.GuideConnecting)
	err := d.connect(ctx)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		if ctx.Err() != nil {
			not.Reason = terminal.ReasonCancelled
		}
		return not, fmt.Errorf("cannot pay: %w", err)
	}
	select {
	case <-d.wakePay:
		not.Reason = terminal.ReasonCancelled
		return not, nil
	default:
	}
	defer context.AfterFunc(ctx, func() { d.Abort(ctx) })()
	y := &payment{d: d, p: p, o: o}
	return y.run()
}

// payment is one running 06 01.
type payment struct {
	d *Driver
	p terminal.Payment
	o terminal.Observer

	last     terminal.Result // of the last 04 0F; the zero Outcome before it
	approved bool            // saved, and our vote for it is on its way
	down     terminal.Reason // we voted no, and why
	abort    abortState
	aborts   int
}

type abortState byte

const (
	abortNone    abortState = iota
	abortWanted             // to be sent now
	abortLater              // crossed by a message: to be sent after its answer
	abortSent               // the answer is outstanding
	abortRefused            // not now, says the terminal
)

// run sends the authorisation, once, and follows it to its end.
func (y *payment) run() (terminal.Result, error) {
	d := y.d
	answer, err := d.command(nil, AppendPayment(nil, y.p.Amount, y.p.Currency, y.wishes()...))
	switch {
	case errors.Is(err, errUnsent) || errors.Is(err, errRefused):
		r := y.refused(terminal.ReasonUnavailable, "")
		d.opened = 0
		return r, fmt.Errorf("cannot pay: %w", d.trouble(context.Background(), err))
	case err != nil:
		return y.unknown(err)
	case !answer.Positive():
		no := refusal{CmdPay, refusalCode(answer)}
		d.trouble(context.Background(), no)
		return y.refused(Reason(no.code), fmt.Sprintf("84 %02X", no.code)), nil
	}
	t4 := d.o.Timers.T4
	for {
		if y.abort == abortWanted {
			if err := y.sendAbort(); err != nil {
				return y.unknown(err)
			}
		}
		a, err := d.link.recv(d.wakePay, t4)
		switch {
		case err == errWoken:
			if y.abort != abortSent {
				y.abort = abortWanted
			}
			continue
		case err == errSilence:
			return y.unknown(errT4)
		case err != nil:
			return y.unknown(err)
		}
		if a.IsAnswer() {
			if y.abort == abortSent && !a.Positive() {
				y.abort = abortRefused
			}
			continue
		}
		if end := ended(a); end != nil {
			d.finish()
			return y.end(end)
		}
		guidance := terminal.Guidance("")
		if a.Command() == MsgIntermediate {
			m := ParseIntermediate(a.Data())
			t4, guidance = d.nextT4(t4, m), Guide(m.Code)
		}
		if err := d.answer(a, y.answerTo); err != nil {
			return y.unknown(err)
		}
		if y.abort == abortLater {
			y.abort = abortWanted
		}
		if guidance != "" {
			y.o.Guidance(guidance)
		}
	}
}

// wishes is the container of the 06 01: the language, which the terminal is free to
// follow.
func (y *payment) wishes() []byte {
	if len(y.p.Lang) != 2 {
		return nil
	}
	return AppendTLV(nil, TagLanguage, []byte(strings.ToUpper(y.p.Lang))...)
}

// sendAbort sends 06 B0 where that can still help. Whether the terminal takes it, says
// no or says nothing: the payment's own end is the result.
func (y *payment) sendAbort() error {
	if y.d.o.NoAbort || y.approved || y.aborts == transmissions {
		y.abort = abortNone
		return nil
	}
	y.aborts++
	switch err := y.d.link.send(nil, AppendAPDU(nil, CmdAbort)); {
	case err == nil:
		y.abort = abortSent
	case err == errCrossed:
		y.abort = abortLater
	case errors.Is(err, errNoAck), errors.Is(err, errRefused):
		y.abort = abortNone
	default:
		return err
	}
	return nil
}

func (y *payment) answerTo(a APDU) Command {
	if a.Command() == MsgStatusInfo {
		return y.vote(a.Data())
	}
	return y.d.answerTo(a)
}

// vote decides on a 04 0F. An unknown bitmap or a damaged field alone is no reason to
// undo a payment: result, amount and currency decide, if they could be read.
func (y *payment) vote(data []byte) Command {
	s, _ := ParseStatusInfo(data)
	r := y.d.result(&s)
	switch {
	case s.Has.Contains(HasResult) && s.Result != 0:
		r.Outcome, r.Reason = devices.Refused, Reason(s.Result)
		y.last = r
		return AnswerOK // nothing to vote on
	case s.Has.Contains(HasReversed):
		return AnswerOK // the terminal tells that it undid a payment
	case y.down != "":
		return AnswerErr | voteNo
	case y.approved && sameMark(r.Mark, y.last.Mark):
		return AnswerOK // the terminal missed our vote
	case sameMark(r.Mark, y.p.Before):
		return AnswerOK // the payment before this one, booked long ago
	case s.Has.Contains(HasHostCode):
		return y.no(terminal.ReasonDeclined, r)
	case !s.Has.Contains(HasResult), !s.Has.Contains(HasAmount | HasCurrency),
		r.Amount != y.p.Amount, r.Currency != y.p.Currency,
		y.d.reg.Terminal != "" && r.Mark.Terminal != "" && r.Mark.Terminal != y.d.reg.Terminal:
		return y.no(terminal.ReasonMismatch, r)
	}
	r.Outcome = devices.Confirmed
	if y.o.Approved(r) != nil {
		return y.no(terminal.ReasonNotSaved, r)
	}
	y.last, y.approved, y.d.saved = r, true, r.Mark
	return AnswerOK
}

func (y *payment) no(why terminal.Reason, r terminal.Result) Command {
	r.Outcome, r.Reason = devices.Refused, why
	y.last, y.down, y.approved = r, why, false
	return AnswerErr | voteNo
}

// end is the result at the 06 0F or 06 1E.
func (y *payment) end(end APDU) (terminal.Result, error) {
	failed, code := end.Command() == MsgAborted, byte(0)
	if failed {
		code = abortCode(end)
	} else if s, _ := ParseStatusInfo(end.Data()); s.Has.Contains(HasResult) && s.Result != 0 {
		failed, code = true, s.Result
	}
	if failed && code == codeNotRegistered {
		y.d.registered = false
	}
	switch {
	case y.approved && y.last.Outcome == devices.Confirmed && !failed:
		return y.last, nil
	case y.approved:
		return y.unknown(fmt.Errorf("terminal fails with %02X after our consent", code))
	case y.down != "" && !failed:
		return y.unknown(errors.New("terminal completes a payment that was voted down"))
	case y.last.Outcome == devices.Refused:
		return y.last, nil
	case failed:
		return y.refused(Reason(code), fmt.Sprintf("%02X", code)), nil
	}
	return y.unknown(errors.New("terminal ends without a result"))
}

func (y *payment) refused(why terminal.Reason, code string) terminal.Result {
	return terminal.Result{
		Outcome: devices.Refused, Reason: why, Code: code,
		Amount: y.p.Amount, Currency: y.p.Currency,
	}
}

// unknown ends a payment of which the terminal must be asked again.
func (y *payment) unknown(err error) (terminal.Result, error) {
	err = y.d.trouble(context.Background(), err)
	r := y.last
	r.Outcome, r.Reason = devices.Unknown, ""
	r.Amount, r.Currency = y.p.Amount, y.p.Currency
	return r, fmt.Errorf("cannot tell what became of the payment: %w", err)
}
