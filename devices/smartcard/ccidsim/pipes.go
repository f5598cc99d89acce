package ccidsim

import (
	"context"
	"io/fs"
	"sync"

	"murur/devices/transport"
)

// pipes is the claimed interface. It lives in memory.
type pipes struct {
	r      *Reader
	in     *queue
	notice signal

	once sync.Once
	dead chan struct{}
	why  error // set before dead is closed
}

// die ends the pipes; the reader is locked.
func (p *pipes) die(why error) {
	p.once.Do(func() { p.why = why; close(p.dead) })
	if p.r.pipes == p {
		p.r.pipes = nil
	}
}

func (p *pipes) Descriptors() []byte { return p.r.descriptors() }
func (p *pipes) MaxPacket() int      { return p.r.opts.MaxPacket }
func (p *pipes) HasInterrupt() bool  { return !p.r.opts.NoInterrupt }

func (p *pipes) BulkOut(ctx context.Context, b []byte) error {
	if err := p.gone(ctx); err != nil {
		return err
	}
	p.r.mu.Lock()
	defer p.r.mu.Unlock()
	p.r.trace(transport.ToDevice, b)
	p.r.command(b)
	return nil
}

func (p *pipes) BulkIn(ctx context.Context, b []byte) (int, error) {
	for n := 0; ; {
		if err := p.gone(ctx); err != nil {
			return n, err
		}
		p.r.mu.Lock()
		packet, ok := p.in.take()
		p.r.mu.Unlock()
		if ok {
			if len(packet) > len(b)-n {
				return n, transport.ErrStalled // the host gave less room than a packet
			}
			n += copy(b[n:], packet)
			if len(packet) < p.r.opts.MaxPacket || n == len(b) {
				return n, nil
			}
			continue
		}
		select {
		case <-p.in.more:
		case <-p.dead:
		case <-ctx.Done():
			if n > 0 {
				return n, nil
			}
		}
	}
}

func (p *pipes) InterruptIn(ctx context.Context, b []byte) (int, error) {
	if p.r.opts.NoInterrupt {
		return 0, transport.ErrStalled
	}
	select {
	case <-p.notice:
	case <-p.dead:
	case <-ctx.Done():
	}
	if err := p.gone(ctx); err != nil {
		return 0, err
	}
	p.r.mu.Lock()
	defer p.r.mu.Unlock()
	message := []byte{typeNotifySlotChange, 2}
	if p.r.card != nil {
		message[1] = 3
	}
	p.r.trace(transport.FromDevice, message)
	return copy(b, message), nil
}

// Control knows ABORT and the standard descriptors.
func (p *pipes) Control(ctx context.Context, requestType, request uint8, value, index uint16, data []byte) (int, error) {
	if err := p.gone(ctx); err != nil {
		return 0, err
	}
	switch {
	case requestType == 0x80 && request == 0x06:
		if d := p.r.descriptor(value); d != nil {
			return copy(data, d), nil
		}
	case requestType == 0x21 && request == 0x01 && index == interfaceNumber && value&0xFF == 0 && !p.r.opts.NoAbort:
		p.r.mu.Lock()
		defer p.r.mu.Unlock()
		p.r.idle()
		seq := byte(value >> 8)
		p.r.aborting = &seq
		return 0, nil
	}
	return 0, transport.ErrStalled
}

func (p *pipes) Reset() error {
	p.r.mu.Lock()
	defer p.r.mu.Unlock()
	if p.r.pipes == p {
		p.r.restart()
	}
	return nil
}

func (p *pipes) Close() error {
	p.r.mu.Lock()
	defer p.r.mu.Unlock()
	if p.r.pipes == p {
		p.r.idle()
	}
	p.die(fs.ErrClosed)
	return nil
}

func (p *pipes) gone(ctx context.Context) error {
	select {
	case <-p.dead:
		return p.why
	default:
		return ctx.Err()
	}
}

// send hands a message to the bulk IN pipe, packet by packet. A message that
// fills its last packet is followed by an empty one.
func (p *pipes) send(message []byte) {
	for max := p.r.opts.MaxPacket; ; {
		if len(message) < max {
			p.in.put(message)
			return
		}
		p.in.put(message[:max])
		message = message[max:]
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

// queue holds packets; the reader's lock guards it.
type queue struct {
	packets [][]byte
	more    signal
}

func newQueue() *queue { return &queue{more: newSignal()} }

func (q *queue) put(packet []byte) {
	q.packets = append(q.packets, packet)
	q.more.raise()
}

func (q *queue) take() ([]byte, bool) {
	if len(q.packets) == 0 {
		return nil, false
	}
	packet := q.packets[0]
	q.packets = q.packets[1:]
	return packet, true
}
