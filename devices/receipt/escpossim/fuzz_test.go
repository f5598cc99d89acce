package escpossim

import (
	"testing"
)

// FuzzMachine feeds bytes to every model: the machine must take them all and keep
// its paper and its sensors in agreement.
func FuzzMachine(f *testing.F) {
	f.Add([]byte{0x1B, '@', 0x1D, 'P', 203, 203, 0x1D, 'v', '0', 0, 2, 0, 3, 0, 0xFF, 0xFF, 0xC0, 0, 0xC0, 0, 0x1B, 'J', 200, 0x1B, 'i', 0x1D, 'e', 3, 128})
	f.Add([]byte{0x10, 0x04, 0x14, 0x1D, 'r', 1, 0x1D, '(', 'H', 6, 0, 0x30, 0x30, '0', '0', '0', '1'})
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, name := range []string{"epson-like", "generic-custom", "pyramid-reliance", "pyramid-phoenix"} {
			model, _ := ModelByName(name)
			p := New(Options{Model: model})
			for _, b := range data {
				p.receive(b)
				if len(p.buffer) == 0 || p.m.page.H > 4000 {
					continue
				}
				b := p.buffer[0]
				p.buffer = p.buffer[1:]
				if w := p.m.step(b); w.then != nil {
					w.then()
				}
			}
			if p.m.output && p.m.held < 0 && !p.m.blankHeld {
				t.Fatalf("%s: the sensor sees a paper that is not there", name)
			}
			if p.m.held >= len(p.m.papers) || len(p.m.page.Bits) != p.m.page.H*p.m.page.Stride {
				t.Fatalf("%s: paper out of order", name)
			}
		}
	})
}
