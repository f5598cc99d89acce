package template

import (
	"image"
	"image/color"
	"math"
	"slices"
	"strings"
)

// margin is how far from the edge everything but grounds must stay: cards are cut,
// and fed, with a tolerance.
const margin = 1.0 // mm

var white = color.NRGBA{255, 255, 255, 255}

func round(v float64) int { return int(math.Round(v)) }

// element reads one table of [[front]] or [[back]].
func (p *parser) element(t *table) element {
	kind := t.oneOf("kind", "box", "guilloche", "picture", "text", "microtext", "portrait", "ghost", "signature", "qr", "categories", "window", "specimen")
	at := p.place(t, kind)
	switch kind {
	case "box":
		return p.panel(t, at)
	case "guilloche":
		return p.guilloche(t, at)
	case "picture":
		if name := t.text("file"); strings.HasSuffix(name, ".png") {
			return &picture{place: at, pixels: p.photograph(t, "file", name)}
		} else {
			return &picture{place: at, ink: p.ink(t, at), drawing: p.asset(t, "file", name)}
		}
	case "text":
		return p.text(t, at)
	case "microtext":
		return &microtext{place: at, ink: p.ink(t, at), text: p.words(t), lang: t.oneOf("lang", "", "en", "ar"), size: dots(t.number("pt", 1.5, 4, 2.2))}
	case "portrait":
		return &photo{place: at, radius: t.number("radius", 0, 5, 0) * dotsPerMM}
	case "ghost":
		return &photo{place: at, ghost: true, ink: p.dye(t, "colour", at)} // never resin
	case "signature":
		return &signature{place: at, ink: p.ink(t, at), need: !t.yes("optional")}
	case "qr":
		return &code{place: at, ink: p.ink(t, at)}
	case "categories":
		return p.categories(t, at)
	case "window":
		return &window{place: at, radius: t.number("radius", 0, 5, 0) * dotsPerMM}
	default: // specimen, or a kind that does not exist, which is noted
		return &overprint{place: at, ink: p.ink(t, at), text: p.words(t), pt: t.number("pt", 8, 60, 34)}
	}
}

// place reads where an element is. It must be on the card, and with margin if it is
// not a ground.
func (p *parser) place(t *table, kind string) place {
	ground := slices.Contains([]string{"box", "guilloche", "specimen"}, kind)
	if t.yes("overlap") {
		ground = true
	}
	at := t.numbers("at", 2, 0, 90)
	size := t.numbers("size", 2, 0.08, 90)
	box := image.Rect(round(at[0]*dotsPerMM), round(at[1]*dotsPerMM), round((at[0]+size[0])*dotsPerMM), round((at[1]+size[1])*dotsPerMM))
	inside := card
	if !slices.Contains([]string{"box", "guilloche", "picture", "specimen"}, kind) {
		inside = card.Inset(round(margin * dotsPerMM))
	}
	switch {
	case box.Empty():
		t.fail("size", "is less than a dot")
	case !box.In(inside):
		t.fail("at", "reaches to %.2f, %.2f mm; the card has %.2f × %.2f mm, of which a %s may use %.2f to %.2f × %.2f to %.2f mm",
			at[0]+size[0], at[1]+size[1], mm(card.Max.X), mm(card.Max.Y), kind, mm(inside.Min.X), mm(inside.Max.X), mm(inside.Min.Y), mm(inside.Max.Y))
	}
	return place{box: box, line: t.first + 1, kind: kind, ground: ground}
}

func mm(dots int) float64 { return float64(dots) / dotsPerMM }

// colour looks a name up in the palette.
func (p *parser) colour(t *table, key string) color.NRGBA {
	name := t.text(key)
	c, ok := p.colours[name]
	if !ok {
		t.fail(key, "%q is not in [colours]", name)
	}
	return c
}

// ink reads what an element is printed with: ink = "resin", or a colour of dye.
func (p *parser) ink(t *table, at place) ink {
	if t.oneOf("ink", "", "dye", "resin") == "resin" {
		return ink{resin: true}
	}
	return p.dye(t, "colour", at)
}

// dye reads a colour of dye that may change to another across the box.
func (p *parser) dye(t *table, key string, at place) ink {
	k := ink{opacity: t.number("opacity", 0.02, 1, 1), across: at.box, down: t.oneOf("towards", "", "right", "down") == "down"}
	k.from = p.colour(t, key)
	k.to = k.from
	if t.has("to") {
		k.to = p.colour(t, "to")
	}
	return k
}

func (p *parser) words(t *table) string {
	s, err := clean(t.text("text"))
	if err != nil {
		t.fail("text", "%v", err)
	}
	if s == "" {
		t.fail("text", "must be there")
	}
	return s
}

func (p *parser) panel(t *table, at place) element {
	e := &panel{place: at, radius: t.number("radius", 0, 10, 0) * dotsPerMM}
	e.radius = min(e.radius, float64(min(at.box.Dx(), at.box.Dy()))/2)
	if t.has("colour") {
		k := p.dye(t, "colour", at)
		e.fill = &k
	}
	if t.has("border") {
		e.border = &ink{from: p.colour(t, "border"), opacity: 1}
		e.border.to = e.border.from
		e.width = t.number("width", 0.08, 2, 0.2) * dotsPerMM
	}
	if e.fill == nil && e.border == nil {
		t.fail("colour", "a box needs a colour or a border")
	}
	return e
}

func (p *parser) guilloche(t *table, at place) element {
	e := &guilloche{
		place: at, ink: p.dye(t, "colour", at),
		rosette: t.oneOf("shape", "", "waves", "rosette") == "rosette",
		lines:   int(t.number("lines", 1, 200, 20)),
		width:   t.number("width", 0.06, 1, 0.12) * dotsPerMM,
		inner:   t.number("inner", 0, 45, 0) * dotsPerMM,
		outer:   t.number("outer", 0, 45, mm(min(at.box.Dx(), at.box.Dy()))/2) * dotsPerMM,
	}
	least := 2.0 // mm
	if e.rosette {
		least = 1 // times around
	}
	t.each("waves", 4, func(w *table) {
		v := wave{w.number("height", 0, 20, 0) * dotsPerMM, w.number("period", least, 200, least), w.number("drift", -1, 1, 0)}
		if e.rosette && v.period != math.Trunc(v.period) {
			w.fail("period", "must be a whole number of times around")
		}
		if !e.rosette {
			v.period *= dotsPerMM
		}
		e.waves = append(e.waves, v)
	})
	return e
}

func (p *parser) text(t *table, at place) element {
	e := &text{
		place: at, ink: p.ink(t, at),
		field: t.text("field"), when: t.text("when"),
		lang: t.oneOf("lang", "ar", "en"),
		bold: t.yes("bold"), lines: int(t.number("lines", 1, 4, 1)),
		spacing: t.number("spacing", 0, 4, 0),
		need:    !t.yes("optional"),
		pt:      p.sizes(t),
	}
	switch a := t.oneOf("align", "", "left", "centre", "right"); {
	case a == "centre":
		e.align = 0.5
	case a == "right", a == "" && e.lang == "ar":
		e.align = 1
	}
	if e.lang == "ar" && e.spacing > 0 {
		t.fail("spacing", "would tear joined letters apart")
	}
	if e.field == "" {
		e.fixedly = p.words(t)
	} else if t.has("text") {
		t.fail("text", "either field or text")
	}
	for key, field := range map[string]string{"field": e.field, "when": e.when} {
		if _, ok := new(Licence).value(field, "en", ""); field != "" && !ok {
			t.fail(key, "%q is not a field of a licence", field)
		}
	}
	return e
}

// sizes reads pt = 8, or pt = [most, least].
func (p *parser) sizes(t *table) span {
	if _, list := t.keys["pt"].([]any); list {
		n := t.numbers("pt", 2, 3, 40)
		if n[0] < n[1] {
			t.fail("pt", "the larger size comes first")
		}
		return span{n[0], n[1]}
	}
	if !t.has("pt") {
		t.fail("pt", "must be there")
	}
	n := t.number("pt", 3, 40, 8)
	return span{n, n}
}

func (p *parser) categories(t *table, at place) element {
	e := &categories{place: at, ink: p.ink(t, at), pt: p.sizes(t)}
	e.faint = ink{from: p.colour(t, "faint"), opacity: 1}
	e.faint.to = e.faint.from
	for i, x := range t.numbers("columns", len(e.columns), 0, 90) {
		e.columns[i] = round(x * dotsPerMM)
		if i > 0 && e.columns[i] <= e.columns[i-1]+2 || e.columns[i] >= at.box.Dx()-2 {
			t.fail("columns", "must grow and stay inside the table")
		}
	}
	seen := map[string]bool{}
	t.each("rows", maxRows, func(r *table) {
		code := r.text("code")
		if code == "" || len(code) > 4 || seen[code] {
			r.fail("code", "must be one to four letters, each once")
		}
		seen[code] = true
		e.rows = append(e.rows, row{code, p.asset(r, "picture", r.text("picture"))})
	})
	if len(e.rows) == 0 || at.box.Dy()/max(len(e.rows), 1) < 24 {
		t.fail("rows", "must be there, and at least 2 mm high")
	}
	return e
}
