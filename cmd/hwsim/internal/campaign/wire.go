package campaign

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"murur/devices/transport"
)

// The pace of a wire: a pause before every write, then its bytes.
const (
	byteTime   = 87 * time.Microsecond // 115200 baud
	pauseLeast = 100 * time.Microsecond
	pauseMost  = 1500 * time.Microsecond
	reboot     = 8 * time.Second // of a device that lost its power
)

// wire joins the kiosk with the simulator of one device. Every write takes time, so
// that it arrives when nothing else happens. It counts the bytes of both directions and
// can cut the kiosk's power in the middle of a frame.
type wire struct {
	name string
	// loose is a serial cable without modem lines: neither side notices that the
	// other is gone, and what nobody hears is lost. Otherwise each side hangs up.
	loose bool
	serve func(context.Context, io.ReadWriteCloser) error
	ctx   context.Context // of the device
	seed  uint64
	wg    sync.WaitGroup

	mu        sync.Mutex
	near, far *end
	off       bool // the device is starting
	left      int  // bytes until cut; 0: never
	cut       func()
}

func newWire(ctx context.Context, name string, loose bool, seed uint64, serve func(context.Context, io.ReadWriteCloser) error) *wire {
	w := &wire{name: name, loose: loose, serve: serve, ctx: ctx, seed: seed}
	if loose {
		w.wg.Go(w.keep)
	}
	return w
}

// keep serves a device on a loose wire, and again after it lost its power.
func (w *wire) keep() {
	for w.ctx.Err() == nil {
		w.mu.Lock()
		far := w.newEnd(false)
		w.far = far
		w.mu.Unlock()
		w.serve(w.ctx, far)
		w.mu.Lock()
		w.far = nil
		w.mu.Unlock()
		w.restart()
	}
}

// restart waits until a device that lost its power is there again.
func (w *wire) restart() {
	timer := time.NewTimer(reboot + 777*time.Microsecond)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-w.ctx.Done():
	}
}

// open is the kiosk's port; alive says no after the kiosk's power went.
func (w *wire) open(alive func() bool) transport.Opener {
	return func(ctx context.Context) (transport.Stream, error) {
		if err := pass(ctx.Done(), pace{w.seed, w.name + " open"}.pause(nil)); err != nil {
			return nil, errors.Join(err, ctx.Err())
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		if !alive() || w.off {
			return nil, transport.ErrGone
		}
		near := w.newEnd(true)
		w.near = near
		if !w.loose {
			far := w.newEnd(false)
			near.peer, far.peer, w.far = far, near, far
			w.wg.Go(func() { w.session(far) })
		}
		return near, nil
	}
}

// session serves one connection of a wire that hangs up. A device that lost its power
// cannot be reached until it has started.
func (w *wire) session(far *end) {
	err := w.serve(w.ctx, far)
	far.Close()
	if err == nil || w.ctx.Err() != nil || errors.Is(err, io.EOF) {
		return
	}
	set := func(off bool) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.off = off
	}
	set(true)
	w.restart()
	set(false)
}

// cutAfter cuts the power after n more bytes, of both directions.
func (w *wire) cutAfter(n int, cut func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.left, w.cut = n, cut
}

// drop takes the kiosk's end away.
func (w *wire) drop() {
	w.mu.Lock()
	near := w.near
	w.near, w.left = nil, 0
	w.mu.Unlock()
	if near != nil {
		near.Close()
	}
}

// pass lets time pass; an error when stop came first.
func pass(stop <-chan struct{}, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-stop:
		return io.ErrClosedPipe
	}
}

// end is one end of a wire.
type end struct {
	w    *wire
	pace pace
	near bool
	peer *end          // on a wire that hangs up
	more chan struct{} // something is in, or the peer is gone
	gone chan struct{}
	once sync.Once

	in   []byte // guarded by w.mu, like hung
	hung bool   // the peer is gone
}

func (w *wire) newEnd(near bool) *end {
	side := " far"
	if near {
		side = " near"
	}
	return &end{w: w, near: near, pace: pace{w.seed, w.name + side}, more: make(chan struct{}, 1), gone: make(chan struct{})}
}

func (e *end) closed() bool {
	select {
	case <-e.gone:
		return true
	default:
		return false
	}
}

func (e *end) Read(p []byte) (int, error) {
	for {
		e.w.mu.Lock()
		n := copy(p, e.in)
		e.in = e.in[n:]
		hung := e.hung
		e.w.mu.Unlock()
		switch {
		case e.closed():
			return 0, io.ErrClosedPipe
		case n > 0:
			return n, nil
		case hung:
			return 0, io.EOF
		}
		select {
		case <-e.more:
		case <-e.gone:
		}
	}
}

func (e *end) Write(p []byte) (int, error) {
	if err := pass(e.gone, e.pace.pause(p)+time.Duration(len(p))*byteTime); err != nil {
		return 0, err
	}
	return e.w.carry(e, p)
}

// carry brings p to the other side, or as much of it as crosses before the power goes.
func (w *wire) carry(e *end, p []byte) (int, error) {
	w.mu.Lock()
	to := e.peer
	if w.loose {
		if to = w.near; e.near {
			to = w.far
		}
	}
	cut := (func())(nil)
	part := p
	if w.left > 0 {
		if w.left <= len(p) {
			part, cut = p[:w.left], w.cut
		}
		w.left -= len(part)
	}
	lost := to == nil || to.closed() || e.closed()
	if !lost {
		to.in = append(to.in, part...)
		wake(to.more)
	}
	w.mu.Unlock()
	if cut != nil {
		cut()
	}
	if lost && !w.loose || e.closed() {
		return 0, io.ErrClosedPipe
	}
	return len(p), nil
}

func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Close hangs up; on a loose wire the other side does not notice.
func (e *end) Close() error {
	e.once.Do(func() {
		close(e.gone)
		e.w.mu.Lock()
		defer e.w.mu.Unlock()
		if e.peer != nil {
			e.peer.hung = true
			wake(e.peer.more)
		}
		if e.near && e.w.near == e {
			e.w.near = nil
		}
	})
	return nil
}
