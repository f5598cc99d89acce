package profile

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"murur/devices/datafile"
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
	t, err := datafile.Read(name, data)
	if err != nil {
		return nil, err
	}
	if v := t.Number("schema", 1, 1, 0); v == 0 {
		t.Fail("schema", "must be 1")
	}
	p := &profile{fileName: name, hash: sha256.Sum256(data), id: t.Text("id"), version: t.Text("version")}
	if p.id == "" || p.version == "" {
		t.Fail("id", "id and version must be given")
	}
	p.development = t.OneOf("kind", "production", "development") == "development"
	t.Sub("title", func(title *datafile.Table) {
		if title.Text("en") == "" || title.Text("ar") == "" {
			title.Fail("en", "en and ar must be given")
		}
	})
	t.Each("atr", maxMatches, func(e *datafile.Table) { p.atr = append(p.atr, parseMatch(e)) })
	if len(p.atr) == 0 {
		t.Fail("atr", "no answer to reset is given")
	}
	t.Each("file", maxFiles, func(e *datafile.Table) { p.files = append(p.files, p.parseFile(e)) })
	t.Each("field", maxFields, func(e *datafile.Table) { p.fields = append(p.fields, p.parseField(e)) })
	p.checks = t.Texts("checks")
	for _, c := range p.checks {
		needs, ok := map[string]string{checkBirth: "birth_date", checkExpiry: "expiry_date"}[c]
		switch {
		case !ok:
			t.Fail("checks", "%q is not a check", c)
		case !slices.ContainsFunc(p.fields, func(f field) bool { return f.name == needs }):
			t.Fail("checks", "%q needs a field %s", c, needs)
		}
	}
	t.Sub("select", p.parseSelect)
	t.Sub("auth", func(auth *datafile.Table) { auth.OneOf("method", "none") })
	if i := slices.IndexFunc(p.fields, func(f field) bool { return f.name == civilNumber }); i < 0 || !p.fields[i].required {
		t.Fail("field", "a required field %s must be given", civilNumber)
	}
	if err := t.Done(); err != nil {
		return nil, err
	}
	return p, nil
}

func parseMatch(t *datafile.Table) atrMatch {
	m := atrMatch{t.Hex("value", 2, 33), t.Hex("mask", 2, 33)}
	if len(m.value) != len(m.mask) {
		t.Fail("mask", "must be as long as value")
	}
	return m
}

func (p *profile) parseFile(t *datafile.Table) file {
	f := file{
		name:     t.Text("name"),
		sfi:      byte(t.Number("sfi", 1, 30, 0)),
		read:     t.OneOf("read", "binary", "binary-sfi", "record", "getdata"),
		chunk:    t.Number("chunk", 1, 256, 256),
		max:      t.Number("max", 1, maxFile, 4096),
		layout:   t.OneOf("layout", "ber-tlv", "fixed", "text", "raw"),
		charset:  t.OneOf("charset", "", "utf-8", "ascii", "iso-8859-6", "windows-1256"),
		when:     t.Text("when"),
		required: t.Yes("required"),
	}
	t.Text("media")
	if f.name == "" || slices.ContainsFunc(p.files, func(o file) bool { return o.name == f.name }) {
		t.Fail("name", "must be given, and only once")
	}
	for _, s := range t.Texts("path") {
		b, err := hex.DecodeString(s)
		if err != nil || len(b) != 2 {
			t.Fail("path", "%q is not a file identifier of four hexadecimal digits", s)
			break
		}
		f.path = append(f.path, [2]byte(b))
	}
	if t.Has("tag") {
		f.tag = t.Hex("tag", 1, 3)
	}
	ways := 0
	for _, given := range []bool{len(f.path) > 0, f.sfi > 0, len(f.tag) > 0} {
		if given {
			ways++
		}
	}
	need := map[string]bool{"binary": len(f.path) > 0, "binary-sfi": f.sfi > 0, "record": len(f.tag) == 0, "getdata": len(f.tag) > 0}
	if ways != 1 || !need[f.read] {
		t.Fail("read", "%q needs one of path, sfi and tag, and the right one", f.read)
	}
	if f.when != "" && f.required {
		t.Fail("when", "a file for a purpose cannot be required")
	}
	records := t.Text("records")
	if n, err := fmt.Sscanf(records, "%d-%d", &f.first, &f.last); f.read == "record" &&
		(err != nil || n != 2 || f.first == 0 || f.first > f.last || fmt.Sprintf("%d-%d", f.first, f.last) != records) {
		t.Fail("records", `must be like "1-8"`)
	}
	if t.Has("records") && f.read != "record" {
		t.Fail("records", `must be given with read = "record", and only there`)
	}
	if t.Has("chunk") && f.read != "binary" && f.read != "binary-sfi" {
		t.Fail("chunk", "is for READ BINARY")
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

func (p *profile) parseField(t *datafile.Table) field {
	f := field{
		name:     t.Text("name"),
		from:     t.Text("from"),
		offset:   t.Number("offset", 0, maxFile, 0),
		length:   t.Number("length", 1, maxFile, 0),
		kind:     t.OneOf("type", "civil-number", "text", "ascii", "date-bcd", "date-ascii", "enum", "bytes"),
		required: t.Yes("required"),
	}
	if f.name == "" || slices.ContainsFunc(p.fields, func(o field) bool { return o.name == f.name }) {
		t.Fail("name", "must be given, and only once")
	}
	if types := wanted[f.name]; types != nil && !slices.Contains(types, f.kind) {
		t.Fail("type", "%s must be one of %s", f.name, strings.Join(types, ", "))
	}
	if f.kind == "enum" {
		t.Sub("values", func(v *datafile.Table) {
			f.values = map[string]string{}
			for _, key := range v.Keys() {
				f.values[key] = v.Text(key)
			}
		})
		if len(f.values) == 0 {
			t.Fail("values", "an enum needs the words for its values")
		}
	}
	for _, s := range t.Texts("trim") {
		b, ok := map[string]string{"space": " ", "00": "\x00", "FF": "\xFF"}[s]
		if !ok {
			t.Fail("trim", `%q is not one of "space", "00", "FF"`, s)
		}
		f.trim += b
	}
	i := slices.IndexFunc(p.files, func(o file) bool { return o.name == f.from })
	if i < 0 {
		t.Fail("from", "there is no file %q", f.from)
		return f
	}
	from := p.files[i]
	if tag := t.Text("tag"); tag != "" {
		path, err := tlv.ParsePath(tag)
		if err != nil {
			t.Fail("tag", "%v", err)
		}
		f.tag = path
	}
	switch {
	case (f.tag != nil) != (from.layout == "ber-tlv"):
		t.Fail("tag", "must be given for fields of a ber-tlv file, and only there")
	case (f.length > 0) != (from.layout == "fixed"):
		t.Fail("length", "must be given for fields of a fixed file, and only there")
	case t.Has("offset") && from.layout != "fixed":
		t.Fail("offset", "is for fields of a fixed file")
	case f.kind == "text" && from.charset == "", f.kind == "enum" && from.layout == "raw":
		t.Fail("from", "file %q needs a charset for this text", f.from)
	case from.when != "" && (f.required || wanted[f.name] != nil):
		t.Fail("from", "file %q is not always read", f.from)
	}
	return f
}

func (p *profile) parseSelect(s *datafile.Table) {
	p.aid = s.Hex("aid", 5, 16)
	if p2 := s.Hex("p2", 1, 1); len(p2) == 1 {
		p.selectP2 = p2[0]
		if p2[0] != 0x00 && p2[0] != 0x04 && p2[0] != 0x0C {
			s.Fail("p2", `must be "00", "04" or "0C"`)
		}
	}
	p.expect = statusWords(s, "expect")
	p.nextOn = statusWords(s, "next_profile_on")
	if len(p.expect) == 0 {
		s.Fail("expect", "no status word is given")
	}
}

func statusWords(t *datafile.Table, key string) []swPattern {
	var list []swPattern
	for _, s := range t.Texts(key) {
		p := swPattern{mask: 0xFFFF}
		digits := s
		if strings.HasSuffix(s, "xx") {
			digits, p.mask = s[:len(s)-2]+"00", 0xFF00
		}
		b, err := hex.DecodeString(digits)
		if err != nil || len(b) != 2 {
			t.Fail(key, `%q is not a status word like "9000" or "61xx"`, s)
			return nil
		}
		p.value = uint16(b[0])<<8 | uint16(b[1])
		list = append(list, p)
	}
	return list
}
