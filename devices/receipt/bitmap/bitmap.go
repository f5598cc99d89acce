// Package bitmap is the 1-bit picture that travels from layout through the
// printer's bytes to paper: one bit per dot, row-major, 1 = ink, the most
// significant bit is the leftmost dot, unused bits of a row's last byte are 0.
// That is the order of an ESC/POS raster row, so drivers copy rows as they are.
package bitmap

import (
	"image"
	"image/color"
	"image/png"
	"io"
	"math/bits"
)

// Bitmap is a 1-bit picture of W×H dots in rows of Stride bytes. It is an
// image.Image (ink is black), so it can be drawn and compared with the standard
// packages.
type Bitmap struct {
	W, H   int
	Stride int // bytes per row: (W+7)/8
	Bits   []byte
}

// New returns a blank picture of w×h dots.
func New(w, h int) *Bitmap {
	stride := (w + 7) / 8
	return &Bitmap{W: w, H: h, Stride: stride, Bits: make([]byte, stride*h)}
}

// Row is row y, shared with the picture.
func (b *Bitmap) Row(y int) []byte { return b.Bits[y*b.Stride : (y+1)*b.Stride] }

// AppendRow adds one row below the last. A short row is filled up with white, a
// long one is clipped.
func (b *Bitmap) AppendRow(row []byte) {
	n := len(b.Bits)
	b.Bits = append(b.Bits, make([]byte, b.Stride)...)
	copy(b.Bits[n:], row)
	if spare := b.Stride*8 - b.W; spare > 0 {
		b.Bits[len(b.Bits)-1] &= 0xFF << spare
	}
	b.H++
}

// Ink reports whether there is ink at a dot; outside the picture there is none.
func (b *Bitmap) Ink(x, y int) bool {
	return x >= 0 && y >= 0 && x < b.W && y < b.H && b.Bits[y*b.Stride+x>>3]&(0x80>>(x&7)) != 0
}

// Set puts ink on a dot; outside the picture it does nothing.
func (b *Bitmap) Set(x, y int) {
	if x >= 0 && y >= 0 && x < b.W && y < b.H {
		b.Bits[y*b.Stride+x>>3] |= 0x80 >> (x & 7)
	}
}

// Fill inks a rectangle.
func (b *Bitmap) Fill(r image.Rectangle) {
	r = r.Intersect(b.Bounds())
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			b.Set(x, y)
		}
	}
}

// Blank reports whether row y has no ink.
func (b *Bitmap) Blank(y int) bool {
	for _, v := range b.Row(y) {
		if v != 0 {
			return false
		}
	}
	return true
}

// Dots counts the inked dots.
func (b *Bitmap) Dots() int {
	n := 0
	for _, v := range b.Bits {
		n += bits.OnesCount8(v)
	}
	return n
}

// Crop copies rows [from,to).
func (b *Bitmap) Crop(from, to int) *Bitmap {
	return &Bitmap{W: b.W, H: to - from, Stride: b.Stride,
		Bits: append([]byte(nil), b.Bits[from*b.Stride:to*b.Stride]...)}
}

// Trim is the picture without the blank rows above and below its ink.
func (b *Bitmap) Trim() *Bitmap {
	from, to := 0, b.H
	for from < to && b.Blank(from) {
		from++
	}
	for to > from && b.Blank(to-1) {
		to--
	}
	return b.Crop(from, to)
}

var palette = color.Palette{color.White, color.Black}

// ColorModel, Bounds and At make it an image.Image.
func (b *Bitmap) ColorModel() color.Model { return palette }

func (b *Bitmap) Bounds() image.Rectangle { return image.Rect(0, 0, b.W, b.H) }

func (b *Bitmap) At(x, y int) color.Color {
	if b.Ink(x, y) {
		return color.Black
	}
	return color.White
}

// ColorIndexAt makes the PNG encoder write one bit per dot.
func (b *Bitmap) ColorIndexAt(x, y int) uint8 {
	if b.Ink(x, y) {
		return 1
	}
	return 0
}

// WritePNG writes the picture as a 1-bit PNG.
func (b *Bitmap) WritePNG(w io.Writer) error {
	return (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(w, b)
}

// FromImage makes a picture of img; darker than half is ink.
func FromImage(img image.Image) *Bitmap {
	r := img.Bounds()
	b := New(r.Dx(), r.Dy())
	for y := range b.H {
		for x := range b.W {
			if color.GrayModel.Convert(img.At(r.Min.X+x, r.Min.Y+y)).(color.Gray).Y < 0x80 {
				b.Set(x, y)
			}
		}
	}
	return b
}
