// Package cardprintertest is the conformance suite of card printers: what every
// cardprinter.Printer promises, tried on a machine that can be made to fail. A driver
// and a simulator pass it together.
//
// The cases run in synctest bubbles, so half a minute of printing costs no time and a
// fault "in the middle of the magenta panel" is always at the same row.
package cardprintertest

import (
	"context"
	"errors"
	"image"
	"testing"
	"testing/synctest"
	"time"

	"murur/devices"
	"murur/devices/cardprinter"
)

// Machine is the printer on the other side, and the hands on it.
type Machine interface {
	Take() bool     // a citizen takes the card
	PushBack() bool // and puts it back
	LoadFeeder(blanks int)
	LoadRibbon(prints int)
	EmptyRejectBox() int
	Cover(open bool)
	ClearJam()
	HeadHot(bool)
	Sensor(text string) // the exit sensor says this; "" ends it
	Unplug()
	Plug()
	PowerCut()
	PowerOn()
	Violations() []string
}

// Mishap is what happens in the middle of something.
type Mishap string

const (
	Power     Mishap = "power"
	Cable     Mishap = "cable"
	Cover     Mishap = "cover"
	Ribbon    Mishap = "ribbon"
	Jam       Mishap = "jam"
	Head      Mishap = "head"
	NoBlanks  Mishap = "no-blanks"
	BoxFull   Mishap = "box-full"
	Hand      Mishap = "hand" // somebody pulls the card
	JamFeed   Mishap = "jam-at-feed"
	JamEject  Mishap = "jam-at-eject"
	JamReject Mishap = "jam-at-reject"
	JamReturn Mishap = "jam-at-return" // the card is then where no sensor sees it
	LateReply Mishap = "late-reply"
	NoReply   Mishap = "no-reply"
	TwoReply  Mishap = "two-replies"
	CutReply  Mishap = "split-reply"
	OKReply   Mishap = "ok-instead"
)

// Card is one that has left the feeder.
type Card struct {
	Place   string // inside, exit, taken or reject-box
	Layers  string // panels laid on the front, then /, then on the back
	Picture func() *image.NRGBA
	Back    func() *image.NRGBA
	Varnish func() *cardprinter.Mask
}

// Bench is one printer under test.
type Bench struct {
	Printer interface {
		cardprinter.Printer
		Close() error
	}
	Machine Machine
	Cards   func() []Card
	// Strike lets a mishap happen now (panel 0), or in the middle of a panel from now.
	Strike func(panel int, m Mishap)
	// Upon lets a mishap happen when the next command that begins so is received, or
	// befall the reply to it.
	Upon func(command string, m Mishap)
	// Restart ends the driver and makes another one for the same machine.
	Restart func()

	Artwork     func(number string) cardprinter.Artwork
	Layers      string // of a whole card, as in Card
	Bits        int    // depth of dye
	RibbonTells bool   // its count is read
	BoxTells    bool   // the reject box says when it is full
	CoverTells  bool
	Brief       bool // fewer repetitions
}

// Run runs the suite; open makes a fresh bench inside the bubble.
func Run(t *testing.T, open func(t *testing.T) *Bench) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := open(t)
				defer func() { b.Printer.Close() }()
				c.run(t, b)
				b.accounted(t)
				for _, v := range b.Machine.Violations() {
					t.Errorf("violation: %s", v)
				}
			})
		})
	}
}

// accounted is the promise that outlives every fault: every card is somewhere, and no
// unfinished one with a citizen.
func (b *Bench) accounted(t *testing.T) {
	t.Helper()
	inside := 0
	for i, c := range b.Cards() {
		switch c.Place {
		case "taken", "exit":
			if c.Layers != b.Layers {
				t.Errorf("card %d went out with the panels %s", i+1, c.Layers)
			}
		case "inside":
			inside++
		case "reject-box":
		default:
			t.Errorf("card %d is nowhere: %q", i+1, c.Place)
		}
	}
	if inside > 1 {
		t.Errorf("%d cards are inside", inside)
	}
}

func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func (b *Bench) locate(t *testing.T) cardprinter.Location {
	t.Helper()
	l, err := b.Printer.Locate(within(t, time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// at checks where Locate sees cards.
func (b *Bench) at(t *testing.T, inside, exit cardprinter.Seen) cardprinter.Location {
	t.Helper()
	l := b.locate(t)
	if l.Inside != inside || l.Exit != exit {
		t.Fatalf("inside %s, exit %s; want %s, %s", l.Inside, l.Exit, inside, exit)
	}
	return l
}

const (
	nothing = cardprinter.SeenNone
	seen    = cardprinter.SeenCard
)

func (b *Bench) feed(t *testing.T) cardprinter.Proof {
	t.Helper()
	proof, err := b.Printer.Feed(within(t, 5*time.Minute))
	if err != nil || proof.Outcome != devices.Confirmed || proof.Custody != devices.CustodyInside {
		t.Fatalf("feed: %+v, %v", proof, err)
	}
	return proof
}

func (b *Bench) print(t *testing.T, number string) (cardprinter.Proof, error) {
	t.Helper()
	return b.Printer.Print(within(t, 10*time.Minute), b.Artwork(number))
}

// printed brings a card to the point at which it is verified.
func (b *Bench) printed(t *testing.T, number string) {
	t.Helper()
	b.feed(t)
	proof, err := b.print(t, number)
	if err != nil || proof.Outcome != devices.Confirmed || proof.Custody != devices.CustodyInside {
		t.Fatalf("print: %+v, %v", proof, err)
	}
}

func (b *Bench) custody(t *testing.T, what string, act func(context.Context) (devices.Custody, error), want devices.Custody) {
	t.Helper()
	c, err := act(within(t, 5*time.Minute))
	if c != want || err != nil {
		t.Fatalf("%s: %s, %v; want %s", what, c, err, want)
	}
}

func (b *Bench) present(t *testing.T) {
	t.Helper()
	b.custody(t, "present", b.Printer.Present, devices.CustodyPresented)
}

func (b *Bench) reject(t *testing.T) {
	t.Helper()
	b.custody(t, "reject", b.Printer.Reject, devices.CustodyRejected)
}

// issue is a whole card, taken.
func (b *Bench) issue(t *testing.T, number string) {
	t.Helper()
	b.printed(t, number)
	b.present(t)
	if !b.Machine.Take() {
		t.Fatal("there is no card to take")
	}
	b.custody(t, "taken", b.Printer.Taken, devices.CustodyTaken)
}

// spoiled prints and wants anything but a proof; the card is then rejected.
func (b *Bench) spoiled(t *testing.T, number string) error {
	t.Helper()
	proof, err := b.print(t, number)
	if proof.Outcome == devices.Confirmed || err == nil {
		t.Fatalf("print: %+v, %v; want no proof", proof, err)
	}
	if c, err := b.Printer.Present(within(t, time.Minute)); err == nil || c == devices.CustodyPresented || c == devices.CustodyTaken {
		t.Fatalf("a card without proof is presented: %s, %v", c, err)
	}
	return err
}

func (b *Bench) places() (places []string) {
	for _, c := range b.Cards() {
		places = append(places, c.Place)
	}
	return places
}

func (b *Bench) status(t *testing.T) cardprinter.State {
	t.Helper()
	s, err := b.Printer.Status(within(t, time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func code(err error) string {
	var f *devices.Fault
	if errors.As(err, &f) {
		return f.Code
	}
	return ""
}
