package campaign

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"murur/devices/capture/crt571"
	"murur/devices/cardprinter/evolis"
	"murur/devices/receipt/escpos"
	"murur/devices/terminal/zvt"
	"murur/kiosk/engine"
	"murur/kiosk/front"
	"murur/kiosk/journey"
	"murur/kiosk/ledger"
	"murur/kiosk/ledger/record"
	"murur/sync/downlink"
	"murur/sync/uplink"
)

// life is one life of the kiosk, from switching on to switching off or a power cut.
type life struct {
	engine *engine.Engine
	book   *ledger.Ledger
	ctx    context.Context
	stop   context.CancelFunc
	dead   atomic.Bool
	failed atomic.Bool // Run ended with an error
	run    sync.WaitGroup
	ends   []func() error

	commits atomic.Int64 // tried
	cut     atomic.Pointer[cutPlan]
}

// cutPlan is a power cut at a commit; 0 is none.
type cutPlan struct {
	commit int64
	after  bool // it is durable
	all    bool // the units lose their power with it
}

const kioskID = "KW01"

// switchOn begins a life. It is out of service when the ledger refuses to open.
func (w *world) switchOn() error {
	l := &life{}
	l.cut.Store(&cutPlan{})
	l.ctx, l.stop = context.WithCancel(w.ctx)
	alive := func() bool { return !l.dead.Load() }
	book, err := ledger.Open(filepath.Join(w.dir, "ledger.db"), ledger.Options{
		Kiosk: kioskID, Key: [32]byte{1}, Retention: 30 * 24 * time.Hour,
		BeforeCommit: func() {
			n := l.commits.Add(1)
			if cut := *l.cut.Load(); n == cut.commit && !cut.after {
				w.cutAt(l, cut, fmt.Sprintf("before commit %d", n))
			}
			l.endIfDead()
		},
		AfterCommit: func() {
			n := l.commits.Load()
			if cut := *l.cut.Load(); n == cut.commit && cut.after {
				w.cutAt(l, cut, fmt.Sprintf("after commit %d", n))
			}
			l.endIfDead()
		},
	})
	if err != nil {
		return err
	}
	network := &doer{office: w.office, alive: alive}
	up, err := uplink.New(uplink.Options{
		Ledger: unhurried{book}, URL: "http://central", Kiosk: kioskID, HTTP: network, Jitter: func() float64 { return 0.2718 },
	})
	if err != nil {
		return err
	}
	down, err := downlink.New(downlink.Options{URL: "http://central", Kiosk: kioskID, HTTP: network})
	if err != nil {
		return err
	}
	payment := zvt.New(w.payWire.open(alive), zvt.Options{Framing: w.framing, NoHold: w.noHold})
	paper := escpos.New(w.paperWire.open(alive), escpos.Options{Renderer: words{}})
	profile := evolis.KC200B
	profile.Compress = w.compress
	cardPrinter := evolis.New(w.cardCable.open(alive), evolis.Options{Profile: profile, Ribbon: w.ribbon})
	unit := crt571.New(w.unitWire.open(alive), crt571.Options{})
	l.book = book
	l.ends = []func() error{payment.Close, paper.Close, cardPrinter.Close, unit.Close, book.Close}
	l.engine = engine.New(engine.Options{
		Ledger: book, Log: slog.New(slog.NewTextHandler(w.speech, nil)), CheckEvery: w.checkEvery,
		EndOfDay: w.dayEnds, Zone: start.Location(),
		CentralError: func() string { return string(up.Status().Code) },
		Hands: engine.Hands{
			Cards: w.slot, Terminal: w.defect.terminal(payment), Printer: paper, Central: down, Words: plain{},
			Licences: &engine.Licences{Printer: cardPrinter, Capture: unit, Central: down, Artist: sketch{}},
			Failed:   func(journey.Kind, error) {},
		},
	})
	w.life = l
	l.run.Go(func() { up.Run(l.ctx) })
	l.run.Go(func() {
		if err := l.engine.Run(l.ctx); err != nil {
			l.failed.Store(true)
			w.wrong(7, "the kiosk stopped: %v", err)
		}
	})
	l.run.Go(func() { w.watch(l) })
	return nil
}

// unhurried is the log as the uplink sees it: a moment later, when everything of an instant
// is in it.
type unhurried struct{ *ledger.Ledger }

func (l unhurried) After(seq uint64, most int) ([]record.Record, error) {
	time.Sleep(1013 * time.Nanosecond)
	return l.Ledger.After(seq, most)
}

// endIfDead ends a goroutine of the kiosk: nothing of it goes on without power.
func (l *life) endIfDead() {
	if l.dead.Load() {
		runtime.Goexit()
	}
}

// cutPower kills the kiosk. It may be called by any goroutine, also one of the kiosk.
func (w *world) cutPower(l *life, where string) {
	if l.dead.Swap(true) {
		return
	}
	w.script.say(mishap, "power cut %s", where)
	w.crashes.Add(1)
	w.payWire.drop()
	w.paperWire.drop()
	w.cardCable.drop()
	w.unitWire.drop()
	l.stop()
}

// cutAt cuts the power as planned. The units lose theirs a moment later: what has reached
// them at this instant is theirs.
func (w *world) cutAt(l *life, plan cutPlan, where string) {
	if l.dead.Load() {
		return
	}
	w.cutPower(l, where)
	if plan.all {
		time.Sleep(time.Nanosecond)
		w.mains()
	}
}

// switchOff ends a life, or buries what a power cut left of it.
func (w *world) switchOff() {
	l := w.life
	l.stop()
	l.run.Wait()
	for _, end := range l.ends {
		if err := end(); err != nil {
			w.wrong(7, "cannot close: %v", err)
		}
	}
}

// watch looks at every screen that stands for longer than an instant.
func (w *world) watch(l *life) {
	var last uint64
	for {
		_, changed := l.engine.Board().Now()
		w.glance(l, &last)
		select {
		case <-changed:
		case <-l.ctx.Done():
			return
		}
	}
}

// glance waits until the kiosk has settled and notes the screen, if it is a new one.
func (w *world) glance(l *life, last *uint64) {
	timer := time.NewTimer(1013 * time.Nanosecond)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-l.ctx.Done():
		return
	}
	screen, _ := l.engine.Board().Now()
	if screen.Name == "" || screen.Seq == *last {
		return
	}
	*last = screen.Seq
	w.saw(l, screen, l.engine.Status())
}

// screen is what stands on the board.
func (l *life) screen() front.Screen {
	s, _ := l.engine.Board().Now()
	return s
}
