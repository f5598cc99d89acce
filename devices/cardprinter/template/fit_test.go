package template

import (
	"bytes"
	"image"
	"image/jpeg"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"golang.org/x/image/vector"

	"murur/devices/typeset"
)

func jpegOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Whatever the name, either all of its ink is in the box or it is refused.
func TestInkStaysInTheBox(t *testing.T) {
	set := typeset.New(fonts(t))
	words := []string{"A", "fjord", "ÅNGSTRÖM", "W-W", "عبدالله", "ياء", "ٱلْمُحَمَّدِيَّةِ", "گلزار", "پٹھان", "ڑے", "20-01-1988", "(20)", "jjj", "إآأ", "Ÿ"}
	fitted, refused := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		name := strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 1, 12).Draw(t, "name"), " ")
		w := text{
			place: place{box: image.Rect(100, 100, 100+rapid.IntRange(20, 600).Draw(t, "width"), 100+rapid.IntRange(10, 120).Draw(t, "height"))},
			ink:   ink{resin: true},
			lang:  rapid.SampledFrom([]string{"ar", "en"}).Draw(t, "lang"),
			bold:  rapid.Bool().Draw(t, "bold"),
			lines: rapid.IntRange(1, 3).Draw(t, "lines"),
			align: rapid.SampledFrom([]float64{0, 0.5, 1}).Draw(t, "align"),
			pt:    span{9, 5},
		}
		c := newCanvas(set, new(vector.Rasterizer), "")
		if err := w.set(c, name); err != nil {
			refused++
			return
		}
		fitted++
		inked := 0
		for i, b := range c.resin.Bits {
			for bit := 0; b != 0; bit, b = bit+1, b<<1 {
				p := image.Pt(i*8%card.Dx()+bit, i*8/card.Dx())
				if b&0x80 != 0 {
					inked++
					if !p.In(w.box) {
						t.Fatalf("%q has ink at %v, outside %v", name, p, w.box)
					}
				}
			}
		}
		if inked == 0 {
			t.Fatalf("%q has no ink", name)
		}
	})
	if fitted < 10 || refused < 10 {
		t.Errorf("%d fitted, %d refused: the test says little", fitted, refused)
	}
}

// First smaller, then on more lines, then an error.
func TestShrinkThenWrap(t *testing.T) {
	set := typeset.New(fonts(t))
	w := text{place: place{box: image.Rect(0, 0, 400, 60)}, lang: "en", lines: 2, pt: span{9, 5}}
	type result struct{ lines, height int }
	var got []result
	for n := range 9 {
		lines, origins := w.fit(set, strings.Repeat("CITIZEN ", n+1))
		if origins == nil {
			lines = nil
		}
		r := result{lines: len(lines)}
		if len(lines) > 0 {
			r.height = lines[0].Ascent
		}
		got = append(got, r)
	}
	for i := 1; i < len(got); i++ {
		a, b := got[i-1], got[i]
		switch {
		case a.lines == b.lines && b.height > a.height, a.lines > b.lines && b.lines != 0, a.lines == 0 && b.lines != 0:
			t.Fatalf("%d words: %+v after %+v", i+1, b, a)
		}
	}
	if got[0].lines != 1 || got[len(got)-1].lines != 0 {
		t.Errorf("%+v", got)
	}
}
