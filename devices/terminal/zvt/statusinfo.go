package zvt

import (
	"fmt"
	"time"

	"murur/devices/terminal"
)

// StatusInfo is what a 04 0F says. Has tells a field that was not sent from a zero.
// PAN, Card, Unique and Totals point into the message and are good as long as it is.
type StatusInfo struct {
	Has      StatusField
	Result   byte   // 27: 00 is success
	HostCode byte   // A0: result code of the host that is not BCD
	Payment  byte   // 19
	Receipt  uint16 // 87: four digits
	Date     uint16 // 0D: MMDD
	Currency uint16 // 49: ISO 4217 number; a missing one means EUR
	Time     uint32 // 0C: HHMMSS
	Terminal uint32 // 29: eight digits
	Reversed uint32 // 37: trace number of the payment that this one reverses
	Trace    uint64 // 0B, or tag 1F2B where the number is longer
	Amount   int64  // 04: minor units
	PAN      []byte // 22: nibbles; E is a masked digit, F the padding
	Card     []byte // 8B: card name, without its final 00
	Unique   []byte // 1F1F: echoed byte for byte, never computed
	Totals   []byte // 60: of an end of day; see ParseTotals

	clash StatusField // sent twice with two values, or no BCD: never believed
}

// StatusField is a set of fields of a StatusInfo.
type StatusField uint16

// Fields of a StatusInfo.
const (
	HasResult StatusField = 1 << iota
	HasHostCode
	HasPayment
	HasReceipt
	HasDate
	HasCurrency
	HasTime
	HasTerminal
	HasReversed
	HasTrace
	HasAmount
	HasPAN
	HasCard
)

// Contains reports whether all fields of f were sent.
func (h StatusField) Contains(f StatusField) bool { return h&f == f }

// ParseStatusInfo reads the data of a 04 0F. With an error the StatusInfo holds what
// was read before it; UnknownBitmapError says that the rest could not be skipped. A
// field that is no BCD where it must be, or that is there twice with two values, is
// an error and counts as not sent.
func ParseStatusInfo(data []byte) (StatusInfo, error) {
	var s StatusInfo
	var bad error
	f := ReadFields(data)
	for f.Next() {
		if !s.field(f.number, f.value) && bad == nil {
			bad = fmt.Errorf("bitmap %02X: %w", f.number, ErrField)
		}
	}
	if f.err != nil {
		return s, f.err
	}
	return s, bad
}

// field takes one field; false when its content makes no sense.
func (s *StatusInfo) field(number byte, v []byte) bool {
	switch number {
	case 0x27:
		return setField(s, HasResult, &s.Result, uint64(v[0]), true)
	case 0xA0:
		return setField(s, HasHostCode, &s.HostCode, uint64(v[0]), true)
	case 0x19:
		return setField(s, HasPayment, &s.Payment, uint64(v[0]), true)
	case 0x22:
		s.PAN = v
		s.Has |= HasPAN
		return true
	case 0x8B:
		if n := len(v); n > 0 && v[n-1] == 0 {
			v = v[:n-1]
		}
		s.Card = v
		s.Has |= HasCard
		return true
	case 0x06:
		return s.container(v)
	case 0x60:
		s.Totals = v
		return true
	}
	bcd, ok := uint64(0), false
	switch number {
	case 0x04, 0x49, 0x0B, 0x0C, 0x0D, 0x29, 0x37, 0x87:
		bcd, ok = BCD(v)
	default:
		return true
	}
	switch number {
	case 0x04:
		return setField(s, HasAmount, &s.Amount, bcd, ok)
	case 0x49:
		return setField(s, HasCurrency, &s.Currency, bcd, ok)
	case 0x0B:
		if s.Has.Contains(HasTrace) && bcd == 0 && ok {
			return true // the long one in 1F2B is already there
		}
		return setField(s, HasTrace, &s.Trace, bcd, ok)
	case 0x0C:
		return setField(s, HasTime, &s.Time, bcd, ok)
	case 0x0D:
		return setField(s, HasDate, &s.Date, bcd, ok)
	case 0x29:
		return setField(s, HasTerminal, &s.Terminal, bcd, ok)
	case 0x37:
		return setField(s, HasReversed, &s.Reversed, bcd, ok)
	}
	if v[0] == 0xFF && v[1] == 0xFF {
		return true // 87 FF FF: there is no receipt number
	}
	return setField(s, HasReceipt, &s.Receipt, bcd, ok)
}

func setField[T byte | uint16 | uint32 | uint64 | int64](s *StatusInfo, f StatusField, to *T, v uint64, ok bool) bool {
	if !ok || s.clash&f != 0 || s.Has&f != 0 && *to != T(v) {
		s.clash |= f
		s.Has &^= f
		return false
	}
	*to = T(v)
	s.Has |= f
	return true
}

func (s *StatusInfo) container(p []byte) bool {
	t := ReadTLV(p)
	for t.Next() {
		switch t.tag {
		case TagUnique:
			s.Unique = t.value
		case TagLongTrace:
			if long, ok := BCD(t.value); ok {
				s.Trace = long
				s.Has |= HasTrace
			}
		}
	}
	return t.err == nil
}

// Mark identifies the transaction in the terminal's own journal.
func (s *StatusInfo) Mark() terminal.Mark {
	var m terminal.Mark
	if s.Has.Contains(HasTerminal) {
		m.Terminal = fmt.Sprintf("%08d", s.Terminal)
	}
	if s.Has.Contains(HasTrace) {
		m.Trace = fmt.Sprintf("%06d", s.Trace)
	}
	if s.Has.Contains(HasReceipt) {
		m.Receipt = fmt.Sprintf("%04d", s.Receipt)
	}
	return m
}

// At is the terminal's clock at the transaction, in the year that lies nearest to
// now; zero when date or time are missing or impossible.
func (s *StatusInfo) At(now time.Time) time.Time {
	if !s.Has.Contains(HasDate | HasTime) {
		return time.Time{}
	}
	month, day := time.Month(s.Date/100), int(s.Date%100)
	h, m, sec := int(s.Time/10000), int(s.Time/100%100), int(s.Time%100)
	var best time.Time
	for year := now.Year() - 1; year <= now.Year()+1; year++ {
		t := time.Date(year, month, day, h, m, sec, 0, now.Location())
		if t.Month() != month || t.Day() != day || t.Hour() != h || t.Minute() != m || t.Second() != sec {
			continue // no such moment in that year
		}
		if best.IsZero() || t.Sub(now).Abs() < best.Sub(now).Abs() {
			best = t
		}
	}
	return best
}

// MaskedPAN is the PAN as the terminal masked it, one '*' for each masked digit. A
// terminal that does not mask is masked here, all but the last four digits.
func (s *StatusInfo) MaskedPAN() string {
	digits := make([]byte, 0, 2*len(s.PAN))
	for _, b := range s.PAN {
		for _, n := range [2]byte{b >> 4, b & 0x0F} {
			switch {
			case n <= 9:
				digits = append(digits, '0'+n)
			case n == 0x0E:
				digits = append(digits, '*')
			}
		}
	}
	for i := range max(0, len(digits)-4) {
		digits[i] = '*'
	}
	return string(digits)
}
