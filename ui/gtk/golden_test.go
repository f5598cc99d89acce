package gtk

import (
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	xdraw "golang.org/x/image/draw"
)

// half is img in half its size: golden pictures are for the eye, and small.
func half(img image.Image) *image.RGBA {
	small := image.NewRGBA(image.Rect(0, 0, img.Bounds().Dx()/2, img.Bounds().Dy()/2))
	xdraw.ApproxBiLinear.Scale(small, small.Bounds(), img, img.Bounds(), draw.Src, nil)
	return small
}

// TestGolden compares drawn screens with the kept pictures; -update draws them again.
func TestGolden(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if *update {
		dir = "testdata/golden"
	}
	cmd := child(t, "golden", display(t, 640, 480), dir)
	cmd.Env = append(cmd.Env, "NO_AT_BRIDGE=1")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	kept, err := filepath.Glob("testdata/golden/*.png")
	if err != nil || len(kept) < 4*len(goldenNames) {
		t.Fatalf("only %d golden pictures: %v", len(kept), err)
	}
	for _, file := range kept {
		want, err := readPNG(file)
		if err != nil {
			t.Fatal(err)
		}
		got, err := readPNG(filepath.Join(dir, filepath.Base(file)))
		if err != nil {
			t.Errorf("not drawn any more: %v", err)
			continue
		}
		if why := differ(want, got); why != "" {
			t.Errorf("%s %s; look at it, then run with -update", filepath.Base(file), why)
		}
	}
}

// differ says how much two pictures differ, beyond what another release of the font
// renderer does to the edges of letters.
func differ(a, b image.Image) string {
	const step, share = 40, 0.002
	if a.Bounds() != b.Bounds() {
		return fmt.Sprintf("is %v, was %v", b.Bounds(), a.Bounds())
	}
	far := 0
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			r1, g1, b1, _ := a.At(x, y).RGBA()
			r2, g2, b2, _ := b.At(x, y).RGBA()
			if apart(r1, r2) > step || apart(g1, g2) > step || apart(b1, b2) > step {
				far++
			}
		}
	}
	if all := a.Bounds().Dx() * a.Bounds().Dy(); float64(far) > share*float64(all) {
		return fmt.Sprintf("differs in %.2f %% of its pixels", 100*float64(far)/float64(all))
	}
	return ""
}

func apart(a, b uint32) int { return max(int(a>>8)-int(b>>8), int(b>>8)-int(a>>8)) }

func readPNG(file string) (image.Image, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return png.Decode(f)
}
