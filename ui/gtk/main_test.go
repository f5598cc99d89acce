package gtk

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"murur/ui/client"
	"murur/ui/i18n"
	"murur/ui/view/samples"
	"murur/ui/xvfb"
)

var update = flag.Bool("update", false, "write the golden files again")

// childMode says that this process is not the test but the program under test: GTK
// wants a process of its own.
const childMode = "MURUR_UI_TEST_CHILD"

func TestMain(m *testing.M) {
	flag.Parse()
	var err error
	switch os.Getenv(childMode) {
	case "window":
		err = childWindow(flag.Args())
	case "measure":
		err = childMeasure()
	case "golden":
		err = childGolden(flag.Arg(0))
	default:
		os.Exit(m.Run())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// childWindow is kiosk-ui: args are the socket, width and height. It writes
// its trace to standard output.
func childWindow(args []string) error {
	runtime.LockOSThread()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	cfg := Config{Digits: i18n.Western, Log: slog.New(slog.NewTextHandler(os.Stderr, nil))}
	if _, err := fmt.Sscan(args[1]+" "+args[2], &cfg.Width, &cfg.Height); err != nil {
		return err
	}
	out := bufio.NewWriter(os.Stdout)
	cfg.Trace = func(event string, seq uint64) {
		fmt.Fprintln(out, event, seq)
		out.Flush()
	}
	return Run(ctx, cfg, client.New(client.Unix(args[0])))
}

// measured is where everything lies on one drawn screen.
type measured struct {
	Sample, Lang, Variant string
	Width, Height         int // of the monitor
	Boxes                 []Box
}

// childMeasure writes one measured for every sample, language and variant.
func childMeasure() error {
	r, err := NewRenderer()
	if err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	for _, lang := range i18n.Languages {
		for _, v := range Variants() {
			if v.Theme.Contrast {
				continue // the same sizes in other colours
			}
			for _, s := range samples.All(lang) {
				boxes, err := r.Measure(s, v)
				if err != nil {
					return err
				}
				m := measured{Sample: s.Name, Lang: string(lang), Variant: v.String(), Boxes: boxes}
				m.Width, m.Height = v.Size()
				if err := out.Encode(m); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// goldenNames are the samples that are kept as pictures.
var goldenNames = []string{"welcome-notice", "service", "identify", "number-civil-date", "fines", "fines-many-2",
	"confirm", "pay-insert_card", "receipt-take", "problem-pay_unknown", "identify-more-time", "out-of-service",
	"applications-not-all", "owing", "place-damaged", "making-printing", "take-licence", "thanks-pickup-card-in",
	"problem-visit", "problem-licence_failed-kept"}

func childGolden(dir string) error {
	r, err := NewRenderer()
	if err != nil {
		return err
	}
	for _, lang := range i18n.Languages {
		for _, v := range Variants() {
			if v.Theme != (Theme{}) {
				continue
			}
			for _, name := range goldenNames {
				s, ok := samples.Find(lang, name)
				if !ok {
					return fmt.Errorf("no sample %q", name)
				}
				img, err := r.Draw(s, v)
				if err != nil {
					return err
				}
				if err := writePNG(filepath.Join(dir, fmt.Sprintf("%s-%s-%s.png", name, lang, v)), half(img)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// needs are the programs that the tests of the real window use.
var needs = []string{"Xvfb", "xdotool", "dbus-daemon"}

// display starts an Xvfb for the test.
func display(t testing.TB, width, height int) string {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: no window")
	}
	for _, program := range needs {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("%s is not installed: run packaging/setup", program)
		}
	}
	d, err := xvfb.Start(width, height)
	if errors.Is(err, xvfb.ErrMissing) {
		t.Fatalf("%v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d.Name
}

// child is this test program in another mode, on display.
func child(t testing.TB, mode, display string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(withoutDesktop(), childMode+"="+mode, "DISPLAY="+display)
	cmd.Stderr = t.Output()
	return cmd
}

// withoutDesktop is the environment without what would change how GTK looks.
func withoutDesktop() (env []string) {
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		switch name {
		case "DISPLAY", "WAYLAND_DISPLAY", "GTK_THEME", "GTK_MODULES", "GDK_SCALE", "GDK_DPI_SCALE", "LANG", "LC_ALL", "DBUS_SESSION_BUS_ADDRESS":
		default:
			env = append(env, v)
		}
	}
	return append(env, "GDK_BACKEND=x11", "LANG=C.UTF-8")
}
