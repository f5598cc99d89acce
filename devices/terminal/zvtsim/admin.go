package zvtsim

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"murur/devices/terminal/zvt"
)

// Result codes of reversal and end of day.
const (
	codeAlreadyReversed = 0xB4
	codeNotReversible   = 0xB5
	codeNoEndOfDay      = 0x77
	codeRestarts        = 0xFC
)

// reverse is the 06 30. The bank undoes the payment before the kiosk hears of it; when
// the kiosk does not consent, the policy says whether the reversal stands.
func (s *session) reverse(a zvt.APDU) error {
	receipt, amount := 0, int64(0)
	var unique []byte
	known := false
	f := zvt.ReadFields(a.Data()[3:])
	for f.Next() {
		v, _ := zvt.BCD(f.Value())
		switch f.Number() {
		case 0x87:
			receipt = int(v)
		case 0x04:
			amount = int64(v)
		case 0x06:
			unique, known = find(f.Value(), zvt.TagUnique)
		}
	}
	if err := s.answer(zvt.CmdReverse, 0); err != nil {
		return err
	}
	if known {
		s.compare(unique)
	}
	s.show("host", "Reversal\nPlease wait")
	if err := s.status(0x0E, "Please wait"); err != nil {
		return err
	}
	if _, err := s.wait(s.o.Pauses.Host, false, nil); err != nil {
		return err
	}
	x, code := s.reversible(receipt, amount)
	if s.is(&s.offline) {
		code = codeNoBank
	}
	if code != 0 {
		return s.fail(code)
	}
	rev := s.undone(x)
	lie := Kind("")
	if f := s.strike(zvt.MsgStatusInfo, OtherAmount, OtherCurrency); f != nil {
		lie = f.Kind
	}
	answer, err := s.ask(zvt.MsgStatusInfo, s.statusInfo(rev, lie), s.o.VoteTimeout)
	if err == nil && answer.Positive() && lie != "" {
		s.violate("kiosk accepted a reversal with %s", lie)
	}
	if err != nil || !answer.Positive() {
		if s.policy() != AR3 || err == nil {
			s.settle(x, Booked, x.Vote, "")
		}
		if err != nil && !errors.Is(err, errGiveUp) {
			return err
		}
		return s.tell(zvt.MsgAborted, 0x66)
	}
	if err := s.receipts(rev); err != nil {
		return err
	}
	return s.tell(zvt.MsgCompletion)
}

// reversible finds the payment with that receipt number.
func (s *session) reversible(receipt int, amount int64) (*Transaction, byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range slices.Backward(s.book) {
		switch {
		case x.Receipt != receipt || x.Batch != 0 || x.Fate == Declined:
		case x.Fate == Reversed:
			return nil, codeAlreadyReversed
		case x.Amount != amount:
			return nil, codeNotReversible
		default:
			return x, 0
		}
	}
	return nil, codeNotReversible
}

// undone takes the money back and makes the reversal's own entry in the journal.
func (s *session) undone(x *Transaction) *Transaction {
	s.mu.Lock()
	defer s.mu.Unlock()
	x.Fate, x.Undone = Reversed, "06 30"
	s.trace = s.trace%999999 + 1
	s.receipt = s.receipt%9999 + 1
	rev := *x
	rev.Trace, rev.Receipt, rev.reverses = s.trace, s.receipt, x.Trace
	rev.At = time.Now().In(s.o.Location).Truncate(time.Second)
	s.last = &rev
	return &rev
}

// endOfDay is the 06 50. The bank closes the batch before the kiosk hears of it, and
// nothing repeats the totals.
func (s *session) endOfDay() error {
	if err := s.answer(zvt.CmdEndOfDay, 0); err != nil {
		return err
	}
	s.show("host", "End of day\nPlease wait")
	if err := s.status(0x0F, "End of day"); err != nil {
		return err
	}
	if _, err := s.wait(s.o.Pauses.Host, false, nil); err != nil {
		return err
	}
	if s.is(&s.offline) {
		return s.tell(zvt.MsgAborted, codeNoEndOfDay)
	}
	totals, told, trace := s.closeBatch()
	if err := s.tell(zvt.MsgStatusInfo, s.dayInfo(totals, told, trace)...); err != nil {
		return err
	}
	if err := s.slip(forStaff, "END OF DAY", fmt.Sprintf("Receipts %04d-%04d", totals.First, totals.Last),
		fmt.Sprintf("TOTAL KWD %d.%03d", told/1000, told%1000)); err != nil {
		return err
	}
	if s.strike(zvt.CmdEndOfDay, RestartsAfterDay) != nil {
		return errors.Join(s.tell(zvt.MsgCompletion, 0x27, codeRestarts), ErrPowerLost)
	}
	return s.tell(zvt.MsgCompletion)
}

// closeBatch sums up what was booked since the last end of day.
func (s *session) closeBatch() (totals zvt.Totals, told int64, trace int) {
	f := s.strike(zvt.MsgStatusInfo, TotalsDiffer, TotalsContradict)
	s.mu.Lock()
	defer s.mu.Unlock()
	b := Batch{Number: len(s.batches) + 1}
	for _, x := range s.book {
		if x.Batch != 0 {
			continue
		}
		x.Batch = b.Number
		if x.Fate != Booked {
			continue
		}
		b.Count, b.Sum = b.Count+1, b.Sum+x.Amount
		if totals.First == 0 {
			totals.First = x.Receipt
		}
		totals.Last = x.Receipt
		g := &totals.Groups[group(x.Card)]
		g.Count, g.Sum = g.Count+1, g.Sum+x.Amount
	}
	told = b.Sum
	if f != nil {
		g := &totals.Groups[len(totals.Groups)-1]
		g.Count, g.Sum = g.Count+1, g.Sum+1_000
		if f.Kind == TotalsDiffer {
			told += 1_000
		}
	}
	b.Told = told
	s.batches = append(s.batches, b)
	s.trace = s.trace%999999 + 1
	if s.o.RestartReceipts {
		s.receipt = 0
	}
	if s.Terminal.status == 0xF0 || s.Terminal.status == 0xB1 {
		s.Terminal.status = 0
	}
	return totals, told, s.trace
}

// group is the index of a card scheme's group.
func group(card string) int {
	switch card {
	case "JCB":
		return 1
	case "MASTERCARD":
		return 2
	case "AMEX":
		return 3
	case "VISA":
		return 4
	case "DINERS":
		return 5
	}
	return len(zvt.Schemes) - 1
}

// dayInfo is the data of the 04 0F of an end of day.
func (s *session) dayInfo(totals zvt.Totals, told int64, trace int) []byte {
	at := time.Now().In(s.o.Location)
	sums := zvt.AppendTotals(nil, totals)
	if s.strike(zvt.MsgStatusInfo, TotalsDamaged) != nil {
		sums = sums[:len(sums)-7]
	}
	fields := [][]byte{
		zvt.AppendField(nil, 0x27, 0),
		bcdField(0x04, uint64(told), 6),
		zvt.AppendField(nil, 0x60, sums...),
		bcdField(0x0B, uint64(trace), 3),
		bcdField(0x0C, uint64(at.Hour()*10000+at.Minute()*100+at.Second()), 3),
		bcdField(0x0D, uint64(int(at.Month())*100+at.Day()), 2),
		bcdField(0x49, uint64(s.o.Currency), 2),
	}
	s.rnd.Shuffle(len(fields), func(i, j int) { fields[i], fields[j] = fields[j], fields[i] })
	return slices.Concat(fields...)
}

// maintain is the 06 70 and the 06 93: the terminal asks its host, and passes the
// host's clock on.
func (s *session) maintain(c zvt.Command, cures ...byte) error {
	if err := s.answer(c, 0); err != nil {
		return err
	}
	s.show("host", "Service\nPlease wait")
	if err := s.status(0x17, "Please wait"); err != nil {
		return err
	}
	if _, err := s.wait(s.o.Pauses.Host, false, nil); err != nil {
		return err
	}
	if s.is(&s.offline) {
		return s.tell(zvt.MsgAborted, codeNoBank)
	}
	if c == zvt.CmdDiagnosis {
		clock := zvt.APDU(zvt.AppendClock(nil, "", time.Now().In(s.o.Location))).Data()
		if err := s.tell(zvt.MsgSetClock, clock...); err != nil {
			return err
		}
	}
	if err := s.slip(forStaff, "SERVICE", "Host is reached"); err != nil {
		return err
	}
	s.cure(cures...)
	return s.tell(zvt.MsgCompletion)
}

// cure ends a status that a job is the remedy of.
func (t *Terminal) cure(codes ...byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if slices.Contains(codes, t.status) {
		t.status = 0
	}
}
