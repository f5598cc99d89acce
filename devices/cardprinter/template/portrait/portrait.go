// Package portrait takes in the two pictures of a licence, the photograph and the
// scanned signature, as a server sends them: files from outside, so nothing in them
// is believed. It has the standard library only, so that whoever stores or sends
// them can apply the same rules as the printer.
//
// A picture is JPEG or PNG, decided by its first bytes and not by any name. Before a
// pixel is decoded, the header must be within the limits below; a JPEG of very many
// scans, each of which walks over all pixels again, is refused. What is damaged or
// cut short is refused too. JPEGs may be grey, colour or CMYK. The orientation note
// of cameras (Exif) is not followed: the department's pictures are upright.
package portrait

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
)

// ErrUnusable is wrapped by every error of this package.
var ErrUnusable = errors.New("picture cannot be used")

// limits are what a picture must keep to. Aspect is width divided by height.
type limits struct {
	bytes                int
	minW, minH           int
	maxW, maxH, pixels   int
	minAspect, maxAspect float64
}

// Passport photographs are 35×45 mm (0.78) or 3:4 or 4:5. 200×250 gives 240 dpi on a
// card, hardly enough; what has more than 4 million pixels is not meant for a card.
var (
	photo = limits{bytes: 2 << 20, minW: 200, minH: 250, maxW: 2000, maxH: 2500, pixels: 4 << 20, minAspect: 0.68, maxAspect: 0.88}
	sign  = limits{bytes: 512 << 10, minW: 60, minH: 20, maxW: 2000, maxH: 1000, pixels: 1 << 20, minAspect: 1, maxAspect: 8}
)

// scans is the most that a JPEG may have: progressive encoders write about ten.
const scans = 40

// Photo decodes a photograph: at most 2 MiB and 4 MP, 200×250 to 2000×2500 pixels,
// upright, width 0.68 to 0.88 of the height.
func Photo(data []byte) (image.Image, error) { return decode(data, photo) }

// Signature decodes a scanned signature, dark on light: at most 512 KiB and 1 MP,
// 60×20 to 2000×1000 pixels, lying.
func Signature(data []byte) (image.Image, error) { return decode(data, sign) }

func decode(data []byte, l limits) (image.Image, error) {
	img, err := read(data, l)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnusable, err)
	}
	return img, nil
}

func read(data []byte, l limits) (image.Image, error) {
	if len(data) == 0 {
		return nil, errors.New("it is empty")
	}
	if len(data) > l.bytes {
		return nil, fmt.Errorf("%d bytes are more than %d", len(data), l.bytes)
	}
	header, pixels := png.DecodeConfig, png.Decode
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		header, pixels = jpeg.DecodeConfig, jpeg.Decode
		// In compressed data FF is always followed by 00 or a restart, so this counts scans.
		if n := bytes.Count(data, []byte("\xff\xda")); n > scans {
			return nil, fmt.Errorf("%d scans are more than %d", n, scans)
		}
	case !bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		return nil, errors.New("it is neither JPEG nor PNG")
	}
	c, err := header(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	if err := l.check(c.Width, c.Height); err != nil {
		return nil, err
	}
	img, err := pixels(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return img, l.check(img.Bounds().Dx(), img.Bounds().Dy())
}

func (l limits) check(w, h int) error {
	switch {
	case w < l.minW || h < l.minH:
		return fmt.Errorf("%d×%d pixels are fewer than %d×%d", w, h, l.minW, l.minH)
	case w > l.maxW || h > l.maxH || w*h > l.pixels:
		return fmt.Errorf("%d×%d pixels are more than %d×%d or %d in all", w, h, l.maxW, l.maxH, l.pixels)
	}
	if a := float64(w) / float64(h); a < l.minAspect || a > l.maxAspect {
		return fmt.Errorf("%d×%d pixels: width divided by height is %.2f, not %.2f to %.2f", w, h, a, l.minAspect, l.maxAspect)
	}
	return nil
}

//go:embed demo.jpg
var demo []byte

//go:embed demo-signature.png
var demoSignature []byte

// Demo is a made-up photograph, JPEG 420×540: a figure without a face, drawn by this
// package's test. It shows nobody.
func Demo() []byte { return bytes.Clone(demo) }

// DemoSignature is a made-up signature, PNG 480×120: a drawn curve.
func DemoSignature() []byte { return bytes.Clone(demoSignature) }
