package template

import (
	"math"

	"golang.org/x/image/vector"
)

// point is a place in dots, or in the units of a drawing.
type point struct{ x, y float64 }

// polyline is a curve taken as short straight pieces.
type polyline struct {
	points []point
	closed bool
}

// fill traces the area inside.
func (l polyline) fill(z *vector.Rasterizer, at func(point) point) {
	trace(z, l.points, at)
}

// stroke traces a band of the given width along the line, with mitred corners: one
// side on the way there, the other on the way back.
func (l polyline) stroke(z *vector.Rasterizer, width float64, at func(point) point) {
	n := len(l.points)
	if n < 2 {
		return
	}
	p := make([]point, n)
	for i := range l.points {
		p[i] = at(l.points[i])
	}
	left, right := make([]point, n), make([]point, n)
	for i := range p {
		before, after := i-1, i+1
		if l.closed {
			before, after = (i+n-1)%n, (i+1)%n
		}
		ax, ay := direction(p, max(before, 0), i)
		bx, by := direction(p, i, min(after, n-1))
		if before < 0 {
			ax, ay = bx, by
		}
		if after >= n {
			bx, by = ax, ay
		}
		nx, ny := -(ay + by), ax+bx // twice the bisector
		d := math.Hypot(nx, ny)
		if d < 1e-9 {
			nx, ny, d = -ay, ax, 1
		}
		half := width / 2 / max(d/2, 0.35) / d // longer at a corner, but not a spike
		left[i] = point{p[i].x + nx*half, p[i].y + ny*half}
		right[n-1-i] = point{p[i].x - nx*half, p[i].y - ny*half}
	}
	if l.closed {
		trace(z, left, inPlace)
		trace(z, right, inPlace)
		return
	}
	trace(z, append(left, right...), inPlace)
}

func direction(p []point, from, to int) (x, y float64) {
	x, y = p[to].x-p[from].x, p[to].y-p[from].y
	if d := math.Hypot(x, y); d > 0 {
		return x / d, y / d
	}
	return 0, 0
}

func trace(z *vector.Rasterizer, points []point, at func(point) point) {
	for i, p := range points {
		p = at(p)
		if i == 0 {
			z.MoveTo(float32(p.x), float32(p.y))
		} else {
			z.LineTo(float32(p.x), float32(p.y))
		}
	}
	z.ClosePath()
}
