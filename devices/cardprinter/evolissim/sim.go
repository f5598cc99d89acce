package evolissim

import (
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"time"

	"murur/devices/transport"
)

// Options of a Printer; the zero Options are a KC200B with a colour ribbon and a full
// feeder.
type Options struct {
	Model      Model // KC200B when its Name is empty
	Serial     string
	Ribbon     string // ymcko, ymckok or k; ymcko when empty
	RibbonSize int    // prints of a new ribbon; 300 when 0
	Blanks     int    // in the feeder; 100 when 0, none when negative
	RejectBox  int    // its capacity; 20 when 0
	Speed      float64
	MaxPacket  int             // of the bulk pipes; 64 when 0
	Trace      transport.Trace // is called with the printer locked: must not call it back
	// Moved, when set, is told of every movement of the mechanics that has ended, with the
	// printer locked: it must not call it back.
	Moved func(began, ended time.Time)
	// Changed, when set, is called after every change of what a person can see, without
	// locks held.
	Changed func()
}

// Printer is the simulated printer. Its methods may be called from any goroutine at
// any time, also while a host talks to it.
type Printer struct {
	o Options

	mu      sync.Mutex
	pipes   *pipes // the claimed interface, or nil
	plugged bool
	powered bool
	changed bool

	received []byte // not yet worked off
	parser   parser
	pending  *command
	room     signal // what was received became less

	settings settings
	bitmaps  map[byte]*bitmap
	job      job
	moving   *movement
	latched  string // how the last job ended

	feeder     int
	inside     *card
	exit       *card
	stuck      *card // in the cabinet, where no sensor sees it
	cards      []*card
	boxed      int // cards in the reject box
	ribbon     int // prints left
	panels     int // counter
	inserted   int // counter
	cover      bool
	jam        bool
	hot        bool
	full       bool    // the reject box says so
	lie        string  // what the exit sensor says instead
	faults     []Fault // that wait for their moment
	total      int     // bytes received
	struck     int     // faults that have happened
	violations []string
	asked      map[string]bool // since the link was claimed, power came, or a job ended
	known      bool            // somebody has asked where the cards are
	leftover   bool            // commands of the link before are still to be worked off
}

// card is one that left the feeder.
type card struct {
	Card
	verified bool // asked about, after its job
}

// settings are what parameters set, and a power cut forgets.
type settings struct {
	mode     int
	async    bool
	insert   byte   // F, M or B
	exit     byte   // where Se ejects
	eject    bool   // after printing
	allowed  string // Pneab;A: "", "0" or "1"
	bezel    byte   // what becomes of a card in the exit: D, N or R
	delay    time.Duration
	ribbonAs string
}

// job is the sequence under way.
type job struct {
	open bool
	back bool // side of the downloads
	dead bool
	last *panel  // downloaded, not yet printed
	done []panel // printed
	set  bool    // the ribbon's count has stepped
}

// panel is a download.
type panel struct {
	letter byte
	back   bool
}

// New switches a printer on, plugged in, without cards inside.
func New(o Options) *Printer {
	if o.Model.Name == "" {
		o.Model = KC200B
	}
	if o.Serial == "" {
		o.Serial = "SIM0000001"
	}
	if o.Ribbon == "" {
		o.Ribbon = "ymcko"
	}
	if o.RibbonSize == 0 {
		o.RibbonSize = 300
	}
	if o.Blanks == 0 {
		o.Blanks = 100
	}
	if o.RejectBox == 0 {
		o.RejectBox = 20
	}
	if o.Speed == 0 {
		o.Speed = 1
	}
	if o.MaxPacket == 0 {
		o.MaxPacket = 64
	}
	p := &Printer{
		o: o, plugged: true, powered: true, parser: newParser(o.Model.Four), room: newSignal(),
		feeder: max(0, o.Blanks), ribbon: o.RibbonSize, panels: 4000, inserted: 1000,
	}
	p.powerUp()
	return p
}

// powerUp is what a printer knows when it starts.
func (p *Printer) powerUp() {
	p.settings = settings{insert: 'F', exit: p.o.Model.Exit, eject: true, bezel: 'R', delay: handTime}
	if p.o.Model.SavesMode {
		p.settings.mode = 2
	}
	if p.bitmaps == nil || p.o.Model.ForgetsBitmaps {
		p.bitmaps = map[byte]*bitmap{}
		p.wipe("ymcko", 0)
	}
	p.job, p.latched, p.known, p.asked = job{}, "", false, map[string]bool{}
	p.parser = newParser(p.o.Model.Four)
	p.received, p.pending = nil, nil
}

func (p *Printer) wipe(letters string, value byte) {
	for _, l := range []byte(letters) {
		bits := 7
		if l == 'k' || l == 'o' {
			bits = 1
		}
		if value == 0 {
			p.bitmaps[l] = blank(bits)
		} else {
			p.bitmaps[l] = filled(bits, value)
		}
	}
}

// Pipes claims the printer's interface. Errors: transport.ErrGone when it is not
// plugged in or has no power, transport.ErrBusy while it is claimed.
func (p *Printer) Pipes() (transport.Pipes, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case !p.plugged || !p.powered:
		return nil, transport.ErrGone
	case p.pipes != nil:
		return nil, transport.ErrBusy
	}
	p.known, p.leftover = false, p.pending != nil || len(p.received) > 0
	p.pipes = &pipes{p: p, dead: make(chan struct{}), more: newSignal()}
	return p.pipes, nil
}

// unlock ends a change and tells the observer.
func (p *Printer) unlock() {
	changed := p.changed
	p.changed = false
	p.mu.Unlock()
	if changed && p.o.Changed != nil {
		p.o.Changed()
	}
}

func (p *Printer) violate(format string, args ...any) {
	p.violations = append(p.violations, fmt.Sprintf(format, args...))
	p.changed = true
}

func (p *Printer) trace(d transport.Direction, b []byte) {
	if p.o.Trace != nil {
		p.o.Trace(d, b)
	}
}

// receive takes bytes off the cable, one fault after the other in between.
func (p *Printer) receive(b []byte) {
	for len(b) > 0 && p.pipes != nil {
		n := len(b)
		for i := range p.faults {
			if at := p.faults[i].Bytes; at > 0 {
				n = min(n, at)
			}
		}
		p.total += n
		p.received = append(p.received, b[:n]...)
		b = b[n:]
		p.work()
		p.count(n, func(f *Fault) *int { return &f.Bytes })
	}
}

// work works off what was received, until a movement has to be waited for.
func (p *Printer) work() {
	for p.powered {
		if p.pending == nil {
			if len(p.received) == 0 {
				break
			}
			n, c := p.parser.take(p.received)
			p.received = p.received[n:]
			if c == nil {
				continue
			}
			p.pending = c
			header := "\x1b" + c.text()
			if c.data != nil {
				header += ";"
			}
			p.trace(transport.ToDevice, []byte(header))
			if p.count(1, func(f *Fault) *int { return &f.Nth }); !p.powered {
				break
			}
		}
		if p.moving != nil && (!p.o.Model.EarlyReplies || strings.ContainsAny(p.pending.words[0][:min(1, len(p.pending.words[0]))], "SDW")) {
			break
		}
		c := p.pending
		p.pending = nil
		name := c.text()
		p.strike(func(f Fault) bool {
			return f.Command != "" && strings.HasPrefix(name, f.Command) && f.Kind < ReplyMissing
		})
		if p.powered {
			p.execute(c)
		}
	}
	p.room.raise()
}

// reply answers the command that is being worked off.
func (p *Printer) reply(command, text string) {
	var kind Kind
	p.strike(func(f Fault) bool {
		hit := kind == 0 && f.Kind >= ReplyMissing && strings.HasPrefix(command, f.Command)
		if hit {
			kind = f.Kind
		}
		return hit
	})
	p.trace(transport.FromDevice, []byte(text))
	if kind == ReplyOK {
		text = "OK"
	}
	full := []byte(text + p.o.Model.Terminator)
	switch kind {
	case ReplyMissing:
	case ReplySplit:
		p.put(full[:1])
		p.later(20*time.Millisecond, full[1:])
	case ReplyTwice:
		p.put(full)
		p.later(time.Millisecond, full)
	case ReplyLate:
		p.later(2500*time.Millisecond, full)
	default:
		p.put(full)
	}
}

// put hands bytes to the host, if one is there.
func (p *Printer) put(b []byte) {
	if p.pipes != nil {
		p.pipes.in = append(p.pipes.in, b...)
		p.pipes.more.raise()
	}
}

// later is put, for the same host, after a while.
func (p *Printer) later(d time.Duration, b []byte) {
	to := p.pipes
	time.AfterFunc(d, func() {
		p.mu.Lock()
		defer p.unlock()
		if to == p.pipes {
			p.put(b)
		}
	})
}

// hangUp ends the claim.
func (p *Printer) hangUp(why error) {
	if p.pipes != nil {
		p.pipes.die(why)
	}
}

// softReset is the class request: buffers and half a command are gone.
func (p *Printer) softReset() {
	p.received, p.pending = nil, nil
	p.parser = newParser(p.o.Model.Four)
	p.job.open, p.job.last = false, nil
	p.pipes.in = nil
	p.room.raise()
}

var errClosed = fs.ErrClosed
