package zvt

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"murur/devices"
	"murur/devices/transport"
)

// transmissions is how often a block is sent at most: once and two repeats.
const transmissions = 3

var (
	errNoAck   = fmt.Errorf("block was not acknowledged: %w", devices.ErrLink)
	errRefused = fmt.Errorf("every transmission of the block was refused: %w", devices.ErrLink)
	errDamaged = fmt.Errorf("blocks arrive damaged: %w", devices.ErrLink)
	controlAck = []byte{ACK}
	controlNak = []byte{NAK}
)

// serialLink is the block transport: DLE STX … CRC, acknowledged and repeated.
type serialLink struct {
	*wire
	dec   Decoder
	block []byte   // the block on its way out
	queue [][]byte // APDUs that came while an acknowledgement was awaited
	bad   int      // damaged blocks in a row
	taken []byte   // the message whose answer is not acknowledged yet
	t1    *time.Timer
}

func newSerialLink(s transport.Stream, t Timers, trace transport.Trace) *serialLink {
	t1 := time.NewTimer(t.T1)
	t1.Stop()
	return &serialLink{wire: newWire(s, t, trace), t1: t1}
}

// event waits for the next event of the decoder. A gap of T1 inside a block is
// EventBad. wake and limit are heeded only between blocks.
func (l *serialLink) event(wake <-chan struct{}, limit <-chan time.Time) (Event, error) {
	for {
		if len(l.pending) > 0 {
			n, e := l.dec.Next(l.pending)
			l.pending = l.pending[n:]
			if e != EventNone {
				return e, nil
			}
			continue
		}
		w, t, gap := wake, limit, (<-chan time.Time)(nil)
		if !l.dec.Idle() {
			l.t1.Reset(l.timers.T1)
			w, t, gap = nil, nil, l.t1.C
		}
		select {
		case p, ok := <-l.in:
			if err := l.came(p, ok); err != nil {
				return 0, err
			}
		case <-gap:
			l.dec.Reset()
			return EventBad, nil
		case <-t:
			return 0, errSilence
		case <-w:
			return 0, errWoken
		case <-l.done:
			return 0, errClosed
		}
	}
}

// take answers a block, whole or damaged, on the transport. The third damaged one in
// a row is given up, as the sender does.
func (l *serialLink) take(e Event) error {
	if e == EventBlock {
		l.bad = 0
		l.traceBlock(transport.FromDevice, l.dec.APDU())
		return l.control(controlAck)
	}
	if err := l.control(controlNak); err != nil {
		return err
	}
	if l.bad++; l.bad >= transmissions {
		l.bad = 0
		return errDamaged
	}
	return nil
}

func (l *serialLink) control(p []byte) error {
	if l.trace != nil {
		l.trace(transport.ToDevice, p)
	}
	return l.put(p, l.timers.T2)
}

func (l *serialLink) recv(wake <-chan struct{}, d time.Duration) (APDU, error) {
	if len(l.queue) > 0 {
		a := l.queue[0]
		l.queue = l.queue[1:]
		l.remember(a)
		return a, nil
	}
	limit := time.NewTimer(d)
	defer limit.Stop()
	for {
		e, err := l.event(wake, limit.C)
		if err != nil {
			return nil, err
		}
		switch e {
		case EventBlock, EventBad:
			if err := l.take(e); err != nil {
				return nil, err
			}
			if e == EventBlock {
				l.remember(l.dec.APDU())
				return l.dec.APDU(), nil
			}
		case EventAck, EventNak: // of nothing we wait for: a late one
			l.traceControl(e)
		}
	}
}

// remember keeps a message until its answer is acknowledged. Whatever equals it before
// that is a repeat: the terminal missed our ACK. It is acknowledged and not answered
// twice; a second answer would pass for that to the next message.
func (l *serialLink) remember(a APDU) {
	l.taken = l.taken[:0]
	if !a.IsAnswer() {
		l.taken = append(l.taken, a...)
	}
}

// repeated reports whether the block that came is such a repeat.
func (l *serialLink) repeated() bool {
	return len(l.taken) > 0 && bytes.Equal(l.taken, l.dec.APDU())
}

// send transmits the block until it is acknowledged, three times at most. A block
// that arrives instead of the acknowledgement is taken and kept for recv. It stands
// for the lost acknowledgement when it can only follow ours: an answer follows a
// command, and after an answer of ours the terminal just goes on.
func (l *serialLink) send(wake <-chan struct{}, a []byte) error {
	if err := l.drain(); err != nil {
		return fmt.Errorf("%w: %w", errUnsent, err)
	}
	if !APDU(a).IsAnswer() {
		l.queue = slices.DeleteFunc(l.queue, func(q []byte) bool { return APDU(q).IsAnswer() }) // of a command before
	}
	l.block = AppendBlock(l.block[:0], a)
	if APDU(a).IsAnswer() {
		defer func() { l.taken = l.taken[:0] }()
	}
	answer, abort := APDU(a).IsAnswer(), APDU(a).Command() == CmdAbort
	t2 := time.NewTimer(l.timers.T2)
	defer t2.Stop()
	naks := 0
	for range transmissions {
		if l.trace != nil {
			l.trace(transport.ToDevice, l.block)
		}
		if err := l.put(l.block, l.timers.T2); err != nil {
			return err
		}
		t2.Reset(l.timers.T2)
		again := false
		for !again {
			e, err := l.event(wake, t2.C)
			switch {
			case err == errSilence:
				again = true
				continue
			case err != nil:
				return err
			}
			switch e {
			case EventAck:
				l.traceControl(e)
				return nil
			case EventNak:
				l.traceControl(e)
				naks++
				again = true
			case EventBad:
				if err := l.take(e); err != nil {
					return err
				}
			case EventBlock:
				if err := l.take(e); err != nil {
					return err
				}
				if l.repeated() {
					continue
				}
				theirs := l.dec.APDU()
				l.queue = append(l.queue, append([]byte(nil), theirs...))
				switch {
				case answer || theirs.IsAnswer():
					return nil
				case abort:
					return errCrossed
				}
			}
		}
	}
	if naks == transmissions {
		return errRefused
	}
	return errNoAck
}

// drain looks at what came since, so that a late ACK is not taken for the next
// block's.
func (l *serialLink) drain() error {
	for {
		for len(l.pending) > 0 {
			n, e := l.dec.Next(l.pending)
			l.pending = l.pending[n:]
			switch e {
			case EventAck, EventNak:
				l.traceControl(e)
			case EventBlock, EventBad:
				if err := l.take(e); err != nil {
					return err
				}
				if e == EventBlock && !l.repeated() {
					l.queue = append(l.queue, append([]byte(nil), l.dec.APDU()...))
				}
			}
		}
		select {
		case p, ok := <-l.in:
			if err := l.came(p, ok); err != nil {
				return err
			}
		default:
			return nil
		}
	}
}

func (l *serialLink) traceControl(e Event) {
	switch {
	case l.trace == nil:
	case e == EventAck:
		l.trace(transport.FromDevice, controlAck)
	default:
		l.trace(transport.FromDevice, controlNak)
	}
}

func (l *serialLink) traceBlock(d transport.Direction, a APDU) {
	if l.trace != nil {
		l.trace(d, AppendBlock(nil, masked(a)))
	}
}
