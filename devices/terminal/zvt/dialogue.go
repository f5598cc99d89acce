package zvt

import (
	"context"
	"errors"
	"fmt"
	"time"

	"murur/devices"
	"murur/devices/terminal"
)

var (
	errOpen   = fmt.Errorf("link cannot be opened: %w", devices.ErrLink)
	errAnswer = fmt.Errorf("no answer to a command: %w", devices.ErrLink)
	errT4     = fmt.Errorf("running command says nothing more: %w", devices.ErrLink)
)

// refusal is a command that the terminal did not carry out.
type refusal struct {
	command Command
	code    byte
}

func (r refusal) Error() string {
	return fmt.Sprintf("terminal refused %v with %02X", r.command, r.code)
}

// connect makes the link usable: open, silent, registered, and as fast as it can be.
func (d *Driver) connect(ctx context.Context) error {
	if err := d.dial(ctx); err != nil {
		return err
	}
	if d.opened == 0 && d.registered {
		return nil
	}
	start := d.register
	if d.opened != 0 {
		start = d.resync // the terminal may still be busy with that
	}
	err := start(ctx)
	if d.o.Fast == nil || d.o.Framing == TCP {
		return err
	}
	if d.link == nil && !errors.Is(err, errOpen) && ctx.Err() == nil { // perhaps at the other speed
		if err = d.dial(ctx); err == nil {
			err = d.register(ctx)
		}
	}
	if err != nil || d.fast {
		return err
	}
	return d.speedUp(ctx)
}

// speedUp takes the line to 115200 baud, where the terminal can, and registers there.
func (d *Driver) speedUp(ctx context.Context) error {
	answer, err := d.command(ctx.Done(), AppendBaud(nil, Baud115200))
	d.opened = 0
	if err != nil {
		return d.trouble(ctx, err)
	}
	if !answer.Positive() {
		return nil // it stays as it is
	}
	d.drop()
	select {
	case <-time.After(baudPause):
	case <-ctx.Done():
		return ctx.Err()
	}
	d.fast = true
	if err := d.dial(ctx); err != nil {
		return err
	}
	return d.register(ctx)
}

// baudPause is how long after its answer a terminal may need for the new speed.
const baudPause = 2 * time.Second

// dial opens the link when there is none.
func (d *Driver) dial(ctx context.Context) error {
	if d.link != nil {
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(d.life, cancel)()
	open := d.open
	if d.fast {
		open = d.o.Fast
	}
	stream, err := open(ctx)
	if err != nil {
		return fmt.Errorf("%w: %w", errOpen, err)
	}
	if d.o.Framing == TCP {
		d.link = newTCPLink(stream, d.o.Timers, d.o.Trace)
		d.opened = 0 // a process ends with its connection
	} else {
		d.link = newSerialLink(stream, d.o.Timers, d.o.Trace)
	}
	d.unwatch = context.AfterFunc(d.life, d.link.close)
	return nil
}

// run sends a command and serves the terminal until it gives the master rights back.
// on answers the messages in between; nil answers them politely. It returns the
// 06 0F; a 06 1E or a negative answer is a refusal. When ctx ends it returns at once
// and the rest is answered by idle.
func (d *Driver) run(ctx context.Context, cmd []byte, on func(APDU) Command) (APDU, error) {
	if on == nil {
		on = d.answerTo
	}
	answer, err := d.command(ctx.Done(), cmd)
	if err == nil && !answer.Positive() {
		err = refusal{APDU(cmd).Command(), refusalCode(answer)}
	}
	t4 := d.o.Timers.T4
	for err == nil {
		var a APDU
		if a, err = d.recv(ctx.Done(), t4); err != nil {
			break
		}
		if a.Command() == MsgIntermediate {
			t4 = d.nextT4(t4, ParseIntermediate(a.Data()))
		}
		if end := ended(a); end != nil {
			d.finish(end)
			if end.Command() == MsgCompletion {
				return end, nil
			}
			err = refusal{MsgAborted, abortCode(end)}
			break
		}
		err = d.answer(a, on)
	}
	return nil, d.trouble(ctx, err)
}

// ended is a copy of a when it gives the master rights back, nil otherwise.
func ended(a APDU) APDU {
	if c := a.Command(); c == MsgCompletion || c == MsgAborted {
		return append(APDU(nil), a...)
	}
	return nil
}

// abortCode is the code of a 06 1E; FF when it has none.
func abortCode(end APDU) byte {
	if d := end.Data(); len(d) > 0 {
		return d[0]
	}
	return 0xFF
}

// refusalCode is the code of a negative answer. A registration in the wrong currency
// is refused by 84 1E with the code behind it.
func refusalCode(answer APDU) byte {
	if d := answer.Data(); answer[1] == 0x1E && len(d) > 0 {
		return d[0]
	}
	return answer[1]
}

// finish answers the 06 0F or 06 1E. That it arrived is enough; a link that fails now
// changes nothing any more.
func (d *Driver) finish(end APDU) {
	if d.reply(AnswerOK) != nil {
		d.drop()
	}
	d.opened = 0
}

// answer sends what on says to a; answers get no answer.
func (d *Driver) answer(a APDU, on func(APDU) Command) error {
	if a.IsAnswer() {
		return nil
	}
	return d.reply(on(a))
}

// reply answers the message that came last.
func (d *Driver) reply(c Command) error {
	d.replied = AppendAPDU(d.replied[:0], c)
	if d.asked != 0 {
		d.replied = WithSequence(d.replied, d.asked, 0)
	}
	return d.link.send(nil, d.replied)
}

// recv is the next message that is new. A message with the number of the last one is
// that one again: its answer was lost, and is repeated. A number is echoed even when
// none were agreed: that was in a former life of the kiosk.
func (d *Driver) recv(wake <-chan struct{}, wait time.Duration) (APDU, error) {
	for {
		a, err := d.link.recv(wake, wait)
		if err != nil || a.IsAnswer() {
			return a, err
		}
		id, ok := SequenceOf(a, d.opened)
		switch {
		case !ok && d.sequenced && a.Command() != MsgPrintLine:
			id = NextSequence(d.seq) // it cannot be read; only this one is possible
			fallthrough
		case !ok || id != d.theirs:
			d.asked = id
			if id != 0 {
				d.theirs, d.seq = id, id
			}
			return a, nil
		}
		if err := d.link.send(nil, d.replied); err != nil {
			return nil, err
		}
	}
}

// trouble is what an error means for the link. A link that failed is closed; after a
// command that stays open the line is not trusted until it was quiet.
func (d *Driver) trouble(ctx context.Context, err error) error {
	switch {
	case err == errWoken:
		return ctx.Err()
	case err == errSilence:
		err = errT4
	}
	if errors.Is(err, devices.ErrLink) {
		d.drop()
	}
	if d.o.Fast != nil && (errors.Is(err, errNoAck) || errors.Is(err, errDamaged)) {
		// A terminal that restarted is slow again; one that went on is still fast.
		d.fast = !d.fast
	}
	var no refusal
	if errors.As(err, &no) {
		d.opened = 0
		if no.code == codeNotRegistered {
			d.registered = false
		}
	}
	return err
}

// nextT4 is T4 after a 04 FF.
func (d *Driver) nextT4(t4 time.Duration, m Intermediate) time.Duration {
	if m.Minutes > 0 {
		return time.Duration(m.Minutes) * time.Minute
	}
	return t4
}

// command sends a command and returns the answer to it. Until the answer says no, or
// the command ended, it counts as open.
func (d *Driver) command(wake <-chan struct{}, cmd []byte) (APDU, error) {
	if d.link == nil { // it failed under the last answer of the command before
		return nil, fmt.Errorf("%w: %w", errUnsent, errClosed)
	}
	before := d.opened
	d.opened = APDU(cmd).Command()
	if d.sequenced {
		d.seq = NextSequence(d.seq)
		cmd = WithSequence(cmd, d.seq, 0)
	}
	mine := d.seq
	if err := d.link.send(wake, cmd); err != nil {
		if errors.Is(err, errUnsent) {
			d.opened = before
		}
		return nil, err
	}
	deadline := time.Now().Add(d.o.Timers.T3)
	for {
		a, err := d.recv(wake, time.Until(deadline))
		switch {
		case err == errSilence:
			return nil, errAnswer
		case err != nil:
			return nil, err
		case a.IsAnswer():
			if id, ok := SequenceOf(a, 0); ok && d.sequenced && id != mine {
				continue // of a command before
			}
			return append(APDU(nil), a...), nil
		}
		if err := d.answer(a, d.answerTo); err != nil {
			return nil, err
		}
	}
}

// quiet listens until the open command ends, or until the line was silent long enough
// to know that nobody will speak.
func (d *Driver) quiet(ctx context.Context) error {
	for d.opened != 0 {
		wait := time.Until(d.link.heard().Add(d.o.Timers.Quiet))
		if wait <= 0 {
			d.opened = 0
			break
		}
		a, err := d.recv(ctx.Done(), wait)
		if err == errSilence {
			continue
		}
		if err == nil {
			err = d.answer(a, d.answerTo)
		}
		if err != nil {
			return d.trouble(ctx, err)
		}
	}
	return nil
}

// idle answers what the terminal still says between two calls.
func (d *Driver) idle(stop <-chan struct{}, done chan<- struct{}) {
	defer close(done)
	for {
		a, err := d.recv(stop, time.Hour)
		switch {
		case err == errSilence:
			continue
		case err == errWoken:
			return
		case err == nil:
			err = d.answer(a, d.answerTo)
		}
		if err != nil {
			d.drop()
			return
		}
	}
}

// answerTo is the answer to a message outside of a payment. A 04 0F that nobody is
// there to save is voted down, so that the terminal undoes the payment; one that was
// over before, one of another command, and the totals of a terminal that closes its day
// by itself are not.
func (d *Driver) answerTo(a APDU) Command {
	switch a.Command() {
	case MsgIntermediate, MsgSetClock:
		return AnswerOK
	case MsgPrintLine:
		d.paper.line(a.Data())
		return AnswerOK
	case MsgPrintText:
		d.paper.block(a.Data())
		return AnswerOK
	case MsgCompletion, MsgAborted:
		d.opened = 0
		return AnswerOK
	case MsgStatusInfo:
		s, _ := ParseStatusInfo(a.Data())
		undecided := !s.Has.Contains(HasResult) || s.Result == 0
		// Enquiry and registration have no 04 0F of their own; they are sent while a
		// payment may still be on its way.
		payment := d.opened == 0 || d.opened == CmdPay || d.opened == CmdStatus || d.opened == CmdRegister
		old := sameMark(s.Mark(), d.saved) || sameMark(s.Mark(), d.known)
		if payment && undecided && !s.Has.Contains(HasReversed) && s.Totals == nil && !old {
			return AnswerErr | voteNo
		}
		return AnswerOK
	}
	return AnswerErr | codeUnsupported
}

// sameMark reports whether both name one transaction.
func sameMark(a, b terminal.Mark) bool {
	return a.Trace == b.Trace && a.Receipt == b.Receipt && (a.Trace != "" || a.Receipt != "") &&
		(a.Terminal == b.Terminal || a.Terminal == "" || b.Terminal == "")
}
