package receipttest_test

import (
	"flag"
	"image/png"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"

	"murur/devices"
	"murur/devices/receipt"
	"murur/devices/receipt/bitmap"
	"murur/devices/receipt/escpossim"
	"murur/devices/receipt/receipttest"
)

var update = flag.Bool("update", false, "write the golden pictures anew")

// What the simulated printer has on paper, from the driver's bytes, is what somebody
// has looked at and found right.
func TestGolden(t *testing.T) {
	fines := receipttest.Fines()
	for _, c := range []struct {
		name  string
		model escpossim.Model
		job   receipt.Job
	}{
		{"fines", escpossim.GenericCustom, receipt.Job{Number: "R-2025-000123", Document: fines}},
		{"fines-copy", escpossim.EpsonLike, receipt.Job{Number: "R-2025-000123", Copy: 1, Document: fines}},
		{"corners", escpossim.GenericCustom, receipt.Job{Number: "R-2025-000124", Document: receipttest.Corners()}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := bench(t, c.model)
				defer func() { b.Printer.Close() }()
				proof, err := b.Printer.Print(t.Context(), c.job)
				if err != nil || proof.Outcome != devices.Confirmed {
					t.Fatalf("%+v, %v", proof, err)
				}
				compare(t, filepath.Join("testdata", c.name+".png"), b.Papers()[0].Image.Trim())
			})
		})
	}
}

// compare allows one dot in two hundred for another version of the fonts.
func compare(t *testing.T, file string, got *bitmap.Bitmap) {
	t.Helper()
	if *update {
		f, err := os.Create(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := got.WritePNG(f); err != nil {
			t.Fatal(err)
		}
		return
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatalf("%v (run with -update)", err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	want := bitmap.FromImage(img)
	if d := receipttest.Differ(got, want); d > want.Dots()/200 {
		t.Errorf("%d dots differ from %s (%d×%d, now %d×%d)", d, file, want.W, want.H, got.W, got.H)
	}
}
