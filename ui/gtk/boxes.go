package gtk

import (
	"github.com/gotk3/gotk3/glib"
	"github.com/gotk3/gotk3/gtk"
)

// boxes measures the shown page.
func (p *page) boxes() []Box {
	// Not GetPreferredSize: gotk3 has it freed twice.
	width, _ := p.root.GetPreferredWidth()
	height, _ := p.root.GetPreferredHeightForWidth(width)
	var all []Box
	for key, w := range p.controls {
		b := p.box(w, "control")
		b.Name = key
		all = append(all, b)
	}
	eachWidget(p.root, func(w gtk.IWidget) {
		if l, ok := w.(*gtk.Label); ok && l.GetMapped() && l.GetLabel() != "" {
			if text, err := l.GetText(); err == nil && text != "" {
				b := p.box(&l.Widget, "text")
				b.Name = text
				b.FontSize = fontSize(&l.Widget)
				all = append(all, b)
			}
		}
	})
	for i := range all {
		all[i].Width, all[i].Height = width, height
	}
	return all
}

func (p *page) box(w *gtk.Widget, kind string) Box {
	x, y, err := w.TranslateCoordinates(p.root, 0, 0)
	if err != nil {
		x, y = -1, -1
	}
	return Box{Kind: kind, X: x, Y: y, W: w.GetAllocatedWidth(), H: w.GetAllocatedHeight()}
}

// container is every widget with children.
type container interface{ GetChildren() *glib.List }

// eachWidget visits all that is in c, each as its own type.
func eachWidget(c container, visit func(gtk.IWidget)) {
	children := c.GetChildren()
	if children == nil {
		return
	}
	children.Foreach(func(item any) {
		plain, ok := item.(interface{ Cast() (gtk.IWidget, error) })
		if !ok {
			return
		}
		w, err := plain.Cast()
		if err != nil {
			return
		}
		visit(w)
		if inner, ok := w.(container); ok {
			eachWidget(inner, visit)
		}
	})
}
