package evolissim

import (
	"strings"
	"time"
)

// movement is what the mechanics are doing.
type movement struct {
	timer *time.Timer
	began time.Time
	takes time.Duration
	card  *card
	out   bool // towards the exit, or in from it: a hand can catch the card
	// stopped tells where the card is when the power goes, by how far it came (0–1).
	stopped func(part float64)
	// hand ends the movement early: what it waited for has happened.
	hand func()
}

// start begins a movement; done is called, with the printer locked, at its end.
func (p *Printer) start(m movement, done func()) {
	m.began, m.takes = time.Now(), time.Duration(float64(m.takes)/p.o.Speed)
	mv := &m
	p.moving, p.changed = mv, true
	m.timer = time.AfterFunc(m.takes, func() {
		p.mu.Lock()
		defer p.unlock()
		if p.moving == mv {
			p.finish(done)
		}
	})
}

func (p *Printer) finish(done func()) {
	p.moving.timer.Stop()
	if p.o.Moved != nil {
		p.o.Moved(p.moving.began, time.Now())
	}
	p.moving, p.changed = nil, true
	done()
	p.work()
}

// part is how far the movement under way has come.
func (p *Printer) part() float64 {
	if p.moving == nil || p.moving.takes <= 0 {
		return 1
	}
	return min(1, float64(time.Since(p.moving.began))/float64(p.moving.takes))
}

// condition is what keeps the mechanics from moving, in the printer's words.
func (p *Printer) condition() string {
	switch {
	case p.cover:
		return "COVER OPEN"
	case p.jam:
		return "CARD JAM"
	}
	return ""
}

// feed brings a blank from the feeder inside, and goes on with then, which is told why
// it did not work.
func (p *Printer) feed(then func(trouble string)) {
	p.strike(func(f Fault) bool { return f.Kind == Jams && f.Moves == "feed" })
	switch {
	case p.condition() != "":
		then(p.condition())
		return
	case p.inside != nil:
		p.violate("a card was fed behind another")
		p.jam = true
		then("CARD JAM")
		return
	case p.feeder == 0:
		then("FEEDER EMPTY")
		return
	}
	p.feeder--
	p.inserted++
	c := &card{Card: Card{Number: len(p.cards) + 1, Place: Inside}}
	p.cards = append(p.cards, c)
	p.inside = c // in the throat, where the sensor sees it
	p.start(movement{takes: feedTime, card: c}, func() { then(p.condition()) })
}

// takeIn brings the card in the exit back inside.
func (p *Printer) takeIn(then func(trouble string)) {
	switch c := p.exit; {
	case p.condition() != "":
		then(p.condition())
	case c == nil:
		p.start(movement{takes: 5 * time.Second}, func() { then("ERROR TIME OUT") })
	case p.inside != nil:
		p.violate("a card was taken in behind another")
		p.jam = true
		then("CARD JAM")
	default:
		if p.o.Model.BezelCounts {
			p.inserted++
		}
		p.start(movement{takes: returnTime, card: c, out: true, stopped: p.between(c, Exit, Inside)}, func() {
			if p.exit != c { // a hand was faster
				then("ERROR TIME OUT")
				return
			}
			p.place(c, Inside)
			p.strike(func(f Fault) bool {
				hit := f.Kind == Jams && f.Moves == "return"
				if hit {
					p.stuck, p.inside = c, nil
				}
				return hit
			})
			then(p.condition())
		})
	}
}

// eject moves the card inside to the exit.
func (p *Printer) eject(then func(trouble string)) {
	c := p.inside
	p.strike(func(f Fault) bool { return f.Kind == Jams && f.Moves == "eject" })
	switch {
	case p.condition() != "":
		then(p.condition())
		return
	case c == nil:
		then("")
		return
	case p.exit != nil:
		then("HOPPER FULL")
		return
	}
	if p.settings.allowed == "0" {
		p.violate("card %d ejected while ejection was forbidden", c.Number)
	}
	p.handOver(c)
	p.start(movement{takes: ejectTime, card: c, out: true, stopped: p.between(c, Inside, Exit)}, func() {
		if p.inside == c {
			p.place(c, Exit)
			p.abandoned(c)
		}
		then(p.condition())
	})
}

// handOver checks what is about to reach a citizen.
func (p *Printer) handOver(c *card) {
	if !c.Complete {
		p.violate("card %d is handed out unfinished (front %s, back %s)", c.Number, c.Front.Layers(), c.Back.Layers())
	}
	if !c.verified {
		p.violate("card %d is handed out unverified", c.Number)
	}
}

// reject moves the card inside into the reject box.
func (p *Printer) reject(then func(trouble string)) {
	c := p.inside
	p.strike(func(f Fault) bool { return f.Kind == Jams && f.Moves == "reject" })
	switch {
	case p.condition() != "":
		then(p.condition())
		return
	case c == nil:
		then("")
		return
	case p.boxed >= p.o.RejectBox || p.full:
		then("HOPPER FULL")
		return
	}
	if p.settings.allowed == "0" {
		p.violate("card %d rejected while ejection was forbidden", c.Number)
	}
	p.start(movement{takes: rejectTime, card: c, stopped: p.between(c, Inside, RejectBox)}, func() {
		p.place(c, RejectBox)
		then(p.condition())
	})
}

// between says where a card stops when the power goes on its way.
func (p *Printer) between(c *card, from, to Place) func(float64) {
	return func(part float64) {
		if part >= 0.5 {
			p.place(c, to)
		} else {
			p.place(c, from)
		}
	}
}

// place puts a card to a place.
func (p *Printer) place(c *card, to Place) {
	if p.inside == c {
		p.inside = nil
	}
	if p.exit == c {
		p.exit = nil
	}
	c.Place = to
	switch to {
	case Inside:
		p.inside = c
	case Exit:
		p.exit = c
	case RejectBox:
		p.boxed++
	}
	p.changed = true
}

// abandoned is what the printer does with a card that nobody takes, by its own rule.
func (p *Printer) abandoned(c *card) {
	rule := p.settings.bezel
	if rule == 'D' {
		return
	}
	time.AfterFunc(time.Duration(float64(p.settings.delay)/p.o.Speed), func() {
		p.mu.Lock()
		defer p.unlock()
		if p.exit != c || p.moving != nil || !p.powered {
			return
		}
		p.takeIn(func(trouble string) {
			if trouble == "" && rule == 'R' {
				p.reject(func(string) {})
			}
		})
	})
}

// printLast prints the panel that was downloaded last, bringing a card when there is
// none, and goes on with then.
func (p *Printer) printLast(then func(trouble string)) {
	last := p.job.last
	if last == nil || p.job.dead {
		then(p.latched)
		return
	}
	p.job.last = nil
	if p.inside == nil {
		p.feed(func(trouble string) {
			if trouble != "" {
				p.fail(trouble, *last, then)
				return
			}
			p.lay(*last, then)
		})
		return
	}
	p.lay(*last, then)
}

// lay prints one panel on the card inside.
func (p *Printer) lay(what panel, then func(trouble string)) {
	c := p.inside
	second := p.o.Ribbon == "ymcko" && what.back && what.letter == 'y'
	if !p.job.set || p.o.Ribbon == "k" || second { // a panel of another set
		if p.ribbon == 0 {
			p.fail("ERROR RIBBON", what, then)
			return
		}
		p.ribbon--
		p.job.set = true
	}
	if len(p.job.done) == 0 && c.Touched {
		p.violate("card %d is printed again", c.Number)
	}
	c.Touched = true
	face, takes := &c.Front, panelTime
	if what.back {
		face = &c.Back
		if len(face.layers) == 0 {
			takes += flipTime
		}
	}
	face.layers = append(face.layers, layer{what.letter, p.bitmaps[what.letter], 0})
	top := &face.layers[len(face.layers)-1]
	half := func(part float64) { top.rows = int(part * lines) }
	stopped := func(part float64) { half(part / 2) }
	p.start(movement{takes: takes / 2, card: c, stopped: stopped}, func() {
		half(0.5)
		p.count(1, func(f *Fault) *int { return &f.Panel })
		if !p.powered {
			return
		}
		if trouble := p.trouble(); trouble != "" {
			p.fail(trouble, what, then)
			return
		}
		stopped := func(part float64) { half(0.5 + part/2) }
		p.start(movement{takes: takes / 2, card: c, stopped: stopped}, func() {
			if trouble := p.trouble(); trouble != "" {
				half(0.9)
				p.fail(trouble, what, then)
				return
			}
			half(1)
			p.job.done = append(p.job.done, what)
			if what.letter != 'o' || !p.o.Model.OverlayHidden {
				p.panels++
			}
			then("")
		})
	})
}

// trouble is what stops printing.
func (p *Printer) trouble() string {
	switch {
	case p.condition() != "":
		return p.condition()
	case p.hot:
		return "ERROR HEAD"
	case p.latched != "":
		return p.latched
	}
	return ""
}

// fail ends the job. Where the printer masters errors it holds on, and prints all
// again on a new card when the fault is gone.
func (p *Printer) fail(trouble string, what panel, then func(string)) {
	p.job.dead, p.latched = true, trouble
	if p.settings.mode != 0 {
		then(trouble)
		return
	}
	again := append(append([]panel(nil), p.job.done...), what)
	p.start(movement{takes: time.Duration(1<<62) / 4, hand: func() {
		if p.stillTroubled() != "" {
			return
		}
		p.moving.timer.Stop()
		p.moving = nil
		p.violate("a job was printed again by the printer itself")
		p.job = job{open: true, back: p.job.back}
		p.latched = ""
		p.settings.allowed = "" // its own business
		p.reject(func(string) {
			p.feed(func(trouble string) {
				if trouble != "" {
					p.fail(trouble, what, then)
					return
				}
				p.all(again, then)
			})
		})
	}}, func() {})
}

// stillTroubled is what still stops a printer that recovers by itself.
func (p *Printer) stillTroubled() string {
	switch {
	case p.condition() != "":
		return p.condition()
	case p.hot:
		return "ERROR HEAD"
	case p.feeder == 0:
		return "FEEDER EMPTY"
	case p.ribbon == 0:
		return "ERROR RIBBON"
	}
	return ""
}

func (p *Printer) all(panels []panel, then func(string)) {
	if len(panels) == 0 {
		then("")
		return
	}
	p.lay(panels[0], func(trouble string) {
		if trouble != "" {
			then(trouble)
			return
		}
		p.all(panels[1:], then)
	})
}

// complete says whether the job has laid every panel of the ribbon once.
func (p *Printer) complete(c *card) bool {
	front, back := c.Front.Layers(), c.Back.Layers()
	switch p.o.Ribbon {
	case "ymcko":
		return front == "ymcko" && (back == "" || back == "ymcko")
	case "ymckok":
		return front == "ymcko" && back == "k"
	}
	return front == "k" && strings.Trim(back, "k") == "" && len(back) <= 1
}
