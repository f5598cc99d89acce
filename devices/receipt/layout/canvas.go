package layout

import (
	"image"

	"murur/devices/receipt/bitmap"
	"murur/devices/typeset"
)

// ink is the share of a dot that an outline must cover to be printed. Thermal
// heads print a little fat, but thin Arabic joints must never break: a bit under
// one half.
const ink = 110 // of 255

// canvas is the paper while it is being composed; y is the first free row.
type canvas struct {
	set  *typeset.Setter
	page *bitmap.Bitmap
	y    int
}

// shape sets text in lines no wider than width dots; a longer word is broken.
func (c *canvas) shape(text string, rtl bool, st typeset.Style, width int) []typeset.Line {
	return c.set.Lines(text, rtl, st, width, false)
}

// reach makes the paper at least h rows long.
func (c *canvas) reach(h int) {
	if h > c.page.H {
		c.page.Bits = append(c.page.Bits, make([]byte, (h-c.page.H)*c.page.Stride)...)
		c.page.H = h
	}
}

// draw sets a line with its left edge at x and its baseline at row base.
func (c *canvas) draw(l typeset.Line, x, base int) {
	mask := c.set.Mask(l)
	r := mask.Rect
	c.reach(base + r.Max.Y)
	for row := range r.Dy() {
		for col, v := range mask.Pix[row*r.Dx() : (row+1)*r.Dx()] {
			if v >= ink {
				c.page.Set(x+r.Min.X+col, base+r.Min.Y+row)
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
