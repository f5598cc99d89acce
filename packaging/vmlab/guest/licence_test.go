//go:build vmlab

package guest

import (
	"context"
	"os"
	"sync"
	"testing"
	"time"

	"murur/devices"
	"murur/devices/cardprinter/cardprintertest"
	"murur/devices/cardprinter/evolis"
	"murur/devices/cardprinter/evolissim"
	"murur/devices/transport"
	"murur/devices/transport/usb"
)

// carry puts the simulated card printer behind the kernel's printer gadget, until
// the test ends.
func carry(t *testing.T, far *os.File, pipes transport.Pipes) {
	ctx, cancel := context.WithCancel(context.Background())
	var both sync.WaitGroup
	t.Cleanup(func() {
		cancel()
		far.Close()
		both.Wait()
	})
	both.Go(func() {
		for b := make([]byte, 8<<10); ; {
			n, err := far.Read(b)
			if err != nil || pipes.BulkOut(ctx, b[:n]) != nil {
				return
			}
		}
	})
	both.Go(func() {
		for b := make([]byte, 512); ; {
			n, err := pipes.BulkIn(ctx, b)
			if err != nil {
				return
			}
			if _, err := far.Write(b[:n]); err != nil {
				return
			}
		}
	})
}

// A card is printed by the production driver and transport, and its picture comes
// out as it was drawn.
func TestPrinterLicence(t *testing.T) {
	_, far := printer(t)
	sim := evolissim.New(evolissim.Options{Speed: 100})
	pipes, err := sim.Pipes()
	if err != nil {
		t.Fatal(err)
	}
	carry(t, far, pipes)
	claim(t).Close() // it is enumerated
	p := evolis.New(usb.Open(usb.Printer), evolis.Options{})
	defer p.Close()
	art := cardprintertest.Sample("77")

	start := time.Now()
	if _, err := p.Locate(bounded(t)); err != nil {
		t.Fatal(err)
	}
	if proof, err := p.Feed(bounded(t)); err != nil || proof.Outcome != devices.Confirmed {
		t.Fatalf("feed: %+v, %v", proof, err)
	}
	if proof, err := p.Print(bounded(t), art); err != nil || proof.Outcome != devices.Confirmed {
		t.Fatalf("print: %+v, %v", proof, err)
	}
	if custody, err := p.Present(bounded(t)); err != nil || custody != devices.CustodyPresented {
		t.Fatalf("present: %v, %v", custody, err)
	}
	t.Logf("a licence is printed in %v", time.Since(start).Round(time.Millisecond))
	if !sim.Take() {
		t.Error("there is no card to take")
	}
	if custody, err := p.Taken(bounded(t)); err != nil || custody != devices.CustodyTaken {
		t.Errorf("taken: %v, %v", custody, err)
	}
	cards := sim.Cards()
	if len(cards) != 1 || cardprintertest.Differ(cards[0].Front.Picture(), art.Front, evolis.KC200B.Bits) != 0 {
		t.Errorf("%v: not as it was drawn", cards)
	}
	for _, v := range sim.Violations() {
		t.Error(v)
	}
}
