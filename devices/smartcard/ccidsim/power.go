package ccidsim

import (
	"slices"

	"murur/devices/smartcard/atr"
	"murur/devices/smartcard/cardsim"
	"murur/devices/transport"
)

// params are how the reader talks to the card.
type params struct {
	set      bool
	protocol byte
	data     []byte // as in SetParameters
}

// speed is that of the parameters, as TA1.
func (p params) speed() byte { return p.data[0] }

var defaultParams = [2][]byte{{0x11, 0, 0, 0x0A, 0}, {0x11, 0x10, 0, 0x4D, 0, 0x20, 0}}

// powerOn resets the card. Without an answer the data of the card before come
// along with the error, as some readers do.
func (r *Reader) powerOn(voltage byte) reply {
	volts := r.opts.Voltages // automatic
	switch {
	case voltage > 3 || (voltage == 0) == r.opts.Manual:
		return r.failure(typeDataBlock, errP1)
	case voltage > 0:
		volts &= 1 << (voltage - 1)
	}
	if len(r.faults) > 0 && r.faults[0] == Hardware {
		r.faults = r.faults[1:]
		return r.failure(typeDataBlock, errHardware)
	}
	r.params, r.machine = params{}, nil
	var answer []byte
	err := error(cardsim.ErrMute)
	if r.card != nil {
		answer, err = r.card.Reset(volts)
	}
	if err == nil {
		answer, err = r.cross(transport.FromDevice, answer)
	}
	switch {
	case err == cardsim.ErrPulled:
		r.remove()
	case err == nil && answer == nil:
		err = cardsim.ErrMute
	}
	if r.active = err == nil; !r.active {
		bad := r.failure(typeDataBlock, errMute)
		bad.data = r.lastATR
		return bad
	}
	r.lastATR = answer
	r.adapt(answer)
	return r.success(typeDataBlock, answer)
}

// adapt sets the parameters that the reader finds in an answer to reset by itself.
func (r *Reader) adapt(answer []byte) {
	a, err := atr.Parse(answer)
	if err != nil {
		return
	}
	protocol, _ := a.Choose(3)
	if r.opts.Features&AutoNegotiates != 0 {
		r.negotiate(protocol, a.TA1)
	} else if r.opts.Manual {
		return
	}
	_, speed := r.card.Line()
	r.params = params{true, protocol, slices.Clone(defaultParams[protocol])}
	r.params.data[0] = speed
}

// negotiate asks the card for a speed. A card that does not agree stays as it is.
func (r *Reader) negotiate(protocol, speed byte) {
	pps := []byte{0xFF, 0x10 | protocol, speed, 0}
	pps[3] = pps[0] ^ pps[1] ^ pps[2]
	_, _ = r.card.PPS(pps)
}

func (r *Reader) parameters(kind byte, p [3]byte, data []byte) reply {
	switch {
	case p[1] != 0 || p[2] != 0:
		return r.failure(typeParameters, errP2)
	case !r.active:
		return r.failure(typeParameters, errMute)
	case p[0] > 1:
		return r.failure(typeParameters, errP1)
	case kind == typeGetParameters && len(data) != 0, kind == typeSetParameters && len(data) != len(defaultParams[p[0]]):
		return r.failure(typeParameters, errLength)
	}
	if kind == typeSetParameters {
		if r.opts.Features&DoesPPS != 0 {
			r.negotiate(p[0], data[0])
		}
		r.params = params{true, p[0], slices.Clone(data)}
	}
	now := r.params
	if !now.set {
		now.data = defaultParams[0]
	}
	answer := r.success(typeParameters, now.data)
	answer.last = now.protocol
	return answer
}
