package zvt

import "murur/devices/terminal"

// Line attributes of a 06 D1 and of tag 09.
const (
	lineFeed    = 0xFF // empty lines
	lineLast    = 0x80 // with any other bit: last line of a receipt; alone it is reserved
	lineCentred = 0x40
	lineWide    = 0x20
	lineTall    = 0x10
	lineIndent  = 0x0F
)

// maxLines is how many lines of one command are kept; a terminal that prints more is
// out of its mind.
const maxLines = 2000

// slips collects what a terminal prints during one command. The zero value is ready
// but for the character set.
type slips struct {
	charset byte // agreed in the registration
	done    []terminal.Slip
	open    terminal.Slip // its last line has not come
	lines   int
	attr    byte
	last    bool // the next line of the block is the last one
}

// line takes the data of a 06 D1: attribute, text. Of FF the text is the number of
// empty lines.
func (s *slips) line(data []byte) {
	if len(data) == 0 {
		return
	}
	attr, rest := data[0], data[1:]
	if attr == lineFeed {
		n := byte(1)
		if len(rest) == 1 {
			n = rest[0]
		}
		for range n {
			s.add(0, "")
		}
		return
	}
	s.add(attr, text(s.charset, rest))
	if isLast(attr) {
		s.cut()
	}
}

// block takes the data of a 06 D3: whose slip it is, its character set, its lines.
func (s *slips) block(data []byte) {
	f := ReadFields(data)
	for f.Next() {
		if f.number != 0x06 {
			continue
		}
		kind, charset, lines := terminal.SlipUnknown, s.charset, []byte(nil)
		t := ReadTLV(f.value)
		for t.Next() {
			switch {
			case t.tag == TagPrintKind && len(t.value) > 0:
				kind = slipKind(t.value[0])
			case t.tag == TagCharset && len(t.value) == 1:
				charset = t.value[0]
			case t.tag == TagPrint:
				lines = t.value
			}
		}
		if kind != s.open.Kind && len(s.open.Lines) > 0 && kind != terminal.SlipUnknown {
			s.cut()
		}
		if kind != terminal.SlipUnknown {
			s.open.Kind = kind
		}
		s.text(charset, lines)
	}
}

func (s *slips) text(charset byte, lines []byte) {
	s.attr, s.last = 0, false
	t := ReadTLV(lines)
	for t.Next() {
		switch {
		case t.tag == TagLine && len(t.value) == 1:
			s.attr = t.value[0]
			s.last = isLast(s.attr)
			if s.attr == lineFeed {
				s.add(0, "")
				s.attr, s.last = 0, len(t.rest) == 0 // as the very last object it is both
			}
		case t.tag == TagText:
			s.add(s.attr, text(charset, t.value))
			if s.last {
				s.cut()
			}
		}
	}
	if s.last {
		s.cut()
	}
}

func isLast(attr byte) bool { return attr&lineLast != 0 && attr != lineLast && attr != lineFeed }

func (s *slips) add(attr byte, text string) {
	if s.lines++; s.lines > maxLines {
		return
	}
	p := []byte(text)
	maskNumbers(p)
	l := terminal.SlipLine{Text: string(p)}
	if attr&lineLast == 0 {
		l.Indent = int(attr & lineIndent)
		l.Centred, l.Wide, l.Tall = attr&lineCentred != 0, attr&lineWide != 0, attr&lineTall != 0
	}
	s.open.Lines = append(s.open.Lines, l)
}

// cut ends the present slip. Empty lines at its end are the paper feed of a printer.
func (s *slips) cut() {
	lines := s.open.Lines
	for len(lines) > 0 && lines[len(lines)-1].Text == "" {
		lines = lines[:len(lines)-1]
	}
	if len(lines) > 0 {
		s.done = append(s.done, terminal.Slip{Kind: s.open.Kind, Lines: lines})
	}
	s.open, s.last = terminal.Slip{}, false
}

// take ends the collecting and returns what was printed.
func (s *slips) take() []terminal.Slip {
	s.cut()
	done := s.done
	*s = slips{charset: s.charset}
	return done
}

func slipKind(b byte) terminal.SlipKind {
	switch b {
	case 0x01:
		return terminal.SlipMerchant
	case 0x02:
		return terminal.SlipCustomer
	case 0x03:
		return terminal.SlipAdmin
	}
	return terminal.SlipUnknown
}
