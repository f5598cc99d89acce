package portrait

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
)

func jpegOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pngOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func rect(w, h int) image.Rectangle { return image.Rect(0, 0, w, h) }

func TestPhotoTakes(t *testing.T) {
	grey := image.NewGray(rect(240, 300))
	for i := range grey.Pix {
		grey.Pix[i] = 100
	}
	deep := image.NewRGBA64(rect(300, 400))
	for y := range 400 {
		for x := range 300 {
			deep.Set(x, y, color.Gray{100})
		}
	}
	for name, data := range map[string][]byte{
		"demo": Demo(), "grey JPEG": jpegOf(t, grey), "grey PNG": pngOf(t, grey), "16-bit PNG": pngOf(t, deep),
		"CMYK JPEG": cmyk(240, 304, 100), "largest": jpegOf(t, image.NewGray(rect(1800, 2300))),
	} {
		img, err := Photo(data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if name == "demo" || name == "largest" {
			continue
		}
		c := color.GrayModel.Convert(img.At(100, 100)).(color.Gray)
		if c.Y < 95 || c.Y > 105 {
			t.Errorf("%s: brightness %d", name, c.Y)
		}
	}
}

func TestPhotoRefuses(t *testing.T) {
	demo := Demo()
	scanned := bytes.Replace(demo, []byte("\xff\xda"), bytes.Repeat([]byte("\xff\xda"), scans+1), 1)
	for name, c := range map[string]struct {
		data []byte
		why  string
	}{
		"nothing":           {nil, "empty"},
		"text":              {[]byte("<svg></svg>"), "neither"},
		"GIF":               {[]byte("GIF89a\x01\x00\x01\x00"), "neither"},
		"too many bytes":    {append(Demo(), make([]byte, 3<<20)...), "bytes are more"},
		"cut short":         {demo[:len(demo)*2/3], ""},
		"header only":       {demo[:20], ""},
		"too small":         {jpegOf(t, image.NewGray(rect(120, 150))), "fewer"},
		"too large":         {pngOf(t, image.NewGray(rect(2100, 2500))), "more than"},
		"too many pixels":   {pngOf(t, image.NewGray(rect(2000, 2500))), "in all"},
		"lying":             {jpegOf(t, image.NewGray(rect(540, 420))), "divided"},
		"square":            {jpegOf(t, image.NewGray(rect(400, 400))), "divided"},
		"very many scans":   {scanned, "scans"},
		"PNG bomb":          {pngHeader(60000, 60000), "more than"},
		"damaged PNG":       {damaged(pngOf(t, image.NewGray(rect(240, 300)))), ""},
		"PNG without lines": {pngHeader(240, 300), ""},
	} {
		if _, err := Photo(c.data); !errors.Is(err, ErrUnusable) || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Signature(Demo()); !errors.Is(err, ErrUnusable) {
		t.Errorf("a portrait as signature: %v", err)
	}
}

func damaged(data []byte) []byte {
	data[len(data)/2] ^= 0x40
	return data
}

// pngHeader is a PNG that promises pixels and has none.
func pngHeader(w, h uint32) []byte {
	b := []byte("\x89PNG\r\n\x1a\n")
	chunk := func(kind string, data []byte) {
		b = binary.BigEndian.AppendUint32(b, uint32(len(data)))
		b = append(append(b, kind...), data...)
		b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(append([]byte(kind), data...)))
	}
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	chunk("IHDR", append(head, 8, 0, 0, 0, 0))
	chunk("IEND", nil)
	return b
}

// cmyk is a JPEG of four components, of one colour, that Go's encoder cannot write:
// baseline, one scan, only the first coefficient of the first block of a component.
func cmyk(w, h, brightness int) []byte {
	b := []byte("\xff\xd8")
	segment := func(marker byte, data ...byte) {
		b = append(b, 0xff, marker, byte((len(data)+2)>>8), byte(len(data)+2))
		b = append(b, data...)
	}
	segment(0xee, append([]byte("Adobe"), 0, 100, 0, 0, 0, 0, 0)...) // its CMYK: 255 is no ink
	segment(0xdb, append([]byte{0}, bytes.Repeat([]byte{1}, 64)...)...)
	frame := []byte{8, byte(h >> 8), byte(h), byte(w >> 8), byte(w), 4}
	scan := []byte{4}
	for c := byte(1); c <= 4; c++ {
		frame = append(frame, c, 0x11, 0)
		scan = append(scan, c, 0)
	}
	segment(0xc0, frame...)
	dc := append([]byte{0, 0, 0, 0, 12}, make([]byte, 12)...) // twelve codes of four bits
	for i := range byte(12) {
		dc = append(dc, i)
	}
	segment(0xc4, dc...)
	segment(0xc4, append([]byte{0x10, 1}, make([]byte, 16)...)...) // one code, 0: end of block
	segment(0xda, append(scan, 0, 63, 0)...)
	var bits, n uint32
	put := func(v uint32, width uint32) {
		for i := range width {
			bits, n = bits<<1|v>>(width-1-i)&1, n+1
			if n == 8 {
				if b = append(b, byte(bits)); byte(bits) == 0xff {
					b = append(b, 0)
				}
				bits, n = 0, 0
			}
		}
	}
	for block := range w / 8 * (h / 8) {
		for c := range 4 {
			if block > 0 {
				put(0, 4) // as before
			} else {
				// A value b is the coefficient 8·(b−128). C, M and Y are none.
				v := 8 * 127
				if c == 3 {
					v = 8 * (brightness - 128)
				}
				size := uint32(0)
				for abs := max(v, -v); abs > 0; abs >>= 1 {
					size++
				}
				put(size, 4)
				if v < 0 {
					v += 1<<size - 1
				}
				put(uint32(v), size)
			}
			put(0, 1)
		}
	}
	put(0x7f, (8-n)%8)
	return append(b, 0xff, 0xd9)
}

// FuzzPhoto: whatever comes, decoding ends and what is taken keeps to the limits.
func FuzzPhoto(f *testing.F) {
	f.Add(Demo())
	f.Add(DemoSignature())
	f.Fuzz(func(t *testing.T, data []byte) {
		for name, decode := range map[string]func([]byte) (image.Image, error){"photo": Photo, "signature": Signature} {
			img, err := decode(data)
			if err != nil {
				if !errors.Is(err, ErrUnusable) {
					t.Errorf("%s: %v", name, err)
				}
				continue
			}
			if r := img.Bounds(); r.Dx()*r.Dy() > 4<<20 || r.Dx() < 60 {
				t.Errorf("%s of %v", name, r)
			}
		}
	})
}
