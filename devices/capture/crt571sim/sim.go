package crt571sim

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"murur/devices/capture/crt571"
	"murur/devices/transport"
)

// Kind is what an Object is.
type Kind string

const (
	Card     Kind = "card"
	TooLong  Kind = "too-long"
	TooShort Kind = "too-short"
)

// Object is a thing that is put into the gate.
type Object struct {
	ID   string `json:"id"`
	Kind Kind   `json:"kind"`
	ATR  []byte `json:"-"` // of its chip; nil: it has none
}

// Position is where a thing is in the unit.
type Position string

const (
	Gate Position = "gate" // between the lips: a hand can take it
	RF   Position = "rf"
	IC   Position = "ic"
)

// Person is who stands in front.
type Person struct {
	Takes bool          // takes what comes out
	After time.Duration // so long after it came
}

// Options of a Unit; the zero value is a unit with an empty bin and nobody in front.
type Options struct {
	Address      byte
	Version      string // what it calls itself; "CRT-571 simulated" when empty
	Capacity     int    // of the bin; 20 when 0
	DrawsIn      bool   // draws an admitted card to the RF position by itself
	CountsOnly37 bool   // counts captures only when it was initialised with 37
	NoCounter    bool   // does not know the counter's command
	KeepsCounter bool   // EmptyBin does not set the counter back
	Drops        bool   // what is moved out falls into the person's hands
	Refusals4E   bool   // negative replies begin with 4E
	HandCode     string // of a card moved by hand: "16" when empty, else "45"
	Chop         int    // bytes of one write; 0: whole frames
	Merge        bool   // ACK and a quick reply come in one write
	Person       Person
	Trace        transport.Trace // must not call the unit back
	// Moved, when set, is told of every time span in which the mechanics worked. It must not
	// call the unit back.
	Moved func(began, ended time.Time)
	// Changed, when set, is called after every change of what a person can see, without
	// locks held.
	Changed func()
}

// Unit is the simulated unit. Its controls may be used from any goroutine at any time,
// also while it serves.
type Unit struct {
	o Options

	mu   sync.Mutex
	m    machine
	line line

	person  Person
	silent  bool
	changed bool
	conn    io.Closer
	hangup  bool

	serving chan struct{} // holds one token
	wake    chan struct{} // the worker has to look again
}

// New switches a unit on.
func New(o Options) *Unit {
	if o.Version == "" {
		o.Version = "CRT-571 simulated"
	}
	if o.Capacity == 0 {
		o.Capacity = 20
	}
	if o.HandCode == "" {
		o.HandCode = "16"
	}
	u := &Unit{o: o, person: o.Person, serving: make(chan struct{}, 1), wake: make(chan struct{}, 1)}
	u.m.power = true
	u.m.off = make(chan struct{})
	return u
}

// do changes the unit under its lock and tells who is concerned.
func (u *Unit) do(f func()) {
	u.mu.Lock()
	f()
	changed := u.changed
	u.changed = false
	u.mu.Unlock()
	if changed && u.o.Changed != nil {
		u.o.Changed()
	}
}

// set is do for what a person can see.
func (u *Unit) set(f func()) {
	u.do(func() {
		f()
		u.changed = true
	})
}

func (u *Unit) poke() {
	select {
	case u.wake <- struct{}{}:
	default:
	}
}

// Serve speaks over one link until the link or ctx ends; the error is ctx's. A second link
// waits until the first has ended and the move in progress is over.
func (u *Unit) Serve(ctx context.Context, conn io.ReadWriteCloser) error {
	select {
	case u.serving <- struct{}{}:
	case <-ctx.Done():
		conn.Close()
		return ctx.Err()
	}
	defer func() { <-u.serving }()
	u.do(func() {
		u.conn, u.hangup = conn, false
		u.line.reset()
	})
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	var reader sync.WaitGroup
	reader.Go(func() {
		u.read(conn)
		u.do(func() { u.hangup = true })
		u.poke()
	})
	u.work(ctx, conn)
	conn.Close()
	reader.Wait()
	u.do(func() { u.conn = nil })
	return ctx.Err()
}

// Open connects a kiosk to the unit by a pipe in memory; it is a transport.Opener.
func (u *Unit) Open(ctx context.Context) (transport.Stream, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	near, far := net.Pipe()
	go u.Serve(context.Background(), far)
	return near, nil
}

// read takes bytes from the wire, also while the unit moves something.
func (u *Unit) read(conn io.Reader) {
	buf := make([]byte, 256)
	for {
		n, err := conn.Read(buf)
		for _, b := range buf[:n] {
			var then func()
			u.do(func() {
				var ok bool
				if b, ok, then = u.cross(b); ok && u.m.power {
					u.line.in = append(u.line.in, b)
				}
			})
			if then != nil {
				then()
			}
		}
		u.poke()
		if err != nil {
			return
		}
	}
}

// gap is the silence after which a damaged frame is refused.
const gap = 50 * time.Millisecond

// work is the unit's controller: one frame after the other.
func (u *Unit) work(ctx context.Context, conn io.Writer) {
	for {
		var event crt571.Event
		var text []byte
		idle, hangup := false, false
		u.do(func() {
			event, text, idle = u.line.next(u.o.Address)
			if event != crt571.EventNone && u.o.Trace != nil {
				u.o.Trace(transport.ToDevice, u.line.seen)
			}
			hangup = u.hangup
		})
		switch event {
		case crt571.EventFrame:
			u.obey(ctx, conn, text)
			continue
		case crt571.EventNAK:
			u.repeat(conn)
			continue
		case crt571.EventACK, crt571.EventEOT:
			u.do(func() { u.line.reply = nil })
			continue
		}
		if hangup {
			return
		}
		var damaged <-chan time.Time
		if !idle {
			damaged = time.After(gap)
		}
		select {
		case <-u.wake:
		case <-damaged:
			u.do(func() { u.line.dec.Reset() })
			u.send(conn, crt571.NAK)
		case <-ctx.Done():
			return
		}
	}
}

// errPower ends a command of a unit that has lost its power.
var errPower = errors.New("no power")

// obey acknowledges one command, carries it out and answers.
func (u *Unit) obey(ctx context.Context, conn io.Writer, text []byte) {
	var f *Fault
	quick := true
	u.do(func() {
		u.line.reply = nil
		f = u.strike(text)
		quick = len(text) > 1 && text[1] != cmInitialise && text[1] != cmMove
	})
	switch {
	case f.is(NoAck):
		return
	case f.is(Nak):
		u.send(conn, crt571.NAK)
		return
	}
	var out []byte
	if !f.is(LostAck) {
		out = append(out, crt571.ACK)
	}
	if !u.o.Merge || !quick {
		u.send(conn, out...)
		out = nil
	}
	answer, err := u.carryOut(ctx, text)
	if err != nil || f.is(LostReply) {
		return
	}
	frame := crt571.AppendFrame(nil, u.o.Address, answer)
	u.do(func() { u.line.reply = frame })
	out = append(out, frame...)
	if f.is(BadReply) {
		out[len(out)-1] ^= 1
	}
	u.send(conn, out...)
}

// repeat sends the reply again that was damaged, two times at most.
func (u *Unit) repeat(conn io.Writer) {
	var frame []byte
	u.do(func() {
		if u.line.repeats++; u.line.repeats <= 2 {
			frame = u.line.reply
		}
	})
	u.send(conn, frame...)
}
