package template

import (
	"image"
	"image/color"
	stddraw "image/draw"
	"math"

	"golang.org/x/image/draw"
	"golang.org/x/image/vector"

	"murur/devices/cardprinter/template/portrait"
)

// photo is the portrait, or its ghost: small, faint and of one tint.
type photo struct {
	place
	ghost  bool
	ink    ink // of a ghost
	radius float64
}

func (p *photo) fixed() bool { return false }

func (p *photo) draw(c *canvas, l *job) error {
	if l == nil {
		return nil
	}
	if len(l.Portrait) == 0 {
		return &FieldError{"portrait", ErrMissing}
	}
	img, err := l.photo()
	if err != nil {
		return &FieldError{"portrait", err}
	}
	picture := cropped(img, p.box.Dx(), p.box.Dy())
	mask := c.cover(p.box, func(z *vector.Rasterizer) {
		rounded(0, 0, float64(p.box.Dx()), float64(p.box.Dy()), p.radius).fill(z, inPlace)
	})
	if !p.ghost {
		stddraw.DrawMask(c.dye, p.box, picture, image.Point{}, mask, p.box.Min, stddraw.Over)
		return nil
	}
	// A ghost is ink where the photograph is dark, and fades out towards its edge.
	tints := p.ink.tints(p.box)
	for y := range p.box.Dy() {
		for x := range p.box.Dx() {
			// Light walls vanish, and faces are not too faint.
			dark := math.Pow(max(0.93-float64(luma(picture.Pix[picture.PixOffset(x, y):]))/255, 0), 0.6)
			dx, dy := 2*float64(x)/float64(p.box.Dx())-1, 2*float64(y)/float64(p.box.Dy())-1
			fade := 1 - smooth(0.72, 1, math.Sqrt(dx*dx*dx*dx+dy*dy*dy*dy))
			c.blend(p.box.Min.X+x, p.box.Min.Y+y, tints.at(x, y), dark*fade*p.ink.opacity)
		}
	}
	return nil
}

// smooth goes from 0 at a to 1 at b.
func smooth(a, b, v float64) float64 {
	v = min(max((v-a)/(b-a), 0), 1)
	return v * v * (3 - 2*v)
}

// luma is the brightness of an RGB pixel.
func luma(p []uint8) uint8 {
	return color.GrayModel.Convert(color.RGBA{p[0], p[1], p[2], 255}).(color.Gray).Y
}

// flat copies any picture onto white, in the form that scales fast.
func flat(img image.Image) *image.RGBA {
	r := image.Rect(0, 0, img.Bounds().Dx(), img.Bounds().Dy())
	out := image.NewRGBA(r)
	stddraw.Draw(out, r, image.White, image.Point{}, stddraw.Src)
	stddraw.Draw(out, r, img, img.Bounds().Min, stddraw.Over)
	return out
}

// cropped fills w×h dots with the middle of a picture.
func cropped(img *image.RGBA, w, h int) *image.RGBA {
	src := img.Rect
	if cut := src.Dx() - src.Dy()*w/h; cut > 0 {
		src.Min.X, src.Max.X = src.Min.X+cut/2, src.Max.X-(cut-cut/2)
	} else if cut := src.Dy() - src.Dx()*h/w; cut > 0 {
		src.Min.Y, src.Max.Y = src.Min.Y+cut/2, src.Max.Y-(cut-cut/2)
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.CatmullRom.Scale(out, out.Rect, img, src, draw.Src, nil)
	return out
}

// signature is the scanned signature, in one ink, as large as the box allows.
type signature struct {
	place
	ink  ink
	need bool
}

func (s *signature) fixed() bool { return false }

func (s *signature) draw(c *canvas, l *job) error {
	if l == nil {
		return nil
	}
	if len(l.Signature) == 0 {
		if s.need {
			return &FieldError{"signature", ErrMissing}
		}
		return nil
	}
	img, err := portrait.Signature(l.Signature)
	if err != nil {
		return &FieldError{"signature", err}
	}
	src := flat(img)
	w, h := s.box.Dx(), s.box.Dy()
	if a := float64(src.Rect.Dx()) / float64(src.Rect.Dy()); a*float64(h) < float64(w) {
		w = max(round(a*float64(h)), 1)
	} else {
		h = max(round(float64(w)/a), 1)
	}
	small := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.CatmullRom.Scale(small, small.Rect, src, src.Rect, draw.Src, nil)
	mask := image.NewAlpha(small.Rect)
	for i := range mask.Pix {
		mask.Pix[i] = 255 - luma(small.Pix[i*4:])
	}
	c.paint(mask, s.box.Min.Add(image.Pt((s.box.Dx()-w)/2, (s.box.Dy()-h)/2)), s.ink)
	return nil
}

// photo decodes the portrait, once for all places that show it.
func (j *job) photo() (*image.RGBA, error) {
	if j.picture == nil {
		img, err := portrait.Photo(j.Portrait)
		if err != nil {
			return nil, err
		}
		j.picture = flat(img)
		// More than 500 dots across, 42 mm, is for no portrait; a small picture scales fast.
		for j.picture.Rect.Dx() >= 1000 {
			j.picture = halved(j.picture)
		}
	}
	return j.picture, nil
}

// halved is the picture at half its size, each dot the mean of four.
func halved(src *image.RGBA) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, src.Rect.Dx()/2, src.Rect.Dy()/2))
	for y := range out.Rect.Dy() {
		a, b := src.Pix[2*y*src.Stride:], src.Pix[(2*y+1)*src.Stride:]
		row := out.Pix[y*out.Stride:][:4*out.Rect.Dx()]
		for i := range row {
			k := i&^3*2 + i&3
			row[i] = uint8((int(a[k]) + int(a[k+4]) + int(b[k]) + int(b[k+4]) + 2) / 4)
		}
	}
	return out
}
