package profile

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"

	"murur/devices/smartcard/tlv"
)

const civilNumber = "civil_number"

// Checks that a profile can ask for.
const (
	checkBirth  = "birth-date-matches-civil-number"
	checkExpiry = "not-expired"
)

// kuwait is the time zone in which a card's last day ends.
var kuwait = time.FixedZone("Asia/Kuwait", 3*60*60)

// content is a file that was read, or why it was not.
type content struct {
	file    file
	bytes   []byte
	objects []tlv.Object // of a ber-tlv file
	err     error
}

// holder takes the fields out of the files and checks them.
func (p *profile) holder(contents map[string]content, c Checks) (Holder, error) {
	h := Holder{Profile: p.id + " " + p.version, Development: p.development}
	for _, f := range p.fields {
		if wanted[f.name] == nil && !f.required {
			continue
		}
		v, err := contents[f.from].decode(f)
		switch {
		case errors.Is(err, tlv.ErrAbsent) && !f.required:
			continue
		case err != nil:
			return Holder{}, fmt.Errorf("%w: field %q: %w", ErrUnreadable, f.name, err)
		}
		h.set(f.name, v)
	}
	if c.CivilNumber != nil {
		if err := c.CivilNumber(h.CivilNumber); err != nil {
			return Holder{}, fmt.Errorf("%w: civil number: %w", ErrUnreadable, err)
		}
	}
	if slices.Contains(p.checks, checkBirth) {
		switch {
		case h.Birth.IsZero():
			return Holder{}, unreadable("no birth date")
		case h.Birth.Format("20060102") != birthOf(h.CivilNumber):
			return Holder{}, unreadable("birth date does not match the civil number")
		}
	}
	if slices.Contains(p.checks, checkExpiry) {
		if h.Expiry.IsZero() {
			return Holder{}, unreadable("no expiry date")
		}
		year, month, day := h.Expiry.Date()
		if !c.Now.Before(time.Date(year, month, day+1, 0, 0, 0, 0, kuwait)) {
			return Holder{}, ErrExpired
		}
	}
	return h, nil
}

// find returns the field's bytes. A file that was not read has none.
func (k content) find(f field) ([]byte, error) {
	var b []byte
	switch {
	case k.err != nil:
		return nil, k.err
	case k.file.layout == "ber-tlv":
		v, err := tlv.Find(k.objects, f.tag)
		if err != nil {
			return nil, err
		}
		b = v
	case k.file.layout == "fixed":
		if f.offset+f.length > len(k.bytes) {
			return nil, fmt.Errorf("%w: file ends at %d", tlv.ErrAbsent, len(k.bytes))
		}
		b = k.bytes[f.offset : f.offset+f.length]
	case k.file.layout == "":
		return nil, tlv.ErrAbsent
	default:
		b = k.bytes
	}
	trim := func(c byte) bool { return strings.IndexByte(f.trim, c) >= 0 }
	for len(b) > 0 && trim(b[0]) {
		b = b[1:]
	}
	for len(b) > 0 && trim(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b, nil
}

// decode returns the field as text: a date as 2006-01-02, bytes in hexadecimal.
func (k content) decode(f field) (string, error) {
	b, err := k.find(f)
	if err != nil {
		return "", err
	}
	switch f.kind {
	case "civil-number":
		return digits(b, 12)
	case "date-bcd":
		return date(fmt.Appendf(nil, "%X", b))
	case "date-ascii":
		return date(b)
	case "text":
		return text(b, k.file.charset, k.file.read == "record")
	case "ascii":
		return text(b, "ascii", false)
	case "enum":
		v, ok := f.values[string(b)]
		if !ok {
			return "", errors.New("value is not in the list")
		}
		return v, nil
	}
	return fmt.Sprintf("%X", b), nil
}

// set takes a decoded field. Others than the Holder's are only looked for.
func (h *Holder) set(name, v string) {
	switch name {
	case civilNumber:
		h.CivilNumber = v
	case "name_ar":
		h.NameAr = v
	case "name_en":
		h.NameEn = v
	case "birth_date":
		h.Birth, _ = time.Parse(time.DateOnly, v) // decode wrote it
	case "expiry_date":
		h.Expiry, _ = time.Parse(time.DateOnly, v)
	}
}

func digits(b []byte, n int) (string, error) {
	if len(b) != n {
		return "", fmt.Errorf("%d bytes, not %d digits", len(b), n)
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return "", fmt.Errorf("byte %02X is not a digit", c)
		}
	}
	return string(b), nil
}

func date(b []byte) (string, error) {
	s, err := digits(b, 8)
	if err != nil {
		return "", err
	}
	t, err := time.Parse("20060102", s)
	if err != nil {
		return "", errors.New("not a date")
	}
	return t.Format(time.DateOnly), nil
}

// text decodes b. Marks that turn the direction of writing are dropped: the order
// is the logical one, and a card must not command the screen.
func text(b []byte, charset string, lines bool) (string, error) {
	var s strings.Builder
	table := map[string]*charmap.Charmap{"iso-8859-6": charmap.ISO8859_6, "windows-1256": charmap.Windows1256}[charset]
	for len(b) > 0 {
		r, n := rune(b[0]), 1
		switch {
		case table != nil:
			r = table.DecodeByte(b[0])
		case charset == "utf-8":
			r, n = utf8.DecodeRune(b)
		case b[0] >= utf8.RuneSelf:
			r = utf8.RuneError
		}
		switch {
		case r == utf8.RuneError:
			return "", fmt.Errorf("byte %02X is not %s", b[0], charset)
		case unicode.IsControl(r) && !(lines && r == '\n'):
			return "", fmt.Errorf("control character %U", r)
		case !unicode.Is(unicode.Bidi_Control, r):
			s.WriteRune(r)
		}
		b = b[n:]
	}
	return norm.NFC.String(s.String()), nil
}

// birthOf is the birth date in a civil number of twelve digits, YYYYMMDD.
func birthOf(number string) string {
	return fmt.Sprint(18+int(number[0]-'1')) + number[1:7]
}
