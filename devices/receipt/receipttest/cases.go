package receipttest

import (
	"context"
	"errors"
	"testing"
	"time"

	"murur/devices"
	"murur/devices/receipt"
)

func prove(t *testing.T, b *Bench) {
	proof, err := b.print(t, "R-1")
	if err != nil || proof.Outcome != devices.Confirmed || proof.Evidence == "" {
		t.Fatalf("got %+v, %v", proof, err)
	}
	if b.Presenter && proof.Custody != devices.CustodyPresented {
		t.Errorf("custody %s", proof.Custody)
	}
	if b.complete(t, "R-1") != 1 {
		t.Error("the paper does not show the receipt")
	}
	b.taken(t)
	b.ready(t)
	b.mustPrint(t, "R-2")
}

func take(t *testing.T, b *Bench) {
	if _, err := b.print(t, "R-1"); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(5*time.Second, func() { b.Machine.Take() })
	if c, err := b.Printer.Taken(t.Context()); c != devices.CustodyTaken || err != nil {
		t.Fatalf("got %s, %v", c, err)
	}
	if c, err := b.Printer.Retract(t.Context()); c != devices.CustodyTaken || err != nil {
		t.Fatalf("retract after it was taken: %s, %v", c, err)
	}
}

func ignore(t *testing.T, b *Bench) {
	if _, err := b.print(t, "R-1"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if c, err := b.Printer.Taken(ctx); c != devices.CustodyPresented || !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %s, %v", c, err)
	}
	if c, err := b.Printer.Retract(t.Context()); c != devices.CustodyRetracted || err != nil {
		t.Fatalf("got %s, %v", c, err)
	}
	if got := b.Papers()[0].Custody; got != devices.CustodyRetracted {
		t.Fatalf("the paper is %s", got)
	}
	if c, err := b.Printer.Taken(t.Context()); c != devices.CustodyRetracted || err != nil {
		t.Fatalf("taken after retract: %s, %v", c, err)
	}
}

func notTaken(t *testing.T, b *Bench) {
	if _, err := b.print(t, "R-1"); err != nil {
		t.Fatal(err)
	}
	b.refused(t, "R-2", "paper-not-taken")
	b.taken(t)
	b.mustPrint(t, "R-2")
}

func noPaper(t *testing.T, b *Bench) {
	b.Machine.SetPaper(devices.LevelOut)
	if s := b.status(t); s.Link != devices.Online || s.Fault == nil || s.Fault.Code != "paper-out" || s.Supplies["paper"] != devices.LevelOut {
		t.Fatalf("status %+v", s)
	}
	b.refused(t, "R-1", "paper-out")
	b.Machine.SetPaper(devices.LevelOK)
	b.mustPrint(t, "R-1")
}

func lowPaper(t *testing.T, b *Bench) {
	b.Machine.SetPaper(devices.LevelLow)
	if s := b.status(t); !s.Ready() || s.Supplies["paper"] != devices.LevelLow {
		t.Fatalf("status %+v", s)
	}
	b.mustPrint(t, "R-1")
}

func cover(t *testing.T, b *Bench) {
	b.Machine.OpenCover()
	b.refused(t, "R-1", "cover-open")
	b.Machine.CloseCover()
	b.mustPrint(t, "R-1")
}

func jam(t *testing.T, b *Bench) {
	b.ready(t)
	b.Machine.JamAfter(300)
	err := b.unknown(t, "R-1")
	s := b.status(t)
	if b.canTell(s) && !hasCode(err, "paper-jam") {
		t.Fatalf("error %v, status %+v", err, s)
	}
	b.Machine.ClearJam()
	b.after(t)
}

// canTell reports whether the printer has words for its fault at all; some go
// silent or say only "offline".
func (b *Bench) canTell(s devices.Status) bool { return s.Fault != nil && s.Fault.Code != "offline" }

func paperEnds(t *testing.T, b *Bench) {
	b.ready(t)
	time.AfterFunc(500*time.Millisecond, func() { b.Machine.SetPaper(devices.LevelOut) })
	b.unknown(t, "R-1")
	b.Machine.SetPaper(devices.LevelOK)
	b.after(t)
}

// after checks that the printer comes back by itself, with nothing of the old job
// in the next citizen's hands.
func (b *Bench) after(t *testing.T) {
	t.Helper()
	time.Sleep(10 * time.Second) // of the bubble: the machine has started again
	b.status(t)
	b.ready(t)
	if b.Presenter && b.Machine.Presented() {
		t.Error("the old paper is still in the output")
	}
	b.mustPrint(t, "R-2")
}

func silent(t *testing.T, b *Bench) {
	b.Machine.Silence(true)
	if s := b.status(t); s.Link != devices.Offline || s.Fault == nil || s.Fault.Code != "offline" {
		t.Fatalf("status %+v", s)
	}
	if proof, err := b.print(t, "R-1"); proof.Outcome != devices.Refused || !errors.Is(err, devices.ErrLink) {
		t.Fatalf("got %+v, %v", proof, err)
	}
	b.Machine.Silence(false)
	b.mustPrint(t, "R-1")
}

func silentMidway(t *testing.T, b *Bench) {
	b.ready(t)
	time.AfterFunc(300*time.Millisecond, func() { b.Machine.Silence(true) })
	b.unknown(t, "R-1")
	b.Machine.Silence(false)
	b.after(t)
}

func unplugged(t *testing.T, b *Bench) {
	b.ready(t)
	time.AfterFunc(300*time.Millisecond, b.Machine.Unplug)
	if err := b.unknown(t, "R-1"); !errors.Is(err, devices.ErrLink) {
		t.Errorf("error %v", err)
	}
	b.after(t)
}

func powerCut(t *testing.T, b *Bench) {
	b.ready(t)
	time.AfterFunc(300*time.Millisecond, b.Machine.PowerCut)
	b.unknown(t, "R-1")
	b.after(t)
}

func restart(t *testing.T, b *Bench) {
	if _, err := b.print(t, "R-1"); err != nil {
		t.Fatal(err)
	}
	b.Restart()
	b.ready(t)
	if got := b.Papers()[0].Custody; got != devices.CustodyRetracted {
		t.Fatalf("the paper of the last citizen is %s", got)
	}
	b.mustPrint(t, "R-2")
}

func cancelled(t *testing.T, b *Bench) {
	b.ready(t)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if proof, err := b.Printer.Print(ctx, Job("R-1")); proof.Outcome != devices.Unknown || !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %+v, %v", proof, err)
	}
	b.after(t)
}

func copied(t *testing.T, b *Bench) {
	b.mustPrint(t, "R-1")
	j := Job("R-1")
	j.Copy = 1
	if proof, err := b.Printer.Print(t.Context(), j); proof.Outcome != devices.Confirmed {
		t.Fatalf("got %+v, %v", proof, err)
	}
	papers := b.Papers()
	if last := papers[len(papers)-1]; !Same(last.Image, b.Render(j)) || Same(last.Image, b.Render(Job("R-1"))) {
		t.Error("the copy is not marked as one")
	}
}

func closed(t *testing.T, b *Bench) {
	b.mustPrint(t, "R-1")
	if err := b.Printer.Close(); err != nil {
		t.Fatal(err)
	}
	if proof, err := b.Printer.Print(t.Context(), Job("R-2")); proof != (receipt.Proof{Outcome: devices.Refused, Custody: devices.CustodyInside}) || err == nil {
		t.Fatalf("print after close: %+v, %v", proof, err)
	}
}
