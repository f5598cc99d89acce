package crt571sim

import (
	"context"
	"slices"
	"time"
)

// Half is a half of a move: before the middle the thing is where it was, after it where it
// was going.
type Half int

const (
	FirstHalf  Half = 1
	SecondHalf Half = 2
)

// move carries one move out. The code is empty when it succeeded.
func (u *Unit) move(ctx context.Context, pm byte) (code string, err error) {
	var o *Object
	var from Position
	takes := drawTime
	u.set(func() {
		m := &u.m
		o, from = m.object, m.at
		switch {
		case m.jammed:
			code = jam
			return
		case m.chipOn:
			code = notReleased
			return
		case !slices.Contains([]byte{0x30, 0x31, 0x32, 0x33, 0x39}, pm):
			code = badParameter
			return
		case o == nil:
			code = wrongSequence
			return
		}
		if !m.asked {
			m.violation("%s was moved before the status was asked", o.ID)
		}
		if m.gate {
			m.violation("%s was moved with the gate open", o.ID)
		}
		switch {
		case pm == 0x33:
			takes = captureTime
			if u.full() {
				m.violation("%s was captured into a full bin", o.ID)
			}
		case from != Gate && pm != 0x30 && pm != 0x39:
			takes = shortTime
		}
		m.moving = from != Gate
	})
	if code != "" {
		return code, nil
	}
	if !u.pass(ctx, takes/2) {
		return "", errPower
	}
	u.set(func() { code = u.middle(pm, o, from) })
	if code != "" {
		return code, nil
	}
	if !u.pass(ctx, takes/2) {
		return "", errPower
	}
	u.set(func() { code = u.finish(pm, o) })
	return code, nil
}

// middle is where the thing changes its place.
func (u *Unit) middle(pm byte, o *Object, from Position) (code string) {
	m := &u.m
	inward := from == Gate && pm != 0x30 && pm != 0x39
	m.moving = false
	switch {
	case m.object != o || m.grip: // a hand was faster, or holds it
		m.grip = false
		if pm == 0x33 {
			return movedCapturing
		}
		return u.o.HandCode
	case u.jams(FirstHalf):
		return jam
	case inward && o.Kind == TooLong:
		return tooLong
	case inward && o.Kind == TooShort:
		return tooShort
	case pm == 0x33 && m.counter == 999:
		return overflow
	}
	switch pm {
	case 0x30, 0x39:
		m.at = Gate
	case 0x31:
		m.at = IC
	case 0x32:
		m.at = RF
	case 0x33:
		m.bin = append(m.bin, *o)
		m.object = nil
	}
	m.moving = true
	return ""
}

// finish is the end of a move.
func (u *Unit) finish(pm byte, o *Object) (code string) {
	m := &u.m
	m.moving = false
	if u.jams(SecondHalf) {
		return jam
	}
	switch {
	case pm == 0x33 && m.counts:
		m.counter++
	case pm == 0x39 && u.o.Drops:
		u.hand()
	case pm == 0x39 && u.person.Takes:
		u.takesLater(o)
	}
	return ""
}

func (u *Unit) jams(h Half) bool {
	if u.m.jamming != h {
		return false
	}
	u.m.jamming, u.m.jammed = 0, true
	return true
}

// hand is the person's, who takes what is in the gate.
func (u *Unit) hand() {
	u.m.taken = append(u.m.taken, *u.m.object)
	u.m.object, u.m.grip = nil, false
}

// reaction is the least time in which a hand gets hold of a card.
const reaction = 300 * time.Millisecond

func (u *Unit) takesLater(o *Object) {
	time.AfterFunc(max(u.person.After, reaction), func() {
		u.set(func() {
			if u.m.object == o && u.m.at == Gate && !u.m.moving {
				u.hand()
			}
		})
	})
}
