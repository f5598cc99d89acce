package escpossim

import (
	"murur/devices"
)

// rollByte is the reply to GS r 1 and ESC v.
func (m *machine) rollByte() byte {
	switch m.level {
	case devices.LevelOut:
		return 0x0F
	case devices.LevelLow:
		return 0x03
	}
	return 0
}

// status answers DLE EOT n.
func (m *machine) status(n byte) {
	if n == 0x14 {
		if m.model.Presenter {
			m.answer(m.full()...)
		}
		return
	}
	if n < 1 || n > 4 {
		return
	}
	b := byte(0x12)
	set := func(mask byte, on bool) {
		if on {
			b |= mask
		}
	}
	out := m.level == devices.LevelOut
	switch n {
	case 1:
		set(0x08, m.blocked())
	case 2:
		set(0x04, m.cover)
		set(0x20, out)
		set(0x40, m.jam || m.cutter || m.hot || m.voltage)
	case 3:
		if m.model.Name == PyramidPhoenix.Name {
			b = 0 // it has no errors to tell
			break
		}
		set(0x04, m.jam)
		set(0x08, m.cutter)
		set(0x20, m.voltage)
		set(0x40, m.hot)
	case 4:
		set(0x60, out)
		set(0x0C, out && !m.model.RealTime || m.level == devices.LevelLow)
	}
	if m.model.Loose && m.model.RealTime {
		b &^= 0x12 // reserved bits
	}
	m.answer(b)
}

// full is the full status frame.
func (m *machine) full() []byte {
	f := []byte{0x10, 0x0F, 0, 0, 0, 0}
	set := func(at int, mask byte, on bool) {
		if on {
			f[2+at] |= mask
		}
	}
	set(0, 0x01, m.level == devices.LevelOut)
	set(0, 0x04, m.level != devices.LevelOK)
	set(0, 0x20, m.output)
	set(1, 0x03, m.cover)
	set(1, 0x08, m.moving)
	set(2, 0x01, m.hot)
	set(2, 0x08, m.voltage)
	set(2, 0x40, m.jam)
	set(3, 0x01, m.cutter)
	return f
}

// ejector is GS e.
func (m *machine) ejector(n byte) work {
	switch n {
	case 2:
		if m.held < 0 && !m.blankHeld {
			return work{}
		}
		return work{time: ejectorTime, then: func() { m.leave(devices.CustodyRetracted) }}
	case 3, 0x20:
		return work{time: ejectorTime, then: m.present}
	case 5:
		return work{time: ejectorTime, then: func() {
			m.present()
			m.output = false
		}}
	case 6:
		b := byte(0)
		if m.output {
			b |= 0x08
		}
		if m.jam {
			b |= 0x80
		}
		m.answer(b)
	case 0x12, 0x14:
		m.continuous = n == 0x14
	}
	return work{}
}
