package zvt

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"murur/devices"
	"murur/devices/terminal"
)

// maxAmount is what six BCD bytes hold.
const maxAmount = 999_999_999_999

// Pay runs one authorisation; see terminal.Terminal. Approved is called again when the
// terminal replaces its approval by another one (other trace or receipt number).
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
	d.known = p.Before
	y := &payment{d: d, p: p, o: o}
	r, err := y.run()
	y.close()
	y.told()
	r.Slips = d.paper.take()
	return r, err
}

// payment is one running 06 01.
type payment struct {
	d *Driver
	p terminal.Payment
	o terminal.Observer

	last     terminal.Result // of the last 04 0F; the zero Outcome before it
	approved bool            // saved, and our vote for it is on its way
	down     terminal.Reason // we voted no, and why
	hold     *hold           // the approval that the kiosk was handed last
	holds    int             // how often "not yet" may still be said
	untold   terminal.Guidance
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
	wait, holds := y.agreed()
	answer, err := d.command(nil, AppendPayment(nil, Authorisation{
		Amount: y.p.Amount, Currency: y.p.Currency, Wait: wait, Holds: holds, TLV: y.wishes(),
	}))
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
		a, err := d.recv(d.wakePay, t4)
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
			d.finish(end)
			return y.end(end)
		}
		guidance := terminal.Guidance("")
		if a.Command() == MsgIntermediate {
			m := ParseIntermediate(a.Data())
			t4, guidance = d.nextT4(t4, m), Guide(m.Code)
		}
		c := d.answerTo
		if a.Command() == MsgStatusInfo {
			vote, err := y.vote(a.Data())
			if err != nil {
				return y.unknown(err)
			}
			c = func(APDU) Command { return vote }
		}
		if err := d.answer(a, c); err != nil {
			return y.unknown(err)
		}
		if y.abort == abortLater {
			y.abort = abortWanted
		}
		if guidance != "" {
			y.guide(guidance)
		}
	}
}

// guide passes guidance on; while the kiosk decides, it waits.
func (y *payment) guide(g terminal.Guidance) {
	if y.hold != nil && !y.hold.over {
		y.untold = g
		return
	}
	y.o.Guidance(g)
}

// told passes on what waited.
func (y *payment) told() {
	if y.untold != "" {
		y.o.Guidance(y.untold)
		y.untold = ""
	}
}

// wishes is the container of the 06 01: the language, which the terminal is free to
// follow, and the last transaction that the kiosk knows.
func (y *payment) wishes() []byte {
	var tlv []byte
	if len(y.p.Lang) == 2 {
		tlv = AppendTLV(tlv, TagLanguage, []byte(strings.ToUpper(y.p.Lang))...)
	}
	return y.d.appendToken(tlv, y.p.Token)
}

// appendToken appends the unique transaction id, byte for byte as the terminal sent it;
// empty when the kiosk knows none.
func (d *Driver) appendToken(dst []byte, token string) []byte {
	if !d.o.Tokens {
		return dst
	}
	id, err := hex.DecodeString(token)
	if err != nil {
		id = nil // not one of ours
	}
	return AppendTLV(dst, TagUnique, id...)
}

// sendAbort sends 06 B0 where that can still help. Whether the terminal takes it, says
// no or says nothing: the payment's own end is the result.
func (y *payment) sendAbort() error {
	if y.d.o.NoAbort || y.hold != nil || y.aborts == transmissions {
		y.abort = abortNone
		return nil
	}
	y.aborts++
	cmd := APDU(AppendAPDU(nil, CmdAbort))
	if y.d.sequenced {
		y.d.seq = NextSequence(y.d.seq)
		cmd = WithSequence(cmd, y.d.seq, 0)
	}
	switch err := y.d.link.send(nil, cmd); {
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

// vote decides on a 04 0F. An unknown bitmap or a damaged field alone is no reason to
// undo a payment: result, amount and currency decide, if they could be read.
func (y *payment) vote(data []byte) (Command, error) {
	s, _ := ParseStatusInfo(data)
	r := y.d.result(&s)
	switch {
	case s.Has.Contains(HasResult) && s.Result != 0:
		r.Outcome, r.Reason = devices.Refused, Reason(s.Result)
		if y.down == "" {
			y.last = r
		}
		if y.hold != nil {
			y.hold.stop() // the terminal has given up the approval
		}
		return AnswerOK, nil // nothing to vote on
	case s.Has.Contains(HasReversed):
		return AnswerOK, nil // the terminal tells that it undid a payment
	case y.down != "":
		return AnswerErr | voteNo, nil
	case y.approved && sameMark(r.Mark, y.last.Mark):
		return AnswerOK, nil // the terminal missed our vote
	case y.hold != nil && !y.approved && sameMark(r.Mark, y.hold.result.Mark) && y.matches(&s, r):
		return y.decide(false)
	case sameMark(r.Mark, y.p.Before):
		return AnswerOK, nil // the payment before this one, booked long ago
	case s.Has.Contains(HasHostCode):
		return y.no(terminal.ReasonDeclined, r), nil
	case !y.matches(&s, r):
		return y.no(terminal.ReasonMismatch, r), nil
	}
	y.last, y.approved = r, false
	r.Outcome = devices.Confirmed
	y.open(r)
	return y.decide(true)
}

// matches reports whether a 04 0F is that of this payment.
func (y *payment) matches(s *StatusInfo, r terminal.Result) bool {
	return s.Has.Contains(HasResult|HasAmount|HasCurrency) &&
		r.Amount == y.p.Amount && r.Currency == y.p.Currency && y.d.here(r.Mark)
}

// here reports whether m can be a transaction of the terminal that we registered with.
func (d *Driver) here(m terminal.Mark) bool {
	return d.reg.Terminal == "" || m.Terminal == "" || m.Terminal == d.reg.Terminal
}

func (y *payment) no(why terminal.Reason, r terminal.Result) Command {
	r.Outcome, r.Reason = devices.Refused, why
	y.last, y.down, y.approved = r, why, false
	if y.hold != nil {
		y.hold.stop()
	}
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
	case failed && y.last.Outcome == devices.Refused:
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
