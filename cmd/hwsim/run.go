package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"murur/cmd/hwsim/internal/cabinet"
	"murur/cmd/hwsim/internal/scenario"
	"murur/cmd/hwsim/internal/stage"
	"murur/cmd/hwsim/internal/window"
	"murur/kiosk/front"
)

// tourSpeed is how much faster than in life a licence is printed for the scripted
// citizen: time enough for a picture while it is made.
const tourSpeed = 10

// kit is the programs and places of a whole kiosk.
type kit struct {
	out, panel, size          string
	speed                     float64
	kioskd, centrald, kioskUI string
}

func run() *cobra.Command {
	var k kit
	var script bool
	c := &cobra.Command{
		Use:   "run",
		Short: "Run a whole kiosk with its screen",
		Long: `Run starts the cabinet with its panel, centrald with made-up people, kioskd and the
kiosk's window, and stops them all at the end.

With a display, the window and the panel are there to be used by hand, until Ctrl-C.
Without one, a scripted citizen taps through the real window on a display in memory;
pictures of every screen, the receipt and a summary are left in the output folder.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) (err error) {
			for _, p := range []*string{&k.kioskd, &k.centrald, &k.kioskUI} {
				if *p, err = program(*p); err != nil {
					return err
				}
			}
			if k.out, err = filepath.Abs(k.out); err != nil {
				return err
			}
			if script || os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
				k.speed = tourSpeed
				return k.tour(c.Context(), c.OutOrStdout())
			}
			return k.byHand(c.Context(), c.OutOrStdout())
		},
	}
	f := c.Flags()
	f.StringVar(&k.out, "out", "out/run", "`folder` for pictures, logs and wire traces")
	f.StringVar(&k.panel, "panel", panelAddress, "loopback `address` of the panel")
	f.StringVar(&k.size, "size", "", "size of the window, such as 1080x1920; default: the monitor's")
	f.Float64Var(&k.speed, "speed", handSpeed, "how many times faster than in life a licence is printed, by hand")
	f.BoolVar(&script, "script", false, "play the scripted citizen although there is a display")
	f.StringVar(&k.kioskd, "kioskd", "kioskd", "kioskd's `program`; beside hwsim, or in PATH")
	f.StringVar(&k.centrald, "centrald", "centrald", "centrald's `program`")
	f.StringVar(&k.kioskUI, "kiosk-ui", "kiosk-ui", "kiosk-ui's `program`")
	return c
}

// open sets the kiosk up in a folder of its own; done ends it.
func (k kit) open() (st *stage.Stage, dir string, done func() error, err error) {
	if err := errors.Join(os.RemoveAll(k.out), os.MkdirAll(k.out, 0o755)); err != nil {
		return nil, "", nil, err
	}
	if dir, err = os.MkdirTemp("", "hwsim-"); err != nil {
		return nil, "", nil, err
	}
	st, err = stage.Open(stage.Options{Dir: dir, Out: k.out, Kioskd: k.kioskd, Centrald: k.centrald, Speed: k.speed, Hand: true})
	if err != nil {
		return nil, "", nil, errors.Join(err, os.RemoveAll(dir))
	}
	return st, dir, func() error { return errors.Join(st.Close(), os.RemoveAll(dir)) }, nil
}

// byHand shows the window and the panel until ctx ends or the window is closed.
func (k kit) byHand(ctx context.Context, out io.Writer) (err error) {
	st, _, done, err := k.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	if err := st.AwaitReady(ctx); err != nil {
		return err
	}
	if err := st.LoadBlanks(ctx, cabinet.Blanks); err != nil {
		return err
	}
	args := []string{"-socket", st.FrontSocket()}
	if k.size != "" {
		args = append(args, "-size", k.size)
	}
	ui, err := stage.Start("kiosk-ui", filepath.Join(k.out, "kiosk-ui.log"), nil, k.kioskUI, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ui.Stop()) }()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		<-ui.Done()
		cancel()
	}()
	fmt.Fprintf(out, "The kiosk's window is open. Cards, paper and trouble are on the panel; Ctrl-C ends all.\nlogs      %s\n", k.out)
	return servePanel(ctx, st.Cabinet, k.panel, out)
}

// tour lets the scripted citizen tap through the real window.
func (k kit) tour(ctx context.Context, out io.Writer) (err error) {
	began := time.Now()
	script, err := scenario.Tour()
	if err != nil {
		return err
	}
	st, dir, done, err := k.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	w, err := window.Open(ctx, window.Options{
		Program: k.kioskUI, Socket: st.FrontSocket(), Dir: dir, Log: filepath.Join(k.out, "kiosk-ui.log"),
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()

	var pictures []string
	shown := func(ctx context.Context, s front.Screen) error {
		name := fmt.Sprintf("%02d-%s-%s.png", len(pictures)+1, s.Name, s.Lang)
		if err := w.Picture(ctx, s, filepath.Join(k.out, name)); err != nil {
			return err
		}
		pictures = append(pictures, name)
		fmt.Fprintln(out, name)
		return nil
	}
	failed := scenario.Visit{Stage: st, Out: k.out, Hand: w, Shown: shown}.Play(ctx, script)
	if err := k.summary(script, pictures, time.Since(began), failed); err != nil {
		return errors.Join(failed, err)
	}
	if failed == nil {
		fmt.Fprintf(out, "%d pictures, the receipt and summary.txt are in %s\n", len(pictures), k.out)
	}
	return failed
}

// summary writes what the visit was and what it left.
func (k kit) summary(s scenario.Scenario, pictures []string, took time.Duration, failed error) error {
	f, err := os.Create(filepath.Join(k.out, "summary.txt"))
	if err != nil {
		return err
	}
	fmt.Fprintf(f, "%s\n%.1f s\n\n", s.Title, took.Seconds())
	if failed != nil {
		fmt.Fprintf(f, "FAILED: %v\n\n", failed)
	} else {
		fmt.Fprintf(f, "As expected: each charge of the bank is one posting at central, the ledger verifies, no device saw its protocol violated.\n\n")
	}
	for _, p := range pictures {
		fmt.Fprintln(f, p)
	}
	fmt.Fprintf(f, `
receipt.png, receipt-2.png
                  the papers as the simulated printer made them from the bytes it got
card-1-taken-front.png, card-1-taken-back.png
                  the new licence, likewise
custody.txt       who had the old licence and the blank, and by what evidence
screens.txt       what was done and what stood on the screen, in words
ledger.jsonl      the kiosk's records
wire/             every frame between kioskd and the devices
kioskd.log, centrald.log, kiosk-ui.log
`)
	return f.Close()
}
