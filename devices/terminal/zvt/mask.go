package zvt

// masked is a as it may be traced: of card numbers only the last four digits, of
// track data nothing, and nothing behind an unknown bitmap, where anything may
// stand. Lengths stay. It is a itself when there is nothing to hide.
func masked(a APDU) APDU {
	if a.Command() != MsgStatusInfo {
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
