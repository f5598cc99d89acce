package zvt

// masked is a as it may be traced, and as its texts may be kept: of card numbers only the last four digits, of
// track data nothing, and nothing behind an unknown bitmap, where anything may
// stand. Lengths stay. It is a itself when there is nothing to hide.
func masked(a APDU) APDU {
	switch a.Command() {
	case MsgStatusInfo:
	case MsgPrintLine, MsgPrintText:
		m := append(APDU(nil), a...)
		maskNumbers(m.Data())
		return m
	default:
		return a
	}
	m := append(APDU(nil), a...)
	f := ReadFields(m.Data())
	for f.Next() {
		switch f.number {
		case 0x22:
			maskPAN(f.value)
		case 0x23, 0x24, 0x2D, 0x3A:
			blank(f.value)
		case 0x06:
			t := ReadTLV(f.value)
			for t.Next() {
				switch t.tag {
				case tagTrack1, tagTrack2, tagTrack3:
					blank(t.value)
				}
			}
			if t.err != nil {
				blank(t.rest)
			}
		}
	}
	if f.err != nil && len(f.rest) > 1 {
		blank(f.rest[1:])
	}
	return m
}

func blank(p []byte) {
	for i := range p {
		p[i] = 0xEE
	}
}

// maskPAN puts E in place of every digit but the last four.
func maskPAN(p []byte) {
	seen := 0
	for i := len(p) - 1; i >= 0; i-- {
		for shift := 0; shift <= 4; shift += 4 {
			if n := p[i] >> shift & 0x0F; n <= 9 {
				if seen++; seen > 4 {
					p[i] |= 0x0E << shift
					p[i] &^= 0x01 << shift
				}
			}
		}
	}
}

// maskNumbers puts asterisks in place of what looks like a card number in a text, all
// but the last four digits: 12 to 19 digits, perhaps with blanks between, whose check
// digit fits.
func maskNumbers(p []byte) {
	for i := 0; i < len(p); i++ {
		if p[i] < '0' || p[i] > '9' {
			continue
		}
		end, digits := i, 0
		for j := i; j < len(p) && (isDigit(p[j]) || p[j] == ' ' && isDigit(p[j-1])); j++ {
			if isDigit(p[j]) {
				end, digits = j+1, digits+1
			}
		}
		if digits >= 12 && digits <= 19 && luhn(p[i:end]) {
			for j := i; digits > 4; j++ {
				if isDigit(p[j]) {
					p[j] = '*'
					digits--
				}
			}
		}
		i = end
	}
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

// luhn reports whether the last digit is the check digit of the others.
func luhn(p []byte) bool {
	sum, double := 0, false
	for i := len(p) - 1; i >= 0; i-- {
		if !isDigit(p[i]) {
			continue
		}
		d := int(p[i] - '0')
		if double {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum, double = sum+d, !double
	}
	return sum%10 == 0
}
