package zvt

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"murur/devices"
	"murur/devices/transport"
)

// link moves whole APDUs over one open stream. One goroutine at a time uses it;
// close may come from any other. Every error but errSilence, errWoken and errCrossed
// wraps devices.ErrLink and ends the link.
type link interface {
	// send hands one APDU over: on a serial line until it is acknowledged. wake ends
	// the waiting for a command that may be given up; nil waits to the end.
	send(wake <-chan struct{}, a []byte) error
	// recv waits for the next APDU, at most d. It is good until the next call.
	recv(wake <-chan struct{}, d time.Duration) (APDU, error)
	// heard is when the last byte came, or when the link was opened.
	heard() time.Time
	close()
	// shut closes and waits for the link's goroutines.
	shut()
}

var (
	errSilence = errors.New("nothing came")                      // recv: d has passed
	errWoken   = errors.New("woken")                             // send, recv: wake was closed or sent to
	errCrossed = errors.New("terminal was sending at that time") // send of an abort
	errUnsent  = errors.New("nothing was sent")                  // send: not one byte left
	errClosed  = fmt.Errorf("link is closed: %w", devices.ErrLink)
)

// wire is a stream with a reader and a writer goroutine of its own, so that waiting
// for bytes and handing them over both end with a clock.
type wire struct {
	stream  transport.Stream
	timers  Timers
	trace   transport.Trace
	in      chan []byte // closed after the stream's end
	out     chan []byte
	wrote   chan error
	done    chan struct{}
	closing sync.Once
	wg      sync.WaitGroup
	readErr error // set before in is closed

	pending []byte // came in, not looked at
	last    time.Time
}

func newWire(s transport.Stream, t Timers, trace transport.Trace) *wire {
	w := &wire{
		stream: s, timers: t, trace: trace,
		in: make(chan []byte), out: make(chan []byte), wrote: make(chan error, 1),
		done: make(chan struct{}), last: time.Now(),
	}
	w.wg.Go(w.read)
	w.wg.Go(w.write)
	return w
}

// read hands over what comes. Two buffers are enough: the user is done with one when
// it takes the next.
func (w *wire) read() {
	defer close(w.in)
	var bufs [2][512]byte
	for i := 0; ; i ^= 1 {
		n, err := w.stream.Read(bufs[i][:])
		if n > 0 {
			select {
			case w.in <- bufs[i][:n]:
			case <-w.done:
				return
			}
		}
		if err != nil {
			w.readErr = fmt.Errorf("cannot read from the terminal: %w: %w", err, devices.ErrLink)
			return
		}
	}
}

func (w *wire) write() {
	for {
		select {
		case p := <-w.out:
			_, err := w.stream.Write(p)
			select {
			case w.wrote <- err:
			case <-w.done:
				return
			}
		case <-w.done:
			return
		}
	}
}

// put writes p within d. After an error the wire is dead.
func (w *wire) put(p []byte, d time.Duration) error {
	watchdog := time.NewTimer(d)
	defer watchdog.Stop()
	select {
	case w.out <- p:
	case <-w.done:
		return errClosed
	}
	select {
	case err := <-w.wrote:
		if err != nil {
			return fmt.Errorf("cannot write to the terminal: %w: %w", err, devices.ErrLink)
		}
		return nil
	case <-watchdog.C:
		w.close()
		return fmt.Errorf("cannot write to the terminal: it takes no bytes: %w", devices.ErrLink)
	case <-w.done:
		return errClosed
	}
}

// came takes over a chunk from the reader.
func (w *wire) came(p []byte, ok bool) error {
	if !ok {
		if w.readErr == nil {
			return errClosed
		}
		return w.readErr
	}
	w.pending = p
	w.last = time.Now()
	return nil
}

func (w *wire) heard() time.Time { return w.last }

func (w *wire) close() {
	w.closing.Do(func() {
		close(w.done)
		w.stream.Close()
	})
}

func (w *wire) shut() {
	w.close()
	w.wg.Wait()
}
