// Package receipttest is the conformance suite of receipt printers: what every
// receipt.Printer promises, tried on a machine that can be made to fail. A driver
// and a simulator pass it together.
//
// The cases run in synctest bubbles, so a paper that is waited for half a minute
// costs no time and a fault "in the middle" is always at the same row.
package receipttest

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"murur/devices"
	"murur/devices/receipt"
	"murur/devices/receipt/bitmap"
)

// Machine is the printer on the other side, and the hands on it.
type Machine interface {
	SetPaper(devices.Level)
	JamAfter(rows int)
	ClearJam()
	OpenCover()
	CloseCover()
	Take() bool
	PowerCut()
	Silence(bool)
	Unplug()
	Presented() bool
	Violations() []string
}

// Paper is what came out of the machine.
type Paper struct {
	Image    *bitmap.Bitmap
	Custody  devices.Custody
	Complete bool
}

// Bench is one printer under test. Connect makes another driver for the same
// machine, as a restarted kiosk does.
type Bench struct {
	Printer interface {
		receipt.Printer
		Close() error
	}
	Machine   Machine
	Papers    func() []Paper
	Render    func(receipt.Job) *bitmap.Bitmap // what the paper must look like
	Presenter bool
	Restart   func()
}

// Run runs the suite; open makes a fresh bench inside the bubble.
func Run(t *testing.T, open func(t *testing.T) *Bench) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := open(t)
				defer func() { b.Printer.Close() }()
				if c.presenter && !b.Presenter {
					t.Skip("no presenter")
				}
				c.run(t, b)
				for _, v := range b.Machine.Violations() {
					t.Errorf("violation: %s", v)
				}
				b.onlyOnce(t)
			})
		})
	}
}

var cases = []struct {
	name      string
	presenter bool
	run       func(*testing.T, *Bench)
}{
	{"print and prove", false, prove},
	{"the person takes it", true, take},
	{"nobody takes it", true, ignore},
	{"the last paper is still there", true, notTaken},
	{"no paper", false, noPaper},
	{"low paper", false, lowPaper},
	{"cover", false, cover},
	{"jam in the middle", false, jam},
	{"paper ends in the middle", false, paperEnds},
	{"silent", false, silent},
	{"silent in the middle", false, silentMidway},
	{"unplugged in the middle", false, unplugged},
	{"power cut in the middle", false, powerCut},
	{"kiosk restarted with a paper in the output", true, restart},
	{"cancelled in the middle", false, cancelled},
	{"copy", false, copied},
	{"closed", false, closed},
}

// Job is a made-up receipt of about ten centimetres.
func Job(number string) receipt.Job {
	return receipt.Job{Number: number, Document: receipt.Document{Blocks: []receipt.Block{
		{Heading: &receipt.Text{Ar: "إيصال", En: "Receipt"}},
		{Rule: true},
		{Field: &receipt.Field{Label: receipt.Text{Ar: "رقم الإيصال", En: "Receipt number"}, Value: number}},
		{Money: &receipt.Field{Label: receipt.Text{Ar: "المجموع", En: "Total"}, Value: "KD 20.000", ArValue: "20.000 د.ك"}},
		{Text: &receipt.Text{Ar: "احتفظ بهذا الإيصال", En: "Keep this receipt"}},
		{QR: number},
	}}}
}

func (b *Bench) print(t *testing.T, number string) (receipt.Proof, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	return b.Printer.Print(ctx, Job(number))
}

// mustPrint prints a receipt that nothing disturbs and has it taken.
func (b *Bench) mustPrint(t *testing.T, number string) {
	t.Helper()
	proof, err := b.print(t, number)
	if err != nil || proof.Outcome != devices.Confirmed {
		t.Fatalf("print %s: %+v, %v", number, proof, err)
	}
	if b.complete(t, number) != 1 {
		t.Fatalf("receipt %s is confirmed, but not on paper", number)
	}
	b.taken(t)
	b.status(t)
}

// taken is a person who takes the paper.
func (b *Bench) taken(t *testing.T) {
	t.Helper()
	b.Machine.Take()
	if c, err := b.Printer.Taken(t.Context()); b.Presenter && c != devices.CustodyTaken || err != nil {
		t.Fatalf("the paper is %s, %v", c, err)
	}
}

// refused checks that nothing was printed, because of the fault code.
func (b *Bench) refused(t *testing.T, number, code string) {
	t.Helper()
	before := len(b.Papers())
	proof, err := b.print(t, number)
	if proof.Outcome != devices.Refused || !hasCode(err, code) {
		t.Fatalf("got %+v, %v; want refused, %s", proof, err, code)
	}
	if len(b.Papers()) != before {
		t.Fatal("refused, but there is paper")
	}
}

func (b *Bench) unknown(t *testing.T, number string) error {
	t.Helper()
	proof, err := b.print(t, number)
	if proof.Outcome != devices.Unknown || err == nil {
		t.Fatalf("got %+v, %v; want unknown", proof, err)
	}
	return err
}

func hasCode(err error, code string) bool {
	var f *devices.Fault
	return errors.As(err, &f) && f.Code == code && f.Remedy != ""
}

func (b *Bench) status(t *testing.T) devices.Status {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	s, err := b.Printer.Status(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (b *Bench) ready(t *testing.T) {
	t.Helper()
	if s := b.status(t); !s.Ready() {
		t.Fatalf("not ready: %+v %v", s, s.Fault)
	}
}

// complete counts the whole papers that show the receipt.
func (b *Bench) complete(t *testing.T, number string) (n int) {
	t.Helper()
	want := b.Render(Job(number))
	for _, p := range b.Papers() {
		if p.Complete && Same(p.Image, want) {
			n++
		}
	}
	return n
}

// onlyOnce is the promise that outlives every fault.
func (b *Bench) onlyOnce(t *testing.T) {
	t.Helper()
	for _, number := range []string{"R-1", "R-2"} {
		if n := b.complete(t, number); n > 1 {
			t.Errorf("receipt %s was printed %d times", number, n)
		}
	}
}

// Same compares what is between the first and the last ink. A driver may drop a few
// dots to keep commands out of a picture.
func Same(a, b *bitmap.Bitmap) bool { return Differ(a, b) <= 40 }

// Differ counts the dots that differ between two pictures without their blank ends;
// pictures of different sizes differ in all.
func Differ(a, b *bitmap.Bitmap) int {
	a, b = a.Trim(), b.Trim()
	if a.W != b.W || a.H != b.H {
		return max(a.W*a.H, b.W*b.H)
	}
	d := bitmap.New(a.W, a.H)
	for i := range d.Bits {
		d.Bits[i] = a.Bits[i] ^ b.Bits[i]
	}
	return d.Dots()
}
