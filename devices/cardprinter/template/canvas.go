package template

import (
	"image"
	"image/color"
	"math"

	"golang.org/x/image/vector"

	"murur/devices/cardprinter"
	"murur/devices/typeset"
)

// dotsPerMM is the resolution of the card.
const dotsPerMM = cardprinter.DPI / 25.4

var card = image.Rect(0, 0, cardprinter.Width, cardprinter.Height)

// half of a dot, a little less for the thin joints of Arabic: what counts as resin.
const resinThreshold = 118

// canvas is one side while it is being drawn.
type canvas struct {
	set    *typeset.Setter
	raster *vector.Rasterizer
	dates  string
	dye    *image.RGBA // opaque
	resin  *cardprinter.Mask
	bare   *cardprinter.Mask // where nothing at all is laid; nil: nowhere
}

func newCanvas(set *typeset.Setter, raster *vector.Rasterizer, dates string) *canvas {
	c := &canvas{set: set, raster: raster, dates: dates, dye: image.NewRGBA(card), resin: cardprinter.NewMask()}
	for i := range c.dye.Pix {
		c.dye.Pix[i] = 0xFF
	}
	return c
}

// clone is the start of another card with what is drawn so far.
func (c *canvas) clone(raster *vector.Rasterizer) *canvas {
	d := *c
	d.raster = raster
	d.dye = &image.RGBA{Pix: append([]uint8(nil), c.dye.Pix...), Stride: c.dye.Stride, Rect: c.dye.Rect}
	d.resin = &cardprinter.Mask{Bits: append([]byte(nil), c.resin.Bits...)}
	return &d
}

// side is the finished face. Under resin there is no dye: its edge would show, and
// resin sticks less well to it.
func (c *canvas) side() cardprinter.Side {
	s := cardprinter.Side{
		Colour: &image.NRGBA{Pix: c.dye.Pix, Stride: c.dye.Stride, Rect: c.dye.Rect}, // opaque: the same bytes
		Resin:  c.resin,
	}
	if c.bare != nil {
		s.Overlay = cardprinter.NewMask()
		for i, b := range c.bare.Bits {
			s.Overlay.Bits[i] = ^b
			c.resin.Bits[i] &^= b
			c.whiten(i, b)
		}
	}
	for i, b := range c.resin.Bits {
		c.whiten(i, b)
	}
	return s
}

// whiten takes the dye away from the dots of the i-th byte of a mask.
func (c *canvas) whiten(i int, dots byte) {
	for p := i * 8 * 4; dots != 0; dots, p = dots<<1, p+4 {
		if dots&0x80 != 0 {
			c.dye.Pix[p], c.dye.Pix[p+1], c.dye.Pix[p+2] = 0xFF, 0xFF, 0xFF
		}
	}
}

// ink is what an area is printed with: resin, or a dye that may change from one
// colour to another across a box.
type ink struct {
	resin    bool
	from, to color.NRGBA
	opacity  float64 // 0 to 1
	across   image.Rectangle
	down     bool
}

// paint lays an ink where a mask covers. The mask's (0, 0) is at p.
func (c *canvas) paint(mask *image.Alpha, p image.Point, k ink) {
	r := mask.Rect.Add(p).Intersect(card)
	tints := k.tints(r)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		row := mask.Pix[mask.PixOffset(r.Min.X-p.X, y-p.Y):]
		for i, v := range row[:r.Dx()] {
			switch {
			case v == 0:
			case k.resin && v >= resinThreshold:
				c.resin.Set(r.Min.X+i, y)
			case !k.resin:
				c.blend(r.Min.X+i, y, tints.at(i, y-r.Min.Y), float64(v)/255*k.opacity)
			}
		}
	}
}

// tints are the colours of an ink in a box: one for each row where it changes downwards,
// otherwise one for each column.
type tints struct {
	down bool
	of   []color.NRGBA
}

func (k ink) tints(box image.Rectangle) tints {
	first, n, begin, length := box.Min.X, box.Dx(), k.across.Min.X, k.across.Dx()
	if k.down {
		first, n, begin, length = box.Min.Y, box.Dy(), k.across.Min.Y, k.across.Dy()
	}
	t := tints{k.down, make([]color.NRGBA, n)}
	for i := range t.of {
		if t.of[i] = k.from; k.to != k.from && length > 0 {
			t.of[i] = mix(k.from, k.to, float64(first+i-begin)/float64(length))
		}
	}
	return t
}

// at is the colour of a dot, counted from the corner of the box.
func (t tints) at(x, y int) color.NRGBA {
	if t.down {
		return t.of[y]
	}
	return t.of[x]
}

func (c *canvas) blend(x, y int, tint color.NRGBA, cover float64) {
	p := c.dye.Pix[c.dye.PixOffset(x, y):]
	for i, v := range [3]uint8{tint.R, tint.G, tint.B} {
		p[i] = uint8(float64(p[i]) + (float64(v)-float64(p[i]))*cover + 0.5)
	}
}

func mix(a, b color.NRGBA, f float64) color.NRGBA {
	f = min(max(f, 0), 1)
	m := func(a, b uint8) uint8 { return uint8(math.Round(float64(a) + (float64(b)-float64(a))*f)) }
	return color.NRGBA{m(a.R, b.R), m(a.G, b.G), m(a.B, b.B), 255}
}

// cover turns what fill traces, in dots of the box, into a mask at the box.
func (c *canvas) cover(box image.Rectangle, fill func(z *vector.Rasterizer)) *image.Alpha {
	c.raster.Reset(box.Dx(), box.Dy())
	fill(c.raster)
	mask := image.NewAlpha(box)
	c.raster.Draw(mask, box, image.Opaque, image.Point{})
	return mask
}

// rounded is a rectangle with round corners.
func rounded(x0, y0, x1, y1, r float64) polyline {
	const k = 0.4477 // what a quarter of a circle leaves of the corner
	l := polyline{closed: true}
	corner := func(ax, ay, cx, cy, bx, by float64) { // from a to b around c
		a, b := point{ax, ay}, point{bx, by}
		toward := func(p point) point { return point{cx + (p.x-cx)*k, cy + (p.y-cy)*k} }
		l.points = append(l.points, a)
		if r > 0 {
			curve(func(p point) { l.points = append(l.points, p) }, a, toward(a), toward(b), b)
		}
	}
	corner(x1-r, y0, x1, y0, x1, y0+r)
	corner(x1, y1-r, x1, y1, x1-r, y1)
	corner(x0+r, y1, x0, y1, x0, y1-r)
	corner(x0, y0+r, x0, y0, x0+r, y0)
	return l
}

// inPlace is for curves that are in dots already.
func inPlace(p point) point { return p }
