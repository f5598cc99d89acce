package cardprintertest

import (
	"fmt"
	"hash/fnv"
	"image"
	"image/color"
	"sync"

	"murur/devices/cardprinter"
)

const (
	width  = cardprinter.Width
	height = cardprinter.Height
)

// Sample is a card on which every mistake of geometry shows: marks that differ in each
// corner, one dot wide lines at the edges, gradients in each dye, a block of resin
// that is not symmetric and a window without varnish. Cards of other numbers differ in
// a row of resin squares.
func Sample(number string) cardprinter.Artwork {
	return cardprinter.Artwork{Number: number, Front: cardprinter.Side{Colour: colours(), Resin: resin(number), Overlay: windowed()}}
}

var colours = sync.OnceValue(func() *image.NRGBA {
	colour := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			colour.SetNRGBA(x, y, color.NRGBA{
				R: byte(x * 255 / (width - 1)), G: byte(y * 255 / (height - 1)), B: byte(255 - x*255/(width-1)), A: 0xFF,
			})
		}
	}
	fill(colour, image.Rect(300, 200, 500, 440), color.NRGBA{200, 100, 0, 0xFF})
	fill(colour, image.Rect(520, 200, 700, 440), color.NRGBA{255, 255, 255, 0xFF})
	fill(colour, image.Rect(520, 300, 700, 320), color.NRGBA{0, 0, 0, 0x80}) // half covered
	// One, two, three and four bars, clockwise from the top left.
	for i, at := range []image.Point{{20, 20}, {width - 100, 20}, {width - 100, height - 40}, {20, height - 40}} {
		fill(colour, image.Rect(at.X, at.Y, at.X+80, at.Y+20), color.NRGBA{255, 255, 255, 0xFF})
		for n := range i + 1 {
			fill(colour, image.Rect(at.X+20*n, at.Y, at.X+20*n+10, at.Y+20), color.NRGBA{255, 0, 0, 0xFF})
		}
	}
	return colour
})

var windowed = sync.OnceValue(func() *cardprinter.Mask {
	overlay := cardprinter.NewMask()
	block(overlay, image.Rect(0, 0, width, height))
	hole(overlay, image.Rect(100, 240, 240, 380)) // a chip's contacts
	return overlay
})

// Both is Sample with a back.
func Both(number string) cardprinter.Artwork {
	a := Sample(number)
	a.Back = &cardprinter.Side{Resin: resin(number + " back")}
	return a
}

// Coloured is Sample with another one on its back.
func Coloured(number string) cardprinter.Artwork {
	a := Sample(number)
	back := Sample(number + " back").Front
	a.Back = &back
	return a
}

// Black is a card of resin only.
func Black(number string) cardprinter.Artwork {
	return cardprinter.Artwork{Number: number, Front: cardprinter.Side{Resin: resin(number)}}
}

// resin is a block of stripes, the edges, a dot in each corner, and squares by the
// number.
func resin(number string) *cardprinter.Mask {
	m := cardprinter.NewMask()
	for _, p := range [][2]int{{0, 0}, {width - 1, 0}, {0, height - 1}, {width - 1, height - 1}} {
		m.Set(p[0], p[1])
	}
	block(m, image.Rect(10, 5, width-40, 6))
	block(m, image.Rect(5, 10, 6, height-60))
	for i := range 12 {
		block(m, image.Rect(720+i, 100+16*i, 720+20*(i+1), 108+16*i))
	}
	h := fnv.New32a()
	fmt.Fprint(h, number)
	for i, bits := 0, h.Sum32(); i < 32; i, bits = i+1, bits>>1 {
		if bits&1 != 0 {
			block(m, image.Rect(200+20*i, 500, 215+20*i, 530))
		}
	}
	return m
}

func fill(img *image.NRGBA, r image.Rectangle, c color.NRGBA) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			img.SetNRGBA(x, y, c)
		}
	}
}

func block(m *cardprinter.Mask, r image.Rectangle) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			m.Set(x, y)
		}
	}
}

func hole(m *cardprinter.Mask, r image.Rectangle) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			m.Bits[y*cardprinter.Stride+x/8] &^= 0x80 >> (x % 8)
		}
	}
}

// Differ counts the dots in which a printed picture is not what the side asks for:
// resin must be black, and dye right to the step of so many bits.
func Differ(printed *image.NRGBA, s cardprinter.Side, bits int) (n int) {
	step := 1 << (8 - bits)
	for y := range height {
		for x := range width {
			want := color.NRGBA{255, 255, 255, 255}
			switch {
			case s.Resin != nil && s.Resin.At(x, y):
				want = color.NRGBA{0, 0, 0, 255}
			case s.Colour != nil:
				c := s.Colour.NRGBAAt(x, y)
				a := int(c.A)
				over := func(v byte) byte { return byte((int(v)*a + 255*(255-a) + 127) / 255) }
				want = color.NRGBA{over(c.R), over(c.G), over(c.B), 255}
			}
			got := printed.NRGBAAt(x, y)
			if apart(got.R, want.R) > step || apart(got.G, want.G) > step || apart(got.B, want.B) > step {
				n++
			}
		}
	}
	return n
}

func apart(a, b byte) int { return max(int(a)-int(b), int(b)-int(a)) }
