package zvt

import "bytes"

// Control characters of the serial transport.
const (
	stx = 0x02
	etx = 0x03
	dle = 0x10

	ACK = 0x06 // the block was well formed and its CRC fits; nothing more
	NAK = 0x15 // the block was damaged: send it again
)

// MaxAPDU is the longest APDU there can be: five header bytes and 65535 of data.
const MaxAPDU = 5 + 0xFFFF

// crcTables is CRC-16/KERMIT (reflected 8408), which the manual calls "XModem", a name
// that everywhere else means another CRC. Table 0 takes one byte; table n takes a byte
// that n more bytes follow, so that four bytes are done with in one step.
var crcTables = func() (t [4][256]uint16) {
	for i := range 256 {
		c := uint16(i)
		for range 8 {
			c = c>>1 ^ 0x8408*(c&1)
		}
		t[0][i] = c
	}
	for n := 1; n < len(t); n++ {
		for i, c := range t[n-1] {
			t[n][i] = c>>8 ^ t[0][byte(c)]
		}
	}
	return t
}()

// crc16 continues crc over p.
func crc16(crc uint16, p []byte) uint16 {
	t := &crcTables
	for ; len(p) >= 4; p = p[4:] {
		crc = t[3][byte(crc)^p[0]] ^ t[2][byte(crc>>8)^p[1]] ^ t[1][p[2]] ^ t[0][p[3]]
	}
	for _, b := range p {
		crc = crc>>8 ^ t[0][byte(crc)^b]
	}
	return crc
}

// CRC is the check sum of the serial block that carries apdu: over the APDU as it
// is before doubling, then the final ETX. It travels low byte first.
func CRC(apdu []byte) uint16 {
	crc := crc16(0, apdu)
	return crc>>8 ^ crcTables[0][byte(crc)^etx]
}

// AppendBlock appends the serial block that carries apdu:
//
//	DLE STX apdu DLE ETX crc-low crc-high
//
// Every DLE of the apdu is sent twice, header bytes too; the CRC bytes never.
func AppendBlock(dst, apdu []byte) []byte {
	dst = append(dst, dle, stx)
	for rest := apdu; ; {
		i := bytes.IndexByte(rest, dle)
		if i < 0 {
			dst = append(dst, rest...)
			break
		}
		dst = append(append(dst, rest[:i+1]...), dle)
		rest = rest[i+1:]
	}
	crc := CRC(apdu)
	return append(dst, dle, etx, byte(crc), byte(crc>>8))
}

// Event is what a Decoder found.
type Event byte

const (
	EventNone  Event = iota // everything was consumed, nothing is whole yet
	EventAck                // a bare ACK between blocks
	EventNak                // a bare NAK between blocks
	EventBlock              // a whole block whose length and CRC fit: APDU holds it
	EventBad                // a whole block that does not fit: answer NAK
)

// Decoder is the receiver of the serial transport: bytes in, events out. It knows
// no time; the caller watches the gaps (T1) while Idle is false, then calls Reset
// and answers NAK. The zero value is ready.
type Decoder struct {
	state decoderState
	buf   []byte
	crcLo byte
	noise int
}

type decoderState byte

const (
	decIdle    decoderState = iota // between blocks
	decDLE                         // a DLE came: STX starts a block
	decBody                        // inside the APDU
	decBodyDLE                     // a DLE inside the APDU: doubled, or the end
	decCRC1                        // the next byte is raw: CRC low
	decCRC2                        // the next byte is raw: CRC high
	decSkip                        // framing broken: everything is lost until the line is quiet
)

// Next consumes bytes of p up to and including the next event and says how many it
// took. With EventNone all of p is consumed.
func (d *Decoder) Next(p []byte) (int, Event) {
	for i := 0; i < len(p); i++ {
		b := p[i]
		switch d.state {
		case decIdle:
			switch b {
			case dle:
				d.state = decDLE
			case ACK:
				return i + 1, EventAck
			case NAK:
				return i + 1, EventNak
			default:
				d.noise++
			}
		case decDLE:
			if b == stx {
				d.begin()
			} else {
				d.state = decIdle
				d.noise += 2
			}
		case decBody:
			n := bytes.IndexByte(p[i:], dle)
			end := n < 0
			if end {
				n = len(p) - i
			}
			if len(d.buf)+n > MaxAPDU {
				d.state = decSkip
				continue
			}
			d.buf = append(d.buf, p[i:i+n]...)
			if end {
				return len(p), EventNone
			}
			i += n
			d.state = decBodyDLE
		case decBodyDLE:
			switch b {
			case dle:
				d.buf = append(d.buf, dle)
				d.state = decBody
			case etx:
				d.state = decCRC1
			case stx: // illegal inside a block: the sender began anew
				d.begin()
			default:
				d.state = decSkip
			}
		case decCRC1:
			d.crcLo = b
			d.state = decCRC2
		case decCRC2:
			d.state = decIdle
			if CRC(d.buf) != uint16(d.crcLo)|uint16(b)<<8 || APDU(d.buf).Check() != nil {
				return i + 1, EventBad
			}
			return i + 1, EventBlock
		case decSkip:
			return len(p), EventNone
		}
	}
	return len(p), EventNone
}

func (d *Decoder) begin() {
	d.buf = d.buf[:0]
	d.state = decBody
}

// APDU is the APDU of the last EventBlock. It is overwritten by the next block.
func (d *Decoder) APDU() APDU { return d.buf }

// Idle reports whether no block is begun.
func (d *Decoder) Idle() bool { return d.state == decIdle }

// Noise counts the bytes that belonged to no block, ACK or NAK.
func (d *Decoder) Noise() int { return d.noise }

// Reset forgets a begun block.
func (d *Decoder) Reset() { d.state = decIdle }
