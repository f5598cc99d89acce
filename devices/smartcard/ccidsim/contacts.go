package ccidsim

import (
	"errors"
	"slices"

	"murur/devices/smartcard/cardsim"
	"murur/devices/smartcard/t1"
	"murur/devices/transport"
)

// Disturbance spoils one unit on the contacts between reader and card: a transport
// unit of T=0 or a block of T=1, in either direction.
type Disturbance struct {
	Unit int // which one since the card was put in; 1 is the answer to reset
	Kind Kind
	Byte int // of the unit, for Corrupt and Short
}

// Kind is a sort of disturbance.
type Kind int

const (
	Lost       Kind = iota + 1 // nothing arrives
	Corrupt                    // one byte arrives changed
	Short                      // it ends before Byte
	Misnumber                  // the number of an I-block or R-block is the other one, and the check code fits
	Duplicated                 // the unit before in this direction arrives instead of it
)

// errGarbled is a parity error: the reader sees that a unit of T=0 is damaged.
var errGarbled = errors.New("parity error on the contacts")

// contacts is what crosses between reader and card.
type contacts struct {
	crossed int // bytes since the card was put in
	units   int
	pullAt  int // the card leaves before this byte; -1: never
	due     []Disturbance
	before  map[transport.Direction][]byte // the last unit each way
}

// PullAt pulls the card when n bytes have crossed the contacts since it was put in,
// the answer to reset included. Negative: never.
func (r *Reader) PullAt(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wire.pullAt = n
}

// Disturb spoils units to come.
func (r *Reader) Disturb(d ...Disturbance) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wire.due = append(r.wire.due, d...)
}

// Crossed is how many units and bytes have crossed the contacts since the card was
// put in.
func (r *Reader) Crossed() (units, bytes int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.wire.units, r.wire.crossed
}

// cross lets a unit pass the contacts and returns what arrives, nil when nothing
// does. Errors: cardsim.ErrPulled, errGarbled.
func (r *Reader) cross(way transport.Direction, unit []byte) ([]byte, error) {
	w := &r.wire
	w.units++
	w.crossed += len(unit)
	if w.pullAt >= 0 && w.crossed > w.pullAt {
		w.pullAt = -1
		return nil, cardsim.ErrPulled
	}
	last := w.before[way]
	w.before[way] = unit
	i := slices.IndexFunc(w.due, func(d Disturbance) bool { return d.Unit == w.units })
	if i < 0 {
		return unit, nil
	}
	d := w.due[i]
	w.due = slices.Delete(w.due, i, i+1)
	unit = slices.Clone(unit)
	switch {
	case d.Kind == Lost:
		return nil, nil
	case w.units > 1 && r.params.protocol == 0:
		return nil, errGarbled
	case d.Kind == Corrupt && d.Byte < len(unit):
		unit[d.Byte] ^= 0x55
	case d.Kind == Short && d.Byte < len(unit):
		unit = unit[:d.Byte]
	case d.Kind == Duplicated && last != nil:
		unit = last
	case d.Kind == Misnumber:
		unit = r.misnumber(unit)
	}
	return unit, nil
}

// misnumber turns the number of a block over.
func (r *Reader) misnumber(unit []byte) []byte {
	crc := r.card.Blocks().CRC
	b, err := t1.Decode(unit, crc)
	switch {
	case err != nil || b.IsS():
		return unit
	case b.IsI():
		b.PCB ^= 0x40
	default:
		b.PCB ^= 0x10
	}
	return b.Encode(crc)
}
