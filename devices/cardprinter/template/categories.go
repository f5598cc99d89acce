package template

import (
	"fmt"
	"image"
	"time"
)

// categories is the table of what may be driven: one row for each category that the
// template knows, with code, pictogram, date of issue, expiry and restrictions. What
// the licence does not have is faint and has dashes.
type categories struct {
	place
	rows    []row
	columns [5]int // left edges of the columns, dots from the box
	ink     ink    // of what is held
	faint   ink    // of the rest, and of the lines
	pt      span
}

type row struct {
	code    string
	picture *drawing
}

func (t *categories) fixed() bool { return false }

func (t *categories) draw(c *canvas, l *job) error {
	if l == nil {
		return nil
	}
	held := make(map[string]Category)
	for _, h := range l.Categories {
		if _, twice := held[h.Code]; twice {
			return &FieldError{"category " + h.Code, ErrCategory}
		}
		held[h.Code] = h
	}
	for i, r := range t.rows {
		h, has := held[r.code]
		delete(held, r.code)
		if err := t.row(c, i, r, h, has); err != nil {
			return err
		}
	}
	for _, h := range l.Categories {
		if _, left := held[h.Code]; left {
			return &FieldError{"category " + h.Code, ErrCategory}
		}
	}
	return nil
}

func (t *categories) row(c *canvas, i int, r row, h Category, has bool) error {
	n := len(t.rows)
	y0, y1 := t.box.Min.Y+t.box.Dy()*i/n, t.box.Min.Y+t.box.Dy()*(i+1)/n
	cell := func(column int) image.Rectangle {
		right := t.box.Dx()
		if column+1 < len(t.columns) {
			right = t.columns[column+1]
		}
		return image.Rect(t.box.Min.X+t.columns[column], y0+1, t.box.Min.X+right, y1-1)
	}
	k := t.faint
	if has {
		k = t.ink
	}
	for x := t.box.Min.X; x < t.box.Max.X; x++ {
		c.blend(x, y1-1, t.faint.from, 1)
	}
	picture := cell(1)
	picture.Min.Y, picture.Max.Y = picture.Min.Y+2, picture.Max.Y-2
	c.paint(r.picture.mask(c, picture), image.Point{}, k)

	day := func(t time.Time) string {
		if t.IsZero() {
			return "–"
		}
		return t.Format(c.dates)
	}
	if has && (h.Issued.IsZero() || h.Expires.IsZero()) {
		return &FieldError{"category " + r.code, ErrMissing}
	}
	restrictions := h.Restrictions
	if restrictions == "" {
		restrictions = "–"
	}
	for column, s := range []string{r.code, "", day(h.Issued), day(h.Expires), restrictions} {
		if s == "" {
			continue
		}
		w := text{place: place{box: cell(column)}, ink: k, lang: "en", pt: t.pt, bold: column == 0, lines: 1, align: 0.5}
		if err := w.set(c, s); err != nil {
			return &FieldError{fmt.Sprintf("category %s, column %d", r.code, 9+max(column-1, 0)), err}
		}
	}
	return nil
}
