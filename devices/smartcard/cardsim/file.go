package cardsim

import (
	"embed"
	"encoding/binary"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"golang.org/x/text/encoding/charmap"

	"murur/devices/datafile"
	"murur/devices/smartcard/atr"
)

//go:embed cards
var cards embed.FS

// Examples are card files, to be read and to begin with.
func Examples() fs.FS {
	sub, err := fs.Sub(cards, "cards")
	if err != nil {
		panic(err) // the folder is embedded
	}
	return sub
}

// Limits of a card file.
const (
	maxText         = 1 << 20
	maxApplications = 8
	maxFiles        = 64
	maxRecords      = 254
	maxData         = 64 << 10
)

// Described is a card that is described in a file.
type Described struct {
	Title  string // for a person
	Holder Person // zero when the card names nobody
	build  func() (Description, []Fault)
}

// New makes the card; each is its own.
func (d Described) New() *Card {
	desc, faults := d.build()
	return New(desc, faults...)
}

// ReadCard reads a card file. An error names file and line.
func ReadCard(name string, data []byte) (Described, error) {
	if len(data) > maxText {
		return Described{}, fmt.Errorf("%s: %d bytes, at most %d", name, len(data), maxText)
	}
	p, err := parseCard(name, data)
	if err != nil {
		return Described{}, err
	}
	return Described{p.title, p.holder, func() (Description, []Fault) {
		p, err := parseCard(name, data) // anew, as a card changes its description
		if err != nil {
			panic(err) // the same bytes were read before
		}
		return p.desc, p.faults
	}}, nil
}

// sheet is a card file.
type sheet struct {
	title  string
	desc   Description
	atr    atr.ATR
	named  bool
	holder Person
	faults []Fault
}

func parseCard(name string, data []byte) (sheet, error) {
	t, err := datafile.Read(name, data)
	if err != nil {
		return sheet{}, err
	}
	if t.Number("schema", 1, 1, 0) == 0 {
		t.Fail("schema", "must be 1")
	}
	s := sheet{title: t.Text("title")}
	if s.title == "" {
		t.Fail("title", "must be given")
	}
	s.desc.ATR = t.Hex("atr", 2, 33)
	if s.atr, err = atr.Parse(s.desc.ATR); err != nil {
		t.Fail("atr", "%v", err)
	}
	if p := t.OneOf("protocol", "", "T=0", "T=1"); p != "" && !t.Failed() && p != fmt.Sprintf("T=%d", s.atr.Protocols[0]) {
		t.Fail("protocol", "atr offers T=%d first", s.atr.Protocols[0])
	}
	s.parseVolts(t)
	if s.named = t.Has("holder"); s.named {
		t.Sub("holder", s.parseHolder)
	}
	t.Each("application", maxApplications, func(e *datafile.Table) {
		s.desc.Applications = append(s.desc.Applications, parseApplication(e))
	})
	t.Sub("faults", s.parseFaults)
	if s.named { // after the faults: some are the holder's
		s.desc.Applications = append([]Application{Development(s.holder)}, s.desc.Applications...)
	}
	return s, t.Done()
}

func (s *sheet) parseVolts(t *datafile.Table) {
	var mask byte
	for _, v := range t.Texts("volts") {
		i := slices.Index([]string{"5", "3", "1.8"}, v)
		if i < 0 {
			t.Fail("volts", `%q is not one of "5", "3", "1.8"`, v)
			return
		}
		mask |= 1 << i
	}
	if mask != 0 {
		s.faults = append(s.faults, Volts(mask))
	}
}

func (s *sheet) parseHolder(t *datafile.Table) {
	s.holder = Person{
		CivilNumber: t.Text("civil_number"),
		NameAr:      t.Text("name_ar"),
		NameEn:      t.Text("name_en"),
		Birth:       date(t, "birth"),
		Expiry:      date(t, "expiry"),
	}
	if s.holder.CivilNumber == "" {
		t.Fail("civil_number", "must be given")
	}
}

func date(t *datafile.Table, key string) time.Time {
	s := t.Text(key)
	if s == "" {
		return time.Time{}
	}
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		t.Fail(key, `%q is not a date like "2030-01-31"`, s)
	}
	return d
}

func parseApplication(t *datafile.Table) Application {
	a := Application{AID: t.Hex("aid", 5, 16)}
	t.Each("file", maxFiles, func(e *datafile.Table) {
		f := parseFile(e)
		for _, o := range a.Files {
			if o.ID == f.ID || o.SFI == f.SFI && f.SFI != 0 {
				e.Fail("id", "is that of another file, or sfi is")
			}
		}
		a.Files = append(a.Files, f)
	})
	t.Each("object", maxFiles, func(e *datafile.Table) {
		a.Objects = append(a.Objects, Object{e.Hex("tag", 1, 3), content(e)})
	})
	return a
}

func parseFile(t *datafile.Table) File {
	f := File{SFI: byte(t.Number("sfi", 1, 30, 0))}
	if id := t.Hex("id", 2, 2); id != nil {
		f.ID = binary.BigEndian.Uint16(id)
	}
	if !t.Has("records") {
		f.Data = content(t)
		if size := t.Number("size", 0, maxData, len(f.Data)); size < len(f.Data) {
			t.Fail("size", "is less than the %d bytes given", len(f.Data))
		} else {
			f.Data = append(f.Data, slices.Repeat([]byte{0xFF}, size-len(f.Data))...)
		}
		return f
	}
	f.Records = [][]byte{}
	t.Each("records", maxRecords, func(e *datafile.Table) {
		r := content(e)
		if len(r) > 255 {
			e.Fail("hex", "a record of %d bytes, at most 255", len(r))
		}
		f.Records = append(f.Records, r)
	})
	return f
}

// content is what stands at hex, or at text in charset.
func content(t *datafile.Table) []byte {
	if t.Has("hex") == t.Has("text") {
		t.Fail("hex", "give one of hex and text")
		return nil
	}
	if t.Has("hex") {
		return t.Hex("hex", 0, maxData)
	}
	text := t.Text("text")
	if len(text) > maxData {
		t.Fail("text", "%d bytes, at most %d", len(text), maxData)
	}
	set := map[string]*charmap.Charmap{"iso-8859-6": charmap.ISO8859_6, "windows-1256": charmap.Windows1256}[t.OneOf("charset", "", "utf-8", "iso-8859-6", "windows-1256")]
	if set == nil {
		return []byte(text)
	}
	b, err := set.NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fail("text", "%q cannot be written in this charset", text)
	}
	return b
}

func (s *sheet) parseFaults(t *datafile.Table) {
	add := func(yes bool, f Fault) {
		if yes {
			s.faults = append(s.faults, f)
		}
	}
	add(t.Yes("mute"), Mute)
	add(t.Yes("garbage"), Garbage)
	add(t.Yes("truncated"), Truncated)
	add(t.Yes("short_reads"), ShortReads)
	add(t.Yes("no_pps"), NoPPS)
	add(t.Has("removed_after"), PulledAfter(t.Number("removed_after", 0, 10000, 0)))
	if text := t.Text("slow"); text != "" {
		d, err := time.ParseDuration(text)
		if err != nil || d < 0 || d > time.Hour {
			t.Fail("slow", `%q is not a time like "1.5s", up to 1h`, text)
		}
		add(true, Slow(d))
	}
	t.Each("answers", 100, func(e *datafile.Table) {
		n := e.Number("command", 1, 10000, 0)
		if n == 0 {
			e.Fail("command", "must be given")
		}
		if sw := e.Hex("sw", 2, 2); sw != nil {
			add(true, Answers(n, binary.BigEndian.Uint16(sw)))
		}
	})
	for _, key := range []string{"aborts", "asks_ifs"} {
		if t.Has(key) && !t.Failed() && s.atr.Protocols[0] != 1 {
			t.Fail(key, "is for T=1 cards")
		}
	}
	add(t.Has("aborts"), Aborts(t.Number("aborts", 1, 10000, 0)))
	add(t.Has("asks_ifs"), AsksIFS(byte(t.Number("asks_ifs", 1, 254, 0))))
	for key, change := range map[string]func(Person) Person{"wrong_check_digit": Person.misnumbered, "expired": Person.expired} {
		switch {
		case !t.Yes(key):
		case !s.named:
			t.Fail(key, "there is no [holder]")
		default:
			s.holder = change(s.holder)
		}
	}
}
