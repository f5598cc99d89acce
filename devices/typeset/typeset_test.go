package typeset

import (
	"image"
	"strings"
	"testing"
)

func setter(t testing.TB) *Setter {
	t.Helper()
	fonts, err := Debian()
	if err != nil {
		t.Fatal(err)
	}
	return New(fonts)
}

// visual is what stands on a line from left to right, as characters.
func visual(l Line, text string, rtl bool) string {
	runes := []rune(isolate(text, rtl))
	var out strings.Builder
	for _, run := range l.runs {
		for _, g := range run.Glyphs {
			if c := runes[g.ClusterIndex]; !isControl(c) {
				out.WriteRune(c)
			}
		}
	}
	return out.String()
}

func TestOrder(t *testing.T) {
	s := setter(t)
	for _, c := range []struct {
		name, text, want string
		rtl              bool
	}{
		{"amount", "20.000 د.ك", "ك.د 20.000", true},
		{"date and time", "في 2025-06-14 10:32 تم", "مت 2025-06-14 10:32 يف", true},
		{"masked card", "بطاقة **** 4821", "4821 **** ةقاطب", true},
		{"two numbers", "من 15 أو 20", "20 وأ 15 نم", true},
		{"Latin in Arabic", "شبكة K-NET كي", "يك K-NET ةكبش", true},
		{"Arabic in Latin", "Place: شارع 20 الخليج, Kuwait", "Place: جيلخلا 20 عراش, Kuwait", false},
		{"number after Arabic in Latin", "Street شارع 20 Kuwait", "Street عراش 20 Kuwait", false},
		{"Arabic digits", "رقم ١٢٣", "١٢٣ مقر", true},
		{"brackets", "سرعة (20) كم", "مك )20( ةعرس", true}, // stored order; the glyphs are mirrored
		{"control characters of others", "a\u202Eb\u2067c", "abc", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			lines := s.Lines(c.text, c.rtl, Style{Size: 26}, 10000, false)
			if len(lines) != 1 {
				t.Fatalf("%d lines", len(lines))
			}
			if got := visual(lines[0], c.text, c.rtl); got != c.want {
				t.Errorf("got  %+q\nwant %+q", got, c.want)
			}
		})
	}
}

func TestArabicIsJoinedAndBracketsMirrored(t *testing.T) {
	s := setter(t)
	glyph := func(c rune) uint32 {
		g, _ := s.regular.ResolveFace(c).NominalGlyph(c)
		return uint32(g)
	}
	l := s.Lines("بب(", true, Style{Size: 26}, 1000, false)[0]
	var got []uint32
	for _, run := range l.runs {
		for _, g := range run.Glyphs {
			got = append(got, uint32(g.GlyphID))
		}
	}
	if len(got) < 3 || got[0] != glyph(')') {
		t.Errorf("an opening bracket in Arabic must look like ): glyphs %v", got)
	}
	for _, g := range got[1:] {
		if g == glyph('ب') {
			t.Errorf("an isolated letter in a joined word: glyphs %v", got)
		}
	}
}

// The ink of a line is where the line says, also where letters hang over.
func TestInkIsWhereTheLineSays(t *testing.T) {
	s := setter(t)
	for _, c := range []struct {
		text string
		rtl  bool
	}{
		{"fjÿ Ågj", false}, {"رخصة قيادة", true}, {"گلزار پٹھان ے", true}, {"اُلْمَسْتُورَةِ إِلّٰ", true}, {"AVAÇ", false},
	} {
		for _, size := range []float64{9, 26, 80} {
			l := s.Lines(c.text, c.rtl, Style{Size: size, Bold: true}, 1e6, true)[0]
			mask := s.Mask(l)
			allowed := image.Rect(l.Left, -l.Ascent, l.Right, l.Descent)
			inked := 0
			for y := mask.Rect.Min.Y; y < mask.Rect.Max.Y; y++ {
				for x := mask.Rect.Min.X; x < mask.Rect.Max.X; x++ {
					if mask.AlphaAt(x, y).A < 8 {
						continue
					}
					inked++
					if !image.Pt(x, y).In(allowed) {
						t.Fatalf("%s at %g: ink at %d,%d, outside %v", c.text, size, x, y, allowed)
					}
				}
			}
			if inked == 0 {
				t.Errorf("%s at %g: no ink", c.text, size)
			}
		}
	}
}

func TestWords(t *testing.T) {
	s := setter(t)
	st := Style{Size: 26}
	if got := len(s.Lines("Mmmmmmmmmmmmmmmmmm", false, st, 100, false)); got < 3 {
		t.Errorf("a long word is broken into %d lines", got)
	}
	kept := s.Lines("Mmmmmmmmmmmmmmmmmm a", false, st, 100, true)
	if len(kept) != 2 || kept[0].Width <= 100 {
		t.Errorf("a long word is not kept: %d lines", len(kept))
	}
	if s.Lines(" \u202e ", true, st, 100, true) != nil && s.Lines("  ", true, st, 100, true) != nil {
		t.Error("nothing makes a line")
	}
}

func TestSpacing(t *testing.T) {
	s := setter(t)
	plain := s.Lines("ABCD", false, Style{Size: 20}, 1000, true)[0]
	wide := s.Lines("ABCD", false, Style{Size: 20, Spacing: 5}, 1000, true)[0]
	if d := wide.Width - plain.Width; d < 14 || d > 21 {
		t.Errorf("5 dots between four letters make the line %d wider", d)
	}
}

func TestMissing(t *testing.T) {
	s := setter(t)
	for text, want := range map[string]string{
		"Łukasz Ğ":            "",
		"علی\u200cرضا پٹیل ے": "", // a zero-width non-joiner inside
		"محمد 李 क":            "李क",
	} {
		var got strings.Builder
		for _, l := range s.Lines(text, strings.ContainsRune(text, 'م'), Style{Size: 20}, 1000, true) {
			got.WriteString(string(l.Missing()))
		}
		if len([]rune(got.String())) != len([]rune(want)) || !strings.ContainsAny(got.String()+"x", want+"x") {
			t.Errorf("%s: %q is missing, want %q", text, got.String(), want)
		}
	}
}

func TestFontErrors(t *testing.T) {
	files := DebianFiles()
	files.Arabic = []string{"/nowhere/a.ttf", "/nowhere/b.ttf"}
	if _, err := Open(files); err == nil || !strings.Contains(err.Error(), "/nowhere/b.ttf") || !strings.Contains(err.Error(), "fonts-noto-core") {
		t.Errorf("missing font: %v", err)
	}
	files.Arabic = []string{"typeset_test.go"}
	if _, err := Open(files); err == nil || !strings.Contains(err.Error(), "typeset_test.go") {
		t.Errorf("not a font: %v", err)
	}
}
