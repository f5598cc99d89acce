package evolis

import (
	"fmt"
	"image"

	"murur/devices/cardprinter"
)

// The wire's raster: one row for each column of the upright card.
const (
	rows    = cardprinter.Width
	columns = cardprinter.Height
	lineLen = columns / 8 // bytes of a 1-bit row
)

// tile is how many rows are turned at a time: sixteen pixels of the picture are one
// cache line.
const tile = 16

// dyes are the Y, M and C panels of a picture at so many bits, each rows × columns ×
// bits / 8 bytes. Where resin lies there is no dye. A nil picture is white.
func dyes(picture *image.NRGBA, resin *cardprinter.Mask, bits int) ([3][]byte, error) {
	var panels [3][]byte
	for i := range panels {
		panels[i] = make([]byte, rows*columns*bits/8)
	}
	if picture == nil {
		return panels, nil
	}
	if b := picture.Bounds(); b != image.Rect(0, 0, cardprinter.Width, cardprinter.Height) {
		return panels, fmt.Errorf("the picture is %v, not %d×%d at 0,0", b, cardprinter.Width, cardprinter.Height)
	}
	var line [3][tile][columns]byte
	for x0 := 0; x0 < rows; x0 += tile {
		n := min(tile, rows-x0)
		for y := range columns {
			c := columns - 1 - y
			pix := picture.Pix[y*picture.Stride+4*x0:][:4*n]
			for i := range n {
				p := pix[4*i:][:4]
				r, g, b := p[0], p[1], p[2]
				if p[3] != 0xFF {
					r, g, b = onWhite(r, p[3]), onWhite(g, p[3]), onWhite(b, p[3])
				}
				if resin != nil && resin.At(x0+i, y) {
					r, g, b = 0xFF, 0xFF, 0xFF
				}
				line[0][i][c], line[1][i][c], line[2][i][c] = 0xFF-b, 0xFF-g, 0xFF-r
			}
		}
		for p := range panels {
			for i := range n {
				pack(panels[p][(x0+i)*columns*bits/8:], line[p][i][:], bits)
			}
		}
	}
	return panels, nil
}

// onWhite is a colour of coverage a (0–255) on a white card.
func onWhite(v, a byte) byte { return byte((int(v)*int(a) + 255*(255-int(a)) + 127) / 255) }

// pack writes the upper bits of each value as one stream of bits, most significant
// first. The number of values is a multiple of eight.
func pack(dst, values []byte, bits int) {
	shift := 8 - bits
	for at := 0; at < len(values); at += 8 {
		var v uint64
		for _, b := range values[at : at+8] {
			v = v<<bits | uint64(b>>shift)
		}
		for i := range bits {
			dst[i] = byte(v >> (8 * (bits - 1 - i)))
		}
		dst = dst[bits:]
	}
}

// raster is a mask as the wire's 1-bit raster; everywhere says what nil means.
func raster(m *cardprinter.Mask, everywhere bool) []byte {
	out := make([]byte, rows*lineLen)
	if m == nil {
		if everywhere {
			for i := range out {
				out[i] = 0xFF
			}
		}
		return out
	}
	for y := range columns {
		c := columns - 1 - y
		mask := byte(0x80) >> (c & 7)
		for i, b := range m.Bits[y*cardprinter.Stride:][:cardprinter.Stride] {
			for x := 8 * i; b != 0; x, b = x+1, b<<1 {
				if b&0x80 != 0 {
					out[x*lineLen+c>>3] |= mask
				}
			}
		}
	}
	return out
}

// compress is a 1-bit raster as Dbc carries it: for each row the number of bytes up
// to the last that is not blank, and these bytes. With short records a blank row is 00
// and a full one FF.
func compress(raster []byte, short bool) []byte {
	out := make([]byte, 0, len(raster)/4)
	for ; len(raster) >= lineLen; raster = raster[lineLen:] {
		n, full := 0, true
		for i, b := range raster[:lineLen] {
			if b != 0 {
				n = i + 1
			}
			full = full && b == 0xFF
		}
		switch {
		case short && full:
			out = append(out, 0xFF)
		case short && n == 0:
			out = append(out, 0x00)
		default:
			n = max(n, 1)
			out = append(append(out, byte(n)), raster[:n]...)
		}
	}
	return out
}
