package t1

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func unhex(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

func TestBlocks(t *testing.T) {
	for want, b := range map[string]Block{
		"00 C1 01 FE 3E":             {IFS, []byte{0xFE}},
		"00 E1 01 FE 1E":             {IFS | Response, []byte{0xFE}},
		"00 00 05 00 84 00 00 08 89": I(0, false, unhex("0084000008")),
		"00 80 00 80":                R(0, 0),
		"00 90 00 90":                R(1, 0),
		"00 91 00 91":                R(1, EDCError),
		"00 C3 01 02 C0":             {WTX, []byte{2}},
		"00 E3 01 02 E0":             {WTX | Response, []byte{2}},
		"00 C0 00 C0":                {PCB: Resynch},
		"00 E0 00 E0":                {PCB: Resynch | Response},
		"00 60 01 AA CB":             I(1, true, []byte{0xAA}),
	} {
		if got := b.Encode(false); !bytes.Equal(got, unhex(want)) {
			t.Errorf("% X, want %s", got, want)
		}
		for _, crc := range []bool{false, true} {
			if got, err := Decode(b.Encode(crc), crc); err != nil || got.PCB != b.PCB || !bytes.Equal(got.Inf, b.Inf) {
				t.Errorf("%s: %+v, %v", want, got, err)
			}
		}
	}
	if got := edc([]byte("123456789"), true); !bytes.Equal(got, []byte{0x6E, 0x90}) { // the catalogued check value 906E
		t.Errorf("CRC % X", got)
	}
	for name, s := range map[string]string{
		"nothing": "", "short": "00 80 00", "cut": "00 00 05 00 84 89", "longer": "00 80 00 80 00",
		"NAD": "12 80 00 92", "length FF": "00 00 FF" + strings.Repeat("00", 255) + "FF",
		"R with data": "00 80 01 AA 2B", "R of a third kind": "00 83 00 83", "I with a reserved bit": "00 01 00 01",
		"empty part": "00 20 00 20", "IFS of nothing": "00 C1 01 00 C0", "unknown S": "00 C4 00 C4", "WTX without time": "00 C3 00 C3",
	} {
		if b, err := Decode(unhex(s), false); !errors.Is(err, ErrBlock) {
			t.Errorf("%s: %+v, %v", name, b, err)
		}
	}
	if _, err := Decode(unhex("00 80 00 81"), false); !errors.Is(err, ErrEDC) {
		t.Error(err)
	}
}

// Exchanges, as ISO/IEC 7816-3 annex A draws them: I(0,0) is an I-block with number
// and "more", R(1) an R-block, S(WTX 2) a request, S(WTX' 2) its response, "-" silence.
func TestExchanges(t *testing.T) {
	for name, c := range map[string]struct {
		play string // what the machine sends, what comes back, and so on
		want string // the answer, or the error
	}{
		"plain":                {"I(0,0)abcd I(0,0)xy", "xy"},
		"command in two parts": {"I(0,1)abcdefgh R(1) I(1,0)ij I(0,0)xy", "xy"},
		"answer in two parts":  {"I(0,0)abcd I(0,1)uv R(1) I(1,0)xy", "uvxy"},
		"both in parts":        {"I(0,1)abcdefgh R(1) I(1,0)ij I(0,1)uv R(1) I(1,1)w R(0) I(0,0)xy", "uvwxy"},
		"more time":            {"I(0,0)abcd S(WTX_2) S(WTX'_2) S(WTX_1) S(WTX'_1) I(0,0)xy", "xy"},
		"card changes its size": {"I(0,1)abcdefgh S(IFS_3) S(IFS'_3) R(1) I(1,0)ij I(0,0)xy",
			"xy"},
		"a lost block":                {"I(0,0)abcd - R(0,2) R(0) I(0,0)abcd I(0,0)xy", "xy"},
		"a lost answer":               {"I(0,0)abcd - R(0,2) I(0,0)xy", "xy"},
		"a damaged answer":            {"I(0,0)abcd # R(0,1) I(0,0)xy", "xy"},
		"damaged twice":               {"I(0,0)abcd # R(0,1) # R(0,1) I(0,0)xy", "xy"},
		"wrong number":                {"I(0,0)abcd I(1,0)zz R(0,2) I(0,0)xy", "xy"},
		"the part again":              {"I(0,1)abcdefgh R(0,1) I(0,1)abcdefgh R(1) I(1,0)ij I(0,0)xy", "xy"},
		"acknowledgement again":       {"I(0,1)abcdefgh R(1) I(1,0)ij R(1) I(1,0)ij I(0,0)xy", "xy"},
		"an answer too early":         {"I(0,1)abcdefgh I(0,0)zz R(0,2) R(1) I(1,0)ij I(0,0)xy", "xy"},
		"R in the middle of answer":   {"I(0,0)abcd I(0,1)uv R(1) R(1) R(1,2) I(1,0)xy", "uvxy"},
		"R for more than there is":    {"I(0,0)abcd R(1) R(0,2) I(0,0)xy", "xy"},
		"response to no request":      {"I(0,0)abcd S(IFS'_3) R(0,2) I(0,0)xy", "xy"},
		"request of the reader's":     {"I(0,0)abcd S(RES) R(0,2) I(0,0)xy", "xy"},
		"WTX response lost":           {"I(0,0)abcd S(WTX_2) S(WTX'_2) - R(0,2) S(WTX_2) S(WTX'_2) I(0,0)xy", "xy"},
		"resynchronised":              {"I(0,0)abcd - R(0,2) - R(0,2) - R(0,2) - S(RES) S(RES') I(0,0)abcd I(0,0)xy", "xy"},
		"resynchronised late":         {"I(0,0)abcd I(0,1)uv R(1) - R(1,2) - R(1,2) - R(1,2) - S(RES) - S(RES) S(RES') I(0,0)abcd I(0,0)xy", "xy"},
		"aborted":                     {"I(0,0)abcd S(ABO) S(ABO') R(1)", ErrAborted.Error()},
		"not to be resynchronised":    {"I(0,0)abcd - R(0,2) - R(0,2) - R(0,2) - S(RES) - S(RES) # S(RES) I(0,0)xy", ErrLost.Error()},
		"resynchronised for ever":     {"I(0,0)abcd" + strings.Repeat(" - R(0,2) - R(0,2) - R(0,2) - S(RES) S(RES') I(0,0)abcd", 3) + " - R(0,2) - R(0,2) - R(0,2) - S(RES) S(RES')", ErrLost.Error()},
		"only asks for the same part": {"I(0,0)abcd" + strings.Repeat(" R(0) I(0,0)abcd", 3) + " R(0) S(RES) - S(RES) - S(RES) -", ErrLost.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			command := "abcd"
			if strings.HasPrefix(c.play, "I(0,1)") {
				command = "abcdefghij"
			}
			m := New(Config{IFSC: 8})
			s := m.Start([]byte(command), true)
			words := strings.Fields(c.play)
			for i := 0; i < len(words); i += 2 {
				if got := write(s); got != words[i] {
					t.Fatalf("block %d: %s, want %s", i, got, words[i])
				}
				if i+1 == len(words) {
					t.Fatal("the exchange goes on")
				}
				s = m.Receive(read(words[i+1]))
			}
			got := string(s.Answer)
			if s.Err != nil {
				got = s.Err.Error()
			}
			if s.Send != nil || !strings.HasPrefix(got, c.want) {
				t.Errorf("%q, want %q; %s", got, c.want, write(s))
			}
		})
	}
}

var sNames = map[byte]string{Resynch: "RES", IFS: "IFS", Abort: "ABO", WTX: "WTX"}

// write is a sent block in the words of TestExchanges.
func write(s Step) string {
	b, err := Decode(s.Send, false)
	switch {
	case err != nil:
		return fmt.Sprint(s)
	case b.IsI():
		return fmt.Sprintf("I(%d,%d)%s", b.N(), b.PCB>>5&1, b.Inf)
	case b.IsR() && b.PCB&3 != 0:
		return fmt.Sprintf("R(%d,%d)", b.N(), b.PCB&3)
	case b.IsR():
		return fmt.Sprintf("R(%d)", b.N())
	}
	name := sNames[b.PCB&^Response]
	if b.PCB&Response != 0 {
		name += "'"
	}
	for _, v := range b.Inf {
		name += fmt.Sprintf("_%d", v)
	}
	return "S(" + name + ")"
}

// read makes a block of its words; "-" is silence and "#" a damaged block.
func read(word string) []byte {
	var n, more byte
	var value int
	switch {
	case word == "-":
		return nil
	case word == "#":
		return []byte{0, 0, 0, 1}
	case word[0] == 'I':
		fmt.Sscanf(word, "I(%d,%d)", &n, &more)
		return I(n, more == 1, []byte(word[6:])).Encode(false)
	case word[0] == 'R':
		fmt.Sscanf(word, "R(%d,%d)", &n, &more)
		return R(n, more).Encode(false)
	}
	var b Block
	for pcb, name := range sNames {
		if strings.HasPrefix(word[2:], name) {
			b.PCB = pcb
		}
	}
	if strings.Contains(word, "'") {
		b.PCB |= Response
	}
	if _, after, ok := strings.Cut(word, "_"); ok {
		fmt.Sscanf(after, "%d", &value)
		b.Inf = []byte{byte(value)}
	}
	return b.Encode(false)
}

// What must not be carried out twice is not sent twice as a new command.
func TestNotRepeated(t *testing.T) {
	m := New(Config{IFSC: 32})
	s := m.Start([]byte("abcd"), false)
	for range 4 {
		s = m.Receive(nil)
	}
	if write(s) != "S(RES)" {
		t.Fatal(write(s))
	}
	if s = m.Receive(read("S(RES')")); !errors.Is(s.Err, ErrLost) {
		t.Error(write(s), s.Err)
	}
}

func TestAnnounce(t *testing.T) {
	m := New(Config{IFSC: 32})
	s := m.Announce(254)
	for _, play := range []string{"S(IFS_254) -", "S(IFS_254) S(IFS'_32)", "S(IFS_254) S(IFS'_254)"} {
		sent, back, _ := strings.Cut(play, " ")
		if got := write(s); got != sent {
			t.Fatalf("%s, want %s", got, sent)
		}
		s = m.Receive(read(back))
	}
	if s.Send != nil || s.Err != nil {
		t.Error(s)
	}
	s = m.Announce(254) // a card that does not know the request
	for s.Send != nil && write(s) != "S(RES)" {
		s = m.Receive(read("R(0,2)"))
	}
	if s = m.Receive(read("S(RES')")); s.Send != nil || s.Err != nil {
		t.Error(s)
	}
}

// Numbers go on from one command to the next; a card that only makes requests, or
// whose answer does not end, is given up.
func TestBounds(t *testing.T) {
	m := New(Config{IFSC: 32})
	m.Start([]byte("abcd"), true)
	m.Receive(read("I(0,0)xy"))
	if s := m.Start([]byte("efgh"), true); write(s) != "I(1,0)efgh" {
		t.Error(write(s))
	}
	if s := m.Receive(read("I(1,0)xy")); string(s.Answer) != "xy" {
		t.Error(s)
	}
	s := m.Start([]byte("abcd"), true)
	steps := 0
	for ; s.Send != nil; steps++ {
		s = m.Receive(read("S(WTX_1)"))
	}
	if !errors.Is(s.Err, ErrLost) || steps > 300 {
		t.Error(steps, s.Err)
	}
	m = New(Config{IFSC: 32})
	s = m.Start([]byte("abcd"), true)
	for n := byte(0); s.Send != nil; n ^= 1 {
		s = m.Receive(I(n, true, make([]byte, MaxInf)).Encode(false))
	}
	if !errors.Is(s.Err, ErrLost) {
		t.Error(s.Err)
	}
	if m := New(Config{IFSC: 254, Room: 20}); len(m.Start(make([]byte, 100), true).Send) != 24 {
		t.Error("the block is longer than the reader's room")
	}
}

// FuzzMachine feeds the machine with random blocks: half of the input is taken as it
// is, and for the other half the check code is put right.
func FuzzMachine(f *testing.F) {
	f.Fuzz(func(t *testing.T, in []byte) {
		m := New(Config{IFSC: 16})
		s := m.Start([]byte("a command in several parts"), true)
		for steps := 0; s.Send != nil; steps++ {
			if b, err := Decode(s.Send, false); err != nil || len(b.Inf) > MaxInf {
				t.Fatalf("sent % X: %v", s.Send, err)
			}
			if steps > 4000 {
				t.Fatal("it does not end")
			}
			var raw []byte
			if len(in) > 0 {
				n := min(int(in[0]&0x3F), len(in)-1)
				mend := in[0]&0x40 != 0
				raw, in = in[1:1+n], in[1+n:]
				if mend && n > 0 {
					raw = Block{raw[0], raw[1:]}.Encode(false)
				}
			}
			s = m.Receive(raw)
		}
		if s.Err != nil && !errors.Is(s.Err, ErrLost) && !errors.Is(s.Err, ErrAborted) {
			t.Error(s.Err)
		}
	})
}
