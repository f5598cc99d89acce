// Package usbpipe carries the pipes of a USB interface between two processes over
// a Unix socket, so that a simulated device in one program is reached by the
// driver in another exactly as a real one is.
//
// One connection is one claim of the interface. Both sides send frames:
//
//	length  4 bytes, big endian: of all that follows
//	kind    1 byte
//	id      4 bytes, big endian: chosen by the host, repeated in the answer
//	body    the rest
//
// The first frame comes from the device's side, with id 0:
//
//	'h' hello    status, text; or status 0, MaxPacket 2 bytes, HasInterrupt 1 byte, descriptors
//
// Then the host sends requests, any number of them at a time:
//
//	'o' bulk out      data
//	'i' bulk in       room 4 bytes
//	'n' interrupt in  room 4 bytes
//	'c' control       requestType, request, value 2, index 2, then data (out) or room 4 bytes (in)
//	'r' reset         nothing
//	'x' cancel        nothing; id is that of the request to end; not answered itself
//
// and each gets one answer: 'a', status, then count 4 bytes and the data read, or
// the text of an error. Status is 0 done, 1 gone, 2 stalled, 3 busy, 4 cancelled,
// 5 another error. A cancelled read that already has data is answered with them.
// When the connection ends the device's side gives the claim up; for the host a
// lost connection is an unplugged device.
package usbpipe

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"murur/devices/transport"
)

const (
	kindHello     = 'h'
	kindBulkOut   = 'o'
	kindBulkIn    = 'i'
	kindInterrupt = 'n'
	kindControl   = 'c'
	kindReset     = 'r'
	kindCancel    = 'x'
	kindAnswer    = 'a'
)

const (
	statusDone = iota
	statusGone
	statusStalled
	statusBusy
	statusCancelled
	statusOther
)

const (
	maxFrame   = 1 << 20
	headerSize = 4 + 1 + 4
)

type frame struct {
	kind byte
	id   uint32
	body []byte
}

// encode makes the frame's bytes, to be written in one call.
func (f frame) encode() []byte {
	b := make([]byte, headerSize, headerSize+len(f.body))
	binary.BigEndian.PutUint32(b, uint32(5+len(f.body)))
	b[4] = f.kind
	binary.BigEndian.PutUint32(b[5:], f.id)
	return append(b, f.body...)
}

// readFrame reads one frame. A length that cannot be is an error.
func readFrame(r io.Reader) (frame, error) {
	var head [headerSize]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return frame{}, err
	}
	n := binary.BigEndian.Uint32(head[:])
	if n < 5 || n > maxFrame {
		return frame{}, fmt.Errorf("cannot read frame: length %d is not between 5 and %d", n, maxFrame)
	}
	f := frame{kind: head[4], id: binary.BigEndian.Uint32(head[5:]), body: make([]byte, n-5)}
	_, err := io.ReadFull(r, f.body)
	return f, err
}

// status puts an error on the wire.
func status(err error) (byte, string) {
	switch {
	case err == nil:
		return statusDone, ""
	case errors.Is(err, transport.ErrGone):
		return statusGone, err.Error()
	case errors.Is(err, transport.ErrStalled):
		return statusStalled, err.Error()
	case errors.Is(err, transport.ErrBusy):
		return statusBusy, err.Error()
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return statusCancelled, err.Error()
	}
	return statusOther, err.Error()
}

// statusError takes an error from the wire.
func statusError(status byte, text []byte) error {
	switch status {
	case statusDone:
		return nil
	case statusGone:
		return transport.ErrGone
	case statusStalled:
		return transport.ErrStalled
	case statusBusy:
		return transport.ErrBusy
	case statusCancelled:
		return context.Canceled
	}
	return errors.New(string(text))
}
