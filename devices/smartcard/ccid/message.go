package ccid

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"murur/devices/smartcard"
)

// Message types, CCID 1.10 §6.
const (
	typeNotifySlotChange = 0x50
	typeSetParameters    = 0x61
	typePowerOn          = 0x62
	typePowerOff         = 0x63
	typeGetSlotStatus    = 0x65
	typeXfrBlock         = 0x6F
	typeAbort            = 0x72
	typeDataBlock        = 0x80
	typeSlotStatus       = 0x81
	typeParameters       = 0x82
)

const headerLen = 10

// replyTo is the type of the answer to a request.
var replyTo = map[byte]byte{
	typeSetParameters: typeParameters,
	typePowerOn:       typeDataBlock,
	typePowerOff:      typeSlotStatus,
	typeGetSlotStatus: typeSlotStatus,
	typeXfrBlock:      typeDataBlock,
	typeAbort:         typeSlotStatus,
}

// request is a message to the reader's first slot.
type request struct {
	kind   byte
	params [3]byte
	data   []byte
	wait   time.Duration // for a reply of the card, when it is more than the usual
	since  time.Time     // when the waiting for the card began; zero: with this request
	secret bool          // only so many bytes of the data may be traced
	shown  int
}

// traced is what may be told of the message.
func (q request) traced(message []byte) []byte {
	from := headerLen + q.shown
	if !q.secret || len(message) <= from {
		return message
	}
	return append(message[:from:from], bytes.Repeat([]byte{0xEE}, len(message)-from)...)
}

// toCard reports whether the card takes part in answering.
func (q request) toCard() bool { return q.kind == typeXfrBlock || q.kind == typePowerOn }

func (q request) encode(seq byte) []byte {
	b := make([]byte, headerLen, headerLen+len(q.data))
	b[0] = q.kind
	binary.LittleEndian.PutUint32(b[1:], uint32(len(q.data)))
	b[6] = seq
	copy(b[7:], q.params[:])
	return append(b, q.data...)
}

// slotState is what bStatus says of the card.
type slotState byte

const (
	slotActive   slotState = 0
	slotInactive slotState = 1
	slotEmpty    slotState = 2
)

// reply is a message from the reader.
type reply struct {
	kind, slotNumber, seq, status, code, last byte
	data                                      []byte
}

var errGarbage = errors.New("reader sent bytes that are no message")

// size is the length of the message whose header b begins with.
func size(b []byte, max int) (int, error) {
	if len(b) < headerLen {
		return 0, fmt.Errorf("%w: %d of them", errGarbage, len(b))
	}
	n := binary.LittleEndian.Uint32(b[1:])
	if n > uint32(max-headerLen) {
		return 0, fmt.Errorf("%w: %d bytes of data announced, the reader's most is %d", errGarbage, n, max-headerLen)
	}
	return headerLen + int(n), nil
}

// decode reads one whole message. Bytes after it are ignored.
func decode(b []byte, max int) (reply, error) {
	n, err := size(b, max)
	if err != nil {
		return reply{}, err
	}
	if n > len(b) {
		return reply{}, fmt.Errorf("%w: %d bytes announced, %d there", errGarbage, n, len(b))
	}
	if b[0] < 0x80 || b[0] > 0x84 {
		return reply{}, fmt.Errorf("%w: type %02X", errGarbage, b[0])
	}
	return reply{b[0], b[5], b[6], b[7], b[8], b[9], b[headerLen:n]}, nil
}

func (a reply) slot() slotState { return slotState(a.status & 3) }
func (a reply) failed() bool    { return a.status&0xC0 == 0x40 }
func (a reply) extends() bool   { return a.status&0xC0 == 0x80 }

// busy reports that the reader asks to try again.
func (a reply) busy() bool { return a.failed() && (a.code == 0xE0 || a.code == 0xF2) }

// again reports a failure that a second attempt after a power cycle may cure.
func (a reply) again() bool {
	switch a.code {
	case 0xF3, 0xF4, 0xF7, 0xF8, codeHardware, codeOverrun, codeParity:
		return true
	}
	return false
}

// disturbed reports that the card is there, but its block did not come through.
func (a reply) disturbed() bool {
	return a.failed() && a.slot() == slotActive && (a.code == codeMute || a.code == codeParity || a.code == codeOverrun)
}

// Values of bError that are more than words.
const (
	codeHardware = 0xFB
	codeOverrun  = 0xFC
	codeParity   = 0xFD
	codeMute     = 0xFE
)

var codes = map[byte]string{
	0x00: "command not supported", 0xE0: "slot busy", 0xF2: "busy with an automatic sequence",
	0xF3: "protocol deactivated", 0xF4: "procedure byte conflict", 0xF5: "class not supported",
	0xF6: "protocol not supported", 0xF7: "wrong check byte in the answer to reset",
	0xF8: "wrong first byte in the answer to reset", codeHardware: "hardware error", codeOverrun: "overrun",
	codeParity: "parity error", codeMute: "no answer", 0xFF: "aborted",
}

// err is the error of a reply that failed: smartcard.ErrRemoved when the slot is
// empty, else smartcard.ErrMute with the reader's reason.
func (a reply) err() error {
	if !a.failed() {
		return nil
	}
	if a.slot() == slotEmpty {
		return smartcard.ErrRemoved
	}
	why := codes[a.code]
	switch {
	case a.code > 0 && a.code < 0x80:
		why = fmt.Sprintf("reader does not accept byte %d of the message", a.code)
	case why == "":
		why = "reader's own error"
	}
	return fmt.Errorf("%w: %s (%02X %02X)", smartcard.ErrMute, why, a.status, a.code)
}
