package zvtsim

import (
	"errors"
	"fmt"

	"murur/devices/terminal/zvt"
)

// Whose slip it is: tag 1F07.
const (
	forMerchant = 0x01
	forCustomer = 0x02
	forStaff    = 0x03
)

var errNotPrinted = fmt.Errorf("kiosk refuses to print: %w", errGiveUp)

// slip is a paper of the terminal; the first line is tall and centred.
func (s *session) slip(kind byte, lines ...string) error {
	if !s.slips {
		return nil
	}
	var block []byte
	for i, l := range lines {
		switch i {
		case 0:
			block = zvt.AppendTLV(block, zvt.TagLine, 0x50)
		case 1:
			block = zvt.AppendTLV(block, zvt.TagLine, 0x00)
		}
		block = zvt.AppendTLV(block, zvt.TagText, []byte(l)...)
	}
	block = zvt.AppendTLV(block, zvt.TagLine, 0x81)
	c := zvt.AppendTLV(nil, zvt.TagPrintKind, kind)
	c = zvt.AppendTLV(c, zvt.TagPrint, block...)
	answer, err := s.ask(zvt.MsgPrintText, zvt.AppendField(nil, 0x06, c...), t3)
	if err == nil && !answer.Positive() {
		return errNotPrinted
	}
	return err
}

// receipts prints both slips of a payment, where the kiosk takes them.
func (s *session) receipts(x *Transaction) error {
	for _, kind := range []byte{forMerchant, forCustomer} {
		title := "MERCHANT COPY"
		if kind == forCustomer {
			title = "CUSTOMER COPY"
		}
		err := s.slip(kind, title,
			fmt.Sprintf("TID %s", s.o.TerminalID),
			fmt.Sprintf("%s ************%s", x.Card, x.PAN),
			fmt.Sprintf("Receipt %04d Trace %06d", x.Receipt, x.Trace),
			fmt.Sprintf("KWD %d.%03d", x.Amount/1000, x.Amount%1000),
			"APPROVED")
		if err != nil {
			return err
		}
	}
	return nil
}

// printsNow prints although nobody asked, in both forms.
func (s *session) printsNow() error {
	line := []byte{0x00}
	if err := s.tell(zvt.MsgPrintLine, append(line, "Paper roll checked"...)...); err != nil {
		return err
	}
	if err := s.tell(zvt.MsgPrintLine, 0xFF, 2); err != nil {
		return err
	}
	if err := s.tell(zvt.MsgPrintLine, append([]byte{0x81}, "ok"...)...); err != nil {
		return err
	}
	was := s.slips
	s.slips = true
	defer func() { s.slips = was }()
	err := s.slip(forStaff, "SERVICE", "Counter 17")
	if errors.Is(err, errNotPrinted) {
		s.violate("kiosk refuses a slip")
		return nil
	}
	return err
}
