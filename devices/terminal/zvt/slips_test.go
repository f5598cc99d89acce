package zvt

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"murur/devices/terminal"
)

// block is the data of a 06 D3 with these objects in its tag 25.
func printBlock(kind byte, objects ...[]byte) []byte {
	var tlv []byte
	if kind != 0 {
		tlv = AppendTLV(nil, TagPrintKind, kind)
	}
	return AppendField(nil, 0x06, AppendTLV(tlv, TagPrint, join(objects...)...)...)
}

func attr(b byte) []byte   { return AppendTLV(nil, TagLine, b) }
func said(s string) []byte { return AppendTLV(nil, TagText, []byte(s)...) }

func TestSlips(t *testing.T) {
	plain := func(lines ...string) []terminal.SlipLine {
		var l []terminal.SlipLine
		for _, s := range lines {
			l = append(l, terminal.SlipLine{Text: s})
		}
		return l
	}
	for _, c := range []struct {
		name string
		do   func(*slips)
		want []terminal.Slip
	}{
		{"lines, and the last one", func(s *slips) {
			s.line([]byte("\x00one"))
			s.line([]byte("\x81two"))
			s.line([]byte("\x00three"))
		}, []terminal.Slip{{Lines: plain("one", "two")}, {Lines: plain("three")}}},
		{"attributes", func(s *slips) {
			s.line([]byte("\x03in"))
			s.line([]byte("\x10tall"))
			s.line([]byte("\x20wide"))
			s.line([]byte("\x40centred"))
			s.line([]byte("\x70all"))
		}, []terminal.Slip{{Lines: []terminal.SlipLine{
			{Text: "in", Indent: 3}, {Text: "tall", Tall: true}, {Text: "wide", Wide: true},
			{Text: "centred", Centred: true}, {Text: "all", Tall: true, Wide: true, Centred: true},
		}}}},
		{"feeds", func(s *slips) {
			s.line([]byte("\x00one"))
			s.line([]byte{0xFF, 2})
			s.line([]byte{0x00}) // no text is an empty line
			s.line([]byte("\x00two"))
			s.line([]byte{0xFF, 5}) // at the end: paper feed
		}, []terminal.Slip{{Lines: plain("one", "", "", "", "two")}}},
		{"code page 437", func(s *slips) { s.line([]byte("\x00K\x94ln")) }, []terminal.Slip{{Lines: plain("Köln")}}},
		{"two copies", func(s *slips) {
			s.block(printBlock(1, attr(0x50), said("MERCHANT"), attr(0), said("a"), attr(0x81), said("end")))
			s.block(printBlock(2, said("customer"), attr(0x81)))
		}, []terminal.Slip{
			{Kind: terminal.SlipMerchant, Lines: []terminal.SlipLine{{Text: "MERCHANT", Tall: true, Centred: true}, {Text: "a"}, {Text: "end"}}},
			{Kind: terminal.SlipCustomer, Lines: plain("customer")},
		}},
		{"one slip in blocks", func(s *slips) {
			s.block(printBlock(2, said("one")))
			s.block(printBlock(0, said("two"), attr(0x81)))
		}, []terminal.Slip{{Kind: terminal.SlipCustomer, Lines: plain("one", "two")}}},
		{"the kind changes without a last line", func(s *slips) {
			s.block(printBlock(1, said("one")))
			s.block(printBlock(2, said("two")))
		}, []terminal.Slip{{Kind: terminal.SlipMerchant, Lines: plain("one")}, {Kind: terminal.SlipCustomer, Lines: plain("two")}}},
		{"a feed inside and one at the end", func(s *slips) {
			s.block(printBlock(2, said("one"), attr(0xFF), said("two"), attr(0xFF)))
			s.block(printBlock(2, said("three")))
		}, []terminal.Slip{{Kind: terminal.SlipCustomer, Lines: plain("one", "", "two")}, {Kind: terminal.SlipCustomer, Lines: plain("three")}}},
		{"80 is reserved", func(s *slips) {
			s.block(printBlock(2, attr(0x80), said("one"), said("two")))
		}, []terminal.Slip{{Kind: terminal.SlipCustomer, Lines: plain("one", "two")}}},
		{"Arabic by ISO 8859-6", func(s *slips) {
			s.block(AppendField(nil, 0x06, join(AppendTLV(nil, TagCharset, 0x06), AppendTLV(nil, TagPrint, said("\xE5\xD1\xCD\xC8\xC7")...))...))
		}, []terminal.Slip{{Lines: plain("مرحبا")}}},
		{"card numbers are masked", func(s *slips) {
			s.line([]byte("\x004111 1111 1111 1111"))
			s.line([]byte("\x00no 4111111111111111."))
			s.line([]byte("\x00contract 411111111111112")) // no card: the check digit
		}, []terminal.Slip{{Lines: plain("**** **** **** 1111", "no ************1111.", "contract 411111111111112")}}},
		{"control characters", func(s *slips) { s.line([]byte("\x00a\r\n\x1Bb")) }, []terminal.Slip{{Lines: plain("ab")}}},
		{"nothing", func(s *slips) { s.line(nil); s.block(nil); s.line([]byte{0xFF, 9}) }, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &slips{charset: charset437}
			c.do(s)
			if d := cmp.Diff(c.want, s.take()); d != "" {
				t.Errorf("-want +got\n%s", d)
			}
		})
	}
}

func TestSlipsAreBounded(t *testing.T) {
	s := &slips{charset: charset437}
	for range 100 {
		s.line([]byte{0x00, 'x'})
		s.line([]byte{0xFF, 0xFF})
	}
	n := 0
	for _, slip := range s.take() {
		n += len(slip.Lines)
	}
	if n > maxLines {
		t.Errorf("%d lines", n)
	}
}

func TestTotals(t *testing.T) {
	want := Totals{First: 1, Last: 9999}
	for k := range want.Groups {
		want.Groups[k] = Total{Count: 250 + k%5, Sum: int64(k) * 123_456_789}
	}
	p := AppendTotals(nil, want)
	if got, err := ParseTotals(p); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	for _, bad := range []struct {
		name string
		p    []byte
	}{
		{"short", p[:52]}, {"long", append(p[:53:53], 0)}, {"empty", nil},
		{"receipt numbers", append([]byte{0x1A}, p[1:]...)},
		{"sum", append(append([]byte(nil), p[:52]...), 0x0F)},
	} {
		if got, err := ParseTotals(bad.p); err == nil {
			t.Errorf("%s: %+v", bad.name, got)
		}
	}
}

func TestSequenceIDs(t *testing.T) {
	for _, c := range []struct {
		name string
		a    APDU
		open Command
		want string
	}{
		{"answer", AppendAPDU(nil, AnswerOK), 0, "80 00 08 06 06 1F 73 03 00 00 42"},
		{"payment", AppendPayment(nil, Authorisation{Amount: 1, Currency: 414, TLV: AppendTLV(nil, TagLanguage, 'A', 'R')}), 0,
			"06 01 18 04 00 00 00 00 00 01 49 04 14 19 40 06 0A 15 02 41 52 1F 73 03 00 00 42"},
		{"reversal", AppendReversal(nil, "123456", 7, 1, 414), 0,
			"06 30 18 12 34 56 87 00 07 04 00 00 00 00 00 01 49 04 14 06 06 1F 73 03 00 00 42"},
		{"intermediate status", AppendAPDU(nil, MsgIntermediate, 0x0A), 0, "04 FF 0A 0A 00 06 06 1F 73 03 00 00 42"},
		{"with minutes", AppendAPDU(nil, MsgIntermediate, 0x0A, 0x05), 0, "04 FF 0A 0A 05 06 06 1F 73 03 00 00 42"},
		{"without minutes, with container", AppendAPDU(nil, MsgIntermediate, 0x0A, 0x06, 0x02, 0x24, 0x00), 0,
			"04 FF 0B 0A 06 08 24 00 1F 73 03 00 00 42"},
		{"abort", AppendAPDU(nil, MsgAborted, 0x33), 0, "06 1E 09 33 06 06 1F 73 03 00 00 42"},
		{"abort in another currency", AppendAPDU(nil, MsgAborted, 0x6F, 0x09, 0x78), 0, "06 1E 0B 6F 09 78 06 06 1F 73 03 00 00 42"},
		{"end of a status enquiry", AppendAPDU(nil, MsgCompletion, unhex("F0 F0 F2 31 00 9C")...), CmdStatus,
			"06 0F 0E F0 F0 F2 31 00 9C 06 06 1F 73 03 00 00 42"},
		{"a line has no room", AppendAPDU(nil, MsgPrintLine, 0, 'x'), 0, "06 D1 02 00 78"},
		{"a bare status enquiry has no room", AppendAPDU(nil, CmdStatus), 0, "05 01 00"},
	} {
		got := WithSequence(c.a, 42, c.open)
		if d := cmp.Diff(unhex(c.want), []byte(got)); d != "" {
			t.Errorf("%s: % X\n%s", c.name, []byte(got), d)
		}
		id, ok := SequenceOf(got, c.open)
		if room := !strings.Contains(c.name, "no room"); ok != room || room && id != 42 {
			t.Errorf("%s: read back %d, %v", c.name, id, ok)
		}
	}
	if NextSequence(0) != 1 || NextSequence(999_998) != 999_999 || NextSequence(999_999) != 1 {
		t.Error("numbers do not go from 1 to 999999")
	}
}
