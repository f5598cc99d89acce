package zvtsim

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"murur/devices/terminal/zvt"
	"murur/devices/transport"
)

// The timers of the terminal's own side.
const (
	t1            = 200 * time.Millisecond
	t2            = 5 * time.Second
	transmissions = 3
)

var (
	errTime   = errors.New("time is over")
	errGiveUp = errors.New("kiosk does not acknowledge") // ends the dialogue, not the line
)

// line is the terminal's end of one connection. It belongs to the serving goroutine.
type line struct {
	*Terminal
	ctx   context.Context
	rw    io.ReadWriteCloser
	tcp   bool
	speed int // that the kiosk opened it with; 0 is any
	in    chan received
	wg    sync.WaitGroup
	done  chan struct{}

	rxFree, txFree time.Time     // when the wire is free again, each way
	late           time.Duration // by which the last byte left behind its time
	killed         time.Time     // when the kiosk died

	pending []byte
	dec     zvt.Decoder
	noise   int
	buf     []byte   // TCP: the APDU that is coming
	queue   [][]byte // came while an acknowledgement was awaited
	taken   []byte   // the last block that was taken
	unacked bool     // its ACK was lost on purpose
	topic   zvt.Command
}

func newLine(ctx context.Context, t *Terminal, rw io.ReadWriteCloser) *line {
	l := &line{Terminal: t, ctx: ctx, rw: rw, tcp: t.o.Framing == zvt.TCP, in: make(chan received), done: make(chan struct{})}
	l.wg.Go(l.read)
	return l
}

func (l *line) read() {
	defer close(l.in)
	var bufs [2][512]byte
	for i := 0; ; i ^= 1 {
		n, err := l.rw.Read(bufs[i][:])
		if n > 0 {
			select {
			case l.in <- received{bufs[i][:n], time.Now()}:
			case <-l.done:
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func (l *line) close() {
	close(l.done)
	l.rw.Close()
	l.wg.Wait()
}

// more waits for bytes, for a key of the panel, or for limit.
func (l *line) more(limit <-chan time.Time, keys <-chan key) (key, error) {
	for {
		select { // the power goes before anything else
		case <-l.cut:
			return key{}, ErrPowerLost
		default:
		}
		select {
		case c, ok := <-l.in:
			if !ok {
				return key{}, io.EOF
			}
			if l.deaf() {
				continue
			}
			l.pending = l.pending[:0]
			return key{}, l.arrive(c)
		case k := <-keys:
			return k, nil
		case <-limit:
			return key{}, errTime
		case <-l.cut:
			return key{}, ErrPowerLost
		case <-l.ctx.Done():
			return key{}, l.ctx.Err()
		}
	}
}

func (t *Terminal) is(b *bool) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return *b
}

// recv waits at most d for an APDU of the kiosk or for a key.
func (l *line) recv(d time.Duration, keys <-chan key) (zvt.APDU, key, error) {
	if len(l.queue) > 0 {
		a := l.queue[0]
		l.queue = l.queue[1:]
		return a, key{}, nil
	}
	limit := time.NewTimer(d)
	defer limit.Stop()
	for {
		a, e, k, err := l.event(limit.C, keys)
		switch {
		case err != nil || k.kind != keyNone:
			return nil, k, err
		case a != nil:
			return a, key{}, nil
		case e == zvt.EventAck && l.struckNothing():
			l.violate("ACK of nothing")
		}
	}
}

func (l *line) struckNothing() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.struck == 0
}

// event waits for one whole thing of the kiosk. Blocks are acknowledged here; those
// that a fault swallows are not seen at all.
func (l *line) event(limit <-chan time.Time, keys <-chan key) (zvt.APDU, zvt.Event, key, error) {
	for {
		for len(l.pending) > 0 {
			if l.tcp {
				a, err := l.segment()
				if a != nil || err != nil {
					return a, zvt.EventBlock, key{}, err
				}
				continue
			}
			n, e := l.dec.Next(l.pending)
			l.pending = l.pending[n:]
			if l.dec.Noise() > l.noise {
				l.noise = l.dec.Noise()
				l.violate("noise between blocks")
			}
			switch e {
			case zvt.EventNone:
				continue
			case zvt.EventAck, zvt.EventNak:
				l.traced(transport.ToDevice, []byte{control(e)})
				return nil, e, key{}, nil
			case zvt.EventBad:
				l.violate("block with a wrong check sum or length")
				if err := l.write([]byte{zvt.NAK}); err != nil {
					return nil, e, key{}, err
				}
				continue
			}
			a, err := l.take(append(zvt.APDU(nil), l.dec.APDU()...))
			if a != nil || err != nil {
				return a, e, key{}, err
			}
		}
		wait, inside := limit, !l.tcp && !l.dec.Idle()
		if inside {
			wait = time.After(t1)
		}
		k, err := l.more(wait, keys)
		if err == errTime && inside {
			l.dec.Reset()
			if err := l.write([]byte{zvt.NAK}); err != nil {
				return nil, 0, key{}, err
			}
			continue
		}
		if err != nil || k.kind != keyNone {
			return nil, 0, k, err
		}
	}
}

// take acknowledges a block and hands it on, unless a fault is in the way.
func (l *line) take(a zvt.APDU) (zvt.APDU, error) {
	on := a.Command()
	if a.IsAnswer() {
		on = l.topic
	}
	if !l.tcp {
		l.traced(transport.ToDevice, zvt.AppendBlock(nil, a))
		repeat := l.unacked && bytes.Equal(a, l.taken)
		l.unacked = false
		if repeat { // the kiosk could not know: acknowledged now, done long ago
			return nil, l.write([]byte{zvt.ACK})
		}
	} else {
		l.traced(transport.ToDevice, a)
	}
	f := l.strike(on, NoAck, LostAck, Nak, DieReceiving)
	switch {
	case f == nil:
	case f.Kind == DieReceiving:
		return nil, ErrPowerLost
	case f.Kind == NoAck:
		return nil, nil
	case l.tcp:
	case f.Kind == Nak:
		return nil, l.write([]byte{zvt.NAK})
	case f.Kind == LostAck:
		l.taken, l.unacked = a, true
		return a, nil
	}
	if l.tcp {
		return a, nil
	}
	l.taken = a
	return a, l.write([]byte{zvt.ACK})
}

// segment takes bytes of a TCP stream until an APDU is whole.
func (l *line) segment() (zvt.APDU, error) {
	for len(l.pending) > 0 {
		l.buf = append(l.buf, l.pending[0])
		l.pending = l.pending[1:]
		if len(l.buf) >= 3 && zvt.APDU(l.buf).Check() == nil {
			a := zvt.APDU(l.buf)
			l.buf = nil
			if a, err := l.take(a); a != nil || err != nil {
				return a, err
			}
		}
	}
	return nil, nil
}

// send hands one APDU to the kiosk: on a serial line until it is acknowledged.
func (l *line) send(on zvt.Command, a zvt.APDU) error {
	l.topic = on
	if f := l.strike(on, NoAnswer); f != nil {
		return nil
	}
	l.pause(l.o.Pauses.Answer)
	if l.tcp {
		return l.transmit(on, a)
	}
	block := zvt.AppendBlock(nil, a)
	for range transmissions {
		if err := l.transmit(on, block); err != nil {
			return err
		}
		done, err := l.acknowledged(a.IsAnswer())
		if done || err != nil {
			return err
		}
	}
	return errGiveUp
}

// acknowledged waits T2 for the ACK of our block; false is a reason to repeat it.
func (l *line) acknowledged(answer bool) (bool, error) {
	limit := time.NewTimer(t2)
	defer limit.Stop()
	for {
		a, e, _, err := l.event(limit.C, nil)
		switch {
		case err == errTime:
			return false, nil
		case err != nil:
			return false, err
		case e == zvt.EventAck:
			l.unacked = false // the kiosk went on: it repeats nothing any more
			return true, nil
		case e == zvt.EventNak:
			return false, nil
		}
		l.queue = append(l.queue, a)
		if answer || a.IsAnswer() {
			return true, nil // what came can only follow our block
		}
	}
}

// transmit writes one frame, as the faults want it.
func (l *line) transmit(on zvt.Command, frame []byte) error {
	f := l.strike(on, BadCRC, Garbage, Gap, Late, Bytewise, Truncate, DieSending, Duplicate)
	if f == nil {
		return l.write(frame)
	}
	part := frame[:min(max(f.Byte, 0), len(frame))]
	switch f.Kind {
	case BadCRC:
		bad := append([]byte(nil), frame...)
		bad[len(bad)-1] ^= 0x01
		return l.write(bad)
	case Garbage:
		return l.write([]byte{0x00, 0xFF, 0x55, 0x0D}, frame)
	case Gap:
		half := len(frame) / 2
		err := l.write(frame[:half])
		l.pause(f.Delay)
		return errors.Join(err, l.write(frame[half:]))
	case Late:
		l.pause(f.Delay)
	case Duplicate:
		if !l.tcp {
			return l.write(frame, frame)
		}
	case Bytewise:
		pieces := make([][]byte, len(frame))
		for i := range frame {
			pieces[i] = frame[i : i+1]
		}
		return l.write(pieces...)
	case Truncate:
		return l.write(part)
	case DieSending:
		return errors.Join(l.write(part), ErrPowerLost)
	}
	return l.write(frame)
}

// write sends one frame in pieces.
func (l *line) write(pieces ...[]byte) error {
	if l.deaf() {
		return nil
	}
	l.traced(transport.FromDevice, bytes.Join(pieces, nil))
	for _, p := range pieces {
		if len(p) == 0 {
			continue
		}
		if err := l.put(p); errors.Is(err, ErrPowerLost) {
			return err
		} else if err != nil {
			return fmt.Errorf("cannot write to the kiosk: %w", err)
		}
	}
	return nil
}

// pause lets the world take its time; the power can go meanwhile.
func (l *line) pause(d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-l.ctx.Done():
	}
}

func (l *line) traced(d transport.Direction, p []byte) {
	if l.o.Trace != nil {
		l.o.Trace(d, p)
	}
}

func control(e zvt.Event) byte {
	if e == zvt.EventAck {
		return zvt.ACK
	}
	return zvt.NAK
}
