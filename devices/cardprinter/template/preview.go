package template

import (
	"image"
	"image/color"
	"image/draw"

	"golang.org/x/image/vector"

	"murur/devices/cardprinter"
)

// cornerRadius is that of ISO/IEC 7810 ID-1, in mm.
const cornerRadius = 3.18

// Preview is how a card will look: dye and resin together, corners cut round. back is
// nil for a card printed on one side.
func Preview(a cardprinter.Artwork) (front, back *image.NRGBA) {
	front = look(a.Front)
	if a.Back != nil {
		back = look(*a.Back)
	}
	return front, back
}

func look(s cardprinter.Side) *image.NRGBA {
	out := image.NewNRGBA(card)
	if s.Colour == nil {
		draw.Draw(out, card, image.White, image.Point{}, draw.Src)
	} else {
		copy(out.Pix, s.Colour.Pix)
	}
	var z vector.Rasterizer
	z.Reset(card.Dx(), card.Dy())
	rounded(0, 0, float64(card.Dx()), float64(card.Dy()), cornerRadius*dotsPerMM).fill(&z, inPlace)
	corners := image.NewAlpha(card)
	z.Draw(corners, card, image.Opaque, image.Point{})
	for y := range card.Dy() {
		for x := range card.Dx() {
			if s.Resin != nil && s.Resin.At(x, y) {
				out.SetNRGBA(x, y, color.NRGBA{18, 18, 20, 255})
			}
			if a := corners.AlphaAt(x, y).A; a < 255 {
				p := out.Pix[out.PixOffset(x, y):]
				if p[3] = a; a == 0 {
					p[0], p[1], p[2] = 0xFF, 0xFF, 0xFF
				}
			}
		}
	}
	return out
}
