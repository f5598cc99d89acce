package crt571sim

import (
	"context"
	"fmt"
	"slices"
	"time"
)

const (
	cmInitialise byte = 0x30
	cmStatus     byte = 0x31
	cmMove       byte = 0x32
	cmGate       byte = 0x33
	cmChip       byte = 0x51
	cmSerial     byte = 0xA2
	cmVersion    byte = 0xA4
	cmCounter    byte = 0xA5
)

// Codes of refusals.
const (
	unknownCommand = "00"
	badParameter   = "01"
	wrongSequence  = "02"
	badData        = "04"
	notReleased    = "05"
	jam            = "10"
	tooLong        = "13"
	tooShort       = "14"
	movedCapturing = "40"
	overflow       = "50"
	noActivation   = "61"
	notReset       = "B0"
)

// machine is the mechanism and what it knows.
type machine struct {
	power bool
	off   chan struct{} // closed when the power fails

	initialised bool
	counts      bool // captures
	asked       bool // for its status, since it got power
	gate        bool // open

	object *Object // in the path
	at     Position
	moving bool // and can be held by a hand no more
	grip   bool // a hand holds it
	chipOn bool

	bin, taken, removed []Object
	counter             int

	jammed     bool
	jamming    Half
	st0        byte // of a lying sensor; 0: the truth
	binSensor  bool // says full
	violations []string
}

func (m *machine) violation(format string, args ...any) {
	m.violations = append(m.violations, fmt.Sprintf(format, args...))
}

// carryOut obeys a command; the answer is the text of the reply.
func (u *Unit) carryOut(ctx context.Context, text []byte) ([]byte, error) {
	if len(text) < 3 || text[0] != 0x43 {
		return u.answer(text, unknownCommand, nil)
	}
	cm, pm, data := text[1], text[2], text[3:]
	if cm == cmInitialise {
		return u.initialise(ctx, text, pm)
	}
	var power, initialised bool
	u.do(func() {
		power, initialised = u.m.power, u.m.initialised
		if power && !initialised && (cm == cmMove || cm == cmGate && pm == 0x30) {
			u.m.violation("%02X %02X before the unit was initialised", cm, pm)
		}
	})
	switch {
	case !power: // it failed behind the acknowledgement
		return nil, errPower
	case !initialised:
		return u.answer(text, notReset, nil)
	}
	switch cm {
	case cmStatus:
		if pm != 0x30 {
			return u.answer(text, badParameter, nil)
		}
		u.do(func() { u.m.asked = true })
		return u.answer(text, "", nil)
	case cmMove:
		code, err := u.move(ctx, pm)
		if err != nil {
			return nil, err
		}
		return u.answer(text, code, nil)
	case cmGate:
		return u.answer(text, u.setGate(pm), nil)
	case cmChip:
		code, atr := u.chip(pm)
		return u.answer(text, code, atr)
	case cmSerial:
		return u.answer(text, "", []byte("SIM00001"))
	case cmVersion:
		return u.answer(text, "", []byte(u.o.Version))
	case cmCounter:
		return u.count(text, pm, data)
	}
	return u.answer(text, unknownCommand, nil)
}

// answer makes the text of a reply to a command; code is empty when it was obeyed.
func (u *Unit) answer(text []byte, code string, data []byte) (answer []byte, err error) {
	cm, pm := byte(0), byte(0)
	if len(text) >= 3 {
		cm, pm = text[1], text[2]
	}
	u.do(func() {
		switch {
		case !u.m.power:
			err = errPower
		case code == "":
			answer = []byte{0x50, cm, pm, u.st0(), '0', u.st2()}
		case u.o.Refusals4E:
			answer = append([]byte{0x4E, cm, pm}, code...)
		default:
			answer = append([]byte{0x45, cm, pm}, code...)
		}
	})
	return append(answer, data...), err
}

func (u *Unit) st0() byte {
	switch {
	case u.m.st0 != 0:
		return u.m.st0
	case u.m.object == nil:
		return '0'
	case u.m.at == Gate:
		return '1'
	}
	return '2'
}

func (u *Unit) st2() byte {
	if u.full() {
		return '1'
	}
	return '0'
}

func (u *Unit) full() bool { return u.m.binSensor || len(u.m.bin) >= u.o.Capacity }

func (u *Unit) initialise(ctx context.Context, text []byte, pm byte) ([]byte, error) {
	if pm < 0x30 || pm > 0x37 || pm&3 == 2 {
		return u.answer(text, badParameter, nil)
	}
	if !u.pass(ctx, startTime) {
		return nil, errPower
	}
	jammed, card := false, false
	u.set(func() {
		jammed, card = u.m.jammed, u.m.object != nil
		if !jammed {
			u.m.initialised, u.m.gate, u.m.counts = true, false, pm >= 0x34 || !u.o.CountsOnly37
		}
		if card && pm&3 == 1 {
			u.m.violation("a card was captured by initialising")
		}
	})
	if jammed {
		return u.answer(text, jam, nil)
	}
	if !card || pm&3 == 3 {
		return u.answer(text, "", nil)
	}
	code, err := u.move(ctx, map[byte]byte{0: 0x30, 1: 0x33}[pm&3])
	if err != nil {
		return nil, err
	}
	return u.answer(text, code, nil)
}

func (u *Unit) setGate(pm byte) (code string) {
	u.set(func() {
		switch {
		case pm == 0x31:
			u.m.gate = false
		case pm != 0x30:
			code = badParameter
		default:
			if !u.m.asked {
				u.m.violation("the gate was opened before the status was asked")
			}
			if u.m.object != nil {
				u.m.violation("the gate was opened with %s at the %s position", u.m.object.ID, u.m.at)
			}
			u.m.gate = true
		}
	})
	return code
}

func (u *Unit) chip(pm byte) (code string, atr []byte) {
	u.do(func() {
		switch {
		case pm == 0x31:
			u.m.chipOn = false
		case pm != 0x30:
			code = badParameter
		case u.m.object == nil || u.m.at != IC:
			code = wrongSequence
		case u.m.object.ATR == nil:
			code = noActivation
		default:
			u.m.chipOn, atr = true, slices.Clone(u.m.object.ATR)
		}
	})
	return code, atr
}

func (u *Unit) count(text []byte, pm byte, data []byte) ([]byte, error) {
	var digits []byte
	code := ""
	u.set(func() {
		switch n := 0; {
		case u.o.NoCounter:
			code = unknownCommand
		case pm == 0x30:
			digits = fmt.Appendf(nil, "%03d", u.m.counter)
		case pm != 0x31:
			code = badParameter
		default:
			if _, err := fmt.Sscanf(string(data), "%03d", &n); err != nil || len(data) != 3 || n < 0 {
				code = badData
				return
			}
			u.m.counter = n
		}
	})
	return u.answer(text, code, digits)
}

// Times of the mechanism.
const (
	startTime   = 200 * time.Millisecond
	drawTime    = 800 * time.Millisecond
	captureTime = 1200 * time.Millisecond
	shortTime   = 300 * time.Millisecond // between the inner positions
	bootTime    = 2 * time.Second
)

// pass lets the time of a movement pass; false when the power fails meanwhile. When the
// simulation ends it passes at once.
func (u *Unit) pass(ctx context.Context, d time.Duration) bool {
	var off chan struct{}
	u.do(func() { off = u.m.off })
	if began := time.Now(); u.o.Moved != nil {
		defer func() { u.o.Moved(began, time.Now()) }()
	}
	select {
	case <-time.After(d):
	case <-ctx.Done():
	case <-off:
		return false
	}
	select {
	case <-off:
		return false
	default:
		return true
	}
}
