package usbpipe

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"sync"

	"murur/devices/transport"
)

// Serve lets hosts claim a device. For each connection it calls claim, which
// gives the device's pipes, or transport.ErrBusy, or transport.ErrGone while
// nothing is plugged in. Serve ends with ctx or with the listener, and returns when
// its goroutines have; it closes l.
func Serve(ctx context.Context, l net.Listener, claim func() (transport.Pipes, error)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	for {
		c, err := l.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		wg.Go(func() { serve(ctx, c, claim) })
	}
}

// serve is one connection: one claim.
func serve(ctx context.Context, c net.Conn, claim func() (transport.Pipes, error)) {
	defer c.Close()
	pipes, err := claim()
	if err != nil {
		s, text := status(err)
		c.Write(frame{kindHello, 0, append([]byte{s}, text...)}.encode())
		return
	}
	defer pipes.Close()

	hello := binary.BigEndian.AppendUint16([]byte{statusDone}, uint16(pipes.MaxPacket()))
	if pipes.HasInterrupt() {
		hello = append(hello, 1)
	} else {
		hello = append(hello, 0)
	}
	d := &device{conn: c, pipes: pipes, running: map[uint32]context.CancelFunc{}}
	d.send(frame{kindHello, 0, append(hello, pipes.Descriptors()...)})

	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(ctx, func() { c.Close() })
	defer stop()
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	for {
		f, err := readFrame(c)
		if err != nil {
			return
		}
		if f.kind == kindCancel {
			d.cancel(f.id)
			continue
		}
		do := d.begin(ctx, f.id)
		wg.Go(func() {
			n, data, err := d.perform(do, f)
			d.end(f.id)
			d.answer(f.id, n, data, err)
		})
	}
}

// device is the device's end of a connection.
type device struct {
	conn    net.Conn
	pipes   transport.Pipes
	writing sync.Mutex

	mu      sync.Mutex
	running map[uint32]context.CancelFunc
}

func (d *device) begin(ctx context.Context, id uint32) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.running[id] = cancel
	return ctx
}

func (d *device) end(id uint32) {
	d.mu.Lock()
	cancel := d.running[id]
	delete(d.running, id)
	d.mu.Unlock()
	if cancel != nil {
		cancel()
	}
}

func (d *device) cancel(id uint32) { d.end(id) }

var errRequest = errors.New("cannot understand the request")

// perform does one request; it returns the count and, for a read, the data.
func (d *device) perform(ctx context.Context, f frame) (int, []byte, error) {
	switch f.kind {
	case kindBulkOut:
		return len(f.body), nil, d.pipes.BulkOut(ctx, f.body)
	case kindBulkIn, kindInterrupt:
		p, err := space(f.body)
		if err != nil {
			return 0, nil, err
		}
		read := d.pipes.BulkIn
		if f.kind == kindInterrupt {
			read = d.pipes.InterruptIn
		}
		n, err := read(ctx, p)
		return n, p[:n], err
	case kindControl:
		if len(f.body) < 6 {
			return 0, nil, errRequest
		}
		data, err := f.body[6:], error(nil)
		in := f.body[0]&0x80 != 0
		if in {
			if data, err = space(data); err != nil {
				return 0, nil, err
			}
		}
		n, err := d.pipes.Control(ctx, f.body[0], f.body[1],
			binary.BigEndian.Uint16(f.body[2:]), binary.BigEndian.Uint16(f.body[4:]), data)
		if !in {
			return n, nil, err
		}
		return n, data[:n], err
	case kindReset:
		return 0, nil, d.pipes.Reset()
	}
	return 0, nil, errRequest
}

func (d *device) answer(id uint32, n int, data []byte, err error) {
	s, text := status(err)
	body := []byte{s}
	if s == statusDone {
		body = append(binary.BigEndian.AppendUint32(body, uint32(n)), data...)
	} else {
		body = append(body, text...)
	}
	d.send(frame{kindAnswer, id, body})
}

// send writes a frame. A connection that cannot take it is at its end, which the
// reading side notices.
func (d *device) send(f frame) {
	d.writing.Lock()
	defer d.writing.Unlock()
	if _, err := d.conn.Write(f.encode()); err != nil {
		d.conn.Close()
	}
}

// space makes room as asked for.
func space(body []byte) ([]byte, error) {
	if len(body) != 4 {
		return nil, errRequest
	}
	n := binary.BigEndian.Uint32(body)
	if n > maxFrame-headerSize {
		return nil, errRequest
	}
	return make([]byte, n), nil
}
