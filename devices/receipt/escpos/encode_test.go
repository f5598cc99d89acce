package escpos_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"murur/devices/receipt"
	"murur/devices/receipt/bitmap"
	"murur/devices/receipt/escpos"
	"murur/devices/receipt/escpossim"
	"murur/devices/receipt/layout"
	"murur/devices/receipt/receipttest"
	"murur/devices/typeset"
)

var profiles = []escpos.Profile{escpos.EpsonLike, escpos.GenericCustom, escpos.PyramidReliance, escpos.PyramidPhoenix}

// wire is a link that ends when its bytes are read.
type wire struct{ io.Reader }

func (wire) Write(p []byte) (int, error) { return len(p), nil }
func (wire) Close() error                { return nil }

// onPaper feeds bytes to a simulator and returns its one paper.
func onPaper(t *testing.T, p escpos.Profile, data []byte) *bitmap.Bitmap {
	t.Helper()
	model, ok := escpossim.ModelByName(p.Name)
	if !ok {
		t.Fatalf("no model for %s", p.Name)
	}
	model.Buffer = 1 << 20
	sim := escpossim.New(escpossim.Options{Model: model})
	if err := sim.Serve(t.Context(), wire{bytes.NewReader(data)}); err != nil {
		t.Fatal(err)
	}
	if v := sim.Violations(); len(v) > 0 {
		t.Fatalf("violations: %q", v)
	}
	papers := sim.Papers()
	if len(papers) != 1 {
		t.Fatalf("%d papers", len(papers))
	}
	return papers[0].Image
}

// encoded is the whole job, cut at a blade that the paper has passed.
func encoded(p escpos.Profile, b *bitmap.Bitmap) []byte {
	blank := bitmap.New(p.Dots, b.H+p.Blade) // feeds the paper to the blade
	copy(blank.Bits, b.Bits)
	return append(bytes.Join(p.Encode(blank), nil), p.Cut...)
}

// What the driver encodes is what the paper shows, dot by dot, on every family,
// except dots that would be commands.
func TestPicturesArriveAsTheyAre(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, p := range profiles {
		t.Run(p.Name, func(t *testing.T) {
			for range 30 {
				b := scatter(rnd, p.Dots)
				synctest.Test(t, func(t *testing.T) {
					got := onPaper(t, p, encoded(p, b))
					if d := receipttest.Differ(got, b); d > b.H*b.Stride/300 {
						t.Fatalf("%d dots differ", d)
					}
					if got.Dots() > b.Dots() {
						t.Fatal("there is ink that was not drawn")
					}
				})
			}
		})
	}
}

// scatter draws blocks, lines and doubled patterns with blank runs between them.
func scatter(rnd *rand.Rand, dots int) *bitmap.Bitmap {
	b := bitmap.New(dots, 0)
	b.AppendRow([]byte{0x80}) // so that the paper is never blank
	for range 1 + rnd.IntN(6) {
		for range rnd.IntN(600) {
			b.AppendRow(nil)
		}
		from, to := rnd.IntN(b.Stride), 1+rnd.IntN(b.Stride)
		row := make([]byte, b.Stride)
		doubled := rnd.IntN(2) == 0
		for range 1 + rnd.IntN(300) {
			for x := range row {
				row[x] = 0
				if x >= from && x < to {
					v := rnd.UintN(1 << 16)
					row[x] = byte(v & (v >> 8))
					if doubled {
						row[x] |= row[x]>>1&0x55 | row[x]<<1&0xAA
					}
				}
			}
			b.AppendRow(row)
			if doubled {
				b.AppendRow(row)
			}
		}
	}
	return b
}

func TestBytes(t *testing.T) {
	corner := bitmap.New(16, 3) // a frame corner of two dots
	for x := range 16 {
		corner.Set(x, 0)
	}
	for y := 1; y < 3; y++ {
		corner.Set(0, y)
		corner.Set(1, y)
	}
	right := bitmap.New(576, 20)
	right.Set(300, 0)
	command := bitmap.New(24, 1)
	copy(command.Bits, []byte{0x10, 0x04, 0x01})
	units := []byte{0x1B, '@', 0x1D, 'P', 203, 203}
	for _, c := range []struct {
		name    string
		profile escpos.Profile
		picture *bitmap.Bitmap
		want    [][]byte
	}{
		{"a corner", escpos.GenericCustom, corner, [][]byte{units,
			{0x1D, 'v', '0', 0, 2, 0, 3, 0, 0xFF, 0xFF, 0xC0, 0, 0xC0, 0}}},
		{"cropped left by a margin", escpos.EpsonLike, right, [][]byte{units,
			{0x1D, 'L', 0x28, 0x01, 0x1D, 'v', '0', 0, 1, 0, 1, 0, 0x08, 0x1B, 'J', 19}}},
		{"feed without ESC J", escpos.PyramidReliance, bitmap.New(576, 300), [][]byte{
			append(slices.Clone(units), 0x1D, 'e', 0x12),
			{0x1B, '3', 255, '\n', 0x1B, '3', 45, '\n', 0x1B, '2'}}},
		{"feed by blank rows", escpos.PyramidPhoenix, bitmap.New(576, 2), [][]byte{
			{0x1B, '@'}, {0x1D, 'v', '0', 0, 1, 0, 2, 0, 0, 0}}},
		{"a command in the picture", escpos.GenericCustom, command, [][]byte{units,
			{0x1D, 'v', '0', 0, 3, 0, 1, 0, 0, 4, 1}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := c.profile.Encode(c.picture)
			if len(got) != len(c.want) {
				t.Fatalf("% X", got)
			}
			for i := range got {
				if !bytes.Equal(got[i], c.want[i]) {
					t.Errorf("chunk %d\ngot  % X\nwant % X", i, got[i], c.want[i])
				}
			}
		})
	}
}

// A receipt must come out while a person is still looking for it.
func TestFinesReceiptIsFastEnough(t *testing.T) {
	fonts, err := typeset.Debian()
	if err != nil {
		t.Fatal(err)
	}
	r := layout.New(fonts)
	for _, p := range profiles {
		picture, err := r.Render(receipt.Job{Document: receipttest.Fines()}, p.Dots, p.DPI)
		if err != nil {
			t.Fatal(err)
		}
		size := len(bytes.Join(p.Encode(picture), nil))
		wire := time.Duration(size) * time.Second / time.Duration(p.ByteRate)
		paper := time.Duration(picture.H) * time.Second / time.Duration(p.Speed*8)
		t.Logf("%s: %d mm, %d bytes, wire %v, paper %v, ratio %.1f", p.Name, picture.H/8, size,
			wire.Round(10*time.Millisecond), paper.Round(10*time.Millisecond), wire.Seconds()/paper.Seconds())
		if wire > 6*time.Second {
			t.Errorf("%s: %v on the wire", p.Name, wire)
		}
	}
}
