package ccidsim

import (
	"errors"
	"time"

	"murur/devices/smartcard/cardsim"
)

// Values of the level parameter and of the chain parameter.
const (
	whole  = 0x00
	first  = 0x01
	last   = 0x02
	middle = 0x03
	next   = 0x10
)

// transfer takes an XfrBlock.
func (r *Reader) transfer(level uint16, data []byte) {
	if level != whole && r.opts.Level != ExtendedAPDU {
		r.finish(r.failure(typeDataBlock, errP2))
		return
	}
	if !r.active {
		r.finish(r.failure(typeDataBlock, errMute))
		return
	}
	if r.opts.Manual && r.params == nil {
		r.finish(r.failure(typeDataBlock, errProtocol))
		return
	}
	switch level {
	case next:
		r.finish(r.part())
		return
	case first, middle:
		r.chain = append(r.chain, data...)
		more := r.success(typeDataBlock, nil)
		more.last = next
		r.finish(more)
		return
	case last, whole:
		data = append(r.chain, data...)
		r.chain = nil
	default:
		r.finish(r.failure(typeDataBlock, errP2))
		return
	}
	extra, lost := r.misbehave()
	if !lost {
		r.slowly(r.card.Delay()+extra, func() { r.finish(r.exchange(data)) })
	}
}

// misbehave lets the next fault happen. The reply comes later by extra, or is lost.
func (r *Reader) misbehave() (extra time.Duration, lost bool) {
	if len(r.faults) == 0 {
		return 0, false
	}
	f := r.faults[0]
	r.faults = r.faults[1:]
	switch f {
	case Pulled:
		r.remove()
		r.lose()
	case Silent:
		r.lose()
	case Noise:
		r.pending = false
		r.emit([]byte{0xDE, 0xAD, 0xBE, 0xEF, 0, 0, 0, 0, 0, 0, 0, 0x55})
	case Busy:
		r.finish(r.failure(typeDataBlock, errBusy))
	case StaleSeq:
		r.respond(r.current-1, reply{kind: typeDataBlock, data: []byte{0x6F, 0x00}})
		return 0, false
	case TimeExtension:
		r.extend()
		return extendEvery, false
	}
	return 0, true
}

// lose leaves the command under way without a reply. A reader without ABORT is
// from then on one reply behind.
func (r *Reader) lose() {
	if r.opts.NoAbort {
		seq := r.current
		r.lagging = &seq
	}
}

// slowly runs do after d and asks for more time meanwhile. The reader is locked.
func (r *Reader) slowly(d time.Duration, do func()) {
	if d <= 0 {
		do()
		return
	}
	wait := min(d, extendEvery)
	var t *time.Timer
	t = time.AfterFunc(wait, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		switch {
		case r.timer != t: // aborted meanwhile
		case d > wait:
			r.extend()
			r.slowly(d-wait, do)
		default:
			r.timer = nil
			do()
		}
	})
	r.timer = t
}

// extend asks the host for twice the usual waiting time.
func (r *Reader) extend() {
	r.respond(r.current, reply{kind: typeDataBlock, status: timeExtension | r.slot(), code: 2})
}

// exchange gives the card a command and makes the reply.
func (r *Reader) exchange(command []byte) reply {
	if r.card == nil || !r.active {
		return r.failure(typeDataBlock, errMute)
	}
	give := r.card.TPDU
	if r.opts.Level != TPDU {
		give = func(c []byte) ([]byte, error) { return apdu(r.card.TPDU, c) }
	}
	data, err := give(command)
	switch {
	case errors.Is(err, cardsim.ErrPulled):
		r.remove()
		return r.failure(typeDataBlock, errMute)
	case err != nil:
		return r.failure(typeDataBlock, errMute)
	}
	r.rest = data
	a := r.part()
	if a.last == last {
		a.last = whole
	} else {
		a.last = first
	}
	return a
}

// part is the next part of the response: all of it where nothing is chained.
func (r *Reader) part() reply {
	n := min(len(r.rest), r.opts.MaxMessage-10)
	a := r.success(typeDataBlock, r.rest[:n])
	r.rest = r.rest[n:]
	a.last = last
	if len(r.rest) > 0 {
		a.last = middle
	}
	return a
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
