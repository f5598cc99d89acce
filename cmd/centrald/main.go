// Command centrald is the central server: it knows the fines and the licences to be
// collected, gives each to one kiosk at a time and receives every kiosk's log. With
// --staff the department decides about licences that no kiosk could hand out. See
// package sync/central.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"murur/sync/central"
	"murur/sync/central/boltstore"
	"murur/sync/central/config"
	"murur/sync/central/demo"
	"murur/sync/central/faults"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stderr)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errConfig):
		fmt.Fprintln(os.Stderr, "centrald:", err)
		os.Exit(78)
	case err != nil:
		fmt.Fprintln(os.Stderr, "centrald:", err)
		os.Exit(1)
	}
}

var errConfig = errors.New("bad configuration")

// options are the configuration and what only flags can say.
type options struct {
	config.Config
	addrFile, faults, faultsFile, staff, staffFile string
}

func parse(args []string, out io.Writer) (options, error) {
	o := options{Config: config.Default()}
	f := flag.NewFlagSet("centrald", flag.ContinueOnError)
	f.SetOutput(out)
	file := f.String("config", "", "read this TOML `file`")
	listen := f.String("listen", o.Listen, "`address` for kiosks; port 0 takes a free one")
	data := f.String("data", "", "`file` that holds everything")
	withDemo := f.Bool("demo", false, "load made-up people, companies and fines")
	f.StringVar(&o.addrFile, "addr-file", "", "write the address for kiosks to this `file`")
	f.StringVar(&o.faults, "faults", "", "test aid: loopback `address` where faults are switched")
	f.StringVar(&o.faultsFile, "faults-file", "", "write that address to this `file`")
	f.StringVar(&o.staff, "staff", "", "loopback `address` where the department decides about licences")
	f.StringVar(&o.staffFile, "staff-file", "", "write that address to this `file`")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if *file != "" {
		var err error
		if o.Config, err = config.Load(*file); err != nil {
			return o, fmt.Errorf("%w: %w", errConfig, err)
		}
	}
	f.Visit(func(set *flag.Flag) {
		switch set.Name {
		case "listen":
			o.Listen = *listen
		case "data":
			o.Data = *data
		case "demo":
			o.Demo = *withDemo
		}
	})
	if err := o.Check(); err != nil {
		return o, fmt.Errorf("%w: %w", errConfig, err)
	}
	for name, address := range map[string]string{"faults": o.faults, "staff": o.staff} {
		if address != "" && !config.Loopback(address) {
			return o, fmt.Errorf("%w: %s: %q is not a loopback address like 127.0.0.1:0", errConfig, name, address)
		}
	}
	return o, nil
}

// places are where kiosks stand.
func (o options) places() map[string]central.Words {
	all := make(map[string]central.Words)
	if o.Demo {
		all = demo.Places()
	}
	for id, p := range o.Places {
		all[id] = central.Words(p)
	}
	return all
}

// run serves until ctx ends.
func run(ctx context.Context, args []string, out io.Writer) error {
	o, err := parse(args, out)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(out, nil))
	store, err := boltstore.Open(o.Data)
	if err != nil {
		return err
	}
	defer store.Close() // every change is synced already
	if o.Demo {
		if err := demo.Load(ctx, store, time.Now()); err != nil {
			return err
		}
	}
	server := central.New(store, central.Options{Reservation: time.Duration(o.Reservation), Places: o.places(), Log: log})
	var faulty faults.Switch
	handler := server.Handler(central.ByHeader)
	if o.faults != "" {
		handler = faulty.Wrap(handler)
	}
	// The kiosks' address comes last: whoever waits for it then finds all files.
	services := []service{
		{"faults", o.faults, o.faultsFile, faulty.Admin()}, {"staff", o.staff, o.staffFile, server.Staff()},
		{"kiosks", o.Listen, o.addrFile, handler},
	}
	return serve(ctx, log, services, faulty.Clear)
}

// service is one listener; without an address there is none.
type service struct {
	name, address, file string
	handler             http.Handler
}

// serve runs until ctx ends or a listener fails, then lets running requests end.
// release is called before that, to let go what waits on purpose.
func serve(ctx context.Context, log *slog.Logger, services []service, release func()) error {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	var running []*http.Server
	defer func() {
		release()
		patience, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		for _, s := range running {
			if s.Shutdown(patience) != nil {
				_ = s.Close() // a request that outlives its patience is cut off
			}
		}
		log.Info("server.stopped")
	}()
	for _, s := range services {
		_ = os.Remove(s.file) // of an earlier run; usually there is none
		if s.address == "" {
			continue
		}
		l, err := net.Listen("tcp", s.address)
		if err != nil {
			return fmt.Errorf("cannot listen for %s: %w", s.name, err)
		}
		server := central.HTTPServer(s.handler, log)
		running = append(running, server)
		go func() {
			if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				fail(fmt.Errorf("cannot serve %s: %w", s.name, err))
			}
		}()
		if err := announce(s.file, l.Addr().String()); err != nil {
			return err
		}
		log.Info("server.listening", "for", s.name, "address", l.Addr().String())
	}
	<-ctx.Done()
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// announce writes the address in one step, so that a reader sees all of it or no
// file.
func announce(file, address string) error {
	if file == "" {
		return nil
	}
	temp := filepath.Join(filepath.Dir(file), "."+filepath.Base(file)+".new")
	if err := os.WriteFile(temp, []byte(address+"\n"), 0o644); err != nil {
		return fmt.Errorf("cannot announce the address: %w", err)
	}
	if err := os.Rename(temp, file); err != nil {
		return fmt.Errorf("cannot announce the address: %w", err)
	}
	return nil
}
