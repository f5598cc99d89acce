package evolissim

import (
	"slices"
	"strings"

	"murur/devices/transport"
)

// Kind is what goes wrong.
type Kind int

const (
	Unplugged   Kind = iota + 1 // the cable; the printer works off what it has
	PowerFails                  // until PowerOn
	CoverOpens                  // until Cover(false)
	RibbonEnds                  // until LoadRibbon
	FeederRuns                  // empty, until LoadFeeder
	Jams                        // until ClearJam
	HeadHeats                   // until HeadHot(false)
	BoxFills                    // the reject box, until EmptyRejectBox
	HandPulls                   // somebody pulls the card that is in the exit or on its way
	SensorDrift                 // the exit sensor says 2,50 Volts, until Sensor("")

	ReplyMissing // from here on: what becomes of a reply
	ReplySplit
	ReplyTwice
	ReplyLate // after the driver has given up
	ReplyOK   // OK instead of a value
)

// Fault is something that goes wrong once, at its moment; with none of the moments
// set, at once.
type Fault struct {
	Kind    Kind
	Bytes   int    // when so many more bytes were received
	Nth     int    // when the so many-th command from now was received, before it is done
	Panel   int    // in the middle of the so many-th panel from now
	Command string // when a command that begins so was received; or, for a reply, is answered
	Moves   string // for Jams: when a card is moved so: feed, eject, reject or return
}

// Inject lets a fault happen.
func (p *Printer) Inject(f Fault) {
	p.mu.Lock()
	defer p.unlock()
	if f.Kind < ReplyMissing && f.Bytes == 0 && f.Nth == 0 && f.Panel == 0 && f.Command == "" && f.Moves == "" {
		p.happen(f.Kind)
		return
	}
	p.faults = append(p.faults, f)
}

// ClearFaults forgets those that have not happened yet.
func (p *Printer) ClearFaults() {
	p.mu.Lock()
	defer p.unlock()
	p.faults = nil
}

// count counts a moment of the faults that wait for it, and lets those happen whose
// number is reached.
func (p *Printer) count(n int, moment func(*Fault) *int) {
	const due = -1
	for i := range p.faults {
		if at := moment(&p.faults[i]); *at > 0 {
			if *at -= n; *at == 0 {
				*at = due
			}
		}
	}
	p.strike(func(f Fault) bool { return *moment(&f) == due })
}

// strike lets the faults happen whose moment has come.
func (p *Printer) strike(due func(Fault) bool) {
	var now []Kind
	p.faults = slices.DeleteFunc(p.faults, func(f Fault) bool {
		hit := due(f)
		if hit && f.Kind < ReplyMissing {
			now = append(now, f.Kind)
		}
		return hit
	})
	for _, k := range now {
		p.happen(k)
	}
}

func (p *Printer) happen(k Kind) {
	p.changed = true
	p.struck++
	switch k {
	case Unplugged:
		p.plugged = false
		p.hangUp(transport.ErrGone)
	case PowerFails:
		p.powerOff()
	case CoverOpens:
		p.cover = true
	case RibbonEnds:
		p.ribbon = 0
		if p.job.open {
			p.latched = "ERROR RIBBON"
		}
	case FeederRuns:
		p.feeder = 0
	case Jams:
		p.jam = true
	case HeadHeats:
		p.hot = true
	case BoxFills:
		p.full = true
	case HandPulls:
		p.pull()
	case SensorDrift:
		p.lie = "2,50 Volts"
	}
}

// powerOff stops all where it is. Cards stay, counters too.
func (p *Printer) powerOff() {
	if m := p.moving; m != nil {
		m.timer.Stop()
		if m.stopped != nil {
			m.stopped(p.part())
		}
		p.moving = nil
	}
	p.powered = false
	p.received, p.pending = nil, nil
	p.hangUp(transport.ErrGone)
}

// PowerCut takes the printer's power away.
func (p *Printer) PowerCut() { p.Inject(Fault{Kind: PowerFails}) }

// PowerOn gives it back. The printer starts as it does, without error mode, sequence
// and held ejection.
func (p *Printer) PowerOn() {
	p.mu.Lock()
	defer p.unlock()
	if !p.powered {
		p.powered, p.changed = true, true
		p.powerUp()
	}
}

// Reboot lets the printer start anew without a word: the link stays up.
func (p *Printer) Reboot() {
	p.operate(func() {
		pipes := p.pipes
		p.pipes = nil
		p.powerOff()
		p.powered, p.pipes = true, pipes
		p.powerUp()
	})
}

// Unplug pulls the cable; Plug puts it back.
func (p *Printer) Unplug() { p.Inject(Fault{Kind: Unplugged}) }
func (p *Printer) Plug()   { p.operate(func() { p.plugged = true }) }

// operate is something an operator does; a printer that waits for it goes on.
func (p *Printer) operate(f func()) {
	p.mu.Lock()
	defer p.unlock()
	f()
	p.changed = true
	p.noticeHand()
}

func (p *Printer) noticeHand() {
	if m := p.moving; m != nil && m.hand != nil {
		m.hand()
	}
}

// Cover opens or closes the cover.
func (p *Printer) Cover(open bool) { p.operate(func() { p.cover = open }) }

// ClearJam is an operator who frees the cards. Those inside stay there, pushed into
// place.
func (p *Printer) ClearJam() {
	p.operate(func() {
		p.jam = false
		if p.stuck != nil {
			p.place(p.stuck, Inside)
			p.stuck = nil
		}
	})
}

// HeadHot sets and ends the head's overheating.
func (p *Printer) HeadHot(hot bool) { p.operate(func() { p.hot = hot }) }

// LoadFeeder adds blanks.
func (p *Printer) LoadFeeder(blanks int) { p.operate(func() { p.feeder += blanks }) }

// LoadRibbon puts a ribbon with so many prints in; a negative number takes it out.
func (p *Printer) LoadRibbon(prints int) { p.operate(func() { p.ribbon = prints }) }

// EmptyRejectBox takes the rejected cards out, and says how many there were. Cards
// still lists them.
func (p *Printer) EmptyRejectBox() (n int) {
	p.operate(func() { n, p.boxed, p.full = p.boxed, 0, false })
	return n
}

// RemoveInside is an operator who takes the card out of the print position, by hand,
// and puts it to the rejected ones.
func (p *Printer) RemoveInside() {
	p.operate(func() {
		if p.inside != nil && p.moving == nil {
			p.place(p.inside, RejectBox)
		}
	})
}

// RemoveExit is the same for the card in the exit.
func (p *Printer) RemoveExit() {
	p.operate(func() {
		if p.exit != nil && p.moving == nil {
			p.place(p.exit, RejectBox)
		}
	})
}

// Sensor lets the exit sensor say a text, such as "2,50 Volts"; "" ends it.
func (p *Printer) Sensor(text string) { p.operate(func() { p.lie = text }) }

// Take is a citizen who takes the card in the exit; false when there is none.
func (p *Printer) Take() bool {
	p.mu.Lock()
	defer p.unlock()
	if p.exit == nil || p.moving != nil && p.moving.card != nil {
		return false
	}
	p.place(p.exit, Taken)
	p.noticeHand()
	return true
}

// HandPull is a citizen who catches a card also while it moves through the exit; false
// when there is none to be caught.
func (p *Printer) HandPull() bool {
	p.mu.Lock()
	defer p.unlock()
	return p.pull()
}

func (p *Printer) pull() bool {
	c := p.exit
	if m := p.moving; c == nil && m != nil && m.out && p.part() >= 0.5 {
		c = m.card
	}
	if c == nil {
		return false
	}
	p.place(c, Taken)
	p.noticeHand()
	return true
}

// PushBack is a citizen who pushes the card that was taken last back into the exit;
// false when there is none or the exit is not free.
func (p *Printer) PushBack() bool {
	p.mu.Lock()
	defer p.unlock()
	if p.exit != nil || p.moving != nil && p.moving.out {
		return false
	}
	for _, c := range slices.Backward(p.cards) {
		if c.Place == Taken {
			p.place(c, Exit)
			return true
		}
	}
	return false
}

// Cards are those that have left the feeder, in this order.
func (p *Printer) Cards() []Card {
	p.mu.Lock()
	defer p.mu.Unlock()
	var cards []Card
	for _, c := range p.cards {
		copied := c.Card
		copied.Front.layers = slices.Clone(c.Front.layers)
		copied.Back.layers = slices.Clone(c.Back.layers)
		cards = append(cards, copied)
	}
	return cards
}

// View is what a person sees who opens the cabinet.
type View struct {
	Plugged, Powered  bool
	Moving            bool
	Feeder            int // blanks
	Inside, Exit      int // the number of the card there, or 0
	RejectBox         int // cards in it
	RejectFull        bool
	Ribbon            int // prints left; negative: none is in
	Cover, Jam, Hot   bool
	Fed               int // cards since New
	Taken             int
	Rejected          int // since New, emptied ones too
	Inserted, Printed int // the printer's own counters: cards, panels
	Mode              int // of errors
	Held              bool
	Received          int // bytes since New
	Struck            int // faults that have happened
}

// View looks at the printer.
func (p *Printer) View() View {
	p.mu.Lock()
	defer p.mu.Unlock()
	v := View{
		Plugged: p.plugged, Powered: p.powered, Moving: p.moving != nil, Feeder: p.feeder,
		RejectBox: p.boxed, RejectFull: p.boxed >= p.o.RejectBox || p.full, Ribbon: p.ribbon,
		Cover: p.cover, Jam: p.jam, Hot: p.hot, Fed: len(p.cards), Inserted: p.inserted, Printed: p.panels,
		Mode: p.settings.mode, Held: p.settings.allowed == "0", Received: p.total, Struck: p.struck,
	}
	if p.inside != nil {
		v.Inside = p.inside.Number
	}
	if p.exit != nil {
		v.Exit = p.exit.Number
	}
	for _, c := range p.cards {
		switch c.Place {
		case Taken:
			v.Taken++
		case RejectBox:
			v.Rejected++
		}
	}
	return v
}

// Violations are what a driver should not have done.
func (p *Printer) Violations() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.violations)
}

// String is the panels of a card, for messages.
func (c Card) String() string {
	return strings.Join([]string{string(c.Place), c.Front.Layers(), c.Back.Layers()}, "/")
}
