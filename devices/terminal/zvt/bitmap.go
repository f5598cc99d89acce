package zvt

import (
	"errors"
	"fmt"
)

// How the length of a bitmap is found: below 0x80 it is fixed, else one of these.
const (
	unknownField = 0    // cannot be skipped
	berField     = 0x80 // a BER length follows: only bitmap 06
	llField      = 0x82 // two length bytes Fx Fy
	lllField     = 0x83 // three length bytes Fx Fy Fz
)

// fieldForm is the complete table of bitmaps for skipping. Bitmap 92 is only named
// in the current revision; LLLVAR is what older revisions had.
var fieldForm = [256]byte{
	0x01: 1, 0x02: 1, 0x03: 1, 0x04: 6, 0x05: 1, 0x06: berField,
	0x0B: 3, 0x0C: 3, 0x0D: 2, 0x0E: 2, 0x17: 2, 0x19: 1,
	0x22: llField, 0x23: llField, 0x24: lllField, 0x27: 1, 0x29: 4, 0x2A: 15,
	0x2D: llField, 0x2E: lllField, 0x37: 3, 0x3A: 2, 0x3B: 8, 0x3C: lllField, 0x3D: 3,
	0x49: 2, 0x4C: llField, 0x60: lllField,
	0x70: 4, 0x71: 4, 0x72: 1, 0x73: 1, 0x74: 1, 0x75: 1,
	0x87: 2, 0x88: 3, 0x8A: 1, 0x8B: llField, 0x8C: 1, 0x92: lllField, 0x9A: lllField,
	0xA0: 1, 0xA7: llField, 0xAA: 3, 0xAF: lllField, 0xBA: 5,
	0xD0: 1, 0xD1: llField, 0xD2: 1, 0xD3: 1, 0xE0: 1,
	0xE1: llField, 0xE2: llField, 0xE3: llField, 0xE4: llField,
	0xE5: llField, 0xE6: llField, 0xE7: llField, 0xE8: llField,
	0xE9: 1, 0xEA: 1, 0xEB: 8, 0xF0: 1,
	0xF1: llField, 0xF2: llField, 0xF3: llField, 0xF4: llField,
	0xF5: llField, 0xF6: llField, 0xF7: llField, 0xF8: llField,
	0xF9: 1, 0xFA: 1, 0xFB: 1, 0xFC: 1, 0xFD: 1,
}

// ErrField is wrapped by errors about a field that is cut short or whose length
// bytes are no length.
var ErrField = errors.New("field is damaged")

// UnknownBitmapError stops the reading of a message: the length of an unknown
// bitmap is unknown too, so nothing behind it can be found.
type UnknownBitmapError byte

func (e UnknownBitmapError) Error() string { return fmt.Sprintf("unknown bitmap %02X", byte(e)) }

// Fields walks over the bitmaps of a data block:
//
//	f := ReadFields(data)
//	for f.Next() { … f.Number(), f.Value() … }
//	err := f.Err()
type Fields struct {
	rest   []byte
	value  []byte
	err    error
	number byte
}

// ReadFields starts at the first bitmap of data; unnumbered fields are cut off by
// the caller.
func ReadFields(data []byte) Fields { return Fields{rest: data} }

// Next steps to the next field. It is false at the end and at an error.
func (f *Fields) Next() bool {
	if len(f.rest) == 0 || f.err != nil {
		return false
	}
	n, p := f.rest[0], f.rest[1:]
	size := int(fieldForm[n])
	switch size {
	case unknownField:
		f.err = UnknownBitmapError(n)
		return false
	case berField:
		l, h, ok := berLength(p)
		if !ok {
			return f.damaged(n)
		}
		p, size = p[h:], l
	case llField, lllField:
		h := size - 0x80
		if len(p) < h {
			return f.damaged(n)
		}
		size = 0
		for _, b := range p[:h] {
			if b < 0xF0 || b > 0xF9 {
				return f.damaged(n)
			}
			size = size*10 + int(b&0x0F)
		}
		p = p[h:]
	}
	if len(p) < size {
		return f.damaged(n)
	}
	f.number, f.value, f.rest = n, p[:size:size], p[size:]
	return true
}

func (f *Fields) damaged(n byte) bool {
	f.err = fmt.Errorf("bitmap %02X: %w", n, ErrField)
	return false
}

// Number is the bitmap number of the present field.
func (f *Fields) Number() byte { return f.number }

// Value is the content of the present field, without number and length.
func (f *Fields) Value() []byte { return f.value }

// Err is why Next stopped early: UnknownBitmapError or an error that wraps
// ErrField.
func (f *Fields) Err() error { return f.err }

// Rest is what was not read.
func (f *Fields) Rest() []byte { return f.rest }

// AppendField appends one field with its number and, where its form has one, its
// length. The value must fit the form; the number must be known.
func AppendField(dst []byte, number byte, value ...byte) []byte {
	dst = append(dst, number)
	n := len(value)
	switch fieldForm[number] {
	case berField:
		dst = appendBERLength(dst, n)
	case lllField:
		dst = append(dst, 0xF0|byte(n/100), 0xF0|byte(n/10%10), 0xF0|byte(n%10))
	case llField:
		dst = append(dst, 0xF0|byte(n/10), 0xF0|byte(n%10))
	}
	return append(dst, value...)
}

// AppendBCD appends v as n bytes of binary coded decimals with leading zeros. More
// digits than fit are cut off at the left.
func AppendBCD(dst []byte, v uint64, n int) []byte {
	at := len(dst)
	for range n {
		dst = append(dst, 0)
	}
	for i := len(dst) - 1; i >= at; i-- {
		dst[i] = byte(v%10) | byte(v/10%10)<<4
		v /= 100
	}
	return dst
}

// BCD is the number that p holds as binary coded decimals (at most nine bytes); ok
// is false when a nibble is no digit.
func BCD(p []byte) (v uint64, ok bool) {
	if len(p) > 9 {
		return 0, false
	}
	for _, b := range p {
		if b>>4 > 9 || b&0x0F > 9 {
			return 0, false
		}
		v = v*100 + uint64(b>>4)*10 + uint64(b&0x0F)
	}
	return v, true
}
