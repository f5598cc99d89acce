package escpossim

import (
	"bytes"
	"context"
	"io"
	"sync"
	"time"

	"murur/devices"
	"murur/devices/transport"
)

// Options of a Printer; the zero Options are a generic-custom kiosk printer with
// paper and nobody in front.
type Options struct {
	Model  Model           // GenericCustom when its Name is empty
	Trace  transport.Trace // is called with the printer locked: must not call it back
	Person Person
	Speed  int // mm/s; the model's own when 0
	Baud   int // paces received bytes; 0 takes them as they come
	// Changed, when set, is called after every change of what a person can see
	// (paper printed, presented, gone; faults), without locks held.
	Changed func()
}

// Counters count since New. Papers without ink count as cuts only.
type Counters struct {
	Bytes     int // received
	Rows      int // of paper moved
	Cuts      int
	Presented int
	Taken     int
	Retracted int
	Unknown   int // commands that the machine does not know
	Lost      int // bytes that found the buffer full
}

// Printer is the simulated printer. Its controls may be used from any goroutine at
// any time, also while it serves.
type Printer struct {
	o     Options
	trace transport.Trace

	mu      sync.Mutex
	m       machine
	person  Person
	buffer  []byte
	recent  []byte // the last received bytes, for real-time commands
	stopped bool   // XOFF was sent
	silent  bool
	since   time.Time // of the last presentation
	off     bool      // starting after a power cut
	outbox  []byte
	frame   []byte // the command being worked off, for the trace
	changed bool
	conn    io.Closer
	hangup  bool // the link has ended, the buffer is worked off

	serving chan struct{} // holds one token
	wake    chan struct{} // the worker has to look again
	send    chan struct{} // the writer has to look again
}

// New switches a printer on.
func New(o Options) *Printer {
	if o.Model.Name == "" {
		o.Model = GenericCustom
	}
	if o.Speed == 0 {
		o.Speed = o.Model.Speed
	}
	p := &Printer{o: o, trace: o.Trace, person: o.Person, serving: make(chan struct{}, 1), wake: make(chan struct{}, 1), send: make(chan struct{}, 1)}
	if p.trace == nil {
		p.trace = func(transport.Direction, []byte) {}
	}
	p.m = machine{path: newPath(&p.o.Model), speed: o.Speed, answer: p.reply}
	p.m.powerUp()
	return p
}

// do changes the printer under its lock and tells who is concerned.
func (p *Printer) do(f func()) {
	p.mu.Lock()
	f()
	changed := p.changed
	p.changed = false
	p.mu.Unlock()
	if changed && p.o.Changed != nil {
		p.o.Changed()
	}
}

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// reply queues bytes for the kiosk; called under the lock.
func (p *Printer) reply(b ...byte) {
	if p.silent || p.off || p.m.moving && p.o.Model.Mute {
		return
	}
	p.trace(transport.FromDevice, b)
	p.outbox = append(p.outbox, b...)
	poke(p.send)
}

// receive takes one byte from the wire; called under the lock.
func (p *Printer) receive(b byte) {
	p.m.counters.Bytes++
	if p.off {
		p.m.counters.Lost++
		return
	}
	if p.o.Model.RealTime {
		p.recent = append(p.recent, b)
		if n := len(p.recent) - len(clearAll); n > 0 {
			p.recent = p.recent[n:]
		}
		if p.realTime() {
			return
		}
	}
	if len(p.buffer) >= p.o.Model.Buffer {
		p.m.counters.Lost++
		if p.stopped {
			p.m.violation("byte sent to a full buffer after XOFF")
		}
		return
	}
	p.buffer = append(p.buffer, b)
	if !p.stopped && len(p.buffer) >= p.o.Model.Buffer*9/10 {
		p.stopped = !p.silent
		p.reply(0x13)
	}
}

var clearAll = []byte{0x10, 0x14, 8, 1, 3, 0x14, 1, 6, 2, 8}

// realTime obeys a command that ends with the last received byte. The bytes stay
// in the buffer too, except those that empty it.
func (p *Printer) realTime() (emptied bool) {
	r := p.recent
	n := len(r)
	switch {
	case n >= 3 && r[n-3] == 0x10 && r[n-2] == 4:
		p.trace(transport.ToDevice, r[n-3:])
		p.m.status(r[n-1])
	case n >= 3 && r[n-3] == 0x10 && r[n-2] == 5 && r[n-1] == 2 && p.m.cutter,
		p.o.Model.Clear && bytes.Equal(r, clearAll):
		p.trace(transport.ToDevice, r)
		p.clear()
		if r[n-1] == 8 {
			p.reply(0x37, 0x25, 0)
		} else {
			p.m.cutter = false
		}
		return true
	}
	return false
}

// clear empties the buffers and cancels the command in progress.
func (p *Printer) clear() {
	p.buffer, p.m.cmd, p.m.raster, p.m.skip, p.m.text = nil, nil, raster{}, 0, 0
	p.frame = nil
	p.m.disturbed = p.m.disturbed || p.m.used()
	p.goOn()
}

// goOn says XON when the buffer has emptied enough.
func (p *Printer) goOn() {
	if p.stopped && len(p.buffer) <= p.o.Model.Buffer/2 {
		p.stopped = false
		p.reply(0x11)
	}
}

// Serve speaks over one link until the link or ctx ends; the error is ctx's. A
// second link waits until the first has ended; the printer's state outlives it. What
// the buffer holds at the end of the link is still printed before Serve returns.
func (p *Printer) Serve(ctx context.Context, conn io.ReadWriteCloser) error {
	select {
	case p.serving <- struct{}{}:
	case <-ctx.Done():
		conn.Close()
		return ctx.Err()
	}
	defer func() { <-p.serving }()
	p.do(func() {
		p.conn, p.hangup, p.outbox = conn, false, nil
		p.m.resumed = p.m.raster.y > 0
	})
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	ended := make(chan struct{})
	var writer, worker sync.WaitGroup
	writer.Add(1)
	worker.Add(1)
	go func() {
		defer writer.Done()
		p.write(conn, ended)
	}()
	go func() {
		defer worker.Done()
		p.work(ctx)
	}()
	p.read(conn)
	p.do(func() { p.hangup = true })
	poke(p.wake)
	worker.Wait()
	close(ended)
	conn.Close()
	writer.Wait()
	p.do(func() {
		// A page that was cut off from its end never becomes whole.
		if p.m.midway() || p.m.used() {
			p.m.disturbed = true
		}
		p.conn = nil
	})
	return ctx.Err()
}

func (p *Printer) read(conn io.Reader) {
	buf := make([]byte, 256)
	for {
		n, err := conn.Read(buf)
		if n > 0 {
			p.do(func() {
				for _, b := range buf[:n] {
					p.receive(b)
				}
			})
			poke(p.wake)
			if p.o.Baud > 0 {
				time.Sleep(time.Duration(n) * 10 * time.Second / time.Duration(p.o.Baud))
			}
		}
		if err != nil {
			return
		}
	}
}

// write hands replies to the link; one that blocks or fails does not stop the
// printer.
func (p *Printer) write(conn io.Writer, ended <-chan struct{}) {
	for {
		select {
		case <-p.send:
		case <-ended:
			return
		}
		p.mu.Lock()
		out := p.outbox
		p.outbox = nil
		p.mu.Unlock()
		if len(out) > 0 {
			conn.Write(out)
		}
	}
}

// nap is how much paper time is collected before it is slept.
const nap = 5 * time.Millisecond

// work is the mechanism: it takes bytes from the buffer at the speed of paper.
func (p *Printer) work(ctx context.Context) {
	var owed time.Duration
	for ctx.Err() == nil {
		idle, gone := false, false
		var w work
		p.do(func() {
			if len(p.buffer) == 0 || p.off || p.m.blocked() && !p.m.question(p.buffer[0]) {
				idle, gone = true, p.hangup
				p.m.moving = false
				return
			}
			b := p.buffer[0]
			p.buffer = p.buffer[1:]
			p.frame = append(p.frame, b)
			w = p.m.step(b)
			if !p.m.midway() {
				if p.frame[0] != 0x10 || !p.o.Model.RealTime {
					p.trace(transport.ToDevice, p.frame)
				}
				p.frame = p.frame[:0]
			}
			p.m.moving = p.m.moving || w.time > 0
			p.goOn()
		})
		owed += w.time
		if owed > 0 && (owed >= nap || idle || w.then != nil) {
			select {
			case <-time.After(owed):
			case <-ctx.Done():
			}
			owed = 0
		}
		if w.then != nil {
			p.do(func() {
				before := p.m.presented
				p.m.moving = false
				w.then()
				p.changed = true
				if p.m.presented != before {
					p.meet()
				}
			})
		}
		if idle {
			if gone {
				return
			}
			select {
			case <-p.wake:
			case <-ctx.Done():
			}
		}
	}
}

// meet lets the person take the paper that has just been presented.
func (p *Printer) meet() {
	p.since = time.Now()
	if !p.person.Takes {
		return
	}
	p.takeIn(p.person.After)
}

// reaction is the least time in which a hand gets hold of a paper.
const reaction = 300 * time.Millisecond

// takeIn takes the paper that is presented now, unless it is gone by then.
func (p *Printer) takeIn(d time.Duration) {
	which := p.m.presented
	time.AfterFunc(max(d, reaction-time.Since(p.since)), func() {
		p.do(func() {
			if p.m.presented == which {
				p.changed = p.m.leave(devices.CustodyTaken)
			}
		})
		poke(p.wake)
	})
}
