package ccid

import (
	"context"
	"errors"
	"fmt"
	"time"

	"murur/devices"
	"murur/devices/smartcard"
	"murur/devices/transport"
)

const (
	retryFirst = 250 * time.Millisecond // between attempts to attach
	retryLast  = 2 * time.Second
	watchdog   = 2 * time.Second        // between looks at the slot beside the interrupt pipe
	settle     = 100 * time.Millisecond // a card's contacts bounce for less
)

// owner is the state that only the reader's goroutine touches.
type owner struct {
	r       *Reader
	link    *link // nil: no reader
	session *card // nil: no powered card
	why     error // that there is no reader
	retry   time.Duration
	due     time.Time // of the next look at the slot, or attempt to attach

	restarting bool // a second failure in a restart gives the reader up
}

func (r *Reader) run() {
	defer close(r.done)
	o := &owner{r: r, retry: retryFirst}
	o.attach(r.ctx)
	for {
		var notices chan struct{}
		if o.link != nil {
			notices = o.link.notices
		}
		timer := time.NewTimer(time.Until(o.due))
		select {
		case <-r.ctx.Done():
			o.release()
			return
		case f := <-r.calls:
			f(o)
		case _, ok := <-notices:
			o.notice(ok)
		case <-timer.C:
			if o.link == nil {
				o.attach(r.ctx)
			} else {
				o.observe(r.ctx)
			}
		}
		timer.Stop()
	}
}

// attach looks for the reader once.
func (o *owner) attach(ctx context.Context) {
	l, err := attach(ctx, o.r.open, o.r.opts)
	if err != nil {
		o.why = err
		o.due = time.Now().Add(o.retry)
		o.retry = min(2*o.retry, retryLast)
		o.r.publish(smartcard.SlotGone)
		return
	}
	o.link, o.why, o.retry = l, nil, retryFirst
	o.r.opts.Log.Info("card reader attached", "model", l.model, "descriptor", l.class)
	o.observe(ctx)
}

// detach gives up a reader that is lost.
func (o *owner) detach(why error) {
	o.r.opts.Log.Warn("card reader lost", "error", why)
	o.drop()
	o.why, o.retry = why, retryFirst
	o.due = time.Now().Add(o.retry)
	o.r.publish(smartcard.SlotGone)
}

// drop closes the pipes; the session is over.
func (o *owner) drop() {
	o.end(fmt.Errorf("%w: the reader was lost", devices.ErrLink))
	o.link.close()
	o.link = nil
}

// restart resets the device and attaches it again.
func (o *owner) restart(why error) {
	if o.restarting {
		o.detach(why)
		return
	}
	o.restarting = true
	defer func() { o.restarting = false }()
	o.r.opts.Log.Warn("card reader is reset", "error", why)
	err := o.link.pipes.Reset()
	o.drop()
	if err != nil {
		o.r.opts.Log.Warn("cannot reset the card reader", "error", err)
	}
	o.attach(o.r.ctx)
}

// release ends everything on Close.
func (o *owner) release() {
	if o.link == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if o.session != nil { // the last word; nobody is left to tell
		off := request{kind: typePowerOff}
		if a, err := o.link.exchange(ctx, off); err == nil && a.busy() { // with the command that Close has cut short
			o.link.resync(ctx)
			o.link.exchange(ctx, off)
		}
	}
	o.drop()
}

// end closes the session; the card's later commands fail with why.
func (o *owner) end(why error) {
	if o.session != nil {
		o.session.over, o.session = why, nil
	}
}

// empty notes that the card has left.
func (o *owner) empty() {
	o.end(smartcard.ErrRemoved)
	o.r.publish(smartcard.SlotEmpty)
}

// notice takes a message of the interrupt pipe, or its end.
func (o *owner) notice(ok bool) {
	if !ok {
		if err := o.link.interruptEnd; errors.Is(err, transport.ErrGone) {
			o.detach(err)
		} else {
			o.r.opts.Log.Warn("cannot read the interrupt pipe, polling instead", "error", err)
			o.link.notices = nil
			o.due = time.Now()
		}
		return
	}
	o.observe(o.r.ctx)
}

// observe asks for the slot's state and notes what has changed.
func (o *owner) observe(ctx context.Context) (smartcard.Slot, error) {
	defer func() {
		wait := o.r.opts.Poll
		if o.link != nil && o.link.notices != nil {
			wait = watchdog
		}
		if o.link != nil {
			o.due = time.Now().Add(wait)
		}
	}()
	if o.link.absent.Swap(false) { // what arrives from here on is about a later moment
		o.empty()
	}
	state, err := o.slotState(ctx)
	if err != nil {
		return "", err
	}
	for state != slotEmpty && o.r.slots.Load().slot != smartcard.SlotOccupied {
		before := state
		if err := sleep(ctx, settle); err != nil {
			return "", err
		}
		if state, err = o.slotState(ctx); err != nil {
			return "", err
		}
		if bounced := o.link.absent.Swap(false); state == before && !bounced {
			break
		}
	}
	if state == slotEmpty {
		o.empty()
		return smartcard.SlotEmpty, nil
	}
	if state == slotInactive && o.session != nil { // it lost its power: another card
		o.empty()
	}
	o.r.publish(smartcard.SlotOccupied)
	return smartcard.SlotOccupied, nil
}

func (o *owner) slotState(ctx context.Context) (slotState, error) {
	a, err := o.exchange(ctx, request{kind: typeGetSlotStatus})
	if err != nil {
		return 0, err
	}
	return a.slot(), nil
}

// exchange sends a request. When the reader's answer is missing or makes no sense,
// the reader is brought to its senses, the session is over, and the error is one
// of smartcard's or devices.ErrLink, or ctx's.
func (o *owner) exchange(ctx context.Context, q request) (reply, error) {
	if o.link == nil {
		return reply{}, fmt.Errorf("%w: %w", devices.ErrLink, o.why)
	}
	if err := ctx.Err(); err != nil {
		return reply{}, err
	}
	for tries := 0; ; tries++ {
		a, err := o.link.exchange(ctx, q)
		if err != nil {
			return reply{}, o.recover(ctx, q, err)
		}
		if !a.busy() || tries == 3 {
			return a, nil
		}
		if err := sleep(ctx, 50*time.Millisecond); err != nil {
			return reply{}, err
		}
	}
}

// recover gets the reader going again after a failed exchange.
func (o *owner) recover(ctx context.Context, q request, err error) error {
	if errors.Is(err, errRemoval) {
		o.empty()
	}
	link := o.link
	switch {
	case errors.Is(err, transport.ErrGone):
		o.detach(err)
	case errors.Is(err, errNotSent):
		o.empty()
		return smartcard.ErrRemoved
	default:
		if !errors.Is(err, transport.ErrStalled) {
			if resync := link.resync(o.r.ctx); resync == nil {
				break
			}
		}
		if o.r.ctx.Err() != nil {
			return o.r.ctx.Err() // Close is waiting
		}
		o.restart(err)
	}
	if ctx.Err() != nil {
		o.end(smartcard.ErrMute) // nobody knows how far the card got
		return ctx.Err()
	}
	failed := fmt.Errorf("%w: %w", devices.ErrLink, err)
	if o.link == nil {
		o.end(failed)
		return failed
	}
	if q.toCard() {
		if o.link == link && o.r.slots.Load().slot == smartcard.SlotOccupied {
			if a, err := link.exchange(ctx, request{kind: typeGetSlotStatus}); err == nil && a.slot() == slotEmpty {
				o.empty()
			}
		}
		if o.r.slots.Load().slot != smartcard.SlotOccupied {
			return smartcard.ErrRemoved
		}
		if errors.Is(err, errNoReply) {
			failed = fmt.Errorf("%w: %w", smartcard.ErrMute, err)
		}
	}
	o.end(failed)
	return failed
}

// status is what can be said without asking.
func (o *owner) status() devices.Status {
	switch {
	case o.link != nil:
		return devices.Status{Link: devices.Online, Model: o.link.model}
	case errors.Is(o.why, transport.ErrGone):
		return devices.Status{Link: devices.Absent}
	}
	f := &devices.Fault{Code: "reader-failed", Remedy: devices.RemedyReset, Detail: o.why.Error()}
	switch {
	case errors.Is(o.why, transport.ErrBusy):
		f.Code, f.Remedy = "reader-busy", devices.RemedyConfiguration
	case errors.Is(o.why, errUnsupported):
		f.Code, f.Remedy = "reader-unsupported", devices.RemedyConfiguration
	}
	return devices.Status{Link: devices.Offline, Fault: f}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
