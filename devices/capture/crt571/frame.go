package crt571

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// Bytes of the line.
const (
	stx byte = 0xF2
	etx byte = 0x03

	ACK byte = 0x06 // frame taken
	NAK byte = 0x15 // frame damaged
	EOT byte = 0x04 // clear the line
)

// Kinds of text, its first byte.
const (
	kindCommand  byte = 0x43
	kindPositive byte = 0x50
	kindNegative byte = 0x45
	kindRefusal  byte = 0x4E // negative, of some firmware
)

// MaxText is the longest text that is taken for one: the longest real one is an APDU
// response.
const MaxText = 1024

const header = 4 // F2, address, length

// AppendFrame appends the frame around a text.
func AppendFrame(dst []byte, address byte, text []byte) []byte {
	start := len(dst)
	dst = append(dst, stx, address)
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(text)))
	dst = append(dst, text...)
	dst = append(dst, etx)
	return append(dst, bcc(dst[start:]))
}

func bcc(p []byte) (x byte) {
	for _, b := range p {
		x ^= b
	}
	return x
}

// Event is what the Decoder found.
type Event int

const (
	EventNone  Event = iota
	EventACK         // 06
	EventNAK         // 15
	EventEOT         // 04
	EventFrame       // a whole frame: see Frame and Text
)

// Decoder takes one direction of the line apart, however its bytes are cut into reads.
// After a damaged frame it drops everything until Reset, which its owner calls when the
// line has been silent for a while: what follows a wrong length looks like anything.
type Decoder struct {
	buf  []byte // the frame that is coming in, or the last one
	done bool   // buf is whole
	lost bool
}

// Idle reports whether the decoder is between frames.
func (d *Decoder) Idle() bool { return !d.lost && (d.done || len(d.buf) == 0) }

// Reset forgets a half or damaged frame.
func (d *Decoder) Reset() { *d = Decoder{buf: d.buf[:0]} }

// Frame is the last frame, good until the next call of Next.
func (d *Decoder) Frame() []byte { return d.buf }

// Address is the last frame's address.
func (d *Decoder) Address() byte { return d.buf[1] }

// Text is the last frame's text.
func (d *Decoder) Text() []byte { return d.buf[header : len(d.buf)-2] }

// Next looks at p until something happens and says how many bytes it used.
func (d *Decoder) Next(p []byte) (n int, e Event) {
	if d.done {
		d.Reset()
	}
	for i, b := range p {
		switch {
		case d.lost:
		case len(d.buf) > 0:
			d.buf = append(d.buf, b)
			if d.take() {
				return i + 1, EventFrame
			}
		case b == stx:
			d.buf = append(d.buf, b)
		case b == ACK:
			return i + 1, EventACK
		case b == NAK:
			return i + 1, EventNAK
		case b == EOT:
			return i + 1, EventEOT
		}
	}
	return len(p), EventNone
}

// take reports whether the frame is whole and good.
func (d *Decoder) take() bool {
	if len(d.buf) < header {
		return false
	}
	length := int(binary.BigEndian.Uint16(d.buf[2:]))
	if length == 0 || length > MaxText {
		d.lost = true
		return false
	}
	end := header + length
	if len(d.buf) < end+2 {
		return false
	}
	d.done = d.buf[end] == etx && d.buf[end+1] == bcc(d.buf[:end+1])
	d.lost = !d.done
	return d.done
}

// reply is what the unit answers to a command.
type reply struct {
	cm, pm byte
	code   string  // of a refusal: two characters; else empty
	st     [3]byte // ST0, ST1, ST2; not of a refusal
	data   []byte  // not of a refusal
}

func parseReply(text []byte) (reply, error) {
	switch {
	case len(text) >= 6 && text[0] == kindPositive:
		return reply{cm: text[1], pm: text[2], st: [3]byte(text[3:6]), data: slices.Clone(text[6:])}, nil
	case len(text) >= 5 && (text[0] == kindNegative || text[0] == kindRefusal):
		return reply{cm: text[1], pm: text[2], code: string(text[3:5])}, nil
	}
	return reply{}, fmt.Errorf("cannot read the reply: % X is no reply", text)
}
