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
	slips      bool // the kiosk takes slips
	aborted    bool // a 06 B0 was taken
	sequenced  bool // messages are numbered
	plain      bool // but not this dialogue: a kiosk that recovers asks for the status first
	seq        uint32
	running    zvt.Command // the last command
	commanded  uint32      // its number
	sent       zvt.APDU    // our answer to it
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
	if s.sequenced {
		id, ok := zvt.SequenceOf(a, 0)
		s.plain = !ok
		switch {
		case ok && id == s.commanded && s.sent != nil: // a repeat
			return s.line.send(c, s.sent)
		case !ok && c == zvt.CmdStatus:
		case !ok && c != zvt.CmdRegister:
			s.violate("%v without a number", c)
		case ok && id != zvt.NextSequence(s.seq) && s.line.struckNothing():
			s.violate("%v has number %d after %d", c, id, s.seq)
		}
		if ok {
			s.seq, s.commanded, s.sent = id, id, nil
		}
	}
	s.running = c
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
		s.registered, s.tlv, s.slips = false, false, false
		return s.answer(c, 0)
	case zvt.CmdReverse:
		return s.reverse(a)
	case zvt.CmdEndOfDay:
		return s.endOfDay()
	case zvt.CmdDiagnosis:
		return s.maintain(c, 0xC2, 0x62, 0xC1)
	case zvt.CmdInitialise:
		return s.maintain(c, 0x51)
	case zvt.CmdClock:
		s.cure(0x62, 0xC1)
		return s.done(c)
	case zvt.CmdBaud:
		return s.changeSpeed(a.Data()[0])
	case zvt.CmdLanguage:
		s.mu.Lock()
		s.Terminal.language = a.Data()[0]
		s.mu.Unlock()
		return s.done(c)
	}
	return s.answer(c, 0x83)
}

// changeSpeed takes the line to another speed, after the answer.
func (s *session) changeSpeed(code byte) error {
	speeds := map[byte]int{zvt.Baud9600: slow, zvt.Baud115200: fast}
	switch {
	case !s.o.FastLine:
		return s.answer(zvt.CmdBaud, 0x7D)
	case speeds[code] == 0:
		return s.answer(zvt.CmdBaud, 0xFD)
	}
	if err := s.answer(zvt.CmdBaud, 0); err != nil {
		return err
	}
	s.setSpeed(speeds[code])
	return nil
}

// done answers a command and completes it.
func (s *session) done(c zvt.Command) error {
	if err := s.answer(c, 0); err != nil {
		return err
	}
	return s.tell(zvt.MsgCompletion)
}

// answer is 80 00 00, or 84 with a code.
func (s *session) answer(on zvt.Command, code byte) error {
	a := zvt.APDU(zvt.AppendAPDU(nil, zvt.AnswerOK))
	if code != 0 {
		a = zvt.AppendAPDU(nil, zvt.AnswerErr|zvt.Command(code))
	}
	if s.numbered() {
		a = zvt.WithSequence(a, s.commanded, 0)
		s.sent = a
	}
	return s.line.send(on, a)
}

// ask sends a message and waits for the kiosk's answer, at most for d. A 06 B0 that
// crosses it is answered afterwards.
func (s *session) ask(c zvt.Command, data []byte, d time.Duration) (zvt.APDU, error) {
	if s.strike(c, Prints) != nil {
		if err := s.printsNow(); err != nil {
			return nil, err
		}
	}
	a, id := zvt.APDU(zvt.AppendAPDU(nil, c, data...)), uint32(0)
	if s.numbered() {
		s.seq = zvt.NextSequence(s.seq)
		id = s.seq
		a = zvt.WithSequence(a, id, s.running)
	}
	if err := s.line.send(c, a); err != nil {
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
			s.numberOf(a)
		case a.Command() == zvt.CmdStatus: // a kiosk that recovers asks until it is answered
		default:
			s.violate("command % X while %v waits for its answer", []byte(a), c)
		}
	}
	if s.numbered() {
		if got, ok := zvt.SequenceOf(answer, 0); c != zvt.MsgPrintLine && (!ok || got != id) {
			s.violate("answer to number %d has number %d", id, got)
		}
	} else if len(answer.Data()) > 0 {
		s.violate("answer % X carries data", []byte(answer))
	}
	if crossed {
		return answer, s.answer(zvt.CmdAbort, 0x83)
	}
	return answer, nil
}

func (s *session) numbered() bool { return s.sequenced && !s.plain }

// numberOf takes the number of a 06 B0.
func (s *session) numberOf(a zvt.APDU) {
	if id, ok := zvt.SequenceOf(a, 0); ok && s.sequenced {
		s.seq, s.commanded = max(s.seq, id), id
	}
}

// tell is ask for messages that the kiosk can only accept.
func (s *session) tell(c zvt.Command, data ...byte) error {
	answer, err := s.ask(c, data, t3)
	if err == nil && !answer.Positive() {
		s.violate("%v is answered with % X", c, []byte(answer))
	}
	if err == nil && (c == zvt.MsgCompletion || c == zvt.MsgAborted) {
		return s.afterwards(c)
	}
	return err
}

// afterwards is what a terminal may still say when the kiosk is master again.
func (s *session) afterwards(c zvt.Command) error {
	if s.strike(c, LateStatus) != nil {
		if err := s.status(0x17, "Please wait"); err != nil {
			return err
		}
	}
	if x := s.lastTransaction(); x != nil && s.strike(c, LateResult) != nil {
		return s.tell(zvt.MsgStatusInfo, s.statusInfo(x, "")...)
	}
	return nil
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
	s.sequenced = false
	if err := s.answer(zvt.CmdRegister, 0); err != nil {
		return err
	}
	s.registered, s.rebooted = true, false
	wishes := container(data[6:])
	s.tlv, s.slips = wishes != nil, data[3] == zvt.ConfigSlips
	_, numbered := find(wishes, zvt.TagSequence)
	numbered = numbered && s.o.Sequence
	end := zvt.AppendField(nil, 0x19, 0x10)
	end = zvt.AppendField(end, 0x29, digits(s.o.TerminalID)...)
	end = zvt.AppendField(end, 0x49, bcd(s.o.Currency)...)
	if s.tlv {
		c := zvt.AppendTLV(zvt.AppendTLV(nil,
			zvt.TagCharsets, zvt.AppendTLV(nil, zvt.TagCharset, 0xFE)...), zvt.TagMaxAPDU, 0x04, 0x00)
		if numbered {
			c = zvt.AppendTLV(c, zvt.TagSequence, 0, 0, 0)
		}
		end = zvt.AppendField(end, 0x06, c...)
	}
	err := s.tell(zvt.MsgCompletion, end...)
	s.sequenced, s.seq, s.commanded, s.sent = numbered, 0, 0, nil
	return err
}

func bcd(currency int) []byte { return zvt.AppendBCD(nil, uint64(currency), 2) }

// container is the value of bitmap 06; nil when it is not there.
func container(data []byte) []byte {
	f := zvt.ReadFields(data)
	for f.Next() {
		if f.Number() == 0x06 {
			return append([]byte{}, f.Value()...)
		}
	}
	return nil
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
