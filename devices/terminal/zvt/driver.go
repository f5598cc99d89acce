package zvt

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"murur/devices"
	"murur/devices/terminal"
	"murur/devices/transport"
)

// Framing is how APDUs travel.
type Framing string

const (
	Serial Framing = "serial" // blocks with CRC, acknowledged
	TCP    Framing = "tcp"    // bare APDUs; the terminal listens, usually on port 20007
)

// Timers are the protocol's timers. Zero values are the manual's.
type Timers struct {
	T1 time.Duration // 200 ms: longest gap inside a block
	T2 time.Duration // 5 s: acknowledgement of a block
	T3 time.Duration // 5 s: answer to a command
	T4 time.Duration // 180 s: next message of a running command
	// Quiet is how long the line must be silent before it is trusted after trouble:
	// 15 s, the three transmissions of a colliding terminal.
	Quiet time.Duration
	// Poll is the pause between status enquiries of a Query that gets no answer: 10 s.
	Poll time.Duration
}

// Options of a Driver. The zero value is a serial terminal with the manual's timers
// that settles in Kuwaiti dinars.
type Options struct {
	Framing  Framing
	Password string // six digits; "000000" when empty
	Currency int    // ISO 4217 number of the registration; KWD when 0
	// NoAbort is set for terminals that take no 06 B0 during a payment: the manual
	// leaves it to them.
	NoAbort bool
	// NoHold is set for terminals that know no "not yet": Payment.Hold is left out, and
	// Approved has the short while it always has.
	NoHold bool
	// Columns of the kiosk's receipt: with them the terminal composes its own slips and
	// sends them, and results bring them. 0 leaves receipts to the kiosk.
	Columns int
	// Sequence offers numbered messages; they are used when the terminal agrees.
	Sequence bool
	// Tokens sends Payment.Token. A kiosk that does not save Result.Token with the same
	// care as the approval itself must leave it off: a stale token makes the terminal
	// undo a good payment.
	Tokens bool
	// Fast opens the same serial line at 115200 baud. When set, the terminal is asked
	// to change to it.
	Fast   transport.Opener
	Timers Timers
	// Skew is how far the terminal's clock may lie behind ours when a transaction is
	// matched; 5 min when 0.
	Skew time.Duration
	// Location is the zone of the terminal's clock; time.Local when nil.
	Location *time.Location
	Trace    transport.Trace
}

// withDefaults fills in what is zero.
func (o Options) withDefaults() Options {
	set := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	set(&o.Timers.T1, 200*time.Millisecond)
	set(&o.Timers.T2, 5*time.Second)
	set(&o.Timers.T3, 5*time.Second)
	set(&o.Timers.T4, 180*time.Second)
	set(&o.Timers.Quiet, 15*time.Second)
	set(&o.Timers.Poll, 10*time.Second)
	set(&o.Skew, 5*time.Minute)
	if o.Framing == "" {
		o.Framing = Serial
	}
	if o.Password == "" {
		o.Password = "000000"
	}
	if o.Currency == 0 {
		o.Currency = terminal.KWD
	}
	if o.Location == nil {
		o.Location = time.Local
	}
	return o
}

// Driver is a terminal.Terminal that speaks ZVT. It opens its link when it needs it,
// registers after every new link, and between calls answers what the terminal still
// has to say.
type Driver struct {
	open transport.Opener
	o    Options

	life    context.Context // ends with Close
	end     context.CancelFunc
	turn    chan struct{} // holds a token; who takes it owns the fields below
	wakePay chan struct{} // asks the running Pay to abort

	link       link
	unwatch    func() bool // ends the watch that closes link with life
	registered bool
	reg        Registered
	model      string
	opened     Command       // open at the terminal, which may still speak; 0 is none
	saved      terminal.Mark // the last approval that we voted for
	known      terminal.Mark // the last transaction that was over before a payment
	paper      slips         // printed since the call began
	fast       bool          // the line is at 115200 baud
	sequenced  bool          // messages are numbered
	seq        uint32        // the last number of either side
	theirs     uint32        // the number of the terminal's last command
	asked      uint32        // what the next answer repeats; 0 is none
	replied    APDU          // our answer to it
	idleStop   chan struct{}
	idleDone   chan struct{}
}

var _ terminal.Terminal = (*Driver)(nil)

// New returns a driver for the terminal that open reaches. Nothing is opened yet.
func New(open transport.Opener, o Options) *Driver {
	d := &Driver{open: open, o: o.withDefaults(), turn: make(chan struct{}, 1), wakePay: make(chan struct{}, 1)}
	d.paper.charset = charset437
	d.life, d.end = context.WithCancel(context.Background())
	d.turn <- struct{}{}
	return d
}

var errDriverClosed = errors.New("driver is closed")

// Close ends a running call, closes the link and returns when all goroutines have
// ended. The Driver cannot be used again.
func (d *Driver) Close() error {
	d.end()
	if _, ok := <-d.turn; ok {
		d.stopIdle()
		d.drop()
		close(d.turn)
	}
	return nil
}

// acquire waits for its turn.
func (d *Driver) acquire(ctx context.Context) error {
	if d.life.Err() != nil {
		return errDriverClosed
	}
	select {
	case _, ok := <-d.turn:
		if !ok || d.life.Err() != nil {
			if ok {
				d.turn <- struct{}{}
			}
			return errDriverClosed
		}
		d.stopIdle()
		d.paper = slips{charset: d.paper.charset}
		return nil
	case <-d.life.Done():
		return errDriverClosed
	case <-ctx.Done():
		return fmt.Errorf("terminal is in use: %w", ctx.Err())
	}
}

// release lets the next one in and listens meanwhile.
func (d *Driver) release() {
	if d.link != nil {
		d.idleStop, d.idleDone = make(chan struct{}), make(chan struct{})
		go d.idle(d.idleStop, d.idleDone)
	}
	d.turn <- struct{}{}
}

func (d *Driver) stopIdle() {
	if d.idleStop != nil {
		close(d.idleStop)
		<-d.idleDone
		d.idleStop, d.idleDone = nil, nil
	}
}

// drop closes the link. What the terminal still wants to say is lost; registration is
// due.
func (d *Driver) drop() {
	if d.link != nil {
		d.unwatch()
		d.link.shut()
		d.link = nil
	}
	d.registered, d.sequenced, d.theirs, d.asked = false, false, 0, 0
}

// Capabilities implements terminal.Terminal. Not every terminal can do everything that
// its protocol knows; what one refuses it says when it is asked for.
func (d *Driver) Capabilities() terminal.Capabilities {
	c := terminal.Capabilities{
		Hold: maxHold, Abort: !d.o.NoAbort, Reverse: true, EndOfDay: true,
		Tokens: d.o.Tokens, Slips: d.o.Columns > 0,
		Languages: slices.Sorted(maps.Keys(Languages)),
		Jobs:      []terminal.Job{terminal.JobDiagnosis, terminal.JobInitialise, terminal.JobClock},
	}
	if d.o.NoHold {
		c.Hold = 0
	}
	return c
}

// Status enquires. A terminal that must be polled for its own jobs wants it at least
// once a minute while nothing else is asked. The Status is filled in with an error
// too: Absent when the link cannot be opened, Offline when nobody answers.
func (d *Driver) Status(ctx context.Context) (devices.Status, error) {
	if err := d.acquire(ctx); err != nil {
		return devices.Status{Link: devices.Offline}, fmt.Errorf("cannot enquire the terminal: %w", err)
	}
	defer d.release()
	stale := d.o.Framing == TCP && d.link != nil
	status, err := d.status(ctx)
	if stale && d.link == nil && ctx.Err() == nil {
		// The connection was broken before: a terminal that lost its power leaves it
		// half open until somebody speaks.
		status, err = d.status(ctx)
	}
	if err != nil {
		return status, fmt.Errorf("cannot enquire the terminal: %w", err)
	}
	return status, nil
}

func (d *Driver) status(ctx context.Context) (devices.Status, error) {
	if err := d.connect(ctx); err != nil {
		var fault *devices.Fault
		switch {
		case errors.As(err, &fault):
			return devices.Status{Link: devices.Online, Fault: fault, Model: d.model}, nil
		case d.link == nil && errors.Is(err, errOpen):
			return devices.Status{Link: devices.Absent}, err
		}
		return devices.Status{Link: devices.Offline, Model: d.model}, err
	}
	state, err := d.enquire(ctx)
	if err != nil {
		var fault *devices.Fault
		if errors.As(err, &fault) {
			return devices.Status{Link: devices.Online, Fault: fault, Model: d.model}, nil
		}
		return devices.Status{Link: devices.Offline, Model: d.model}, err
	}
	return devices.Status{Link: devices.Online, Fault: StatusFault(state.Status), Model: d.model}, nil
}

// Last returns the mark of the last transaction in the terminal's journal; the zero
// Mark when it has none. How a terminal says so is not written: a refusal whose code
// names no hindrance counts as well.
func (d *Driver) Last(ctx context.Context) (terminal.Mark, error) {
	if err := d.acquire(ctx); err != nil {
		return terminal.Mark{}, fmt.Errorf("cannot ask for the last transaction: %w", err)
	}
	defer d.release()
	t, err := d.last(ctx)
	var no refusal
	if errors.As(err, &no) && no.command == MsgAborted && !hindered(no.code) {
		return terminal.Mark{}, nil
	}
	if err != nil {
		return terminal.Mark{}, fmt.Errorf("cannot ask for the last transaction: %w", err)
	}
	if t == nil {
		return terminal.Mark{}, nil
	}
	return t.Mark, nil
}

func (d *Driver) last(ctx context.Context) (*transaction, error) {
	if err := d.connect(ctx); err != nil {
		return nil, err
	}
	return d.repeat(ctx)
}

// hindered reports whether a code says that the terminal cannot answer, rather than
// that it has nothing to tell.
func hindered(code byte) bool {
	fault := StatusFault(code)
	return code == codeUnsupported || fault != nil &&
		(fault.Remedy == devices.RemedyConfiguration || fault.Remedy == devices.RemedyWait)
}

// Abort asks for the end of the running Pay; without one it does nothing.
func (d *Driver) Abort(context.Context) error {
	select {
	case d.wakePay <- struct{}{}:
	default: // asked already
	}
	return nil
}
