package zvtsim

import (
	"bytes"

	"murur/devices/terminal/zvt"
)

// check holds a command of the kiosk against the manual. What a real terminal would
// refuse is refused with a code; everything that is not as it should be is noted.
func (s *session) check(a zvt.APDU) byte {
	data := a.Data()
	switch a.Command() {
	case zvt.CmdRegister:
		return s.checkRegistration(data)
	case zvt.CmdPay:
		return s.checkPayment(data)
	case zvt.CmdRepeat:
		if !s.password(&data) {
			return 0x37
		}
		if data = s.bare(data); !bytes.Equal(data, []byte{0x03, 0x03}) {
			s.violate("repeat receipt with % X instead of 03 03", data)
		}
	case zvt.CmdStatus:
		if s.numbered() && !s.password(&data) {
			return 0x37
		}
		if data = s.bare(data); len(data) != 0 {
			s.violate("status enquiry with % X", data)
		}
	case zvt.CmdAbort, zvt.CmdLogOff, zvt.CmdDiagnosis:
		if data = s.bare(data); len(data) != 0 {
			s.violate("%v with % X", a.Command(), data)
		}
	case zvt.CmdEndOfDay, zvt.CmdInitialise:
		if !s.password(&data) {
			return 0x37
		}
		if data = s.bare(data); len(data) != 0 {
			s.violate("%v with % X", a.Command(), data)
		}
	case zvt.CmdReverse:
		return s.checkReversal(data)
	case zvt.CmdClock:
		return s.checkClock(data)
	case zvt.CmdBaud:
		if data = s.bare(data); len(data) != 1 {
			s.violate("baud rate % X", data)
			return 0xFD
		}
	case zvt.CmdLanguage:
		if data = s.bare(data); len(data) != 1 || data[0] > 0x0F {
			s.violate("language % X", data)
			return 0x83
		}
	default:
		s.violate("unknown command % X", []byte(a))
	}
	return 0
}

// password cuts the password off data; false when it is wrong.
func (s *session) password(data *[]byte) bool {
	if len(*data) < 3 || !bytes.Equal((*data)[:3], digits(s.o.Password)) {
		s.violate("wrong password")
		return false
	}
	*data = (*data)[3:]
	return true
}

// bare is data without the number of the message, where that stands alone at the end.
func (s *session) bare(data []byte) []byte {
	const size = 8
	if n := len(data) - size; s.sequenced && n >= 0 && bytes.Equal(data[n:n+5], []byte{0x06, 0x06, 0x1F, 0x73, 0x03}) {
		return data[:n]
	}
	return data
}

func (s *session) checkReversal(data []byte) byte {
	if !s.registered {
		if !s.rebooted {
			s.violate("reversal before registration")
		}
		return 0x6B
	}
	if !s.password(&data) {
		return 0x37
	}
	seen := map[byte]bool{}
	fields := zvt.ReadFields(data)
	for fields.Next() {
		n, v := fields.Number(), fields.Value()
		if seen[n] {
			s.violate("reversal with bitmap %02X twice", n)
		}
		seen[n] = true
		switch n {
		case 0x87, 0x04:
			if _, ok := zvt.BCD(v); !ok {
				s.violate("reversal with % X in bitmap %02X", v, n)
				return 0x83
			}
		case 0x49:
			if cc, _ := zvt.BCD(v); int(cc) != s.o.Currency {
				s.violate("reversal in currency % X", v)
				return 0x6F
			}
		case 0x06:
			s.checkTLV("reversal", v, 0x1F1F, 0x1F73)
		default:
			s.violate("reversal with bitmap %02X", n)
		}
	}
	if err := fields.Err(); err != nil {
		s.violate("reversal: %v", err)
		return 0x83
	}
	for _, n := range []byte{0x87, 0x04, 0x49} {
		if !seen[n] {
			s.violate("reversal without bitmap %02X", n)
			return 0x83
		}
	}
	return 0
}

func (s *session) checkClock(data []byte) byte {
	if !s.password(&data) {
		return 0x37
	}
	data = s.bare(data)
	if len(data) != 8 || data[0] != 0xAA || data[4] != 0x0C {
		s.violate("clock with % X", data)
		return 0x83
	}
	for _, p := range [][]byte{data[1:4], data[5:8]} {
		if _, ok := zvt.BCD(p); !ok {
			s.violate("clock with % X", data)
			return 0x83
		}
	}
	return 0
}

func (s *session) checkRegistration(data []byte) byte {
	if !s.password(&data) {
		return 0x37
	}
	if len(data) < 3 {
		s.violate("registration without a currency")
		return 0x83
	}
	if data[0] != zvt.ConfigUnattended && data[0] != zvt.ConfigSlips {
		s.violate("registration with config byte %02X", data[0])
	}
	fields := zvt.ReadFields(data[3:])
	for fields.Next() {
		switch fields.Number() {
		case 0x03:
		case 0x06:
			s.checkTLV("registration", fields.Value(), 0x10, 0x11, 0x12, 0x14, 0x1A, 0x26, 0x27, 0x28, 0x29, 0x2A, 0x40, 0x1F04, 0x1F05, 0x1F73)
		default:
			s.violate("registration with bitmap %02X", fields.Number())
		}
	}
	if err := fields.Err(); err != nil {
		s.violate("registration: %v", err)
		return 0x83
	}
	return 0
}

// checkTLV walks a container to its leaves.
func (s *session) checkTLV(where string, p []byte, allowed ...zvt.Tag) {
	t := zvt.ReadTLV(p)
	for t.Next() {
		known := len(allowed) == 0
		for _, tag := range allowed {
			known = known || tag == t.Tag()
		}
		if !known {
			s.violate("%s with tag %X", where, uint32(t.Tag()))
		}
		if t.Tag().Constructed() {
			s.checkTLV(where, t.Value())
		}
	}
	if err := t.Err(); err != nil {
		s.violate("%s: %v", where, err)
	}
}

func (s *session) checkPayment(data []byte) byte {
	if !s.registered {
		if !s.rebooted { // else the kiosk could not know
			s.violate("payment before registration")
		}
		return 0x6B
	}
	seen := map[byte]bool{}
	fields := zvt.ReadFields(data)
	for fields.Next() {
		n, v := fields.Number(), fields.Value()
		if seen[n] {
			s.violate("payment with bitmap %02X twice", n)
		}
		seen[n] = true
		switch n {
		case 0x04:
			if amount, ok := zvt.BCD(v); !ok || amount == 0 {
				s.violate("payment of % X", v)
				return 0xC8
			}
		case 0x49:
			if cc, _ := zvt.BCD(v); int(cc) != s.o.Currency {
				s.violate("payment in currency % X", v)
				return 0x6F
			}
		case 0x19:
			if v[0]&^0x04 != 0x40 {
				s.violate("payment type %02X", v[0])
			}
		case 0x01, 0x02:
			if v[0] == 0 {
				s.violate("payment with nothing in bitmap %02X", n)
			}
		case 0x06:
			s.checkTLV("payment", v, 0x15, 0x1F04, 0x1F1F, 0x1F5B, 0x1F73)
		default:
			s.violate("payment with bitmap %02X", n)
		}
	}
	if err := fields.Err(); err != nil {
		s.violate("payment: %v", err)
		return 0x83
	}
	if seen[0x01] != seen[0x02] {
		s.violate("payment with only one of the bitmaps 01 and 02")
	}
	for _, n := range []byte{0x04, 0x49, 0x19} {
		if !seen[n] {
			s.violate("payment without bitmap %02X", n)
			return 0xCB
		}
	}
	return 0
}
