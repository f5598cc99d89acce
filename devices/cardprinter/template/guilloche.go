package template

import (
	"image"
	"math"

	"golang.org/x/image/vector"
)

// guilloche is a ground of many fine curves, each a little different from the one
// before: waves from left to right, or a rosette around the middle.
type guilloche struct {
	place
	ink     ink
	rosette bool
	lines   int
	width   float64 // of a line, dots
	inner   float64 // radii of the first and the last curve of a rosette, dots
	outer   float64
	waves   []wave
}

// wave is one of the oscillations that are added up: of the given height, once every
// period (dots; for a rosette: so many times around), and begun drift turns later on
// every line.
type wave struct{ height, period, drift float64 }

func (g *guilloche) fixed() bool { return true }

func (g *guilloche) draw(c *canvas, _ *job) error {
	mask := c.cover(g.box, func(z *vector.Rasterizer) {
		for i := range g.lines {
			g.line(i).stroke(z, g.width, inPlace)
		}
	})
	c.paint(mask, image.Point{}, g.ink)
	return nil
}

// line is the i-th curve, in dots of the box. A point every three dots is smooth.
func (g *guilloche) line(i int) polyline {
	w, h := float64(g.box.Dx()), float64(g.box.Dy())
	sum := func(turns func(wave) float64) (s float64) {
		for _, v := range g.waves {
			s += v.height * math.Sin(2*math.Pi*(turns(v)+float64(i)*v.drift))
		}
		return s
	}
	if !g.rosette {
		line := polyline{}
		y := h * (float64(i) + 0.5) / float64(g.lines)
		for x := -3.0; x <= w+3; x += 3 {
			line.points = append(line.points, point{x, y + sum(func(v wave) float64 { return x / v.period })})
		}
		return line
	}
	line := polyline{closed: true}
	r := g.inner + (g.outer-g.inner)*float64(i)/float64(max(g.lines-1, 1))
	steps := max(int(2*math.Pi*r/2), 24)
	for s := range steps {
		turn := float64(s) / float64(steps)
		d := r + sum(func(v wave) float64 { return turn * v.period })
		sin, cos := math.Sincos(2 * math.Pi * turn)
		line.points = append(line.points, point{w/2 + d*cos, h/2 + d*sin})
	}
	return line
}
