package typeset

import (
	"slices"
	"strings"
	"unicode"

	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/text/unicode/bidi"
)

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
// from outside it could turn a number around, so it is dropped.
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
