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
func (r *Reader) transfer(bwi byte, level uint16, data []byte) {
	switch {
	case level != whole && r.opts.Level != ExtendedAPDU:
		r.finish(r.failure(typeDataBlock, errP2))
		return
	case bwi != 0 && r.opts.Level != TPDU:
		r.finish(r.failure(typeDataBlock, errP1))
		return
	case !r.active:
		r.finish(r.failure(typeDataBlock, errMute))
		return
	case !r.params.set && !r.isPPS(data):
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
	if extra, lost := r.misbehave(); !lost {
		a, took := r.exchange(bwi, data)
		r.slowly(took+extra, func() { r.finish(a()) })
	}
}

// isPPS reports whether a unit asks the card for another speed.
func (r *Reader) isPPS(unit []byte) bool {
	return r.opts.Level == TPDU && len(unit) > 0 && unit[0] == 0xFF
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
	case Hardware:
		r.finish(r.failure(typeDataBlock, errHardware))
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

// exchange gives the card a unit. The reply is made when the time has come: the card
// may have left by then.
func (r *Reader) exchange(bwi byte, unit []byte) (answer func() reply, took time.Duration) {
	data, took, err := r.talk(unit)
	if r.params.protocol == 1 && r.opts.Level == TPDU {
		if limit := r.card.Waiting(clock) * time.Duration(max(1, bwi)); took > limit || errors.Is(err, cardsim.ErrMute) {
			took, err = limit, cardsim.ErrMute
		}
	}
	return func() reply {
		switch {
		case errors.Is(err, cardsim.ErrPulled):
			r.remove()
			return r.failure(typeDataBlock, errMute)
		case errors.Is(err, errGarbled):
			return r.failure(typeDataBlock, errParity)
		case err != nil, r.card == nil, !r.active:
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
	}, took
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
