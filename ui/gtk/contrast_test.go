package gtk

import (
	"fmt"
	"math"
	"strconv"
	"testing"
)

// TestContrast computes the contrast of every pair of colours that the rules put
// together: 7:1 for text, 3:1 for the edges of controls (WCAG 2).
func TestContrast(t *testing.T) {
	text := [][2]string{ // text, what is behind it
		{"ink", "paper"}, {"quiet", "paper"}, {"brand", "paper"}, {"attention", "paper"},
		{"ink", "surface"}, {"quiet", "surface"}, {"brand", "surface"}, {"good", "surface"},
		{"ink", "tint"}, {"quiet", "tint"}, {"brand", "tint"},
		{"ink", "sand"}, {"ink", "off"}, {"quiet", "off"},
		{"onbrand", "brand"}, {"onbrand", "pressed"},
		{"attention", "attntint"}, {"good", "goodtint"},
	}
	edges := [][2]string{ // the edge of a control, what is around it
		{"border", "paper"}, {"border", "surface"}, {"brand", "paper"}, {"brand", "surface"}, {"brand", "tint"},
		{"attention", "paper"}, {"focus", "paper"}, {"focus", "surface"}, {"border", "off"},
	}
	for _, palette := range []string{"default", "contrast"} {
		named := colors(palette)
		check := func(pairs [][2]string, least float64) {
			for _, p := range pairs {
				if named[p[0]] == "" || named[p[1]] == "" {
					t.Errorf("%s: no colour %s or %s", palette, p[0], p[1])
					continue
				}
				if c := contrast(t, named[p[0]], named[p[1]]); c < least {
					t.Errorf("%s: %s on %s is %.2f:1, want %.0f:1", palette, p[0], p[1], c, least)
				}
			}
		}
		check(text, 7)
		check(edges, 3)
	}
}

func contrast(t *testing.T, a, b string) float64 {
	la, lb := luminance(t, a), luminance(t, b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func luminance(t *testing.T, hex string) float64 {
	n, err := strconv.ParseUint(hex[1:], 16, 32)
	if err != nil {
		t.Fatal(fmt.Errorf("colour %s: %w", hex, err))
	}
	linear := func(shift int) float64 {
		c := float64(n>>shift&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(16) + 0.7152*linear(8) + 0.0722*linear(0)
}

// TestPalettesHaveTheSameNames: high contrast is the same design in other colours.
func TestPalettesHaveTheSameNames(t *testing.T) {
	a, b := colors("default"), colors("contrast")
	for name := range a {
		if b[name] == "" {
			t.Errorf("the contrast palette has no %s", name)
		}
	}
	if len(a) != len(b) {
		t.Errorf("%d and %d colours", len(a), len(b))
	}
}
