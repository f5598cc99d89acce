package demo

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"sync"
)

// Pictures of nobody: a silhouette before a plain wall, and a stroke of a pen.

// Size of a portrait in dots.
const (
	portraitWidth  = 320
	portraitHeight = 400
)

// tints are the clothes of the silhouettes, by turns.
var tints = []color.RGBA{{0x2F, 0x4A, 0x5E, 0xFF}, {0x5B, 0x43, 0x3A, 0xFF}, {0x3C, 0x56, 0x44, 0xFF}, {0x4D, 0x3F, 0x5C, 0xFF}}

// pictures are drawn once: they never change.
var pictures = sync.OnceValue(func() (all [][2][]byte) {
	for n := range applications {
		all = append(all, [2][]byte{portrait(n), signature(n)})
	}
	return all
})

// portrait is a JPEG of the nth silhouette.
func portrait(n int) []byte {
	img := image.NewRGBA(image.Rect(0, 0, portraitWidth, portraitHeight))
	cloth := tints[n%len(tints)]
	skin := color.RGBA{0xB9, 0x92, 0x77, 0xFF}
	for y := range portraitHeight {
		for x := range portraitWidth {
			u, v := float64(x)/portraitWidth-0.5, float64(y)/portraitHeight
			wall := uint8(226 - 26*math.Hypot(u, v-0.4))
			c := color.RGBA{wall, wall, uint8(min(255, int(wall)+6)), 0xFF}
			shade := 1 - 0.28*math.Abs(u+0.08)/0.3
			switch {
			case inside(u, v-0.40, 0.165, 0.215): // head
				c = dim(skin, shade)
			case inside(u, v-0.31, 0.185, 0.185): // hair
				c = dim(color.RGBA{0x33, 0x2B, 0x28, 0xFF}, shade)
			case v > 0.55 && v < 0.72 && math.Abs(u) < 0.075: // neck
				c = dim(skin, shade*0.86)
			case inside(u, v-1.02, 0.44, 0.36): // shoulders
				c = dim(cloth, shade)
			}
			img.SetRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	_ = jpeg.Encode(&b, img, &jpeg.Options{Quality: 82}) // a buffer takes everything
	return b.Bytes()
}

func inside(u, v, a, b float64) bool { return u*u/(a*a)+v*v/(b*b) < 1 }

func dim(c color.RGBA, by float64) color.RGBA {
	by = max(by, 0.5)
	return color.RGBA{uint8(float64(c.R) * by), uint8(float64(c.G) * by), uint8(float64(c.B) * by), 0xFF}
}

// signature is a PNG of the nth stroke, black on nothing.
func signature(n int) []byte {
	const w, h, pen = 300, 100, 2.2
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range 4000 {
		t := float64(i) / 4000 * 2 * math.Pi
		cx := 30 + 240*t/(2*math.Pi) + 16*math.Sin(3*t+float64(n))
		cy := 52 + 26*math.Sin(float64(4+n%3)*t)*math.Exp(-t/6) + 8*math.Cos(9*t)
		for dy := -3; dy <= 3; dy++ {
			for dx := -3; dx <= 3; dx++ {
				x, y := int(cx)+dx, int(cy)+dy
				far := math.Hypot(float64(x)-cx, float64(y)-cy)
				if far > pen || !(image.Point{X: x, Y: y}).In(img.Rect) {
					continue
				}
				alpha := uint8(255 * min(1, pen-far))
				if have := img.NRGBAAt(x, y).A; alpha > have {
					img.SetNRGBA(x, y, color.NRGBA{A: alpha})
				}
			}
		}
	}
	var b bytes.Buffer
	_ = png.Encode(&b, img)
	return b.Bytes()
}
