package receipttest_test

import (
	"context"
	"testing"
	"time"

	"github.com/creack/pty"

	"murur/devices"
	"murur/devices/receipt/escpos"
	"murur/devices/receipt/escpossim"
	"murur/devices/receipt/receipttest"
	"murur/devices/transport/serial"
)

// The same over a real tty: what echo, line discipline or a kernel that honours XON
// and XOFF would spoil is spoilt here. Wire and paper are faster than in life.
func TestSerialLine(t *testing.T) {
	far, near, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer near.Close()
	sim := escpossim.New(escpossim.Options{Speed: 1500, Person: escpossim.Person{Takes: true}})
	served := make(chan error)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	go func() { served <- sim.Serve(ctx, far) }()

	profile := escpos.GenericCustom
	profile.ByteRate = 1 << 20
	p := escpos.New(serial.Open(serial.Config{Name: near.Name(), Baud: 115200}), escpos.Options{Profile: profile, Renderer: renderer()})
	job := receipttest.Job("R-1")
	job.Document = receipttest.Fines()
	if proof, err := p.Print(ctx, job); err != nil || proof.Outcome != devices.Confirmed {
		t.Fatalf("%+v, %v", proof, err)
	}
	if c, err := p.Taken(ctx); c != devices.CustodyTaken || err != nil {
		t.Fatalf("%s, %v", c, err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	near.Close() // the last open end: only that ends a read at the other
	<-served
	want, err := renderer().Render(job, profile.Dots, profile.DPI)
	if err != nil {
		t.Fatal(err)
	}
	papers := sim.Papers()
	if len(papers) != 1 || !papers[0].Complete || !receipttest.Same(papers[0].Image, want) {
		t.Fatalf("%d papers, or not the receipt", len(papers))
	}
	if v := sim.Violations(); len(v) > 0 {
		t.Errorf("violations: %q", v)
	}
}
