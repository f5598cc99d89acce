package template

import (
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"io"
	"math"
	"strconv"
	"strings"
)

// drawing is a small SVG file: shapes of one ink. What it may have: svg with a
// viewBox; path (d with M L H V C Q Z and their small forms), circle (cx cy r) and
// rect (x y width height); for each either a fill or, with fill="none", a
// stroke-width. Overlapping subpaths in opposite direction make holes.
type drawing struct {
	x, y, w, h float64 // viewBox
	shapes     []shape
}

type shape struct {
	lines []polyline
	width float64 // of the stroke; 0: filled
}

// most that a drawing may have.
const maxPoints = 20_000

func readDrawing(r io.Reader) (*drawing, error) {
	d := new(drawing)
	dec := xml.NewDecoder(r)
	points := 0
	for depth := 0; ; {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) && d.w > 0 {
			return d, nil
		}
		if err != nil {
			return nil, err
		}
		switch e := token.(type) {
		case xml.EndElement:
			depth--
		case xml.StartElement:
			depth++
			line, _ := dec.InputPos()
			if (e.Name.Local == "svg") != (depth == 1) || depth > 2 {
				return nil, fmt.Errorf("line %d: shapes stand directly in svg", line)
			}
			n, err := d.element(e)
			if err != nil {
				return nil, fmt.Errorf("line %d: %s: %w", line, e.Name.Local, err)
			}
			if points += n; points > maxPoints {
				return nil, fmt.Errorf("more than %d points", maxPoints)
			}
		}
	}
}

// element adds a shape and tells how many points it has.
func (d *drawing) element(e xml.StartElement) (points int, err error) {
	numbers := map[string]float64{}
	var path, box string
	none := false
	for _, a := range e.Attr {
		switch name := a.Name.Local; name {
		case "xmlns":
		case "d":
			path = a.Value
		case "viewBox":
			box = a.Value
		case "fill":
			none = a.Value == "none"
		case "cx", "cy", "r", "x", "y", "width", "height", "stroke-width":
			v, err := strconv.ParseFloat(a.Value, 64)
			if err != nil || math.Abs(v) > 1e5 || v != v {
				return 0, fmt.Errorf("%s: not a number that can be used: %q", name, a.Value)
			}
			numbers[name] = v
		case "stroke": // of one ink
		default:
			return 0, fmt.Errorf("attribute %s is not understood", name)
		}
	}
	s := shape{width: numbers["stroke-width"]}
	switch e.Name.Local {
	case "svg":
		_, err := fmt.Sscanf(box, "%g %g %g %g", &d.x, &d.y, &d.w, &d.h)
		if err != nil || !(d.w > 0 && d.w < 1e5 && d.h > 0 && d.h < 1e5 && math.Abs(d.x) < 1e5 && math.Abs(d.y) < 1e5) {
			return 0, errors.New("needs a viewBox of four numbers")
		}
		return 0, nil
	case "path":
		lines, err := readPath(path)
		if err != nil {
			return 0, err
		}
		s.lines = lines
	case "circle":
		l := polyline{closed: true}
		for i := range 64 {
			sin, cos := math.Sincos(2 * math.Pi * float64(i) / 64)
			l.points = append(l.points, point{numbers["cx"] + numbers["r"]*cos, numbers["cy"] + numbers["r"]*sin})
		}
		s.lines = []polyline{l}
	case "rect":
		x, y, w, h := numbers["x"], numbers["y"], numbers["width"], numbers["height"]
		s.lines = []polyline{{[]point{{x, y}, {x + w, y}, {x + w, y + h}, {x, y + h}}, true}}
	default:
		return 0, errors.New("element is not understood")
	}
	if none != (s.width > 0) || s.width < 0 {
		return 0, errors.New(`needs either a fill, or fill="none" and a stroke-width`)
	}
	d.shapes = append(d.shapes, s)
	for _, l := range s.lines {
		points += len(l.points)
	}
	return points, nil
}

// mask draws the whole drawing into the middle of a box.
func (d *drawing) mask(c *canvas, box image.Rectangle) *image.Alpha {
	scale := min(float64(box.Dx())/d.w, float64(box.Dy())/d.h)
	dx := (float64(box.Dx())-d.w*scale)/2 - d.x*scale
	dy := (float64(box.Dy())-d.h*scale)/2 - d.y*scale
	at := func(p point) point { return point{p.x*scale + dx, p.y*scale + dy} }
	mask := image.NewAlpha(box)
	for _, s := range d.shapes {
		c.raster.Reset(box.Dx(), box.Dy())
		for _, l := range s.lines {
			if s.width > 0 {
				l.stroke(c.raster, s.width*scale, at)
			} else {
				l.fill(c.raster, at)
			}
		}
		c.raster.Draw(mask, box, image.Opaque, image.Point{})
	}
	return mask
}

// readPath takes the d of a path apart and its curves into pieces.
func readPath(d string) ([]polyline, error) {
	var lines []polyline
	var cur, start point
	var command byte
	var numbers []float64
	add := func(p point) { lines[len(lines)-1].points = append(lines[len(lines)-1].points, p); cur = p }
	args := map[byte]int{'M': 2, 'L': 2, 'H': 1, 'V': 1, 'C': 6, 'Q': 4}
	rest := d
	for {
		rest = strings.TrimLeft(rest, " \t\r\n,")
		if rest == "" {
			break
		}
		if c := rest[0]; c >= 'A' {
			if len(numbers) > 0 {
				return nil, fmt.Errorf("path: too few numbers for %c", command)
			}
			command, rest = c, rest[1:]
			if c == 'Z' || c == 'z' {
				if len(lines) == 0 {
					return nil, errors.New("path: must begin with M")
				}
				lines[len(lines)-1].closed = true
				cur = start
			} else if args[c&^0x20] == 0 {
				return nil, fmt.Errorf("path: command %q is not understood", c)
			}
			continue
		}
		n := 1
		for n < len(rest) && (rest[n] >= '0' && rest[n] <= '9' || rest[n] == '.') {
			n++
		}
		v, err := strconv.ParseFloat(rest[:n], 64)
		if err != nil || math.Abs(v) > 1e5 {
			return nil, fmt.Errorf("path: not a number that can be used: %q", rest[:n])
		}
		rest = rest[n:]
		upper := command &^ 0x20
		numbers = append(numbers, v)
		if args[upper] == 0 {
			return nil, errors.New("path: a number without a command")
		}
		if len(numbers) < args[upper] {
			continue
		}
		a := numbers
		numbers = nil
		base := point{}
		if command >= 'a' {
			base = cur
		}
		p := func(i int) point { return point{base.x + a[i], base.y + a[i+1]} }
		if upper != 'M' && (len(lines) == 0 || lines[len(lines)-1].closed) {
			return nil, errors.New("path: must begin with M, also after Z")
		}
		switch upper {
		case 'M':
			lines = append(lines, polyline{})
			start = p(0)
			add(start)
			command = command - 'M' + 'L' // further pairs are lines
		case 'L':
			add(p(0))
		case 'H':
			add(point{base.x + a[0], cur.y})
		case 'V':
			add(point{cur.x, base.y + a[0]})
		case 'C':
			curve(add, cur, p(0), p(2), p(4))
		case 'Q':
			q, end := p(0), p(2)
			curve(add, cur, point{cur.x + (q.x-cur.x)*2/3, cur.y + (q.y-cur.y)*2/3}, point{end.x + (q.x-end.x)*2/3, end.y + (q.y-end.y)*2/3}, end)
		}
	}
	if len(numbers) > 0 {
		return nil, fmt.Errorf("path: too few numbers for %c", command)
	}
	return lines, nil
}

// curve adds a cubic Bézier curve in sixteen pieces.
func curve(add func(point), a, b, c, d point) {
	for i := 1; i <= 16; i++ {
		t := float64(i) / 16
		u := 1 - t
		mixed := func(a, b, c, d float64) float64 { return u*u*u*a + 3*u*u*t*b + 3*u*t*t*c + t*t*t*d }
		add(point{mixed(a.x, b.x, c.x, d.x), mixed(a.y, b.y, c.y, d.y)})
	}
}
