package evolis

import (
	"bytes"
	"encoding/hex"
	"image"
	"image/color"
	"strings"
	"testing"

	"murur/devices/cardprinter"
)

func unhex(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

func TestPack(t *testing.T) {
	for _, c := range []struct {
		bits   int
		values []byte
		want   string
	}{
		{1, []byte{1, 0, 1, 1, 0, 0, 0, 1}, "B1"},
		{5, []byte{31, 0, 1, 16, 21, 10, 31, 3}, "F8 03 0A AB E3"},
		{6, []byte{63, 0, 1, 32, 42, 21, 63, 3}, "FC 00 60 A9 5F C3"},
		{7, []byte{127, 0, 1, 64, 85, 42, 127, 3}, "FE 00 0C 0A AA BF 83"},
		{7, bytes.Repeat([]byte{64}, 8), "81 02 04 08 10 20 40"},
		{5, bytes.Repeat([]byte{16}, 8), "84 21 08 42 10"},
	} {
		values := bytes.Clone(c.values)
		for i := range values {
			values[i] <<= 8 - c.bits
		}
		got := make([]byte, c.bits)
		pack(got, values, c.bits)
		if !bytes.Equal(got, unhex(c.want)) {
			t.Errorf("%d bits, %v: % X, want %s", c.bits, c.values, got, c.want)
		}
	}
}

// A colour becomes 8-bit Y 255, M 155, C 55, and then its upper bits.
func TestDyes(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, cardprinter.Width, cardprinter.Height))
	for i := 0; i < len(img.Pix); i += 4 {
		copy(img.Pix[i:], []byte{200, 100, 0, 255})
	}
	for bits, want := range map[int][3]byte{7: {127, 77, 27}, 6: {63, 38, 13}, 5: {31, 19, 6}} {
		panels, err := dyes(img, nil, bits)
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range panels {
			expect := make([]byte, bits)
			pack(expect, bytes.Repeat([]byte{want[i] << (8 - bits)}, 8), bits)
			if !bytes.Equal(p, bytes.Repeat(expect, len(p)/bits)) {
				t.Errorf("%d bits, panel %d: % X…, want % X", bits, i, p[:bits], expect)
			}
		}
	}
	white, _ := dyes(nil, nil, 7)
	for _, p := range white {
		if len(bytes.Trim(p, "\x00")) != 0 {
			t.Error("a white card has dye")
		}
	}
	img.SetNRGBA(3, 4, color.NRGBA{0, 0, 0, 0}) // not covered: white
	resin := cardprinter.NewMask()
	resin.Set(5, 647)
	panels, _ := dyes(img, resin, 7)
	for _, p := range panels {
		if v := at(p, 3, 647-4); v != 0 {
			t.Errorf("a dot without cover has dye %d", v)
		}
		if v := at(p, 5, 0); v != 0 {
			t.Errorf("under resin is dye %d", v)
		}
		if at(p, 5, 1) == 0 || at(p, 4, 0) == 0 {
			t.Error("beside resin is no dye")
		}
	}
	if _, err := dyes(image.NewNRGBA(image.Rect(0, 0, 1032, 656)), nil, 7); err == nil {
		t.Error("a picture of another size is taken")
	}
}

// at is the 7-bit value of row r, column c, found bit by bit.
func at(panel []byte, r, c int) (v byte) {
	for n := range 7 {
		i := (r*columns+c)*7 + n
		v = v<<1 | panel[i/8]>>(7-i%8)&1
	}
	return v
}

// The picture is turned by a quarter: the wire begins at the bottom left.
func TestCorners(t *testing.T) {
	for _, c := range []struct{ x, y, index, mask int }{
		{0, 0, 80, 0x01}, {0, 647, 0, 0x80}, {1015, 0, 82295, 0x01}, {1015, 647, 82215, 0x80},
	} {
		m := cardprinter.NewMask()
		m.Set(c.x, c.y)
		k := raster(m, false)
		if k[c.index] != byte(c.mask) || len(bytes.Trim(k, "\x00")) != 1 {
			t.Errorf("(%d, %d): byte %d is %02X", c.x, c.y, c.index, k[c.index])
		}
	}
	for x := range cardprinter.Width {
		y := (x * 7) % cardprinter.Height
		m := cardprinter.NewMask()
		m.Set(x, y)
		if k := raster(m, false); k[81*x+(647-y)>>3] != byte(0x80>>((647-y)&7)) {
			t.Fatalf("(%d, %d)", x, y)
		}
	}
	if o := raster(nil, true); !bytes.Equal(o, bytes.Repeat([]byte{0xFF}, 82296)) {
		t.Error("varnish everywhere is not")
	}
}

// line is a wire row with the given pixels.
func line(from, to int) []byte {
	b := make([]byte, lineLen)
	for i := from; i <= to; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	return b
}

func TestCompress(t *testing.T) {
	two := line(0, 0)
	two[0] |= 0x20
	nearly := line(0, 646)
	for _, c := range []struct {
		name string
		line []byte
		want string
	}{
		{"pixel 0", line(0, 0), "01 80"},
		{"pixels 0 and 2", two, "01 A0"},
		{"pixels 0-7", line(0, 7), "01 FF"},
		{"pixels 8-11", line(8, 11), "02 00 F0"},
		{"pixels 24-31", line(24, 31), "04 00 00 00 FF"},
		{"pixel 647", line(647, 647), "51" + strings.Repeat("00", 80) + "01"},
		{"all but 647", nearly, "51" + strings.Repeat("FF", 80) + "FE"},
	} {
		for _, short := range []bool{true, false} {
			if got := compress(c.line, short); !bytes.Equal(got, unhex(c.want)) {
				t.Errorf("%s: % X", c.name, got)
			}
		}
	}
	for _, c := range []struct {
		line  []byte
		short bool
		want  string
	}{
		{line(0, 647), true, "FF"}, {line(0, 647), false, "51" + strings.Repeat("FF", 81)},
		{line(1, 0), true, "00"}, {line(1, 0), false, "01 00"},
	} {
		if got := compress(c.line, c.short); !bytes.Equal(got, unhex(c.want)) {
			t.Errorf("short %v: % X, want %s", c.short, got, c.want)
		}
	}
}

// Blocks: the header, the data, one CR, and NULs up to a multiple of 64.
func TestBlocks(t *testing.T) {
	short := KC200B
	short.Compress, short.RLEShort = true, true
	depth := func(bits int) Profile { p := KC200B; p.Bits = bits; return p }

	example := make([]byte, rows*lineLen) // pixels 0 and 2 on row 10, 647 on row 11, row 12 black
	example[10*lineLen] = 0xA0
	example[12*lineLen-1] = 0x01
	copy(example[12*lineLen:], line(0, 647))
	worst := make([]byte, rows*lineLen)
	for r := range rows {
		worst[r*lineLen+80] = 1
	}

	for _, c := range []struct {
		name       string
		letter     byte
		data       []byte
		profile    Profile
		header     string
		size, nuls int // of the block without and the NULs behind it
	}{
		{"resin", 'k', make([]byte, 82296), KC200B, "1B 44 62 3B 6B 3B 32 3B", 82305, 63},
		{"yellow, 7 bits", 'y', make([]byte, 576072), KC200B, "1B 44 62 3B 79 3B 31 32 38 3B", 576083, 45},
		{"yellow, 6 bits", 'y', make([]byte, 493776), depth(6), hex.EncodeToString([]byte("\x1bDb;y;64;")), 493786, 38},
		{"yellow, 5 bits", 'y', make([]byte, 411480), depth(5), hex.EncodeToString([]byte("\x1bDb;y;32;")), 411490, 30},
		{"blank, compressed", 'k', make([]byte, 82296), short, "1B 44 62 63 3B 6B 3B 32 3B 31 30 31 36 3B", 1031, 57},
		{"example, compressed", 'k', example, short, hex.EncodeToString([]byte("\x1bDbc;k;2;1098;")), 1113, 39},
		{"worst, compressed", 'k', worst, short, hex.EncodeToString([]byte("\x1bDbc;k;2;83312;")), 15 + 83312 + 1, 0},
	} {
		p := download(false, c.letter, c.data, c.profile)
		head := unhex(c.header)
		if !bytes.HasPrefix(p.Block, head) || p.Header != len(head) {
			t.Errorf("%s: header % X", c.name, p.Block[:p.Header])
		}
		if len(p.Block)%64 != 0 || len(p.Block) != c.size+c.nuls {
			t.Errorf("%s: %d bytes, want %d + %d", c.name, len(p.Block), c.size, c.nuls)
		}
		if p.Block[c.size-1] != '\r' || len(bytes.Trim(p.Block[c.size:], "\x00")) != 0 {
			t.Errorf("%s: ends with % X", c.name, p.Block[c.size-1:])
		}
	}
}

// Every panel of the ribbon is sent for every card, in printing order.
func TestEveryPanel(t *testing.T) {
	empty := cardprinter.Artwork{}
	back := cardprinter.Artwork{Back: &cardprinter.Side{}}
	coloured := cardprinter.Artwork{Front: cardprinter.Side{Colour: image.NewNRGBA(image.Rect(0, 0, cardprinter.Width, cardprinter.Height))}}
	for _, c := range []struct {
		name    string
		ribbon  Ribbon
		artwork cardprinter.Artwork
		want    string
		sets    int
	}{
		{"empty", YMCKO, empty, "ymcko", 1},
		{"empty, two sides", YMCKOK, empty, "ymckoK", 1},
		{"back", YMCKOK, back, "ymckoK", 1},
		{"black", K, empty, "k", 1},
		{"black, back", K, back, "kK", 2},
		{"two sets", YMCKO, back, "ymckoYMCKO", 2},
		{"two sets, coloured", YMCKO, cardprinter.Artwork{Back: &coloured.Front}, "ymckoYMCKO", 2},
		{"colour without a panel", K, coloured, "", 0},
		{"coloured back", YMCKOK, cardprinter.Artwork{Back: &coloured.Front}, "", 0},
		{"unknown", "ko", empty, "", 0},
	} {
		panels, err := Panels(c.artwork, c.ribbon, KC200B)
		got := ""
		for _, p := range panels {
			letter := string(p.Letter)
			if p.Back {
				letter = strings.ToUpper(letter)
			}
			got += letter
		}
		if got != c.want || (err != nil) != (c.want == "") {
			t.Errorf("%s: %q, %v", c.name, got, err)
		}
		if err == nil && c.ribbon.sets(c.artwork) != c.sets {
			t.Errorf("%s: %d sets", c.name, c.ribbon.sets(c.artwork))
		}
	}
}

// Frames of short commands, as examples in full.
func TestFrames(t *testing.T) {
	for command, want := range map[string]string{
		"Pem;2":     "1B 50 65 6D 3B 32 0D",
		"Rlr;p":     "1B 52 6C 72 3B 70 0D",
		"Rrt;count": "1B 52 72 74 3B 63 6F 75 6E 74 0D",
		"Pneab;A;0": "1B 50 6E 65 61 62 3B 41 3B 30 0D",
		"Se":        "1B 53 65 0D" + strings.Repeat("00", 60),
	} {
		got := frame(command)
		if !bytes.Equal(got, unhex(want)) {
			t.Errorf("%s: % X", command, got)
		}
	}
}
