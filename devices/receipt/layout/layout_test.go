package layout

import (
	"strings"
	"testing"

	"murur/devices/receipt"
	"murur/devices/receipt/bitmap"
	"murur/devices/receipt/receipttest"
	"murur/devices/typeset"

	"rsc.io/qr"
)

func renderer(t testing.TB) *Renderer {
	t.Helper()
	fonts, err := typeset.Debian()
	if err != nil {
		t.Fatal(err)
	}
	return New(fonts)
}

func render(t testing.TB, r *Renderer, dots, dpi int, blocks ...receipt.Block) *bitmap.Bitmap {
	t.Helper()
	b, err := r.Render(receipt.Job{Document: receipt.Document{Blocks: blocks}}, dots, dpi)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Nothing may reach the edges of the paper, whatever is written and on whatever head.
func TestNothingIsClipped(t *testing.T) {
	r := renderer(t)
	long := strings.Repeat("very long words ", 12) + strings.Repeat("W", 90)
	lang := strings.Repeat("نص طويل جدا ", 12) + strings.Repeat("س", 90)
	text := receipt.Text{Ar: lang, En: long}
	blocks := []receipt.Block{
		{Heading: &text}, {Text: &text},
		{Field: &receipt.Field{Label: text, Value: long}},
		{Field: &receipt.Field{Label: text, Value: long, ArValue: lang}},
		{Money: &receipt.Field{Label: text, Value: "KD 123,456,789.000", ArValue: "123,456,789.000 د.ك"}},
	}
	for _, head := range []struct{ dots, dpi int }{{576, 203}, {512, 180}} {
		b := render(t, r, head.dots, head.dpi, blocks...)
		for y := range b.H {
			row := b.Row(y)
			if row[0] != 0 || row[len(row)-1] != 0 {
				t.Fatalf("%d dots: ink at the edge in row %d", head.dots, y)
			}
		}
		if !b.Blank(b.H-1) && b.Dots() == 0 {
			t.Fatal("nothing drawn")
		}
	}
}

func TestEveryBlockAddsInk(t *testing.T) {
	r := renderer(t)
	f := &receipt.Field{Label: receipt.Text{Ar: "رقم", En: "No"}, Value: "1"}
	for name, b := range map[string]receipt.Block{
		"heading": {Heading: &receipt.Text{En: "H"}}, "text": {Text: &receipt.Text{Ar: "ن"}},
		"field": {Field: f}, "money": {Money: f}, "qr": {QR: "R-1"}, "rule": {Rule: true},
	} {
		if render(t, r, 576, 203, b).Dots() == 0 {
			t.Errorf("%s draws nothing", name)
		}
	}
	if b := render(t, r, 576, 203, receipt.Block{Space: 5}); b.H != 40 || b.Dots() != 0 {
		t.Errorf("5 mm are %d rows", b.H)
	}
}

func TestQR(t *testing.T) {
	const content = "R-2025-000123"
	b := render(t, renderer(t), 576, 203, receipt.Block{QR: content}).Trim()
	code, err := qr.Encode(content, qr.M)
	if err != nil {
		t.Fatal(err)
	}
	scale := b.H / code.Size
	x0 := (576 - b.H) / 2 &^ 1
	for y := range b.H {
		for x := range b.H {
			if b.Ink(x0+x, y) != code.Black(x/scale, y/scale) {
				t.Fatalf("module %d,%d is wrong", x/scale, y/scale)
			}
		}
	}
}

func TestErrors(t *testing.T) {
	r := renderer(t)
	for name, b := range map[string]receipt.Block{"empty": {}, "too much for a QR": {QR: strings.Repeat("x", 4000)}} {
		if _, err := r.Render(receipt.Job{Document: receipt.Document{Blocks: []receipt.Block{b}}}, 576, 203); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := r.Render(receipt.Job{}, 0, 0); err == nil {
		t.Error("no head: no error")
	}
}

func BenchmarkRender(b *testing.B) {
	r := renderer(b)
	job := receipt.Job{Document: receipttest.Fines()}
	for b.Loop() {
		if _, err := r.Render(job, 576, 203); err != nil {
			b.Fatal(err)
		}
	}
}
