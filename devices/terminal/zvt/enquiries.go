package zvt

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"murur/devices"
	"murur/devices/terminal"
)

// register sends the 06 00. A refusal is a *devices.Fault: the settings are wrong.
func (d *Driver) register(ctx context.Context) error {
	d.sequenced, d.seq, d.theirs, d.asked = false, 0, 0, 0
	end, err := d.run(ctx, AppendRegistration(nil, Registration{
		Password: d.o.Password, Currency: d.o.Currency, Columns: d.o.Columns, Sequence: d.o.Sequence,
	}), nil)
	var no refusal
	switch {
	case errors.As(err, &no) && (no.code == codePleaseWait || no.code == 0xA0):
		return StatusFault(no.code)
	case errors.As(err, &no):
		return &devices.Fault{Code: "terminal-registration-refused", Remedy: devices.RemedyConfiguration, Detail: no.Error()}
	case err != nil:
		return err
	}
	reg, err := ParseRegistered(end.Data())
	if err != nil && reg.Currency == 0 {
		return fmt.Errorf("cannot read the terminal's registration: %w", err)
	}
	if reg.Currency != 0 && reg.Currency != d.o.Currency {
		return &devices.Fault{
			Code: "terminal-currency", Remedy: devices.RemedyConfiguration,
			Detail: fmt.Sprintf("terminal settles in %03d, not in %03d", reg.Currency, d.o.Currency),
		}
	}
	d.reg, d.registered = reg, true
	d.sequenced = reg.Sequence && d.o.Sequence
	d.paper.charset = reg.Charset
	return nil
}

// enquire sends the 05 01.
func (d *Driver) enquire(ctx context.Context) (State, error) {
	var password []byte // without an id there is no need for one
	if d.sequenced {
		password = appendPassword(nil, d.o.Password)
	}
	end, err := d.run(ctx, AppendAPDU(nil, CmdStatus, password...), nil)
	var no refusal
	if errors.As(err, &no) {
		if fault := StatusFault(no.code); fault != nil {
			return State{}, fault
		}
	}
	if err != nil {
		return State{}, err
	}
	state, err := ParseState(end.Data())
	if err != nil {
		return State{}, fmt.Errorf("cannot read the terminal's status: %w", err)
	}
	if state.Version != "" {
		d.model = state.Version
	}
	return state, nil
}

// transaction is the 04 0F of a transaction in the terminal's journal.
type transaction struct {
	terminal.Result
	reversal bool
	code     byte
}

// repeat sends the 06 20 and returns the last transaction; nil when the terminal ends
// well without a 04 0F, because then there is none.
func (d *Driver) repeat(ctx context.Context) (*transaction, error) {
	var t *transaction
	var broken error
	_, err := d.run(ctx, AppendRepeat(nil, d.o.Password), func(a APDU) Command {
		if a.Command() != MsgStatusInfo {
			return d.answerTo(a)
		}
		s, err := ParseStatusInfo(a.Data())
		if !s.Has.Contains(HasResult) || s.Mark() == (terminal.Mark{}) {
			broken = fmt.Errorf("cannot read the last transaction: %w", errors.Join(err, errNoMark))
			return AnswerOK
		}
		d.known = s.Mark()
		t = &transaction{Result: d.result(&s), reversal: s.Has.Contains(HasReversed), code: s.Result}
		return AnswerOK
	})
	if err != nil {
		return nil, err
	}
	return t, broken
}

var errNoMark = errors.New("result code or transaction numbers are missing")

// result is a 04 0F in the words of the contract, without an outcome.
func (d *Driver) result(s *StatusInfo) terminal.Result {
	r := terminal.Result{
		Code: fmt.Sprintf("%02X", s.Result), Amount: s.Amount, Currency: int(s.Currency),
		Mark: s.Mark(), Card: string(s.Card), PAN: s.MaskedPAN(), At: s.At(time.Now().In(d.o.Location)),
		Token: hex.EncodeToString(s.Unique),
	}
	if s.Has.Contains(HasHostCode) {
		r.Code += fmt.Sprintf(" A0=%02X", s.HostCode)
	}
	return r
}
