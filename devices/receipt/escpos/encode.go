package escpos

import (
	"bytes"
	"slices"

	"murur/devices/receipt/bitmap"
)

const (
	// maxStrip is the most rows in one raster command, so that a lost link costs
	// at most 32 mm and one flush.
	maxStrip = 256
	// splitCost is what ending a strip costs in bytes: feed, header, margin.
	splitCost = 15
	// minRun is the shortest run of blank rows that is fed: shorter ones make the
	// motor stutter.
	minRun = 8
)

// Encode is the picture as printer bytes, in chunks that end between commands:
// settings, strips and feeds, without the cut.
func (p *Profile) Encode(b *bitmap.Bitmap) [][]byte {
	e := encoder{p: p, b: b}
	chunks := [][]byte{p.initialise()}
	for _, s := range p.strips(b) {
		chunks = append(chunks, e.strip(s))
	}
	return chunks
}

// initialise resets modes and sets units again: ESC @ forgets them.
func (p *Profile) initialise() []byte {
	out := []byte{0x1B, '@'}
	if p.Units {
		out = append(out, 0x1D, 'P', byte(p.DPI), byte(p.DPI))
	}
	return append(out, p.Setup...)
}

// strip is a run of rows: [from,to) are inked and sent, then feed blank rows.
type strip struct{ from, to, feed int }

// strips cuts the picture at runs of blank rows that are worth a feed.
func (p *Profile) strips(b *bitmap.Bitmap) []strip {
	var out []strip
	for y := 0; y < b.H; {
		s := strip{from: y, to: y}
		for y < b.H && y-s.from < maxStrip {
			run := blankRun(b, y)
			if run > 0 && (y+run == b.H || run >= minRun && run*width(b, s.from, y) > splitCost || s.from == y) {
				s.feed = run
				y += run
				break
			}
			y += max(run, 1)
			y = min(y, s.from+maxStrip)
			s.to = y
		}
		out = append(out, s)
	}
	return out
}

func blankRun(b *bitmap.Bitmap, y int) int {
	n := 0
	for y+n < b.H && b.Blank(y+n) {
		n++
	}
	return n
}

// columns are the first inked byte column and the one after the last.
func columns(b *bitmap.Bitmap, from, to int) (left, right int) {
	left = b.Stride
	for y := from; y < to; y++ {
		row := b.Row(y)
		for x := 0; x < left; x++ {
			if row[x] != 0 {
				left = x
			}
		}
		for x := b.Stride; x > right; x-- {
			if row[x-1] != 0 {
				right = x
			}
		}
	}
	return min(left, right), right
}

func width(b *bitmap.Bitmap, from, to int) int {
	left, right := columns(b, from, to)
	return right - left
}

type encoder struct {
	p      *Profile
	b      *bitmap.Bitmap
	margin int // that the printer has, in dots
}

// strip encodes one strip: margin, raster, feed.
func (e *encoder) strip(s strip) []byte {
	var out []byte
	if s.to > s.from {
		left, right := columns(e.b, s.from, s.to)
		if e.p.Margin == MarginNone {
			left = 0
		}
		right = max(right, left+1)
		switch dots := left * 8; {
		case e.p.Margin == MarginGSL && dots != e.margin:
			out = append(out, 0x1D, 'L', byte(dots), byte(dots>>8))
			e.margin = dots
		case e.p.Margin == MarginESCPos && dots > 0:
			out = append(out, 0x1B, '$', byte(dots), byte(dots>>8))
		}
		rows := make([][]byte, 0, s.to-s.from)
		for y := s.from; y < s.to; y++ {
			rows = append(rows, e.b.Row(y)[left:right])
		}
		out = append(out, e.raster(rows)...)
	}
	return append(out, e.p.feed(s.feed)...)
}

// raster is one GS v 0, at half size where the picture is a doubled one.
func (e *encoder) raster(rows [][]byte) []byte {
	mode := byte(0)
	if half, ok := halve(rows); ok && e.p.Doubling {
		rows, mode = half, 3
	}
	x, y := len(rows[0]), len(rows)
	out := []byte{0x1D, 'v', '0', mode, byte(x), byte(x >> 8), byte(y), byte(y >> 8)}
	return disarm(append(out, slices.Concat(rows...)...))
}

// halve undoubles a picture in which every dot stands four times.
func halve(rows [][]byte) ([][]byte, bool) {
	if len(rows)%2 != 0 {
		return nil, false
	}
	half := make([][]byte, 0, len(rows)/2)
	for y := 0; y < len(rows); y += 2 {
		if !bytes.Equal(rows[y], rows[y+1]) {
			return nil, false
		}
		row := make([]byte, (len(rows[y])+1)/2)
		for x, v := range rows[y] {
			even := v >> 1 & 0x55
			if even != v&0x55 {
				return nil, false
			}
			// Gather every second bit into one nibble.
			even = (even | even>>1) & 0x33
			even = (even | even>>2) & 0x0F
			row[x/2] |= even << (4 * (1 - x%2))
		}
		half = append(half, row)
	}
	return half, true
}

// realTime are the bytes that make a real-time command behind DLE (10).
var realTime = []byte{0x04, 0x05, 0x14}

// disarm breaks real-time commands in the dots of a raster command by dropping one
// black dot: the leading 10 becomes 00. The header has none: strips are too short.
func disarm(raster []byte) []byte {
	const header = 8
	for i := header; i+1 < len(raster); i++ {
		if raster[i] == 0x10 && bytes.IndexByte(realTime, raster[i+1]) >= 0 {
			raster[i] = 0
		}
	}
	return raster
}

// feed moves the paper n dots.
func (p *Profile) feed(n int) []byte {
	var out []byte
	switch p.Feed {
	case FeedESCJ:
		for ; n > 0; n -= 255 {
			out = append(out, 0x1B, 'J', byte(min(n, 255)))
		}
	case FeedLine:
		if n == 0 {
			break
		}
		for ; n > 0; n -= 255 {
			out = append(out, 0x1B, '3', byte(min(n, 255)), '\n')
		}
		out = append(out, 0x1B, '2')
	case FeedRaster:
		for ; n > 0; n -= maxStrip {
			rows := min(n, maxStrip)
			out = append(out, 0x1D, 'v', '0', 0, 1, 0, byte(rows), byte(rows>>8))
			out = append(out, make([]byte, rows)...)
		}
	}
	return out
}
