package evolissim

import (
	"image"
	"image/color"
	"image/png"
	"io"

	"murur/devices/cardprinter"
)

// Place is where a card is.
type Place string

const (
	Inside    Place = "inside"
	Exit      Place = "exit" // a hand can take it
	Taken     Place = "taken"
	RejectBox Place = "reject-box"
)

// Card is one that has left the feeder.
type Card struct {
	Number   int // in the order of feeding, from 1
	Place    Place
	Complete bool // one job has laid every panel of the ribbon, once
	Touched  bool // some panel was begun
	Front    Face
	Back     Face
}

// Face is one side of a card: what was laid on it, in this order.
type Face struct{ layers []layer }

// layer is a panel as it was laid. Bitmaps are never changed once they are there.
type layer struct {
	letter byte
	bitmap *bitmap
	rows   int // from the left edge; fewer when printing was interrupted
}

// Layers are the letters of the panels laid, in order.
func (f Face) Layers() string {
	s := ""
	for _, l := range f.layers {
		s += string(l.letter)
	}
	return s
}

// Picture is what a person sees: dye, and resin over it, upright. Varnish is not
// visible.
func (f Face) Picture() *image.NRGBA {
	const w, h = cardprinter.Width, cardprinter.Height
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = 0xFF
	}
	channel := map[byte]int{'y': 2, 'm': 1, 'c': 0}
	for _, l := range f.layers {
		at, dye := channel[l.letter]
		if !dye {
			continue
		}
		for x := range l.rows {
			l.bitmap.row(x, func(c int, v byte) {
				pix := &img.Pix[img.PixOffset(x, h-1-c)+at]
				*pix -= min(*pix, v)
			})
		}
	}
	black := f.mask('k')
	for y := range h {
		for x := range w {
			if black != nil && black.At(x, y) {
				img.SetNRGBA(x, y, color.NRGBA{A: 0xFF})
			}
		}
	}
	return img
}

// Resin is where black was laid, nil when the panel was not; Varnish the same.
func (f Face) Resin() *cardprinter.Mask   { return f.mask('k') }
func (f Face) Varnish() *cardprinter.Mask { return f.mask('o') }

func (f Face) mask(letter byte) *cardprinter.Mask {
	var m *cardprinter.Mask
	for _, l := range f.layers {
		if l.letter != letter {
			continue
		}
		if m == nil {
			m = cardprinter.NewMask()
		}
		for x := range l.rows {
			l.bitmap.row(x, func(c int, v byte) {
				if v != 0 {
					m.Set(x, cardprinter.Height-1-c)
				}
			})
		}
	}
	return m
}

// WritePNG writes the picture.
func (f Face) WritePNG(w io.Writer) error {
	e := png.Encoder{CompressionLevel: png.BestSpeed}
	return e.Encode(w, f.Picture())
}
