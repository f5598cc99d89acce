// Package cardprinter is the capability interface of a licence printer: it feeds a
// blank, prints it, holds it until the caller has decided, and presents or rejects it.
// Package template draws a licence; drivers (evolis) turn the picture into panels.
//
// A card that left the feeder has one of the custodies of package devices at any
// time, and every claim about it rests on sensors and counters. Where those do not
// agree the answer is unknown, and a caller finds out (Locate) instead of repeating.
package cardprinter

import (
	"context"
	"image"

	"murur/devices"
)

// Card size in dots at 300 dpi, landscape (ISO/IEC 7810 ID-1).
const (
	Width  = 1016
	Height = 648
	DPI    = 300
)

// Printer is a card printer with feeder, exit and reject box. One call at a time.
type Printer interface {
	// Status asks; it moves nothing.
	Status(ctx context.Context) (State, error)
	// Locate says where a card is and what the counters say, and moves nothing. After a
	// power cut or a lost link it is the only thing to call first.
	Locate(ctx context.Context) (Location, error)
	// Feed brings one blank from the feeder to the print position. It refuses, moving
	// nothing, when a card is anywhere already, or a supply is out. Confirmed: a card is
	// inside and the counter of inserted cards went up by one.
	Feed(ctx context.Context) (Proof, error)
	// Print prints the blank that is inside and holds it there. Confirmed: verified, every
	// fact agrees (no error, card inside, panel and ribbon counters stepped as they must).
	// Anything else: the card is to be rejected; it is never printed again.
	Print(ctx context.Context, a Artwork) (Proof, error)
	// Present moves the printed card out to where a hand can take it. Custody presented is
	// proved by the exit's sensor; taken may be answered when it is gone already.
	Present(ctx context.Context) (devices.Custody, error)
	// Taken waits until a presented card is taken, or ctx ends: taken, presented still, or
	// unknown.
	Taken(ctx context.Context) (devices.Custody, error)
	// Retract takes a presented card back in and puts it into the reject box: retracted
	// when that is proved, taken when it was gone, otherwise unknown.
	Retract(ctx context.Context) (devices.Custody, error)
	// Reject puts the card inside into the reject box: rejected when that is proved,
	// otherwise unknown (or inside, when it certainly did not move).
	Reject(ctx context.Context) (devices.Custody, error)
}

// Supplies in devices.Status.Supplies.
const (
	SupplyBlanks    = "blanks"     // ok, low, out
	SupplyRibbon    = "ribbon"     // ok, low, out
	SupplyRejectBox = "reject-box" // ok, full
)

// State is what the printer says of itself. Counts are -1 when it does not tell.
type State struct {
	devices.Status
	Ribbon int `json:"ribbon"` // cards that the ribbon still prints
	Blanks int `json:"blanks"` // cards in the feeder
}

// Seen says whether a sensor sees a card.
type Seen string

const (
	SeenNone    Seen = "none"
	SeenCard    Seen = "card"
	SeenUnknown Seen = "unknown"
)

// Location is where a card is, by the sensors, and the counters that tell what
// happened before. Counters are those of the printer's whole life; -1: not told.
type Location struct {
	Inside   Seen     `json:"inside"`
	Exit     Seen     `json:"exit"` // where a hand can take it
	Counters Counters `json:"counters"`
}

// Counters of the printer's life; -1 when unknown.
type Counters struct {
	Inserted int `json:"inserted"` // cards fed
	Panels   int `json:"panels"`   // ribbon panels printed
	Ribbon   int `json:"ribbon"`   // prints left on the ribbon
}

// Proof is what is known of a feed or a print.
type Proof struct {
	Outcome  devices.Outcome `json:"outcome"`
	Custody  devices.Custody `json:"custody"`  // of the card: inside, unknown; empty: none was moved
	Evidence string          `json:"evidence"` // which replies prove it, for the record
	Counters Counters        `json:"counters"` // afterwards
}

// Artwork is one card to print. Back is nil for a card printed on one side only.
type Artwork struct {
	Number string // of the job, for traces
	Front  Side
	Back   *Side
}

// Side is one face, landscape and upright, Width×Height, row-major from the top left.
// Where Resin has ink no dye is laid. Overlay is where varnish is laid.
type Side struct {
	Colour  *image.NRGBA // nil: no dye at all
	Resin   *Mask        // black; nil: none
	Overlay *Mask        // nil: everywhere
}

// Mask is a bitmap of Width×Height dots: Stride bytes a row, most significant bit
// leftmost, 1 = laid.
type Mask struct {
	Bits []byte
}

// Stride is the number of bytes of a Mask's row.
const Stride = Width / 8

// NewMask is an empty mask.
func NewMask() *Mask { return &Mask{Bits: make([]byte, Stride*Height)} }

// Set lays the dot at (x, y).
func (m *Mask) Set(x, y int) { m.Bits[y*Stride+x/8] |= 0x80 >> (x % 8) }

// At reports whether the dot at (x, y) is laid.
func (m *Mask) At(x, y int) bool { return m.Bits[y*Stride+x/8]&(0x80>>(x%8)) != 0 }
