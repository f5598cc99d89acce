// Package window uses the kiosk's real window on a display in memory: it starts the
// display, the accessibility bus and kiosk-ui, finds controls by the names that a
// screen reader says, touches them with the pointer of the X server, and takes
// pictures.
package window

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"murur/cmd/hwsim/internal/stage"
	"murur/kiosk/front"
	"murur/ui/view"
	"murur/ui/xvfb"
)

// Size of the window: the kiosk's monitor.
const width, height = 1080, 1920

// atspi starts the accessibility bus, as the Debian package at-spi2-core installs it.
const atspi = "/usr/libexec/at-spi-bus-launcher"

// How long is waited for the window, and how often is looked.
const (
	deadline = 20 * time.Second
	look     = 20 * time.Millisecond
)

// Options of a Window.
type Options struct {
	Program string // kiosk-ui
	Socket  string // front socket
	Dir     string // for the bus and traces
	Log     string // file
}

// Window is the running window.
type Window struct {
	display   *xvfb.Display
	processes []*stage.Process // in the order of their start
	tree      *tree
	trace     string
}

// Open starts display, bus and kiosk-ui. Close ends them.
func Open(ctx context.Context, o Options) (*Window, error) {
	w := &Window{trace: filepath.Join(o.Dir, "kiosk-ui.trace")}
	if err := w.open(ctx, o); err != nil {
		w.Close()
		return nil, fmt.Errorf("cannot open the window: %w", err)
	}
	return w, nil
}

func (w *Window) open(ctx context.Context, o Options) (err error) {
	if w.display, err = xvfb.Start(width, height); err != nil {
		return err
	}
	bus := "unix:path=" + filepath.Join(o.Dir, "bus")
	env := []string{
		"DISPLAY=" + w.display.Name, "WAYLAND_DISPLAY=", "GDK_BACKEND=x11", "NO_AT_BRIDGE=",
		"XDG_RUNTIME_DIR=" + o.Dir, "DBUS_SESSION_BUS_ADDRESS=" + bus,
	}
	run := func(program string, args ...string) error {
		path, err := exec.LookPath(program)
		if err != nil {
			return fmt.Errorf("%w: run packaging/setup", err)
		}
		p, err := stage.Start(filepath.Base(program), o.Log, env, path, args...)
		if err == nil {
			w.processes = append(w.processes, p)
		}
		return err
	}
	if err := run("dbus-daemon", "--session", "--nofork", "--nopidfile", "--nosyslog", "--address="+bus); err != nil {
		return err
	}
	if err := await(ctx, func() error { _, err := os.Stat(filepath.Join(o.Dir, "bus")); return err }); err != nil {
		return err
	}
	if err := run(atspi, "--launch-immediately"); err != nil {
		return err
	}
	if err := await(ctx, func() (err error) { w.tree, err = openTree(ctx, bus); return err }); err != nil {
		return err
	}
	return run(o.Program, "-socket", o.Socket, "-size", fmt.Sprintf("%dx%d", width, height), "-still", "-trace", w.trace)
}

// await tries until it works.
func await(ctx context.Context, try func() error) error {
	end := time.NewTimer(deadline)
	defer end.Stop()
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		err := try()
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		case <-end.C:
			return fmt.Errorf("not within %v: %w", deadline, err)
		}
	}
}

// Close ends what was started, the last one first.
func (w *Window) Close() error {
	if w.tree != nil {
		w.tree.close()
	}
	var err error
	for _, p := range slices.Backward(w.processes) {
		err = errors.Join(err, p.Stop())
	}
	if w.display != nil {
		w.display.Close()
	}
	return err
}

// Touch finds the control that means action on the screen and touches it. A number is
// typed key by key.
func (w *Window) Touch(ctx context.Context, on front.Screen, action front.Action, value string) error {
	if err := w.painted(ctx, on); err != nil {
		return err
	}
	state := view.State{}
	if action == front.ActNumber {
		for _, digit := range value {
			if err := w.press(ctx, string(digit)); err != nil {
				return err
			}
		}
		state.Typed, value = value, ""
	}
	c := control(view.Of(on, view.Options{Now: on.Since, State: state}), action, value)
	if c == nil {
		return fmt.Errorf("%w: %s %s", stage.ErrNotOffered, action, value)
	}
	return w.press(ctx, c.Label)
}

// control is the control of a view that sends action with value.
func control(v view.View, action front.Action, value string) *view.Control {
	all := append([]*view.Control{v.Primary, v.Second}, v.Bar[:]...)
	if v.Overlay != nil {
		all = append(all, v.Overlay.Primary, v.Overlay.Second)
	}
	for _, p := range v.Parts {
		switch p := p.(type) {
		case view.Card:
			all = append(all, &p.Control)
		case view.Row:
			all = append(all, p.Control)
		case view.Heading:
			all = append(all, p.Button)
		}
	}
	for _, c := range all {
		if c != nil && c.Enabled && c.Send == action && (value == "" || c.Value == value) {
			return c
		}
	}
	return nil
}

// press touches the middle of the control with that name, then takes the pointer away.
func (w *Window) press(ctx context.Context, name string) error {
	var place image.Rectangle
	err := await(ctx, func() (err error) { place, err = w.tree.find(ctx, name); return err })
	if err != nil {
		return fmt.Errorf("cannot touch %q: %w", name, err)
	}
	middle := place.Min.Add(place.Max).Div(2)
	return w.x(ctx, "xdotool", "mousemove", fmt.Sprint(middle.X), fmt.Sprint(middle.Y), "click", "1", "mousemove", "0", "0")
}

// x runs a program of the X server's.
func (w *Window) x(ctx context.Context, program string, args ...string) error {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), "DISPLAY="+w.display.Name)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", program, err, bytes.TrimSpace(out))
	}
	return nil
}

// painted waits until kiosk-ui says that it has drawn the screen, or a later one.
func (w *Window) painted(ctx context.Context, s front.Screen) error {
	return await(ctx, func() error {
		text, err := os.ReadFile(w.trace)
		if err != nil {
			return err
		}
		var last uint64
		for line := range strings.Lines(string(text)) {
			var at float64
			var event string
			var seq uint64
			if n, _ := fmt.Sscan(line, &at, &event, &seq); n == 3 && event == "painted" {
				last = max(last, seq)
			}
		}
		if last < s.Seq {
			return fmt.Errorf("screen %d is not drawn, %d is", s.Seq, last)
		}
		return nil
	})
}

// Picture writes what the display shows to a PNG file, once the screen is drawn and
// nothing moves any more.
func (w *Window) Picture(ctx context.Context, s front.Screen, file string) error {
	if err := w.painted(ctx, s); err != nil {
		return err
	}
	var last image.Image
	return await(ctx, func() error {
		if err := w.x(ctx, "import", "-window", "root", file); err != nil {
			return err
		}
		now, err := decode(file)
		if err != nil {
			return err
		}
		before := last
		last = now
		if before == nil || !same(before, now) {
			return errors.New("the picture still moves")
		}
		return nil
	})
}

func decode(file string) (image.Image, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return png.Decode(f)
}

func same(a, b image.Image) bool {
	x, ok := a.(*image.RGBA)
	y, also := b.(*image.RGBA)
	if ok && also {
		return bytes.Equal(x.Pix, y.Pix)
	}
	p, ok := a.(*image.NRGBA)
	q, also := b.(*image.NRGBA)
	return ok && also && bytes.Equal(p.Pix, q.Pix)
}
