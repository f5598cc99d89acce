package zvt

import (
	"context"
	"errors"
	"fmt"

	"murur/devices"
	"murur/devices/terminal"
)

// Field 27 of the 06 0F after an end of day: what the terminal does next.
const (
	codeUpdates  = 0xE0
	codeRestarts = 0xFC
)

// EndOfDay closes the batch; see terminal.Terminal. Confirmed needs the terminal's own
// 04 0F with a good result and its completion. What the 04 0F said is in the Batch even
// when the end is Unknown.
func (d *Driver) EndOfDay(ctx context.Context) (terminal.Batch, error) {
	b := terminal.Batch{Outcome: devices.Refused, Reason: terminal.ReasonUnavailable, Currency: d.o.Currency}
	if err := d.acquire(ctx); err != nil {
		return b, fmt.Errorf("cannot close the day: %w", err)
	}
	defer d.release()
	if err := d.connect(ctx); err != nil {
		return b, fmt.Errorf("cannot close the day: %w", err)
	}
	b = terminal.Batch{Outcome: devices.Unknown, Currency: d.o.Currency}
	told := false
	var code byte
	var broken error
	end, err := d.run(ctx, AppendEndOfDay(nil, d.o.Password), func(a APDU) Command {
		if a.Command() != MsgStatusInfo {
			return d.answerTo(a)
		}
		s, err := ParseStatusInfo(a.Data())
		if !s.Has.Contains(HasResult) {
			broken = errors.Join(errors.New("no result code"), err)
			return AnswerOK
		}
		told, code = true, s.Result
		broken = d.count(&b, &s)
		return AnswerOK
	})
	b.Slips = d.paper.take()
	var no refusal
	switch {
	case errors.As(err, &no):
		if told && code == 0 {
			return b, fmt.Errorf("cannot tell whether the day is closed: totals came, then: %w", err)
		}
		b.Outcome, b.Reason, b.Code = devices.Refused, Reason(no.code), fmt.Sprintf("%02X", no.code)
		return b, nil
	case err != nil:
		return b, fmt.Errorf("cannot tell whether the day is closed: %w", err)
	}
	if s, _ := ParseStatusInfo(end.Data()); s.Has.Contains(HasResult) && s.Result != 0 {
		if b.Away = s.Result == codeUpdates || s.Result == codeRestarts; !b.Away {
			code, b.Code = s.Result, fmt.Sprintf("%02X", s.Result)
		}
	}
	switch {
	case code != 0:
		b.Outcome, b.Reason = devices.Refused, Reason(code)
	case told:
		b.Outcome = devices.Confirmed
	default:
		broken = errors.Join(errors.New("terminal ends without totals"), broken)
	}
	if b.Away {
		d.drop() // the next call finds out when it is back
	}
	if broken != nil {
		return b, fmt.Errorf("cannot tell what the day was: %w", broken)
	}
	return b, nil
}

// count takes the totals of a 04 0F. A good result stays one when they cannot be read.
func (d *Driver) count(b *terminal.Batch, s *StatusInfo) error {
	r := d.result(s)
	b.Code, b.Total, b.Mark, b.At = r.Code, s.Amount, r.Mark, r.At
	if s.Has.Contains(HasCurrency) {
		b.Currency = int(s.Currency)
	}
	b.First, b.Last, b.Groups = "", "", nil
	if s.Totals == nil {
		return nil
	}
	totals, err := ParseTotals(s.Totals)
	if err != nil {
		return err
	}
	b.First, b.Last = fmt.Sprintf("%04d", totals.First), fmt.Sprintf("%04d", totals.Last)
	b.Groups = []terminal.Group{}
	for k, g := range totals.Groups {
		if g != (Total{}) {
			b.Groups = append(b.Groups, terminal.Group{Scheme: Schemes[k], Count: g.Count, Sum: g.Sum})
		}
	}
	return nil
}
