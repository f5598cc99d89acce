package zvt

import "errors"

// Tag is a BER tag of the container in bitmap 06, for example 0x1F1F.
type Tag uint32

// Tags that are read or written here. All others are skipped by their length.
const (
	TagText       Tag = 0x07   // one line of text
	TagLine       Tag = 0x09   // attribute of the following lines
	TagCommand    Tag = 0x0A   // class and instruction, inside TagPermitted
	TagColumns    Tag = 0x12   // of the printer, BCD
	TagCharset    Tag = 0x14   // inside TagCharsets
	TagLanguage   Tag = 0x15   // ISO 639-1
	TagMaxAPDU    Tag = 0x1A   // high byte first
	TagDisplay    Tag = 0x24   // text lines of a 04 FF
	TagPrint      Tag = 0x25   // text lines of a 06 D3
	TagPermitted  Tag = 0x26   // commands the terminal may send
	TagCharsets   Tag = 0x27   // character sets offered or chosen
	TagReceipts   Tag = 0x1F04 // which slips are wanted
	TagPrintKind  Tag = 0x1F07 // whose slip a 06 D3 is
	TagPayment    Tag = 0x2F   // kind of payment
	TagVerified   Tag = 0x1F10 // how the holder was verified, inside TagPayment
	TagOnline     Tag = 0x1F11 // inside TagPayment
	TagSource     Tag = 0x1F12 // stripe, chip, contactless, inside TagPayment
	TagErrorCode  Tag = 0x1F16 // maker's own code, for the log
	TagErrorText  Tag = 0x1F17 // maker's own text, for the log
	TagUnique     Tag = 0x1F1F // unique transaction identifier; echoed, never computed
	TagLongTrace  Tag = 0x1F2B // trace number of more than six digits
	TagSequence   Tag = 0x1F73 // message sequence id
	tagTrack2     Tag = 0x1F08
	tagTrack3     Tag = 0x1F09
	tagTrack1     Tag = 0x1F0A
	tagTwoByteMin Tag = 0x1F80
	tagTwoByteMax Tag = 0x1F83
)

// ErrTLV is the error of a container that does not add up.
var ErrTLV = errors.New("TLV container is damaged")

// TLV walks over the data objects of one level of a container. Constructed objects
// are entered with a TLV of their value.
type TLV struct {
	rest  []byte
	value []byte
	err   error
	tag   Tag
}

// ReadTLV starts at the first object of p.
func ReadTLV(p []byte) TLV { return TLV{rest: p} }

// Next steps to the next object. It is false at the end and at an error.
func (t *TLV) Next() bool {
	if len(t.rest) == 0 || t.err != nil {
		return false
	}
	tag, n, ok := readTag(t.rest)
	if !ok {
		t.err = ErrTLV
		return false
	}
	size, h, ok := berLength(t.rest[n:])
	n += h
	if !ok || len(t.rest)-n < size {
		t.err = ErrTLV
		return false
	}
	t.tag, t.value, t.rest = tag, t.rest[n:n+size:n+size], t.rest[n+size:]
	return true
}

// Tag is the tag of the present object.
func (t *TLV) Tag() Tag { return t.tag }

// Value is the content of the present object.
func (t *TLV) Value() []byte { return t.value }

// Err is ErrTLV when Next stopped early.
func (t *TLV) Err() error { return t.err }

// Constructed reports whether objects with this tag hold objects.
func (t Tag) Constructed() bool {
	for t > 0xFF {
		t >>= 8
	}
	return t&0x20 != 0
}

// readTag reads a tag of at most four bytes.
func readTag(p []byte) (t Tag, n int, ok bool) {
	t = Tag(p[0])
	if t&0x1F != 0x1F {
		return t, 1, true
	}
	for n = 1; n < len(p) && n < 4; {
		b := p[n]
		t = t<<8 | Tag(b)
		n++
		// By the rules of BER 1F80..1F83 would go on; the manual lists them as
		// whole, and so they are sent.
		if b&0x80 == 0 || t >= tagTwoByteMin && t <= tagTwoByteMax {
			return t, n, true
		}
	}
	return 0, 0, false
}

// berLength reads a length: 00..7F, 81 nn, or 82 hi lo. It says how many bytes
// the length itself takes.
func berLength(p []byte) (length, n int, ok bool) {
	switch {
	case len(p) == 0:
		return 0, 0, false
	case p[0] < 0x80:
		return int(p[0]), 1, true
	case p[0] == 0x81 && len(p) > 1:
		return int(p[1]), 2, true
	case p[0] == 0x82 && len(p) > 2:
		return int(p[1])<<8 | int(p[2]), 3, true
	}
	return 0, 0, false
}

func appendBERLength(dst []byte, n int) []byte {
	switch {
	case n < 0x80:
		return append(dst, byte(n))
	case n < 0x100:
		return append(dst, 0x81, byte(n))
	}
	return append(dst, 0x82, byte(n>>8), byte(n))
}

// AppendTLV appends one data object (at most 65535 bytes).
func AppendTLV(dst []byte, tag Tag, value ...byte) []byte {
	for shift := 24; shift >= 0; shift -= 8 {
		if b := byte(tag >> shift); shift == 0 || tag>>shift != 0 {
			dst = append(dst, b)
		}
	}
	return append(appendBERLength(dst, len(value)), value...)
}
