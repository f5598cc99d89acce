// Package contact puts many pictures of screens onto one sheet, to be looked at
// together.
package contact

import (
	"image"
	"image/color"
	"image/draw"

	xdraw "golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// Sheet collects pictures in rows of columns.
type Sheet struct {
	Columns       int
	Width, Height int // of each small picture
	cells         []cell
}

type cell struct {
	name string
	img  image.Image
}

const (
	gap     = 16
	caption = 22
)

// Add shrinks img and puts it on the sheet.
func (s *Sheet) Add(name string, img image.Image) {
	b := img.Bounds()
	w, h := s.Width, b.Dy()*s.Width/b.Dx()
	if h > s.Height {
		w, h = b.Dx()*s.Height/b.Dy(), s.Height
	}
	small := image.NewRGBA(image.Rect(0, 0, w, h))
	xdraw.BiLinear.Scale(small, small.Bounds(), img, b, draw.Src, nil)
	s.cells = append(s.cells, cell{name, small})
}

// Image is the sheet.
func (s *Sheet) Image() *image.RGBA {
	rows := (len(s.cells) + s.Columns - 1) / s.Columns
	sheet := image.NewRGBA(image.Rect(0, 0, gap+s.Columns*(s.Width+gap), gap+rows*(s.Height+caption+gap)))
	draw.Draw(sheet, sheet.Bounds(), image.NewUniform(color.Gray{0x90}), image.Point{}, draw.Src)
	for i, c := range s.cells {
		at := image.Pt(gap+i%s.Columns*(s.Width+gap), gap+i/s.Columns*(s.Height+caption+gap))
		d := font.Drawer{Dst: sheet, Src: image.Black, Face: basicfont.Face7x13, Dot: fixed.P(at.X, at.Y+14)}
		d.DrawString(c.name)
		at.Y += caption
		draw.Draw(sheet, c.img.Bounds().Add(at), c.img, image.Point{}, draw.Src)
	}
	return sheet
}
