// Package stage sets a whole kiosk up in one folder: the simulated cabinet in this
// process, centrald and kioskd as programs of their own, exactly as they run in the
// field, and a citizen who looks at the front socket.
package stage

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"text/template"
	"time"

	"murur/cmd/hwsim/internal/cabinet"
	"murur/kiosk/config"
	"murur/kiosk/ledger"
	"murur/kiosk/ledger/record"
)

// Kiosk is the kiosk's id.
const Kiosk = "KW01"

// startDeadline is how long a program may take to be ready.
const startDeadline = 15 * time.Second

// Options of a Stage.
type Options struct {
	Dir            string // for sockets, ledger and databases; must be short, sockets live in it
	Out            string // for logs and wire traces
	Kioskd         string // programs
	Centrald       string
	Speed          float64       // of the licence printer, see cabinet.Options
	Hand           bool          // a person plays the terminal's customer
	Debug          bool          // kioskd logs every step
	CentralTimeout time.Duration // of one question of kioskd
	Log            *slog.Logger  // nil: none
	Env            []string      // of the first kioskd, besides this process's own
}

// Stage is what was set up. Its methods are for one goroutine.
type Stage struct {
	Cabinet *cabinet.Cabinet

	o       Options
	central central
	kioskd  *Process
	control *http.Client
}

// Open starts cabinet, centrald and kioskd. Close ends them.
func Open(o Options) (*Stage, error) {
	s := &Stage{o: o}
	if err := s.open(); err != nil {
		return nil, errors.Join(fmt.Errorf("cannot set up the kiosk: %w", err), s.Close())
	}
	return s, nil
}

func (s *Stage) open() (err error) {
	for _, dir := range []string{s.o.Dir, s.o.Out, filepath.Join(s.o.Dir, "data")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	s.Cabinet, err = cabinet.Open(cabinet.Options{
		Dir: s.o.Dir, WireDir: filepath.Join(s.o.Out, "wire"), Log: s.o.Log, Speed: s.o.Speed, Hand: s.o.Hand,
	})
	if err != nil {
		return err
	}
	s.central = central{dir: s.o.Dir, path: s.o.Centrald, log: filepath.Join(s.o.Out, "centrald.log")}
	if err := s.StartCentral(); err != nil {
		return err
	}
	if err := s.configure(); err != nil {
		return err
	}
	s.control = UnixClient(s.path("control.sock"))
	return s.StartKiosk(s.o.Env...)
}

func (s *Stage) path(name string) string { return filepath.Join(s.o.Dir, name) }

// FrontSocket is where kioskd shows its screen.
func (s *Stage) FrontSocket() string { return s.path("front.sock") }

// CentralAddress is where centrald answers kiosks.
func (s *Stage) CentralAddress() string { return s.central.address }

// KioskLog is the file with kioskd's log.
func (s *Stage) KioskLog() string { return filepath.Join(s.o.Out, "kioskd.log") }

var settings = template.Must(template.New("kioskd.toml").Parse(`schema = 1
kiosk = "{{.Kiosk}}"
development = true

[place]
ar = "مجمع تجريبي"
en = "Demo Mall"

[paths]
data = "{{.Dir}}/data"
front = "{{.Dir}}/front.sock"
control = "{{.Dir}}/control.sock"

[ledger]
max_mib = 64
retention_days = 90

[central]
url = "http://{{.Central}}"
timeout = "{{.Timeout}}"

[reader]
driver = "ccid-socket"
socket = "{{.Reader}}"

[terminal]
driver = "zvt-serial"
address = "{{.Terminal}}"
baud = 115200
password = "000000"
end_of_day = ""

[printer]
driver = "escpos-serial"
address = "{{.Printer}}"
baud = 230400
profile = "generic-custom"

[licence_printer]
driver = "evolis-socket"
socket = "{{.Licence}}"
profile = "kc200b"
ribbon = "ymcko"
template = ""

[capture]
driver = "crt571-serial"
address = "{{.Capture}}"
baud = 38400
capacity = 20

[cabinet]
driver = "none"

[fonts]
latin = "{{.Fonts.Latin}}"
latin_bold = "{{.Fonts.LatinBold}}"
arabic = "{{.Fonts.Arabic}}"
arabic_bold = "{{.Fonts.ArabicBold}}"
`))

// configure writes kioskd's configuration. The fonts are those of the example.
func (s *Stage) configure() error {
	example, err := config.Parse(config.Example)
	if err != nil {
		return err
	}
	timeout := s.o.CentralTimeout
	if timeout == 0 {
		timeout = 8 * time.Second
	}
	var text bytes.Buffer
	err = settings.Execute(&text, map[string]any{
		"Kiosk": Kiosk, "Dir": s.o.Dir, "Central": s.central.address, "Timeout": timeout,
		"Reader": s.Cabinet.ReaderSocket(), "Terminal": s.Cabinet.TerminalTTY(), "Printer": s.Cabinet.PrinterTTY(),
		"Licence": s.Cabinet.LicenceSocket(), "Capture": s.Cabinet.CaptureTTY(),
		"Fonts": example.Fonts,
	})
	if err != nil {
		return err
	}
	return os.WriteFile(s.path("kioskd.toml"), text.Bytes(), 0o644)
}

// StartKiosk starts kioskd; the citizen sees when it is ready.
func (s *Stage) StartKiosk(env ...string) (err error) {
	args := []string{"--config", s.path("kioskd.toml")}
	if s.o.Debug {
		args = append(args, "--debug")
	}
	s.kioskd, err = Start("kioskd", s.KioskLog(), env, s.o.Kioskd, args...)
	return err
}

// KioskEnded is closed when the running kioskd has ended.
func (s *Stage) KioskEnded() <-chan struct{} { return s.kioskd.Done() }

// KillKiosk ends kioskd as a power cut would.
func (s *Stage) KillKiosk() {
	if s.kioskd != nil {
		s.kioskd.Kill()
		s.kioskd = nil
	}
}

// StopKiosk asks kioskd to end.
func (s *Stage) StopKiosk() error {
	if s.kioskd == nil {
		return nil
	}
	err := s.kioskd.Stop()
	s.kioskd = nil
	return err
}

// StartCentral starts centrald, the first time on a free port, then on the same one.
func (s *Stage) StartCentral() error { return s.central.start() }

// StopCentral ends centrald.
func (s *Stage) StopCentral() error { return s.central.stop() }

// Died reports a program that ended by itself.
func (s *Stage) Died() error {
	for _, p := range []*Process{s.kioskd, s.central.process} {
		if p != nil {
			if err := p.Ended(); err != nil {
				return err
			}
		}
	}
	return nil
}

// DumpLedger verifies the ledger of the kioskd that has ended and writes its records
// to file, one JSON object a line. It returns the records' kinds in order.
func (s *Stage) DumpLedger(ctx context.Context, file string) (kinds []string, err error) {
	l, err := ledger.Open(s.path("data/ledger.db"), ledger.Options{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	if _, err := l.Verify(ctx); err != nil {
		return nil, err
	}
	var lines bytes.Buffer
	if err := l.Dump(&lines, 0); err != nil {
		return nil, err
	}
	if err := os.WriteFile(file, lines.Bytes(), 0o644); err != nil {
		return nil, err
	}
	return kindsOf(lines.Bytes())
}

// kindsOf reads the kinds from records, one JSON object a line.
func kindsOf(lines []byte) (kinds []string, err error) {
	for line := range bytes.Lines(lines) {
		var r record.Record
		if err := json.Unmarshal(line, &r); err != nil {
			return nil, fmt.Errorf("cannot read the ledger's records: %w", err)
		}
		kinds = append(kinds, r.Kind)
	}
	return kinds, nil
}

// Close ends everything that was started and returns when it has ended.
func (s *Stage) Close() error {
	err := errors.Join(s.StopKiosk(), s.StopCentral())
	if s.control != nil {
		s.control.CloseIdleConnections()
	}
	if s.Cabinet != nil {
		err = errors.Join(err, s.Cabinet.Close())
	}
	return err
}
