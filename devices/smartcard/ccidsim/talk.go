package ccidsim

import (
	"errors"
	"time"

	"murur/devices/smartcard/cardsim"
	"murur/devices/smartcard/t1"
	"murur/devices/transport"
)

// talk gives the card a unit of the host: as it is at the TPDU level, and otherwise a
// command that the reader carries over by itself. It says how long that takes.
func (r *Reader) talk(unit []byte) ([]byte, time.Duration, error) {
	if r.isPPS(unit) {
		return r.pass(func(b []byte) ([]byte, time.Duration, error) {
			a, err := r.card.PPS(b)
			return a, 0, err
		}, unit)
	}
	if protocol, speed := r.card.Line(); protocol != r.params.protocol || speed != r.params.speed() {
		return nil, 0, cardsim.ErrMute // they do not understand each other
	}
	give := r.card.TPDU
	if r.params.protocol == 1 {
		give = r.card.Block
	}
	var took time.Duration
	one := func(unit []byte) ([]byte, error) {
		a, time, err := r.pass(give, unit)
		took += time
		return a, err
	}
	var data []byte
	var err error
	switch {
	case r.opts.Level == TPDU:
		if r.params.protocol == 1 && r.opts.Features&AutoIFSD != 0 {
			if err := r.announce(one); err != nil {
				return nil, took, err
			}
		}
		data, err = one(unit)
	case r.params.protocol == 1:
		data, err = r.blocks(one, unit)
	default:
		data, err = apdu(one, unit)
	}
	return data, took, err
}

// pass carries a unit to the card and its answer back, and says how long that takes.
func (r *Reader) pass(give func([]byte) ([]byte, time.Duration, error), unit []byte) ([]byte, time.Duration, error) {
	unit, err := r.cross(transport.ToDevice, unit)
	switch {
	case err != nil:
		return nil, 0, err
	case unit == nil:
		return nil, 0, cardsim.ErrMute
	}
	a, took, err := give(unit)
	if err == nil {
		a, err = r.cross(transport.FromDevice, a)
	}
	if err == nil && a == nil {
		err = cardsim.ErrMute
	}
	return a, took, err
}

// blocks does the reader's part of T=1 at the APDU levels.
func (r *Reader) blocks(card func([]byte) ([]byte, error), command []byte) ([]byte, error) {
	if err := r.announce(card); err != nil {
		return nil, err
	}
	return r.play(card, r.machine.Start(command, true))
}

// announce tells the card once how long a block the reader takes.
func (r *Reader) announce(card func([]byte) ([]byte, error)) error {
	if r.machine != nil {
		return nil
	}
	r.machine = t1.New(r.card.Blocks())
	_, err := r.play(card, r.machine.Announce(t1.MaxInf))
	return err
}

func (r *Reader) play(card func([]byte) ([]byte, error), s t1.Step) ([]byte, error) {
	for s.Send != nil {
		a, err := card(s.Send)
		if errors.Is(err, cardsim.ErrPulled) {
			return nil, err
		}
		s = r.machine.Receive(a)
	}
	if s.Err != nil {
		return nil, cardsim.ErrMute
	}
	return s.Answer, nil
}

// apdu does the reader's part of T=0 at the APDU levels.
func apdu(card func([]byte) ([]byte, error), c []byte) ([]byte, error) {
	var unit []byte
	switch n := len(c); {
	case n == 4:
		unit = append(c, 0)
	case n == 5, n > 5 && n == 5+int(c[4]):
		unit = c
	case n > 5 && n == 6+int(c[4]):
		unit = c[:n-1] // the expected length never goes with data
	default:
		return []byte{0x67, 0x00}, nil
	}
	var all []byte
	for range 64 {
		a, err := card(unit)
		if err != nil || len(a) < 2 {
			return nil, err
		}
		sw1, sw2 := a[len(a)-2], a[len(a)-1]
		all = append(all, a[:len(a)-2]...)
		switch sw1 {
		case 0x6C:
			unit = []byte{unit[0], unit[1], unit[2], unit[3], sw2}
		case 0x61:
			unit = []byte{unit[0] & 0x03, 0xC0, 0, 0, sw2}
		default:
			return append(all, sw1, sw2), nil
		}
	}
	return []byte{0x6F, 0x00}, nil
}
