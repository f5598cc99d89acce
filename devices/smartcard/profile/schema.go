package profile

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"murur/devices/smartcard/tlv"
)

// Limits that no profile can lift.
const (
	maxProfile = 64 << 10 // bytes of a profile file
	maxFiles   = 32
	maxFields  = 64
	maxFile    = 64 << 10
	maxMatches = 64
)

type tlvPath = tlv.Path

// parse reads and checks a profile file.
func parse(name string, data []byte) (*profile, error) {
	if len(data) > maxProfile {
		return nil, fmt.Errorf("%s: %d bytes, at most %d", name, len(data), maxProfile)
	}
	t, err := readTable(name, data)
	if err != nil {
		return nil, err
	}
	if v := t.number("schema", 1, 1, 0); v == 0 {
		t.fail("schema", "must be 1")
	}
	p := &profile{fileName: name, hash: sha256.Sum256(data), id: t.text("id"), version: t.text("version")}
	if p.id == "" || p.version == "" {
		t.fail("id", "id and version must be given")
	}
	p.development = t.oneOf("kind", "production", "development") == "development"
	title := t.sub("title")
	title.text("en")
	title.text("ar")
	t.adopt(title)
	t.each("atr", maxMatches, func(e *table) { p.atr = append(p.atr, parseMatch(e)) })
	if len(p.atr) == 0 {
		t.fail("atr", "no answer to reset is given")
	}
	t.each("file", maxFiles, func(e *table) { p.files = append(p.files, p.parseFile(e)) })
	t.each("field", maxFields, func(e *table) { p.fields = append(p.fields, p.parseField(e)) })
	p.checks = t.texts("checks")
	for _, c := range p.checks {
		if c != checkBirth && c != checkExpiry {
			t.fail("checks", "%q is not a check", c)
		}
	}
	p.parseSelect(t)
	auth := t.sub("auth")
	auth.oneOf("method", "none")
	t.adopt(auth)
	if i := slices.IndexFunc(p.fields, func(f field) bool { return f.name == civilNumber }); i < 0 || !p.fields[i].required {
		t.fail("field", "a required field %s must be given", civilNumber)
	}
	t.finish()
	if t.err != nil {
		return nil, t.err
	}
	return p, nil
}

func parseMatch(t *table) atrMatch {
	m := atrMatch{t.hex("value", 2, 33), t.hex("mask", 2, 33)}
	if len(m.value) != len(m.mask) {
		t.fail("mask", "must be as long as value")
	}
	return m
}

func (p *profile) parseFile(t *table) file {
	f := file{
		name:     t.text("name"),
		sfi:      byte(t.number("sfi", 1, 30, 0)),
		read:     t.oneOf("read", "binary", "binary-sfi", "record", "getdata"),
		chunk:    t.number("chunk", 1, 256, 256),
		max:      t.number("max", 1, maxFile, 4096),
		layout:   t.oneOf("layout", "ber-tlv", "fixed", "text", "raw"),
		charset:  t.oneOf("charset", "", "utf-8", "ascii", "iso-8859-6", "windows-1256"),
		when:     t.text("when"),
		required: t.yes("required"),
	}
	t.text("media")
	if f.name == "" || slices.ContainsFunc(p.files, func(o file) bool { return o.name == f.name }) {
		t.fail("name", "must be given, and only once")
	}
	for _, s := range t.texts("path") {
		b, err := hex.DecodeString(s)
		if err != nil || len(b) != 2 {
			t.fail("path", "%q is not a file identifier of four hexadecimal digits", s)
			break
		}
		f.path = append(f.path, [2]byte(b))
	}
	if t.has("tag") {
		f.tag = t.hex("tag", 1, 3)
	}
	ways := 0
	for _, given := range []bool{len(f.path) > 0, f.sfi > 0, len(f.tag) > 0} {
		if given {
			ways++
		}
	}
	need := map[string]bool{"binary": len(f.path) > 0, "binary-sfi": f.sfi > 0, "record": len(f.tag) == 0, "getdata": len(f.tag) > 0}
	if ways != 1 || !need[f.read] {
		t.fail("read", "%q needs one of path, sfi and tag, and the right one", f.read)
	}
	if f.when != "" && f.required {
		t.fail("when", "a file for a purpose cannot be required")
	}
	records := t.text("records")
	if n, err := fmt.Sscanf(records, "%d-%d", &f.first, &f.last); f.read == "record" &&
		(err != nil || n != 2 || f.first == 0 || f.first > f.last || fmt.Sprintf("%d-%d", f.first, f.last) != records) {
		t.fail("records", `must be like "1-8"`)
	}
	return f
}

// wanted are the types that a field of a Holder may have.
var wanted = map[string][]string{
	civilNumber:   {"civil-number"},
	"name_ar":     {"text"},
	"name_en":     {"text", "ascii"},
	"birth_date":  {"date-bcd", "date-ascii"},
	"expiry_date": {"date-bcd", "date-ascii"},
}

func (p *profile) parseField(t *table) field {
	f := field{
		name:     t.text("name"),
		from:     t.text("from"),
		offset:   t.number("offset", 0, maxFile, 0),
		length:   t.number("length", 1, maxFile, 0),
		kind:     t.oneOf("type", "civil-number", "text", "ascii", "date-bcd", "date-ascii", "enum", "bytes"),
		required: t.yes("required"),
	}
	if f.name == "" || slices.ContainsFunc(p.fields, func(o field) bool { return o.name == f.name }) {
		t.fail("name", "must be given, and only once")
	}
	if types := wanted[f.name]; types != nil && !slices.Contains(types, f.kind) {
		t.fail("type", "%s must be one of %s", f.name, strings.Join(types, ", "))
	}
	for _, s := range t.texts("trim") {
		b, ok := map[string]string{"space": " ", "00": "\x00", "FF": "\xFF"}[s]
		if !ok {
			t.fail("trim", `%q is not one of "space", "00", "FF"`, s)
		}
		f.trim += b
	}
	i := slices.IndexFunc(p.files, func(o file) bool { return o.name == f.from })
	if i < 0 {
		t.fail("from", "there is no file %q", f.from)
		return f
	}
	from := p.files[i]
	if tag := t.text("tag"); tag != "" {
		path, err := tlv.ParsePath(tag)
		if err != nil {
			t.fail("tag", "%v", err)
		}
		f.tag = path
	}
	switch {
	case (f.tag != nil) != (from.layout == "ber-tlv"):
		t.fail("tag", "must be given for fields of a ber-tlv file, and only there")
	case (f.length > 0) != (from.layout == "fixed"):
		t.fail("length", "must be given for fields of a fixed file, and only there")
	case f.kind == "text" && from.charset == "":
		t.fail("from", "file %q needs a charset for this text", f.from)
	case from.when != "" && (f.required || wanted[f.name] != nil):
		t.fail("from", "file %q is not always read", f.from)
	}
	return f
}

func (p *profile) parseSelect(t *table) {
	s := t.sub("select")
	p.aid = s.hex("aid", 5, 16)
	if p2 := s.hex("p2", 1, 1); len(p2) == 1 {
		p.selectP2 = p2[0]
		if p2[0] != 0x00 && p2[0] != 0x04 && p2[0] != 0x0C {
			s.fail("p2", `must be "00", "04" or "0C"`)
		}
	}
	p.expect = s.statusWords("expect")
	p.nextOn = s.statusWords("next_profile_on")
	if len(p.expect) == 0 {
		s.fail("expect", "no status word is given")
	}
	t.adopt(s)
}

// hex returns the bytes written at key, between least and most of them.
func (t *table) hex(key string, least, most int) []byte {
	s := t.text(key)
	b, err := hex.DecodeString(s)
	if err != nil || len(b) < least || len(b) > most {
		t.fail(key, "%q is not hexadecimal of %d to %d bytes", s, least, most)
		return nil
	}
	return b
}

func (t *table) statusWords(key string) []swPattern {
	var list []swPattern
	for _, s := range t.texts(key) {
		p := swPattern{mask: 0xFFFF}
		digits := s
		if strings.HasSuffix(s, "xx") {
			digits, p.mask = s[:len(s)-2]+"00", 0xFF00
		}
		b, err := hex.DecodeString(digits)
		if err != nil || len(b) != 2 {
			t.fail(key, `%q is not a status word like "9000" or "61xx"`, s)
			return nil
		}
		p.value = uint16(b[0])<<8 | uint16(b[1])
		list = append(list, p)
	}
	return list
}
