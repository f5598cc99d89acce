package gtk

import (
	"errors"
	"fmt"
	"sync"

	"github.com/gotk3/gotk3/gdk"
	"github.com/gotk3/gotk3/glib"
	"github.com/gotk3/gotk3/gtk"
)

// start starts GTK once.
var start = sync.OnceValue(func() error {
	glib.FinalizerStrategy = later
	if err := gtk.InitCheck(nil); err != nil {
		return fmt.Errorf("cannot open the display: %w", err)
	}
	return nil
})

// later keeps what Go's garbage collector has found until the GTK thread lets go of
// it: gotk3 would do so from another thread, which GTK does not allow.
func later(f glib.Finalizer) {
	garbage.Lock()
	garbage.list = append(garbage.list, f)
	garbage.Unlock()
}

var garbage struct {
	sync.Mutex
	list []glib.Finalizer
}

// sweep runs on the GTK thread.
func sweep() {
	garbage.Lock()
	list := garbage.list
	garbage.list = nil
	garbage.Unlock()
	for _, f := range list {
		f()
	}
}

// styles holds the one style sheet in use.
type styles struct {
	provider *gtk.CssProvider
	theme    Theme
}

func newStyles() (*styles, error) {
	screen, err := gdk.ScreenGetDefault()
	if err != nil || screen == nil {
		return nil, errors.Join(errors.New("cannot find the display's screen"), err)
	}
	s := &styles{provider: must(gtk.CssProviderNew())}
	gtk.AddProviderForScreen(screen, s.provider, gtk.STYLE_PROVIDER_PRIORITY_USER+1)
	return s, s.load(Theme{})
}

// use changes the theme.
func (s *styles) use(t Theme) error {
	if t == s.theme {
		return nil
	}
	return s.load(t)
}

func (s *styles) load(t Theme) error {
	if err := s.provider.LoadFromData(t.css()); err != nil {
		return fmt.Errorf("cannot read the style sheet: %w", err)
	}
	s.theme = t
	return nil
}
