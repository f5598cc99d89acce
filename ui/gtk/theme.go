package gtk

import (
	_ "embed"
	"fmt"
	"regexp"
	"strconv"
)

//go:embed style.css
var styleFile string

// Theme is a palette and sizes.
type Theme struct {
	Contrast bool    // black, white and yellow
	Large    bool    // text 1.2 times as large
	Zoom     float64 // everything is so much smaller; 0: 1
}

func (t Theme) palette() string {
	if t.Contrast {
		return "contrast"
	}
	return "default"
}

// px is a length of the design on this monitor.
func (t Theme) px(n int) int {
	if t.Zoom == 0 {
		return n
	}
	return int(float64(n) * t.Zoom)
}

// text is a length that grows with the text.
func (t Theme) text(n int) int {
	if t.Large {
		n = n * 6 / 5
	}
	return t.px(n)
}

var (
	themeMark  = regexp.MustCompile(`(?m)^/\* @theme (\w+) \*/$`)
	lengthMark = regexp.MustCompile(`(font-size: )?\b(\d+)px`)
	colorMark  = regexp.MustCompile(`@define-color (\w+)\s+(#[0-9A-Fa-f]{6});`)
)

// sections cuts the style file at its marks.
func sections(css string) map[string]string {
	found := map[string]string{}
	marks := themeMark.FindAllStringSubmatchIndex(css, -1)
	for i, m := range marks {
		end := len(css)
		if i+1 < len(marks) {
			end = marks[i+1][0]
		}
		found[css[m[2]:m[3]]] = css[m[1]:end]
	}
	return found
}

// css is the style sheet of the theme.
func (t Theme) css() string {
	s := sections(styleFile)
	return s[t.palette()] + lengthMark.ReplaceAllStringFunc(s["rules"], func(m string) string {
		part := lengthMark.FindStringSubmatch(m)
		n, _ := strconv.Atoi(part[2]) // digits, by the pattern
		if part[1] != "" {
			return fmt.Sprintf("font-size: %dpx", t.text(n))
		}
		return fmt.Sprintf("%dpx", max(1, t.px(n)))
	})
}

// colors are the named colours of a palette.
func colors(palette string) map[string]string {
	found := map[string]string{}
	for _, m := range colorMark.FindAllStringSubmatch(sections(styleFile)[palette], -1) {
		found[m[1]] = m[2]
	}
	return found
}
