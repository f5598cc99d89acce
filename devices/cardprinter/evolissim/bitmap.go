package evolissim

import (
	"bytes"
	"errors"

	"murur/devices/cardprinter"
)

const (
	lines   = cardprinter.Width  // rows on the wire
	dots    = cardprinter.Height // in a row
	lineLen = dots / 8
)

// depths are the bits a value takes, by the level count of a download.
var depths = map[string]int{"2": 1, "32": 5, "64": 6, "128": 7}

// bitmap is one of the printer's five, packed as on the wire: lines rows of dots
// values, each of so many bits, most significant first.
type bitmap struct {
	bits int
	data []byte
}

func blank(bits int) *bitmap { return &bitmap{bits, make([]byte, lines*lineLen*bits)} }

// filled has every dot at a value of 0–255.
func filled(bits int, value byte) *bitmap {
	values := bytes.Repeat([]byte{value >> (8 - bits)}, lines*dots)
	return pack(bits, values)
}

func pack(bits int, values []byte) *bitmap {
	b := blank(bits)
	for i, v := range values {
		for n := range bits {
			if v&(1<<(bits-1-n)) != 0 {
				at := i*bits + n
				b.data[at/8] |= 0x80 >> (at % 8)
			}
		}
	}
	return b
}

// row calls f for every dot of a row that is not blank, with its value made 0–255.
func (b *bitmap) row(r int, f func(column int, value byte)) {
	data := b.data[r*lineLen*b.bits:][:lineLen*b.bits]
	var stream uint32
	have, at := 0, 0
	full := uint32(1)<<b.bits - 1
	for c := range dots {
		for have < b.bits {
			stream, have, at = stream<<8|uint32(data[at]), have+8, at+1
		}
		have -= b.bits
		if v := stream >> have & full; v != 0 {
			f(c, byte(v*255/full))
		}
	}
}

var errData = errors.New("data do not make a panel")

// unpackMono reads a compressed resin or varnish panel: one record for each row.
func unpackMono(data []byte) (*bitmap, error) {
	b := blank(1)
	for r := range lines {
		if len(data) == 0 {
			return nil, errData
		}
		row, n := b.data[r*lineLen:][:lineLen], int(data[0])
		data = data[1:]
		switch {
		case n == 0xFF:
			for i := range row {
				row[i] = 0xFF
			}
		case n > lineLen || n > len(data):
			return nil, errData
		default:
			copy(row, data[:n])
			data = data[n:]
		}
	}
	if len(data) > 0 {
		return nil, errData
	}
	return b, nil
}

// unpackDye reads a compressed dye panel: bytes with a value, or with a value and a
// count. Whether runs may go over the end of a row is not known.
func unpackDye(bits int, data []byte, cross bool) (*bitmap, error) {
	values := make([]byte, 0, lines*dots)
	mask := byte(1)<<bits - 1
	for len(data) > 0 {
		b := data[0]
		data = data[1:]
		if b&0x80 == 0 {
			values = append(values, b&mask)
			continue
		}
		if len(data) == 0 {
			return nil, errData
		}
		n := int(data[0])
		data = data[1:]
		for bit := bits; bit < 7; bit++ {
			if b&(1<<bit) != 0 {
				n += 256
			}
		}
		left := dots - len(values)%dots
		switch {
		case n == 0 && left < dots:
			return nil, errData // a blank row begins with a row
		case n == 0:
			n, b = dots, 0
		case n > left && !cross:
			return nil, errData
		}
		if len(values)+n > lines*dots {
			return nil, errData
		}
		values = append(values, bytes.Repeat([]byte{b & mask}, n)...)
	}
	if len(values) != lines*dots {
		return nil, errData
	}
	return pack(bits, values), nil
}
