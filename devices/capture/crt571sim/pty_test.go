package crt571sim_test

import (
	"context"
	"testing"
	"time"

	"github.com/creack/pty"

	"murur/devices"
	"murur/devices/capture/capturetest"
	"murur/devices/capture/crt571"
	"murur/devices/capture/crt571sim"
	"murur/devices/transport/serial"
)

// A visit over a real tty, on the real clock.
func TestSerialLine(t *testing.T) {
	far, near, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer near.Close()
	sim := crt571sim.New(crt571sim.Options{})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	served := make(chan error)
	go func() { served <- sim.Serve(ctx, far) }()

	u := crt571.New(serial.Open(serial.Config{Name: near.Name(), Baud: 38400}), crt571.Options{})
	go capturetest.Put(ctx, func() error { return sim.Insert(crt571sim.Object{ID: id, Kind: crt571sim.Card}) })
	if err := u.Admit(ctx); err != nil {
		t.Fatal(err)
	}
	if p, err := u.Capture(ctx); err != nil || p.Outcome != devices.Confirmed {
		t.Fatalf("%+v, %v", p, err)
	}
	if err := u.Close(); err != nil {
		t.Fatal(err)
	}
	near.Close() // the last open end: only that ends a read at the other
	<-served
	if s := sim.State(); len(s.Bin) != 1 || s.Gate {
		t.Errorf("%+v", s)
	}
	if v := sim.Violations(); len(v) > 0 {
		t.Errorf("violations: %q", v)
	}
}
