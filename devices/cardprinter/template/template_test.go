package template

import (
	"errors"
	"flag"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"rsc.io/qr"

	"murur/devices/cardprinter"
	"murur/devices/typeset"
)

var update = flag.Bool("update", false, "write the golden pictures anew")

var debian = sync.OnceValues(typeset.Debian)

func fonts(t testing.TB) *typeset.Fonts {
	t.Helper()
	f, err := debian()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

var load = sync.OnceValues(func() (*Template, error) {
	fonts, err := debian()
	if err != nil {
		return nil, err
	}
	return Load(Specimen(), "template.toml", fonts)
})

func loaded(t testing.TB) *Template {
	t.Helper()
	tmpl, err := load()
	if err != nil {
		t.Fatal(err)
	}
	return tmpl
}

func render(t testing.TB, l Licence) cardprinter.Artwork {
	t.Helper()
	a, err := loaded(t).Render(l)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// longest has names that only fit when they are shrunk and wrapped, and every category.
func longest() Licence {
	l := Demo()
	l.Name = Words{
		Ar: "عبدالرحمن عبدالمحسن عبداللطيف التجريبي المستعار ابن المواطنين التجريبيين المستعارين آل تجريب",
		En: "ABDULRAHMAN ABDULMOHSEN ABDULLATEEF ALTAJREEBI ALMUSTAAR DEMONSTRATION-CITIZEN",
	}
	l.Nationality = Words{Ar: "سانت فنسنت والغرينادين", En: "SAINT VINCENT AND GRENADINES"}
	l.Number, l.Copy = "9800 12045 778", 12
	l.Categories = nil
	for _, code := range []string{"A1", "A", "B", "C1", "C", "D1", "D", "BE", "CE"} {
		l.Categories = append(l.Categories, Category{Code: code, Issued: l.Issued, Expires: l.Expires, Restrictions: "01.06, 70"})
	}
	return l
}

// letters has the letters of Urdu and Persian, and of Europe.
func letters() Licence {
	l := Demo()
	l.Name = Words{Ar: "گلزار پٹیل چغتائی ڈوگر ژاله ے", En: "GÜLŞEN ŻÓŁĆ ÑUÑEZ-Ø’BRIEN"}
	l.Blood, l.Signature = "", nil
	return l
}

func TestGolden(t *testing.T) {
	for _, c := range []struct {
		name    string
		licence Licence
		preview bool // also as it looks; the letters are in the resin
	}{{"typical", Demo(), true}, {"longest", longest(), true}, {"letters", letters(), false}} {
		t.Run(c.name, func(t *testing.T) {
			a := render(t, c.licence)
			front, back := Preview(a)
			for side, s := range map[string]struct {
				cardprinter.Side
				look *image.NRGBA
			}{"front": {a.Front, front}, "back": {*a.Back, back}} {
				file := filepath.Join("testdata", c.name+"-"+side)
				if c.preview {
					golden(t, file+".png", s.look)
				}
				golden(t, file+"-resin.png", dots1(s.Resin))
				golden(t, file+"-dye.png", quarter(s.Colour))
			}
		})
	}
}

// golden allows a few dots for another version of the fonts: fewer than one digit has.
func golden(t *testing.T, file string, got image.Image) {
	t.Helper()
	if *update {
		f, err := os.Create(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(f, got); err != nil {
			t.Fatal(err)
		}
		return
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatalf("%v (run with -update)", err)
	}
	defer f.Close()
	want, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	if want.Bounds() != got.Bounds() {
		t.Fatalf("%s: %v, want %v", file, got.Bounds(), want.Bounds())
	}
	differ, ink := 0, 0
	for y := range got.Bounds().Dy() {
		for x := range got.Bounds().Dx() {
			if far(got.At(x, y), want.At(x, y)) {
				differ++
			}
			if far(want.At(x, y), color.White) {
				ink++
			}
		}
	}
	allowed := ink / 200
	if _, bits := got.(*image.Paletted); !bits {
		allowed = ink / 3000 // of dye, which is everywhere
	}
	if differ > allowed {
		t.Errorf("%d dots differ from %s, of %d", differ, file, ink)
	}
}

func far(a, b color.Color) bool {
	ar, ag, ab, _ := a.RGBA()
	br, bg, bb, _ := b.RGBA()
	d := func(a, b uint32) int { return max(int(a>>8)-int(b>>8), int(b>>8)-int(a>>8)) }
	return d(ar, br)+d(ag, bg)+d(ab, bb) > 30
}

// dots1 is a mask as a picture of two colours.
func dots1(m *cardprinter.Mask) image.Image {
	img := image.NewPaletted(card, color.Palette{color.White, color.Black})
	for y := range card.Dy() {
		for x := range card.Dx() {
			if m.At(x, y) {
				img.SetColorIndex(x, y, 1)
			}
		}
	}
	return img
}

// quarter is a small picture of the dye; fine lines stand in the preview.
func quarter(src *image.NRGBA) image.Image {
	out := image.NewNRGBA(image.Rect(0, 0, card.Dx()/4, card.Dy()/4))
	for i := range out.Pix {
		x, y, channel := i/4%out.Rect.Dx(), i/4/out.Rect.Dx(), i%4
		sum := 0
		for dy := range 4 {
			for dx := range 4 {
				sum += int(src.Pix[src.PixOffset(4*x+dx, 4*y+dy)+channel])
			}
		}
		out.Pix[i] = uint8(sum / 16)
	}
	return out
}

// Under resin is no dye, dye is opaque, and a photograph is never resin.
func TestInks(t *testing.T) {
	l := Demo()
	l.Portrait = jpegOf(t, image.NewGray(image.Rect(0, 0, 420, 540))) // all black
	a := render(t, l)
	for _, s := range []cardprinter.Side{a.Front, *a.Back} {
		resin := 0
		for y := range card.Dy() {
			for x := range card.Dx() {
				c := s.Colour.NRGBAAt(x, y)
				if s.Resin.At(x, y) {
					resin++
					if c != (color.NRGBA{255, 255, 255, 255}) {
						t.Fatalf("dye %v under resin at %d,%d", c, x, y)
					}
				}
				if c.A != 255 {
					t.Fatalf("transparent dye at %d,%d", x, y)
				}
			}
		}
		if resin < 5000 {
			t.Errorf("only %d dots of resin", resin)
		}
		if s.Overlay != nil {
			t.Error("a template without window has an overlay mask")
		}
	}
	portrait := find[*photo](t, loaded(t).faces[0].rest).box
	for y := portrait.Min.Y + 12; y < portrait.Max.Y-12; y++ {
		for x := portrait.Min.X + 12; x < portrait.Max.X-12; x++ {
			if c := a.Front.Colour.NRGBAAt(x, y); a.Front.Resin.At(x, y) || c.G > 60 {
				t.Fatalf("the photograph at %d,%d: resin %v, dye %v", x, y, a.Front.Resin.At(x, y), c)
			}
		}
	}
}

// The photograph is upright, and its middle is in the middle, whatever its size.
func TestPortraitIsInPlace(t *testing.T) {
	box := find[*photo](t, loaded(t).faces[0].rest).box
	for _, size := range []image.Point{{200, 250}, {420, 540}, {420, 600}, {520, 600}, {1600, 2000}} {
		img := image.NewGray(image.Rectangle{Max: size}) // three quarters are white, the lower right is black
		for i := range img.Pix {
			if i%size.X < size.X/2 || i/size.X < size.Y/2 {
				img.Pix[i] = 255
			}
		}
		l := Demo()
		l.Portrait = jpegOf(t, img)
		dye := render(t, l).Front.Colour
		middle := box.Min.Add(box.Size().Div(2))
		for _, at := range []image.Point{{-100, -100}, {100, -100}, {-100, 100}, {-6, 6}, {6, -6}, {100, 100}, {6, 6}} {
			p := middle.Add(at)
			// Of the overprint only a little red lies on the portrait.
			if c, dark := dye.NRGBAAt(p.X, p.Y), at.X > 0 && at.Y > 0; (c.G < 60) != dark {
				t.Errorf("%v: %v at %v of the middle", size, c, at)
			}
		}
	}
}

func find[T element](t *testing.T, elements []element) T {
	t.Helper()
	for _, e := range elements {
		if e, ok := e.(T); ok {
			return e
		}
	}
	t.Fatal("no such element")
	panic("unreachable")
}

func TestRefused(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Licence)
		field  string
		err    error
	}{
		"no number":              {func(l *Licence) { l.Number = "" }, "number", ErrMissing},
		"no Arabic name":         {func(l *Licence) { l.Name.Ar = " " }, "name.ar", ErrMissing},
		"no birth":               {func(l *Licence) { l.Birth = time.Time{} }, "birth", ErrMissing},
		"no portrait":            {func(l *Licence) { l.Portrait = nil }, "portrait", ErrMissing},
		"no issue":               {func(l *Licence) { l.Copy = 0 }, "copy", ErrMissing},
		"portrait is text":       {func(l *Licence) { l.Portrait = []byte("<svg/>") }, "portrait", ErrPicture},
		"signature is cut":       {func(l *Licence) { l.Signature = l.Signature[:len(l.Signature)/2] }, "signature", ErrPicture},
		"name of steering marks": {func(l *Licence) { l.Name.Ar = "\u200f\u202e" }, "name.ar", ErrMissing},
		"invisible name":         {func(l *Licence) { l.Name.En = "\u200b \u2060" }, "name.en", ErrMissing},
		"invisible restrictions": {func(l *Licence) { l.Categories[1].Restrictions = "\u200e" }, "category B, column 12", ErrMissing},
		"Chinese name":           {func(l *Licence) { l.Name.En = "LI 李" }, "name.en", ErrGlyph},
		"Hindi name":             {func(l *Licence) { l.Name.Ar = "प्रिया" }, "name.ar", ErrGlyph},
		"line break":             {func(l *Licence) { l.Name.En = "A\nB" }, "name.en", ErrGlyph},
		"broken text":            {func(l *Licence) { l.Name.En = "A\xff" }, "name.en", ErrGlyph},
		"very long name":         {func(l *Licence) { l.Name.En = strings.Repeat("DEMO CITIZEN ", 12) }, "name.en", ErrOverflow},
		"one endless word":       {func(l *Licence) { l.Name.Ar = strings.Repeat("سلام", 24) }, "name.ar", ErrOverflow},
		"absurd":                 {func(l *Licence) { l.Name.En = strings.Repeat("A ", 1<<20) }, "name.en", ErrOverflow},
		"civil number too long":  {func(l *Licence) { l.CivilNumber += l.CivilNumber }, "civil_number", ErrOverflow},
		"unknown category":       {func(l *Licence) { l.Categories[0].Code = "Z" }, "category Z", ErrCategory},
		"category without end":   {func(l *Licence) { l.Categories[1].Expires = time.Time{} }, "category B", ErrMissing},
		"category twice":         {func(l *Licence) { l.Categories[1].Code = "A" }, "category A", ErrCategory},
		"many restrictions":      {func(l *Licence) { l.Categories[1].Restrictions = strings.Repeat("01, ", 9) }, "category B, column 12", ErrOverflow},
		"number too long for QR": {func(l *Licence) { l.Number = strings.Repeat("A", 200) }, "number", ErrOverflow},
	} {
		t.Run(name, func(t *testing.T) {
			l := Demo()
			c.change(&l)
			a, err := loaded(t).Render(l)
			var field *FieldError
			if !errors.As(err, &field) || !errors.Is(err, c.err) || field.Field != c.field {
				t.Errorf("%v, want %s: %v", err, c.field, c.err)
			}
			if a.Front.Colour != nil {
				t.Error("a card all the same")
			}
		})
	}
}

// The code on the card is the one that check makes, and tells nothing of the person.
func TestCode(t *testing.T) {
	l := Demo()
	a := render(t, l)
	want, err := qr.Encode(l.check(), qr.M)
	if err != nil {
		t.Fatal(err)
	}
	box := find[*code](t, loaded(t).faces[1].rest).box
	scale := box.Dx() / (want.Size + 8)
	x0, y0 := box.Min.X+(box.Dx()-scale*want.Size)/2, box.Min.Y+(box.Dy()-scale*want.Size)/2
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			black := x >= x0 && y >= y0 && want.Black((x-x0)/scale, (y-y0)/scale)
			if a.Back.Resin.At(x, y) != black {
				t.Fatalf("dot %d,%d: resin %v, want %v", x, y, !black, black)
			}
		}
	}
	for _, secret := range []string{l.CivilNumber, "DEMO", "1988", "2035"} {
		if strings.Contains(l.check(), secret) {
			t.Errorf("the code %s tells %s", l.check(), secret)
		}
	}
	other := l
	other.Birth = other.Birth.AddDate(0, 0, 1)
	if l.check() == other.check() {
		t.Error("two people, one code")
	}
}

// Drawing one card leaves nothing for the next.
func TestNothingOfTheLastCitizen(t *testing.T) {
	first := render(t, Demo())
	render(t, longest())
	again := render(t, Demo())
	if string(first.Front.Colour.Pix) != string(again.Front.Colour.Pix) || string(first.Front.Resin.Bits) != string(again.Front.Resin.Bits) ||
		string(first.Back.Colour.Pix) != string(again.Back.Colour.Pix) || string(first.Back.Resin.Bits) != string(again.Back.Resin.Bits) {
		t.Error("the same licence looks different")
	}
}

func BenchmarkRender(b *testing.B) {
	t := loaded(b)
	large := Demo()
	large.Portrait = jpegOf(b, image.NewYCbCr(image.Rect(0, 0, 1600, 2000), image.YCbCrSubsampleRatio420))
	for name, l := range map[string]Licence{"photo 420x540": Demo(), "photo 1600x2000": large} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := t.Render(l); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkLoad(b *testing.B) {
	fonts := fonts(b)
	for b.Loop() {
		if _, err := Load(Specimen(), "template.toml", fonts); err != nil {
			b.Fatal(err)
		}
	}
}
