package gtk

import (
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"regexp"

	"murur/kiosk/front"
	"murur/ui/contact"
	"murur/ui/i18n"
	"murur/ui/view"
	"murur/ui/view/samples"
)

// Variants are all ways in which every screen is drawn for review.
func Variants() (all []Variant) {
	for _, layout := range []view.Layout{view.Portrait, view.Landscape} {
		for _, t := range []Theme{{}, {Contrast: true}, {Large: true}} {
			all = append(all, Variant{Layout: layout, Theme: t})
		}
	}
	return all
}

// String names the variant: "portrait-default".
func (v Variant) String() string {
	layout, theme := "portrait", "default"
	if v.Layout == view.Landscape {
		layout = "landscape"
	}
	switch {
	case v.Theme.Contrast && v.Theme.Large:
		theme = "contrast-large"
	case v.Theme.Contrast:
		theme = "contrast"
	case v.Theme.Large:
		theme = "large"
	}
	return layout + "-" + theme
}

// Screens draws every sample whose name matches only (nil: all) in every language
// and variant into dir/<language>/<variant>/<sample>.png, and a contact sheet for
// each language and variant.
func Screens(dir string, variants []Variant, only *regexp.Regexp) error {
	r, err := NewRenderer()
	if err != nil {
		return err
	}
	for _, lang := range i18n.Languages {
		for _, v := range variants {
			if err := r.sheet(dir, lang, v, only); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *Renderer) sheet(dir string, lang front.Lang, v Variant, only *regexp.Regexp) error {
	sheet := contact.Sheet{Columns: 8, Width: 324, Height: 576}
	if v.Layout == view.Landscape {
		sheet = contact.Sheet{Columns: 5, Width: 576, Height: 324}
	}
	into := filepath.Join(dir, string(lang), v.String())
	// One screen is written while the next one is drawn.
	type drawn struct {
		name string
		img  *image.RGBA
	}
	pictures, written := make(chan drawn, 1), make(chan error, 1)
	go func() {
		var err error
		for p := range pictures {
			if err == nil {
				err = writePNG(filepath.Join(into, p.name+".png"), p.img)
				sheet.Add(p.name, p.img)
			}
		}
		written <- err
	}()
	var err error
	for _, s := range samples.All(lang) {
		if only != nil && !only.MatchString(s.Name) {
			continue
		}
		var img *image.RGBA
		if img, err = r.Draw(s, v); err != nil {
			break
		}
		pictures <- drawn{s.Name, img}
	}
	close(pictures)
	if err := errors.Join(err, <-written); err != nil {
		return err
	}
	return writePNG(filepath.Join(dir, fmt.Sprintf("sheet-%s-%s.png", lang, v)), sheet.Image())
}

func writePNG(file string, img image.Image) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	enc := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := enc.Encode(f, img); err != nil {
		f.Close()
		return fmt.Errorf("cannot write %s: %w", file, err)
	}
	return f.Close()
}
