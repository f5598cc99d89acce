package gtk

import (
	"log/slog"

	"github.com/gotk3/gotk3/gdk"
	"github.com/gotk3/gotk3/gtk"

	"murur/kiosk/front"
	"murur/ui/i18n"
	"murur/ui/view"
)

// page is one view as widgets. A page is never changed, except for the seconds of a
// wait and the frame of a picture: the next view is a new page. What an old page's
// button calls after that is dropped, because act belongs to the page.
type page struct {
	theme  Theme
	layout view.Layout
	width  int
	height int
	right  bool
	art    *art
	log    *slog.Logger
	act    func(view.Control)

	root     *gtk.Overlay
	controls map[string]*gtk.Widget // by Control.Key
	order    []*gtk.Widget          // in reading order
	wait     *gtk.Label
	more     *gtk.Label
	moving   *gtk.Image
	frames   []*gdk.Pixbuf
	ticks    map[string]*gtk.Image // of the check boxes, by Control.Key
}

const margin = 64

// build makes the widgets of v.
func (p *page) build(v view.View) {
	p.right = i18n.Right(v.Lang)
	setDirection(p.right)
	p.controls, p.ticks = map[string]*gtk.Widget{}, map[string]*gtk.Image{}
	p.root = must(gtk.OverlayNew())
	body := class(p.vbox(0), "page")
	body.SetSizeRequest(p.width, p.height)
	if v.Development != "" {
		body.PackStart(class(p.vbox(0, p.middle(v.Development)), "development"), false, false, 0)
	}
	if p.layout == view.Portrait {
		p.portrait(body, v)
	} else {
		p.landscape(body, v)
	}
	p.root.Add(body)
	if v.Overlay != nil {
		body.SetSensitive(false)
		p.root.AddOverlay(p.overlay(*v.Overlay))
	}
	p.root.ShowAll()
}

func (p *page) portrait(body *gtk.Box, v view.View) {
	body.PackStart(p.header(v), false, false, 0)
	if len(v.Steps) > 0 {
		body.PackStart(p.steps(v), false, false, uint(p.px(12)))
	}
	ask := p.ask(v)
	ask.SetMarginTop(p.px(16))
	body.PackStart(p.sides(ask), true, true, 0)
	parts := p.parts(v)
	body.PackStart(p.sides(parts), false, false, 0)
	p.small(parts, v)
	if actions := p.actions(v); actions != nil {
		actions.SetMarginTop(p.px(24))
		body.PackStart(p.sides(actions), false, false, 0)
	}
	bar := p.bar(v)
	bar.SetMarginTop(p.px(24))
	body.PackStart(bar, false, false, 0)
	if v.Lower {
		bar.SetMarginBottom(p.px(24))
	} else {
		body.PackEnd(p.foot(v), false, false, 0)
	}
	p.fill(body, ask, ask, ask, v.Picture, p.width-2*p.px(margin))
}

func (p *page) landscape(body *gtk.Box, v view.View) {
	top := p.hbox(64)
	top.PackStart(p.header(v), false, false, 0)
	if len(v.Steps) > 0 {
		steps := p.steps(v)
		steps.SetVAlign(gtk.ALIGN_CENTER)
		top.PackEnd(steps, true, true, 0)
	}
	top.SetMarginBottom(p.px(16))
	body.PackStart(top, false, false, 0)

	gutter := p.px(48)
	twelfths := 5
	if p.theme.Large {
		twelfths = 6
	}
	left := (p.width - 2*p.px(margin) - gutter) * twelfths / 12
	right := p.width - 2*p.px(margin) - gutter - left
	ask := p.ask(v)
	first := p.vbox(0)
	first.SetSizeRequest(left, -1)
	first.PackStart(ask, true, true, 0)
	if actions := p.actions(v); actions != nil {
		first.PackEnd(actions, false, false, 0)
	}
	parts := p.parts(v)
	p.small(parts, v)
	second := p.vbox(0)
	second.SetSizeRequest(right, -1)
	columns := p.hbox(48)
	columns.PackStart(first, false, false, 0)
	columns.PackStart(second, true, true, 0)
	body.PackStart(p.sides(columns), true, true, 0)
	bar := p.bar(v)
	bar.SetMarginTop(p.px(24))
	bar.SetMarginBottom(p.px(24))
	body.PackEnd(bar, false, false, 0)

	high := v.List || v.Name == front.Making && len(v.Parts) > 0 // the parts need the whole column
	if v.Picture != "" && (len(v.Parts) < 3 || v.Name == front.Problem) && !high {
		// Little to touch: the picture takes the second column, the words stand below it.
		second.PackEnd(parts, false, false, 0)
		p.fill(body, columns, second, second, v.Picture, right)
		return
	}
	parts.SetVAlign(gtk.ALIGN_CENTER)
	if v.List { // turning the page must not move what stays
		parts.SetVAlign(gtk.ALIGN_START)
	}
	second.PackStart(parts, true, true, 0)
	p.fill(body, columns, first, ask, v.Picture, left)
}

// fill puts the picture into the height that the page leaves. The columns stand side
// by side in row; column is the one that has into.
func (p *page) fill(body, row, column, into *gtk.Box, name string, width int) {
	gap, least := p.px(24), p.px(150)
	if name == "" {
		return
	}
	body.ShowAll()
	height := p.height - p.tall(body) + p.tall(row) - p.tall(column) - 2*gap
	if height < least {
		return
	}
	image := p.picture(name, width-2*gap, height-2*gap)
	setAccessible(&image.Widget, "", roleImage)
	frame := class(p.vbox(0), "frame")
	frame.PackStart(image, true, false, uint(gap))
	into.PackStart(frame, true, true, uint(gap))
}

// tall is the height that w needs at the page's width, or at its own.
func (p *page) tall(w *gtk.Box) int {
	set, high := w.GetSizeRequest()
	w.SetSizeRequest(set, -1)
	defer w.SetSizeRequest(set, high)
	if set < 0 {
		set = p.width - 2*p.px(margin)
	}
	least, _ := w.GetPreferredHeightForWidth(set)
	return least
}

func (p *page) header(v view.View) *gtk.Box {
	words := p.vbox(0, p.line(v.Department, "department"), p.line(v.Ministry, "ministry"))
	mark := p.icon("mark", "brand", 72)
	mark.SetVAlign(gtk.ALIGN_CENTER)
	return class(p.hbox(20, mark, words), "header")
}

func (p *page) steps(v view.View) *gtk.Box {
	bar := class(p.hbox(16), "steps")
	bar.SetHomogeneous(true)
	for _, s := range v.Steps {
		state := ""
		if s.Done {
			state = "done"
		}
		if s.Here {
			state = "here"
		}
		row := p.hbox(10)
		if s.Done {
			row.PackStart(p.icon("good", "brand", 32), false, false, 0)
		}
		row.PackStart(p.line(s.Label), false, false, 0)
		bar.PackStart(class(p.vbox(0, row), "step", state), true, true, 0)
	}
	return bar
}

// ask has the question and the money.
func (p *page) ask(v view.View) *gtk.Box {
	title := p.label(v.Title, "title")
	setAccessible(&title.Widget, plain(v.Title), roleHeading)
	titles := p.hbox(24)
	titles.PackStart(title, true, true, 0)
	if v.Also != "" {
		titles.PackEnd(p.line(v.Also, "title"), false, false, 0)
	}
	words := p.vbox(8, titles)
	if v.Lead != "" {
		alert := ""
		if v.Alert {
			alert = "alert"
		}
		lead := p.label(v.Lead, "lead", alert)
		lead.SetMaxWidthChars(45)
		words.PackStart(lead, false, false, 0)
	}
	ask := p.vbox(0, words)
	if v.Total != nil {
		words.SetSizeRequest(-1, p.theme.text(240)) // so that the total keeps its place
		total := p.total(*v.Total)
		total.SetMarginTop(p.px(16))
		ask.PackStart(total, false, false, 0)
	}
	return ask
}

func (p *page) total(t view.Total) *gtk.Box {
	words := p.vbox(0, p.label(t.Label, "label"))
	if t.Line != "" {
		words.PackStart(p.label(t.Line, "line"), false, false, 0)
	}
	words.SetVAlign(gtk.ALIGN_CENTER)
	amount := p.money(t.Amount)
	if p.layout == view.Landscape {
		return class(p.vbox(0, words, amount), "total")
	}
	row := p.hbox(24)
	row.PackStart(words, true, true, 0)
	row.PackEnd(amount, false, false, 0)
	return class(row, "total")
}

// small print stands below the parts, and so does what is said when a wait gets long:
// its place is kept free from the start, so that nothing moves.
func (p *page) small(parts *gtk.Box, v view.View) {
	if v.Waits {
		p.wait = p.label(v.Wait, "wait")
		p.wait.SetSizeRequest(-1, p.theme.text(96))
		parts.PackStart(p.wait, false, false, 0)
	}
	for _, text := range v.Small {
		parts.PackStart(p.label(text, "small"), false, false, 0)
	}
}

func (p *page) actions(v view.View) *gtk.Box {
	if v.Primary == nil && v.Second == nil {
		return nil
	}
	all := p.vbox(16)
	if v.Primary != nil {
		all.PackStart(p.primary(*v.Primary), false, false, 0)
	}
	if v.Second != nil {
		all.PackStart(p.secondary(*v.Second), false, false, 0)
	}
	return all
}

// foot is the strip below the bar: nothing in it is needed to finish.
func (p *page) foot(v view.View) *gtk.Box {
	row := p.hbox(16)
	row.SetHomogeneous(true)
	for _, c := range v.Tools {
		row.PackStart(p.quiet(c, minTouch), true, true, 0)
	}
	foot := class(p.vbox(0), "foot")
	foot.PackStart(row, true, false, 0)
	foot.SetSizeRequest(-1, p.height/10)
	return foot
}

func (p *page) overlay(o view.Overlay) *gtk.EventBox {
	panel := class(p.vbox(24), "panel")
	title := p.label(o.Title, "title")
	panel.PackStart(title, false, false, 0)
	for i, text := range o.Text {
		l := p.label(text, "lead")
		l.SetMaxWidthChars(45)
		if i == 0 {
			p.more = l
		}
		panel.PackStart(l, false, false, 0)
	}
	actions := p.actions(view.View{Primary: o.Primary, Second: o.Second})
	actions.SetMarginTop(p.px(24))
	panel.PackStart(actions, false, false, 0)
	setAccessible(&panel.Widget, plain(o.Title), roleDialog)

	panel.SetHAlign(gtk.ALIGN_CENTER)
	panel.SetSizeRequest(min(p.width-2*p.px(margin), p.px(952)), -1)
	if p.layout == view.Portrait {
		panel.SetVAlign(gtk.ALIGN_END)
		panel.SetMarginBottom(p.height / 10)
	} else {
		panel.SetVAlign(gtk.ALIGN_CENTER)
	}
	// The event box keeps touches from what lies below.
	scrim := class(must(gtk.EventBoxNew()), "scrim")
	scrim.Add(panel)
	return scrim
}

// sides gives w the page's margins.
func (p *page) sides(w gtk.IWidget) gtk.IWidget {
	w.ToWidget().SetMarginStart(p.px(margin))
	w.ToWidget().SetMarginEnd(p.px(margin))
	return w
}

// px is a length of the design on this monitor.
func (p *page) px(n int) int { return p.theme.px(n) }

// waits turns the page off until the kiosk has answered to c. The look changes only
// if that takes long, by the style sheet; a check box shows its tick at once.
func (p *page) waits(c view.Control) {
	class(p.root, "waiting")
	if tick := p.ticks[c.Key]; tick != nil {
		tick.SetFromPixbuf(p.icon(tickIcon(!c.Pressed), "", tickSize).GetPixbuf())
	}
	p.root.SetSensitive(false)
}

// focused is the key of the control that has the keyboard.
func (p *page) focused() string {
	for key, w := range p.controls {
		if w.HasFocus() {
			return key
		}
	}
	return ""
}

// focus gives the keyboard to the control called key, or to the first one.
func (p *page) focus(key string) {
	if w := p.controls[key]; w != nil && w.GetSensitive() {
		w.GrabFocus()
		return
	}
	for _, w := range p.order {
		if w.IsSensitive() {
			w.GrabFocus()
			return
		}
	}
}
