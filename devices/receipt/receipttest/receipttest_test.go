package receipttest_test

import (
	"context"
	"net"
	"sync"
	"testing"

	"murur/devices/receipt"
	"murur/devices/receipt/bitmap"
	"murur/devices/receipt/escpos"
	"murur/devices/receipt/escpossim"
	"murur/devices/receipt/layout"
	"murur/devices/receipt/receipttest"
	"murur/devices/transport"
	"murur/devices/typeset"
)

var renderer = sync.OnceValue(func() *layout.Renderer {
	fonts, err := typeset.Debian()
	if err != nil {
		panic(err)
	}
	return layout.New(fonts)
})

// dial connects to the simulator over a pipe in memory.
func dial(t *testing.T, sim *escpossim.Printer) transport.Opener {
	return func(context.Context) (transport.Stream, error) {
		near, far := net.Pipe()
		go sim.Serve(t.Context(), far)
		return near, nil
	}
}

func TestConformance(t *testing.T) {
	for _, model := range []escpossim.Model{
		escpossim.GenericCustom, escpossim.EpsonLike, escpossim.PyramidReliance, escpossim.PyramidPhoenix,
	} {
		t.Run(model.Name, func(t *testing.T) {
			receipttest.Run(t, func(t *testing.T) *receipttest.Bench { return bench(t, model) })
		})
	}
	// Paper slower than the wire and a buffer of half a strip: all goes by XOFF.
	slow := escpossim.GenericCustom
	slow.Buffer, slow.Speed = 4<<10, 20
	t.Run("slow with a small buffer", func(t *testing.T) {
		receipttest.Run(t, func(t *testing.T) *receipttest.Bench { return bench(t, slow) })
	})
}

func bench(t *testing.T, model escpossim.Model) *receipttest.Bench {
	profile, ok := escpos.ProfileByName(model.Name)
	if !ok {
		t.Fatalf("no profile %s", model.Name)
	}
	profile.Speed = model.Speed
	sim := escpossim.New(escpossim.Options{Model: model})
	connect := func() *escpos.Printer {
		return escpos.New(dial(t, sim), escpos.Options{Profile: profile, Renderer: renderer()})
	}
	b := &receipttest.Bench{
		Printer: connect(),
		Machine: sim,
		Papers: func() (out []receipttest.Paper) {
			for _, p := range sim.Papers() {
				out = append(out, receipttest.Paper(p))
			}
			return out
		},
		Render: func(j receipt.Job) *bitmap.Bitmap {
			picture, err := renderer().Render(j, profile.Dots, profile.DPI)
			if err != nil {
				t.Fatal(err)
			}
			return picture
		},
		Presenter: model.Presenter,
	}
	b.Restart = func() {
		b.Printer.Close()
		b.Printer = connect()
	}
	return b
}
