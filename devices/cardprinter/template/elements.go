package template

import (
	"image"
	"image/color"
	"math"
	"slices"
	"strings"

	"murur/devices/datafile"
)

// margin is how far from the edge everything but grounds must stay: cards are cut,
// and fed, with a tolerance.
const margin = 1.0 // mm

var white = color.NRGBA{255, 255, 255, 255}

func round(v float64) int { return int(math.Round(v)) }

// element reads one table of [[front]] or [[back]].
func (p *parser) element(t *datafile.Table) element {
	kind := t.OneOf("kind", "box", "guilloche", "picture", "text", "microtext", "portrait", "ghost", "signature", "qr", "categories", "window", "specimen")
	at := p.place(t, kind)
	switch kind {
	case "box":
		return p.panel(t, at)
	case "guilloche":
		return p.guilloche(t, at)
	case "picture":
		if name := t.Text("file"); strings.HasSuffix(name, ".png") {
			return &picture{place: at, pixels: p.photograph(t, "file", name)}
		} else {
			return &picture{place: at, ink: p.ink(t, at), drawing: p.asset(t, "file", name)}
		}
	case "text":
		return p.text(t, at)
	case "microtext":
		return &microtext{place: at, ink: p.ink(t, at), text: p.words(t), lang: t.OneOf("lang", "", "en", "ar"), size: dots(t.Float("pt", 1.5, 4, 2.2))}
	case "portrait":
		return &photo{place: at, radius: t.Float("radius", 0, 5, 0) * dotsPerMM}
	case "ghost":
		return &photo{place: at, ghost: true, ink: p.dye(t, "colour", at)} // never resin
	case "signature":
		return &signature{place: at, ink: p.ink(t, at), need: !t.Yes("optional")}
	case "qr":
		return &code{place: at, ink: p.ink(t, at)}
	case "categories":
		return p.categories(t, at)
	case "window":
		return &window{place: at, radius: t.Float("radius", 0, 5, 0) * dotsPerMM}
	default: // specimen, or a kind that does not exist, which is noted
		return &overprint{place: at, ink: p.ink(t, at), text: p.words(t), pt: t.Float("pt", 8, 60, 34)}
	}
}

// place reads where an element is. It must be on the card, and with margin if it is
// not a ground.
func (p *parser) place(t *datafile.Table, kind string) place {
	ground := slices.Contains([]string{"box", "guilloche", "specimen"}, kind)
	if t.Yes("overlap") {
		ground = true
	}
	at := t.Floats("at", 2, 0, 90)
	size := t.Floats("size", 2, 0.08, 90)
	box := image.Rect(round(at[0]*dotsPerMM), round(at[1]*dotsPerMM), round((at[0]+size[0])*dotsPerMM), round((at[1]+size[1])*dotsPerMM))
	inside := card
	if !slices.Contains([]string{"box", "guilloche", "picture", "specimen"}, kind) {
		inside = card.Inset(round(margin * dotsPerMM))
	}
	switch {
	case box.Empty():
		t.Fail("size", "is less than a dot")
	case !box.In(inside):
		t.Fail("at", "reaches to %.2f, %.2f mm; the card has %.2f × %.2f mm, of which a %s may use %.2f to %.2f × %.2f to %.2f mm",
			at[0]+size[0], at[1]+size[1], mm(card.Max.X), mm(card.Max.Y), kind, mm(inside.Min.X), mm(inside.Max.X), mm(inside.Min.Y), mm(inside.Max.Y))
	}
	return place{box: box, line: t.Line(), kind: kind, ground: ground}
}

func mm(dots int) float64 { return float64(dots) / dotsPerMM }

// colour looks a name up in the palette.
func (p *parser) colour(t *datafile.Table, key string) color.NRGBA {
	name := t.Text(key)
	c, ok := p.colours[name]
	if !ok {
		t.Fail(key, "%q is not in [colours]", name)
	}
	return c
}

// ink reads what an element is printed with: ink = "resin", or a colour of dye.
func (p *parser) ink(t *datafile.Table, at place) ink {
	if t.OneOf("ink", "", "dye", "resin") == "resin" {
		return ink{resin: true}
	}
	return p.dye(t, "colour", at)
}

// dye reads a colour of dye that may change to another across the box.
func (p *parser) dye(t *datafile.Table, key string, at place) ink {
	k := ink{opacity: t.Float("opacity", 0.02, 1, 1), across: at.box, down: t.OneOf("towards", "", "right", "down") == "down"}
	k.from = p.colour(t, key)
	k.to = k.from
	if t.Has("to") {
		k.to = p.colour(t, "to")
	}
	return k
}

func (p *parser) words(t *datafile.Table) string {
	s, err := clean(t.Text("text"))
	if err != nil {
		t.Fail("text", "%v", err)
	}
	if s == "" {
		t.Fail("text", "must be there")
	}
	return s
}

func (p *parser) panel(t *datafile.Table, at place) element {
	e := &panel{place: at, radius: t.Float("radius", 0, 10, 0) * dotsPerMM}
	e.radius = min(e.radius, float64(min(at.box.Dx(), at.box.Dy()))/2)
	if t.Has("colour") {
		k := p.dye(t, "colour", at)
		e.fill = &k
	}
	if t.Has("border") {
		e.border = &ink{from: p.colour(t, "border"), opacity: 1}
		e.border.to = e.border.from
		e.width = t.Float("width", 0.08, 2, 0.2) * dotsPerMM
	}
	if e.fill == nil && e.border == nil {
		t.Fail("colour", "a box needs a colour or a border")
	}
	return e
}

func (p *parser) guilloche(t *datafile.Table, at place) element {
	e := &guilloche{
		place: at, ink: p.dye(t, "colour", at),
		rosette: t.OneOf("shape", "", "waves", "rosette") == "rosette",
		lines:   t.Number("lines", 1, 200, 20),
		width:   t.Float("width", 0.06, 1, 0.12) * dotsPerMM,
		inner:   t.Float("inner", 0, 45, 0) * dotsPerMM,
		outer:   t.Float("outer", 0, 45, mm(min(at.box.Dx(), at.box.Dy()))/2) * dotsPerMM,
	}
	least := 2.0 // mm
	if e.rosette {
		least = 1 // times around
	}
	t.Each("waves", 4, func(w *datafile.Table) {
		v := wave{w.Float("height", 0, 20, 0) * dotsPerMM, w.Float("period", least, 200, least), w.Float("drift", -1, 1, 0)}
		if e.rosette && v.period != math.Trunc(v.period) {
			w.Fail("period", "must be a whole number of times around")
		}
		if !e.rosette {
			v.period *= dotsPerMM
		}
		e.waves = append(e.waves, v)
	})
	return e
}

func (p *parser) text(t *datafile.Table, at place) element {
	e := &text{
		place: at, ink: p.ink(t, at),
		field: t.Text("field"), when: t.Text("when"),
		lang: t.OneOf("lang", "ar", "en"),
		bold: t.Yes("bold"), lines: t.Number("lines", 1, 4, 1),
		spacing: t.Float("spacing", 0, 4, 0),
		need:    !t.Yes("optional"),
		pt:      p.sizes(t),
	}
	switch a := t.OneOf("align", "", "left", "centre", "right"); {
	case a == "centre":
		e.align = 0.5
	case a == "right", a == "" && e.lang == "ar":
		e.align = 1
	}
	if e.lang == "ar" && e.spacing > 0 {
		t.Fail("spacing", "would tear joined letters apart")
	}
	if e.field == "" {
		e.fixedly = p.words(t)
	} else if t.Has("text") {
		t.Fail("text", "either field or text")
	}
	for key, field := range map[string]string{"field": e.field, "when": e.when} {
		if _, ok := new(Licence).value(field, "en", ""); field != "" && !ok {
			t.Fail(key, "%q is not a field of a licence", field)
		}
	}
	return e
}

// sizes reads pt = 8, or pt = [most, least].
func (p *parser) sizes(t *datafile.Table) span {
	if t.IsList("pt") {
		n := t.Floats("pt", 2, 3, 40)
		if n[0] < n[1] {
			t.Fail("pt", "the larger size comes first")
		}
		return span{n[0], n[1]}
	}
	if !t.Has("pt") {
		t.Fail("pt", "must be there")
	}
	n := t.Float("pt", 3, 40, 8)
	return span{n, n}
}

func (p *parser) categories(t *datafile.Table, at place) element {
	e := &categories{place: at, ink: p.ink(t, at), pt: p.sizes(t)}
	e.faint = ink{from: p.colour(t, "faint"), opacity: 1}
	e.faint.to = e.faint.from
	for i, x := range t.Floats("columns", len(e.columns), 0, 90) {
		e.columns[i] = round(x * dotsPerMM)
		if i > 0 && e.columns[i] <= e.columns[i-1]+2 || e.columns[i] >= at.box.Dx()-2 {
			t.Fail("columns", "must grow and stay inside the table")
		}
	}
	seen := map[string]bool{}
	t.Each("rows", maxRows, func(r *datafile.Table) {
		code := r.Text("code")
		if code == "" || len(code) > 4 || seen[code] {
			r.Fail("code", "must be one to four letters, each once")
		}
		seen[code] = true
		e.rows = append(e.rows, row{code, p.asset(r, "picture", r.Text("picture"))})
	})
	if len(e.rows) == 0 || at.box.Dy()/max(len(e.rows), 1) < 24 {
		t.Fail("rows", "must be there, and at least 2 mm high")
	}
	return e
}
