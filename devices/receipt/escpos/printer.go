package escpos

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"murur/devices"
	"murur/devices/receipt"
	"murur/devices/receipt/bitmap"
	"murur/devices/transport"
)

// Renderer draws a job as a 1-bit picture of exactly dots width at dpi.
// layout.Renderer is one.
type Renderer interface {
	Render(j receipt.Job, dots, dpi int) (*bitmap.Bitmap, error)
}

// Options configure a Printer. Renderer must be set.
type Options struct {
	Profile      Profile // GenericCustom when its Name is empty
	Renderer     Renderer
	Trace        transport.Trace // may be called from two goroutines at once
	ReplyTimeout time.Duration   // for one real-time reply; 200 ms when 0
	ProofTimeout time.Duration   // added to twice the printing time; 10 s when 0
}

// Printer is one ESC/POS printer. Its methods may be called from any goroutine;
// the printer does one thing at a time.
type Printer struct {
	open transport.Opener
	o    Options

	life  context.Context // ends with Close
	end   context.CancelFunc
	turn  chan struct{}  // holds one token; whoever took it owns what follows
	tasks sync.WaitGroup // the recovery that Status may start

	// Owned by the holder of the turn.
	link    *link
	suspect bool            // the printer may hold a part of an old job
	half    bool            // and that job was ours
	custody devices.Custody // of the last paper
	serial  int             // of process ids

	mu     sync.Mutex
	busy   bool           // a job or a recovery is running
	latest devices.Status // what was seen last
}

var _ receipt.Printer = (*Printer)(nil)

// New starts nothing; the link is opened when it is first needed. Before the first
// job the printer is treated as one that lost power in the middle of another.
func New(open transport.Opener, opts Options) *Printer {
	if opts.Profile.Name == "" {
		opts.Profile = GenericCustom
	}
	if opts.ReplyTimeout == 0 {
		opts.ReplyTimeout = 200 * time.Millisecond
	}
	if opts.ProofTimeout == 0 {
		opts.ProofTimeout = 10 * time.Second
	}
	p := &Printer{open: open, o: opts, suspect: true, custody: devices.CustodyUnknown, turn: make(chan struct{}, 1)}
	p.life, p.end = context.WithCancel(context.Background())
	p.latest.Link = devices.Offline
	p.turn <- struct{}{}
	return p
}

// Close ends what is running, closes the link and returns when its goroutines have
// ended.
func (p *Printer) Close() error {
	p.end()
	<-p.turn
	p.drop()
	p.turn <- struct{}{}
	p.tasks.Wait()
	return nil
}

// errClosed is what every call meets after Close.
var errClosed = fmt.Errorf("%w: printer is closed", devices.ErrLink)

// begin waits for the turn. The context it returns also ends with Close.
func (p *Printer) begin(ctx context.Context) (context.Context, func(), error) {
	select {
	case <-p.turn:
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	if p.life.Err() != nil {
		p.turn <- struct{}{}
		return nil, nil, errClosed
	}
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(p.life, cancel)
	return ctx, func() {
		stop()
		cancel()
		p.turn <- struct{}{}
	}, nil
}

// connect opens the link if there is none.
func (p *Printer) connect(ctx context.Context) error {
	if p.link != nil && !p.link.dead() {
		return nil
	}
	p.drop()
	s, err := p.open(ctx)
	if err != nil {
		link := devices.Offline
		if errors.Is(err, transport.ErrGone) || errors.Is(err, fs.ErrNotExist) {
			link = devices.Absent
		}
		p.publish(devices.Status{Link: link, Fault: fault(Offline, "%v", err)})
		return fmt.Errorf("%w: cannot open it: %w", devices.ErrLink, err)
	}
	p.link = newLink(s, p.o.Trace, p.o.Profile.ByteRate)
	p.link.alive = func(ctx context.Context) error {
		r, err := p.look(ctx)
		if err == nil && r.fault != nil {
			return r.fault
		}
		return err
	}
	return nil
}

func (p *Printer) drop() {
	if p.link != nil {
		p.link.close()
		p.link = nil
	}
}

func (p *Printer) publish(s devices.Status) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.latest = s
}

func (p *Printer) setBusy(b bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.busy = b
}

func (p *Printer) seen() (latest devices.Status, busy bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.latest, p.busy
}

// look asks for the status once.
func (p *Printer) look(ctx context.Context) (report, error) {
	r, err := p.request(ctx)
	switch {
	case err == nil:
		p.publish(devices.Status{Link: devices.Online, Fault: r.fault, Supplies: map[string]devices.Level{"paper": r.paper}})
	case ctx.Err() == nil:
		p.publish(devices.Status{Link: devices.Offline, Fault: fault(Offline, "%v", err),
			Supplies: map[string]devices.Level{"paper": devices.LevelUnknown}})
	}
	return r, err
}

func (p *Printer) request(ctx context.Context) (report, error) {
	timeout := p.o.ReplyTimeout
	if p.o.Profile.Ordered == QueuedEOT {
		timeout *= 10 // behind what is in the buffer
	}
	if p.o.Profile.FullStatus {
		frame, err := p.link.ask(ctx, askFull, matchFull, timeout)
		if err != nil {
			return report{}, err
		}
		r, ok := decodeFull(frame)
		if !ok {
			return report{}, fmt.Errorf("%w: status % X makes no sense", devices.ErrLink, frame)
		}
		return r, nil
	}
	var b [5]byte
	for _, n := range p.o.Profile.EOT {
		reply, err := p.link.ask(ctx, askEOT(n), matchEOT(p.o.Profile.Loose), timeout)
		if err != nil {
			return report{}, err
		}
		b[n] = reply[0]
	}
	return decodeEOT(b), nil
}

// insist looks several times: one lost reply is not a lost printer, and some say
// nothing while paper moves. A printer that stays silent for longer may have been
// switched off and on, and forgotten what it had.
func (p *Printer) insist(ctx context.Context) (r report, err error) {
	tries := 3
	if p.o.Profile.Mute {
		tries = 15
	}
	for range tries {
		if r, err = p.look(ctx); err == nil || ctx.Err() != nil || p.link.dead() {
			return r, err
		}
	}
	return r, err
}

// reach connects when needed and looks. It must not be used inside a job: what a
// lost link swallowed is not on the paper.
func (p *Printer) reach(ctx context.Context) (report, error) {
	if err := p.connect(ctx); err != nil {
		return report{}, err
	}
	r, err := p.insist(ctx)
	if err != nil && ctx.Err() == nil && p.link.dead() {
		if err := p.connect(ctx); err != nil {
			return report{}, err
		}
		return p.insist(ctx)
	}
	return r, err
}

// Status asks the printer. A printer that does not answer is a status, not an
// error; the error is ctx's. While a job prints, Status is what the job saw last.
// A printer that may hold a part of an old job is cleaned first, and Status waits for
// that: what was seen before would be no ground to take money.
func (p *Printer) Status(ctx context.Context) (devices.Status, error) {
	if s, busy := p.seen(); busy {
		return s, nil
	}
	op, done, err := p.begin(ctx)
	if err != nil {
		s, busy := p.seen()
		if busy || errors.Is(err, errClosed) {
			return s, nil
		}
		return devices.Status{}, err
	}
	suspect := p.suspect
	if !suspect {
		p.reach(op) // what it saw is published
	}
	done()
	if !suspect {
		s, _ := p.seen()
		return s, ctx.Err()
	}
	// Cleaning moves paper: it must not stop half-way because a caller is in a
	// hurry, so it has its own time and keeps the turn.
	finished := make(chan struct{})
	p.tasks.Add(1)
	go func() {
		defer p.tasks.Done()
		defer close(finished)
		own, done, err := p.begin(p.life)
		if err != nil {
			return
		}
		defer done()
		if p.suspect {
			p.settle(own)
		}
	}()
	select {
	case <-finished:
		s, _ := p.seen()
		return s, nil
	case <-ctx.Done():
		return devices.Status{}, ctx.Err()
	}
}

// Taken waits until a presented paper leaves the output and says who has it. At the
// end of ctx it returns presented and ctx's error. Without an output sensor it
// returns unknown at once.
func (p *Printer) Taken(ctx context.Context) (devices.Custody, error) {
	if !p.o.Profile.FullStatus {
		return devices.CustodyUnknown, nil
	}
	for {
		c, err := p.whereabouts(ctx)
		if ctx.Err() != nil {
			return c, ctx.Err()
		}
		if err != nil || c != devices.CustodyPresented {
			return c, err
		}
		select {
		case <-time.After(pollTaken):
		case <-ctx.Done():
			return c, ctx.Err()
		}
	}
}

// pollTaken is well under the second in which a person can take the paper and the
// session can decide to retract it.
const pollTaken = 200 * time.Millisecond

func (p *Printer) whereabouts(ctx context.Context) (devices.Custody, error) {
	op, done, err := p.begin(ctx)
	if err != nil {
		return devices.CustodyPresented, err
	}
	defer done()
	if p.custody != devices.CustodyPresented {
		return p.custody, nil
	}
	r, err := p.reach(op)
	switch {
	case err != nil && ctx.Err() != nil:
		return devices.CustodyPresented, ctx.Err()
	case err != nil:
		// Nobody can say what happens to the paper while we do not look.
		p.custody = devices.CustodyUnknown
		return p.custody, fmt.Errorf("cannot see whether the paper was taken: %w", err)
	case r.fault != nil && r.fault.Code == PaperJam:
		p.custody = devices.CustodyUnknown
		return p.custody, r.fault
	case !r.output && !r.motor:
		p.custody = devices.CustodyTaken
	}
	return p.custody, nil
}

// Retract takes a presented paper back in. It returns who has the paper, which is
// the person when they were faster.
func (p *Printer) Retract(ctx context.Context) (devices.Custody, error) {
	if p.o.Profile.Retract == nil {
		return devices.CustodyUnknown, errors.New("cannot retract: the printer has no presenter")
	}
	op, done, err := p.begin(ctx)
	if err != nil {
		return devices.CustodyUnknown, err
	}
	defer done()
	r, err := p.reach(op)
	if err != nil {
		return devices.CustodyUnknown, fmt.Errorf("cannot retract: %w", err)
	}
	if !r.output {
		if p.custody == devices.CustodyPresented {
			p.custody = devices.CustodyTaken
		}
		return p.custody, nil
	}
	if err := p.pullIn(op); err != nil {
		p.custody = devices.CustodyUnknown
		return p.custody, fmt.Errorf("cannot retract: %w", err)
	}
	p.custody = devices.CustodyRetracted
	return p.custody, nil
}

// pullIn retracts and waits until everything before it is done and the output is
// empty.
func (p *Printer) pullIn(ctx context.Context) error {
	if err := p.link.write(ctx, p.o.Profile.Retract, false); err != nil {
		return err
	}
	p.probe(ctx, probeLimit)
	const limit = 10 * time.Second
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); {
		if err := p.link.pause(ctx, pollProof); err != nil {
			return err
		}
		r, err := p.look(ctx)
		switch {
		case err != nil: // silent while the paper moves
		case r.fault != nil:
			return r.fault
		case !r.output && !r.motor:
			return nil
		}
	}
	return fmt.Errorf("the paper is still in the output after %s", limit)
}
