package ccid

import (
	"errors"
	"fmt"

	"murur/devices/smartcard"
)

// errNotStarted is wrapped by errors of commands that never reached the card.
var errNotStarted = errors.New("command cannot be sent")

// check refuses what T=0 cannot carry: INS 6X and 9X look like status words, and
// extended lengths need command chaining by the caller.
func check(c smartcard.Command) error {
	switch {
	case c.INS&0xF0 == 0x60, c.INS&0xF0 == 0x90:
		return fmt.Errorf("%w: INS %02X is not allowed", errNotStarted, c.INS)
	case len(c.Data) > 255:
		return fmt.Errorf("%w: %d bytes of data, at most 255", errNotStarted, len(c.Data))
	case c.Le < -1 || c.Le > 256:
		return fmt.Errorf("%w: Le %d is not between -1 and 256", errNotStarted, c.Le)
	}
	return nil
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

// apdu is the command with short length fields as ISO/IEC 7816-4 writes it.
func apdu(c smartcard.Command) []byte {
	b := []byte{c.CLA, c.INS, c.P1, c.P2}
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
