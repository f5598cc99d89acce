//go:build cgo

package usb

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync/atomic"
	"time"

	"github.com/google/gousb"

	"murur/devices/transport"
)

// controlTimeout bounds control requests, which take no context.
const controlTimeout = 2 * time.Second

// Open returns an opener of the first device that has an interface of class c.
// Errors of opening: transport.ErrGone when there is none, transport.ErrBusy when
// another program holds it.
func Open(c Class) transport.PipesOpener {
	return func(ctx context.Context) (_ transport.Pipes, err error) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		p := &pipes{}
		defer func() {
			if v := recover(); v != nil {
				err = fmt.Errorf("%v", v)
			}
			if err != nil {
				p.Close()
				err = fmt.Errorf("cannot open a USB device of class %v: %w", c, convert(err))
			}
		}()
		if err := p.open(c); err != nil {
			return nil, err
		}
		return p, nil
	}
}

// pipes is a claimed interface.
type pipes struct {
	usb       *gousb.Context
	device    *gousb.Device
	config    *gousb.Config
	iface     *gousb.Interface
	in        *gousb.InEndpoint
	out       *gousb.OutEndpoint
	interrupt *gousb.InEndpoint // or nil
	raw       []byte
	closing   atomic.Bool
}

// open does all that may fail; what was opened until then is closed by Close.
func (p *pipes) open(c Class) error {
	p.usb = gousb.NewContext()
	var at *place
	found, err := p.usb.OpenDevices(func(d *gousb.DeviceDesc) bool {
		if at != nil {
			return false
		}
		at = find(d, c)
		return at != nil
	})
	if len(found) == 0 {
		if err != nil && at != nil { // it is there, but cannot be opened
			return err
		}
		return transport.ErrGone
	}
	p.device = found[0]
	p.device.ControlTimeout = controlTimeout
	if err := p.device.SetAutoDetach(true); err != nil {
		return err
	}
	if p.config, err = p.device.Config(at.config); err != nil {
		return err
	}
	if p.iface, err = p.config.Interface(at.number, at.alternate); err != nil {
		return err
	}
	if p.in, err = p.iface.InEndpoint(at.in); err != nil {
		return err
	}
	if p.out, err = p.iface.OutEndpoint(at.out); err != nil {
		return err
	}
	if at.interrupt != 0 {
		if p.interrupt, err = p.iface.InEndpoint(at.interrupt); err != nil {
			return err
		}
	}
	return p.readDescriptors(at.index)
}

// readDescriptors fetches the raw configuration descriptor, because the library
// drops the class descriptors in it.
func (p *pipes) readDescriptors(index int) error {
	const standardIn, getDescriptor, configuration = 0x80, 0x06, 0x0200
	b := make([]byte, 512)
	n, err := p.device.Control(standardIn, getDescriptor, configuration|uint16(index), 0, b)
	if err != nil {
		return err
	}
	p.raw = b[:n]
	return nil
}

func (p *pipes) Descriptors() []byte { return p.raw }
func (p *pipes) MaxPacket() int      { return p.in.Desc.MaxPacketSize }
func (p *pipes) HasInterrupt() bool  { return p.interrupt != nil }

func (p *pipes) BulkOut(ctx context.Context, b []byte) error {
	_, err := p.out.WriteContext(ctx, b)
	return p.failure(ctx, err)
}

func (p *pipes) BulkIn(ctx context.Context, b []byte) (int, error) { return p.read(ctx, p.in, b) }

func (p *pipes) InterruptIn(ctx context.Context, b []byte) (int, error) {
	if p.interrupt == nil {
		return 0, transport.ErrStalled
	}
	return p.read(ctx, p.interrupt, b)
}

func (p *pipes) read(ctx context.Context, e *gousb.InEndpoint, b []byte) (int, error) {
	n, err := e.ReadContext(ctx, b)
	if n > 0 && errors.Is(err, gousb.TransferCancelled) {
		return n, nil
	}
	return n, p.failure(ctx, err)
}

func (p *pipes) Control(ctx context.Context, requestType, request uint8, value, index uint16, data []byte) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	n, err := p.device.Control(requestType, request, value, index, data)
	return n, p.failure(ctx, err)
}

func (p *pipes) Reset() error { return convert(p.device.Reset()) }

// Close gives the interface free. Reads under way must have been ended by their
// contexts.
func (p *pipes) Close() error {
	if p.closing.Swap(true) {
		return nil
	}
	if p.iface != nil {
		p.iface.Close()
	}
	var errs []error
	if p.config != nil {
		errs = append(errs, p.config.Close())
	}
	if p.device != nil {
		errs = append(errs, p.device.Close())
	}
	if p.usb != nil {
		errs = append(errs, p.usb.Close())
	}
	return convert(errors.Join(errs...))
}

// failure converts the error of a transfer. The library's word for an unplugged
// device is also its word for an interface that we close ourselves.
func (p *pipes) failure(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil && !errors.Is(convert(err), transport.ErrGone):
		return ctx.Err()
	case p.closing.Load():
		return fs.ErrClosed
	}
	return convert(err)
}
