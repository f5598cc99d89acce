package zvtsim_test

import (
	"context"
	"testing"

	"github.com/creack/pty"

	"murur/devices/terminal/terminaltest"
	"murur/devices/terminal/zvt"
	"murur/devices/terminal/zvtsim"
	"murur/devices/transport/serial"
)

// TestConformanceOnATerminalLine runs the suite on the real clock through a
// pseudo-terminal and the serial transport.
func TestConformanceOnATerminalLine(t *testing.T) {
	terminaltest.Run(t, terminaltest.Suite{Real: true, New: func(t *testing.T) terminaltest.Rig {
		master, slave, err := pty.Open()
		if err != nil {
			t.Fatal(err)
		}
		sim := zvtsim.New(zvtsim.Options{Seed: 9})
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() {
			defer close(done)
			sim.Serve(ctx, master)
		}()
		t.Cleanup(func() {
			cancel()
			slave.Close()
			<-done
		})
		return newRig(sim, zvt.Options{Framing: zvt.Serial}, serial.Open(serial.Config{Name: slave.Name(), Baud: 115200, StopBits: 2}))
	}})
}
