package ccid

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"murur/devices/smartcard"
	"murur/devices/smartcard/cardsim"
	"murur/devices/smartcard/ccidsim"
	"murur/devices/transport"
)

// endless is a reader whose answers are empty parts, and more is to come.
type endless struct{ transport.Pipes }

func (p endless) BulkIn(ctx context.Context, b []byte) (int, error) {
	n, err := p.Pipes.BulkIn(ctx, b)
	if n >= headerLen && b[0] == typeDataBlock && b[headerLen] != 0x3B { // not the answer to reset
		clear(b[1:5])
		b[7], b[8], b[9] = 0, 0, chainMiddle
		n = headerLen
		time.Sleep(time.Millisecond)
	}
	return n, err
}

// A response that has no bytes and does not end is given up.
func TestEmptyParts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := ccidsim.New(ccidsim.Options{Level: ccidsim.ExtendedAPDU})
		sim.Insert(cardsim.CivilID(cardsim.Person{CivilNumber: "288012098012"}))
		r := New(func(context.Context) (transport.Pipes, error) {
			p, err := sim.Pipes()
			return endless{p}, err
		}, Options{})
		defer r.Close()
		c, err := r.Connect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := c.Transmit(ctx, smartcard.Command{INS: 0xB0}); !errors.Is(err, smartcard.ErrMute) {
			t.Error(err)
		}
	})
}
