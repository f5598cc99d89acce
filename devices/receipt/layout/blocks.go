package layout

import (
	"fmt"

	"murur/devices/receipt"
	"murur/devices/typeset"
)

// Type sizes: em in dots at 203 dpi. Noto Sans has an x-height of 15 and capitals
// of 20 whole dots at 28, which keeps them crisp.
const (
	sizeOrgAr, sizeOrgEn     = 40, 30
	sizeTitleAr, sizeTitleEn = 34, 26
	sizeTextAr, sizeTextEn   = 26, 24
	sizeLabelAr, sizeLabelEn = 26, 23
	sizeValue                = 26
	sizeMoney                = 64
)

// pitch is the distance of baselines as a share of the em.
const pitchAr, pitchEn = 1.45, 1.28

type align int

const (
	atLeft align = iota
	atCentre
	atRight
)

// paragraph sets wrapped text and moves below it.
func (p *page) paragraph(text string, rtl bool, st typeset.Style, a align) {
	pitch := pitchEn
	if rtl {
		pitch = pitchAr
	}
	for _, l := range p.shape(text, rtl, st, p.width()) {
		p.line(l, st, pitch, a)
	}
}

// line sets one line in its own band of pitch ems. Ink that is taller than the
// band makes it taller.
func (p *page) line(l typeset.Line, st typeset.Style, pitch float64, a align) {
	base := p.band(st, pitch, l)
	p.draw(l, p.at(l, a), base)
}

// at is where a line begins.
func (p *page) at(l typeset.Line, a align) int {
	switch a {
	case atCentre:
		return p.left + (p.width()-l.Width)/2
	case atRight:
		return p.right - l.Width
	}
	return p.left
}

// band reserves the rows of a line and returns its baseline.
func (p *page) band(st typeset.Style, pitch float64, lines ...typeset.Line) int {
	above := int(st.Size * (pitch - 0.35))
	below := int(st.Size * 0.35)
	for _, l := range lines {
		above, below = max(above, l.Ascent), max(below, l.Descent)
	}
	base := p.y + above
	p.y = base + below
	return base
}

func (p *page) heading(t receipt.Text) {
	ar, en := p.style(sizeTitleAr, true), p.style(sizeTitleEn, true)
	if p.headings == 0 {
		ar, en = p.style(sizeOrgAr, true), p.style(sizeOrgEn, true)
	} else {
		p.y += p.dots(8)
	}
	p.headings++
	p.paragraph(t.Ar, true, ar, atCentre)
	p.paragraph(t.En, false, en, atCentre)
}

func (p *page) text(t receipt.Text) {
	p.y += p.dots(4)
	p.paragraph(t.Ar, true, p.style(sizeTextAr, false), atRight)
	p.paragraph(t.En, false, p.style(sizeTextEn, false), atLeft)
	p.y += p.dots(4)
}

// one shapes a short text that must stay on one line; ok is false if it cannot.
func (p *page) one(text string, rtl bool, st typeset.Style) (l typeset.Line, ok bool) {
	lines := p.shape(text, rtl, st, p.width())
	switch len(lines) {
	case 0:
		return typeset.Line{}, true
	case 1:
		return lines[0], true
	}
	return typeset.Line{}, false
}

func (p *page) field(f receipt.Field) {
	labelAr, labelEn, value := p.style(sizeLabelAr, false), p.style(sizeLabelEn, false), p.style(sizeValue, true)
	gap := p.dots(14)
	ar, okAr := p.one(f.Label.Ar, true, labelAr)
	en, okEn := p.one(f.Label.En, false, labelEn)
	val, okVal := p.one(f.Value, arabic(f.Value), value)
	arVal, okArVal := p.one(f.ArValue, true, value)
	oneLine := okAr && okEn && okVal && okArVal

	if f.ArValue == "" {
		if oneLine && en.Width+val.Width+ar.Width+2*gap <= p.width() {
			base := p.band(labelAr, pitchAr, ar, en, val)
			p.draw(en, p.left, base)
			p.draw(ar, p.right-ar.Width, base)
			// In the middle of the paper when there is room, else of the gap.
			x := (p.left + p.right - val.Width) / 2
			if x < p.left+en.Width+gap || x+val.Width > p.right-ar.Width-gap {
				x = (p.left + en.Width + p.right - ar.Width - val.Width) / 2
			}
			p.draw(val, x, base)
			return
		}
		p.labels(f.Label)
		p.paragraph(f.Value, arabic(f.Value), value, atCentre)
		return
	}
	if half := (p.width() - gap) / 2; oneLine && en.Width+val.Width+gap/2 <= half && ar.Width+arVal.Width+gap/2 <= half {
		base := p.band(labelAr, pitchAr, ar, en, val, arVal)
		p.draw(en, p.left, base)
		p.draw(val, p.left+half-val.Width, base)
		p.draw(ar, p.right-ar.Width, base)
		p.draw(arVal, p.right-half, base)
		return
	}
	p.side(f.Label.Ar, f.ArValue, true, labelAr, value)
	p.side(f.Label.En, f.Value, false, labelEn, value)
}

// side sets the field of one language: label at its own edge, value at the other.
func (p *page) side(label, value string, rtl bool, labelStyle, valueStyle typeset.Style) {
	pitch, start, end := pitchEn, atLeft, atRight
	if rtl {
		pitch, start, end = pitchAr, atRight, atLeft
	}
	l, okL := p.one(label, rtl, labelStyle)
	v, okV := p.one(value, rtl || arabic(value), valueStyle)
	if !okL || !okV || l.Width+v.Width+p.dots(14) > p.width() {
		p.paragraph(label, rtl, labelStyle, start)
		p.paragraph(value, rtl || arabic(value), valueStyle, start)
		return
	}
	base := p.band(labelStyle, pitch, l, v)
	p.draw(l, p.at(l, start), base)
	p.draw(v, p.at(v, end), base)
	p.y += p.dots(3)
}

// labels sets both labels in one row, or below each other when they are long.
func (p *page) labels(t receipt.Text) {
	labelAr, labelEn := p.style(sizeLabelAr, false), p.style(sizeLabelEn, false)
	ar, okAr := p.one(t.Ar, true, labelAr)
	en, okEn := p.one(t.En, false, labelEn)
	if !okAr || !okEn || ar.Width+en.Width+p.dots(14) > p.width() {
		p.paragraph(t.Ar, true, labelAr, atRight)
		p.paragraph(t.En, false, labelEn, atLeft)
		return
	}
	base := p.band(labelAr, pitchAr, ar, en)
	p.draw(ar, p.right-ar.Width, base)
	p.draw(en, p.left, base)
}

func (p *page) money(f receipt.Field) {
	// An amount is never broken as long as a smaller size helps.
	size := float64(sizeMoney)
	for ; size > sizeValue; size -= 4 {
		_, okAr := p.one(f.ArValue, true, p.style(size, true))
		_, ok := p.one(f.Value, arabic(f.Value), p.style(size, true))
		if ok && okAr {
			break
		}
	}
	p.y += p.dots(6)
	p.labels(f.Label)
	p.paragraph(f.ArValue, true, p.style(size, true), atCentre)
	p.paragraph(f.Value, arabic(f.Value), p.style(size, true), atCentre)
	p.y += p.dots(6)
}

// copyMark is a black band at the top: a copy must never pass for the original.
func (p *page) copyMark(n int) {
	y0 := p.y
	p.y += p.dots(6)
	p.paragraph(fmt.Sprintf("نسخة %d · COPY %d", n, n), true, p.style(34, true), atCentre)
	p.y += p.dots(10)
	p.reach(p.y)
	p.invert(0, y0, p.page.W, p.y)
	p.y += p.dots(20)
}

// arabic reports whether a text has an Arabic letter and so runs right to left.
func arabic(s string) bool {
	for _, c := range s {
		if c >= 0x0600 && c <= 0x06FF && (c < 0x0660 || c > 0x0669) || c >= 0x0750 && c <= 0x077F || c >= 0xFB50 && c <= 0xFEFC {
			return true
		}
	}
	return false
}
