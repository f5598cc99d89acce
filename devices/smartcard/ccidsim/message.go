package ccidsim

import (
	"encoding/binary"
	"time"

	"murur/devices/transport"
)

// Message types.
const (
	typeSetParameters    = 0x61
	typePowerOn          = 0x62
	typePowerOff         = 0x63
	typeGetSlotStatus    = 0x65
	typeGetParameters    = 0x6C
	typeXfrBlock         = 0x6F
	typeAbort            = 0x72
	typeDataBlock        = 0x80
	typeSlotStatus       = 0x81
	typeParameters       = 0x82
	typeNotifySlotChange = 0x50
)

// Values of bError. Below 80 it is the offset of the bad header byte.
const (
	errUnsupported = 0x00
	errLength      = 0x01
	errSlot        = 0x05
	errP1          = 0x07
	errP2          = 0x08
	errBusy        = 0xE0
	errProtocol    = 0xF6
	errHardware    = 0xFB
	errParity      = 0xFD
	errMute        = 0xFE
	errAborted     = 0xFF
)

const (
	failed        = 0x40
	timeExtension = 0x80
	extendEvery   = time.Second // how often a slow card makes the reader ask for more time
)

// reply is a message to the host before it gets its header.
type reply struct {
	kind, status, code, last byte
	data                     []byte
}

// slot is the state of the slot in the low bits of bStatus.
func (r *Reader) slot() byte {
	switch {
	case r.card == nil:
		return 2
	case r.active:
		return 0
	}
	return 1
}

func (r *Reader) success(kind byte, data []byte) reply {
	return reply{kind: kind, status: r.slot(), data: data}
}

func (r *Reader) failure(kind, code byte) reply {
	return reply{kind: kind, status: failed | r.slot(), code: code}
}

// command takes one message of the host.
func (r *Reader) command(b []byte) {
	if len(b) < 10 {
		return // no header, no answer
	}
	if r.pending && r.lagging == nil && b[0] != typeAbort {
		r.respond(b[6], r.failure(typeSlotStatus, errBusy))
		return
	}
	r.current = b[6]
	if r.aborting != nil && b[0] != typeAbort {
		r.finish(r.failure(typeSlotStatus, errAborted))
		return
	}
	r.pending = true
	switch {
	case binary.LittleEndian.Uint32(b[1:]) != uint32(len(b)-10), len(b) > r.opts.MaxMessage:
		r.finish(r.failure(typeSlotStatus, errLength))
	case b[5] != 0:
		r.finish(r.failure(typeSlotStatus, errSlot))
	default:
		r.dispatch(b[0], [3]byte(b[7:10]), b[10:])
	}
}

func (r *Reader) dispatch(kind byte, p [3]byte, data []byte) {
	reserved := func(kind byte, from int, length int) (reply, bool) { // the rules for the rest of the header
		for i := from; i < 3; i++ {
			if p[i] != 0 {
				return r.failure(kind, byte(errP1+i)), false
			}
		}
		if length >= 0 && len(data) != length {
			return r.failure(kind, errLength), false
		}
		return reply{}, true
	}
	switch kind {
	case typeGetSlotStatus:
		if bad, ok := reserved(typeSlotStatus, 0, 0); !ok {
			r.finish(bad)
			return
		}
		r.finish(r.success(typeSlotStatus, nil))
	case typePowerOff:
		if bad, ok := reserved(typeSlotStatus, 0, 0); !ok {
			r.finish(bad)
			return
		}
		if r.card != nil {
			r.card.PowerOff()
		}
		r.active = false
		answer := r.success(typeSlotStatus, nil)
		answer.last = 1 // clock stopped low
		r.finish(answer)
	case typePowerOn:
		bad, ok := reserved(typeDataBlock, 1, 0)
		if !ok {
			r.finish(bad)
			return
		}
		r.finish(r.powerOn(p[0]))
	case typeSetParameters, typeGetParameters:
		r.finish(r.parameters(kind, p, data))
	case typeXfrBlock:
		r.transfer(p[0], binary.LittleEndian.Uint16(p[1:]), data)
	case typeAbort:
		if r.aborting == nil || *r.aborting != r.current {
			r.finish(r.failure(typeSlotStatus, errUnsupported))
			return
		}
		r.idle()
		r.aborting = nil
		r.finish(r.success(typeSlotStatus, nil))
	default:
		r.finish(r.failure(typeSlotStatus, errUnsupported))
	}
}

// finish answers the command under way.
func (r *Reader) finish(a reply) {
	if r.lagging == nil {
		r.pending = false
	}
	r.respond(r.current, a)
}

// respond sends a message to the host.
func (r *Reader) respond(seq byte, a reply) {
	if r.lagging != nil {
		*r.lagging, seq = seq, *r.lagging
	}
	m := []byte{a.kind, 0, 0, 0, 0, 0, seq, a.status, a.code, a.last}
	binary.LittleEndian.PutUint32(m[1:], uint32(len(a.data)))
	m = append(m, a.data...)
	if a.kind == typeDataBlock && r.cut >= 0 {
		m, r.cut = m[:min(r.cut, len(m))], -1
	}
	r.emit(m)
}

func (r *Reader) emit(message []byte) {
	if r.pipes == nil {
		return
	}
	r.trace(transport.FromDevice, message)
	r.pipes.send(message)
}

func (r *Reader) trace(d transport.Direction, frame []byte) {
	if r.opts.Trace != nil {
		r.opts.Trace(d, frame)
	}
}
