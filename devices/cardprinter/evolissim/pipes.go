package evolissim

import (
	"context"
	"sync"

	"murur/devices/transport"
)

// buffer is how much the printer receives ahead of what it works off.
const buffer = 64 << 10

// pipes is the claimed interface. It lives in memory.
type pipes struct {
	p    *Printer
	in   []byte // for the host
	more signal

	once sync.Once
	dead chan struct{}
	why  error // set before dead is closed
}

// die ends the pipes; the printer is locked.
func (q *pipes) die(why error) {
	q.once.Do(func() { q.why = why; close(q.dead) })
	if q.p.pipes == q {
		q.p.pipes = nil
	}
}

// Descriptors are a configuration with one printer class interface, both ways.
func (q *pipes) Descriptors() []byte {
	size := byte(q.p.o.MaxPacket)
	high := byte(q.p.o.MaxPacket >> 8)
	return []byte{
		9, 2, 32, 0, 1, 1, 0, 0xC0, 0,
		9, 4, 0, 0, 2, 7, 1, 2, 0,
		7, 5, 0x01, 2, size, high, 0,
		7, 5, 0x82, 2, size, high, 0,
	}
}

func (q *pipes) MaxPacket() int     { return q.p.o.MaxPacket }
func (q *pipes) HasInterrupt() bool { return false }

func (q *pipes) InterruptIn(context.Context, []byte) (int, error) { return 0, transport.ErrStalled }

func (q *pipes) BulkOut(ctx context.Context, b []byte) error {
	for {
		q.p.mu.Lock()
		if err := q.gone(ctx); err != nil {
			q.p.mu.Unlock()
			return err
		}
		if len(q.p.received) < buffer {
			q.p.receive(b)
			err := q.gone(ctx)
			q.p.unlock()
			return err
		}
		q.p.mu.Unlock()
		select {
		case <-q.p.room:
		case <-q.dead:
		case <-ctx.Done():
		}
	}
}

func (q *pipes) BulkIn(ctx context.Context, b []byte) (int, error) {
	for {
		q.p.mu.Lock()
		if err := q.gone(ctx); err != nil {
			q.p.mu.Unlock()
			return 0, err
		}
		if n := copy(b, q.in); n > 0 {
			q.in = q.in[n:]
			q.p.mu.Unlock()
			return n, nil
		}
		q.p.mu.Unlock()
		select {
		case <-q.more:
		case <-q.dead:
		case <-ctx.Done():
		}
	}
}

// Control knows the three requests of the printer class.
func (q *pipes) Control(ctx context.Context, requestType, request uint8, value, index uint16, data []byte) (int, error) {
	q.p.mu.Lock()
	defer q.p.unlock()
	if err := q.gone(ctx); err != nil {
		return 0, err
	}
	switch {
	case requestType == 0xA1 && request == 0:
		id := "MFG:Simulated;MDL:" + q.p.o.Model.Name + ";CLS:PRINTER;"
		n := len(id) + 2
		return copy(data, append([]byte{byte(n >> 8), byte(n)}, id...)), nil
	case requestType == 0xA1 && request == 1:
		return copy(data, []byte{q.p.portStatus()}), nil
	case requestType == 0x21 && request == 2:
		q.p.softReset()
		return 0, nil
	}
	return 0, transport.ErrStalled
}

func (q *pipes) Reset() error {
	q.p.mu.Lock()
	defer q.p.unlock()
	q.die(transport.ErrGone)
	return nil
}

func (q *pipes) Close() error {
	q.p.mu.Lock()
	defer q.p.unlock()
	q.die(errClosed)
	return nil
}

func (q *pipes) gone(ctx context.Context) error {
	select {
	case <-q.dead:
		return q.why
	default:
		return ctx.Err()
	}
}

// signal is raised once however often it is raised before it is seen.
type signal chan struct{}

func newSignal() signal { return make(signal, 1) }

func (s signal) raise() {
	select {
	case s <- struct{}{}:
	default:
	}
}
