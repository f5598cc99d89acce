package engine_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"murur/devices"
	"murur/devices/cabinet"
	"murur/devices/capture/crt571"
	"murur/devices/capture/crt571sim"
	"murur/devices/cardprinter"
	"murur/devices/cardprinter/evolis"
	"murur/devices/cardprinter/evolissim"
	"murur/devices/receipt"
	"murur/devices/receipt/escpos"
	"murur/devices/receipt/escpossim"
	"murur/devices/receipt/layout"
	"murur/devices/smartcard"
	"murur/devices/terminal/zvt"
	"murur/devices/terminal/zvtsim"
	"murur/devices/transport"
	"murur/devices/typeset"
	"murur/kiosk/engine"
	"murur/kiosk/front"
	"murur/kiosk/journey"
	"murur/kiosk/journey/fines"
	"murur/kiosk/journey/pickup"
	"murur/kiosk/kwd"
	"murur/kiosk/ledger"
	"murur/sync/central"
	"murur/sync/central/boltstore"
	"murur/sync/central/demo"
	"murur/sync/downlink"
	"murur/sync/uplink"
)

// rig is a kiosk in a bubble of virtual time: the real engine, ledger and drivers, and
// the far sides of their wires in memory.
type rig struct {
	t        *testing.T
	dir      string
	options  ledger.Options
	terminal *zvtsim.Terminal
	printer  *escpossim.Printer
	cards    *slot
	housing  *housing
	handsOut bool // licences too
	quiet    bool // says nothing of what it does
	licences *evolissim.Printer
	unit     *crt571sim.Unit
	central  *centre
	life     context.Context
	kiosk    *running

	mu    sync.Mutex
	wires []net.Conn // of the present life
}

// crash is what a commit hook panics with to stop the kiosk as a power cut would.
type crash struct{}

// running is one life of the kiosk, from start to stop or crash.
type running struct {
	engine *engine.Engine
	book   *ledger.Ledger
	stop   context.CancelFunc
	done   chan struct{}
	ends   []func() error
}

func newRig(t *testing.T) *rig {
	life, end := context.WithCancel(context.Background())
	r := &rig{
		t: t, dir: t.TempDir(), life: life,
		options:  ledger.Options{Kiosk: "KW01", Key: [32]byte{1}, Retention: time.Hour},
		terminal: zvtsim.New(zvtsim.Options{VoteTimeout: 10 * time.Second, Pauses: zvtsim.Pauses{Card: time.Second, PIN: time.Second, Host: time.Second}}),
		printer:  escpossim.New(escpossim.Options{}),
		cards:    &slot{changes: make(chan smartcard.Slot)},
		housing:  &housing{states: make(chan cabinet.State)},
		central:  newCentre(t),
		licences: evolissim.New(evolissim.Options{Blanks: 30}),
		unit:     crt571sim.New(crt571sim.Options{Person: crt571sim.Person{Takes: true, After: 3 * time.Second}}),
	}
	r.printer.SetPerson(escpossim.Person{Takes: true, After: 2 * time.Second})
	t.Cleanup(end)
	return r
}

// line makes an Opener whose other end is served by a simulator.
func (r *rig) line(serve func(context.Context, io.ReadWriteCloser) error) transport.Opener {
	return func(context.Context) (transport.Stream, error) {
		near, far := net.Pipe()
		r.mu.Lock()
		defer r.mu.Unlock()
		r.wires = append(r.wires, near)
		go serve(r.life, far)
		return near, nil
	}
}

var loadFonts = sync.OnceValues(typeset.Debian)

// start begins a life of the kiosk.
func (r *rig) start() {
	r.t.Helper()
	book, err := ledger.Open(filepath.Join(r.dir, "ledger.db"), r.options)
	if err != nil {
		r.t.Fatal(err)
	}
	fonts, err := loadFonts()
	if err != nil {
		r.t.Fatal(err)
	}
	payment := zvt.New(r.line(r.terminal.Serve), zvt.Options{Framing: zvt.Serial})
	paper := escpos.New(r.line(r.printer.Serve), escpos.Options{Renderer: layout.New(fonts)})
	ask, err := downlink.New(downlink.Options{URL: "http://central", Kiosk: "KW01", HTTP: r.central})
	if err != nil {
		r.t.Fatal(err)
	}
	cardPrinter := evolis.New(func(context.Context) (transport.Pipes, error) { return r.licences.Pipes() }, evolis.Options{})
	unit := crt571.New(r.line(r.unit.Serve), crt571.Options{})
	hands := engine.Hands{
		Cards: r.cards, Terminal: payment, Printer: paper, Central: ask, Words: plain{},
		Cabinet: r.housing, Lamps: r.housing,
		Failed: func(k journey.Kind, err error) { fmt.Fprintf(r.output(), "%s: %v\n", k, err) },
	}
	if r.handsOut {
		hands.Licences = &engine.Licences{Printer: cardPrinter, Capture: unit, Central: ask, Artist: sketch{}}
	}
	e := engine.New(engine.Options{
		Ledger: book, EndOfDay: 23*time.Hour + 45*time.Minute, Log: slog.New(slog.NewTextHandler(r.output(), nil)),
		Hands: hands,
	})
	ctx, stop := context.WithCancel(r.life)
	r.kiosk = &running{engine: e, book: book, stop: stop, done: make(chan struct{}), ends: []func() error{payment.Close, paper.Close, cardPrinter.Close, unit.Close, book.Close}}
	go func() {
		defer close(r.kiosk.done)
		defer func() {
			if why := recover(); why != nil && why != (crash{}) {
				panic(why)
			}
		}()
		if err := e.Run(ctx); err != nil {
			r.t.Errorf("Run: %v", err)
		}
	}()
}

// output is where the kiosk's log goes.
func (r *rig) output() io.Writer {
	if r.quiet {
		return io.Discard
	}
	return r.t.Output()
}

// end stops this life and waits for everything in it.
func (r *rig) end() {
	r.kiosk.stop()
	<-r.kiosk.done
	for _, end := range r.kiosk.ends {
		if err := end(); err != nil {
			r.t.Error(err)
		}
	}
}

// cutPower is for a commit hook: the wires go dead, and nothing of the kiosk goes on.
func (r *rig) cutPower() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, w := range r.wires {
		w.Close()
	}
	r.wires = nil
	panic(crash{})
}

// sees waits until the screen has a name, and returns it.
func (r *rig) sees(name front.Name) front.Screen {
	r.t.Helper()
	deadline := time.After(5 * time.Minute)
	for {
		screen, changed := r.kiosk.engine.Board().Now()
		if screen.Name == name {
			return screen
		}
		select {
		case <-changed:
		case <-deadline:
			r.t.Fatalf("the screen is %s, not %s: %+v", screen.Name, name, screen)
		}
	}
}

// touch touches the screen that stands now.
func (r *rig) touch(a front.Action, value string) {
	r.t.Helper()
	screen, _ := r.kiosk.engine.Board().Now()
	err := r.kiosk.engine.Input(r.life, front.Input{Screen: screen.Seq, Action: a, Value: value})
	if err != nil {
		r.t.Fatalf("%s %s on %s: %v", a, value, screen.Name, err)
	}
}

// toList goes from the welcome screen to the list of a person's fines.
func (r *rig) toList(civil string) front.Screen {
	r.t.Helper()
	r.sees(front.Welcome)
	r.later(5 * time.Second) // the first round of checks is over
	r.touch(front.ActStart, "en")
	r.touch(front.ActService, "fines")
	r.touch(front.ActWay, "civil")
	r.touch(front.ActNumber, civil)
	return r.sees(front.FineList)
}

// toPay chooses the first n payable fines and confirms.
func (r *rig) toPay(civil string, n int) kwd.Amount {
	r.t.Helper()
	list := r.toList(civil)
	for _, f := range list.Fines.Payable[:n] {
		if !f.Selected {
			r.touch(front.ActToggle, f.ID)
		}
	}
	r.touch(front.ActNext, "")
	total := r.sees(front.Confirm).Fines.Total
	r.touch(front.ActNext, "")
	return kwd.Amount(total)
}

// uplinked delivers the log to central.
func (r *rig) uplinked() {
	r.t.Helper()
	up, err := uplink.New(uplink.Options{Ledger: r.kiosk.book, URL: "http://central", Kiosk: "KW01", HTTP: r.central})
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(r.life)
	done := make(chan struct{})
	go func() { defer close(done); up.Run(ctx) }()
	r.later(time.Second)
	stop()
	<-done
	if r.kiosk.book.Watermark() != r.kiosk.book.Head() {
		r.t.Fatalf("central did not take the log: %+v", up.Status())
	}
}

// later lets virtual time pass, and everything that happens in it happen.
func (r *rig) later(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// kinds are the kinds of all records, in order.
func (r *rig) kinds() []string {
	r.t.Helper()
	records, err := r.kiosk.book.After(0, 1000)
	if err != nil {
		r.t.Fatal(err)
	}
	var kinds []string
	for _, rec := range records {
		kinds = append(kinds, rec.Kind)
	}
	return kinds
}

func (r *rig) has(kind string) bool { return slices.Contains(r.kinds(), kind) }

// charged is what the simulated bank has taken.
func (r *rig) charged() (times int, sum kwd.Amount) {
	for _, tx := range r.terminal.Book() {
		if tx.Fate == zvtsim.Booked {
			times, sum = times+1, sum+kwd.Amount(tx.Amount)
		}
	}
	return times, sum
}

// slot is a card slot with a card whose holder is known.
type slot struct {
	changes chan smartcard.Slot
	holder  fines.Holder
	err     error
}

func (s *slot) Status(context.Context) (devices.Status, error) {
	return devices.Status{Link: devices.Online}, nil
}

func (s *slot) Watch(ctx context.Context) <-chan smartcard.Slot {
	out := make(chan smartcard.Slot)
	go func() {
		defer close(out)
		for {
			select {
			case c := <-s.changes:
				out <- c
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

func (s *slot) Holder(context.Context) (fines.Holder, error) { return s.holder, s.err }

// centre is the real central server behind a wire that can be cut.
type centre struct {
	handler http.Handler
	store   *boltstore.Store
	mu      sync.Mutex
	down    bool
}

// reservation is how long central keeps fines for one kiosk.
const reservation = time.Minute

func newCentre(t *testing.T) *centre {
	store, err := boltstore.Open(filepath.Join(t.TempDir(), "central.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	if err := demo.Load(context.Background(), store, time.Now()); err != nil {
		t.Fatal(err)
	}
	return &centre{handler: central.New(store, central.Options{Reservation: reservation}).Handler(central.ByHeader), store: store}
}

func (c *centre) cut(down bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.down = down
}

func (c *centre) Do(r *http.Request) (*http.Response, error) {
	c.mu.Lock()
	down := c.down
	c.mu.Unlock()
	if down {
		return nil, net.ErrClosed
	}
	w := httptest.NewRecorder()
	r.RequestURI = r.URL.RequestURI()
	c.handler.ServeHTTP(w, r)
	return w.Result(), nil
}

// sketch draws every licence as a black bar: quick, and good enough for a wire.
type sketch struct{}

func (sketch) Draw(l pickup.Licence) (cardprinter.Artwork, error) {
	bar := cardprinter.NewMask()
	for x := range 200 {
		for y := range 40 {
			bar.Set(100+x, 100+y)
		}
	}
	return cardprinter.Artwork{Number: l.Number, Front: cardprinter.Side{Resin: bar}}, nil
}

// plain words: the ids themselves.
type plain struct{}

func (plain) Text(id string) receipt.Text        { return receipt.Text{En: id} }
func (plain) Money(a kwd.Amount) (ar, en string) { return a.String(), "KD " + a.String() }
func (plain) Time(t time.Time) string            { return t.Format(time.RFC3339) }
