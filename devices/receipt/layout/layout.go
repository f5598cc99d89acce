// Package layout draws a receipt.Document as the 1-bit picture that a printer
// puts on paper.
//
// Everything that a printer's own fonts do badly is done here: the text is shaped
// and ordered by package typeset, and the QR code is drawn. So a receipt looks the
// same on every printer, and a golden picture can prove it.
//
// Grid: sizes in this package are dots at 203 dpi (8 dots are 1 mm) and are
// scaled for other heads. Arabic stands above English; a field is one row,
// English label at the left, Arabic label at the right, the value between them,
// and takes a second row when that does not fit. Nothing is clipped: text wraps,
// and a document that cannot be drawn is an error.
package layout

import (
	"fmt"
	"math"
	"sync"

	"rsc.io/qr"

	"murur/devices/receipt"
	"murur/devices/receipt/bitmap"
	"murur/devices/typeset"
)

// Renderer draws documents. It keeps its outlines between documents and
// is safe for concurrent use; documents are drawn one at a time.
type Renderer struct {
	mu  sync.Mutex
	set *typeset.Setter
}

// New makes a renderer with these fonts.
func New(fonts *typeset.Fonts) *Renderer { return &Renderer{set: typeset.New(fonts)} }

// Render draws a job as a picture of dots width for a head of dpi. A copy is
// marked as one in both languages.
func (r *Renderer) Render(j receipt.Job, dots, dpi int) (*bitmap.Bitmap, error) {
	if dots < 300 || dpi < 150 {
		return nil, fmt.Errorf("cannot draw receipt for a head of %d dots, %d dpi", dots, dpi)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	p := &page{canvas: canvas{set: r.set, page: bitmap.New(dots, 0)}, dpi: dpi}
	p.left, p.right = p.dots(16), dots-p.dots(16)
	if j.Copy > 0 {
		p.copyMark(j.Copy)
	}
	for i, b := range j.Document.Blocks {
		if err := p.block(b); err != nil {
			return nil, fmt.Errorf("cannot draw block %d of receipt: %w", i, err)
		}
	}
	p.reach(p.y)
	return p.page, nil
}

// page places blocks one below the other.
type page struct {
	canvas
	dpi         int
	left, right int // text edges
	headings    int
}

// dots scales a length in dots at 203 dpi to the head.
func (p *page) dots(n float64) int { return int(math.Round(n * float64(p.dpi) / 203)) }

func (p *page) style(size float64, bold bool) typeset.Style {
	return typeset.Style{Size: size * float64(p.dpi) / 203, Bold: bold}
}

func (p *page) width() int { return p.right - p.left }

func (p *page) block(b receipt.Block) error {
	switch {
	case b.Heading != nil:
		p.heading(*b.Heading)
	case b.Text != nil:
		p.text(*b.Text)
	case b.Field != nil:
		p.field(*b.Field)
	case b.Money != nil:
		p.money(*b.Money)
	case b.QR != "":
		return p.qr(b.QR)
	case b.Rule:
		p.y += p.dots(12)
		p.fill(p.left, p.y, p.right, p.y+p.dots(2))
		p.y += p.dots(2) + p.dots(9)
	case b.Space > 0:
		p.y += p.dots(float64(8 * b.Space))
	default:
		return fmt.Errorf("it is empty")
	}
	return nil
}

// qr draws a code in the middle, with modules of an even number of dots so that
// printers can double a picture of half the size.
func (p *page) qr(content string) error {
	code, err := qr.Encode(content, qr.M)
	if err != nil {
		return err
	}
	scale := min(max(p.dots(208)/code.Size&^1, 4), 8)
	for scale*code.Size > p.page.W {
		scale -= 2
	}
	if scale == 0 {
		return fmt.Errorf("QR code of %d modules is wider than the paper", code.Size)
	}
	side, quiet := scale*code.Size, 4*scale
	x0, y0 := (p.page.W-side)/2&^1, p.y+quiet
	for y := range code.Size {
		for x := range code.Size {
			if code.Black(x, y) {
				p.fill(x0+x*scale, y0+y*scale, x0+(x+1)*scale, y0+(y+1)*scale)
			}
		}
	}
	p.y = y0 + side + quiet
	return nil
}
