// Package atr reads the answer to reset of a contact card, ISO/IEC 7816-3 §8.
//
// Readers convert the inverse convention themselves; only the flag is kept. The
// programming voltage bytes TB1 and TB2 are obsolete and ignored.
package atr

import (
	"errors"
	"fmt"
	"time"
)

// ATR is a decoded answer to reset.
type ATR struct {
	Raw        []byte
	Inverse    bool   // inverse convention
	TA1        byte   // Fi in the high nibble, Di in the low one; 11 when absent
	GuardTime  byte   // extra guard time TC1; FF: the least
	WI         byte   // waiting integer of T=0, TC2; 0A when absent
	Specific   bool   // TA2 is there: the card works with one protocol, without negotiation
	Only       byte   // with Specific: that protocol
	Implicit   bool   // with Specific: parameters other than TA1 say
	Protocols  []byte // offered, the first one first; never empty
	IFSC       byte   // T=1: what the card takes in a block; 20 when absent
	BWI, CWI   byte   // T=1: block and character waiting integers; 4 and 13 when absent
	CRC        bool   // T=1: blocks end with a CRC
	Voltages   byte   // bit 0 5 V, bit 1 3 V, bit 2 1.8 V; 0: not said
	Historical []byte
}

// maxLen is the longest answer to reset with TS.
const maxLen = 33

// ErrInvalid is wrapped by every error of Parse.
var ErrInvalid = errors.New("not an answer to reset")

// Parse decodes b. Bytes after the end are an error.
func Parse(b []byte) (ATR, error) {
	a := ATR{Raw: b, TA1: 0x11, WI: 0x0A, IFSC: 0x20, BWI: 4, CWI: 13}
	if len(b) < 2 || len(b) > maxLen {
		return ATR{}, invalid("%d bytes", len(b))
	}
	switch b[0] {
	case 0x3B:
	case 0x3F:
		a.Inverse = true
	default:
		return ATR{}, invalid("TS is %02X", b[0])
	}
	at, checked, err := a.interfaceBytes(b)
	if err != nil {
		return ATR{}, err
	}
	historical := int(b[1] & 0x0F)
	end := at + historical
	if checked {
		end++
	}
	if end != len(b) {
		return ATR{}, invalid("%d bytes announced, %d there", end, len(b))
	}
	a.Historical = b[at : at+historical]
	if checked {
		var x byte
		for _, v := range b[1:] {
			x ^= v
		}
		if x != 0 {
			return ATR{}, invalid("check byte TCK is wrong by %02X", x)
		}
	}
	return a, nil
}

// interfaceBytes decodes the groups of interface bytes and returns where they end
// and whether a check byte is due.
func (a *ATR) interfaceBytes(b []byte) (at int, checked bool, err error) {
	at = 2
	present := b[1] >> 4
	protocol := byte(0) // that the group is about; meaningful from the third on
	firstOf := map[byte]bool{}
	for i := 1; ; i++ {
		group := [4]byte{} // TAi TBi TCi TDi
		for j := range group {
			if present>>j&1 == 0 {
				continue
			}
			if at >= len(b) {
				return 0, false, invalid("ends within its interface bytes")
			}
			group[j] = b[at]
			at++
		}
		has := func(j int) bool { return present>>j&1 != 0 }
		switch {
		case i == 1:
			set(&a.TA1, group[0], has(0))
			set(&a.GuardTime, group[2], has(2))
		case i == 2:
			a.Specific, a.Implicit, a.Only = has(0), group[0]&0x10 != 0, group[0]&0x0F
			set(&a.WI, group[2], has(2))
		case protocol == 1 && !firstOf[1]:
			set(&a.IFSC, group[0], has(0))
			if has(1) {
				a.BWI, a.CWI = group[1]>>4, group[1]&0x0F
			}
			a.CRC = has(2) && group[2]&1 != 0
		case protocol == 15 && !firstOf[15]:
			if has(0) {
				a.Voltages = group[0] & 0x07
			}
		}
		if i > 2 {
			firstOf[protocol] = true
		}
		if !has(3) {
			break
		}
		present, protocol = group[3]>>4, group[3]&0x0F
		if protocol != 0 {
			checked = true
		}
		if protocol != 15 && (len(a.Protocols) == 0 || a.Protocols[len(a.Protocols)-1] != protocol) {
			a.Protocols = append(a.Protocols, protocol)
		}
	}
	if len(a.Protocols) == 0 {
		a.Protocols = []byte{0}
	}
	return at, checked, nil
}

func set(field *byte, value byte, there bool) {
	if there {
		*field = value
	}
}

var (
	fi = [16]int{372, 372, 558, 744, 1116, 1488, 1860, 0, 0, 512, 768, 1024, 1536, 2048}
	di = [16]int{0, 1, 2, 4, 8, 16, 32, 64, 12, 20}
)

// Fi is the clock rate conversion integer of TA1; 372 for a reserved code.
func (a ATR) Fi() int {
	if f := fi[a.TA1>>4]; f != 0 {
		return f
	}
	return 372
}

// Di is the baud rate adjustment integer of TA1; 1 for a reserved code.
func (a ATR) Di() int {
	if d := di[a.TA1&0x0F]; d != 0 {
		return d
	}
	return 1
}

// Rate is the speed of TA1 in bit/s at a clock in kHz.
func (a ATR) Rate(clock int) int { return clock * 1000 * a.Di() / a.Fi() }

// WaitingTime is how long a T=0 card may take for the next byte, at a clock in kHz
// and the default rate conversion.
func (a ATR) WaitingTime(clock int) time.Duration {
	return time.Duration(int(a.WI)*960*372) * time.Millisecond / time.Duration(max(clock, 1))
}

// BlockWaitingTime is how long a T=1 card may take to begin its block, at a clock in
// kHz and the rate conversion TA1.
func (a ATR) BlockWaitingTime(clock int) time.Duration {
	cycles := 11*a.Fi()/a.Di() + 960*372<<min(a.BWI, 9)
	return time.Duration(cycles) * time.Millisecond / time.Duration(max(clock, 1))
}

// Choose returns the protocol to use with a reader that speaks those of the mask
// (bit 0 T=0, bit 1 T=1): the card's own one in specific mode, else the first one
// offered that both have.
func (a ATR) Choose(speaks uint32) (protocol byte, ok bool) {
	offered := a.Protocols
	if a.Specific {
		offered = []byte{a.Only}
	}
	for _, p := range offered {
		if p < 2 && speaks>>p&1 != 0 {
			return p, true
		}
	}
	return 0, false
}

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrInvalid, fmt.Sprintf(format, args...))
}
