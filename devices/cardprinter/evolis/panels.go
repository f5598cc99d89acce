package evolis

import (
	"bytes"
	"fmt"

	"murur/devices/cardprinter"
)

// Panel is one panel of a card, ready to be sent.
type Panel struct {
	Back   bool
	Letter byte   // y, m, c, k or o
	Header int    // length of the command up to the data
	Block  []byte // command, data, CR and padding
}

// Panels turns an artwork into the downloads of every panel of the ribbon, in
// printing order.
func Panels(a cardprinter.Artwork, r Ribbon, p Profile) ([]Panel, error) {
	if err := r.fits(a); err != nil {
		return nil, err
	}
	panels, err := side(a.Front, false, r, p)
	if err != nil || !r.twoSided(a) {
		return panels, err
	}
	back := a.Back
	if back == nil {
		back = &cardprinter.Side{}
	}
	more, err := side(*back, true, r, p)
	return append(panels, more...), err
}

func side(s cardprinter.Side, back bool, r Ribbon, p Profile) ([]Panel, error) {
	for _, m := range []*cardprinter.Mask{s.Resin, s.Overlay} {
		if m != nil && len(m.Bits) != cardprinter.Stride*cardprinter.Height {
			return nil, fmt.Errorf("a mask has %d bytes, not %d", len(m.Bits), cardprinter.Stride*cardprinter.Height)
		}
	}
	var panels []Panel
	var dye [3][]byte
	for i, letter := range []byte(r.panels(back)) {
		var data []byte
		switch letter {
		case 'k':
			data = raster(s.Resin, false)
		case 'o':
			data = raster(s.Overlay, true)
		default:
			if i == 0 {
				var err error
				if dye, err = dyes(s.Colour, s.Resin, p.Bits); err != nil {
					return nil, err
				}
			}
			data = dye[i]
		}
		panels = append(panels, download(back, letter, data, p))
	}
	return panels, nil
}

// download makes the block of a panel's data.
func download(back bool, letter byte, data []byte, p Profile) Panel {
	levels := 1 << p.Bits
	if letter == 'k' || letter == 'o' {
		levels = 2
	}
	header := fmt.Sprintf("\x1bDb;%c;%d;", letter, levels)
	if levels == 2 && p.Compress {
		data = compress(data, p.RLEShort)
		header = fmt.Sprintf("\x1bDbc;%c;%d;%d;", letter, levels, len(data))
	}
	return Panel{back, letter, len(header), padded([]byte(header), data, []byte{'\r'})}
}

// padding is the size that blocks are filled up to.
const padding = 64

// padded joins parts and fills up with NULs.
func padded(parts ...[]byte) []byte {
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	block := make([]byte, 0, (n+padding-1)/padding*padding)
	for _, p := range parts {
		block = append(block, p...)
	}
	return append(block, bytes.Repeat([]byte{0}, cap(block)-n)...)
}
