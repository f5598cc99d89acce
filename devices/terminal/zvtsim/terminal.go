package zvtsim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"murur/devices/terminal"
	"murur/devices/terminal/zvt"
	"murur/devices/transport"
)

// Policy is what the terminal does with an approved payment when the kiosk's vote
// does not come. The manual's own chapters contradict each other.
type Policy byte

const (
	AR1 Policy = iota // the terminal reverses by itself
	AR3               // the terminal must not reverse: the payment stands
	AR5               // there is no reversal: the payment is set to declined
)

// AbortPolicy is what the terminal does with a 06 B0 during a payment.
type AbortPolicy byte

const (
	AbortUntilHost AbortPolicy = iota // taken until the host is asked, then 84 83
	AbortRefused                      // 84 83 always
	AbortIgnored                      // acknowledged and never answered
)

// Pauses are how long the simulated world takes. Zero is at once.
type Pauses struct {
	Answer time.Duration // before every message of the terminal
	Card   time.Duration // until the customer's card is there
	PIN    time.Duration // until the PIN is entered
	Host   time.Duration // until the bank answers
	Remove time.Duration // until the card is taken out
}

// Options of a Terminal. The zero value is a serial terminal 40001027 in Kuwaiti
// dinars with password 000000 whose customers pay at once.
type Options struct {
	Framing    zvt.Framing
	TerminalID string // eight digits
	Currency   int    // ISO 4217 number
	Password   string // six digits
	Version    string // of its software
	Seed       uint64 // shuffles fields
	Policy     Policy
	Abort      AbortPolicy
	// NoHold makes "not yet" (84 9C) a vote against, as of terminals that know no issue
	// of goods.
	NoHold bool
	// Sequence agrees to numbered messages when the kiosk offers them.
	Sequence bool
	// RestartReceipts lets receipt numbers begin at 1 after an end of day.
	RestartReceipts bool
	// Baud paces the line in both directions, eleven bit times to a byte; 0 is at once.
	// The line then takes its own time, on whatever it is served.
	Baud int
	// FastLine takes 08 40: the line can go to 115200 baud. See OpenerAt.
	FastLine bool
	// RepeatAll makes 06 20 repeat declined and reversed transactions too; else the
	// last one that stands is repeated.
	RepeatAll bool
	Pauses    Pauses
	// CardTimeout is how long it waits for a person; 60 s when 0.
	CardTimeout time.Duration
	// VoteTimeout is how long it waits for the answer to a good 04 0F; 30 s when 0.
	VoteTimeout time.Duration
	Location    *time.Location // of its clock; time.Local when nil
	Trace       transport.Trace
}

// Terminal is a payment terminal with its journal and the bank behind it. Serve talks
// to the kiosk; all other methods may be called at any time.
type Terminal struct {
	o    Options
	keys chan key
	cut  chan struct{} // the power is to be cut
	line chan struct{} // a token: one Serve at a time

	mu         sync.Mutex
	customer   Customer
	faults     []*Fault
	struck     int
	offline    bool
	busy       bool
	silent     bool
	status     byte
	state      string
	display    string
	violations []string
	book       []*Transaction
	batches    []Batch
	language   byte
	speed      int // of its serial line
	in, out    int // bytes that crossed the wire
	marks      []*mark
	last       *Transaction // repeated by 06 20
	trace      int
	receipt    int

	// Of the serving goroutine.
	rnd      *rand.Rand
	rebooted bool // lost its power since the last registration
}

// New returns an idle terminal with an empty journal.
func New(o Options) *Terminal {
	if o.Framing == "" {
		o.Framing = zvt.Serial
	}
	if o.TerminalID == "" {
		o.TerminalID = "40001027"
	}
	if o.Currency == 0 {
		o.Currency = terminal.KWD
	}
	if o.Password == "" {
		o.Password = "000000"
	}
	if o.Version == "" {
		o.Version = "SIM 1.10"
	}
	if o.CardTimeout == 0 {
		o.CardTimeout = time.Minute
	}
	if o.VoteTimeout == 0 {
		o.VoteTimeout = 30 * time.Second
	}
	if o.Location == nil {
		o.Location = time.Local
	}
	t := &Terminal{
		o: o, keys: make(chan key, 1), cut: make(chan struct{}, 1), line: make(chan struct{}, 1),
		speed: slow, trace: 411, receipt: 310, rnd: rand.New(rand.NewPCG(o.Seed, 0x5A56_5421)),
	}
	t.line <- struct{}{}
	t.show("idle", "Welcome")
	return t
}

// ErrPowerLost ends a Serve whose terminal died, by a fault or by CutPower. The
// journal is kept; the next Serve is the terminal switched on again.
var ErrPowerLost = errors.New("terminal lost its power")

// Serve talks to one kiosk over rw until rw ends, ctx ends or the power is lost, and
// closes rw. A second Serve waits for the first one: there is one line.
func (t *Terminal) Serve(ctx context.Context, rw io.ReadWriteCloser) error {
	return t.serveAt(ctx, rw, 0)
}

// Speeds of the serial line; a terminal that was switched on is slow.
const (
	slow = 9600
	fast = 115200
)

// serveAt serves a line of a speed, 0 of any.
func (t *Terminal) serveAt(ctx context.Context, rw io.ReadWriteCloser, speed int) error {
	defer rw.Close()
	select {
	case <-t.line:
		defer func() { t.line <- struct{}{} }()
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-t.cut: // of the power that was on before
	default:
	}
	l := newLine(ctx, t, rw)
	l.speed = speed
	defer l.close()
	s := &session{Terminal: t, line: l}
	err := s.serve()
	if errors.Is(err, ErrPowerLost) {
		t.show("dead", "")
		t.rebooted = true
		t.setSpeed(slow)
	} else {
		t.show("idle", "Welcome")
	}
	return err
}

func (t *Terminal) setSpeed(baud int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.speed = baud
}

// deaf reports whether a line's speed is not the terminal's.
func (l *line) deaf() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.silent || l.speed != 0 && l.speed != l.Terminal.speed
}

// Language is the code that the kiosk set by 08 30.
func (t *Terminal) Language() byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.language
}

// Opener opens lines to t in memory; each is served until either end closes it.
func (t *Terminal) Opener() transport.Opener { return t.OpenerAt(0) }

// OpenerAt is Opener for a line of so many baud: with a terminal that runs at another
// speed, neither side hears the other.
func (t *Terminal) OpenerAt(baud int) transport.Opener {
	return func(ctx context.Context) (transport.Stream, error) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		kiosk, far := net.Pipe()
		go t.serveAt(context.Background(), far, baud)
		return kiosk, nil
	}
}

// SetCustomer says who stands there at the next payments.
func (t *Terminal) SetCustomer(c Customer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.customer = c
}

// Tap presents the customer's card and enters the right PIN: the payment is approved
// unless the bank cannot be reached. Like the other keys it does something only while
// the terminal waits for a Manual customer.
func (t *Terminal) Tap() { t.press(key{kind: keyTap}) }

// Decline presents a card that the bank refuses with code (27 of the 04 0F).
func (t *Terminal) Decline(code byte) { t.press(key{kind: keyDecline, code: code}) }

// CancelKey presses the red key.
func (t *Terminal) CancelKey() { t.press(key{kind: keyCancel}) }

func (t *Terminal) press(k key) {
	select {
	case t.keys <- k:
	default: // a key is waiting already
	}
}

// CutPower ends the running Serve with ErrPowerLost.
func (t *Terminal) CutPower() {
	select {
	case t.cut <- struct{}{}:
	default:
	}
}

// SetPolicy says what becomes of approved payments without a vote from now on.
func (t *Terminal) SetPolicy(p Policy) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.o.Policy = p
}

// SetOffline takes away the terminal's line to the bank.
func (t *Terminal) SetOffline(offline bool) { t.set(&t.offline, offline) }

// SetBusy makes it refuse every command with 84 9C.
func (t *Terminal) SetBusy(busy bool) { t.set(&t.busy, busy) }

// SetSilent makes it mute: bytes go nowhere, none come.
func (t *Terminal) SetSilent(silent bool) { t.set(&t.silent, silent) }

func (t *Terminal) set(b *bool, v bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	*b = v
}

// SetStatus sets what the status enquiry answers; 00 is ready.
func (t *Terminal) SetStatus(code byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.status = code
}

// State is what the terminal does: idle, card, pin, host, vote, hold, undoing, remove, busy
// or dead.
func (t *Terminal) State() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.state
}

// Display is what its screen says, line by line.
func (t *Terminal) Display() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.display
}

func (t *Terminal) show(state, display string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.state, t.display = state, display
}

// Violations is what the kiosk did against the protocol, in order.
func (t *Terminal) Violations() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]string(nil), t.violations...)
}

func (t *Terminal) violate(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.violations = append(t.violations, fmt.Sprintf(format, args...))
}
