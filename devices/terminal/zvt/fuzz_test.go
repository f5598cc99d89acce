package zvt

import (
	"bytes"
	"testing"
	"unicode"
	"unicode/utf8"
)

// FuzzDecoder feeds any bytes in any portions: what comes out whole must be sound,
// and must not depend on the portions.
func FuzzDecoder(f *testing.F) {
	f.Fuzz(func(t *testing.T, in []byte, portion uint8) {
		run := func(step int) (blocks [][]byte, bad int) {
			var d Decoder
			for rest := in; len(rest) > 0; {
				p := rest[:min(step, len(rest))]
				rest = rest[len(p):]
				for len(p) > 0 {
					n, e := d.Next(p)
					if n <= 0 || n > len(p) || e == EventNone && n != len(p) {
						t.Fatalf("took %d of %d bytes, event %d", n, len(p), e)
					}
					p = p[n:]
					switch e {
					case EventBad:
						bad++
					case EventBlock:
						a := d.APDU()
						if a.Check() != nil {
							t.Fatalf("unsound APDU % X", []byte(a))
						}
						_, _ = a.Command(), a.Data()
						blocks = append(blocks, append([]byte(nil), a...))
					}
				}
			}
			return blocks, bad
		}
		whole, badWhole := run(len(in) + 1)
		parts, badParts := run(int(portion%7) + 1)
		if len(whole) != len(parts) || badWhole != badParts {
			t.Fatalf("%d blocks and %d bad ones whole, %d and %d in portions", len(whole), badWhole, len(parts), badParts)
		}
		for i := range whole {
			if !bytes.Equal(whole[i], parts[i]) {
				t.Fatalf("block %d differs: % X, % X", i, whole[i], parts[i])
			}
			var d Decoder
			if _, e := d.Next(AppendBlock(nil, whole[i])); e != EventBlock || !bytes.Equal(d.APDU(), whole[i]) {
				t.Fatalf("block %d does not survive the wire", i)
			}
		}
	})
}

// FuzzAPDU reads any APDU as every message that a terminal sends.
func FuzzAPDU(f *testing.F) {
	f.Fuzz(func(t *testing.T, in []byte) {
		a := APDU(in)
		if a.Check() != nil {
			return
		}
		if again := AppendAPDU(nil, a.Command(), a.Data()...); APDU(again).Check() != nil || !bytes.Equal(APDU(again).Data(), a.Data()) {
			t.Fatalf("% X is rebuilt as % X", in, again)
		}
		ParseRegistered(a.Data())
		ParseState(a.Data())
		ParseIntermediate(a.Data())
		abortCode(a)
		refusalCode(a)
		if m := masked(a); len(m) != len(a) {
			t.Fatalf("masked % X has another length", []byte(m))
		}
	})
}

// FuzzFields walks any data block: the fields are parts of it, in order, and what was
// not read is its end.
func FuzzFields(f *testing.F) {
	f.Fuzz(func(t *testing.T, in []byte) {
		r := ReadFields(in)
		for r.Next() {
			if n := len(r.Value()); fieldForm[r.Number()] < berField && n != int(fieldForm[r.Number()]) {
				t.Fatalf("bitmap %02X has %d bytes", r.Number(), n)
			}
		}
		if !bytes.HasSuffix(in, r.Rest()) || (r.Err() == nil) != (len(r.Rest()) == 0) {
			t.Fatalf("rest % X, error %v", r.Rest(), r.Err())
		}
		s, err := ParseStatusInfo(in)
		if r.Err() != nil && err == nil {
			t.Fatalf("no error for %v", r.Err())
		}
		if s.Amount < 0 || s.Amount > maxAmount || s.Currency > 9999 {
			t.Fatalf("impossible %+v", s)
		}
		if pan := s.MaskedPAN(); len(pan) > 4 && bytes.ContainsAny([]byte(pan[:len(pan)-4]), "0123456789") {
			t.Fatalf("card number shows through: %s", pan)
		}
		s.Mark()
	})
}

// FuzzTLV walks any container to its leaves and rebuilds each level.
func FuzzTLV(f *testing.F) {
	f.Fuzz(func(t *testing.T, in []byte) { walk(t, in, 0) })
}

func walk(t *testing.T, in []byte, depth int) {
	r := ReadTLV(in)
	var again []byte
	for r.Next() {
		again = AppendTLV(again, r.Tag(), r.Value()...)
		if r.Tag().Constructed() && depth < 20 {
			walk(t, r.Value(), depth+1)
		}
	}
	back := ReadTLV(again)
	for back.Next() {
	}
	if back.Err() != nil {
		t.Fatalf("% X is rebuilt as % X: %v", in, again, back.Err())
	}
}

// FuzzPrint takes any text block and any line: what becomes a slip is clean text, and
// not endless.
func FuzzPrint(f *testing.F) {
	f.Fuzz(func(t *testing.T, charset byte, block, line []byte) {
		s := slips{charset: charset}
		s.line(line)
		s.block(block)
		s.line(line)
		n := 0
		for _, slip := range s.take() {
			if len(slip.Lines) == 0 {
				t.Fatal("empty slip")
			}
			for _, l := range slip.Lines {
				n++
				for _, r := range l.Text {
					if unicode.IsControl(r) {
						t.Fatalf("control character in %q", l.Text)
					}
				}
				if !utf8.ValidString(l.Text) || l.Indent < 0 || l.Indent > 15 {
					t.Fatalf("line %+v", l)
				}
			}
		}
		if n > maxLines {
			t.Fatalf("%d lines", n)
		}
	})
}

// FuzzTotals reads any field 60; what is read is written back the same.
func FuzzTotals(f *testing.F) {
	f.Fuzz(func(t *testing.T, in []byte) {
		totals, err := ParseTotals(in)
		if err == nil && !bytes.Equal(AppendTotals(nil, totals), in) {
			t.Fatalf("% X is rebuilt as % X", in, AppendTotals(nil, totals))
		}
	})
}

// FuzzSequence numbers any message: what was in it stays readable, and the number is
// found again.
func FuzzSequence(f *testing.F) {
	f.Fuzz(func(t *testing.T, in []byte, id uint32, status bool) {
		a := APDU(in)
		if a.Check() != nil || len(in) > 60_000 {
			return
		}
		open := Command(0)
		if status {
			open = CmdStatus
		}
		id = NextSequence(id % lastSequence)
		before, had := SequenceOf(a, open)
		b := WithSequence(a, id, open)
		if b.Check() != nil || b.Command() != a.Command() {
			t.Fatalf("% X becomes % X", in, []byte(b))
		}
		if got, ok := SequenceOf(b, open); ok && got != id && !(had && got == before) {
			t.Fatalf("number %d is read as %d", id, got)
		}
	})
}
