// Package transport is how drivers reach devices: byte streams (serial, TCP) and
// USB pipes. Drivers take the interfaces below and return concrete types; who
// opens what is decided in cmd.
package transport

import (
	"context"
	"errors"
	"io"
)

// Stream is a byte stream to a device. Read blocks until at least one byte is
// there or the stream is closed; silence is never an error and never a zero read.
// Close ends a blocked Read. Write returns when the bytes are handed to the
// system, not when they left the wire.
type Stream interface {
	io.ReadWriteCloser
}

// Opener opens a new Stream. It is called again after a lost link.
type Opener func(ctx context.Context) (Stream, error)

// Pipes are the pipes of one claimed USB interface.
type Pipes interface {
	// Descriptors are the raw configuration descriptor bytes.
	Descriptors() []byte
	// MaxPacket is the packet size of the bulk IN endpoint.
	MaxPacket() int
	// BulkOut writes one transfer.
	BulkOut(ctx context.Context, p []byte) error
	// BulkIn reads one transfer into p; a zero-length transfer is 0, nil.
	BulkIn(ctx context.Context, p []byte) (int, error)
	// HasInterrupt reports whether InterruptIn works.
	HasInterrupt() bool
	// InterruptIn reads one interrupt transfer.
	InterruptIn(ctx context.Context, p []byte) (int, error)
	// Control sends a control request; data is written or filled by direction.
	Control(ctx context.Context, requestType, request uint8, value, index uint16, data []byte) (int, error)
	// Reset resets the device; the Pipes are dead afterwards.
	Reset() error
	Close() error
}

// PipesOpener finds the device and claims it. It is called again after a lost
// device.
type PipesOpener func(ctx context.Context) (Pipes, error)

// Errors that drivers match with errors.Is.
var (
	ErrGone    = errors.New("device was unplugged")
	ErrStalled = errors.New("device stalled the pipe")
	ErrBusy    = errors.New("device is in use by another program")
)

// Direction of a traced frame, seen from the kiosk.
type Direction byte

const (
	ToDevice   Direction = '>'
	FromDevice Direction = '<'
)

// Trace is told of every whole frame that crosses a wire. Drivers and simulators
// call it when set; it must not keep frame.
type Trace func(d Direction, frame []byte)
