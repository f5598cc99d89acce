package gtk

import (
	"github.com/gotk3/gotk3/gtk"
	"github.com/gotk3/gotk3/pango"

	"murur/ui/i18n"
	"murur/ui/view"
)

// parts are the components of the view, in order.
func (p *page) parts(v view.View) *gtk.Box {
	all := p.vbox(partGap)
	for i := 0; i < len(v.Parts); i++ {
		switch part := v.Parts[i].(type) {
		case view.Card:
			if part.Lang != "" { // the two languages stand side by side
				pair := p.hbox(24)
				pair.SetHomogeneous(true)
				for ; i < len(v.Parts); i++ {
					if c, ok := v.Parts[i].(view.Card); ok {
						pair.PackStart(p.language(c), true, true, 0)
					}
				}
				all.PackStart(pair, false, false, 0)
				continue
			}
			all.PackStart(p.card(part), false, false, 0)
		case view.Heading:
			all.PackStart(p.heading(part), false, false, 0)
		case view.Notice:
			all.PackStart(p.notice(part), false, false, 0)
		case view.Row:
			all.PackStart(p.row(part), false, false, 0)
		case view.Pager:
			all.PackStart(p.pager(part), false, false, 0)
		case view.Facts:
			all.PackStart(p.facts(part), false, false, 0)
		case view.Stages:
			all.PackStart(p.stages(part), false, false, 0)
		case view.Fields:
			all.PackStart(p.fields(part), false, false, 0)
		case view.Pad:
			all.PackStart(p.pad(part), false, false, 0)
		}
	}
	return all
}

const partGap = 12

func (p *page) card(c view.Card) *gtk.Button {
	row := p.hbox(28)
	if c.Icon != "" {
		row.PackStart(p.icon(c.Icon, color(c.Control, "brand"), 72), false, false, 0)
	}
	words := p.vbox(0, p.label(c.Title, "name"))
	if c.Line != "" {
		words.PackStart(p.label(c.Line, "line"), false, false, 0)
	}
	words.SetVAlign(gtk.ALIGN_CENTER)
	row.PackStart(words, true, true, 0)
	if c.Enabled {
		row.PackEnd(p.icon("chevron", "brand", 40), false, false, 0)
	}
	return p.button(c.Control, 144, row, "card")
}

// language is a card in its own language, whatever the screen's.
func (p *page) language(c view.Card) *gtk.Button {
	words := p.vbox(0, p.middle(c.Title, "name"), p.middle(c.Line, "line"))
	words.SetVAlign(gtk.ALIGN_CENTER)
	return p.button(c.Control, 208, words, "language")
}

func (p *page) heading(h view.Heading) *gtk.Box {
	text := p.label(h.Text, "heading")
	setAccessible(&text.Widget, plain(h.Text), roleHeading)
	row := p.hbox(16)
	row.PackStart(text, true, true, 0)
	if h.Button != nil {
		b := *h.Button
		b.Icon = tickIcon(b.Pressed)
		row.PackEnd(p.quiet(b, minTouch), false, false, 0)
	}
	return row
}

func (p *page) notice(n view.Notice) *gtk.Box {
	icon := map[view.Tone]string{view.Info: "info", view.Attention: "attention", view.Good: "good"}[n.Tone]
	ink := map[view.Tone]string{view.Info: "brand", view.Attention: "attention", view.Good: "good"}[n.Tone]
	row := class(p.hbox(20), "notice", string(n.Tone))
	sign := p.icon(icon, ink, 44)
	sign.SetVAlign(gtk.ALIGN_START)
	row.PackStart(sign, false, false, 0)
	row.PackStart(p.label(n.Text), true, true, 0)
	return row
}

// row is a fine: what and how much on the first line, the rest below.
func (p *page) row(r view.Row) gtk.IWidget {
	top := p.hbox(24)
	top.PackStart(p.label(r.What, "what"), true, true, 0)
	if r.Amount != "" {
		amount := p.money(r.Amount)
		amount.SetVAlign(gtk.ALIGN_START)
		top.PackEnd(amount, false, false, 0)
	}
	words := p.vbox(0, top)
	if r.Note != "" {
		words.PackStart(p.label(r.Note, "note"), false, false, 0)
	}
	for _, text := range r.Lines {
		words.PackStart(p.label(text, "line"), false, false, 0)
	}
	if r.Control == nil {
		return class(p.vbox(0, words), "row", "read")
	}
	check := class(must(gtk.CheckButtonNew()), "row")
	check.SetMode(false) // the whole row is the check box; we draw the tick
	tick := p.icon(tickIcon(r.Control.Pressed), "", tickSize)
	p.ticks[r.Control.Key] = tick
	row := p.hbox(24, tick)
	row.PackStart(words, true, true, 0)
	check.Add(row)
	check.SetActive(r.Control.Pressed)
	check.SetSizeRequest(p.px(minTouch), p.theme.text(120))
	c := *r.Control
	p.control(&check.Widget, c)
	check.Connect("clicked", func() { p.act(c) })
	return check
}

func (p *page) pager(v view.Pager) *gtk.Box {
	text := p.middle(v.Label, "pagelabel")
	row := p.hbox(16)
	row.PackStart(p.quiet(v.Up, minTouch), true, true, 0)
	row.PackStart(text, true, true, 0)
	row.PackStart(p.quiet(v.Down, minTouch), true, true, 0)
	row.SetHomogeneous(true)
	return row
}

func (p *page) facts(facts view.Facts) *gtk.Box {
	all := class(p.vbox(8), "facts")
	for _, f := range facts {
		size := "value"
		if f.Large {
			size = "large"
		}
		row := p.hbox(24)
		name := p.label(f.Label, "label")
		row.PackStart(name, true, true, 0)
		row.PackEnd(p.line(f.Value, size), false, false, 0)
		all.PackStart(row, false, false, 0)
	}
	return all
}

// stages is a list of steps with a sign before each.
func (p *page) stages(s view.Stages) *gtk.Box {
	all := class(p.vbox(10), "stages")
	for _, step := range s.Steps {
		icon, ink, state := "stage-next", "border", ""
		if step.Done {
			icon, ink, state = "good", "good", "done"
		}
		if step.Here {
			icon, ink, state = "stage-here", "brand", "here"
		}
		row := class(p.hbox(20), "stage", state)
		row.PackStart(p.icon(icon, ink, 40), false, false, 0)
		row.PackStart(p.label(step.Label), true, true, 0)
		all.PackStart(row, false, false, 0)
	}
	return all
}

func (p *page) fields(fields view.Fields) *gtk.Box {
	row := p.hbox(16)
	row.SetHomogeneous(true)
	for _, f := range fields {
		value := p.line(f.Value, "value")
		value.SetEllipsize(pango.ELLIPSIZE_START)
		content := p.vbox(0, p.label(f.Label, "label"), value)
		classes := []string{"field"}
		if f.Here {
			classes = append(classes, "here")
		}
		if f.Wrong {
			classes = append(classes, "wrong")
		}
		if f.Control == nil {
			row.PackStart(class(content, classes...), true, true, 0)
			continue
		}
		b := p.button(*f.Control, 128, content, classes...)
		setAccessible(&b.Widget, plain(f.Label+" "+f.Value), roleOwn)
		row.PackStart(b, true, true, 0)
	}
	return row
}

// pad is a number pad. Its digits stay in the same order in every language.
func (p *page) pad(pad view.Pad) *gtk.Grid {
	g := must(gtk.GridNew())
	leftToRight(&g.Widget)
	g.SetColumnHomogeneous(true)
	g.SetRowSpacing(uint(p.px(12)))
	g.SetColumnSpacing(uint(p.px(16)))
	for i, c := range pad {
		classes := []string{"key"}
		if c.Do != view.OpDigit {
			classes = append(classes, "word")
		}
		content := gtk.IWidget(p.middle(c.Label))
		if c.Icon == "delete" {
			row := p.hbox(12, p.icon("erase", "ink", 40), p.middle(c.Label))
			row.SetHAlign(gtk.ALIGN_CENTER)
			content = row
		}
		b := p.button(c, 120, content, classes...)
		b.SetSizeRequest(p.px(140), p.px(120))
		b.SetHExpand(true)
		g.Attach(b, i%3, i/3, 1, 1)
	}
	return g
}

const tickSize = 56

func tickIcon(on bool) string {
	if on {
		return "tick-on"
	}
	return "tick-off"
}

// plain is a name without layout marks, as assistive software wants it.
func plain(s string) string { return i18n.Plain(s) }
