// Package serial reaches devices on a serial line: 8 data bits, no parity, no
// flow control, through github.com/tarm/serial.
//
// That library times reads in steps of 100 ms and reports a read that timed out
// as io.EOF; a read without time-out could never be ended. So a port is opened
// with the shortest step, and Read goes on through the silences until a byte
// comes, the port is closed, or the line is lost. A line that has hung up (a USB
// adapter was pulled) also reads as io.EOF, but at once instead of after a step:
// a few of these in a row are taken as the loss of the line.
//
// Not covered, because the library has no means: modem lines, break, and a
// deadline for Write.
package serial

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync/atomic"
	"syscall"
	"time"

	tarm "github.com/tarm/serial"

	"murur/devices/transport"
)

const (
	step      = 100 * time.Millisecond // the library's shortest read time-out
	atOnce    = step / 4               // a silence shorter than this is none
	hungUp    = 5                      // so many of these in a row: the line is lost
	firstBaud = 9600
)

// Config is a line's settings.
type Config struct {
	Name     string // device file, for example /dev/ttyS0
	Baud     int    // 0 means 9600
	StopBits int    // 1 or 2; 0 means 1
}

// Open returns an opener of the port. Errors of opening: transport.ErrGone when
// there is no such port, transport.ErrBusy when another program holds it.
func Open(c Config) transport.Opener {
	return func(ctx context.Context) (transport.Stream, error) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		tc := &tarm.Config{Name: c.Name, Baud: c.Baud, StopBits: tarm.StopBits(c.StopBits), ReadTimeout: step}
		if tc.Baud == 0 {
			tc.Baud = firstBaud
		}
		p, err := tarm.OpenPort(tc)
		switch {
		case err == nil:
			return &port{line: p}, nil
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENXIO), errors.Is(err, syscall.EIO):
			return nil, fmt.Errorf("cannot open serial port %s: %w", c.Name, transport.ErrGone)
		case errors.Is(err, syscall.EBUSY):
			return nil, fmt.Errorf("cannot open serial port %s: %w", c.Name, transport.ErrBusy)
		}
		return nil, fmt.Errorf("cannot open serial port %s: %w", c.Name, err)
	}
}

type port struct {
	line   io.ReadWriteCloser
	closed atomic.Bool
}

func (p *port) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	for early := 0; ; {
		start := time.Now()
		n, err := p.line.Read(b)
		switch {
		case p.closed.Load():
			return 0, fs.ErrClosed
		case n > 0:
			return n, nil
		case err != nil && err != io.EOF:
			return 0, lost("read", err)
		}
		if time.Since(start) >= atOnce {
			early = 0
		} else if early++; early == hungUp {
			return 0, lost("read", transport.ErrGone)
		}
	}
}

func (p *port) Write(b []byte) (int, error) {
	n, err := p.line.Write(b)
	if p.closed.Load() && err != nil {
		return n, fs.ErrClosed
	}
	if err != nil {
		return n, lost("write", err)
	}
	return n, nil
}

// Close ends a blocked Read within one step.
func (p *port) Close() error {
	if p.closed.Swap(true) {
		return nil
	}
	return p.line.Close()
}

// lost names the errors of a pulled adapter by the error that drivers know.
func lost(op string, err error) error {
	if errors.Is(err, syscall.EIO) || errors.Is(err, syscall.ENXIO) || errors.Is(err, syscall.ENODEV) {
		err = fmt.Errorf("%w (%w)", transport.ErrGone, err)
	}
	return fmt.Errorf("cannot %s on the serial line: %w", op, err)
}
