// Package typeset sets text in Arabic and Latin script for paper and cards, so that
// a receipt and a licence are written alike.
//
// Arabic is shaped and joined by the OpenType tables of the font (go-text, a port of
// HarfBuzz), both directions are ordered by the Unicode bidirectional algorithm, and
// numbers, dates and masked numbers stay in one left-to-right piece in both
// languages. ASCII is set in the Latin face, everything else in the Arabic face if it
// has the letter; letters that neither has are reported, never drawn as boxes by
// surprise. Direction characters from outside are dropped: in a name they could turn
// a number around.
//
// Units: sizes and widths are dots of the target. A Line says where its ink is, so a
// caller can prove that nothing is clipped; it is drawn as an 8-bit coverage mask or
// as outlines, and what counts as ink is the caller's decision.
package typeset

import (
	"slices"
	"strings"

	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// Setter shapes and draws. It keeps what it measured and its outlines; one call at a time.
type Setter struct {
	regular, bold weight
	segmenter     shaping.Segmenter
	shaper        shaping.HarfbuzzShaper
	wrapper       shaping.LineWrapper
	outlines      map[glyphKey][]opentype.Segment
	raster        vector.Rasterizer
	mask          []uint8
}

// New makes a setter of its own with shared fonts.
func New(f *Fonts) *Setter {
	s := &Setter{
		regular:  weight{font.NewFace(f.latin), font.NewFace(f.arabic)},
		bold:     weight{font.NewFace(f.latinBold), font.NewFace(f.arabicBold)},
		outlines: map[glyphKey][]opentype.Segment{},
	}
	s.shaper.SetFontCacheSize(8)
	return s
}

// Style is the look of a text.
type Style struct {
	Size    float64 // em, in dots
	Bold    bool
	Spacing float64 // between letters, in dots; never in joined scripts
}

// Line is one shaped line: its runs from left to right.
type Line struct {
	// Width is where the next text would begin; the ink may hang over a little: it is
	// between Left and Right of the start of the line, and between Ascent above and
	// Descent below the baseline. All in dots.
	Width, Left, Right, Ascent, Descent int

	runs []shaping.Output
	text []rune // of the paragraph
}

// Lines sets a paragraph in lines no wider than width dots. rtl is its direction. A
// word that is wider than the line is broken, or, with keepWords, left too wide.
func (s *Setter) Lines(text string, rtl bool, st Style, width int, keepWords bool) []Line {
	runes := []rune(isolate(strings.TrimSpace(text), rtl))
	if len(runes) == 0 {
		return nil
	}
	dir, lang := di.DirectionLTR, language.NewLanguage("en")
	if rtl {
		dir, lang = di.DirectionRTL, language.NewLanguage("ar")
	}
	faces := s.regular
	if st.Bold {
		faces = s.bold
	}
	inputs := s.segmenter.Split(shaping.Input{
		Text: runes, RunEnd: len(runes), Direction: dir,
		Size: fixed.Int26_6(st.Size * 64), Language: lang,
	}, faces)
	outputs := make([]shaping.Output, len(inputs))
	for i, in := range inputs {
		outputs[i] = s.shaper.Shape(in)
	}
	if st.Spacing != 0 {
		shaping.AddSpacing(outputs, runes, 0, fixed.Int26_6(st.Spacing*64))
	}
	config := shaping.WrapConfig{Direction: dir}
	if keepWords {
		config.BreakPolicy = shaping.Never
	}
	wrapped, _ := s.wrapper.WrapParagraph(config, width, runes, shaping.NewSliceIterator(outputs))
	lines := make([]Line, len(wrapped))
	for i, w := range wrapped {
		lines[i] = newLine(slices.Clone(w), runes, rtl)
	}
	return lines
}

func newLine(runs []shaping.Output, text []rune, rtl bool) Line {
	reorder(runs, text, rtl)
	l := Line{runs: runs, text: text}
	var pen, left, right fixed.Int26_6
	for i := range runs {
		l.Ascent = max(l.Ascent, runs[i].GlyphBounds.Ascent.Ceil())
		l.Descent = max(l.Descent, (-runs[i].GlyphBounds.Descent).Ceil())
		for _, g := range runs[i].Glyphs {
			if g.Width != 0 {
				x := pen + g.XOffset + g.XBearing
				left, right = min(left, x), max(right, x+g.Width)
			}
			pen += g.XAdvance
		}
	}
	l.Width, l.Left, l.Right = pen.Ceil(), left.Floor(), right.Ceil()
	return l
}

// Missing are the characters of the line that no face has a glyph for.
func (l Line) Missing() []rune {
	var missing []rune
	for _, run := range l.runs {
		for _, g := range run.Glyphs {
			if g.GlyphID == 0 && !slices.Contains(missing, l.text[g.ClusterIndex]) {
				missing = append(missing, l.text[g.ClusterIndex])
			}
		}
	}
	return missing
}
