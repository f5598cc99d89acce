package layout

import (
	"image"
	"image/draw"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"

	"murur/devices/receipt/bitmap"
)

// ink is the share of a dot that an outline must cover to be printed. Thermal
// heads print a little fat, but thin Arabic joints must never break: a bit under
// one half.
const ink = 110 // of 255

// canvas is the paper while it is being composed; y is the first free row.
type canvas struct {
	r    *Renderer
	page *bitmap.Bitmap
	y    int
}

// reach makes the paper at least h rows long.
func (c *canvas) reach(h int) {
	if h > c.page.H {
		c.page.Bits = append(c.page.Bits, make([]byte, (h-c.page.H)*c.page.Stride)...)
		c.page.H = h
	}
}

// draw sets a line with its left edge at x and its baseline at row base.
func (c *canvas) draw(l line, x, base int) {
	const pad = 4 // for ink that hangs over the advance width
	top := base - l.ascent
	w, h := l.width+2*pad, l.ascent+l.descent+1
	c.reach(top + h)
	z := &c.r.raster
	z.Reset(w, h)
	pen := float32(pad)
	for i := range l.runs {
		run := &l.runs[i]
		scale := float32(run.Size) / 64 / float32(run.Face.Upem())
		for _, g := range run.Glyphs {
			gx := pen + float32(g.XOffset)/64
			gy := float32(l.ascent) - float32(g.YOffset)/64
			c.r.trace(run.Face, g.GlyphID, gx, gy, scale)
			pen += float32(g.XAdvance) / 64
		}
	}
	if need := w * h; cap(c.r.mask) < need {
		c.r.mask = make([]uint8, need)
	}
	mask := &image.Alpha{Pix: c.r.mask[:w*h], Stride: w, Rect: image.Rect(0, 0, w, h)}
	z.DrawOp = draw.Src
	z.Draw(mask, mask.Rect, image.Opaque, image.Point{})
	for row := range h {
		for col, v := range mask.Pix[row*w : (row+1)*w] {
			if v >= ink {
				c.page.Set(x-pad+col, top+row)
			}
		}
	}
}

// fill inks a rectangle of the paper.
func (c *canvas) fill(x0, y0, x1, y1 int) {
	c.reach(y1)
	c.page.Fill(image.Rect(x0, y0, x1, y1))
}

// invert swaps ink and paper inside a rectangle.
func (c *canvas) invert(x0, y0, x1, y1 int) {
	c.reach(y1)
	for y := y0; y < y1; y++ {
		row := c.page.Row(y)
		for x := x0; x < x1; x++ {
			row[x>>3] ^= 0x80 >> (x & 7)
		}
	}
}

type glyphKey struct {
	face  *font.Face
	glyph font.GID
}

// trace adds one glyph's outline to the rasterizer.
func (r *Renderer) trace(face *font.Face, gid font.GID, x, y, scale float32) {
	key := glyphKey{face, gid}
	segments, ok := r.outlines[key]
	if !ok {
		if o, is := face.GlyphData(gid).(font.GlyphOutline); is {
			segments = o.Segments
		}
		r.outlines[key] = segments
	}
	at := func(p opentype.SegmentPoint) (float32, float32) { return x + p.X*scale, y - p.Y*scale }
	for _, s := range segments {
		ax, ay := at(s.Args[0])
		bx, by := at(s.Args[1])
		switch s.Op {
		case opentype.SegmentOpMoveTo:
			r.raster.ClosePath()
			r.raster.MoveTo(ax, ay)
		case opentype.SegmentOpLineTo:
			r.raster.LineTo(ax, ay)
		case opentype.SegmentOpQuadTo:
			r.raster.QuadTo(ax, ay, bx, by)
		case opentype.SegmentOpCubeTo:
			cx, cy := at(s.Args[2])
			r.raster.CubeTo(ax, ay, bx, by, cx, cy)
		}
	}
	r.raster.ClosePath()
}
