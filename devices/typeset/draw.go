package typeset

import (
	"image"
	"image/draw"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
	"golang.org/x/image/math/f32"
	"golang.org/x/image/vector"
)

// Mask is how much of each dot the line covers, with (0, 0) at its start on the
// baseline, y down. It is valid until the next call.
func (s *Setter) Mask(l Line) *image.Alpha {
	r := image.Rect(min(l.Left, 0)-1, -l.Ascent, max(l.Right, l.Width)+1, l.Descent+1)
	s.raster.Reset(r.Dx(), r.Dy())
	s.Trace(&s.raster, l, f32.Aff3{1, 0, float32(-r.Min.X), 0, 1, float32(-r.Min.Y)})
	if need := r.Dx() * r.Dy(); cap(s.mask) < need {
		s.mask = make([]uint8, need)
	}
	mask := &image.Alpha{Pix: s.mask[:r.Dx()*r.Dy()], Stride: r.Dx(), Rect: r}
	s.raster.DrawOp = draw.Src
	s.raster.Draw(mask, r, image.Opaque, image.Point{})
	return mask
}

type glyphKey struct {
	face  *font.Face
	glyph font.GID
}

// Trace adds the outlines of a line to a rasterizer. m takes dots of the line, as in
// Mask, to the rasterizer's.
func (s *Setter) Trace(z *vector.Rasterizer, l Line, m f32.Aff3) {
	var pen float32
	for i := range l.runs {
		run := &l.runs[i]
		scale := float32(run.Size) / 64 / float32(run.Face.Upem())
		for _, g := range run.Glyphs {
			x, y := pen+float32(g.XOffset)/64, -float32(g.YOffset)/64
			trace(z, s.outline(run.Face, g.GlyphID), func(p opentype.SegmentPoint) (float32, float32) {
				px, py := x+p.X*scale, y-p.Y*scale
				return m[0]*px + m[1]*py + m[2], m[3]*px + m[4]*py + m[5]
			})
			pen += float32(g.XAdvance) / 64
		}
	}
}

func (s *Setter) outline(face *font.Face, gid font.GID) []opentype.Segment {
	key := glyphKey{face, gid}
	segments, ok := s.outlines[key]
	if !ok {
		if o, is := face.GlyphData(gid).(font.GlyphOutline); is {
			segments = o.Segments
		}
		s.outlines[key] = segments
	}
	return segments
}

// trace adds one glyph's outline.
func trace(z *vector.Rasterizer, segments []opentype.Segment, at func(opentype.SegmentPoint) (x, y float32)) {
	for _, s := range segments {
		ax, ay := at(s.Args[0])
		bx, by := at(s.Args[1])
		switch s.Op {
		case opentype.SegmentOpMoveTo:
			z.ClosePath()
			z.MoveTo(ax, ay)
		case opentype.SegmentOpLineTo:
			z.LineTo(ax, ay)
		case opentype.SegmentOpQuadTo:
			z.QuadTo(ax, ay, bx, by)
		case opentype.SegmentOpCubeTo:
			cx, cy := at(s.Args[2])
			z.CubeTo(ax, ay, bx, by, cx, cy)
		}
	}
	z.ClosePath()
}
