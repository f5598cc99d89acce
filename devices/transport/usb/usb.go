//go:build cgo

package usb

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"
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
		p.life, p.end = context.WithCancel(context.Background())
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

	life context.Context // ends with Reset and Close
	end  context.CancelFunc
	use  sync.RWMutex // read: a transfer is under way; write: the interface is given back
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
	n, err := p.transfer(ctx, func(ctx context.Context) (int, error) { return p.out.WriteContext(ctx, b) })
	if err != nil && n > 0 {
		return fmt.Errorf("%w, after %d of %d bytes", err, n, len(b))
	}
	return err
}

func (p *pipes) BulkIn(ctx context.Context, b []byte) (int, error) { return p.read(ctx, p.in, b) }

func (p *pipes) InterruptIn(ctx context.Context, b []byte) (int, error) {
	if p.interrupt == nil {
		return 0, transport.ErrStalled
	}
	return p.read(ctx, p.interrupt, b)
}

// read returns what has come when ctx ends, if anything has.
func (p *pipes) read(ctx context.Context, e *gousb.InEndpoint, b []byte) (int, error) {
	n, err := p.transfer(ctx, func(ctx context.Context) (int, error) { return e.ReadContext(ctx, b) })
	if n > 0 && ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return n, nil
	}
	return n, err
}

func (p *pipes) Control(ctx context.Context, requestType, request uint8, value, index uint16, data []byte) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	return p.transfer(ctx, func(context.Context) (int, error) {
		return p.device.Control(requestType, request, value, index, data)
	})
}

// transfer runs do with a context that also ends with the pipes.
func (p *pipes) transfer(ctx context.Context, do func(context.Context) (int, error)) (int, error) {
	p.use.RLock()
	defer p.use.RUnlock()
	if p.life.Err() != nil {
		return 0, fs.ErrClosed
	}
	both, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(p.life, cancel)
	defer stop()
	n, err := do(both)
	return n, p.failure(ctx, err)
}

// failure converts the error of a transfer.
func (p *pipes) failure(ctx context.Context, err error) error {
	err = convert(err)
	switch {
	case err == nil, errors.Is(err, transport.ErrGone):
		return err
	case ctx.Err() != nil:
		return ctx.Err()
	case p.life.Err() != nil:
		return fs.ErrClosed
	}
	return err
}

// Reset gives the interface back first: the library refuses to reset a device that
// is in use. Transfers under way end.
func (p *pipes) Reset() error {
	p.end()
	p.use.Lock()
	defer p.use.Unlock()
	if err := p.release(); err != nil {
		return convert(err)
	}
	return convert(p.device.Reset())
}

// Close gives the interface free. Transfers under way end.
func (p *pipes) Close() error {
	p.end()
	p.use.Lock()
	defer p.use.Unlock()
	errs := []error{p.release()}
	if p.device != nil {
		errs = append(errs, p.device.Close())
	}
	if p.usb != nil {
		errs = append(errs, p.usb.Close())
	}
	return convert(errors.Join(errs...))
}

// release gives the interface back; nobody uses it any more. The library does not
// mind a second time.
func (p *pipes) release() error {
	if p.iface != nil {
		p.iface.Close()
	}
	if p.config == nil {
		return nil
	}
	return p.config.Close()
}
