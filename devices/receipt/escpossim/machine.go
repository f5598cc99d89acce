package escpossim

import (
	"bytes"
	"time"
)

// machine works off the bytes of the receive buffer: commands, their parameters,
// raster data. It is fed one byte at a time and keeps its place between them, as a
// printer does whose cable is pulled in the middle of a picture.
type machine struct {
	path
	speed  int
	answer func(reply ...byte) // in the buffer's order

	cmd    []byte // the command being collected
	raster raster
	skip   int // data bytes of a command that is not simulated

	unitY      int // vertical units per inch
	unitX      int
	margin     int // dots
	position   int // dots, ESC $
	lineFeed   int // dots
	text       int // characters waiting for the line's end
	continuous bool
	resumed    bool // the command in progress began on an earlier link
}

// raster is the GS v 0 whose data is being received.
type raster struct {
	x, y int
	mode byte
	row  []byte
	prev byte // for real-time commands in the data
	pp   byte
}

func (m *machine) reset() {
	m.unitX, m.unitY = m.model.DPI, m.model.DPI
	if m.model.HalfDots {
		m.unitY *= 2
	}
	m.margin, m.position, m.text = 0, 0, 0
	m.lineFeed = m.model.DPI / 6
}

// powerUp forgets everything but where the paper is.
func (m *machine) powerUp() {
	m.cmd, m.raster, m.skip = nil, raster{}, 0
	m.continuous = m.model.Presenter && m.model.Mute
	m.reset()
}

// work is what a step has to wait for: the time in which paper moves, and what is
// true afterwards.
type work struct {
	time time.Duration
	then func()
}

// midway reports whether more bytes are needed to end a command.
func (m *machine) midway() bool { return len(m.cmd) > 0 || m.raster.y > 0 || m.skip > 0 }

// question reports whether the next byte belongs to a status request, which needs
// no paper, on a printer that answers in the buffer's order.
func (m *machine) question(b byte) bool {
	if m.model.RealTime || m.raster.y > 0 || m.skip > 0 {
		return false
	}
	return len(m.cmd) == 0 && b == 0x10 || len(m.cmd) > 0 && m.cmd[0] == 0x10
}

// step takes one byte.
func (m *machine) step(b byte) work {
	switch {
	case m.raster.y > 0:
		return m.rasterByte(b)
	case m.skip > 0:
		m.skip--
		return work{}
	}
	m.cmd = append(m.cmd, b)
	n, known := length(m.cmd)
	switch {
	case !known:
		m.counters.Unknown++
		m.cmd = nil
		return work{}
	case len(m.cmd) < n:
		return work{}
	}
	cmd := m.cmd
	m.cmd = nil
	return m.execute(cmd)
}

// params are the bytes that follow a two-byte command.
var params = map[string]int{
	"\x1b@": 0, "\x1b2": 0, "\x1b3": 1, "\x1bJ": 1, "\x1bd": 1, "\x1b!": 1, "\x1bE": 1, "\x1b-": 1,
	"\x1ba": 1, "\x1bM": 1, "\x1bt": 1, "\x1bR": 1, "\x1b$": 2, "\x1b\\": 2, "\x1bi": 0, "\x1bm": 0,
	"\x1bv": 0, "\x1bp": 3, "\x1dP": 2, "\x1dL": 2, "\x1dW": 2, "\x1dr": 1, "\x1dI": 1, "\x1da": 1,
	"\x1d!": 1, "\x1dv": 6, "\x10\x04": 1, "\x10\x05": 1, "\x10\x14": 8,
}

// length is the length of a command as far as its first bytes tell.
func length(c []byte) (n int, known bool) {
	if c[0] != 0x1B && c[0] != 0x1D && c[0] != 0x10 {
		return 1, true
	}
	if len(c) < 2 {
		return 2, true
	}
	switch {
	case c[0] == 0x1D && c[1] == 'V':
		if len(c) < 3 {
			return 3, true
		}
		if c[2] == 'A' || c[2] == 'B' {
			return 4, true
		}
		return 3, true
	case c[0] == 0x1D && c[1] == 'e':
		if len(c) < 3 {
			return 3, true
		}
		switch c[2] {
		case 3:
			return 4, true
		case 0x20:
			return 5, true
		}
		return 3, true
	case c[0] == 0x1D && c[1] == '(':
		if len(c) >= 5 && c[2] == 'H' {
			return 5 + min(int(c[3]), 16), true
		}
		return max(len(c), 5), true
	}
	n, known = params[string(c[:2])]
	return 2 + n, known
}

func (m *machine) execute(c []byte) work {
	switch c[0] {
	case 0x1B:
		return m.escape(c)
	case 0x1D:
		return m.group(c)
	case 0x10:
		if c[1] == 4 && !m.model.RealTime {
			return work{then: func() { m.status(c[2]) }}
		}
		return work{}
	case '\n':
		return m.line()
	}
	if c[0] >= 0x20 {
		m.text++
		if m.text*12 >= m.model.Dots {
			return m.line()
		}
	}
	return work{}
}

func (m *machine) escape(c []byte) work {
	switch c[1] {
	case '@':
		m.reset()
	case '2':
		m.lineFeed = m.model.DPI / 6
	case '3':
		m.lineFeed = m.dots(int(c[2]))
	case 'J':
		if m.model.ESCJ {
			return m.feed(m.dots(int(c[2])))
		}
		return m.feed(m.lineFeed)
	case 'd':
		return m.feed(int(c[2]) * m.lineFeed)
	case '$':
		m.position = int(c[2]) | int(c[3])<<8
	case 'i', 'm':
		return m.cutWork(0)
	case 'v':
		return m.ordered(m.rollByte())
	}
	return work{}
}

// ordered is a reply that is given when the paper before it has stopped.
func (m *machine) ordered(reply ...byte) work {
	return work{then: func() { m.answer(reply...) }}
}

// dots converts vertical units.
func (m *machine) dots(units int) int { return units * m.model.DPI / m.unitY }

func (m *machine) group(c []byte) work {
	switch c[1] {
	case 'P':
		if m.model.Units && c[2] > 0 && c[3] > 0 {
			m.unitX, m.unitY = int(c[2]), int(c[3])
		}
	case 'L':
		m.margin = (int(c[2]) | int(c[3])<<8) * m.model.DPI / m.unitX
	case 'V':
		if len(c) == 4 {
			return m.cutWork(m.dots(int(c[3])))
		}
		return m.cutWork(0)
	case 'e':
		if m.model.Presenter {
			return m.ejector(c[2])
		}
		m.counters.Unknown++
	case 'r':
		if c[2] == 1 || c[2] == '1' {
			return m.ordered(m.rollByte())
		}
	case '(':
		if c[2] == 'H' && len(c) == 11 && m.model.ProcessID {
			return m.ordered(append(append([]byte{0x37, 0x22}, c[7:]...), 0)...)
		}
		m.counters.Unknown++
		if c[2] != 'H' {
			m.skip = int(c[3]) | int(c[4])<<8
		}
	case 'v':
		m.raster = raster{x: int(c[4]) | int(c[5])<<8, y: int(c[6]) | int(c[7])<<8, mode: c[3] & 3}
		switch {
		case m.raster.x == 0:
			m.raster.y = 0
		case m.raster.y > m.model.MaxRows:
			m.violation("raster of %d rows, the limit is %d", m.raster.y, m.model.MaxRows)
		}
		if m.text > 0 {
			m.violation("raster on a line that is not empty")
		}
		if m.continuous {
			m.violation("printing with continuous mode on")
		}
	}
	return work{}
}

// rasterByte takes one byte of a picture and prints the row it completes.
func (m *machine) rasterByte(b byte) work {
	r := &m.raster
	if m.resumed {
		// A driver may ask a printer that it left in the middle of a picture.
	} else if r.pp == 0x10 && (r.prev == 4 && b >= 1 && b <= 4 || r.prev == 5 && b <= 2) || r.prev == 0x10 && b == 0x14 {
		m.violation("real-time command %02X %02X %02X inside a picture", r.pp, r.prev, b)
	}
	r.pp, r.prev = r.prev, b
	r.row = append(r.row, b)
	if len(r.row) < r.x {
		return work{}
	}
	row := r.row
	r.row = nil
	r.y--
	if r.mode&1 != 0 {
		row = doubled(row)
	}
	row = shift(row, m.start(), m.model.Dots)
	rows := 1
	if r.mode&2 != 0 {
		rows = 2
	}
	m.move(row, rows)
	if r.y == 0 {
		m.position, m.resumed = 0, false
	}
	return work{time: m.rowTime(m.speed) * time.Duration(rows)}
}

// start is the column at which a picture begins.
func (m *machine) start() int {
	n := 0
	if m.model.GSL {
		n = m.margin
	}
	if m.model.ESCPos {
		n += m.position
	}
	return n
}

// doubled makes every dot of a row two dots wide.
func doubled(row []byte) []byte {
	out := make([]byte, 0, 2*len(row))
	for _, b := range row {
		var w uint16
		for i := range 8 {
			if b&(0x80>>i) != 0 {
				w |= 0xC000 >> (2 * i)
			}
		}
		out = append(out, byte(w>>8), byte(w))
	}
	return out
}

// shift moves a row right by n dots; what leaves the head is lost.
func shift(row []byte, n, dots int) []byte {
	if n == 0 {
		return row
	}
	out := make([]byte, (dots+7)/8)
	for i, b := range row {
		if at := n/8 + i; at < len(out) {
			out[at] |= b >> (n % 8)
			if at+1 < len(out) {
				out[at+1] |= b << (8 - n%8)
			}
		}
	}
	return out
}

// move prints a row several times; a fault in between ends it.
func (m *machine) move(row []byte, times int) {
	for ; times > 0 && !m.blocked(); times-- {
		m.print(row)
	}
}

// feed moves blank paper.
func (m *machine) feed(rows int) work {
	m.move(nil, rows)
	return work{time: m.rowTime(m.speed) * time.Duration(rows)}
}

// line prints the waiting characters, as blocks, and feeds one line.
func (m *machine) line() work {
	rows := 0
	if m.text > 0 {
		m.violation("%d characters printed as text", m.text)
		block := bytes.Repeat([]byte{0x7F, 0xC7, 0xFC}, (m.text+1)/2) // two cells of 12 dots
		m.text = 0
		m.move(block, 20)
		rows = 20
	}
	w := m.feed(max(m.lineFeed-rows, 0))
	w.time += m.rowTime(m.speed) * time.Duration(rows)
	return w
}

const (
	cutTime     = 250 * time.Millisecond
	ejectorTime = 400 * time.Millisecond
)

func (m *machine) cutWork(feed int) work {
	w := m.feed(feed)
	w.time += cutTime
	w.then = func() {
		m.cut()
		if !m.model.Presenter {
			m.present() // into the hand
		}
	}
	return w
}
