//go:build cgo

package usb

import (
	"maps"
	"slices"

	"github.com/google/gousb"
)

// place says where in a device the interface is, and which endpoints to use.
type place struct {
	config, index     int // its number, and its position among the configurations
	number, alternate int
	in, out           int // endpoint numbers
	interrupt         int // 0: none
}

// find looks for an interface of class c with a pair of bulk endpoints.
func find(d *gousb.DeviceDesc, c Class) *place {
	for index, number := range slices.Sorted(maps.Keys(d.Configs)) {
		for _, iface := range d.Configs[number].Interfaces {
			for _, alt := range iface.AltSettings {
				if (Class{uint8(alt.Class), uint8(alt.SubClass), uint8(alt.Protocol)}) != c {
					continue
				}
				p := &place{config: number, index: index, number: alt.Number, alternate: alt.Alternate}
				if p.endpoints(alt.Endpoints) {
					return p
				}
			}
		}
	}
	return nil
}

// endpoints chooses the endpoints with the lowest addresses: the collection is a
// map, and its order is another at every run.
func (p *place) endpoints(all map[gousb.EndpointAddress]gousb.EndpointDesc) bool {
	for _, address := range slices.Backward(slices.Sorted(maps.Keys(all))) {
		e := all[address]
		in := e.Direction == gousb.EndpointDirectionIn
		switch {
		case e.TransferType == gousb.TransferTypeBulk && in:
			p.in = e.Number
		case e.TransferType == gousb.TransferTypeBulk:
			p.out = e.Number
		case e.TransferType == gousb.TransferTypeInterrupt && in:
			p.interrupt = e.Number
		}
	}
	return p.in != 0 && p.out != 0
}
