package ccid

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"murur/devices"
	"murur/devices/smartcard"
	"murur/devices/transport"
)

// ErrProtocol refuses a command to a card with which the reader has no protocol in
// common: neither T=0 nor T=1.
var ErrProtocol = errors.New("card speaks no protocol of the reader")

// Options are the driver's settings; the zero value is good.
type Options struct {
	Poll  time.Duration   // how often to look at the slot without an interrupt pipe; 0 means 300 ms
	Trace transport.Trace // is told of bulk and interrupt messages; the data of PIN commands are blanked
	Log   *slog.Logger    // nil: nothing is logged
}

// Reader is a CCID reader. It is attached, and attached again, by itself.
type Reader struct {
	open   transport.PipesOpener
	opts   Options
	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	calls  chan func(*owner)
	slots  atomic.Pointer[change] // the latest; written by the owner only
	done   chan struct{}          // closed when the owner has ended
	wg     sync.WaitGroup         // watchers
}

// New starts to drive the reader that open finds.
func New(open transport.PipesOpener, opts Options) *Reader {
	if opts.Poll == 0 {
		opts.Poll = 300 * time.Millisecond
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	r := &Reader{open: open, opts: opts, calls: make(chan func(*owner)), done: make(chan struct{})}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	r.slots.Store(&change{known: make(chan struct{})})
	go r.run()
	return r
}

// Close powers the card off, gives the reader free and waits for all goroutines.
func (r *Reader) Close() error {
	r.cancel()
	<-r.done
	r.wg.Wait()
	return nil
}

// Status implements smartcard.Reader. Faults: "reader-busy" (another program holds
// it), "reader-unsupported" (a kind of reader that the driver cannot use),
// "reader-failed" (it cannot be opened, or does not answer even after a reset).
func (r *Reader) Status(ctx context.Context) (devices.Status, error) {
	var s devices.Status
	err := r.do(ctx, func(ctx context.Context, o *owner) error {
		if o.link != nil {
			o.observe(ctx) // a reader that does not answer is detached
		}
		s = o.status()
		return ctx.Err()
	})
	return s, err
}

// Connect implements smartcard.Reader. A session that is open ends.
func (r *Reader) Connect(ctx context.Context) (smartcard.Card, error) {
	var c *card
	err := r.do(ctx, func(ctx context.Context, o *owner) (err error) {
		c, err = o.connect(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}

// do runs f in the owner's goroutine. f's context ends with ctx and with Close.
func (r *Reader) do(ctx context.Context, f func(context.Context, *owner) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(r.ctx, cancel)
	defer stop()
	result := make(chan error, 1)
	select {
	case r.calls <- func(o *owner) { result <- f(ctx, o) }:
		return <-result
	case <-r.ctx.Done():
		return fmt.Errorf("%w: reader is closed", devices.ErrLink)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// change is a link in the chain of slot states. The next one is known when the
// channel is closed; so any number of watchers follow without being registered.
type change struct {
	slot  smartcard.Slot // "" before the first look
	known chan struct{}
	next  *change
}

// Watch implements smartcard.Reader. No change is left out, however late it is
// received.
func (r *Reader) Watch(ctx context.Context) <-chan smartcard.Slot {
	out := make(chan smartcard.Slot)
	at := r.slots.Load()
	r.wg.Go(func() {
		defer close(out)
		for {
			if at.slot != "" {
				select {
				case out <- at.slot:
				case <-ctx.Done():
					return
				case <-r.ctx.Done():
					return
				}
			}
			select {
			case <-at.known:
				at = at.next
			case <-ctx.Done():
				return
			case <-r.ctx.Done():
				return
			}
		}
	})
	return out
}

// publish tells the watchers.
func (r *Reader) publish(s smartcard.Slot) {
	old := r.slots.Load()
	if old.slot == s {
		return
	}
	old.next = &change{slot: s, known: make(chan struct{})}
	r.slots.Store(old.next)
	close(old.known)
}
