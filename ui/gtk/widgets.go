package gtk

import (
	"html"
	"strings"
	"unicode"

	"github.com/gotk3/gotk3/gdk"
	"github.com/gotk3/gotk3/gtk"
	"github.com/gotk3/gotk3/pango"
)

// must takes the error off gotk3's constructors. They fail only when GTK itself is
// out of memory, and then GTK has already ended the process.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// class adds style classes to w and returns it.
func class[W gtk.IWidget](w W, names ...string) W {
	c := must(w.ToWidget().GetStyleContext())
	for _, n := range names {
		if n != "" {
			c.AddClass(n)
		}
	}
	return w
}

// vbox stacks children.
func (p *page) vbox(gap int, children ...gtk.IWidget) *gtk.Box {
	return box(gtk.ORIENTATION_VERTICAL, p.px(gap), children)
}

// hbox puts children side by side, in reading direction.
func (p *page) hbox(gap int, children ...gtk.IWidget) *gtk.Box {
	return box(gtk.ORIENTATION_HORIZONTAL, p.px(gap), children)
}

func box(o gtk.Orientation, gap int, children []gtk.IWidget) *gtk.Box {
	b := must(gtk.BoxNew(o, gap))
	for _, c := range children {
		b.PackStart(c, false, false, 0)
	}
	return b
}

// label is a text that wraps, aligned to the start.
func (p *page) label(text string, classes ...string) *gtk.Label {
	l := class(must(gtk.LabelNew("")), classes...)
	p.setText(l, text)
	l.SetLineWrap(true)
	l.SetLineWrapMode(pango.WRAP_WORD_CHAR)
	l.SetXAlign(0)
	return l
}

// line is a text that never wraps.
func (p *page) line(text string, classes ...string) *gtk.Label {
	l := p.label(text, classes...)
	l.SetLineWrap(false)
	return l
}

// middle is a short text in the middle of a button; it wraps if it must.
func (p *page) middle(text string, classes ...string) *gtk.Label {
	l := p.label(text, classes...)
	l.SetXAlign(0.5)
	l.SetJustify(gtk.JUSTIFY_CENTER)
	return l
}

// money is an amount. It stands alone, so its Arabic line is no taller than a Latin one.
func (p *page) money(text string) *gtk.Label {
	l := p.line(text, "amount")
	if p.right {
		l.SetMarkup("<span line_height='0.6'>" + html.EscapeString(text) + "</span>")
	}
	return l
}

// setText sets the text with the line height of its script: 1.35 for Latin, 1.5 for
// Arabic. The factors are of the fonts' own heights, 1.36 and 2.11.
func (p *page) setText(l *gtk.Label, text string) {
	height := "1.0"
	if strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Arabic, r) }) {
		height = "0.71"
	}
	l.SetMarkup("<span line_height='" + height + "'>" + html.EscapeString(text) + "</span>")
}

// icon draws a small picture in a palette colour, or in its own colours.
func (p *page) icon(name, color string, size int) *gtk.Image {
	size = p.theme.text(size)
	mirror := p.right && mirrored[name]
	img, err := p.art.draw(artKey{name: "icon-" + name, width: size, height: size, theme: p.theme, on: color, mirror: mirror})
	if err != nil {
		p.log.Error("no icon", "err", err)
		return must(gtk.ImageNew())
	}
	return must(gtk.ImageNewFromPixbuf(img))
}

// mirrored are the icons that point along the text.
var mirrored = map[string]bool{"back": true, "chevron": true, "delete": true}

// picture draws an illustration in at most the given size, keeping its shape.
func (p *page) picture(name string, width, height int) *gtk.Image {
	const shapeW, shapeH = 16, 10
	if width*shapeH > height*shapeW {
		width = height * shapeW / shapeH
	} else {
		height = width * shapeH / shapeW
	}
	var frames []*gdk.Pixbuf
	for f := range p.art.frames(name) {
		img, err := p.art.draw(artKey{name: name, width: width, height: height, theme: p.theme, frame: f})
		if err != nil {
			p.log.Error("no picture", "err", err)
			return must(gtk.ImageNew())
		}
		frames = append(frames, img)
	}
	image := must(gtk.ImageNewFromPixbuf(frames[0]))
	p.moving, p.frames = image, frames
	return image
}
