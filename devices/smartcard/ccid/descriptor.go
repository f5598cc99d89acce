package ccid

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Features of the class descriptor that the driver heeds.
const (
	autoParameters = 0x02
	autoVoltage    = 0x08
	autoNegotiates = 0x40
	doesPPS        = 0x80
	levelTPDU      = 0x1_0000
	levelShort     = 0x2_0000
	levelExtended  = 0x4_0000
)

// class is what the driver uses of the CCID class descriptor, and what a
// technician is asked for.
type class struct {
	revision   uint16
	iface      uint16 // interface number
	maxSlot    byte
	voltages   byte   // bit 0 5 V, bit 1 3 V, bit 2 1.8 V
	protocols  uint32 // bit 0 T=0, bit 1 T=1
	clock      int    // kHz
	features   uint32
	maxMessage int // header included
}

var errUnsupported = errors.New("this kind of reader cannot be used")

const classLen = 54

// parseClass finds the first CCID interface in a configuration descriptor and its
// class descriptor, which stands behind the interface descriptor or, on some old
// readers, behind the last endpoint.
func parseClass(config []byte) (class, error) {
	iface, found := -1, false
	for b := config; len(b) >= 2; {
		n := int(b[0])
		if n < 2 || n > len(b) {
			return class{}, fmt.Errorf("%w: its descriptors are damaged", errUnsupported)
		}
		d := b[:n]
		b = b[n:]
		switch {
		case d[1] == 4 && n >= 9:
			if found {
				return class{}, fmt.Errorf("%w: it has no class descriptor", errUnsupported)
			}
			if d[5] == 0x0B && d[6] == 0 {
				if d[7] != 0 {
					return class{}, fmt.Errorf("%w: a USB token with control transfers (protocol %d)", errUnsupported, d[7])
				}
				iface, found = int(d[2]), true
			}
		case d[1] == 0x21 && n == classLen && found:
			return decodeClass(d, uint16(iface))
		}
	}
	return class{}, fmt.Errorf("%w: it has no CCID interface with a class descriptor", errUnsupported)
}

func decodeClass(d []byte, iface uint16) (class, error) {
	le := binary.LittleEndian
	c := class{
		revision:   le.Uint16(d[2:]),
		iface:      iface,
		maxSlot:    d[4],
		voltages:   d[5],
		protocols:  le.Uint32(d[6:]),
		clock:      int(le.Uint32(d[10:])),
		features:   le.Uint32(d[40:]),
		maxMessage: int(min(le.Uint32(d[44:]), 65544)),
	}
	switch {
	case c.features&(levelTPDU|levelShort|levelExtended) == 0:
		return class{}, fmt.Errorf("%w: it works at the character level", errUnsupported)
	case c.protocols&1 == 0:
		return class{}, fmt.Errorf("%w: it does not speak T=0", errUnsupported)
	case c.maxMessage < headerLen+33:
		return class{}, fmt.Errorf("%w: messages of %d bytes are too short", errUnsupported, c.maxMessage)
	}
	return c, nil
}

func (c class) has(feature uint32) bool { return c.features&feature != 0 }
