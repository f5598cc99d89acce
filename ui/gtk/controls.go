package gtk

import (
	"strings"

	"github.com/gotk3/gotk3/gtk"

	"murur/ui/view"
)

// minTouch is the least width and height of anything to touch: 20 mm on a 24 inch
// monitor of 1080 lines.
const minTouch = 80

// button is a button with the given content.
func (p *page) button(c view.Control, height int, content gtk.IWidget, classes ...string) *gtk.Button {
	b := class(must(gtk.ButtonNew()), classes...)
	b.Add(content)
	b.SetSizeRequest(p.px(minTouch), p.px(height))
	p.control(&b.Widget, c)
	b.Connect("clicked", func() { p.act(c) })
	return b
}

// control is what buttons and check boxes have in common.
func (p *page) control(w *gtk.Widget, c view.Control) {
	setAccessible(w, plain(c.Label), roleOwn)
	if c.Pressed {
		class(w, "on")
	}
	if !c.Enabled {
		class(w, "off")
		w.SetSensitive(false)
	}
	p.controls[c.Key] = w
	p.order = append(p.order, w)
}

// color of what stands on a button.
func color(c view.Control, normal string) string {
	if !c.Enabled {
		return "quiet"
	}
	return normal
}

func (p *page) primary(c view.Control) *gtk.Button {
	return p.button(c, 120, p.middle(c.Label), "primary")
}

func (p *page) secondary(c view.Control) *gtk.Button {
	return p.button(c, 104, p.middle(c.Label), "secondary")
}

// quiet is a small button with an icon before its words.
func (p *page) quiet(c view.Control, height int) *gtk.Button {
	content := p.hbox(12)
	content.SetHAlign(gtk.ALIGN_CENTER)
	if c.Icon != "" {
		ink := color(c, "ink")
		if strings.HasPrefix(c.Icon, "tick") {
			ink = ""
		} else if c.Pressed {
			ink = "brand"
		}
		content.PackStart(p.icon(c.Icon, ink, 36), false, false, 0)
	}
	content.PackStart(p.line(c.Label), false, false, 0)
	return p.button(c, height, content, "quiet")
}

// bar has Back, Cancel, Help and the language, each always in its own place.
func (p *page) bar(v view.View) *gtk.Grid {
	g := class(must(gtk.GridNew()), "bar")
	g.SetColumnHomogeneous(true)
	g.SetColumnSpacing(uint(p.px(16)))
	col := 0
	for i, c := range v.Bar {
		width := 2
		if i == 1 {
			width = 3 // says what it cancels
		}
		if c == nil {
			g.Attach(p.empty(), col, 0, width, 1)
		} else {
			g.Attach(p.barButton(*c), col, 0, width, 1)
		}
		col += width
	}
	tools := v.Tools
	switch {
	case v.Lower: // the foot is gone; the way up must be within reach
		tools = tools[:1]
	case p.layout == view.Portrait: // they are in the foot
		tools = nil
	}
	for _, c := range tools {
		g.Attach(p.barButton(c), col, 0, 2, 1)
		col += 2
	}
	return g
}

func (p *page) barButton(c view.Control) *gtk.Button {
	ink, on := "ink", ""
	if c.Pressed {
		ink, on = "brand", "on"
	}
	content := p.vbox(2, p.icon(c.Icon, ink, 36), p.middle(c.Label))
	content.SetHAlign(gtk.ALIGN_CENTER)
	content.SetVAlign(gtk.ALIGN_CENTER)
	b := p.button(c, barHeight, content, on)
	b.SetHExpand(true)
	return b
}

const barHeight = 104

// empty keeps a place free.
func (p *page) empty() *gtk.Box {
	e := p.vbox(0)
	e.SetSizeRequest(p.px(minTouch), p.px(barHeight))
	return e
}
