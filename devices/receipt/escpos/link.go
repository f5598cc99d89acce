package escpos

import (
	"context"
	"fmt"
	"sync"
	"time"

	"murur/devices"
	"murur/devices/transport"
)

const (
	xon, xoff = 0x11, 0x13
	// chunk is what is written between two looks at XOFF.
	chunk = 256
	// ahead is how much of the wire's time may lie in the system's queues.
	ahead = 20 * time.Millisecond
	// stall is how long XOFF may last before the printer is asked whether it lives,
	// and how long one write may block.
	stall = 5 * time.Second
	// patience is how many changes or stalls one write may meet.
	patience = 12
)

// link is one open stream. Its reader goroutine takes XON and XOFF out and queues
// the other bytes; everything else is done by the one operation that has the
// printer's turn.
type link struct {
	stream  transport.Stream
	trace   transport.Trace
	rate    int                         // bytes/s of the wire
	alive   func(context.Context) error // asks a printer that stays at XOFF
	replies chan byte
	ended   chan struct{} // closed when the reader has ended

	mu      sync.Mutex
	stopped bool          // XOFF
	changed chan struct{} // closed when stopped changes

	buf     []byte    // replies not yet matched
	ordered match     // an ordered request that is outstanding
	answer  []byte    // its reply
	strays  int       // bytes that nobody asked for
	free    time.Time // when the wire has sent everything written
}

func newLink(s transport.Stream, trace transport.Trace, rate int) *link {
	if trace == nil {
		trace = func(transport.Direction, []byte) {}
	}
	l := &link{
		stream: s, trace: trace, rate: rate,
		replies: make(chan byte, 1024), ended: make(chan struct{}), changed: make(chan struct{}),
	}
	go l.read()
	return l
}

func (l *link) read() {
	defer close(l.ended)
	buf := make([]byte, 256)
	for {
		n, err := l.stream.Read(buf)
		for _, b := range buf[:n] {
			switch b {
			case xon, xoff:
				l.trace(transport.FromDevice, []byte{b})
				l.flow(b == xoff)
			default:
				select {
				case l.replies <- b:
				default: // a printer that babbles; what is lost was not asked for
				}
			}
		}
		if err != nil {
			return
		}
	}
}

func (l *link) flow(stop bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopped != stop {
		l.stopped = stop
		close(l.changed)
		l.changed = make(chan struct{})
	}
}

func (l *link) flowing() (stopped bool, changed <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.stopped, l.changed
}

// close ends the stream and waits for the reader.
func (l *link) close() {
	l.stream.Close()
	<-l.ended
}

func (l *link) dead() bool {
	select {
	case <-l.ended:
		return true
	default:
		return false
	}
}

// write sends p, a whole number of commands, at the pace of the wire. The end of ctx
// stops it before the first byte, or at XOFF, but not in the middle of a picture,
// which would swallow what is sent next. Urgent requests pass XOFF.
func (l *link) write(ctx context.Context, p []byte, urgent bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	l.trace(transport.ToDevice, p)
	for len(p) > 0 {
		if wait := time.Until(l.free.Add(-ahead)); wait > 0 {
			if err := l.pause(context.WithoutCancel(ctx), wait); err != nil {
				return err
			}
		}
		if !urgent {
			if err := l.flows(ctx); err != nil {
				return err
			}
		}
		n := min(len(p), chunk)
		stuck := time.AfterFunc(stall, func() { l.stream.Close() })
		_, err := l.stream.Write(p[:n])
		stuck.Stop()
		if err != nil {
			return fmt.Errorf("%w: %v", devices.ErrLink, err)
		}
		now := time.Now()
		if l.free.Before(now) {
			l.free = now
		}
		l.free = l.free.Add(time.Duration(n) * time.Second / time.Duration(l.rate))
		p = p[n:]
	}
	return nil
}

// flows waits while the printer says XOFF.
func (l *link) flows(ctx context.Context) error {
	for range patience {
		stopped, changed := l.flowing()
		if !stopped {
			return nil
		}
		select {
		case <-changed:
		case <-l.ended:
			return fmt.Errorf("%w: link lost", devices.ErrLink)
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(stall):
			if err := l.alive(ctx); err != nil {
				return err
			}
		}
	}
	return fmt.Errorf("%w: it stays at XOFF", devices.ErrLink)
}

func (l *link) pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-l.ended:
		return fmt.Errorf("%w: link lost", devices.ErrLink)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ask sends a real-time request and returns its reply.
func (l *link) ask(ctx context.Context, request []byte, m match, timeout time.Duration) ([]byte, error) {
	l.drain()
	if err := l.write(ctx, request, true); err != nil {
		return nil, err
	}
	return l.await(ctx, m, timeout)
}

// order sends a request that is answered when everything before it is done; its
// reply is fetched with awaitOrdered, and other requests may be asked meanwhile.
func (l *link) order(ctx context.Context, request []byte, m match) error {
	l.drain()
	l.ordered, l.answer = m, nil
	return l.write(ctx, request, false)
}

func (l *link) awaitOrdered(ctx context.Context, timeout time.Duration) bool {
	l.await(ctx, nil, timeout)
	return l.answer != nil
}

// await returns the next reply that m matches, or, when m is nil, returns as soon
// as the ordered request is answered.
func (l *link) await(ctx context.Context, m match, timeout time.Duration) ([]byte, error) {
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	for {
		if reply := l.take(m); reply != nil {
			return reply, nil
		}
		if m == nil && l.answer != nil {
			return l.answer, nil
		}
		select {
		case b := <-l.replies:
			l.buf = append(l.buf, b)
		case <-l.ended:
			return nil, fmt.Errorf("%w: link lost", devices.ErrLink)
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-timer.C:
			return nil, devices.ErrLink
		}
	}
}

// take works off the bytes that have come: the ordered reply is put aside, the one
// that m matches is returned, others are counted.
func (l *link) take(m match) []byte {
	for len(l.buf) > 0 {
		n, ok := 0, false
		if l.ordered != nil {
			if n, ok = l.ordered(l.buf); ok && n > 0 {
				l.answer, l.ordered = l.pop(n), nil
				continue
			}
		}
		if !ok && m != nil {
			if n, ok = m(l.buf); ok && n > 0 {
				return l.pop(n)
			}
		}
		if ok { // a beginning
			return nil
		}
		l.pop(1)
		l.strays++
	}
	return nil
}

func (l *link) pop(n int) []byte {
	frame := append([]byte(nil), l.buf[:n]...)
	l.buf = l.buf[n:]
	l.trace(transport.FromDevice, frame)
	return frame
}

// drain drops late replies to earlier requests, so that they are not taken for the
// reply to the next.
func (l *link) drain() {
	for {
		select {
		case b := <-l.replies:
			l.buf = append(l.buf, b)
		default:
			l.take(nil)
			l.strays += len(l.buf)
			l.buf = nil
			return
		}
	}
}
