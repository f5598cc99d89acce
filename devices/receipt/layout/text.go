package layout

import (
	"slices"
	"strings"
	"unicode"

	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/unicode/bidi"
)

// style is the size (em, in dots of the head) and weight of a text.
type style struct {
	size float64
	bold bool
}

// line is one shaped line: its runs from left to right.
type line struct {
	runs                   []shaping.Output
	width, ascent, descent int // dots; the ink is inside
}

// shape sets text in lines no wider than width dots. rtl is the direction of the
// paragraph. A word that is wider than the line is broken, never clipped.
func (r *Renderer) shape(text string, rtl bool, st style, width int) []line {
	runes := []rune(isolate(strings.TrimSpace(text), rtl))
	if len(runes) == 0 {
		return nil
	}
	dir, lang := di.DirectionLTR, language.NewLanguage("en")
	if rtl {
		dir, lang = di.DirectionRTL, language.NewLanguage("ar")
	}
	faces := r.regular
	if st.bold {
		faces = r.bold
	}
	inputs := r.segmenter.Split(shaping.Input{
		Text: runes, RunEnd: len(runes), Direction: dir,
		Size: fixed.Int26_6(st.size * 64), Language: lang,
	}, faces)
	outputs := make([]shaping.Output, len(inputs))
	for i, in := range inputs {
		outputs[i] = r.shaper.Shape(in)
	}
	wrapped, _ := r.wrapper.WrapParagraph(shaping.WrapConfig{Direction: dir}, width, runes, shaping.NewSliceIterator(outputs))
	lines := make([]line, len(wrapped))
	for i, w := range wrapped {
		lines[i] = newLine(slices.Clone(w), runes, rtl)
	}
	return lines
}

func newLine(runs []shaping.Output, text []rune, rtl bool) line {
	reorder(runs, text, rtl)
	var l line
	var advance fixed.Int26_6
	for i := range runs {
		advance += runs[i].Advance
		l.ascent = max(l.ascent, runs[i].GlyphBounds.Ascent.Ceil())
		l.descent = max(l.descent, (-runs[i].GlyphBounds.Descent).Ceil())
	}
	l.runs, l.width = runs, advance.Ceil()
	return l
}

// reorder puts the runs of a line from logical into visual order (rule L2 of the
// Unicode bidirectional algorithm). The runs carry only a direction; their level
// follows from it and from the paragraph's, since isolate has put every foreign
// stretch of text into one level of its own.
func reorder(runs []shaping.Output, text []rune, rtl bool) {
	levels := make([]int, len(runs))
	highest := 0
	for i := range runs {
		switch {
		case runs[i].Direction == di.DirectionRTL:
			levels[i] = 1
		case rtl || number(runs[i], text) && i > 0 && levels[i-1] > 0:
			levels[i] = 2
		}
		highest = max(highest, levels[i])
	}
	for level := highest; level > 0; level-- {
		for i := 0; i < len(runs); i++ {
			j := i
			for j < len(runs) && levels[j] >= level {
				j++
			}
			slices.Reverse(runs[i:j])
			slices.Reverse(levels[i:j])
			i = max(i, j-1)
		}
	}
}

// number reports whether a left-to-right run has only digits and neutral
// characters: between Arabic words such a run belongs to the Arabic.
func number(run shaping.Output, text []rune) bool {
	for _, c := range text[run.Runes.Offset : run.Runes.Offset+run.Runes.Count] {
		p, _ := bidi.LookupRune(c)
		if p.Class() == bidi.L || isControl(c) {
			return false
		}
	}
	return true
}

const (
	ltrIsolate = '\u2066'
	rtlIsolate = '\u2067'
	popIsolate = '\u2069'
)

// isControl reports whether a character only steers direction. In names and places
// from outside it could turn a number around, so the layout drops it.
func isControl(c rune) bool { return unicode.Is(unicode.Bidi_Control, c) }

// isolate wraps every stretch that runs against the paragraph's direction in
// Unicode isolates: in Arabic a date and a time or a masked card number keep
// their order as one piece, in English an Arabic name does.
func isolate(s string, rtl bool) string {
	open := rtlIsolate
	foreign := func(c rune) bool {
		p, _ := bidi.LookupRune(c)
		return p.Class() == bidi.R || p.Class() == bidi.AL
	}
	if rtl {
		open = ltrIsolate
		foreign = func(c rune) bool {
			p, _ := bidi.LookupRune(c)
			return p.Class() == bidi.L || p.Class() == bidi.EN
		}
	}
	// What may stand inside a stretch without ending it.
	inside := func(c rune) bool {
		return strings.ContainsRune(" .:,/+-*#%&@_'×•–", c) || unicode.IsDigit(c)
	}
	var out strings.Builder
	runes := []rune(s)
	for i := 0; i < len(runes); {
		if isControl(runes[i]) {
			i++
			continue
		}
		if !foreign(runes[i]) {
			out.WriteRune(runes[i])
			i++
			continue
		}
		end := i + 1
		for j := end; j < len(runes) && (foreign(runes[j]) || inside(runes[j])); j++ {
			if foreign(runes[j]) {
				end = j + 1
			}
		}
		out.WriteRune(open)
		for _, c := range runes[i:end] {
			if !isControl(c) {
				out.WriteRune(c)
			}
		}
		out.WriteRune(popIsolate)
		i = end
	}
	return out.String()
}
