package typeset

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"github.com/go-text/typesetting/font"
)

// Files names the font files, one list of candidate paths per face; the first
// file that exists is used.
type Files struct {
	Latin, LatinBold   []string
	Arabic, ArabicBold []string
}

// Fonts are font files that have been read. Setters share them; they are safe for
// concurrent use.
type Fonts struct {
	latin, latinBold   *font.Font
	arabic, arabicBold *font.Font
}

// Open reads font files.
func Open(files Files) (*Fonts, error) {
	f := new(Fonts)
	for _, face := range []struct {
		to    **font.Font
		paths []string
	}{{&f.latin, files.Latin}, {&f.latinBold, files.LatinBold}, {&f.arabic, files.Arabic}, {&f.arabicBold, files.ArabicBold}} {
		var err error
		if *face.to, err = openFont(face.paths); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// Debian are the fonts of the Debian package fonts-noto-core.
func Debian() (*Fonts, error) { return Open(DebianFiles()) }

// DebianFiles are their files.
func DebianFiles() Files {
	noto := func(name string) []string {
		return []string{
			"/usr/share/fonts/truetype/noto/" + name + ".ttf",
			"/usr/share/fonts/opentype/noto/" + name + ".otf",
			"/usr/share/fonts/noto/" + name + ".ttf",
		}
	}
	return Files{
		Latin:      noto("NotoSans-Regular"),
		LatinBold:  noto("NotoSans-Bold"),
		Arabic:     noto("NotoSansArabic-Regular"),
		ArabicBold: noto("NotoSansArabic-Bold"),
	}
}

func openFont(paths []string) (*font.Font, error) {
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
		return face.Font, nil
	}
	return nil, fmt.Errorf("cannot find a font: none of %s exists (Debian package fonts-noto-core)", strings.Join(paths, ", "))
}

// weight holds the two faces that one line of text is set in. Faces remember what they
// measured, so every setter has its own.
type weight struct{ latin, arabic *font.Face }

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
