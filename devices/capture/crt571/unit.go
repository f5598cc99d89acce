package crt571

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"murur/devices"
	"murur/devices/capture"
	"murur/devices/transport"
)

// Hold is where a card is held.
type Hold string

const (
	HoldRF Hold = "rf" // no contacts touch it
	HoldIC Hold = "ic"
)

// Options configure a Unit. The zero value suits the units whose sources are public.
type Options struct {
	Address        byte // 00 to 0F
	Hold           Hold // HoldRF when empty
	RetractCounter bool // initialise with 37 instead of 33, for firmware that counts only then
	Capacity       int  // cards in the bin; 20 when 0
	Nearly         int  // the bin is low when so few places are left; 3 when 0
	ATRSkip        int  // bytes before the answer to reset in the reply to a chip's reset

	AckTimeout   time.Duration // 300 ms when 0
	ReplyTimeout time.Duration // of a question; 3 s when 0
	MoveTimeout  time.Duration // of what moves a card or may; 20 s when 0
	Poll         time.Duration // between two looks at the gate; 200 ms when 0
	Trace        transport.Trace
}

func (o Options) withDefaults() Options {
	set := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	set(&o.AckTimeout, 300*time.Millisecond)
	set(&o.ReplyTimeout, 3*time.Second)
	set(&o.MoveTimeout, 20*time.Second)
	set(&o.Poll, 200*time.Millisecond)
	if o.Hold == "" {
		o.Hold = HoldRF
	}
	if o.Capacity == 0 {
		o.Capacity = 20
	}
	if o.Nearly == 0 {
		o.Nearly = 3
	}
	return o
}

// Unit is one card transport. Its methods may be called from any goroutine; it does one
// thing at a time.
type Unit struct {
	open transport.Opener
	o    Options

	life context.Context // ends with Close
	end  context.CancelFunc
	turn chan struct{} // holds one token; whoever took it owns what follows

	link      *link
	ready     bool // initialised, as far as we know
	lives     int  // how often it was initialised
	gateOpen  bool
	model     string
	fault     *devices.Fault // until it is over
	presented int            // counter when a card was last in the gate; -1: none was since Admit, or since one was inside
}

var _ capture.Unit = (*Unit)(nil)

// New starts nothing; the line is opened when it is first needed.
func New(open transport.Opener, o Options) *Unit {
	u := &Unit{open: open, o: o.withDefaults(), turn: make(chan struct{}, 1), presented: -1}
	u.life, u.end = context.WithCancel(context.Background())
	u.turn <- struct{}{}
	return u
}

// Close ends what is running, closes the line and returns when its goroutines have ended.
// A move that has begun is waited for.
func (u *Unit) Close() error {
	u.end()
	<-u.turn
	u.drop()
	u.turn <- struct{}{}
	return nil
}

var errClosed = fmt.Errorf("%w: the unit is closed", devices.ErrLink)

// begin waits for the turn. The context it returns also ends with Close.
func (u *Unit) begin(ctx context.Context) (context.Context, func(), error) {
	select {
	case <-u.turn:
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	if u.life.Err() != nil {
		u.turn <- struct{}{}
		return nil, nil, errClosed
	}
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(u.life, cancel)
	return ctx, func() {
		stop()
		cancel()
		u.turn <- struct{}{}
	}, nil
}

func (u *Unit) drop() {
	if u.link != nil {
		u.link.close()
		u.link = nil
	}
	u.ready = false
}

// connect opens the line if there is none and initialises a unit that is not.
func (u *Unit) connect(ctx context.Context) error {
	if u.link != nil && u.link.dead {
		u.drop()
	}
	if u.link == nil {
		s, err := u.open(ctx)
		if err != nil {
			return fmt.Errorf("%w: cannot open the line: %w", devices.ErrLink, err)
		}
		u.link = newLink(s, u.o.Address, timing{u.o.AckTimeout, u.o.ReplyTimeout, u.o.MoveTimeout}, u.o.Trace)
	}
	if u.ready {
		return nil
	}
	return u.initialise(ctx)
}

// initialise makes the unit obey, without moving anything, and closes the gate. A unit
// that refuses has a fault, and may obey all the same.
func (u *Unit) initialise(ctx context.Context) error {
	c := initialise
	if u.o.RetractCounter {
		c = initialiseCount
	}
	_, err := u.send(ctx, c)
	if err != nil && !isRefusal(err) {
		return err
	}
	u.fault = faultOf(err)
	u.lives++
	if _, err := u.send(ctx, closeGate); err != nil && !isRefusal(err) {
		return err
	}
	u.ready, u.gateOpen = true, false
	if r, err := u.send(ctx, askVersion); err == nil {
		u.model = printable(r.data)
	}
	return nil
}

func printable(b []byte) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, string(b)))
}

// send sends a command that may be repeated, up to three times. A unit that does not
// answer has lost its link.
func (u *Unit) send(ctx context.Context, c command) (r reply, err error) {
	for range tries {
		r, err = u.link.exchange(ctx, c)
		if !errors.Is(err, devices.ErrLink) || u.link.dead {
			break
		}
	}
	if errors.Is(err, devices.ErrLink) {
		u.link.dead = true
	}
	return r, err
}

// ask connects and sends; a unit that was restarted is initialised, a lost line opened
// again, once.
func (u *Unit) ask(ctx context.Context, c command) (r reply, err error) {
	for range 2 {
		if err = u.connect(ctx); err != nil {
			return r, err
		}
		r, err = u.send(ctx, c)
		switch {
		case restarted(err) && u.fault != nil: // it cannot be initialised
			return r, u.fault
		case restarted(err):
			u.ready = false
		case !errors.Is(err, devices.ErrLink):
			return r, err
		}
	}
	return r, refused(err)
}

// place asks where the card is.
func (u *Unit) place(ctx context.Context) (capture.Place, reply, error) {
	r, err := u.ask(ctx, askStatus)
	if err != nil {
		return capture.PlaceUnknown, r, err
	}
	return placeOf(r.st[0]), r, nil
}

// look asks for all that a State has. A fault is in it; the error is the link's or ctx's.
func (u *Unit) look(ctx context.Context) (capture.State, error) {
	s := capture.State{Card: capture.PlaceUnknown, Captured: -1, Capacity: u.o.Capacity}
	s.Supplies = map[string]devices.Level{capture.SupplyBin: devices.LevelUnknown}
	at, r, err := u.place(ctx)
	for lives := u.lives; err == nil; lives = u.lives {
		s.Card = at
		s.Captured, err = u.counter(ctx)
		s.Supplies[capture.SupplyBin] = u.bin(r.st[2], s.Captured)
		if u.lives == lives {
			break
		}
		at, r, err = u.place(ctx) // it was restarted meanwhile: what it said before is old
	}
	switch at {
	case capture.PlaceGate:
		u.presented = s.Captured
	case capture.PlaceInside:
		u.presented = -1
	}
	s.Model, s.Fault, s.Link = u.model, u.fault, devices.Online
	var f *devices.Fault
	switch {
	case errors.Is(err, devices.ErrLink):
		s.Link, s.Fault = linkOf(err), fault(Offline, "%v", err)
		s.Card, s.Captured, s.Supplies[capture.SupplyBin] = capture.PlaceUnknown, -1, devices.LevelUnknown
		return s, err
	case errors.As(refused(err), &f):
		s.Fault = f
		return s, nil
	}
	return s, err
}

func linkOf(err error) devices.Link {
	if errors.Is(err, transport.ErrGone) || errors.Is(err, fs.ErrNotExist) {
		return devices.Absent
	}
	return devices.Offline
}

// counter asks how many cards were captured. Without it no capture is ever proved: a unit
// that does not tell has a fault.
func (u *Unit) counter(ctx context.Context) (int, error) {
	r, err := u.ask(ctx, askCounter)
	switch {
	case isRefusal(err):
		return -1, fault(Counter, "%v", err)
	case err != nil:
		return -1, err
	}
	n, ok := count(r.data)
	if !ok {
		return -1, fault(Counter, "counter % X makes no sense", r.data)
	}
	return n, nil
}

// bin is how full the bin is, by its sensor and by the counter.
func (u *Unit) bin(st2 byte, captured int) devices.Level {
	switch {
	case st2 == '1' || captured >= u.o.Capacity:
		return devices.LevelFull
	case st2 != '0' || captured < 0:
		return devices.LevelUnknown
	case captured >= u.o.Capacity-u.o.Nearly:
		return devices.LevelLow
	}
	return devices.LevelOK
}

// Status implements capture.Unit. With an error the State still says what is known of the
// link.
func (u *Unit) Status(ctx context.Context) (capture.State, error) {
	op, done, err := u.begin(ctx)
	if err != nil {
		return capture.State{Status: devices.Status{Link: devices.Offline}, Card: capture.PlaceUnknown, Captured: -1, Capacity: u.o.Capacity}, err
	}
	defer done()
	if u.fault != nil && u.fault.Remedy != devices.RemedyMaintenance {
		u.ready = false // a unit that can be initialised has it no more
	}
	return u.look(op)
}
