package gtk

import (
	"fmt"
	"log/slog"

	"github.com/gotk3/gotk3/gdk"

	"murur/kiosk/front"
	"murur/ui/i18n"
	"murur/ui/view"
)

// Config says how the window looks.
type Config struct {
	Width, Height int // pixels; 0: the monitor's
	Fullscreen    bool
	Digits        i18n.Digits
	Contrast      bool // begin with high contrast
	Large         bool // begin with large text
	Still         bool // pictures do not move
	Log           *slog.Logger
	// Spoken, when set, gets each new screen as one text to be read aloud.
	Spoken func(lang front.Lang, text string)
	// Chime, when set, is called when something lies outside that a person must take,
	// such as a licence or a paper, and again when it is time to hurry.
	Chime func()
	// Trace, when set, gets "tap" when a control is used and "painted" when a page
	// was drawn, with the screen's number. For measurements.
	Trace func(event string, seq uint64)
}

// fit fills in the monitor's size.
func (c *Config) fit() error {
	if c.Width > 0 && c.Height > 0 {
		return nil
	}
	display, err := gdk.DisplayGetDefault()
	if err != nil {
		return fmt.Errorf("cannot find the display: %w", err)
	}
	monitor, err := display.GetPrimaryMonitor()
	if err != nil || monitor == nil { // Xvfb has none that is primary
		if monitor, err = display.GetMonitor(0); err != nil {
			return fmt.Errorf("cannot find a monitor: %w", err)
		}
	}
	size := monitor.GetGeometry()
	c.Width, c.Height = size.GetWidth(), size.GetHeight()
	return nil
}

// layout is portrait for all that is higher than wide.
func (c *Config) layout() view.Layout {
	if c.Width > c.Height {
		return view.Landscape
	}
	return view.Portrait
}

// zoom makes the layout, drawn for 1080×1920 and 1920×1080, fit a smaller monitor,
// such as a developer's. It never enlarges: a bigger monitor shows more paper.
func (c *Config) zoom() float64 {
	w, h := Variant{Layout: c.layout()}.Size()
	return min(1, float64(c.Width)/float64(w), float64(c.Height)/float64(h))
}
