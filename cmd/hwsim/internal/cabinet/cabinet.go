// Package cabinet is the simulated cabinet of a kiosk: a smart card reader, a payment
// terminal, a receipt printer, a licence printer and a capture unit for old licences,
// each at the end of a real wire that the production drivers open.
//
//	DIR/ccid.sock      the reader: the pipes of a USB CCID device on a Unix socket
//	DIR/tty-terminal   the terminal: ZVT on a pseudo-terminal
//	DIR/tty-printer    the printer: ESC/POS on a pseudo-terminal
//	DIR/evolis.sock    the licence printer: the pipes of a USB printer on a Unix socket
//	DIR/tty-capture    the capture unit: CRT-571 on a pseudo-terminal
//	DIR/wire/*.txt     every frame that crossed, one file a device
//
// What a person does at the cabinet, and what goes wrong in it, is a Command: one
// line of words. The panel's buttons and the scenarios' scripts use the same ones.
package cabinet

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"murur/devices/capture/crt571sim"
	"murur/devices/cardprinter/evolissim"
	"murur/devices/receipt/escpossim"
	"murur/devices/smartcard/ccidsim"
	"murur/devices/transport"
	"murur/devices/transport/usbpipe"
)

// Names of the devices, in commands, states and wire traces.
const (
	ReaderName   = "reader"
	TerminalName = "terminal"
	PrinterName  = "printer"
	LicenceName  = "licence"
	CaptureName  = "capture"
)

// Options of a Cabinet.
type Options struct {
	Dir     string       // for sockets and ports; made when missing
	WireDir string       // for wire traces; empty: DIR/wire
	Log     *slog.Logger // nil: none
	Speed   float64      // of the licence printer's mechanics; 1 as in life, 0 many times faster
	Hand    bool         // a person plays the customer; otherwise every payment is approved, and what is given back is taken, at once
}

// Cabinet is a running cabinet. All methods are safe for concurrent use.
type Cabinet struct {
	dir   string
	log   *slog.Logger
	wires *wires

	reader   *ccidsim.Reader
	terminal *terminal
	printer  *escpossim.Printer
	licences licences

	ctx     context.Context
	cancel  context.CancelFunc
	tasks   sync.WaitGroup
	sockets []net.Listener

	changed chan struct{} // one token: something happened since it was taken

	mu       sync.Mutex
	lines    map[string]*line // by device; absent: unplugged
	noReader bool             // unplugged
	card     *CardState       // as it was put in
	watchers map[chan struct{}]struct{}
	supplies
}

// Open starts the cabinet. Close ends it.
func Open(o Options) (*Cabinet, error) {
	if o.WireDir == "" {
		o.WireDir = filepath.Join(o.Dir, "wire")
	}
	for _, dir := range []string{o.Dir, o.WireDir} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, fmt.Errorf("cannot open cabinet: %w", err)
		}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	c := &Cabinet{
		dir: o.Dir, log: o.Log,
		wires:    &wires{dir: o.WireDir, start: time.Now()},
		changed:  make(chan struct{}, 1),
		lines:    make(map[string]*line),
		watchers: make(map[chan struct{}]struct{}),
		supplies: newSupplies(),
	}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	if err := c.start(o); err != nil {
		c.Close()
		return nil, fmt.Errorf("cannot open cabinet: %w", err)
	}
	return c, nil
}

// Began is the zero of the times in the wire traces.
func (c *Cabinet) Began() time.Time { return c.wires.start }

func (c *Cabinet) start(o Options) error {
	reader, err := c.wires.trace(ReaderName, c.change)
	if err != nil {
		return err
	}
	terminal, err := c.wires.trace(TerminalName, c.change)
	if err != nil {
		return err
	}
	printer, err := c.wires.trace(PrinterName, c.change)
	if err != nil {
		return err
	}
	c.reader = ccidsim.New(ccidsim.Options{Trace: reader})
	c.printer = escpossim.New(escpossim.Options{Trace: printer, Changed: c.change})
	c.terminal = newTerminal(terminal, o.Hand)
	licence, err := c.wires.trace(LicenceName, c.change)
	if err != nil {
		return err
	}
	capture, err := c.wires.trace(CaptureName, c.change)
	if err != nil {
		return err
	}
	if o.Speed == 0 {
		o.Speed = 25
	}
	c.licences.printer = evolissim.New(evolissim.Options{
		Blanks: Blanks, Ribbon: "ymcko", Speed: o.Speed, MaxPacket: 512, Trace: licence, Changed: c.change, Moved: c.licences.moved,
	})
	c.licences.takes = !o.Hand
	c.licences.capture = crt571sim.New(crt571sim.Options{
		Person: crt571sim.Person{Takes: !o.Hand, After: 2 * time.Second}, Trace: capture, Changed: c.change, Moved: c.licences.moved,
	})

	if err := c.listen(ReaderName, c.ReaderSocket(), c.reader.Pipes); err != nil {
		return err
	}
	if err := c.listen(LicenceName, c.LicenceSocket(), c.licences.printer.Pipes); err != nil {
		return err
	}
	c.tasks.Go(c.tell)
	for _, device := range serials {
		if err := c.plug(device); err != nil {
			return err
		}
	}
	return nil
}

// serials are the devices on pseudo-terminals.
var serials = []string{TerminalName, PrinterName, CaptureName}

// listen serves the pipes of a USB device on a Unix socket.
func (c *Cabinet) listen(device, path string, pipes func() (transport.Pipes, error)) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return err
	}
	c.sockets = append(c.sockets, l)
	c.tasks.Go(func() { c.ended(device, usbpipe.Serve(c.ctx, l, pipes)) })
	return nil
}

// Close pulls every plug and returns when all goroutines have ended.
func (c *Cabinet) Close() error {
	c.cancel()
	for _, device := range serials {
		c.unplug(device)
	}
	for _, l := range c.sockets {
		l.Close()
	}
	c.tasks.Wait()
	c.wires.close()
	return nil
}

// ReaderSocket, TerminalTTY and PrinterTTY are what kioskd's configuration names.
func (c *Cabinet) ReaderSocket() string { return filepath.Join(c.dir, "ccid.sock") }

// TerminalTTY is the terminal's serial port.
func (c *Cabinet) TerminalTTY() string { return filepath.Join(c.dir, "tty-"+TerminalName) }

// PrinterTTY is the printer's serial port.
func (c *Cabinet) PrinterTTY() string { return filepath.Join(c.dir, "tty-"+PrinterName) }

// CaptureTTY is the capture unit's serial port.
func (c *Cabinet) CaptureTTY() string { return filepath.Join(c.dir, "tty-"+CaptureName) }

// LicenceSocket is the licence printer's.
func (c *Cabinet) LicenceSocket() string { return filepath.Join(c.dir, "evolis.sock") }

// WireDir is the folder of the wire traces.
func (c *Cabinet) WireDir() string { return c.wires.dir }

// plug connects a device to a new line. A device that is plugged stays as it is.
func (c *Cabinet) plug(device string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch device {
	case ReaderName:
		c.noReader = false
		c.reader.Plug()
		return nil
	case LicenceName:
		c.licences.printer.Plug()
		return nil
	}
	if c.lines[device] != nil || c.ctx.Err() != nil {
		return nil
	}
	l, err := newLine(filepath.Join(c.dir, "tty-"+device))
	if err != nil {
		return err
	}
	c.lines[device] = l
	s := map[string]server{TerminalName: c.terminal, PrinterName: c.printer, CaptureName: c.licences.capture}[device]
	c.tasks.Go(func() {
		c.ended(device, s.Serve(c.ctx, l))
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.lines[device] == l { // it ended by itself: it has lost its power
			c.drop(device)
		}
		c.change()
	})
	return nil
}

// unplug pulls a device's cable: the port disappears under the one who holds it.
func (c *Cabinet) unplug(device string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch device {
	case ReaderName:
		c.noReader = true
		c.reader.Unplug()
		return
	case LicenceName:
		c.licences.printer.Unplug()
		return
	}
	if c.lines[device] != nil {
		c.drop(device)
	}
}

func (c *Cabinet) drop(device string) {
	l := c.lines[device]
	delete(c.lines, device)
	os.Remove(l.link)
	l.Close()
}

func (c *Cabinet) ended(device string, err error) {
	if err != nil && c.ctx.Err() == nil {
		c.log.Info("link ended", "device", device, "why", err)
	}
}

// change notes that something a person can see has changed.
func (c *Cabinet) change() {
	select {
	case c.changed <- struct{}{}:
	default:
	}
}

// tell passes changes on to those who watch.
func (c *Cabinet) tell() {
	for {
		select {
		case <-c.ctx.Done():
			return
		case <-c.changed:
		}
		c.mu.Lock()
		for w := range c.watchers {
			select {
			case w <- struct{}{}:
			default:
			}
		}
		c.mu.Unlock()
	}
}

// Watch returns a channel that gets a token after every change, until stop is
// called. Tokens do not pile up: look at the State after each.
func (c *Cabinet) Watch() (changes <-chan struct{}, stop func()) {
	w := make(chan struct{}, 1)
	c.mu.Lock()
	c.watchers[w] = struct{}{}
	c.mu.Unlock()
	return w, func() {
		c.mu.Lock()
		delete(c.watchers, w)
		c.mu.Unlock()
	}
}
