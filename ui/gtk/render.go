package gtk

import (
	"fmt"
	"image"
	"log/slog"
	"runtime"

	"github.com/gotk3/gotk3/gdk"
	"github.com/gotk3/gotk3/gtk"

	"murur/ui/i18n"
	"murur/ui/view"
	"murur/ui/view/samples"
)

// Variant is one way to draw a screen.
type Variant struct {
	Layout view.Layout
	Theme  Theme
	Digits i18n.Digits
}

// Size is the monitor's size in pixels.
func (v Variant) Size() (width, height int) {
	if v.Layout == view.Landscape {
		return 1920, 1080
	}
	return 1080, 1920
}

// Box is where a widget of a drawn screen lies.
type Box struct {
	Name          string  // a control's key, or the text
	Kind          string  // "control" or "text"
	X, Y, W, H    int     // pixels from the top left corner
	FontSize      float64 // of a text
	Width, Height int     // what the whole page needs; larger than the monitor: cut off
}

// Renderer draws screens without a window. All its calls come from the goroutine
// that made it, locked to its thread. It needs a display, such as Xvfb.
type Renderer struct {
	art    *art
	styles *styles
}

// NewRenderer starts GTK.
func NewRenderer() (*Renderer, error) {
	runtime.LockOSThread()
	if err := start(); err != nil {
		return nil, err
	}
	st, err := newStyles()
	if err != nil {
		return nil, err
	}
	return &Renderer{newArt(), st}, nil
}

// Draw draws one sample.
func (r *Renderer) Draw(s samples.Sample, v Variant) (*image.RGBA, error) {
	w, _, err := r.open(s, v)
	if err != nil {
		return nil, err
	}
	defer w.Destroy()
	for gtk.EventsPending() {
		gtk.MainIterationDo(false)
	}
	pixels, err := w.GetPixbuf()
	if err != nil {
		return nil, fmt.Errorf("cannot draw %s: %w", s.Name, err)
	}
	defer pixels.Unref() // gotk3 takes one reference too many
	return toRGBA(pixels), nil
}

// Measure lays out one sample and tells where everything lies.
func (r *Renderer) Measure(s samples.Sample, v Variant) ([]Box, error) {
	w, p, err := r.open(s, v)
	if err != nil {
		return nil, err
	}
	defer w.Destroy()
	return p.boxes(), nil
}

func (r *Renderer) open(s samples.Sample, v Variant) (*gtk.OffscreenWindow, *page, error) {
	sweep()
	o := s.Options()
	o.Layout, o.Digits = v.Layout, v.Digits
	o.State.Large, o.State.Contrast = v.Theme.Large, v.Theme.Contrast
	if err := r.styles.use(v.Theme); err != nil {
		return nil, nil, err
	}
	width, height := v.Size()
	p := &page{theme: v.Theme, layout: v.Layout, width: width, height: height, art: r.art, log: slog.Default(), act: func(view.Control) {}}
	p.build(view.Of(s.Screen, o))
	w := must(gtk.OffscreenWindowNew())
	cut := must(gtk.ScrolledWindowNew(nil, nil)) // as the monitor does
	cut.SetPolicy(gtk.POLICY_EXTERNAL, gtk.POLICY_EXTERNAL)
	cut.Add(p.root)
	w.Add(cut)
	w.SetSizeRequest(width, height)
	w.ShowAll()
	return w, p, nil
}

// toRGBA copies a picture; a screen has no transparency.
func toRGBA(p *gdk.Pixbuf) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, p.GetWidth(), p.GetHeight()))
	from, stride, channels := p.GetPixels(), p.GetRowstride(), p.GetNChannels()
	for y := range img.Rect.Dy() {
		src, dst := from[y*stride:], img.Pix[y*img.Stride:(y+1)*img.Stride]
		if channels == 4 {
			copy(dst, src)
			continue
		}
		for i, j := 0, 0; i < len(dst); i, j = i+4, j+channels {
			dst[i], dst[i+1], dst[i+2], dst[i+3] = src[j], src[j+1], src[j+2], 255
		}
	}
	return img
}
