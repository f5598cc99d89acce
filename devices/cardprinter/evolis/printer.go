package evolis

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"murur/devices"
	"murur/devices/cardprinter"
	"murur/devices/transport"
)

// Chip personalises the chip of a card that stands at the contacts, through a reader
// that is not the printer's.
type Chip interface {
	Encode(ctx context.Context) error // writes and reads back
	Verify(ctx context.Context) error // reads back
}

// Options configure a Printer; the zero Options are a KC200B with a colour ribbon.
type Options struct {
	Profile Profile // KC200B when its Name is empty
	Ribbon  Ribbon  // YMCKO when empty
	Trace   transport.Trace
	Chip    Chip // nil: none; used only where the profile feeds to the contacts
}

// Printer is one card printer. Its methods may be called from any goroutine; the
// printer does one thing at a time.
type Printer struct {
	open transport.PipesOpener
	o    Options

	life context.Context // ends with Close
	end  context.CancelFunc
	turn chan struct{} // holds one token; whoever took it owns what follows

	// Owned by the holder of the turn.
	link     *link
	located  bool                  // since the link was opened
	found    *cardprinter.Location // by the sensors, with nothing moved since; nil: look twice
	card     card
	sequence bool // begun, and its end was not answered
	size     int  // prints of a new ribbon, 0 not known
	doubtful bool // the ribbon's count did not follow the last card
	why      error

	mu     sync.Mutex
	latest cardprinter.State // what was seen last
}

var _ cardprinter.Printer = (*Printer)(nil)

// stage is how far this driver has come with the card inside.
type stage int

const (
	none stage = iota
	fed
	verified
	presented
	spoiled // whatever it is, it is to be rejected
)

// card is what this driver knows of the card that it handles.
type card struct {
	stage    stage
	counters cardprinter.Counters // when the stage was reached
	unbroken bool                 // the link was not lost since
}

// Errors that callers match with errors.Is. After each nothing was moved.
var (
	ErrNotLocated  = errors.New("nothing may move before Locate was asked on this link")
	ErrNotVerified = errors.New("the card is not one that was printed and verified")
	ErrOccupied    = errors.New("a card is there already, or may be")
	errClosed      = fmt.Errorf("%w: printer is closed", devices.ErrLink)
)

// New starts nothing; the link is opened when it is first needed.
func New(open transport.PipesOpener, o Options) *Printer {
	if o.Profile.Name == "" {
		o.Profile = KC200B
	}
	if o.Ribbon == "" {
		o.Ribbon = YMCKO
	}
	p := &Printer{open: open, o: o, turn: make(chan struct{}, 1)}
	p.life, p.end = context.WithCancel(context.Background())
	p.latest = cardprinter.State{Status: devices.Status{Link: devices.Offline}, Ribbon: -1, Blanks: -1}
	p.turn <- struct{}{}
	return p
}

// Close ends what is running and gives the printer free.
func (p *Printer) Close() error {
	p.end()
	<-p.turn
	p.drop(errClosed)
	p.turn <- struct{}{}
	return nil
}

// begin waits for the turn and connects. The context it returns also ends with Close.
func (p *Printer) begin(ctx context.Context) (context.Context, func(), error) {
	select {
	case <-p.turn:
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	return p.enter(ctx)
}

// enter is begin for one who has the turn already.
func (p *Printer) enter(ctx context.Context) (context.Context, func(), error) {
	op, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(p.life, cancel)
	done := func() {
		stop()
		cancel()
		p.turn <- struct{}{}
	}
	err := error(errClosed)
	if p.life.Err() == nil {
		err = p.connect(op)
	}
	if err != nil {
		done()
		return nil, nil, err
	}
	return op, done, nil
}

// connect opens the link if there is none, and sets the printer up. Parameters move
// nothing, and until Pem is sent the printer may recover by itself.
func (p *Printer) connect(ctx context.Context) error {
	if p.link != nil {
		return nil
	}
	l, err := attach(ctx, p.life, p.open, p.o.Trace)
	if err != nil {
		p.why = err
		p.publish(offline(err))
		return fmt.Errorf("%w: cannot open it: %w", devices.ErrLink, err)
	}
	p.link, p.located, p.size = l, false, 0
	for _, command := range p.setup() {
		if err := p.set(ctx, command); err != nil {
			p.publish(offline(err))
			p.drop(err)
			return fmt.Errorf("cannot set the printer up: %s: %w", command, err)
		}
	}
	return nil
}

func (p *Printer) setup() []string {
	return append([]string{
		"Pem;2", "Psmgr;2", "Pcim;F", "Pcem;" + p.o.Profile.Exit, "Pneab;E", "Pcrm;D", "Pbc;A;D",
	}, p.o.Profile.Setup...)
}

// drop gives the link up. What is known of the card stays, but must be confirmed.
func (p *Printer) drop(why error) {
	if p.link != nil {
		p.link.pipes.Close()
	}
	p.link, p.located, p.found, p.card.unbroken, p.why = nil, false, nil, false, why
}

// ask asks, or moves; a link that is lost by it is given up.
func (p *Printer) ask(ctx context.Context, command string, limit time.Duration) (string, error) {
	if p.link == nil {
		return "", fmt.Errorf("%w: %w", devices.ErrLink, p.why)
	}
	reply, err := p.link.ask(ctx, command, limit)
	p.notice(err)
	return reply, err
}

// notice gives the link up after an error that means that it is lost.
func (p *Printer) notice(err error) {
	if errors.Is(err, devices.ErrLink) || errors.Is(err, transport.ErrGone) {
		p.publish(offline(err))
		p.drop(err)
	}
}

// safe sends what moves nothing, and once more when no reply came.
func (p *Printer) safe(ctx context.Context, command string, limit time.Duration) (string, error) {
	reply, err := p.ask(ctx, command, limit)
	if errors.Is(err, errNoReply) && p.link != nil {
		return p.ask(ctx, command, limit)
	}
	return reply, err
}

// query is a question that the printer need not know the answer to: "" then.
func (p *Printer) query(ctx context.Context, command string) string {
	reply, err := p.safe(ctx, command, askLimit)
	if err != nil {
		return ""
	}
	return reply
}

// set sends parameters.
func (p *Printer) set(ctx context.Context, commands ...string) error {
	for _, c := range commands {
		reply, err := p.safe(ctx, c, setLimit)
		if err == nil {
			err = accepted(reply)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", c, err)
		}
	}
	return nil
}

// move sends a command that moves a card, and waits until it has: some printers
// reply at the beginning.
func (p *Printer) move(ctx context.Context, command string, limit time.Duration) error {
	if err := p.send(ctx, command, limit); err != nil {
		return err
	}
	if err := p.ready(ctx, limit); err != nil {
		return fmt.Errorf("%w: %w", errBegun, err)
	}
	return nil
}

// errBegun is wrapped by the error of a movement that the printer had accepted. It may
// go on all the same: a hot head does not keep a card from being rejected.
var errBegun = errors.New("after it began to move")

// settle is how long to look for the end of a movement: not at all after one that was
// refused.
func settle(moved error) time.Duration {
	if isFault(moved) && !errors.Is(moved, errBegun) {
		return 0
	}
	return settleLimit
}

// ready waits until the printer says so.
func (p *Printer) ready(ctx context.Context, limit time.Duration) error {
	for deadline := time.Now().Add(limit); ; {
		reply, err := p.safe(ctx, "Rok", askLimit)
		switch {
		case err != nil && (p.link == nil || !errors.Is(err, errNoReply)):
			return err
		case err == nil && squeeze(reply) == "OK":
			return nil
		case err == nil && refusal(reply) != nil:
			return refusal(reply)
		case time.Now().After(deadline):
			return fmt.Errorf("it is not ready after %v: %q", limit, reply)
		}
		if err := sleep(ctx, between); err != nil {
			return err
		}
	}
}

// send sends an S-command, never twice.
func (p *Printer) send(ctx context.Context, command string, limit time.Duration) error {
	if !p.located {
		return ErrNotLocated
	}
	p.found = nil
	if command == "Ss" {
		p.sequence = true
	}
	reply, err := p.ask(ctx, command, limit)
	if err == nil {
		err = accepted(reply)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", command, err)
	}
	if command == "Se" || command == "Ser" {
		p.sequence = false
	}
	return nil
}

// wipe clears the bitmaps in the printer, which are a citizen's. Inside a sequence it may
// not be sent; there the next end of one makes up for it, and every job sends all of its
// panels anyway.
func (p *Printer) wipe(ctx context.Context) error {
	if p.sequence {
		return nil
	}
	return p.set(ctx, p.o.Profile.Clear...)
}

// mayMove says whether the printer is still the one that was set up and located. One
// that has forgotten its error mode was off in between.
func (p *Printer) mayMove(ctx context.Context) error {
	if !p.located {
		return ErrNotLocated
	}
	reply, err := p.safe(ctx, "Rem", askLimit)
	if err != nil {
		return err
	}
	if errorMode(reply) != 2 {
		err := fault(Settings, "Rem answers %q: the printer would recover by itself", reply)
		p.drop(err)
		return fmt.Errorf("%w: %w", ErrNotLocated, err)
	}
	return p.rest(ctx)
}

// rest waits until the printer does not move any more; what keeps it from moving is
// told by the next command that wants to.
func (p *Printer) rest(ctx context.Context) error {
	if err := p.ready(ctx, printLimit); err != nil && !isFault(err) {
		return err
	}
	return nil
}

func (p *Printer) publish(s cardprinter.State) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s.Model == "" {
		s.Model = p.latest.Model
	}
	p.latest = s
}

func (p *Printer) seen() cardprinter.State {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.latest
}

// offline is the state of a printer that cannot be asked.
func offline(err error) cardprinter.State {
	s := cardprinter.State{Ribbon: -1, Blanks: -1}
	s.Link, s.Fault = devices.Offline, fault(Offline, "%v", err)
	var f *devices.Fault
	switch {
	case errors.Is(err, transport.ErrGone), errors.Is(err, fs.ErrNotExist):
		s.Link = devices.Absent
	case errors.Is(err, transport.ErrBusy):
		s.Fault = fault(Busy, "%v", err)
	case errors.As(err, &f):
		s.Link, s.Fault = devices.Online, f
	}
	return s
}
