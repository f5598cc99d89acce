package crt571sim

import (
	"errors"
	"slices"
	"time"
)

// Why a thing cannot be put in.
var (
	ErrGateClosed = errors.New("the gate is closed")
	ErrOccupied   = errors.New("something is in the gate or inside")
	ErrTwice      = errors.New("a thing with this id is already somewhere else")
)

// Insert is a person who pushes a thing into the open gate, which grips it. What the
// person took out may be put in again.
func (u *Unit) Insert(o Object) (err error) {
	u.set(func() {
		m := &u.m
		same := func(x Object) bool { return x.ID == o.ID }
		switch {
		case m.object != nil:
			err = ErrOccupied
			return
		case !m.gate:
			err = ErrGateClosed
			return
		case slices.ContainsFunc(m.bin, same) || slices.ContainsFunc(m.removed, same):
			err = ErrTwice
			return
		}
		m.taken = slices.DeleteFunc(m.taken, same)
		m.object, m.at, m.grip = &o, Gate, false
		if u.o.DrawsIn && o.Kind == Card {
			u.drawsIn(&o)
		}
	})
	return err
}

func (u *Unit) drawsIn(o *Object) {
	off := u.m.off
	time.AfterFunc(drawTime, func() {
		u.set(func() {
			select {
			case <-off: // it lost its power meanwhile
				return
			default:
			}
			if u.m.object == o && u.m.at == Gate && !u.m.grip {
				u.m.at = RF
			}
		})
	})
}

// Take is a person who takes what is in the gate; false when there is nothing, or the unit
// already has it.
func (u *Unit) Take() (takes bool) {
	u.set(func() {
		if takes = u.m.object != nil && u.m.at == Gate && !u.m.moving; takes {
			u.hand()
		}
	})
	return takes
}

// PullByHand is a person who holds what is in the gate against the unit: its next move
// fails, and the thing stays between the lips. False when there is nothing to hold.
func (u *Unit) PullByHand() (holds bool) {
	u.set(func() {
		holds = u.m.object != nil && u.m.at == Gate && !u.m.moving
		u.m.grip = holds
	})
	return holds
}

// SetPerson changes who stands in front, for what comes out from now on.
func (u *Unit) SetPerson(p Person) { u.set(func() { u.person = p }) }

// EmptyBin is a technician who takes the cards out of the bin, which sets the counter back
// unless the unit keeps it.
func (u *Unit) EmptyBin() (cards []Object) {
	u.set(func() {
		cards = u.m.bin
		u.m.removed = append(u.m.removed, cards...)
		u.m.bin = nil
		if !u.o.KeepsCounter {
			u.m.counter = 0
		}
	})
	return cards
}

// SetBinFull makes the bin's sensor say full, whatever is in it.
func (u *Unit) SetBinFull(full bool) { u.set(func() { u.m.binSensor = full }) }

// Jam makes the next move stop in one of its halves; nothing moves until ClearJam.
func (u *Unit) Jam(h Half) { u.set(func() { u.m.jamming = h }) }

// ClearJam is a technician who makes the path free; the thing stays where it is.
func (u *Unit) ClearJam() { u.set(func() { u.m.jammed, u.m.jamming = false, 0 }) }

// Remove is a technician who takes the thing out of the path; false when there is none.
func (u *Unit) Remove() (removed bool) {
	u.set(func() {
		if removed = u.m.object != nil && !u.m.moving; removed {
			u.m.removed = append(u.m.removed, *u.m.object)
			u.m.object = nil
		}
	})
	return removed
}

// Lie makes the card sensors say st0 ('0', '1' or '2') whatever is there; 0 ends it.
func (u *Unit) Lie(st0 byte) { u.set(func() { u.m.st0 = st0 }) }

// Silence keeps the unit from answering; it obeys on.
func (u *Unit) Silence(on bool) { u.set(func() { u.silent = on }) }

// SwitchOff takes the unit's power: a move stops where it is, and the gate closes. The
// line stays.
func (u *Unit) SwitchOff() {
	u.set(func() {
		if !u.m.power {
			return
		}
		close(u.m.off)
		u.m.power, u.m.initialised, u.m.asked, u.m.gate, u.m.moving, u.m.chipOn = false, false, false, false, false, false
		u.line.reset()
	})
}

// SwitchOn gives it back.
func (u *Unit) SwitchOn() {
	u.set(func() {
		if !u.m.power {
			u.m.power, u.m.off = true, make(chan struct{})
		}
	})
}

// PowerCut switches the unit off; it comes back by itself after two seconds.
func (u *Unit) PowerCut() {
	time.AfterFunc(bootTime, u.SwitchOn)
	u.SwitchOff()
}

// Unplug pulls the cable: the link ends.
func (u *Unit) Unplug() {
	u.mu.Lock()
	conn := u.conn
	u.mu.Unlock()
	if conn != nil {
		conn.Close()
	}
}

// State is what a person who looks into the unit sees.
type State struct {
	Power   bool     `json:"power"`
	Gate    bool     `json:"gate"` // open
	Moving  bool     `json:"moving"`
	Jammed  bool     `json:"jammed"`
	BinFull bool     `json:"binFull"`
	Card    *Object  `json:"card,omitempty"` // in the path
	At      Position `json:"at,omitempty"`
	Bin     []Object `json:"bin"`     // oldest first
	Taken   []Object `json:"taken"`   // by the person
	Removed []Object `json:"removed"` // by technicians
	Counter int      `json:"counter"`
}

// State looks.
func (u *Unit) State() State {
	u.mu.Lock()
	defer u.mu.Unlock()
	m := &u.m
	s := State{Power: m.power, Gate: m.gate, Moving: m.moving, Jammed: m.jammed, BinFull: u.full(), Counter: m.counter,
		Bin: slices.Clone(m.bin), Taken: slices.Clone(m.taken), Removed: slices.Clone(m.removed)}
	if m.object != nil {
		o := *m.object
		s.Card, s.At = &o, m.at
	}
	return s
}

// Violations are what a driver should not have done.
func (u *Unit) Violations() []string {
	u.mu.Lock()
	defer u.mu.Unlock()
	return slices.Clone(u.m.violations)
}
