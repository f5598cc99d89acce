package ccid

import (
	"errors"
	"fmt"

	"murur/devices/smartcard"
)

// errNotStarted is wrapped by errors of commands that never reached the card.
var errNotStarted = errors.New("command cannot be sent")

// check refuses what cannot be carried: INS 6X and 9X look like status words, and
// extended lengths go only over T=1, elsewhere the caller chains commands.
func check(c smartcard.Command, extended bool) error {
	mostData, mostLe := 255, 256
	if extended {
		mostData, mostLe = 65535, 65536
	}
	switch {
	case c.INS&0xF0 == 0x60, c.INS&0xF0 == 0x90:
		return fmt.Errorf("%w: INS %02X is not allowed", errNotStarted, c.INS)
	case len(c.Data) > mostData:
		return fmt.Errorf("%w: %d bytes of data, at most %d", errNotStarted, len(c.Data), mostData)
	case c.Le < -1 || c.Le > mostLe:
		return fmt.Errorf("%w: Le %d is not between -1 and %d", errNotStarted, c.Le, mostLe)
	}
	return nil
}

// keepsPIN reports whether the command's data must not be traced.
func keepsPIN(c smartcard.Command) bool {
	return c.INS == 0x20 || c.INS == 0x24 || c.INS == 0x2C
}

// repeatable reports whether it does no harm when the card carries the command out
// twice: it only selects or reads.
func repeatable(c smartcard.Command) bool {
	switch c.INS {
	case 0xA4, 0xB0, 0xB1, 0xB2, 0xB3, 0xC0, 0xCA, 0xCB:
		return true
	}
	return false
}

// tpdu is the command as T=0 carries it: a fifth byte P3 always, and no expected
// length beside data.
func tpdu(c smartcard.Command) []byte {
	b := []byte{c.CLA, c.INS, c.P1, c.P2, 0}
	switch {
	case len(c.Data) > 0:
		b[4] = byte(len(c.Data))
		return append(b, c.Data...)
	case c.Le > 0:
		b[4] = byte(c.Le)
	}
	return b
}

// apdu is the command as ISO/IEC 7816-4 writes it: with short length fields where
// they are enough.
func apdu(c smartcard.Command) []byte {
	b := []byte{c.CLA, c.INS, c.P1, c.P2}
	if len(c.Data) > 255 || c.Le > 256 {
		b = append(b, 0)
		if len(c.Data) > 0 {
			b = append(b, byte(len(c.Data)>>8), byte(len(c.Data)))
			b = append(b, c.Data...)
		}
		if c.Le >= 0 {
			le := c.Le
			if le == 0 {
				le = 256
			}
			b = append(b, byte(le>>8), byte(le))
		}
		return b
	}
	if len(c.Data) > 0 {
		b = append(b, byte(len(c.Data)))
		b = append(b, c.Data...)
	}
	if c.Le >= 0 {
		b = append(b, byte(c.Le))
	}
	return b
}

// maxRounds bounds the follow-up of one command.
const maxRounds = 64

// complete sends c and follows up what the card answers: 6Cxx once with the right
// length, 61xx by GET RESPONSE until all data are there.
func complete(c smartcard.Command, send func(smartcard.Command) ([]byte, error)) (smartcard.Response, error) {
	fetch := c.Le >= 0
	corrected := false
	var data []byte
	for range maxRounds {
		a, err := send(c)
		if err != nil {
			return smartcard.Response{}, err
		}
		sw := smartcard.SW(a[len(a)-2])<<8 | smartcard.SW(a[len(a)-1])
		data = append(data, a[:len(a)-2]...)
		switch {
		case sw>>8 == 0x6C && len(c.Data) == 0 && !corrected:
			c.Le, corrected = int(sw&0xFF), true
		case sw>>8 == 0x61 && fetch:
			// without the bits for chaining and secure messaging
			c = smartcard.Command{CLA: c.CLA & 0x03, INS: 0xC0, Le: int(sw & 0xFF)}
			corrected = false
		case len(data) > maxResponse:
			return smartcard.Response{}, fmt.Errorf("%w: the response does not end", smartcard.ErrMute)
		default:
			return smartcard.Response{Data: data, SW: sw}, nil
		}
	}
	return smartcard.Response{}, fmt.Errorf("%w: %d rounds and no end of the response", smartcard.ErrMute, maxRounds)
}
