package escpossim

import (
	"slices"
	"time"

	"murur/devices"
)

func (p *Printer) set(f func()) {
	p.do(func() {
		f()
		p.changed = true
	})
	poke(p.wake)
}

// SetPaper sets how much paper is on the roll: ok, low or out. With out, the
// printer stops where it is, and goes on when there is paper again.
func (p *Printer) SetPaper(l devices.Level) {
	p.set(func() {
		p.m.level = l
		if l == devices.LevelOut && p.m.used() {
			p.m.disturbed = true
		}
	})
}

// Jam jams the paper now.
func (p *Printer) Jam() { p.set(p.m.setJam) }

// JamAfter jams the paper after so many more rows.
func (p *Printer) JamAfter(rows int) { p.set(func() { p.m.jamAfter = max(rows, 1) }) }

// ClearJam is a person who removes the jammed paper. The printer goes on with what
// is in its buffer.
func (p *Printer) ClearJam() {
	p.set(func() {
		if p.m.jam {
			p.m.jam = false
			p.m.torn()
		}
	})
}

func (p *Printer) OpenCover() {
	p.set(func() { p.m.cover, p.m.disturbed = true, p.m.disturbed || p.m.used() })
}
func (p *Printer) CloseCover() { p.set(func() { p.m.cover = false }) }

// SetCutterFault, SetHeadHot and SetVoltageLow set and end the faults of the
// electronics.
func (p *Printer) SetCutterFault(on bool) { p.set(func() { p.m.cutter = on }) }
func (p *Printer) SetHeadHot(on bool)     { p.set(func() { p.m.hot = on }) }
func (p *Printer) SetVoltageLow(on bool)  { p.set(func() { p.m.voltage = on }) }

// SetPerson changes who stands in front, for papers presented from now on.
func (p *Printer) SetPerson(person Person) { p.set(func() { p.person = person }) }

// Take is a person who takes the presented paper; false when there is none. A hand
// is not faster than 300 ms: a paper that has just come out leaves a little later.
func (p *Printer) Take() (takes bool) {
	p.set(func() {
		switch {
		case !p.m.output:
			return
		case time.Since(p.since) < reaction:
			p.takeIn(0)
		default:
			p.m.leave(devices.CustodyTaken)
		}
		takes = true
	})
	return takes
}

// boot is how long a printer hears and says nothing after it got power.
const boot = 5 * time.Second

// PowerCut switches the printer off and on: buffer, settings and a half command are
// gone, the paper stays where it is, and nothing is heard until it has started.
func (p *Printer) PowerCut() {
	time.AfterFunc(boot, func() { p.set(func() { p.off = false }) })
	p.set(func() {
		p.off = true
		p.buffer, p.recent, p.outbox, p.frame, p.stopped = nil, nil, nil, nil, false
		p.m.disturbed = p.m.disturbed || p.m.used()
		p.m.powerUp()
	})
}

// Silence keeps the printer from answering; it prints on.
func (p *Printer) Silence(on bool) { p.set(func() { p.silent = on }) }

// Unplug pulls the cable: the link ends.
func (p *Printer) Unplug() {
	p.mu.Lock()
	conn := p.conn
	p.mu.Unlock()
	if conn != nil {
		conn.Close()
	}
}

// Papers are the papers that have left the roll, oldest first, without blank ones.
func (p *Printer) Papers() []Paper {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.m.papers)
}

// Presented reports whether a paper stands in the output.
func (p *Printer) Presented() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.m.output
}

func (p *Printer) Counters() Counters {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.m.counters
}

// Violations are what a driver should not have done.
func (p *Printer) Violations() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.m.violations)
}
