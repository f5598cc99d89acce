package evolis_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"flag"
	"fmt"
	"image/png"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"murur/devices"
	"murur/devices/cardprinter/cardprintertest"
	"murur/devices/cardprinter/evolis"
	"murur/devices/cardprinter/evolissim"
	"murur/devices/transport/usbpipe"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (run with -update)", err)
	}
	if strings.HasSuffix(name, ".gz") {
		want, got = unzip(t, want), unzip(t, got)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what was found right", name)
	}
}

func unzip(t *testing.T, b []byte) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	b, err = io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func zip(b []byte) []byte {
	var out bytes.Buffer
	w, _ := gzip.NewWriterLevel(&out, gzip.BestCompression)
	w.Write(b)
	w.Close()
	return out.Bytes()
}

// TestGoldenPanels holds every byte of the panels of the sample card: resin and one
// dye as files, all of them, at every depth, by their sums.
func TestGoldenPanels(t *testing.T) {
	var sums strings.Builder
	for _, bits := range []int{7, 6, 5} {
		profile := evolis.KC200B
		profile.Bits, profile.Compress, profile.RLEShort = bits, bits < 7, bits == 5
		panels, err := evolis.Panels(cardprintertest.Both("golden"), evolis.YMCKOK, profile)
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range panels {
			fmt.Fprintf(&sums, "%x  %d %c %d bits, %d bytes\n", sha256.Sum256(p.Block), i+1, p.Letter, bits, len(p.Block))
			if bits == 7 && (i == 1 || i == 3) {
				golden(t, fmt.Sprintf("panel-%c.gz", p.Letter), zip(p.Block))
			}
		}
	}
	golden(t, "panels.sha256", []byte(sums.String()))
}

// TestGoldenCard holds what the simulated printer has on the card: made by its own
// unpacking, and looked at by a person.
func TestGoldenCard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := kind{"kc-prime", evolissim.KCPrime, evolis.KCPrime, evolis.YMCKOK, 0}
		b, sim := k.bench(t)
		defer func() { b.Printer.Close() }()
		b.Printer.Locate(t.Context())
		b.Printer.Feed(t.Context())
		if proof, err := b.Printer.Print(t.Context(), cardprintertest.Both("golden")); proof.Outcome != devices.Confirmed {
			t.Fatalf("%+v, %v", proof, err)
		}
		card := sim.Cards()[0]
		for name, face := range map[string]evolissim.Face{"front.png": card.Front, "back.png": card.Back} {
			file := filepath.Join("testdata", name)
			if *update {
				var out bytes.Buffer
				if err := face.WritePNG(&out); err != nil {
					t.Fatal(err)
				}
				golden(t, name, out.Bytes())
				continue
			}
			f, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			want, err := png.Decode(f)
			f.Close()
			if err != nil {
				t.Fatal(err)
			}
			got := face.Picture()
			for y := range got.Rect.Max.Y {
				for x := range got.Rect.Max.X {
					r, g, b, _ := got.At(x, y).RGBA()
					wr, wg, wb, _ := want.At(x, y).RGBA()
					if r != wr || g != wg || b != wb {
						t.Fatalf("%s differs at %d, %d", name, x, y)
					}
				}
			}
		}
	})
}

// A card between a driver and a printer that know each other by a socket, in real
// time, sped up.
func TestOverSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "printer")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	sim := evolissim.New(evolissim.Options{Speed: 100})
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error)
	go func() { served <- usbpipe.Serve(ctx, l, sim.Pipes) }()
	defer func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	}()
	p := evolis.New(usbpipe.Open(path), evolis.Options{})
	defer p.Close()
	if at, err := p.Locate(t.Context()); err != nil || at.Inside != "none" {
		t.Fatalf("%+v, %v", at, err)
	}
	if proof, err := p.Feed(t.Context()); proof.Outcome != devices.Confirmed {
		t.Fatalf("%+v, %v", proof, err)
	}
	a := cardprintertest.Sample("socket")
	if proof, err := p.Print(t.Context(), a); proof.Outcome != devices.Confirmed {
		t.Fatalf("%+v, %v", proof, err)
	}
	if custody, err := p.Present(t.Context()); custody != devices.CustodyPresented {
		t.Fatalf("%s, %v", custody, err)
	}
	if !sim.Take() {
		t.Fatal("no card to take")
	}
	if custody, err := p.Taken(t.Context()); custody != devices.CustodyTaken {
		t.Fatalf("%s, %v", custody, err)
	}
	if n := cardprintertest.Differ(sim.Cards()[0].Front.Picture(), a.Front, 7); n > 0 {
		t.Errorf("%d dots differ", n)
	}
	for _, v := range sim.Violations() {
		t.Error(v)
	}
}

// BenchmarkPanels is an artwork to all its packed panels.
func BenchmarkPanels(b *testing.B) {
	a := cardprintertest.Both("bench")
	for b.Loop() {
		if _, err := evolis.Panels(a, evolis.YMCKOK, evolis.KC200B); err != nil {
			b.Fatal(err)
		}
	}
}
