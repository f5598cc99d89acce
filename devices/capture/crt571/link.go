package crt571

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"murur/devices"
	"murur/devices/transport"
)

const (
	// tries is how often a frame is sent, and how often a damaged reply is refused.
	tries = 3
	// gap is the silence that ends a damaged frame.
	gap = 100 * time.Millisecond
	// longest is how long a frame may take to come in: the longest one does in 1.1 s.
	longest = 2 * time.Second
	// stall is how long one write may block.
	stall = 5 * time.Second
	// noise is how long a line may babble before it is used all the same.
	noise = time.Second
)

// Why an exchange has no reply. All but ctx's own error wrap devices.ErrLink.
var (
	errUnheard = fmt.Errorf("%w: it says nothing", devices.ErrLink)                    // no sign that the frame arrived
	errNAK     = fmt.Errorf("%w: it took the frame for damaged", devices.ErrLink)      // the frame did nothing
	errLost    = fmt.Errorf("%w: it took the command, no reply came", devices.ErrLink) // done or not
	errEnded   = fmt.Errorf("%w: link lost", devices.ErrLink)

	errSilence = errors.New("nothing came")
)

// timing is how long a unit is waited for.
type timing struct{ ack, reply, move time.Duration }

func (t timing) of(c command) time.Duration {
	if c.slow {
		return t.move
	}
	return t.reply
}

// link is one open stream. A goroutine reads it; everything else is done by the one who
// has the unit's turn.
type link struct {
	stream  transport.Stream
	trace   transport.Trace
	address byte
	timing  timing

	in    chan []byte   // closed after the stream's end
	done  chan struct{} // closed by close
	dec   Decoder
	rest  []byte // came in, not looked at
	dirty bool   // the last exchange did not come to its end
	dead  bool
}

func newLink(s transport.Stream, address byte, t timing, trace transport.Trace) *link {
	l := &link{stream: s, trace: trace, address: address, timing: t, in: make(chan []byte), done: make(chan struct{})}
	go l.read()
	return l
}

func (l *link) read() {
	defer close(l.in)
	buf := make([]byte, 256)
	for {
		n, err := l.stream.Read(buf)
		if n > 0 {
			select {
			case l.in <- slices.Clone(buf[:n]):
			case <-l.done:
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// close ends the stream and waits for the reader.
func (l *link) close() {
	close(l.done)
	l.stream.Close()
	for range l.in {
	}
}

func (l *link) write(p ...byte) error {
	if l.trace != nil {
		l.trace(transport.ToDevice, p)
	}
	stuck := time.AfterFunc(stall, func() { l.stream.Close() })
	defer stuck.Stop()
	if _, err := l.stream.Write(p); err != nil {
		l.dead = true
		return fmt.Errorf("%w: %v", devices.ErrLink, err)
	}
	return nil
}

// event waits for the next event. A damaged frame is EventNone.
func (l *link) event(stop <-chan struct{}, limit <-chan time.Time) (Event, error) {
	var endless <-chan time.Time
	for {
		for len(l.rest) > 0 {
			n, e := l.dec.Next(l.rest)
			l.rest = l.rest[n:]
			if e != EventNone {
				l.traceEvent(e)
				return e, nil
			}
		}
		var damaged <-chan time.Time
		end := limit
		if !l.dec.Idle() {
			damaged, end = time.After(gap), nil // what has begun to come in may end
			if endless == nil {
				endless = time.After(longest)
			}
		}
		select {
		case p, ok := <-l.in:
			if !ok {
				l.dead = true
				return EventNone, errEnded
			}
			l.rest = p
		case <-damaged:
			l.dec.Reset()
			return EventNone, nil
		case <-endless:
			l.dec.Reset()
			return EventNone, nil
		case <-end:
			return EventNone, errSilence
		case <-stop:
			return EventNone, context.Canceled
		}
	}
}

func (l *link) traceEvent(e Event) {
	if l.trace == nil {
		return
	}
	frame := map[Event][]byte{EventACK: {ACK}, EventNAK: {NAK}, EventEOT: {EOT}, EventFrame: l.dec.Frame()}[e]
	l.trace(transport.FromDevice, frame)
}

// settle clears the line of what an earlier exchange left behind.
func (l *link) settle() error {
	l.rest = nil
	l.dec.Reset()
	pause := time.Duration(0)
	if l.dirty {
		if err := l.write(EOT); err != nil {
			return err
		}
		pause = gap
	}
	for end := time.Now().Add(noise); time.Now().Before(end); {
		select {
		case _, ok := <-l.in:
			if !ok {
				l.dead = true
				return errEnded
			}
		case <-time.After(pause):
			return nil
		}
	}
	return nil
}

// exchange sends a command once and waits for its reply. The end of ctx ends the waiting,
// but not for a move.
func (l *link) exchange(ctx context.Context, c command) (reply, error) {
	if err := ctx.Err(); err != nil {
		return reply{}, err
	}
	if err := l.settle(); err != nil {
		return reply{}, err
	}
	l.dirty = true
	if err := l.write(AppendFrame(nil, l.address, c.text())...); err != nil {
		return reply{}, err
	}
	stop := ctx.Done()
	if c.moves {
		stop = nil
	}
	r, err := l.await(c, stop)
	l.dirty = err != nil && err != errNAK
	if err == context.Canceled {
		err = ctx.Err()
	}
	if err == nil && r.code != "" {
		err = &refusal{c, r.code}
	}
	return r, err
}

// await waits for the acknowledgement and then for the reply. A reply to a move stands for
// a lost acknowledgement; one to a question may be an older one's.
func (l *link) await(c command, stop <-chan struct{}) (reply, error) {
	limit := time.NewTimer(l.timing.ack)
	defer limit.Stop()
	acked, silent := false, false
	for bad := 0; ; {
		e, err := l.event(stop, limit.C)
		switch {
		case err == errSilence && acked:
			return reply{}, errLost
		case err == errSilence && (silent || !c.moves):
			return reply{}, errUnheard
		case err == errSilence: // its acknowledgement may be lost, and it moves
			silent = true
			limit.Reset(l.timing.of(c))
			continue
		case err != nil:
			return reply{}, err
		}
		switch e {
		case EventNAK:
			if !acked {
				return reply{}, errNAK
			}
		case EventACK:
			if !acked {
				acked = true
				limit.Reset(l.timing.of(c))
			}
		case EventNone:
			if bad++; bad == tries {
				return reply{}, errLost
			}
			if err := l.write(NAK); err != nil {
				return reply{}, err
			}
		case EventFrame:
			if err := l.write(ACK); err != nil {
				return reply{}, err
			}
			r, err := parseReply(l.dec.Text())
			ours := err == nil && l.dec.Address() == l.address && r.cm == c.cm && r.pm == c.pm
			if ours && (acked || c.moves) {
				return r, nil
			}
		}
	}
}
