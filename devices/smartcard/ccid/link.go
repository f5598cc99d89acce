package ccid

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf16"

	"murur/devices/transport"
)

const (
	leastWait   = 3 * time.Second        // for a reply
	mostWait    = 30 * time.Second       // for a reply with all its extensions
	resyncWait  = 2 * time.Second        // until a reader that cannot be resynchronised is reset
	removalWait = 300 * time.Millisecond // for the reply of a reader that told of the card's removal
)

// Why an exchange failed.
var (
	errNoReply = errors.New("no reply in time")
	errRemoval = errors.New("card was removed during the command")
	errNotSent = errors.New("card was removed before the command")
)

// link is an attached reader.
type link struct {
	pipes transport.Pipes
	class class
	model string
	trace transport.Trace
	turn  sync.Mutex // one call of trace at a time: two goroutines read
	seq   byte
	wait  time.Duration // for a reply of the card; 0: the least

	absent       atomic.Bool                             // a notice of removal came since the last look
	abandon      atomic.Pointer[context.CancelCauseFunc] // ends the exchange with the card
	notices      chan struct{}                           // NotifySlotChange came; nil: no interrupt pipe; closed at its end
	interruptEnd error                                   // valid when notices is closed
	stop         context.CancelFunc                      // ends the reading of the interrupt pipe
}

// attach claims the reader and learns what it is.
func attach(ctx context.Context, open transport.PipesOpener, opts Options) (*link, error) {
	pipes, err := open(ctx)
	if err != nil {
		return nil, err
	}
	class, err := parseClass(pipes.Descriptors())
	if err != nil {
		pipes.Close()
		return nil, err
	}
	l := &link{pipes: pipes, class: class, trace: opts.Trace}
	l.model = l.product(ctx)
	ctx, l.stop = context.WithCancel(context.Background())
	if pipes.HasInterrupt() {
		l.notices = make(chan struct{}, 1)
		go l.interrupts(ctx, l.notices)
	}
	return l, nil
}

// close ends the reading of the interrupt pipe, and then gives the reader free.
func (l *link) close() {
	l.stop()
	if l.notices != nil {
		for range l.notices {
		}
	}
	l.pipes.Close()
}

// interrupts reads the interrupt pipe until it fails or ctx ends.
func (l *link) interrupts(ctx context.Context, notices chan<- struct{}) {
	defer close(notices)
	buf := make([]byte, 64)
	for {
		n, err := l.pipes.InterruptIn(ctx, buf)
		if err != nil {
			l.interruptEnd = err
			return
		}
		l.traced(transport.FromDevice, buf[:n])
		if n < 2 || buf[0] != typeNotifySlotChange {
			continue // HardwareError has no meaning that the next reply does not carry
		}
		if buf[1]&1 == 0 {
			l.absent.Store(true)
			if abandon := l.abandon.Load(); abandon != nil {
				time.AfterFunc(removalWait, func() { (*abandon)(errRemoval) })
			}
		}
		select {
		case notices <- struct{}{}:
		default: // there is a reason to ask already
		}
	}
}

// exchange sends q and returns its reply. Errors: errNotSent, errRemoval,
// errNoReply, errGarbage, the transport's, ctx's; all but errNotSent leave the
// reader in an unknown state.
func (l *link) exchange(ctx context.Context, q request) (reply, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if q.toCard() {
		l.abandon.Store(&cancel)
		defer l.abandon.Store(nil)
		if l.absent.Load() {
			return reply{}, errNotSent
		}
	}
	seq := l.seq
	l.seq++
	wait := leastWait
	if q.toCard() {
		wait = max(wait, l.wait, q.wait)
	}
	if err := l.write(ctx, q, seq); err != nil {
		return reply{}, err
	}
	start := q.since
	if start.IsZero() {
		start = time.Now()
	}
	deadline, last := time.Now().Add(wait), start.Add(mostWait)
	for {
		if deadline.After(last) {
			deadline = last
		}
		a, err := l.read(ctx, deadline)
		switch {
		case err != nil:
			return reply{}, err
		case a.seq != seq || a.slotNumber != 0: // of an older command
		case a.extends():
			deadline = time.Now().Add(wait * time.Duration(max(1, a.code)))
		case a.kind == replyTo[q.kind], a.kind == typeSlotStatus && a.failed():
			return a, nil
		default:
			return reply{}, fmt.Errorf("%w: type %02X answers %02X", errGarbage, a.kind, q.kind)
		}
	}
}

func (l *link) write(ctx context.Context, q request, seq byte) error {
	ctx, cancel := context.WithTimeoutCause(ctx, leastWait, errNoReply)
	defer cancel()
	message := q.encode(seq)
	l.traced(transport.ToDevice, q.traced(message))
	return cause(ctx, l.pipes.BulkOut(ctx, message))
}

// read takes one message from the bulk pipe: one packet, then the rest in whole
// packets. Empty transfers are skipped.
func (l *link) read(ctx context.Context, deadline time.Time) (reply, error) {
	ctx, cancel := context.WithDeadlineCause(ctx, deadline, errNoReply)
	defer cancel()
	packet := max(l.pipes.MaxPacket(), headerLen)
	buf := make([]byte, packet)
	n := 0
	for n == 0 {
		var err error
		if n, err = l.pipes.BulkIn(ctx, buf); err != nil {
			return reply{}, cause(ctx, err)
		}
	}
	total, err := size(buf[:n], l.class.maxMessage)
	if err == nil && n == packet && total > n {
		rest := make([]byte, (total-n+packet-1)/packet*packet)
		m, err := l.pipes.BulkIn(ctx, rest)
		if err != nil {
			return reply{}, cause(ctx, err)
		}
		buf, n = append(buf, rest[:m]...), n+m
	}
	l.traced(transport.FromDevice, buf[:n])
	if err != nil {
		return reply{}, err
	}
	return decode(buf[:n], l.class.maxMessage)
}

// cause prefers the reason of an ended context over the transport's word for it.
func cause(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil && !errors.Is(err, transport.ErrGone) {
		return context.Cause(ctx)
	}
	return err
}

// resync makes host and reader agree on the sequence number again.
func (l *link) resync(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, resyncWait)
	defer cancel()
	seq := l.seq - 1 // of the command that failed
	_, err := l.pipes.Control(ctx, 0x21, 0x01, uint16(seq)<<8, l.class.iface, nil)
	if err != nil {
		return fmt.Errorf("cannot abort: %w", err)
	}
	if err := l.write(ctx, request{kind: typeAbort}, seq); err != nil {
		return err
	}
	deadline, _ := ctx.Deadline()
	for {
		a, err := l.read(ctx, deadline)
		if err != nil && !errors.Is(err, errGarbage) {
			return err
		}
		if err == nil && a.kind == typeSlotStatus && a.seq == seq {
			return nil
		}
	}
}

// product asks for the name that the device gives itself.
func (l *link) product(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	const unnamed = "CCID reader"
	const getDescriptor, device, text, english = 0x06, 0x0100, 0x0300, 0x0409
	b := make([]byte, 255)
	n, err := l.pipes.Control(ctx, 0x80, getDescriptor, device, 0, b)
	if err != nil || n < 18 || b[15] == 0 {
		return unnamed
	}
	n, err = l.pipes.Control(ctx, 0x80, getDescriptor, text|uint16(b[15]), english, b)
	if err != nil || n < 4 {
		return unnamed
	}
	var units []uint16
	for b := b[2:n]; len(b) >= 2; b = b[2:] {
		units = append(units, binary.LittleEndian.Uint16(b))
	}
	return strings.TrimSpace(string(utf16.Decode(units)))
}

// traced tells the trace of a message.
func (l *link) traced(d transport.Direction, message []byte) {
	if l.trace == nil {
		return
	}
	l.turn.Lock()
	defer l.turn.Unlock()
	l.trace(d, message)
}
