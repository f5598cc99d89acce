package template

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"image"
	"image/color"
	"math"
	"strings"
	"time"

	xdraw "golang.org/x/image/draw"
	"golang.org/x/image/math/f32"
	"golang.org/x/image/vector"
	"rsc.io/qr"

	"murur/devices/cardprinter"
	"murur/devices/typeset"
)

// panel is a filled area with an optional border.
type panel struct {
	place
	fill   *ink
	border *ink
	width  float64 // of the border
	radius float64
}

func (p *panel) fixed() bool { return true }

func (p *panel) draw(c *canvas, _ *job) error {
	w, h := float64(p.box.Dx()), float64(p.box.Dy())
	if p.fill != nil {
		c.paint(c.cover(p.box, func(z *vector.Rasterizer) { rounded(0, 0, w, h, p.radius).fill(z, inPlace) }), image.Point{}, *p.fill)
	}
	if p.border != nil {
		half := p.width / 2
		line := rounded(half, half, w-half, h-half, max(p.radius-half, 0))
		c.paint(c.cover(p.box, func(z *vector.Rasterizer) { line.stroke(z, p.width, inPlace) }), image.Point{}, *p.border)
	}
	return nil
}

// picture is a file of the template: an SVG drawing in one ink, or a PNG in dye.
type picture struct {
	place
	ink     ink
	drawing *drawing
	pixels  image.Image
}

func (p *picture) fixed() bool { return true }

func (p *picture) draw(c *canvas, _ *job) error {
	if p.drawing != nil {
		c.paint(p.drawing.mask(c, p.box), image.Point{}, p.ink)
		return nil
	}
	xdraw.CatmullRom.Scale(c.dye, p.box, p.pixels, p.pixels.Bounds(), xdraw.Over, nil)
	return nil
}

// microtext repeats a text in tiny letters over the whole width.
type microtext struct {
	place
	ink  ink
	text string
	lang string
	size float64 // em, dots
}

func (m *microtext) fixed() bool { return true }

func (m *microtext) draw(c *canvas, _ *job) error {
	style := typeset.Style{Size: m.size, Bold: true}
	var line typeset.Line
	for words, gap := m.text, strings.Repeat(" ", 2); ; words += gap + m.text {
		next := c.set.Lines(words, m.lang == "ar", style, 1<<20, true)
		if len(next) != 1 || len(next[0].Missing()) > 0 {
			return &FieldError{"text", ErrGlyph}
		}
		if next[0].Width > m.box.Dx() {
			break
		}
		line = next[0]
	}
	y := m.box.Min.Y + (m.box.Dy()-line.Descent+line.Ascent)/2
	if line.Width == 0 || line.Ascent+line.Descent > m.box.Dy() {
		return &FieldError{"text", ErrOverflow}
	}
	c.paint(c.set.Mask(line), image.Pt(m.box.Min.X+(m.box.Dx()-line.Width)/2, y), m.ink)
	return nil
}

// overprint is a word across the box from its lower left to its upper right corner:
// whoever sees the card sees that it is a specimen.
type overprint struct {
	place
	ink  ink
	text string
	pt   float64
	mask *image.Alpha // once drawn; it is the same on every card
}

func (o *overprint) fixed() bool { return true }

func (o *overprint) draw(c *canvas, _ *job) error {
	if o.mask == nil {
		lines := c.set.Lines(o.text, false, typeset.Style{Size: dots(o.pt), Bold: true, Spacing: dots(o.pt) / 16}, 1<<20, true)
		if len(lines) != 1 || len(lines[0].Missing()) > 0 {
			return &FieldError{"text", ErrGlyph}
		}
		l := lines[0]
		w, h := float64(o.box.Dx()), float64(o.box.Dy())
		sin, cos := -h/math.Hypot(w, h), w/math.Hypot(w, h)
		// The middle of the capitals lies on the middle of the box.
		mx, my := float64(l.Width)/2, -capEn*dots(o.pt)/2
		m := f32.Aff3{
			float32(cos), float32(-sin), float32(w/2 - cos*mx + sin*my),
			float32(sin), float32(cos), float32(h/2 - sin*mx - cos*my),
		}
		for _, corner := range [][2]float64{{0, -float64(l.Ascent)}, {float64(l.Width), -float64(l.Ascent)}, {0, float64(l.Descent)}, {float64(l.Width), float64(l.Descent)}} {
			x := float64(m[0])*corner[0] + float64(m[1])*corner[1] + float64(m[2])
			y := float64(m[3])*corner[0] + float64(m[4])*corner[1] + float64(m[5])
			if x < 0 || y < 0 || x > w || y > h {
				return &FieldError{"text", ErrOverflow}
			}
		}
		o.mask = c.cover(o.box, func(z *vector.Rasterizer) { c.set.Trace(z, l, m) })
	}
	c.paint(o.mask, image.Point{}, o.ink)
	return nil
}

// window is left bare, of varnish too: for the contacts of a chip.
type window struct {
	place
	radius float64
}

func (w *window) fixed() bool { return true }

func (w *window) draw(c *canvas, _ *job) error {
	if c.bare == nil {
		c.bare = cardprinter.NewMask()
	}
	mask := c.cover(w.box, func(z *vector.Rasterizer) {
		rounded(0, 0, float64(w.box.Dx()), float64(w.box.Dy()), w.radius).fill(z, inPlace)
	})
	for y := w.box.Min.Y; y < w.box.Max.Y; y++ {
		for x := w.box.Min.X; x < w.box.Max.X; x++ {
			if mask.AlphaAt(x, y).A >= 128 {
				c.bare.Set(x, y)
			}
		}
	}
	return nil
}

// code is a QR code on white.
type code struct {
	place
	ink ink
}

func (q *code) fixed() bool { return false }

// leastModule is three dots: 0.25 mm, what a telephone reads from a card.
const leastModule = 3

func (q *code) draw(c *canvas, l *job) error {
	if l == nil {
		return nil
	}
	n, err := qr.Encode(l.check(), qr.M)
	if err != nil {
		return &FieldError{"qr", fmt.Errorf("%w: %w", ErrOverflow, err)}
	}
	const quiet = 4 // modules around it
	scale := min(q.box.Dx(), q.box.Dy()) / (n.Size + 2*quiet)
	if scale < leastModule {
		return &FieldError{"qr", ErrOverflow}
	}
	x0, y0 := q.box.Min.X+(q.box.Dx()-scale*n.Size)/2, q.box.Min.Y+(q.box.Dy()-scale*n.Size)/2
	modules := image.NewAlpha(q.box)
	for y := q.box.Min.Y; y < q.box.Max.Y; y++ {
		for x := q.box.Min.X; x < q.box.Max.X; x++ {
			c.blend(x, y, white, 1)
			if x >= x0 && y >= y0 && n.Black((x-x0)/scale, (y-y0)/scale) { // outside it is white
				modules.SetAlpha(x, y, color.Alpha{255})
			}
		}
	}
	c.paint(modules, image.Point{}, q.ink)
	return nil
}

// check is what the code says: the licence's number and issue, and a digest of what
// is printed, so that somebody with the record in hand sees that card and record
// belong together. Nothing of the person can be read from it. It is not signed, so
// it proves nothing by itself.
func (l *Licence) check() string {
	h := sha256.New()
	for _, s := range []string{l.Number, l.CivilNumber, l.Name.Ar, l.Name.En, l.Given.Ar, l.Given.En, l.Surname.Ar, l.Surname.En,
		l.Birth.Format(time.DateOnly), l.Issued.Format(time.DateOnly), l.Expires.Format(time.DateOnly)} {
		fmt.Fprintf(h, "%d:%s", len(s), s)
	}
	digest := base32.StdEncoding.EncodeToString(h.Sum(nil)[:10])
	return fmt.Sprintf("DL1:%s:%d:%s", strings.ToUpper(l.Number), l.Copy, digest)
}
