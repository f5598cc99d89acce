// Kioskd is the appliance: it owns devices, money and cards of one kiosk, and shows
// no pixels. See kiosk/doc/architecture.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"murur/devices"
	"murur/kiosk/config"
	"murur/kiosk/control"
	"murur/kiosk/engine"
	"murur/kiosk/event"
	"murur/kiosk/front"
	"murur/kiosk/journey"
	"murur/kiosk/journey/fines"
	"murur/kiosk/ledger"
	"murur/kiosk/socket"
	"murur/sync/downlink"
	"murur/sync/uplink"
	"murur/ui/i18n"
)

// version is set by the build.
var version = "development"

// Exit codes: 78 is EX_CONFIG of sysexits.h.
const (
	exitOK     = 0
	exitFailed = 1
	exitConfig = 78
)

func main() {
	path := flag.String("config", "/etc/murur/kioskd.toml", "configuration `file`")
	verbose := flag.Bool("debug", false, "log every step, for whoever looks for a fault")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, *path, *verbose, os.Stderr)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, path string, verbose bool, out io.Writer) int {
	began := time.Now()
	c, err := config.Load(path)
	if err != nil {
		fmt.Fprintln(out, "kioskd:", err)
		return exitConfig
	}
	level := slog.LevelInfo
	if verbose {
		level = slog.LevelDebug
	}
	log := slog.New(slog.NewJSONHandler(out, &slog.HandlerOptions{Level: level})).With("kiosk", c.Kiosk)
	event.Log(log, event.KioskStarted, "version", version, "pid", os.Getpid())
	if err := serve(ctx, c, log, began); err != nil {
		event.Log(log, event.KioskStopped, "reason", err.Error())
		fmt.Fprintln(out, "kioskd:", err)
		return exitFailed
	}
	event.Log(log, event.KioskStopped, "reason", "asked to")
	return exitOK
}

// serve runs the kiosk until ctx ends. When the ledger cannot be opened the screen
// says so until somebody has mended it; the file is not touched.
func serve(ctx context.Context, c config.Config, log *slog.Logger, began time.Time) error {
	if err := os.MkdirAll(c.Paths.Data, 0o700); err != nil {
		return err
	}
	screen, err := socket.Listen(c.Paths.Front, 0o660)
	if err != nil {
		return err
	}
	technician, err := socket.Listen(c.Paths.Control, 0o600)
	if err != nil {
		return errors.Join(err, screen.Close())
	}
	refused := func(err error) { event.Log(log, event.FrontRefused, "error", err.Error()) }
	source := &source{config: c, began: began}
	var all sync.WaitGroup
	defer all.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	all.Go(func() { socket.Serve(ctx, technician, control.Handler(source, log)) })

	book, err := openLedger(c)
	if err != nil {
		event.Log(log, event.LedgerRefused, "error", err.Error())
		closed := newClosed(err)
		source.refused(closed, err)
		return front.Serve(ctx, screen, closed, refused)
	}
	defer book.Close()
	head := book.Head()
	event.Log(log, event.LedgerOpened, "epoch", head.Epoch, "seq", head.Seq)

	up, err := uplink.New(uplink.Options{Ledger: book, URL: c.Central.URL, Kiosk: c.Kiosk, Log: log})
	if err != nil {
		return err
	}
	all.Go(func() { up.Run(ctx) })
	kiosk, cab, err := build(c, book, up, log)
	if err != nil {
		return err
	}
	defer cab.close()
	source.opened(book, kiosk, up)
	all.Go(func() {
		if err := front.Serve(ctx, screen, kiosk, refused); err != nil {
			refused(err)
		}
	})
	event.Log(log, event.KioskReady, "ms", time.Since(began).Milliseconds())
	daemon.SdNotify(false, daemon.SdNotifyReady)
	// Fonts and the template's grounds are most of what lives, and stay; a heap of twice
	// that would be waste on a small machine with next to nothing to do.
	debug.SetGCPercent(40)
	debug.FreeOSMemory()
	err = kiosk.Run(ctx)
	cancel()
	return err
}

func openLedger(c config.Config) (*ledger.Ledger, error) {
	key, err := sealKey(c.Paths.Data)
	if err != nil {
		return nil, err
	}
	return ledger.Open(filepath.Join(c.Paths.Data, "ledger.db"), crashing(ledger.Options{
		Kiosk: c.Kiosk, Key: key, MaxSize: c.Ledger.MaxMiB << 20,
		Retention: time.Duration(c.Ledger.RetentionDays) * 24 * time.Hour, LockWait: time.Second,
	}))
}

// build joins devices, central server, words and ledger to one kiosk.
func build(c config.Config, book *ledger.Ledger, up *uplink.Uplink, log *slog.Logger) (*engine.Engine, *cabinet, error) {
	cab, err := openCabinet(c, log)
	if err != nil {
		return nil, nil, err
	}
	down, err := downlink.New(downlink.Options{URL: c.Central.URL, Kiosk: c.Kiosk, Timeout: time.Duration(c.Central.Timeout)})
	if err != nil {
		return nil, nil, err
	}
	asks := central{down, func() uplink.Code { return up.Status().Code }}
	hands := cab.hands()
	hands.Central, hands.Words = asks, newWords()
	if hands.Licences != nil {
		hands.Licences.Central = asks
	}
	hands.Issuer = fines.Issuer{Kiosk: c.Kiosk, Place: front.Words{Ar: c.Place.Ar, En: c.Place.En}}
	hands.Failed = func(effect journey.Kind, err error) {
		event.Log(log, event.EffectFailed, "effect", effect, "error", err.Error())
	}
	return engine.New(engine.Options{
		Ledger: book, Hands: hands, Development: c.Development, Log: log,
		EndOfDay: time.Duration(c.Terminal.EndOfDay), Zone: i18n.Kuwait,
		CentralError: func() string { return string(up.Status().Code) },
	}), cab, nil
}

// closed is the desk of a kiosk that must not work: one screen that says so.
type closed struct{ board *front.Board }

func newClosed(err error) closed {
	code := "ledger_failed"
	for _, c := range []struct {
		is   error
		code string
	}{
		{ledger.ErrLocked, "ledger_locked"}, {ledger.ErrCorrupt, "ledger_corrupt"}, {ledger.ErrSchema, "ledger_newer"},
	} {
		if errors.Is(err, c.is) {
			code = c.code
		}
	}
	b := front.NewBoard()
	b.Show(front.Screen{Name: front.OutOfService, Lang: front.Arabic, Outage: &front.OutOfServiceOut{
		Code: code, Remedy: string(devices.RemedyMaintenance), Detail: err.Error(),
	}}, time.Now())
	return closed{b}
}

func (c closed) Board() *front.Board { return c.board }

// Input does nothing: there is nothing to touch.
func (closed) Input(context.Context, front.Input) error { return engine.ErrNotOffered }
