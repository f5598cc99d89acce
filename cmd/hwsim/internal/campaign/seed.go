package campaign

import (
	"slices"
	"time"

	"murur/devices/terminal/zvtsim"
)

// Outcome is what became of one seed.
type Outcome struct {
	Seed     uint64
	Visits   int
	Crashes  int
	Payments int // charged at the end
	Unknowns int // cases about an unclear payment that were closed by evidence
	Settled  int // and by a technician
	Cases    int
	Figures
	Wrongs     []string
	Transcript string
}

// play runs one seed in a bubble of virtual time. settle is synctest.Wait.
func play(seed uint64, dir string, settle func(), d defect, trace bool) (o Outcome, err error) {
	w, err := newWorld(seed, dir, settle, d, trace)
	if err != nil {
		return Outcome{}, err
	}
	func() {
		defer func() {
			if why := recover(); why != nil && why != (broken{}) {
				panic(why)
			}
		}()
		if err = w.switchOn(); err != nil {
			return
		}
		w.pass(3 * time.Second)
		if w.chance(0.97) { // else nobody has loaded blanks yet
			w.loads(3 + w.rnd.IntN(28))
		}
		if w.chance(0.15) { // the kiosk must remember what it took
			w.script.say(mishap, "central takes no records today")
			w.office.set(down, "/v1/records")
		}
		for range 1 + w.rnd.IntN(4) {
			w.visit()
		}
		w.evening()
		w.check()
		w.switchOff()
	}()
	if cerr := w.close(); err == nil {
		err = cerr
	}
	return Outcome{
		Seed: seed, Visits: w.visits, Crashes: int(w.crashes.Load()), Payments: w.payments,
		Unknowns: w.resolved, Settled: w.settled, Cases: w.opened, Figures: w.figures, Wrongs: w.wrongs, Transcript: w.script.String(),
	}, err
}

// evening mends everything, gives the kiosk its time, and lets a technician settle by the
// bank's book what the terminal cannot tell.
func (w *world) evening() {
	pending := func(x zvtsim.Transaction) bool { return x.Fate == zvtsim.Pending }
	w.mend()
	if w.life.dead.Load() {
		w.revive()
	}
	if w.chance(0.4) && !slices.ContainsFunc(w.terminal.Book(), pending) {
		w.technician() // does not wait until the terminal was asked again
	}
	w.still(6*time.Minute, func() bool { return w.unclear() == 0 })
	if len(w.elsewhere) > 0 { // the kiosk asks now and then what is to be given back
		for range 4 {
			w.pass(time.Minute)
			w.still(10*time.Minute, func() bool { return true })
		}
	}
	w.closesDay()
	w.pass(time.Minute) // what was in doubt is asked again
	w.clears()
	w.technician()
	if !w.still(20*time.Minute, func() bool { return true }) {
		w.wrong(7, "everything works, but the kiosk does not come to rest: %s, %d journeys open, log at %d, central server at %d",
			describe(w.life.screen()), w.open(), w.life.book.Head().Seq, w.life.book.Watermark().Seq)
	}
}

// closesDay makes an end of day on demand.
func (w *world) closesDay() {
	if w.life.dead.Load() || w.dayEnds != 0 || w.chance(0.4) {
		return
	}
	if w.chance(0.3) {
		w.terminal.Inject(zvtsim.Fault{Kind: pick(w.rnd, zvtsim.TotalsDiffer, zvtsim.TotalsContradict, zvtsim.TotalsDamaged, zvtsim.RestartsAfterDay)})
	}
	if w.chance(0.2) {
		w.powerFault(false)
	}
	w.script.say(citizen, "technician asks for the end of day: %v", w.life.engine.EndOfDay(w.life.ctx))
	w.pass(30 * time.Second)
	w.still(12*time.Minute, func() bool { return true })
	w.terminal.ClearFaults()
}

// still waits until the kiosk is home, its log is delivered, and more holds.
func (w *world) still(most time.Duration, more func() bool) bool {
	for end := time.Now().Add(most); ; {
		ok := w.quiet(time.Until(end), func() bool {
			return w.home() && w.open() == 0 && !w.busy() && w.life.book.Watermark() == w.life.book.Head() && more()
		})
		if ok || !w.life.dead.Load() {
			return ok
		}
		w.revive()
	}
}
