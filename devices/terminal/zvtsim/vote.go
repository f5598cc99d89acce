package zvtsim

import (
	"errors"
	"time"

	"murur/devices/terminal/zvt"
)

// asked is what a 06 01 asks for.
type asked struct {
	amount int64
	wait   time.Duration // field 01; 0 is not said
	holds  int           // field 02; -1 is without end
	known  bool          // 1F1F was sent
	unique []byte
}

func readPayment(a zvt.APDU) asked {
	p := asked{holds: -1}
	f := zvt.ReadFields(a.Data())
	for f.Next() {
		switch f.Number() {
		case 0x04:
			v, _ := zvt.BCD(f.Value())
			p.amount = int64(v)
		case 0x01:
			p.wait = time.Duration(f.Value()[0]) * time.Second
		case 0x02:
			p.holds = int(f.Value()[0])
		case 0x06:
			p.unique, p.known = find(f.Value(), zvt.TagUnique)
		}
	}
	return p
}

// find is the value of the first object with that tag, at the top of a container.
func find(p []byte, tag zvt.Tag) ([]byte, bool) {
	t := zvt.ReadTLV(p)
	for t.Next() {
		if t.Tag() == tag {
			return append([]byte{}, t.Value()...), true
		}
	}
	return nil, false
}

// compare holds the kiosk's last known transaction against the journal: one behind
// makes the terminal undo its last one silently and use its number again; anything
// else that is not the last one changes nothing.
func (s *session) compare(unique []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(unique) != 2 || (int(unique[0])<<8|int(unique[1]))+1 != s.receipt {
		return
	}
	for _, x := range s.book {
		if x.Receipt == s.receipt && x.Batch == 0 && x.Charged() {
			x.Fate, x.Undone = Reversed, "1F1F"
			s.receipt--
		}
	}
}

// approve books at the bank, asks for the kiosk's vote, and keeps or undoes the
// booking by it.
func (s *session) approve(c Customer, p asked, price string) error {
	if previous := s.lastTransaction(); previous != nil && s.strike(zvt.MsgStatusInfo, PreviousResult) != nil {
		if err := s.tell(zvt.MsgStatusInfo, s.statusInfo(previous, "")...); err != nil {
			return err
		}
	}
	x := s.enter(c, p.amount, s.o.Currency, 0, time.Now())
	if c.Mode == CancelsLate {
		s.settle(x, Reversed, "", "terminal")
		s.show("undoing", price+"\nCancelled")
		if err := s.status(0x05, "Reversal"); err != nil {
			return err
		}
		return s.fail(codeCancelled)
	}
	s.show("vote", price+"\nApproved")
	lie := Kind("")
	if f := s.strike(zvt.MsgStatusInfo, OtherAmount, OtherCurrency, NoCurrency, UnknownFirst, UnknownLast); f != nil {
		lie = f.Kind
	}
	times := 1
	if s.strike(zvt.MsgStatusInfo, ResultTwice) != nil {
		times = 2
	}
	vote, err := s.vote(x, p, lie, times)
	if err != nil {
		return s.unvoted(x, err)
	}
	voted := vote.Command().String()
	if !vote.Positive() {
		return s.undo(x, voted, price, vote.Command() == zvt.AnswerErr|0x9C && !s.o.NoHold)
	}
	if lie == OtherAmount || lie == OtherCurrency || lie == NoCurrency || lie == UnknownFirst {
		s.violate("kiosk accepted a result with %s", lie)
	}
	if s.strike(zvt.MsgStatusInfo, FailsAfterVote) != nil {
		s.settle(x, Reversed, voted, "terminal")
		return s.tell(zvt.MsgAborted, 0x66)
	}
	s.settle(x, Booked, voted, "")
	if err := s.receipts(x); err != nil {
		return s.unprinted(x, err)
	}
	s.show("remove", price+"\nApproved\nRemove your card")
	if err := s.status(0x0B, "Remove card"); err != nil {
		return err
	}
	if _, err := s.wait(s.o.Pauses.Remove, false, nil); err != nil {
		return err
	}
	return s.tell(zvt.MsgCompletion)
}

// undo reverses what the kiosk voted against, or held for too long.
func (s *session) undo(x *Transaction, voted, price string, tooLong bool) error {
	s.show("undoing", price+"\nPayment is being undone")
	s.settle(x, Reversed, voted, "vote")
	if err := s.status(0x05, "Reversal"); err != nil {
		return err
	}
	if tooLong {
		if err := s.tell(zvt.MsgStatusInfo, zvt.AppendField(nil, 0x27, codeCancelled)...); err != nil {
			return err
		}
		return s.tell(zvt.MsgAborted, codeCancelled)
	}
	return s.tell(zvt.MsgAborted, 0x66)
}

// vote sends the 04 0F until the kiosk gives a final answer. "Not yet" may be said as
// often as was agreed.
func (s *session) vote(x *Transaction, p asked, lie Kind, times int) (zvt.APDU, error) {
	patience := s.o.VoteTimeout
	if p.wait > 0 {
		patience = p.wait
	}
	for {
		vote, err := s.ask(zvt.MsgStatusInfo, s.statusInfo(x, lie), patience)
		switch {
		case err != nil:
			return nil, err
		case vote.Command() == zvt.AnswerErr|0x9D:
			s.violate("a fine is not paid in part")
			return vote, nil
		case vote.Command() == zvt.AnswerErr|0x9C && !s.o.NoHold:
			switch {
			case p.wait == 0:
				s.violate("hold without fields 01 and 02")
			case p.holds == 0:
				s.violate("more holds than agreed")
				return vote, nil
			}
			p.holds--
			s.show("hold", s.Display())
			if _, err := s.wait(2*time.Second, false, nil); err != nil {
				return nil, err
			}
		case !vote.Positive():
			return vote, nil
		default:
			if times--; times == 0 {
				return vote, nil
			}
		}
	}
}

// unvoted is a payment whose vote was lost. With the line still there the kiosk is
// told how it ended.
func (s *session) unvoted(x *Transaction, err error) error {
	switch s.policy() {
	case AR1:
		s.settle(x, Reversed, "", "silence")
	case AR3:
		s.settle(x, Booked, "", "")
	case AR5:
		s.settle(x, Declined, "", "")
	}
	if !errors.Is(err, errGiveUp) {
		return err
	}
	if x.Fate == Booked {
		return s.tell(zvt.MsgCompletion)
	}
	if err := s.status(0x05, "Reversal"); err != nil {
		return err
	}
	return s.tell(zvt.MsgAborted, codeCancelled)
}

// unprinted is a payment that was voted for and whose slips were not taken: for some
// terminals that is no consent either.
func (s *session) unprinted(x *Transaction, err error) error {
	if s.policy() != AR1 {
		return err
	}
	s.settle(x, Reversed, x.Vote, "silence")
	if !errors.Is(err, errGiveUp) {
		return err
	}
	if err := s.status(0x05, "Reversal"); err != nil {
		return err
	}
	return s.tell(zvt.MsgAborted, codeCancelled)
}

func (t *Terminal) policy() Policy {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.o.Policy
}
