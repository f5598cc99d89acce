package campaign

import (
	"context"
	"sync"
	"time"

	"murur/devices/cardprinter/evolissim"
	"murur/devices/transport"
)

// usbPace is how many bytes cross a cable in the time of one on a wire.
const usbPace = 64

// cable joins the kiosk with the licence printer as a wire does: every transfer takes
// time, bytes of both directions are counted, and the kiosk's power can be cut behind any
// of them. The printer notices that its host is gone.
type cable struct {
	printer *evolissim.Printer
	seed    uint64

	mu   sync.Mutex
	near *plug
	left int // bytes until cut; 0: never
	cut  func()
}

// open claims the printer; alive says no after the kiosk's power went.
func (c *cable) open(alive func() bool) transport.PipesOpener {
	return func(ctx context.Context) (transport.Pipes, error) {
		p := &plug{c: c, gone: make(chan struct{})}
		if p.wait(ctx, "open", nil); ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if !alive() {
			return nil, transport.ErrGone
		}
		inner, err := c.printer.Pipes()
		if err != nil {
			return nil, err
		}
		p.Pipes = inner
		c.mu.Lock()
		defer c.mu.Unlock()
		c.near = p
		return p, nil
	}
}

// cutAfter cuts the power after n more bytes, of both directions.
func (c *cable) cutAfter(n int, cut func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left, c.cut = n, cut
}

// drop takes the kiosk's end away.
func (c *cable) drop() {
	c.mu.Lock()
	near := c.near
	c.near, c.left = nil, 0
	c.mu.Unlock()
	if near != nil {
		near.Close()
	}
}

// cross counts n bytes: how many of them cross, and what happens behind the last.
func (c *cable) cross(n int) (int, func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left == 0 || n < c.left {
		c.left = max(c.left-n, 0)
		return n, nil
	}
	n, c.left = c.left, 0
	return n, c.cut
}

// plug is one claim of the printer.
type plug struct {
	transport.Pipes
	c    *cable
	once sync.Once
	gone chan struct{}
}

// wait lets the time of a transfer pass.
func (p *plug) wait(ctx context.Context, pipe string, b []byte) {
	timer := time.NewTimer(pace{p.c.seed, pipe}.pause(b) + time.Duration(len(b)/usbPace)*byteTime)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-p.gone:
	case <-ctx.Done():
	}
}

func (p *plug) BulkOut(ctx context.Context, b []byte) error {
	p.wait(ctx, "out", b)
	n, cut := p.c.cross(len(b))
	err := p.Pipes.BulkOut(ctx, b[:n])
	if cut != nil {
		cut()
		return transport.ErrGone
	}
	return err
}

// BulkIn: what has come is not lost when ctx ends meanwhile.
func (p *plug) BulkIn(ctx context.Context, b []byte) (int, error) {
	n, err := p.Pipes.BulkIn(ctx, b)
	if err != nil {
		return n, err
	}
	p.wait(context.WithoutCancel(ctx), "in", b[:n])
	n, cut := p.c.cross(n)
	if cut != nil {
		cut()
		return 0, transport.ErrGone
	}
	return n, nil
}

func (p *plug) Control(ctx context.Context, requestType, request uint8, value, index uint16, data []byte) (int, error) {
	p.wait(ctx, "control", []byte{requestType, request})
	return p.Pipes.Control(ctx, requestType, request, value, index, data)
}

func (p *plug) Close() error {
	p.once.Do(func() { close(p.gone) })
	return p.Pipes.Close()
}
