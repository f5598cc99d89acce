//go:build cgo

package usb

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/gousb"

	"murur/devices/transport"
)

func TestConvert(t *testing.T) {
	plain := errors.New("something else")
	for _, c := range []struct{ err, want error }{
		{nil, nil},
		{plain, plain},
		{gousb.ErrorNoDevice, transport.ErrGone},
		{gousb.ErrorNotFound, transport.ErrGone},
		{gousb.ErrorPipe, transport.ErrStalled},
		{gousb.ErrorBusy, transport.ErrBusy},
		{gousb.ErrorTimeout, context.DeadlineExceeded},
		{gousb.TransferNoDevice, transport.ErrGone},
		{gousb.TransferStall, transport.ErrStalled},
		{gousb.TransferOverflow, transport.ErrStalled},
		{gousb.TransferCancelled, context.Canceled},
		{fmt.Errorf("failed to claim interface 0: %v", gousb.ErrorBusy), transport.ErrBusy}, // as text only
		{fmt.Errorf("libusb: %v", gousb.ErrorNoDevice), transport.ErrGone},
	} {
		got := convert(c.err)
		if !errors.Is(got, c.want) {
			t.Errorf("convert(%v) = %v, want %v", c.err, got, c.want)
		}
		var e gousb.Error
		var ts gousb.TransferStatus
		if errors.As(got, &e) || errors.As(got, &ts) {
			t.Errorf("convert(%v) lets the library's type out", c.err)
		}
	}
	if err := convert(gousb.ErrorAccess); err == nil || errors.Is(err, transport.ErrGone) {
		t.Errorf("access: %v", err)
	}
}

func endpoints(list ...gousb.EndpointDesc) map[gousb.EndpointAddress]gousb.EndpointDesc {
	m := map[gousb.EndpointAddress]gousb.EndpointDesc{}
	for _, e := range list {
		e.Address = gousb.EndpointAddress(e.Number)
		if e.Direction == gousb.EndpointDirectionIn {
			e.Address |= 0x80
		}
		m[e.Address] = e
	}
	return m
}

func bulk(number int, d gousb.EndpointDirection) gousb.EndpointDesc {
	return gousb.EndpointDesc{Number: number, Direction: d, TransferType: gousb.TransferTypeBulk}
}

func interrupt(number int) gousb.EndpointDesc {
	return gousb.EndpointDesc{Number: number, Direction: gousb.EndpointDirectionIn, TransferType: gousb.TransferTypeInterrupt}
}

func device(interfaces ...gousb.InterfaceDesc) *gousb.DeviceDesc {
	return &gousb.DeviceDesc{Configs: map[int]gousb.ConfigDesc{1: {Number: 1, Interfaces: interfaces}}}
}

func TestFind(t *testing.T) {
	const in, out = gousb.EndpointDirectionIn, gousb.EndpointDirectionOut
	keyboard := gousb.InterfaceDesc{Number: 0, AltSettings: []gousb.InterfaceSetting{
		{Number: 0, Class: 3, Endpoints: endpoints(interrupt(1))}}}
	reader := func(protocol gousb.Protocol, e ...gousb.EndpointDesc) gousb.InterfaceDesc {
		return gousb.InterfaceDesc{Number: 1, AltSettings: []gousb.InterfaceSetting{
			{Number: 1, Class: 0x0B, Protocol: protocol, Endpoints: endpoints(e...)}}}
	}
	for name, c := range map[string]struct {
		device *gousb.DeviceDesc
		want   *place
	}{
		"none":         {device(keyboard), nil},
		"no interrupt": {device(reader(0, bulk(2, out), bulk(2, in))), &place{config: 1, number: 1, in: 2, out: 2}},
		"beside a keyboard": {device(keyboard, reader(0, bulk(1, out), bulk(2, in), interrupt(3))),
			&place{config: 1, number: 1, in: 2, out: 1, interrupt: 3}},
		"several pairs": {device(reader(0, bulk(5, out), bulk(4, in), bulk(1, out), bulk(2, in))),
			&place{config: 1, number: 1, in: 2, out: 1}},
		"token":    {device(reader(1, bulk(1, out), bulk(2, in))), nil},
		"one pipe": {device(reader(0, bulk(1, out))), nil},
	} {
		for range 10 { // the library's maps have another order each time
			if d := cmp.Diff(c.want, find(c.device, CCID), cmp.AllowUnexported(place{})); d != "" {
				t.Fatalf("%s: %s", name, d)
			}
		}
	}
}

// Without devices, or without USB at all, opening must fail and not panic.
func TestOpenNothing(t *testing.T) {
	p, err := Open(Class{0xFE, 0xED, 0xED})(context.Background())
	if err == nil {
		p.Close()
		t.Fatal("opened a device of an invented class")
	}
	t.Log(err)
}
