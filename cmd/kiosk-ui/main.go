// Command kiosk-ui is the kiosk's screen. It knows no device, no database and no
// network, only the front socket of kioskd.
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
	"regexp"
	"runtime"
	"syscall"

	"murur/ui/client"
	"murur/ui/gtk"
	"murur/ui/i18n"
	"murur/ui/xvfb"
)

func main() {
	if err := run(os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "kiosk-ui:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	runtime.LockOSThread() // GTK stays on one thread
	flags := flag.NewFlagSet("kiosk-ui", flag.ContinueOnError)
	socket := flags.String("socket", "/run/murur/front.sock", "front socket of kioskd")
	size := flags.String("size", "", "window size, such as 1080x1920 (default: the monitor's)")
	fullscreen := flags.Bool("fullscreen", false, "cover the monitor and hide the pointer")
	digits := flags.String("digits", string(i18n.Western), "digits of Arabic text: western or arabic")
	contrast := flags.Bool("contrast", false, "begin with high contrast")
	large := flags.Bool("large", false, "begin with large text")
	still := flags.Bool("still", false, "pictures do not move")
	trace := flags.String("trace", "", "write the times of taps and painted frames to this file")
	render := flags.String("render", "", "draw every sample screen into this directory and end")
	only := flags.String("only", "", "with -render: only the samples whose name matches this expression")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *render != "" {
		return draw(*render, *only)
	}
	cfg := gtk.Config{
		Fullscreen: *fullscreen, Digits: i18n.Digits(*digits), Contrast: *contrast, Large: *large, Still: *still,
		Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	}
	if cfg.Digits != i18n.Western && cfg.Digits != i18n.Indic {
		return fmt.Errorf("cannot use -digits %q: want western or arabic", *digits)
	}
	if *size != "" {
		if n, err := fmt.Sscanf(*size, "%dx%d", &cfg.Width, &cfg.Height); n != 2 || err != nil || cfg.Width < 320 || cfg.Height < 320 {
			return fmt.Errorf("cannot use -size %q: want WIDTHxHEIGHT, at least 320 each", *size)
		}
	}
	if *trace != "" {
		file, err := os.Create(*trace)
		if err != nil {
			return fmt.Errorf("cannot trace: %w", err)
		}
		defer file.Close()
		cfg.Trace = tracer(file)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return gtk.Run(ctx, cfg, client.New(client.Unix(*socket)))
}

// tracer writes one line for each event: milliseconds since the process began, what,
// and the screen's number.
func tracer(to io.Writer) func(event string, seq uint64) {
	began := processStart()
	return func(event string, seq uint64) {
		fmt.Fprintf(to, "%.3f %s %d\n", sinceMS(began), event, seq)
	}
}

// draw draws the samples; without a display it brings its own.
func draw(dir, only string) error {
	match, err := regexp.Compile(only)
	if err != nil {
		return fmt.Errorf("cannot use -only: %w", err)
	}
	if os.Getenv("DISPLAY") == "" {
		d, err := xvfb.Start(640, 480)
		if err != nil {
			return err
		}
		defer d.Close()
		os.Setenv("DISPLAY", d.Name)
	}
	return gtk.Screens(dir, gtk.Variants(), match)
}
