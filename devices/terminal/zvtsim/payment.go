package zvtsim

import (
	"fmt"
	"time"

	"murur/devices/terminal/zvt"
)

// Result codes of the terminal itself.
const (
	codeCancelled = 0x6C
	codeWrongPIN  = 0x37
	codeNoBank    = 0xA3
	codeNoCard    = 0x64
)

// pay is the terminal as master: from 80 00 00 to 06 0F or 06 1E.
func (s *session) pay(a zvt.APDU) error {
	asked := readPayment(a)
	amount := asked.amount
	s.mu.Lock()
	c := s.customer.withDefaults()
	s.mu.Unlock()
	select {
	case <-s.keys: // pressed before anybody asked
	default:
	}
	s.aborted = false
	if err := s.answer(zvt.CmdPay, 0); err != nil {
		return err
	}
	if asked.known {
		s.compare(asked.unique)
	}
	price := fmt.Sprintf("KD %d.%03d", amount/1000, amount%1000)

	s.show("card", price+"\nInsert or tap your card")
	if err := s.status(0x0A, "Insert card"); err != nil {
		return err
	}
	k, err := s.person(c)
	switch {
	case err != nil:
		return err
	case k.kind == keyDecline:
		c.Mode, c.Code = Decline, k.code
	case k.kind != keyTap:
		return s.fail(codeCancelled)
	}
	if c.Mode == Removes {
		s.show("pin", price+"\nEnter your PIN")
		if err := s.status(0x01, "Enter PIN"); err != nil {
			return err
		}
		return s.fail(codeNoCard)
	}
	if err := s.pin(c, amount, price); err != nil || s.aborted {
		return s.orAborted(err)
	}

	s.show("host", price+"\nPlease wait")
	if err := s.status(0x0E, "Please wait"); err != nil {
		return err
	}
	if _, err := s.wait(s.o.Pauses.Host, false, nil); err != nil {
		return err
	}
	if s.is(&s.offline) {
		return s.fail(codeNoBank)
	}
	if c.Mode == Decline {
		x := s.enter(c, amount, s.o.Currency, c.Code, time.Now())
		s.show("remove", price+"\nDeclined")
		if err := s.tell(zvt.MsgStatusInfo, s.statusInfo(x, "")...); err != nil {
			return err
		}
		if _, err := s.wait(s.o.Pauses.Remove, false, nil); err != nil {
			return err
		}
		return s.tell(zvt.MsgAborted, c.Code)
	}
	return s.approve(c, asked, price)
}

func (s *session) orAborted(err error) error {
	if err != nil {
		return err
	}
	return s.fail(codeCancelled)
}

// person waits for the customer to do something.
func (s *session) person(c Customer) (key, error) {
	switch c.Mode {
	case Manual:
		return s.wait(s.o.CardTimeout, true, s.keys)
	case Absent:
		return s.wait(s.o.CardTimeout, true, nil)
	}
	k, err := s.wait(s.o.Pauses.Card, true, nil)
	if k.kind == keyTimeout {
		k.kind = keyTap
		if c.Mode == Cancel {
			k.kind = keyCancel
		}
	}
	return k, err
}

// pin is the PIN entry, with as many wrong ones as the customer has in mind.
func (s *session) pin(c Customer, amount int64, price string) error {
	for wrong := 0; ; wrong++ {
		s.show("pin", price+"\nEnter your PIN")
		if err := s.status(0x01, "Enter PIN"); err != nil {
			return err
		}
		k, err := s.wait(s.o.Pauses.PIN, true, nil)
		if err != nil {
			return err
		}
		if k.kind == keyAbort {
			s.aborted = true
			return nil
		}
		if wrong == c.WrongPIN {
			return nil
		}
		x := s.enter(c, amount, s.o.Currency, codeWrongPIN, time.Now())
		if err := s.tell(zvt.MsgStatusInfo, s.statusInfo(x, "")...); err != nil {
			return err
		}
		s.show("pin", price+"\nWrong PIN")
		if err := s.status(0x15, "Wrong PIN"); err != nil {
			return err
		}
	}
}

// wait lets d pass, or waits for a key. A 06 B0 that comes meanwhile is answered; taken
// only where abortable says that no host is involved yet.
func (s *session) wait(d time.Duration, abortable bool, keys <-chan key) (key, error) {
	end := time.Now().Add(d)
	for {
		a, k, err := s.line.recv(time.Until(end), keys)
		switch {
		case err == errTime:
			return key{kind: keyTimeout}, nil
		case err != nil || k.kind != keyNone:
			return k, err
		case a.Command() == zvt.CmdStatus: // as in ask
			continue
		case a.Command() != zvt.CmdAbort:
			s.violate("% X while the terminal is master", []byte(a))
			continue
		}
		s.numberOf(a)
		taken := abortable && s.o.Abort == AbortUntilHost
		switch {
		case s.o.Abort == AbortIgnored:
		case taken:
			return key{kind: keyAbort}, s.answer(zvt.CmdAbort, 0)
		default:
			if err := s.answer(zvt.CmdAbort, 0x83); err != nil {
				return key{}, err
			}
		}
	}
}

// fail ends without a charge. Some terminals tell it by a 04 0F too.
func (s *session) fail(code byte) error {
	s.show("idle", "Cancelled")
	if s.rnd.IntN(2) == 0 {
		if err := s.tell(zvt.MsgStatusInfo, zvt.AppendField(nil, 0x27, code)...); err != nil {
			return err
		}
	}
	return s.tell(zvt.MsgAborted, code)
}
