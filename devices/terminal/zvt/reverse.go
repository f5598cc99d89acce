package zvt

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"murur/devices"
	"murur/devices/terminal"
)

// Result codes of a reversal.
const (
	codeAlreadyReversed = 0xB4
	codeNotReversible   = 0xB5
)

// Reverse undoes a payment by its receipt number; see terminal.Terminal. Amount and
// currency go with it, so that a number that came round again hits nothing else. A
// terminal that has reversed it before says so (B4), which makes asking again safe: an
// interrupted reversal is Unknown, and found out by the next Reverse.
func (d *Driver) Reverse(ctx context.Context, r terminal.Reversal) (terminal.Result, error) {
	res := terminal.Result{Outcome: devices.Unknown, Amount: r.Amount, Currency: r.Currency}
	receipt, err := strconv.Atoi(r.Payment.Receipt)
	if err != nil || receipt < 0 || receipt > 9999 || r.Amount <= 0 || r.Amount > maxAmount || r.Currency <= 0 || r.Currency > 999 {
		return res, fmt.Errorf("cannot reverse: receipt %q, amount %d and currency %d name no payment", r.Payment.Receipt, r.Amount, r.Currency)
	}
	if err := d.acquire(ctx); err != nil {
		return res, fmt.Errorf("cannot reverse: %w", err)
	}
	defer d.release()
	if d.link == nil && d.o.Framing == Serial {
		d.opened = CmdReverse // whatever ran before this link is on the same wire
	}
	if err := d.persist(ctx, func() error { return d.connect(ctx) }); err != nil {
		return res, fmt.Errorf("cannot reverse: %w", err)
	}
	if !d.here(r.Payment) {
		return res, fmt.Errorf("cannot reverse: payment is of terminal %s, this is %s", r.Payment.Terminal, d.reg.Terminal)
	}
	x := &reversal{d: d, r: r, result: res}
	cmd := AppendReversal(nil, d.o.Password, receipt, r.Amount, r.Currency, d.appendToken(nil, r.Token)...)
	_, err = d.run(ctx, cmd, x.answerTo)
	out, err := x.end(err)
	out.Slips = d.paper.take()
	if err != nil {
		return out, fmt.Errorf("cannot tell what became of the reversal: %w", err)
	}
	return out, nil
}

// reversal is one running 06 30.
type reversal struct {
	d      *Driver
	r      terminal.Reversal
	result terminal.Result // of the last 04 0F
	code   byte
	told   bool // a 04 0F came
	wrong  bool // that was not of this reversal
}

// answerTo consents to a 04 0F that undoes what was asked for, and to nothing else.
func (x *reversal) answerTo(a APDU) Command {
	if a.Command() != MsgStatusInfo {
		return x.d.answerTo(a)
	}
	s, _ := ParseStatusInfo(a.Data())
	res := x.d.result(&s)
	if !s.Has.Contains(HasResult) || s.Result == 0 && !x.matches(&s, res) {
		x.wrong = true
		return AnswerErr | voteNo
	}
	x.told, x.code = true, s.Result
	res.Outcome, res.Amount, res.Currency = devices.Unknown, x.r.Amount, x.r.Currency
	x.result = res
	return AnswerOK
}

// matches holds what the terminal says of the reversal against what was asked; it need
// not say everything.
func (x *reversal) matches(s *StatusInfo, res terminal.Result) bool {
	trace, _ := strconv.ParseUint(x.r.Payment.Trace, 10, 64)
	return (!s.Has.Contains(HasAmount) || res.Amount == x.r.Amount) &&
		(!s.Has.Contains(HasCurrency) || res.Currency == x.r.Currency) &&
		(!s.Has.Contains(HasReversed) || x.r.Payment.Trace == "" || uint64(s.Reversed) == trace%1_000_000) &&
		s.clash == 0 && x.d.here(res.Mark)
}

// end is the result by the last 04 0F and by how the command ended.
//
//	                 06 0F        06 1E or refused    silence, broken link
//	none             unknown      B4 confirmed        unknown
//	                              else refused
//	done             confirmed    unknown             unknown
//	B4               confirmed    confirmed           confirmed
//	refused          refused      refused             unknown
//	not of this      unknown      unknown             unknown
func (x *reversal) end(err error) (terminal.Result, error) {
	res := x.result
	var no refusal
	ended := errors.As(err, &no)
	if ended && !x.told {
		x.code, res.Code = no.code, fmt.Sprintf("%02X", no.code)
	}
	switch {
	case x.wrong:
		return res, errors.Join(errors.New("terminal undoes something else"), err)
	case (x.told || ended) && x.code == codeAlreadyReversed,
		x.told && x.code == 0 && err == nil:
		res.Outcome = devices.Confirmed
	case x.told && x.code == 0 && ended:
		return res, fmt.Errorf("terminal fails after our consent: %w", err)
	case x.told && x.code != 0 && (ended || err == nil), ended && !x.told:
		res.Outcome, res.Reason = devices.Refused, Reason(x.code)
		if x.code == codeNotReversible {
			res.Reason = terminal.ReasonFinal
		}
	case err == nil:
		return res, errors.New("terminal ends without a result")
	default:
		return res, err
	}
	return res, nil
}
