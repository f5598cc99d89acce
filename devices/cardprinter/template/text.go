package template

import (
	"fmt"
	"image"
	"slices"

	"murur/devices/typeset"
)

// text is one field or one fixed text in a box.
type text struct {
	place
	ink     ink
	field   string // empty: fixed
	fixedly string
	lang    string
	when    string // drawn only if that field is there
	pt      span   // largest and smallest size
	bold    bool
	lines   int // at most
	align   float64
	spacing float64 // in pt
	need    bool
}

// span is from most to least.
type span struct{ most, least float64 }

// Of an em: how high capitals and Arabic letters stand, by which lines are centred
// in their box, and how far baselines are apart.
const (
	capEn, pitchEn = 0.714, 1.16
	capAr, pitchAr = 0.60, 1.36
)

// sizeStep is how finely a text is shrunk, in pt.
const sizeStep = 0.25

func (t *text) fixed() bool { return t.field == "" && t.when == "" }

func (t *text) draw(c *canvas, l *job) error {
	content, name := t.fixedly, "text"
	if l == nil && t.field != "" {
		return nil
	}
	if l != nil && t.when != "" {
		if there, _ := l.value(t.when, t.lang, c.dates); there == "" {
			return nil
		}
	}
	if t.field != "" {
		content, _ = l.value(t.field, t.lang, c.dates)
		name = fieldName(t.field, t.lang)
	}
	if content == "" {
		if !t.need {
			return nil
		}
		return &FieldError{name, ErrMissing}
	}
	if err := t.set(c, content); err != nil {
		return &FieldError{name, err}
	}
	return nil
}

// set fits a text into the box and draws it.
func (t *text) set(c *canvas, content string) error {
	content, err := clean(content)
	if err != nil {
		return err
	}
	lines, origins := t.fit(c.set, content)
	for _, l := range lines {
		if missing := l.Missing(); len(missing) > 0 {
			return fmt.Errorf("%w: %q", ErrGlyph, missing)
		}
	}
	if origins == nil {
		return ErrOverflow
	}
	if !slices.ContainsFunc(lines, func(l typeset.Line) bool { return l.Right > l.Left }) {
		return ErrMissing // only characters that steer or cannot be seen
	}
	for i, l := range lines {
		c.paint(c.set.Mask(l), origins[i], t.ink)
	}
	return nil
}

// fit finds how a text is set: on one line, as large as that allows; if even the
// smallest size is too large, on two lines, as large as that allows; and so on. Words
// are never broken. When nothing fits there are no origins, and the lines are the
// last tried.
func (t *text) fit(set *typeset.Setter, content string) (lines []typeset.Line, origins []image.Point) {
	for n := 1; n <= t.lines; n++ {
		for pt := t.pt.most; pt >= t.pt.least; pt -= sizeStep {
			style := typeset.Style{Size: dots(pt), Bold: t.bold, Spacing: dots(t.spacing)}
			width := t.box.Dx()
			if n == 1 {
				width = 1 << 20
			}
			lines = set.Lines(content, t.lang == "ar", style, width, true)
			if len(lines) <= n {
				if origins = t.lay(lines, style.Size); origins != nil {
					return lines, origins
				}
			}
		}
	}
	return lines, nil
}

// lay is where the lines begin on their baselines, nil if not all ink has room in the
// box. They are centred in its height; ink that would hang over is pulled in.
func (t *text) lay(lines []typeset.Line, size float64) []image.Point {
	capital, pitch := capEn*size, pitchEn*size
	if t.lang == "ar" {
		capital, pitch = capAr*size, pitchAr*size
	}
	base := (float64(t.box.Dy())-capital-float64(len(lines)-1)*pitch)/2 + capital
	origins := make([]image.Point, len(lines))
	top, bottom := t.box.Max.Y, t.box.Min.Y
	for i, l := range lines {
		if l.Width > t.box.Dx() || l.Right-l.Left > t.box.Dx() {
			return nil
		}
		x := t.box.Min.X + round(t.align*float64(t.box.Dx()-l.Width))
		x = max(x, t.box.Min.X-l.Left)
		x = min(x, t.box.Max.X-l.Right)
		origins[i] = image.Pt(x, t.box.Min.Y+round(base+float64(i)*pitch))
		top, bottom = min(top, origins[i].Y-l.Ascent), max(bottom, origins[i].Y+l.Descent)
	}
	if bottom-top > t.box.Dy() {
		return nil
	}
	shift := max(t.box.Min.Y-top, 0) - max(bottom-t.box.Max.Y, 0)
	for i := range origins {
		origins[i].Y += shift
	}
	return origins
}

// dots is a size in points, in dots of the card.
func dots(pt float64) float64 { return pt / 72 * 25.4 * dotsPerMM }
