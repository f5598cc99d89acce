package evolis_test

import (
	"bytes"
	"context"
	"testing"
	"testing/synctest"

	"murur/devices"
	"murur/devices/cardprinter/cardprintertest"
	"murur/devices/cardprinter/evolis"
	"murur/devices/cardprinter/evolissim"
	"murur/devices/transport"
)

// over is a context whose end shows only to those who ask for its error.
type over struct {
	context.Context
	ended bool
}

func (o *over) Err() error {
	if o.ended {
		return context.DeadlineExceeded
	}
	return nil
}

func (o *over) Done() <-chan struct{} { return nil }

// A card that is seen to be gone at the very end of the waiting is taken.
func TestTakenAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := &over{Context: context.Background()}
		gone := 0
		waiting := false
		sim := evolissim.New(evolissim.Options{Ribbon: "k"})
		p := evolis.New(func(context.Context) (transport.Pipes, error) { return sim.Pipes() },
			evolis.Options{Ribbon: evolis.K, Trace: func(d transport.Direction, b []byte) {
				if waiting && d == transport.FromDevice && bytes.Contains(b, []byte("0,02 Volts")) {
					gone++
					ctx.ended = gone == 2
				}
			}})
		defer p.Close()
		p.Locate(t.Context())
		p.Feed(t.Context())
		p.Print(t.Context(), cardprintertest.Black("1"))
		if custody, err := p.Present(t.Context()); custody != devices.CustodyPresented {
			t.Fatalf("%s, %v", custody, err)
		}
		sim.Take()
		waiting = true
		if custody, err := p.Taken(ctx); custody != devices.CustodyTaken || err != nil {
			t.Errorf("%s, %v", custody, err)
		}
	})
}
