package bench

import (
	"time"

	"murur/devices/cardprinter/evolis"
	"murur/devices/cardprinter/template"
	"murur/devices/cardprinter/template/portrait"
	"murur/devices/typeset"
	"murur/sync/central/demo"
)

// drawTarget is what drawing a licence and packing its panels may take.
const drawTarget = 150 * time.Millisecond

// drawings is how often a licence is drawn.
const drawings = 50

// draws draws a licence from its data and files and packs every panel, both sides in
// colour.
//
// It is also the yardstick of the renewals.
func (b *bench) draws() error {
	fonts, err := typeset.Debian()
	if err != nil {
		return err
	}
	t, err := template.Load(template.Specimen(), "template.toml", fonts)
	if err != nil {
		return err
	}
	l := template.Demo()
	sent := demo.Applications(demo.Day)[0].Licence
	l.Portrait, l.Signature = sent.Portrait, sent.Signature
	var took, decoded []time.Duration
	for range drawings {
		began := time.Now()
		artwork, err := t.Render(l)
		if err != nil {
			return err
		}
		if _, err := evolis.Panels(artwork, evolis.YMCKO, evolis.KC200B); err != nil {
			return err
		}
		took = append(took, time.Since(began))
		began = time.Now()
		if _, err := portrait.Photo(l.Portrait); err != nil {
			return err
		}
		decoded = append(decoded, time.Since(began))
	}
	b.drawing = percentile(took, 50)
	b.report("template and photo to all panels packed", took, drawTarget, "decoding the photo", percentile(decoded, 50))
	return nil
}
