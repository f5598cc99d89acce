package template

import (
	"embed"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"io/fs"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/image/vector"

	"murur/devices/cardprinter"
	"murur/devices/datafile"
	"murur/devices/typeset"
)

//go:embed specimen
var specimen embed.FS

// Specimen is the folder of the template that comes with the program: an obvious
// specimen. Its file is "template.toml".
func Specimen() fs.FS {
	dir, err := fs.Sub(specimen, "specimen")
	if err != nil {
		panic(err) // the name is a constant
	}
	return dir
}

// Template draws licences. It is safe for concurrent use; cards are drawn one at a
// time.
type Template struct {
	Name string

	mu    sync.Mutex
	faces []face
}

// face is one side: the ground, drawn once, and what is drawn on every card.
type face struct {
	ground *canvas
	rest   []element
}

// element is one thing on a side.
type element interface {
	at() *place
	fixed() bool                  // the same on every card
	draw(c *canvas, l *job) error // without a job: what is known without one
}

// place is where an element is.
type place struct {
	box    image.Rectangle // dots
	line   int             // in the file
	kind   string
	ground bool // may lie under or over others
}

func (p *place) at() *place { return p }

// Load reads a template from a folder and draws its ground. name is the TOML file.
// Fixed texts that do not fit, or that the fonts cannot set, are errors already here.
func Load(fsys fs.FS, name string, fonts *typeset.Fonts) (*Template, error) {
	f, err := parse(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("cannot load licence template: %w", err)
	}
	set := typeset.New(fonts)
	t := &Template{Name: f.name}
	raster := new(vector.Rasterizer)
	for _, elements := range f.sides {
		if len(elements) == 0 {
			continue
		}
		side := face{ground: newCanvas(set, raster, f.dates)}
		scrap := side.ground.clone(raster)
		for _, e := range elements {
			on := side.ground
			if !e.fixed() || len(side.rest) > 0 {
				side.rest = append(side.rest, e)
				on = scrap // only to see that it can be drawn
			}
			if err := e.draw(on, nil); err != nil {
				return nil, fmt.Errorf("cannot load licence template: %s:%d: %s: %w", name, e.at().line, e.at().kind, err)
			}
		}
		side.ground.raster = nil
		t.faces = append(t.faces, side)
	}
	return t, nil
}

// job is one card being drawn.
type job struct {
	Licence
	picture *image.RGBA
}

// Render draws a licence. An error is a FieldError: nothing is ever clipped, left out
// or replaced by a box.
func (t *Template) Render(l Licence) (cardprinter.Artwork, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	art := cardprinter.Artwork{Number: l.Number}
	j := &job{Licence: l}
	raster := new(vector.Rasterizer) // not kept: it is as large as a side
	for i, f := range t.faces {
		c := f.ground.clone(raster)
		for _, e := range f.rest {
			if err := e.draw(c, j); err != nil {
				return cardprinter.Artwork{}, err
			}
		}
		side := c.side()
		if i == 0 {
			art.Front = side
		} else {
			art.Back = &side
		}
	}
	return art, nil
}

// file is a template as it is written, before anything is drawn.
type file struct {
	name  string
	dates string // Go layout
	sides [2][]element
}

// Limits of a template and its files.
const (
	maxTemplate = 256 << 10
	maxAsset    = 1 << 20
	maxElements = 200
	maxRows     = 16
)

// parser is a template being read.
type parser struct {
	fsys    fs.FS
	colours map[string]color.NRGBA
	assets  map[string]*drawing
}

func parse(fsys fs.FS, name string) (*file, error) {
	data, err := read(fsys, name, maxTemplate)
	if err != nil {
		return nil, err
	}
	t, err := datafile.Read(name, data)
	if err != nil {
		return nil, err
	}
	p := &parser{fsys, map[string]color.NRGBA{}, map[string]*drawing{}}
	f := &file{name: t.Text("name")}
	if t.Number("format", 1, 1, 0) != 1 {
		t.Fail("format", "must be 1")
	}
	if f.name == "" {
		t.Fail("name", "must be there")
	}
	f.dates = strings.NewReplacer("DD", "02", "MM", "01", "YYYY", "2006").
		Replace(t.OneOf("dates", "DD-MM-YYYY", "DD/MM/YYYY", "DD.MM.YYYY", "YYYY-MM-DD"))
	p.palette(t)
	for i, side := range []string{"front", "back"} {
		t.Each(side, maxElements, func(e *datafile.Table) {
			f.sides[i] = append(f.sides[i], p.element(e))
		})
		apart(t, side, f.sides[i])
	}
	if len(f.sides[0]) == 0 {
		t.Fail("front", "must have an element")
	}
	return f, t.Done()
}

// apart checks that elements do not lie on each other, other than grounds.
func apart(t *datafile.Table, side string, elements []element) {
	for i, a := range elements {
		for _, b := range elements[:i] {
			if !a.at().ground && !b.at().ground && a.at().box.Overlaps(b.at().box) {
				t.FailAt(a.at().line, "%s: %s lies on the %s of line %d", side, a.at().kind, b.at().kind, b.at().line)
			}
		}
	}
}

func read(fsys fs.FS, name string, most int64) ([]byte, error) {
	if !fs.ValidPath(name) {
		return nil, fmt.Errorf("%s: not the name of a file in the folder", name)
	}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(data)) > most {
		err = fmt.Errorf("%s: more than %d bytes", name, most)
	}
	return data, err
}

var hexColour = regexp.MustCompile(`^#[0-9A-Fa-f]{6}$`)

func (p *parser) palette(t *datafile.Table) {
	t.Sub("colours", func(colours *datafile.Table) {
		for _, key := range colours.Keys() {
			s := colours.Text(key)
			if !hexColour.MatchString(s) {
				colours.Fail(key, `must be a colour, "#RRGGBB"`)
				continue
			}
			v, _ := strconv.ParseUint(s[1:], 16, 32)
			p.colours[key] = color.NRGBA{uint8(v >> 16), uint8(v >> 8), uint8(v), 255}
		}
	})
}

// asset is an SVG drawing of the folder. Each file is read once.
func (p *parser) asset(t *datafile.Table, key, name string) *drawing {
	if d, ok := p.assets[name]; ok {
		return d
	}
	data, err := read(p.fsys, name, maxAsset)
	if err != nil {
		t.Fail(key, "%v", err)
		return nil
	}
	d, err := readDrawing(strings.NewReader(string(data)))
	if err != nil {
		t.Fail(key, "%s: %v", name, err)
	}
	p.assets[name] = d
	return d
}

// photograph is a PNG of the folder, at most as large as the card.
func (p *parser) photograph(t *datafile.Table, key, name string) image.Image {
	data, err := read(p.fsys, name, maxAsset)
	if err != nil {
		t.Fail(key, "%v", err)
		return nil
	}
	c, err := png.DecodeConfig(strings.NewReader(string(data)))
	if err == nil && (c.Width > 2*cardprinter.Width || c.Height > 2*cardprinter.Height) {
		err = fmt.Errorf("%d×%d pixels are more than twice the card's", c.Width, c.Height)
	}
	var img image.Image
	if err == nil {
		img, err = png.Decode(strings.NewReader(string(data)))
	}
	if err != nil {
		t.Fail(key, "%s: %v", name, err)
	}
	return img
}
