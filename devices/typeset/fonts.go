package typeset

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"github.com/go-text/typesetting/font"
)

// Fonts names the font files, one list of candidate paths per face; the first
// file that exists is used.
type Fonts struct {
	Latin, LatinBold   []string
	Arabic, ArabicBold []string
}

// DebianFonts are the files of the Debian package fonts-noto-core.
func DebianFonts() Fonts {
	noto := func(name string) []string {
		return []string{
			"/usr/share/fonts/truetype/noto/" + name + ".ttf",
			"/usr/share/fonts/opentype/noto/" + name + ".otf",
			"/usr/share/fonts/noto/" + name + ".ttf",
		}
	}
	return Fonts{
		Latin:      noto("NotoSans-Regular"),
		LatinBold:  noto("NotoSans-Bold"),
		Arabic:     noto("NotoSansArabic-Regular"),
		ArabicBold: noto("NotoSansArabic-Bold"),
	}
}

// weight holds the two faces that one line of text is set in.
type weight struct{ latin, arabic *font.Face }

func load(latin, arabic []string) (weight, error) {
	l, err := loadFace(latin)
	if err != nil {
		return weight{}, err
	}
	a, err := loadFace(arabic)
	return weight{l, a}, err
}

func loadFace(paths []string) (*font.Face, error) {
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("cannot read font: %w", err)
		}
		face, err := font.ParseTTF(bytes.NewReader(data))
		if err != nil {
			return nil, fmt.Errorf("cannot use font %s: %w", path, err)
		}
		return face, nil
	}
	return nil, fmt.Errorf("cannot find a font: none of %s exists (Debian package fonts-noto-core)", strings.Join(paths, ", "))
}

// ResolveFace chooses by character, so that a number looks the same in both
// languages: everything of ASCII is set in the Latin face, the rest in the Arabic
// face if it has the letter.
func (w weight) ResolveFace(r rune) *font.Face {
	if r > 0x7F {
		if _, ok := w.arabic.NominalGlyph(r); ok {
			return w.arabic
		}
	}
	return w.latin
}
