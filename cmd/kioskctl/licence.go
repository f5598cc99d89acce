package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/spf13/cobra"

	"murur/devices/cardprinter"
	"murur/devices/cardprinter/template"
	"murur/devices/typeset"
)

func (a *app) licence() *cobra.Command {
	var folder, data, out string
	var panels bool
	preview := &cobra.Command{
		Use:   "preview",
		Short: "Draw a licence as PNG",
		Long: `Preview draws both sides of a licence as they will look, front.png and back.png,
without a printer. Without --data it is a made-up citizen's, without --template the
specimen's artwork.

A data file is JSON or TOML, with dates as 2025-09-01 and the names of picture files
beside it:

	number = "9800 12045"
	civil_number = "288012098012"
	name = { ar = "مواطن تجريبي أول", en = "DEMO CITIZEN ONE" }
	birth = 1988-01-20
	issued = 2025-09-01
	expires = 2035-08-31
	authority = { ar = "الإدارة العامة للمرور", en = "General Traffic Department" }
	nationality = { ar = "كويتي", en = "KUWAITI" }
	country = "KWT"
	copy = 1
	portrait = "photo.jpg"
	categories = [{ code = "B", issued = 2006-03-12, expires = 2035-08-31, restrictions = "01" }]

It may also have surname and given in place of name, birth_place, blood, signature.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			files := template.Specimen()
			if folder != "" {
				files = os.DirFS(folder)
			}
			licence := template.Demo()
			if data != "" {
				var err error
				if licence, err = readLicence(data); err != nil {
					return fmt.Errorf("cannot read licence %s: %w", data, err)
				}
			}
			written, err := preview(files, licence, out, panels)
			if err != nil {
				return err
			}
			return a.print(c.OutOrStdout(), written, func(w io.Writer) {
				for _, name := range written {
					fmt.Fprintln(w, name)
				}
			})
		},
	}
	flags := preview.Flags()
	flags.StringVar(&folder, "template", "", "folder with template.toml; otherwise the specimen")
	flags.StringVar(&data, "data", "", "file with what is printed; otherwise a made-up citizen")
	flags.StringVar(&out, "out", ".", "folder for the pictures")
	flags.BoolVar(&panels, "panels", false, "also write what is dye, resin and varnish")
	return group("licence", "Try a licence template", preview)
}

// preview draws a licence and returns the names of the files written.
func preview(files fs.FS, licence template.Licence, out string, panels bool) (written []string, err error) {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return nil, err
	}
	fonts, err := typeset.Debian()
	if err != nil {
		return nil, err
	}
	t, err := template.Load(files, "template.toml", fonts)
	if err != nil {
		return nil, err
	}
	art, err := t.Render(licence)
	if err != nil {
		return nil, err
	}
	write := func(name string, img image.Image) {
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err = png.Encode(&b, img); err != nil {
			return
		}
		name = filepath.Join(out, name)
		if err = os.WriteFile(name, b.Bytes(), 0o600); err == nil {
			written = append(written, name)
		}
	}
	side := func(name string, look image.Image, s cardprinter.Side) {
		write(name+".png", look)
		if !panels {
			return
		}
		write(name+"-dye.png", s.Colour)
		write(name+"-resin.png", bits(s.Resin))
		if s.Overlay != nil {
			write(name+"-varnish.png", bits(s.Overlay))
		}
	}
	front, back := template.Preview(art)
	side("front", front, art.Front)
	if art.Back != nil {
		side("back", back, *art.Back)
	}
	return written, err
}

// bits is a mask as a picture, black where it is laid.
func bits(m *cardprinter.Mask) image.Image {
	img := image.NewPaletted(image.Rect(0, 0, cardprinter.Width, cardprinter.Height), color.Palette{color.White, color.Black})
	for i := range img.Pix {
		if x, y := i%cardprinter.Width, i/cardprinter.Width; m.At(x, y) {
			img.Pix[i] = 1
		}
	}
	return img
}

// day is a date as it is written, "2025-09-01"; what follows is left out.
type day struct{ time.Time }

func (d *day) UnmarshalJSON(text []byte) error {
	var s string
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	var err error
	d.Time, err = time.Parse(time.DateOnly, s[:min(len(s), len(time.DateOnly))])
	return err
}

// readLicence reads a data file; TOML is taken the way of JSON.
func readLicence(file string) (template.Licence, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return template.Licence{}, err
	}
	if strings.EqualFold(filepath.Ext(file), ".toml") {
		var keys map[string]any
		if err := toml.Unmarshal(text, &keys); err != nil {
			return template.Licence{}, err
		}
		if text, err = json.Marshal(keys); err != nil {
			return template.Licence{}, err
		}
	}
	var l struct {
		Number, Country, Blood, Portrait, Signature  string
		CivilNumber                                  string `json:"civil_number"`
		Name, Surname, Given, Authority, Nationality template.Words
		BirthPlace                                   template.Words `json:"birth_place"`
		Birth, Issued, Expires                       day
		Copy                                         int
		Categories                                   []struct {
			Code, Restrictions string
			Issued, Expires    day
		}
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&l); err != nil {
		return template.Licence{}, errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	out := template.Licence{
		Number: l.Number, CivilNumber: l.CivilNumber, Country: l.Country, Blood: l.Blood, Copy: l.Copy,
		Name: l.Name, Surname: l.Surname, Given: l.Given, BirthPlace: l.BirthPlace, Authority: l.Authority, Nationality: l.Nationality,
		Birth: l.Birth.Time, Issued: l.Issued.Time, Expires: l.Expires.Time,
	}
	for _, c := range l.Categories {
		out.Categories = append(out.Categories, template.Category{Code: c.Code, Issued: c.Issued.Time, Expires: c.Expires.Time, Restrictions: c.Restrictions})
	}
	beside := func(name string) (picture []byte, err error) {
		if name == "" {
			return nil, nil
		}
		if !filepath.IsAbs(name) {
			name = filepath.Join(filepath.Dir(file), name)
		}
		return os.ReadFile(name)
	}
	if out.Portrait, err = beside(l.Portrait); err != nil {
		return template.Licence{}, err
	}
	out.Signature, err = beside(l.Signature)
	return out, err
}
