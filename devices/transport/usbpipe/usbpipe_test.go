package usbpipe

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"murur/devices/transport"
)

// device under test: bulk OUT comes back on bulk IN, the interrupt pipe gives what
// is put into it, control answers with its own setup bytes.
type echo struct {
	bulk, notices chan []byte
	dead          chan struct{}
	once          sync.Once
	closed        chan struct{}
}

func newEcho() *echo {
	return &echo{bulk: make(chan []byte, 8), notices: make(chan []byte, 8), dead: make(chan struct{}), closed: make(chan struct{})}
}

func (e *echo) Descriptors() []byte { return []byte{9, 2, 9, 0, 0, 1, 0, 0x80, 50} }
func (e *echo) MaxPacket() int      { return 512 }
func (e *echo) HasInterrupt() bool  { return true }

func (e *echo) BulkOut(_ context.Context, p []byte) error {
	if len(p) == 1 {
		return transport.ErrStalled
	}
	e.bulk <- bytes.Clone(p)
	return nil
}

func (e *echo) read(ctx context.Context, from chan []byte, p []byte) (int, error) {
	select {
	case b := <-from:
		return copy(p, b), nil
	case <-e.dead:
		return 0, transport.ErrGone
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

func (e *echo) BulkIn(ctx context.Context, p []byte) (int, error) { return e.read(ctx, e.bulk, p) }
func (e *echo) InterruptIn(ctx context.Context, p []byte) (int, error) {
	return e.read(ctx, e.notices, p)
}

func (e *echo) Control(_ context.Context, requestType, request uint8, value, index uint16, data []byte) (int, error) {
	setup := binary.BigEndian.AppendUint16([]byte{requestType, request}, value)
	setup = binary.BigEndian.AppendUint16(setup, index)
	if requestType&0x80 != 0 {
		return copy(data, setup), nil
	}
	e.bulk <- append(setup, data...)
	return len(data), nil
}

func (e *echo) Reset() error { close(e.dead); return nil }
func (e *echo) Close() error { e.once.Do(func() { close(e.closed) }); return nil }

// wire is a listener in memory; it works in a bubble of simulated time.
type wire struct {
	conns chan net.Conn
	once  sync.Once
	ended chan struct{}
}

func newWire() *wire { return &wire{conns: make(chan net.Conn), ended: make(chan struct{})} }

func (w *wire) Accept() (net.Conn, error) {
	select {
	case c := <-w.conns:
		return c, nil
	case <-w.ended:
		return nil, net.ErrClosed
	}
}

func (w *wire) Close() error   { w.once.Do(func() { close(w.ended) }); return nil }
func (w *wire) Addr() net.Addr { return nil }

func (w *wire) dial(context.Context) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case w.conns <- far:
		return near, nil
	case <-w.ended:
		return nil, net.ErrClosed
	}
}

// serving serves a device, or the error of its claim, in a bubble.
func serving(t *testing.T, refuse error, f func(t *testing.T, e *echo, open transport.PipesOpener)) {
	synctest.Test(t, func(t *testing.T) {
		e := newEcho()
		claim := func() (transport.Pipes, error) { return e, refuse }
		w := newWire()
		ctx, cancel := context.WithCancel(t.Context())
		served := make(chan error)
		go func() { served <- Serve(ctx, w, claim) }()
		f(t, e, opener(w.dial))
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
}

func TestPipes(t *testing.T) {
	serving(t, nil, func(t *testing.T, e *echo, open transport.PipesOpener) {
		ctx := t.Context()
		p, err := open(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(p.Descriptors(), e.Descriptors()) || p.MaxPacket() != 512 || !p.HasInterrupt() {
			t.Errorf("% X, %d, %v", p.Descriptors(), p.MaxPacket(), p.HasInterrupt())
		}
		buf := make([]byte, 64)
		if err := p.BulkOut(ctx, []byte("hello")); err != nil {
			t.Error(err)
		}
		if n, err := p.BulkIn(ctx, buf); err != nil || string(buf[:n]) != "hello" {
			t.Errorf("bulk: %q, %v", buf[:n], err)
		}
		if err := p.BulkOut(ctx, nil); err != nil {
			t.Error(err)
		}
		if n, err := p.BulkIn(ctx, buf); n != 0 || err != nil {
			t.Errorf("empty transfer: %d, %v", n, err)
		}
		if err := p.BulkOut(ctx, []byte("x")); !errors.Is(err, transport.ErrStalled) {
			t.Errorf("stall: %v", err)
		}
		if n, err := p.Control(ctx, 0xA1, 2, 0x1234, 0x5678, buf); err != nil || !bytes.Equal(buf[:n], []byte{0xA1, 2, 0x12, 0x34, 0x56, 0x78}) {
			t.Errorf("control in: % X, %v", buf[:n], err)
		}
		if n, err := p.Control(ctx, 0x21, 1, 0, 0, []byte{7, 8}); err != nil || n != 2 {
			t.Errorf("control out: %d, %v", n, err)
		}
		if n, _ := p.BulkIn(ctx, buf); !bytes.Equal(buf[:n], []byte{0x21, 1, 0, 0, 0, 0, 7, 8}) {
			t.Errorf("control out: % X", buf[:n])
		}
		p.Close()
		if _, err := p.BulkIn(ctx, buf); !errors.Is(err, fs.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
		<-e.closed // the claim is given up
	})
}

// A blocked interrupt read hinders nothing, and a cancelled read loses nothing.
func TestConcurrentAndCancelled(t *testing.T) {
	serving(t, nil, func(t *testing.T, e *echo, open transport.PipesOpener) {
		p, err := open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		notice := make(chan []byte)
		go func() {
			b := make([]byte, 8)
			n, _ := p.InterruptIn(t.Context(), b)
			notice <- b[:n]
		}()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		buf := make([]byte, 8)
		if _, err := p.BulkIn(ctx, buf); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("cancelled read: %v after %v", err, time.Since(start))
		}
		p.BulkOut(t.Context(), []byte("late"))
		if n, err := p.BulkIn(t.Context(), buf); err != nil || string(buf[:n]) != "late" {
			t.Errorf("read after a cancelled one: %q, %v", buf[:n], err)
		}
		e.notices <- []byte{0x50, 3}
		if b := <-notice; !bytes.Equal(b, []byte{0x50, 3}) {
			t.Errorf("interrupt: % X", b)
		}
	})
}

func TestResetEndsReads(t *testing.T) {
	serving(t, nil, func(t *testing.T, e *echo, open transport.PipesOpener) {
		p, err := open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		ended := make(chan error)
		go func() {
			_, err := p.InterruptIn(t.Context(), make([]byte, 8))
			ended <- err
		}()
		synctest.Wait()
		if err := p.Reset(); err != nil {
			t.Error(err)
		}
		if err := <-ended; !errors.Is(err, transport.ErrGone) {
			t.Errorf("interrupt read: %v", err)
		}
	})
}

func TestClaimRefused(t *testing.T) {
	for _, want := range []error{transport.ErrBusy, transport.ErrGone} {
		serving(t, want, func(t *testing.T, _ *echo, open transport.PipesOpener) {
			if _, err := open(t.Context()); !errors.Is(err, want) {
				t.Errorf("got %v, want %v", err, want)
			}
		})
	}
	if _, err := Open(t.TempDir() + "/none")(t.Context()); !errors.Is(err, transport.ErrGone) {
		t.Errorf("nobody serves: %v", err)
	}
}

// When the other process dies, reads under way end as on an unplugged device.
func TestServerEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire()
		ctx, cancel := context.WithCancel(t.Context())
		served := make(chan error)
		go func() { served <- Serve(ctx, w, func() (transport.Pipes, error) { return newEcho(), nil }) }()
		p, err := opener(w.dial)(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		ended := make(chan error)
		go func() {
			_, err := p.BulkIn(t.Context(), make([]byte, 8))
			ended <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-ended; !errors.Is(err, transport.ErrGone) {
			t.Errorf("read: %v", err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
}

// A process that takes requests and answers nothing does not hold the driver.
func TestHangingServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		open := opener(func(context.Context) (net.Conn, error) {
			near, far := net.Pipe()
			go func() {
				far.Write(frame{kindHello, 0, []byte{statusDone, 0, 64, 0}}.encode())
				io.Copy(io.Discard, far)
			}()
			return near, nil
		})
		p, err := open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		if _, err := p.BulkIn(ctx, make([]byte, 8)); !errors.Is(err, transport.ErrGone) || time.Since(start) != time.Second+patience {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		p.Close()
	})
}

func FuzzFrame(f *testing.F) {
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := readFrame(bytes.NewReader(b))
		if err == nil && !bytes.HasPrefix(b, got.encode()) {
			t.Errorf("% X reads as %+v", b, got)
		}
		result(got, make([]byte, 8)) // must not panic
	})
}

// An answer that counts other bytes than it brings is no answer: what is in the buffer
// would be taken for the device's.
func TestMiscountedAnswer(t *testing.T) {
	for _, body := range [][]byte{
		{statusDone, 0, 0, 0, 8, 'h', 'i'},
		{statusDone, 0, 0, 0, 1, 'h', 'i'},
		{statusDone, 0xFF, 0xFF, 0xFF, 0xFF},
	} {
		if n, err := result(frame{kindAnswer, 1, body}, make([]byte, 8)); err == nil {
			t.Errorf("% X reads as %d bytes", body, n)
		}
	}
	if n, err := result(frame{kindAnswer, 1, []byte{statusDone, 0, 0, 0, 8}}, nil); n != 8 || err != nil {
		t.Errorf("written: %d, %v", n, err)
	}
}
