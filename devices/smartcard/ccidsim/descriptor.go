package ccidsim

import (
	"encoding/binary"
	"unicode/utf16"
)

const (
	interfaceNumber = 0
	clock           = 4000 // kHz
)

// Feature bits of the class descriptor.
const (
	autoParameters = 0x02
	autoVoltage    = 0x08
	autoClock      = 0x10
	autoRate       = 0x20
	levelTPDU      = 0x1_0000
	levelShort     = 0x2_0000
	levelExtended  = 0x4_0000
)

// descriptors is the configuration descriptor with all that belongs to it.
func (r *Reader) descriptors() []byte {
	endpoints := [][]byte{
		{7, 5, 0x01, 2, byte(r.opts.MaxPacket), byte(r.opts.MaxPacket >> 8), 0},
		{7, 5, 0x82, 2, byte(r.opts.MaxPacket), byte(r.opts.MaxPacket >> 8), 0},
	}
	if !r.opts.NoInterrupt {
		endpoints = append(endpoints, []byte{7, 5, 0x83, 3, 8, 0, 16})
	}
	d := []byte{9, 2, 0, 0, 1, 1, 0, 0x80, 50}
	d = append(d, 9, 4, interfaceNumber, 0, byte(len(endpoints)), 0x0B, 0, 0, 0)
	d = append(d, r.class()...)
	for _, e := range endpoints {
		d = append(d, e...)
	}
	binary.LittleEndian.PutUint16(d[2:], uint16(len(d)))
	return d
}

// class is the 54-byte CCID class descriptor.
func (r *Reader) class() []byte {
	features := uint32(autoClock | autoRate)
	if !r.opts.Manual {
		features |= autoParameters | autoVoltage
	}
	features |= r.opts.Features | map[Level]uint32{TPDU: levelTPDU, ShortAPDU: levelShort, ExtendedAPDU: levelExtended}[r.opts.Level]
	d := []byte{54, 0x21, 0x10, 0x01, 0, r.opts.Voltages} // revision 1.10, one slot
	protocols := uint32(3)
	if r.opts.NoT1 {
		protocols = 1
	}
	for _, v := range []uint32{protocols, clock, clock} {
		d = binary.LittleEndian.AppendUint32(d, v)
	}
	d = append(d, 0)
	for _, v := range []uint32{10753, uint32(r.opts.MaxRate)} {
		d = binary.LittleEndian.AppendUint32(d, v) // rates in bit/s
	}
	d = append(d, 0)
	for _, v := range []uint32{254, 0, 0, features, uint32(r.opts.MaxMessage)} {
		d = binary.LittleEndian.AppendUint32(d, v) // IFSD, synchronous, mechanical
	}
	return append(d, 0xFF, 0xFF, 0, 0, 0, 1)
}

// descriptor answers a standard request for one; nil when there is none.
func (r *Reader) descriptor(which uint16) []byte {
	switch which {
	case 0x0100: // device: product is string 1
		return []byte{18, 1, 0x10, 0x01, 0, 0, 0, 64, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1}
	case 0x0200:
		return r.descriptors()
	case 0x0300:
		return []byte{4, 3, 0x09, 0x04}
	case 0x0301:
		d := []byte{0, 3}
		for _, u := range utf16.Encode([]rune(r.opts.Product)) {
			d = binary.LittleEndian.AppendUint16(d, u)
		}
		d[0] = byte(len(d))
		return d
	}
	return nil
}
