package main

import (
	"fmt"
	"os"

	"murur/devices/capture/crt571"
	"murur/devices/cardprinter"
	"murur/devices/cardprinter/evolis"
	"murur/devices/cardprinter/template"
	"murur/devices/transport"
	"murur/devices/transport/serial"
	"murur/devices/transport/usb"
	"murur/devices/transport/usbpipe"
	"murur/devices/typeset"
	"murur/kiosk/config"
	"murur/kiosk/engine"
	"murur/kiosk/front"
	"murur/kiosk/journey/pickup"
)

// openLicences makes what licences need; nil where the kiosk has no such devices.
func (c *cabinet) openLicences(cfg config.Config, fonts *typeset.Fonts) (*engine.Licences, error) {
	if cfg.Licence.Driver == "none" || cfg.Capture.Driver == "none" {
		return nil, nil
	}
	artist, err := newArtist(cfg.Licence.Template, fonts)
	if err != nil {
		return nil, err
	}
	model, ok := evolis.ProfileByName(cfg.Licence.Profile)
	if !ok {
		return nil, fmt.Errorf("cannot use licence printer profile %q", cfg.Licence.Profile)
	}
	var pipes transport.PipesOpener
	switch cfg.Licence.Driver {
	case "evolis-usb":
		pipes = usb.Open(usb.Printer)
	case "evolis-socket":
		pipes = usbpipe.Open(cfg.Licence.Socket)
	}
	printer := evolis.New(pipes, evolis.Options{Profile: model, Ribbon: evolis.Ribbon(cfg.Licence.Ribbon)})
	line := serial.Open(serial.Config{Name: cfg.Capture.Address, Baud: cfg.Capture.Baud, StopBits: 1})
	unit := crt571.New(line, crt571.Options{Capacity: cfg.Capture.Capacity})
	c.closers = append(c.closers, printer.Close, unit.Close)
	return &engine.Licences{Printer: printer, Capture: unit, Artist: artist}, nil
}

// artist draws licences from a template: engine.Artist.
type artist struct{ template *template.Template }

// newArtist loads the template of a folder, or the specimen.
func newArtist(folder string, fonts *typeset.Fonts) (artist, error) {
	files := template.Specimen()
	if folder != "" {
		files = os.DirFS(folder)
	}
	t, err := template.Load(files, "template.toml", fonts)
	return artist{t}, err
}

// Draw draws the card for a licence.
func (a artist) Draw(l pickup.Licence) (cardprinter.Artwork, error) {
	drawn := template.Licence{
		Surname: both(l.Surname), Given: both(l.Given), Birth: l.Birth, Issued: l.Issued, Expires: l.Expires,
		Authority: both(l.Authority), CivilNumber: l.Civil, Number: l.Number, Portrait: l.Portrait, Signature: l.Signature,
		Country: "KWT", Nationality: both(l.Nationality), Blood: l.Blood, Copy: 1,
	}
	for _, c := range l.Categories {
		drawn.Categories = append(drawn.Categories, template.Category{Code: c.Code, Issued: c.Issued, Expires: c.Expires, Restrictions: c.Restrictions})
	}
	return a.template.Render(drawn)
}

func both(w front.Words) template.Words { return template.Words{Ar: w.Ar, En: w.En} }
