package campaign

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"murur/devices"
	"murur/devices/capture/crt571sim"
	"murur/devices/cardprinter/evolis"
	"murur/devices/cardprinter/evolissim"
	"murur/devices/receipt/escpossim"
	"murur/devices/terminal/zvt"
	"murur/devices/terminal/zvtsim"
	"murur/devices/transport"
	"murur/kiosk/front"
	"murur/kiosk/journey/fines"
	"murur/kiosk/ledger"
	"murur/sync/central"
	"murur/sync/central/boltstore"
	"murur/sync/central/demo"
)

// world is everything of one seed.
type world struct {
	seed   uint64
	rnd    *rand.Rand // of the citizens' goroutine
	settle func()     // waits until nothing happens at this instant
	dir    string
	ctx    context.Context // of everything but the kiosk
	end    context.CancelFunc
	script *transcript
	defect defect // of the kiosk; none in earnest

	framing    zvt.Framing
	checkEvery time.Duration
	dayEnds    time.Duration // since midnight; 0: on demand
	noHold     bool          // the kiosk knows that the terminal cannot wait
	terminal   *zvtsim.Terminal
	printer    *escpossim.Printer
	payWire    *wire
	paperWire  *wire
	slot       *slot
	office     *office
	cards      *evolissim.Printer
	unit       *crt571sim.Unit
	cardCable  *cable
	unitWire   *wire
	witness    *witness
	speech     *speech
	life       *life
	chaos      sync.WaitGroup // mishaps that are still to come

	loaded     int // blanks
	batches    int
	things     int  // that were no old licence
	lied       bool // a sensor of the capture unit
	ribbon     evolis.Ribbon
	compress   bool // panels
	figures    Figures
	visits     int
	latecomers bool            // the terminal has a message too many in store
	elsewhere  map[string]bool // fines that were paid at a counter meanwhile
	crashes    atomic.Int64
	settled    int          // unclear cases that a technician settled
	resolved   int          // and that the terminal did
	opened     int          // cases
	heard      atomic.Int64 // complaints of the terminal that were looked at
	payments   int          // that the bank has at the end
	mu         sync.Mutex
	visitor    *person   // who stands there, or stood there last
	guests     []*person // everybody who was there
	sights     []sight
	wrongs     []string
}

// sight is a screen that claims something, and what the bank knew then.
type sight struct {
	at      time.Time
	screen  front.Screen
	journey string
	book    []zvtsim.Transaction
}

// start is when every run begins: the demonstration's day, in opening hours.
var start = demo.Day.Add(10 * time.Hour)

// template makes an empty central server's file, once.
var template = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "campaign")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "central.db")
	store, err := boltstore.Open(file)
	if err != nil {
		return nil, err
	}
	if err := demo.Load(context.Background(), store, start); err != nil {
		return nil, err
	}
	if err := store.Update(context.Background(), small); err != nil {
		return nil, err
	}
	if err := store.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
})

// small takes most of every picture away: nobody looks at them here, and they cost time.
func small(tx central.Tx) error {
	for _, a := range applications {
		a.Licence.Portrait, a.Licence.Signature = a.Licence.Portrait[:8], a.Licence.Signature[:8]
		if err := tx.PutApplication(a); err != nil {
			return err
		}
	}
	return nil
}

// newWorld makes everything but the kiosk. It is called in a bubble of virtual time.
func newWorld(seed uint64, dir string, settle func(), d defect, trace bool) (*world, error) {
	time.Sleep(time.Until(start))
	w := &world{
		seed: seed, dir: dir, settle: settle, defect: d, script: &transcript{began: start},
		rnd: rand.New(rand.NewPCG(seed, 0x5EED)), slot: newSlot(), elsewhere: map[string]bool{},
	}
	w.ctx, w.end = context.WithCancel(context.Background())
	file, err := template()
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "central.db")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		return nil, err
	}
	if w.office, err = newOffice(w.ctx, path, seed); err != nil {
		return nil, err
	}

	if w.chance(0.5) { // otherwise a technician asks for it
		w.dayEnds = 10*time.Hour + w.upTo(time.Hour)
	}
	w.framing = pick(w.rnd, zvt.Serial, zvt.Serial, zvt.TCP)
	loose := w.framing == zvt.Serial && w.chance(0.6)
	w.checkEvery = 25*time.Second + w.upTo(10*time.Second)
	pause := func(least, most time.Duration) time.Duration { return least + w.upTo(most-least) }
	o := zvtsim.Options{
		Framing: w.framing, Seed: seed, RepeatAll: w.chance(0.3), NoHold: w.chance(0.15), RestartReceipts: w.chance(0.5),
		Policy: pick(w.rnd, zvtsim.AR1, zvtsim.AR3, zvtsim.AR5),
		Abort:  pick(w.rnd, zvtsim.AbortUntilHost, zvtsim.AbortUntilHost, zvtsim.AbortRefused, zvtsim.AbortIgnored),
		Pauses: zvtsim.Pauses{
			Card: pause(time.Second, 9*time.Second), PIN: pause(time.Second, 6*time.Second),
			Host: pause(time.Second, 8*time.Second), Remove: pause(0, 4*time.Second),
		},
		CardTimeout: pause(30*time.Second, time.Minute),
	}
	w.noHold = o.NoHold && w.chance(0.7)
	if o.Policy == zvtsim.AR5 {
		o.RepeatAll = false // it repeats as good what it set to declined
	}
	if trace {
		o.Trace = func(d transport.Direction, frame []byte) { w.script.say(said, "%c % X", d, frame) }
	}
	w.terminal = zvtsim.New(o)
	w.printer = escpossim.New(escpossim.Options{})
	w.witness, w.speech, w.compress, w.ribbon = newWitness(), &speech{}, w.chance(0.9), evolis.K
	if w.chance(0.03) { // colour takes its time
		w.ribbon = evolis.YMCKO
	}
	var cardTrace, gateTrace transport.Trace
	if trace {
		cardTrace = func(d transport.Direction, frame []byte) { w.script.say(said, "licence printer %c %q", d, frame) }
		gateTrace = func(d transport.Direction, frame []byte) { w.script.say(said, "gate %c % X", d, frame) }
	}
	w.cards = evolissim.New(evolissim.Options{
		Trace:  cardTrace,
		Ribbon: string(w.ribbon), RibbonSize: 200, Blanks: -1, RejectBox: pick(w.rnd, 2, 20, 20),
		Changed: func() { w.witness.licences(w.cards.Cards()) },
	})
	w.unit = crt571sim.New(crt571sim.Options{
		Trace:   gateTrace,
		DrawsIn: w.chance(0.3), Drops: w.chance(0.2), HandCode: pick(w.rnd, "16", "45"), Chop: pick(w.rnd, 0, 0, 1, 7), Merge: w.chance(0.3),
		Changed: func() { w.witness.gate(w.unit.State()) },
	})
	w.cardCable = &cable{printer: w.cards, seed: seed}
	w.unitWire = newWire(w.ctx, "gate", true, seed, w.unit.Serve)
	w.payWire = newWire(w.ctx, "terminal", loose, seed, w.terminal.Serve)
	w.paperWire = newWire(w.ctx, "printer", false, seed, w.printer.Serve)
	w.script.say(mishap, "terminal over %s, loose cable %v, policy %d, abort %d, repeats all %v, no hold %v", w.framing, loose, o.Policy, o.Abort, o.RepeatAll, o.NoHold)
	return w, nil
}

// close ends everything and waits for it.
func (w *world) close() error {
	w.end()
	w.chaos.Wait()
	w.payWire.wg.Wait()
	w.paperWire.wg.Wait()
	w.unitWire.wg.Wait()
	w.office.wg.Wait()
	return w.office.store.Close()
}

// chance is true in so many of one cases.
func (w *world) chance(p float64) bool { return w.rnd.Float64() < p }

// upTo is a random time.
func (w *world) upTo(d time.Duration) time.Duration { return time.Duration(w.rnd.Int64N(int64(d))) }

func pick[T any](rnd *rand.Rand, of ...T) T { return of[rnd.IntN(len(of))] }

// pass lets time pass, and everything that happens in it happen.
func (w *world) pass(d time.Duration) {
	time.Sleep(d)
	w.settle()
}

// wrong notes that an invariant is broken.
func (w *world) wrong(invariant int, format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	text := fmt.Sprintf("invariant %d: ", invariant) + fmt.Sprintf(format, args...)
	w.wrongs = append(w.wrongs, text)
	w.script.say(verdict, "%s", text)
}

// quiet waits until the kiosk has nothing left to do, at most so long; false when that
// was not enough.
func (w *world) quiet(most time.Duration, done func() bool) bool {
	for end := time.Now().Add(most); ; {
		w.pass(time.Second + w.upTo(time.Second))
		switch {
		case w.life.dead.Load():
			return false
		case done():
			return true
		case time.Now().After(end):
			return false
		}
	}
}

// home reports whether nobody is in the middle of anything.
func (w *world) home() bool {
	switch s := w.life.screen(); s.Name {
	case front.Welcome:
		return true
	case front.OutOfService:
		return s.Outage != nil && s.Outage.Remedy != ""
	}
	return false
}

// open counts the journeys that have not ended.
func (w *world) open() (n int) {
	w.life.book.Each(ledger.Journeys, func(string, json.RawMessage) error { n++; return nil })
	return n
}

// busy reports whether an end of day or a giving back is under way.
func (w *world) busy() bool {
	var day struct{ Asked bool }
	var back struct{ Open json.RawMessage }
	_, err := w.life.book.Get(ledger.Settings, "end of day", &day)
	if err == nil {
		_, err = w.life.book.Get(ledger.Settings, "returns", &back)
	}
	if err != nil {
		w.wrong(5, "cannot read the settings: %v", err)
	}
	return day.Asked || back.Open != nil
}

// cases are the open ones.
func (w *world) cases() []fines.Case {
	list, err := w.life.engine.Cases()
	if err != nil {
		w.wrong(5, "cannot read the cases: %v", err)
	}
	return list
}

// unclear counts the open cases whose payment is in doubt.
func (w *world) unclear() (n int) {
	for _, c := range w.cases() {
		if c.Unclear() {
			n++
		}
	}
	return n
}

// takesPaper says what the person in front does with paper.
func (w *world) takesPaper() {
	p := escpossim.Person{Takes: w.chance(0.85), After: 500*time.Millisecond + w.upTo(12*time.Second)}
	if w.chance(0.05) {
		p.After = 29*time.Second + w.upTo(2*time.Second) // as it is being taken back
	}
	w.printer.SetPerson(p)
}

// mend ends everything that is wrong, as a technician and a good day would.
func (w *world) mend() {
	w.chaos.Wait()
	w.office.set("", "")
	w.terminal.ClearFaults()
	w.printer.SetPaper(devices.LevelOK)
	w.printer.ClearJam()
	w.printer.CloseCover()
	w.printer.SetCutterFault(false)
	w.printer.SetHeadHot(false)
	w.printer.SetVoltageLow(false)
	w.printer.Silence(false)
	w.repairs()
	w.script.say(mishap, "everything is mended")
}
