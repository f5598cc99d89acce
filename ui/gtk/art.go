package gtk

import (
	"bytes"
	"embed"
	"fmt"

	"github.com/gotk3/gotk3/gdk"
)

// The drawings are ours: one stroke weight, two tints, in the colours of the
// default palette. A drawing with a second frame marks its parts with the classes
// f1 and f2.
//
//go:embed art/*.svg
var artFiles embed.FS

// art draws SVG files in the theme's colours, and remembers them.
type art struct{ done map[artKey]*gdk.Pixbuf }

type artKey struct {
	name          string
	width, height int
	theme         Theme
	frame         int
	on            string // palette colour to draw an icon with
	mirror        bool
}

// source is the file in the key's colours, with only the key's frame.
func (k artKey) source() ([]byte, error) {
	file, err := artFiles.ReadFile("art/" + k.name + ".svg")
	if err != nil {
		return nil, fmt.Errorf("cannot draw %q: %w", k.name, err)
	}
	from, to := colors("default"), colors(k.theme.palette())
	var pairs []string
	for _, name := range artColors {
		pairs = append(pairs, from[name], to[name])
	}
	if k.on != "" { // an icon has one colour: ink
		pairs = append([]string{from["ink"], to[k.on]}, pairs...)
	}
	file = replaceColors(file, pairs)
	return bytes.Replace(file, []byte(".f2{display:none}"), []byte(hidden[k.frame]), 1), nil
}

// artColors are the palette colours that drawings use.
var artColors = []string{"ink", "brand", "tint", "sand", "surface", "accent", "good", "border"}

var hidden = [2]string{".f2{display:none}", ".f1{display:none}"}

func newArt() *art { return &art{done: map[artKey]*gdk.Pixbuf{}} }

// frames says how many frames the drawing has.
func (a *art) frames(name string) int {
	file, err := artFiles.ReadFile("art/" + name + ".svg")
	if err == nil && bytes.Contains(file, []byte(`class="f2"`)) {
		return 2
	}
	return 1
}

// draw gives the picture; nil and an error if it cannot be drawn.
func (a *art) draw(k artKey) (*gdk.Pixbuf, error) {
	if p := a.done[k]; p != nil {
		return p, nil
	}
	svg, err := k.source()
	if err != nil {
		return nil, err
	}
	loader, err := gdk.PixbufLoaderNewWithType("svg")
	if err != nil {
		return nil, fmt.Errorf("cannot draw %q: %w", k.name, err)
	}
	loader.SetSize(k.width, k.height)
	p, err := loader.WriteAndReturnPixbuf(svg)
	if err != nil {
		return nil, fmt.Errorf("cannot draw %q: %w", k.name, err)
	}
	if k.mirror {
		if p, err = p.Flip(true); err != nil {
			return nil, fmt.Errorf("cannot mirror %q: %w", k.name, err)
		}
	}
	a.done[k] = p
	return p, nil
}

// replaceColors replaces all pairs at once, so that no colour is replaced twice.
func replaceColors(file []byte, pairs []string) []byte {
	to := map[string]string{}
	for i := len(pairs) - 2; i >= 0; i -= 2 {
		to[pairs[i]] = pairs[i+1]
	}
	for i := 0; i+7 <= len(file); i++ {
		if file[i] == '#' {
			if c, ok := to[string(file[i:i+7])]; ok {
				copy(file[i:], c)
			}
		}
	}
	return file
}
