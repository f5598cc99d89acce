package usbpipe

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"sync"
	"time"

	"murur/devices/transport"
)

// patience is how long the other process may take to answer a cancel, or to say
// hello, before it counts as dead.
const patience = 2 * time.Second

// Open returns an opener of the device that is served on the socket path. Errors
// of opening: transport.ErrGone when nobody serves there or nothing is plugged in,
// transport.ErrBusy when the interface is claimed.
func Open(path string) transport.PipesOpener {
	var d net.Dialer
	return opener(func(ctx context.Context) (net.Conn, error) { return d.DialContext(ctx, "unix", path) })
}

func opener(dial func(context.Context) (net.Conn, error)) transport.PipesOpener {
	return func(ctx context.Context) (transport.Pipes, error) {
		c, err := dial(ctx)
		if err != nil {
			return nil, fmt.Errorf("cannot reach the device: %w (%w)", transport.ErrGone, err)
		}
		c.SetReadDeadline(time.Now().Add(patience))
		f, err := readFrame(c)
		if err != nil || f.kind != kindHello || len(f.body) < 1 {
			c.Close()
			return nil, fmt.Errorf("cannot claim the device: %w (no hello: %v)", transport.ErrGone, err)
		}
		if err := statusError(f.body[0], f.body[1:]); err != nil {
			c.Close()
			return nil, fmt.Errorf("cannot claim the device: %w", err)
		}
		if len(f.body) < 4 {
			c.Close()
			return nil, fmt.Errorf("cannot claim the device: hello is too short: % X", f.body)
		}
		c.SetReadDeadline(time.Time{})
		h := &host{
			conn:        c,
			maxPacket:   int(binary.BigEndian.Uint16(f.body[1:])),
			interrupt:   f.body[3] != 0,
			descriptors: f.body[4:],
			waiting:     map[uint32]chan frame{},
			ended:       make(chan struct{}),
		}
		go h.receive()
		return h, nil
	}
}

// host is the driver's end of a connection.
type host struct {
	conn        net.Conn
	maxPacket   int
	interrupt   bool
	descriptors []byte
	ended       chan struct{} // closed when receive has ended

	mu      sync.Mutex
	last    uint32
	waiting map[uint32]chan frame
	closed  bool
	writing sync.Mutex
}

func (h *host) Descriptors() []byte { return h.descriptors }
func (h *host) MaxPacket() int      { return h.maxPacket }
func (h *host) HasInterrupt() bool  { return h.interrupt }

func (h *host) BulkOut(ctx context.Context, p []byte) error {
	_, err := h.call(ctx, kindBulkOut, p, nil)
	return err
}

func (h *host) BulkIn(ctx context.Context, p []byte) (int, error) {
	return h.call(ctx, kindBulkIn, room(p), p)
}

func (h *host) InterruptIn(ctx context.Context, p []byte) (int, error) {
	return h.call(ctx, kindInterrupt, room(p), p)
}

func (h *host) Control(ctx context.Context, requestType, request uint8, value, index uint16, data []byte) (int, error) {
	b := []byte{requestType, request}
	b = binary.BigEndian.AppendUint16(b, value)
	b = binary.BigEndian.AppendUint16(b, index)
	if requestType&0x80 != 0 {
		return h.call(ctx, kindControl, append(b, room(data)...), data)
	}
	return h.call(ctx, kindControl, append(b, data...), nil)
}

func (h *host) Reset() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, err := h.call(ctx, kindReset, nil, nil)
	return err
}

func (h *host) Close() error {
	h.mu.Lock()
	h.closed = true
	h.mu.Unlock()
	err := h.conn.Close()
	<-h.ended
	return err
}

// receive hands the answers to those who wait for them.
func (h *host) receive() {
	defer close(h.ended)
	defer h.conn.Close()
	for {
		f, err := readFrame(h.conn)
		if err != nil {
			return
		}
		h.mu.Lock()
		answer := h.waiting[f.id]
		delete(h.waiting, f.id)
		h.mu.Unlock()
		if answer != nil {
			answer <- f
		}
	}
}

// call sends a request and waits for its answer; data read go into p. When ctx
// ends the request is cancelled, and its answer still awaited: data that arrived
// in the same moment are not lost.
func (h *host) call(ctx context.Context, kind byte, body, p []byte) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	answer := make(chan frame, 1)
	h.mu.Lock()
	h.last++
	id := h.last
	h.waiting[id] = answer
	h.mu.Unlock()
	defer func() {
		h.mu.Lock()
		delete(h.waiting, id)
		h.mu.Unlock()
	}()
	if err := h.send(frame{kind, id, body}); err != nil {
		return 0, h.lost()
	}
	select {
	case f := <-answer:
		n, err := result(f, p)
		if errors.Is(err, context.Canceled) {
			err = transport.ErrGone // not by us: the other process is ending
		}
		return n, err
	case <-h.ended:
		return 0, h.lost()
	case <-ctx.Done():
	}
	if err := h.send(frame{kindCancel, id, nil}); err != nil {
		return 0, h.lost()
	}
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case f := <-answer:
		n, err := result(f, p)
		if errors.Is(err, context.Canceled) {
			err = ctx.Err()
		}
		return n, err
	case <-h.ended:
	case <-late.C:
		h.conn.Close() // the other process hangs
	}
	return 0, h.lost()
}

func (h *host) send(f frame) error {
	h.writing.Lock()
	defer h.writing.Unlock()
	_, err := h.conn.Write(f.encode())
	return err
}

func (h *host) lost() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return fs.ErrClosed
	}
	return transport.ErrGone
}

func result(f frame, p []byte) (int, error) {
	if f.kind != kindAnswer || len(f.body) < 1 {
		return 0, fmt.Errorf("cannot understand the answer %q % X", f.kind, f.body)
	}
	if f.body[0] != statusDone {
		return 0, statusError(f.body[0], f.body[1:])
	}
	if len(f.body) < 5 {
		return 0, fmt.Errorf("cannot understand the answer: %d bytes are too few", len(f.body))
	}
	n, data := int(binary.BigEndian.Uint32(f.body[1:])), f.body[5:]
	if p == nil { // written
		return n, nil
	}
	if n != len(data) || n > len(p) {
		return 0, fmt.Errorf("cannot take the answer: %d bytes, said to be %d, for a room of %d", len(data), n, len(p))
	}
	return copy(p, data), nil
}

func room(p []byte) []byte { return binary.BigEndian.AppendUint32(nil, uint32(len(p))) }
