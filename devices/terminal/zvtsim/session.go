package zvtsim

import (
	"errors"
	"time"

	"murur/devices/terminal/zvt"
)

// t3 is how long the terminal waits for the kiosk's answer to a message.
const t3 = 5 * time.Second

// session is the terminal switched on, on one line: what it forgets when the power
// goes.
type session struct {
	*Terminal
	line       *line
	registered bool
	tlv        bool // the kiosk wants containers
	aborted    bool // a 06 B0 was taken
}

// serve is the idle terminal: the kiosk is master.
func (s *session) serve() error {
	for {
		a, _, err := s.line.recv(time.Hour, nil)
		switch {
		case err == errTime:
			continue
		case err == nil:
			err = s.command(a)
		}
		if err != nil && !errors.Is(err, errGiveUp) {
			return err
		}
		s.show("idle", "Welcome")
	}
}

// command carries out one command of the kiosk.
func (s *session) command(a zvt.APDU) error {
	c := a.Command()
	if a.IsAnswer() {
		if s.line.struckNothing() {
			s.violate("answer % X to nothing", []byte(a))
		}
		return nil
	}
	if s.is(&s.busy) && c != zvt.CmdStatus {
		s.show("busy", "Please wait")
		return s.answer(c, 0x9C)
	}
	code := s.check(a)
	if code != 0 {
		return s.answer(c, code)
	}
	switch c {
	case zvt.CmdRegister:
		return s.register(a)
	case zvt.CmdStatus:
		return s.enquire()
	case zvt.CmdPay:
		return s.pay(a)
	case zvt.CmdRepeat:
		return s.repeat()
	case zvt.CmdAbort: // nothing is running
		return s.answer(c, 0)
	case zvt.CmdLogOff:
		s.registered, s.tlv = false, false
		return s.answer(c, 0)
	}
	return s.answer(c, 0x83)
}

// answer is 80 00 00, or 84 with a code.
func (s *session) answer(on zvt.Command, code byte) error {
	a := zvt.AppendAPDU(nil, zvt.AnswerOK)
	if code != 0 {
		a = zvt.AppendAPDU(nil, zvt.AnswerErr|zvt.Command(code))
	}
	return s.line.send(on, a)
}

// ask sends a message and waits for the kiosk's answer, at most for d. A 06 B0 that
// crosses it is answered afterwards.
func (s *session) ask(c zvt.Command, data []byte, d time.Duration) (zvt.APDU, error) {
	if err := s.line.send(c, zvt.AppendAPDU(nil, c, data...)); err != nil {
		return nil, err
	}
	end := time.Now().Add(d)
	var answer zvt.APDU
	crossed := false
	for answer == nil {
		a, _, err := s.line.recv(time.Until(end), nil)
		switch {
		case err == errTime:
			return nil, errGiveUp
		case err != nil:
			return nil, err
		case a.IsAnswer():
			answer = a
		case a.Command() == zvt.CmdAbort:
			crossed = true
		case a.Command() == zvt.CmdStatus: // a kiosk that recovers asks until it is answered
		default:
			s.violate("command % X while %v waits for its answer", []byte(a), c)
		}
	}
	if len(answer.Data()) > 0 {
		s.violate("answer % X carries data", []byte(answer))
	}
	if crossed {
		return answer, s.answer(zvt.CmdAbort, 0x83)
	}
	return answer, nil
}

// tell is ask for messages that the kiosk can only accept.
func (s *session) tell(c zvt.Command, data ...byte) error {
	answer, err := s.ask(c, data, t3)
	if err == nil && !answer.Positive() {
		s.violate("%v is answered with % X", c, []byte(answer))
	}
	return err
}

// status tells an intermediate status: code, T4 in minutes, one line of text.
func (s *session) status(code byte, text string) error {
	data := []byte{code}
	if s.tlv && text != "" {
		lines := zvt.AppendTLV(nil, zvt.TagText, []byte(text)...)
		data = append(data, 0x02)
		data = zvt.AppendField(data, 0x06, zvt.AppendTLV(nil, zvt.TagDisplay, lines...)...)
	}
	return s.tell(zvt.MsgIntermediate, data...)
}

func (s *session) register(a zvt.APDU) error {
	data := a.Data()
	if cc, _ := zvt.BCD(data[4:6]); int(cc) != s.o.Currency {
		return s.line.send(zvt.CmdRegister, zvt.AppendAPDU(nil, 0x841E, append([]byte{0x6F}, bcd(s.o.Currency)...)...))
	}
	if err := s.answer(zvt.CmdRegister, 0); err != nil {
		return err
	}
	s.registered, s.rebooted = true, false
	s.tlv = hasField(data[6:], 0x06)
	end := zvt.AppendField(nil, 0x19, 0x10)
	end = zvt.AppendField(end, 0x29, digits(s.o.TerminalID)...)
	end = zvt.AppendField(end, 0x49, bcd(s.o.Currency)...)
	if s.tlv {
		end = zvt.AppendField(end, 0x06, zvt.AppendTLV(zvt.AppendTLV(nil,
			zvt.TagCharsets, zvt.AppendTLV(nil, zvt.TagCharset, 0xFE)...), zvt.TagMaxAPDU, 0x04, 0x00)...)
	}
	return s.tell(zvt.MsgCompletion, end...)
}

func bcd(currency int) []byte { return zvt.AppendBCD(nil, uint64(currency), 2) }

func hasField(data []byte, number byte) bool {
	f := zvt.ReadFields(data)
	for f.Next() {
		if f.Number() == number {
			return true
		}
	}
	return false
}

func (s *session) enquire() error {
	if err := s.answer(zvt.CmdStatus, 0); err != nil {
		return err
	}
	s.mu.Lock()
	status := s.Terminal.status
	if s.busy {
		status = 0x9C
	}
	s.mu.Unlock()
	n := len(s.o.Version)
	end := []byte{0xF0, 0xF0 | byte(n/10), 0xF0 | byte(n%10)}
	end = append(append(end, s.o.Version...), status)
	return s.tell(zvt.MsgCompletion, end...)
}

// repeat sends the 04 0F of the last transaction once more; an empty journal just
// completes.
func (s *session) repeat() error {
	if err := s.answer(zvt.CmdRepeat, 0); err != nil {
		return err
	}
	if x := s.lastTransaction(); x != nil {
		if err := s.tell(zvt.MsgStatusInfo, s.statusInfo(x, "")...); err != nil {
			return err
		}
	}
	return s.tell(zvt.MsgCompletion)
}
