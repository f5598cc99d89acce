package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"murur/devices"
	"murur/devices/terminal"
	"murur/kiosk/config"
	"murur/kiosk/control"
	"murur/kiosk/engine"
	"murur/kiosk/front"
	"murur/kiosk/health"
	"murur/kiosk/journey/fines"
	"murur/kiosk/journey/pickup"
	"murur/kiosk/ledger"
	"murur/kiosk/socket"
	"murur/kiosk/stock"
)

var update = flag.Bool("update", false, "write the golden files again")

func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"kioskctl": main}) }

// TestScripts runs kioskctl against a real control server with a real ledger. Each
// script has its own: control.sock serves a kiosk that is well, sick.sock one that is
// not and has no ledger, new.sock one that has just started, closed.db is a ledger that nobody has open.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata",
		UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			env.Setenv("TZ", "UTC")
			ctx, cancel := context.WithCancel(context.Background())
			env.Defer(cancel)
			well := kioskd{Ledger: newLedger(t, env.Cd, "open.db"), status: well()}
			env.Defer(func() { well.Ledger.Close() })
			closed := newLedger(t, env.Cd, "closed.db")
			for name, source := range map[string]control.Source{
				"control.sock": well,
				"sick.sock":    kioskd{Ledger: closed, status: sick()}, // its ledger answers ErrClosed
				"new.sock":     kioskd{Ledger: well.Ledger, status: control.Status{Kiosk: "KW01", Screen: front.Welcome}},
			} {
				serve(ctx, t, filepath.Join(env.Cd, name), source)
			}
			if err := closed.Close(); err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(env.Cd, "kioskd.toml"), []byte(config.Example), 0o600)
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits": exits,
		},
	})
}

// exits runs kioskctl and compares its exit status: exits N args...
func exits(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec("kioskctl", args[1:]...)
	got := "0"
	if err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != args[0] {
		ts.Fatalf("kioskctl exits with %s, not %s", got, args[0])
	}
}

func TestFollow(t *testing.T) {
	dir := t.TempDir()
	l := newLedger(t, dir, "ledger.db")
	defer l.Close()
	serve(t.Context(), t, filepath.Join(dir, "s"), kioskd{Ledger: l, status: well()})

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out, in := io.Pipe()
	defer out.Close()
	root := new(app).command()
	root.SetOut(in)
	root.SetArgs([]string{"ledger", "tail", "-f", "-n", "1", "--socket", filepath.Join(dir, "s")})
	ended := make(chan error, 1)
	go func() { ended <- root.ExecuteContext(ctx) }()

	lines := bufio.NewScanner(out)
	next := func(want string) {
		t.Helper()
		if !lines.Scan() || !strings.Contains(lines.Text(), want) {
			t.Fatalf("got %q, want %q", lines.Text(), want)
		}
	}
	next("test.2")
	if _, err := l.Append(ledger.Step{Records: []ledger.Draft{{Kind: "test.later"}}}); err != nil {
		t.Fatal(err)
	}
	next("test.later")
	if _, err := l.NewEpoch("test"); err != nil {
		t.Fatal(err)
	}
	next("ledger.epoch")
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                             "0 s",
		-time.Second:                  "0 s",
		59 * time.Second:              "59 s",
		61 * time.Second:              "1 min 1 s",
		time.Hour:                     "1 h",
		time.Hour + time.Second:       "1 h",
		49*time.Hour + 59*time.Minute: "2 d 1 h",
	} {
		if got := span(d); got != want {
			t.Errorf("span(%v) = %q, want %q", d, got, want)
		}
	}
}

// kioskd is a control.Source with a real ledger and a given status.
type kioskd struct {
	*ledger.Ledger
	status control.Status
}

func (k kioskd) Status() control.Status {
	s := k.status
	if s.Ledger != nil {
		s.Ledger = &control.Ledger{Head: k.Head(), Watermark: k.Watermark(), Lag: k.Head().Seq,
			Room: ledger.Room{Used: 3 << 19, Max: 256 << 20, OK: true}}
	}
	return s
}

// open are the cases of the kiosk that is well.
var open = []fines.Case{
	{Number: "C-KW01-1000007", Reason: front.ProblemPayUnknown, Receipt: "KW01-1000007", Fines: []string{"259801001"}, Amount: 20000,
		At: morning, Payment: terminal.Payment{Attempt: "KW01-1000007-1", Before: terminal.Mark{Receipt: "0310", Trace: "000411"}}},
	{Number: "C-KW01-1000031", Reason: front.ProblemReceiptFailed, Receipt: "KW01-1000031", Fines: []string{"259801004"}, Amount: 30000, At: morning},
	{Number: "C-KW01-1000042", Reason: front.ProblemLicenceUnknown, At: morning, Application: "A-1003", Card: "KW01-1000042/1", Batch: "2026-05.A"},
}

func (k kioskd) Cases() ([]fines.Case, error) {
	if k.status.Ledger == nil {
		return nil, ledger.ErrClosed
	}
	return open, nil
}

func (k kioskd) EndOfDay(context.Context) error {
	if k.status.Ledger == nil {
		return engine.ErrBusy
	}
	return nil
}

// batches are the blanks of the kiosk that is well.
var batches = []stock.Batch{
	{ID: "2026-04.A", At: morning, Loaded: 200, Issued: 151, Rejected: 4, Retracted: 2, Away: map[string]devices.Custody{
		"KW01-1000042/1": devices.CustodyInside, "KW01-1000017/2": devices.CustodyUnknown}},
	{ID: "2026-05.A", At: morning.Add(time.Hour), Loaded: 100, Differences: []stock.Difference{{At: morning, Expected: 41, Found: 40}}},
}

func (k kioskd) Stock() ([]stock.Batch, error) {
	if k.status.Ledger == nil {
		return nil, ledger.ErrClosed
	}
	return batches, nil
}

// Load checks as kioskd does, and keeps nothing.
func (k kioskd) Load(_ context.Context, l stock.Load) error { return l.Check() }

// Settle decides as kioskd does, and keeps nothing.
func (k kioskd) Settle(_ context.Context, s engine.Settlement) error {
	for _, c := range open {
		if c.Number == s.Case {
			_, err := fines.Settle(c, s.Outcome, s.Reason, morning)
			_, lost := pickup.Settled(c, s.Custody)
			return errors.Join(err, lost)
		}
	}
	return engine.ErrNoCase
}

var morning = time.Date(2026, 5, 9, 8, 0, 0, 0, time.UTC)

func well() control.Status {
	return control.Status{
		Kiosk: "KW01", Version: "v1.2.3", Started: morning, At: morning.Add(26*time.Hour + 5*time.Minute),
		Screen:  front.Pay,
		Journey: &control.Journey{ID: "KW01-1-42", Name: "fines", Phase: "paying", Since: morning.Add(26*time.Hour + 4*time.Minute)},
		Devices: []control.Device{
			{Kind: health.Reader, Driver: "ccid-usb", Since: morning.Add(26 * time.Hour), Status: devices.Status{Link: devices.Online, Model: "HID 3121"}},
			{Kind: health.Printer, Driver: "escpos-serial", Since: morning.Add(26 * time.Hour), Status: devices.Status{
				Link: devices.Online, Supplies: map[string]devices.Level{"paper": devices.LevelLow}}},
		},
		Health: []health.Warning{{Code: "printer-paper-low", Device: health.Printer, Severity: health.Info,
			Remedy: devices.RemedyReplenish}},
		Ledger:  &control.Ledger{},
		Uplink:  control.Uplink{LastOK: morning.Add(26 * time.Hour)},
		Process: control.Process{PID: 321, RSS: 21 << 20, Goroutines: 17},
	}
}

func sick() control.Status {
	s := well()
	s.Screen, s.Journey, s.Ledger = front.OutOfService, nil, nil
	s.Health = []health.Warning{{Code: "ledger_corrupt", Device: health.Storage, Severity: health.Alarm, Blocks: []string{"all"},
		Remedy: devices.RemedyMaintenance, Detail: "page 7"}}
	s.Devices[1].Status.Fault = &devices.Fault{Code: "paper-jam", Remedy: devices.RemedyClear}
	s.Uplink = control.Uplink{Error: "fork", Forked: true}
	return s
}

// newLedger makes a ledger with three records.
func newLedger(t *testing.T, dir, name string) *ledger.Ledger {
	t.Helper()
	now := morning
	l, err := ledger.Open(filepath.Join(dir, name), ledger.Options{Kiosk: "KW01", Key: [32]byte{1}, Now: func() time.Time {
		now = now.Add(time.Second)
		return now
	}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		step := ledger.Step{Journey: "KW01-1-1", Records: []ledger.Draft{{Kind: "test." + strconv.Itoa(i), Payload: map[string]int{"amount": 1000 * i}}}}
		if _, err := l.Append(step); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

func serve(ctx context.Context, t *testing.T, path string, s control.Source) {
	t.Helper()
	l, err := socket.Listen(path, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	go socket.Serve(ctx, l, control.Handler(s, slog.New(slog.DiscardHandler)))
}
