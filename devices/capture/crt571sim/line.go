package crt571sim

import (
	"io"
	"slices"

	"murur/devices/capture/crt571"
	"murur/devices/transport"
)

// line is the unit's end of the wire.
type line struct {
	in      []byte // received, not worked off
	dec     crt571.Decoder
	seen    []byte // the last frame or control byte, for the trace
	reply   []byte // sent, not acknowledged
	repeats int

	crossed int // bytes, of both sides
	marks   []mark
	faults  []*Fault
}

// mark is what happens when so many bytes have crossed.
type mark struct {
	at   int
	what ByteFault
	kill func()
}

// reset forgets what was on an earlier link.
func (l *line) reset() {
	l.in, l.reply = nil, nil
	l.dec.Reset()
}

// next works off the received bytes until something happens.
func (l *line) next(address byte) (e crt571.Event, text []byte, idle bool) {
	for len(l.in) > 0 {
		var n int
		n, e = l.dec.Next(l.in)
		l.in = l.in[n:]
		switch e {
		case crt571.EventNone:
			continue
		case crt571.EventACK:
			l.seen = []byte{crt571.ACK}
		case crt571.EventNAK:
			l.seen = []byte{crt571.NAK}
		case crt571.EventEOT:
			l.seen = []byte{crt571.EOT}
		case crt571.EventFrame:
			l.seen = slices.Clone(l.dec.Frame())
			if l.dec.Address() != address {
				continue
			}
			text, l.repeats = slices.Clone(l.dec.Text()), 0
		}
		return e, text, true
	}
	return crt571.EventNone, nil, l.dec.Idle()
}

// cross lets one byte cross the wire, of either side, or not; then is to be called without
// the lock.
func (u *Unit) cross(b byte) (out byte, ok bool, then func()) {
	u.line.crossed++
	i := slices.IndexFunc(u.line.marks, func(m mark) bool { return m.at == u.line.crossed })
	if i < 0 {
		return b, true, nil
	}
	m := u.line.marks[i]
	u.line.marks = slices.Delete(u.line.marks, i, i+1)
	switch m.what {
	case Drop:
		return b, false, nil
	case Flip:
		return b ^ 0x10, true, nil
	case CutLink:
		return b, true, u.Unplug
	case CutPower:
		return b, true, u.PowerCut
	}
	return b, true, m.kill
}

// send puts bytes on the wire, as long as there is power.
func (u *Unit) send(conn io.Writer, p ...byte) {
	if len(p) == 0 {
		return
	}
	if u.o.Trace != nil {
		u.o.Trace(transport.FromDevice, p)
	}
	var out []byte
	for _, b := range p {
		var then func()
		lost := false
		u.do(func() {
			if lost = !u.m.power || u.silent; lost {
				return
			}
			var ok bool
			if b, ok, then = u.cross(b); ok {
				out = append(out, b)
			}
		})
		if lost {
			break
		}
		if then != nil || len(out) == u.o.Chop {
			conn.Write(out)
			out = nil
		}
		if then != nil {
			then()
		}
	}
	if len(out) > 0 {
		conn.Write(out)
	}
}

// ByteFault strikes one byte of the wire.
type ByteFault string

const (
	Drop     ByteFault = "drop"      // it is lost
	Flip     ByteFault = "flip"      // one bit of it is wrong
	CutLink  ByteFault = "cut-link"  // the link ends behind it
	CutPower ByteFault = "cut-power" // the unit's power fails behind it, and comes back
)

// AtByte makes the n-th byte from now on, of either side, the one that f strikes; 1 is the
// next one.
func (u *Unit) AtByte(n int, f ByteFault) {
	u.do(func() { u.line.marks = append(u.line.marks, mark{at: u.line.crossed + n, what: f}) })
}

// KillKioskAt calls kill when n more bytes have crossed the wire.
func (u *Unit) KillKioskAt(n int, kill func()) {
	u.do(func() { u.line.marks = append(u.line.marks, mark{at: u.line.crossed + n, kill: kill}) })
}

// Crossed is how many bytes have crossed the wire, of both sides.
func (u *Unit) Crossed() (n int) {
	u.do(func() { n = u.line.crossed })
	return n
}

// FrameFault strikes one command.
type FrameFault string

const (
	NoAck     FrameFault = "no-ack"     // the command is not heard
	Nak       FrameFault = "nak"        // it is taken for damaged
	LostAck   FrameFault = "lost-ack"   // it is carried out and answered, but not acknowledged
	LostReply FrameFault = "lost-reply" // it is carried out, the reply is lost
	BadReply  FrameFault = "bad-reply"  // the reply's check sum is wrong; its repeat is good
)

// Fault strikes commands, once or several times.
type Fault struct {
	Kind  FrameFault
	CM    byte // which commands; 0: any
	PM    byte // which of these; 0: any
	Skip  int  // lets so many pass before
	Times int  // strikes so often; 0 is once, -1 for ever
}

func (f *Fault) is(k FrameFault) bool { return f != nil && f.Kind == k }

// Inject adds a fault.
func (u *Unit) Inject(f Fault) {
	if f.Times == 0 {
		f.Times = 1
	}
	u.do(func() { u.line.faults = append(u.line.faults, &f) })
}

// ClearFaults removes all faults of bytes and frames that have not struck.
func (u *Unit) ClearFaults() {
	u.do(func() { u.line.marks, u.line.faults = nil, nil })
}

// strike returns the fault that strikes this command; called under the lock.
func (u *Unit) strike(text []byte) *Fault {
	for i, f := range u.line.faults {
		if len(text) < 3 || f.CM != 0 && f.CM != text[1] || f.PM != 0 && f.PM != text[2] {
			continue
		}
		if f.Skip > 0 {
			f.Skip--
			continue
		}
		if f.Times--; f.Times == 0 {
			u.line.faults = slices.Delete(u.line.faults, i, i+1)
		}
		return f
	}
	return nil
}
