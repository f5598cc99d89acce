package portrait

import (
	"bytes"
	"flag"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "draw the demo pictures anew")

func TestDemo(t *testing.T) {
	if *update {
		var face, line bytes.Buffer
		if err := jpeg.Encode(&face, figure(420, 540), &jpeg.Options{Quality: 88}); err != nil {
			t.Fatal(err)
		}
		if err := png.Encode(&line, signature(480, 120)); err != nil {
			t.Fatal(err)
		}
		demo, demoSignature = face.Bytes(), line.Bytes()
		for name, data := range map[string][]byte{"demo.jpg": demo, "demo-signature.png": demoSignature} {
			if err := os.WriteFile(name, data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	img, err := Photo(Demo())
	if err != nil {
		t.Fatal(err)
	}
	want := figure(img.Bounds().Dx(), img.Bounds().Dy())
	for y := 0; y < img.Bounds().Dy(); y += 7 {
		for x := 0; x < img.Bounds().Dx(); x += 7 {
			a, b := color.GrayModel.Convert(img.At(x, y)).(color.Gray), color.GrayModel.Convert(want.At(x, y)).(color.Gray)
			if d := int(a.Y) - int(b.Y); d < -24 || d > 24 {
				t.Fatalf("demo.jpg is not what is drawn, at %d,%d (run with -update)", x, y)
			}
		}
	}
	if _, err := Signature(DemoSignature()); err != nil {
		t.Fatal(err)
	}
}

// figure is a head and shoulders before a light wall, four samples a pixel.
func figure(w, h int) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			var sum [3]float64
			for i := range 4 {
				px := (float64(x) + 0.25 + 0.5*float64(i%2)) / float64(w)
				py := (float64(y) + 0.25 + 0.5*float64(i/2)) / float64(w)
				for j, v := range shade(px, py) {
					sum[j] += v / 4
				}
			}
			img.Set(x, y, color.RGBA{uint8(sum[0]), uint8(sum[1]), uint8(sum[2]), 255})
		}
	}
	return img
}

type rgb = [3]float64

// shade is the colour at a point; both axes count widths of the picture.
func shade(x, y float64) rgb {
	// One light from the upper left.
	lit := func(base rgb, cx, cy, r float64) rgb {
		k := 1 + 0.16*(cx-x)/r + 0.12*(cy-y)/r
		return rgb{min(base[0]*k, 255), min(base[1]*k, 255), min(base[2]*k, 255)}
	}
	ellipse := func(cx, cy, rx, ry float64) bool { return math.Hypot((x-cx)/rx, (y-cy)/ry) < 1 }
	body := math.Pow(math.Abs(x-0.5)/0.46, 2.4)+math.Pow(math.Abs(y-1.36)/0.52, 2.4) < 1
	collar := math.Abs(x-0.5) - 0.62*(1.06-y) // negative inside the opening
	switch {
	case ellipse(0.5, 0.5, 0.205, 0.272): // head
		return lit(rgb{190, 193, 194}, 0.5, 0.5, 0.26)
	case body && collar > 0.016:
		return lit(rgb{92, 112, 120}, 0.5, 1.1, 0.6)
	case body && collar > 0:
		return lit(rgb{214, 219, 221}, 0.5, 1.1, 0.6)
	case body || math.Abs(x-0.5) < 0.098+0.25*max(0, y-0.82)*max(0, y-0.72) && y > 0.6 && y < 1:
		c := lit(rgb{172, 176, 178}, 0.5, 0.8, 0.3)
		under := 1 - 0.22*max(0, 1-math.Hypot((x-0.5)/0.24, (y-0.72)/0.16)) // the head's shadow
		return rgb{c[0] * under, c[1] * under, c[2] * under}
	}
	k := 1 - 0.10*math.Hypot(x-0.35, y-0.3)
	return rgb{236 * k, 240 * k, 242 * k}
}

// signature is a pen's way: a loop, waves and a stroke below.
func signature(w, h int) image.Image {
	img := image.NewGray(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	dot := func(cx, cy, r float64) {
		for y := int(cy - r - 1); y <= int(cy+r+1); y++ {
			for x := int(cx - r - 1); x <= int(cx+r+1); x++ {
				if !image.Pt(x, y).In(img.Rect) {
					continue
				}
				cover := min(max(r+0.5-math.Hypot(float64(x)-cx, float64(y)-cy), 0), 1)
				p := &img.Pix[y*img.Stride+x]
				*p = min(*p, uint8(255-230*cover))
			}
		}
	}
	fw, fh := float64(w), float64(h)
	for i := range 6000 {
		u := float64(i) / 6000
		x := fw * (0.08 + 0.72*u + 0.055*math.Sin(u*31))
		y := fh * (0.48 - 0.34*math.Cos(u*31)*math.Pow(1-u, 1.3) + 0.12*u)
		dot(x, y, 1.6+1.1*math.Sin(u*31+1))
	}
	for i := range 2000 {
		u := float64(i) / 2000
		dot(fw*(0.92-0.74*u), fh*(0.70+0.2*math.Sin(u*2.2)), 2.4*math.Sin(math.Pi*min(u+0.08, 1)))
	}
	return img
}
