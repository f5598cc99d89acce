package ccid

import (
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
)

// Features of the class descriptor that the driver heeds.
const (
	autoParameters = 0x02
	autoVoltage    = 0x08
	autoNegotiates = 0x40
	doesPPS        = 0x80
	autoIFSD       = 0x400
	levelTPDU      = 0x1_0000
	levelShort     = 0x2_0000
	levelExtended  = 0x4_0000
)

// class is the CCID class descriptor.
type class struct {
	raw         []byte
	iface       uint16 // interface number
	revision    uint16
	maxSlot     byte
	voltages    byte   // bit 0 5 V, bit 1 3 V, bit 2 1.8 V
	protocols   uint32 // bit 0 T=0, bit 1 T=1
	clock       int    // kHz
	maxClock    int
	clocks      byte
	rate        int // bit/s
	maxRate     int
	rates       byte
	maxIFSD     int
	synchronous uint32
	mechanical  uint32
	features    uint32
	maxMessage  int  // header included
	getResponse byte // CLA of GET RESPONSE at the APDU levels
	envelope    byte
	display     uint16
	pin         byte
	busySlots   byte
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
	long := func(at int) uint32 { return binary.LittleEndian.Uint32(d[at:]) }
	short := func(at int) uint16 { return binary.LittleEndian.Uint16(d[at:]) }
	c := class{
		raw:         d,
		iface:       iface,
		revision:    short(2),
		maxSlot:     d[4],
		voltages:    d[5],
		protocols:   long(6),
		clock:       int(long(10)),
		maxClock:    int(long(14)),
		clocks:      d[18],
		rate:        int(long(19)),
		maxRate:     int(long(23)),
		rates:       d[27],
		maxIFSD:     int(long(28)),
		synchronous: long(32),
		mechanical:  long(36),
		features:    long(40),
		maxMessage:  int(min(long(44), 65544)),
		getResponse: d[48],
		envelope:    d[49],
		display:     short(50),
		pin:         d[52],
		busySlots:   d[53],
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

// LogValue is the whole descriptor: the first thing that a technician is asked for.
func (c class) LogValue() slog.Value {
	hex := func(v any) string { return fmt.Sprintf("%X", v) }
	return slog.GroupValue(
		slog.String("bytes", hex(c.raw)),
		slog.String("revision", fmt.Sprintf("%x.%02x", c.revision>>8, c.revision&0xFF)),
		slog.Int("interface", int(c.iface)),
		slog.Int("slots", int(c.maxSlot)+1),
		slog.String("voltages", hex(c.voltages)),
		slog.String("protocols", hex(c.protocols)),
		slog.Int("clock_khz", c.clock), slog.Int("max_clock_khz", c.maxClock), slog.Int("clocks", int(c.clocks)),
		slog.Int("rate", c.rate), slog.Int("max_rate", c.maxRate), slog.Int("rates", int(c.rates)),
		slog.Int("max_ifsd", c.maxIFSD),
		slog.String("synchronous", hex(c.synchronous)),
		slog.String("mechanical", hex(c.mechanical)),
		slog.String("features", hex(c.features)),
		slog.Int("max_message", c.maxMessage),
		slog.String("get_response_class", hex(c.getResponse)), slog.String("envelope_class", hex(c.envelope)),
		slog.String("display", hex(c.display)),
		slog.String("pin", hex(c.pin)),
		slog.Int("busy_slots", int(c.busySlots)),
	)
}
