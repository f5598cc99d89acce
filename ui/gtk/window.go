package gtk

import (
	"context"
	"log/slog"
	"time"

	"github.com/gotk3/gotk3/gdk"
	"github.com/gotk3/gotk3/glib"
	"github.com/gotk3/gotk3/gtk"

	"murur/kiosk/front"
	"murur/ui/view"
)

// Kiosk is where Screens come from and Inputs go to; see package client.
type Kiosk interface {
	Run(ctx context.Context, show func(front.Screen), lost func(error))
	Send(ctx context.Context, in front.Input) error
}

// window is the one window. All of it runs on the GTK thread.
type window struct {
	cfg    Config
	kiosk  Kiosk
	ctx    context.Context
	art    *art
	styles *styles
	win    *gtk.Window

	screen  front.Screen
	state   view.State
	arrived time.Time
	lost    time.Time // when the kiosk went away; zero: it is there
	warned  bool      // and the log knows
	page    *page
	pending bool      // an Input is on its way: nothing else is taken
	touched time.Time // when the kiosk was last told that somebody is there
	frame   int
	chimed  string // what the last chime was for
}

// show puts a new Screen on the window.
func (w *window) show(s front.Screen) {
	w.lost, w.warned = time.Time{}, false
	w.set(s)
}

// gone shows that the kiosk does not answer. Whatever was on the screen is wiped at
// once: nobody knows whose it is when the kiosk comes back.
func (w *window) gone(err error) {
	if !w.warned {
		w.cfg.Log.Warn("no connection to the kiosk", "err", err)
		w.warned = true
	}
	if w.lost.IsZero() {
		w.lost = time.Now()
		w.set(view.Disconnected(w.lang(), w.lost, w.lost))
	}
}

// lang is the language to speak while there is no Screen.
func (w *window) lang() front.Lang {
	if w.screen.Lang == "" {
		return front.Arabic
	}
	return w.screen.Lang
}

func (w *window) set(s front.Screen) {
	w.state = w.state.Next(w.screen, s)
	w.screen, w.arrived, w.pending = s, time.Now(), false
	v := w.render()
	if w.cfg.Spoken != nil {
		w.cfg.Spoken(v.Lang, v.Spoken())
	}
	w.chime(v.Chime)
}

// chime sounds once for each thing that is to be taken.
func (w *window) chime(what string) {
	if what != "" && what != w.chimed && w.cfg.Chime != nil {
		w.cfg.Chime()
	}
	w.chimed = what
}

// view is what is to be seen now.
func (w *window) view() view.View {
	o := view.Options{Digits: w.cfg.Digits, Layout: w.cfg.layout(), State: w.state, Now: time.Now(), Arrived: w.arrived}
	o.State.Contrast, o.State.Large = w.theme().Contrast, w.theme().Large
	return view.Of(w.screen, o)
}

// theme is the configured one, or what the person chose instead.
func (w *window) theme() Theme {
	return Theme{Contrast: w.cfg.Contrast != w.state.Contrast, Large: w.cfg.Large != w.state.Large, Zoom: w.cfg.zoom()}
}

// render builds the page for the present screen and state, and drops the old one.
func (w *window) render() view.View {
	v := w.view()
	if err := w.styles.use(w.theme()); err != nil {
		w.cfg.Log.Error("no style", "err", err)
	}
	p := &page{
		theme: w.styles.theme, layout: w.cfg.layout(), width: w.cfg.Width, height: w.cfg.Height,
		art: w.art, log: w.cfg.Log,
	}
	p.act = func(c view.Control) { w.act(p, c) }
	p.build(v)
	focus := ""
	if old := w.page; old != nil {
		focus = old.focused()
		w.page = nil
		w.win.Remove(old.root)
		old.root.Destroy()
	}
	w.page = p
	w.win.SetTitle(plain(v.Title))
	w.win.Add(p.root)
	p.root.ConnectAfter("draw", func() { w.painted(v.Seq) })
	p.focus(focus)
	return v
}

// act is a touch on c, if p is still the page that is shown.
func (w *window) act(p *page, c view.Control) {
	if p != w.page || w.pending || !c.Enabled {
		return
	}
	w.trace("tap", w.screen.Seq)
	if c.Send == "" {
		w.state = w.state.Do(c.Do, c.Value, w.screen)
		w.render()
		w.touch()
		return
	}
	w.pending = true
	p.waits(c)
	in := front.Input{Screen: w.screen.Seq, Action: c.Send, Value: c.Value}
	go func() {
		err := w.kiosk.Send(w.ctx, in)
		onThread(func() { w.answered(p, err) })
	}()
}

// answered: the kiosk took the Input and a new Screen follows, or it did not and the
// page can be used again. A page never stays off for longer than patience.
func (w *window) answered(p *page, err error) {
	const patience = 1500 // ms
	again := func() {
		if p == w.page && w.pending {
			w.pending = false
			w.render()
		}
	}
	if err == nil {
		glib.TimeoutAdd(patience, func() bool { again(); return false })
		return
	}
	w.cfg.Log.Info("input not taken", "err", err)
	again()
}

// touch tells the kiosk, not too often, that somebody is there.
func (w *window) touch() {
	const often = 2 * time.Second
	if !w.lost.IsZero() || time.Since(w.touched) < often {
		return
	}
	w.touched = time.Now()
	in := front.Input{Screen: w.screen.Seq, Action: front.ActTouch}
	go func() { _ = w.kiosk.Send(w.ctx, in) }() // it only restarts a clock; a lost one does no harm
}

// tick runs every second: the seconds of a wait, the patience with a lost kiosk.
func (w *window) tick() {
	sweep()
	if w.page == nil {
		return
	}
	if !w.lost.IsZero() {
		if s := view.Disconnected(w.lang(), w.lost, time.Now()); s.Name != w.screen.Name {
			w.set(s)
		}
	}
	v := w.view()
	if w.page.wait != nil && v.Wait != "" {
		w.page.setText(w.page.wait, v.Wait)
	}
	if w.page.more != nil && v.Overlay != nil {
		w.page.setText(w.page.more, v.Overlay.Text[0])
	}
}

// animate shows the picture's next frame.
func (w *window) animate() {
	if w.page != nil && len(w.page.frames) > 1 {
		w.frame++
		w.page.moving.SetFromPixbuf(w.page.frames[w.frame%len(w.page.frames)])
	}
}

// open makes the window and its clocks.
func (w *window) open() {
	w.win = must(gtk.WindowNew(gtk.WINDOW_TOPLEVEL))
	w.win.SetDecorated(false)
	w.win.SetDefaultSize(w.cfg.Width, w.cfg.Height)
	w.win.Move(0, 0)
	w.win.Connect("destroy", gtk.MainQuit)
	w.win.AddEvents(int(gdk.BUTTON_PRESS_MASK))
	w.win.Connect("button-press-event", func() bool { w.touch(); return false })
	w.set(view.Disconnected(front.Arabic, time.Now(), time.Now()))
	w.lost = time.Now()
	if w.cfg.Fullscreen {
		w.win.Fullscreen()
	}
	w.win.ShowAll()
	if w.cfg.Fullscreen {
		w.hidePointer()
	}
	glib.TimeoutAdd(1000, func() bool { w.tick(); return true })
	if !w.cfg.Still {
		glib.TimeoutAdd(900, func() bool { w.animate(); return true })
	}
}

// hidePointer: there is no mouse on a touch screen.
func (w *window) hidePointer() {
	under, err := w.win.GetWindow()
	if err != nil {
		return
	}
	display, err := gdk.DisplayGetDefault()
	if err != nil {
		return
	}
	if none, err := gdk.CursorNewFromName(display, "none"); err == nil {
		under.SetCursor(none)
	}
}

// onThread runs f on the GTK thread, before anything is drawn again.
func onThread(f func()) { glib.IdleAddPriority(glib.PRIORITY_HIGH, f) }

// trace notes an event for the measurements.
func (w *window) trace(event string, seq uint64) {
	if w.cfg.Trace != nil {
		w.cfg.Trace(event, seq)
	}
}

func (w *window) painted(seq uint64) { w.trace("painted", seq) }

// Run opens the window and follows the kiosk until ctx ends or the window is closed.
// It must be called from the program's main goroutine.
func Run(ctx context.Context, cfg Config, kiosk Kiosk) error {
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if err := start(); err != nil {
		return err
	}
	if err := cfg.fit(); err != nil {
		return err
	}
	st, err := newStyles()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w := &window{cfg: cfg, kiosk: kiosk, ctx: ctx, art: newArt(), styles: st}
	w.open()
	done := make(chan struct{})
	go func() {
		defer close(done)
		kiosk.Run(ctx, func(s front.Screen) { onThread(func() { w.show(s) }) },
			func(err error) { onThread(func() { w.gone(err) }) })
		onThread(gtk.MainQuit)
	}()
	gtk.Main()
	cancel()
	<-done
	return nil
}
