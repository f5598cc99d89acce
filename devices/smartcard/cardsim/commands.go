package cardsim

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// command is a command of either protocol. With T=0, P3 is the expected length of an
// outgoing command (0 means 256) and the length of the data of an incoming one.
type command struct {
	cla, ins, p1, p2 byte
	p3               byte // T=0
	data             []byte
	le               int  // -1: none
	any              bool // T=1: le is the greatest value, and stands for what there is
}

// outgoing reports whether a T=0 command of this kind brings data out of the card.
func outgoing(ins byte) bool {
	switch ins {
	case 0xB0, 0xB2, 0xC0, 0xCA:
		return true
	}
	return false
}

// parse reads a command as T=1 carries it, with short or extended length fields.
func parse(b []byte) (command, bool) {
	if len(b) < 4 {
		return command{}, false
	}
	c := command{cla: b[0], ins: b[1], p1: b[2], p2: b[3], le: -1}
	b = b[4:]
	wide := len(b) >= 3 && b[0] == 0
	length := func() int { // takes a length field off
		if wide {
			n := int(binary.BigEndian.Uint16(b))
			b = b[2:]
			return n
		}
		n := int(b[0])
		b = b[1:]
		return n
	}
	expected := func() {
		if c.le = length(); c.le == 0 {
			c.le, c.any = 256, true
			if wide {
				c.le = 65536
			}
		}
	}
	if wide {
		b = b[1:]
	}
	switch field := map[bool]int{false: 1, true: 2}[wide]; {
	case len(b) == 0:
	case len(b) == field:
		expected()
	default:
		n := length()
		if n == 0 || len(b) != n && len(b) != n+field {
			return command{}, false
		}
		c.data, b = b[:n], b[n:]
		if len(b) > 0 {
			expected()
		}
	}
	return c, true
}

// run executes one command and counts it.
func (c *Card) run(cmd command) ([]byte, error) {
	if c.pullAfter >= 0 && c.commands >= c.pullAfter {
		c.powered = false
		return nil, ErrPulled
	}
	c.commands++
	if sw, ok := c.forced[c.commands]; ok {
		return status(nil, sw), nil
	}
	if cmd.ins != 0xC0 {
		c.waiting = nil // response data wait for the very next command only
	}
	if cmd.cla != 0 {
		return status(nil, 0x6E00), nil
	}
	run, ok := map[byte]func(command) []byte{
		0xA4: c.selectFile, 0xB0: c.readBinary, 0xB2: c.readRecord, 0xC0: c.getResponse, 0xCA: c.getData, 0xCB: c.getData,
	}[cmd.ins]
	switch {
	case !ok:
		return status(nil, 0x6D00), nil
	case outgoing(cmd.ins) && (len(cmd.data) != 0 || cmd.le < 0), !outgoing(cmd.ins) && c.protocol == 0 && len(cmd.data) != int(cmd.p3):
		return status(nil, 0x6700), nil
	}
	return run(cmd), nil
}

func (c *Card) selectFile(cmd command) []byte {
	var info []byte // what to tell of the selected file
	switch cmd.p1 {
	case 0x04: // application by name
		i := slices.IndexFunc(c.desc.Applications, func(a Application) bool {
			return len(cmd.data) > 0 && bytes.HasPrefix(a.AID, cmd.data)
		})
		if i < 0 {
			return status(nil, 0x6A82)
		}
		c.selected, c.current = &c.desc.Applications[i], nil
		info = object(0x84, c.selected.AID)
	case 0x00, 0x02: // elementary file by identifier
		if len(cmd.data) != 2 {
			return status(nil, 0x6A87)
		}
		if c.selected == nil {
			return status(nil, 0x6985)
		}
		id := binary.BigEndian.Uint16(cmd.data)
		f := c.find(func(f File) bool { return f.ID == id })
		if f == nil {
			return status(nil, 0x6A82)
		}
		c.current = f
		info = append(f.size(), object(0x83, cmd.data)...)
	default:
		return status(nil, 0x6A86)
	}
	switch cmd.p2 {
	case 0x0C:
		return status(nil, 0x9000)
	case 0x00:
		return c.respond(cmd, object(0x6F, info))
	case 0x04:
		return c.respond(cmd, object(0x62, info))
	}
	return status(nil, 0x6A86)
}

// respond answers a command that had data with response data: T=0 announces them,
// T=1 sends what was asked for and announces the rest.
func (c *Card) respond(cmd command, data []byte) []byte {
	n := 0
	switch {
	case c.protocol != 0 && cmd.le < 0:
		return status(nil, 0x9000)
	case c.protocol != 0:
		n = min(cmd.le, len(data))
	}
	c.waiting = data[n:]
	if len(c.waiting) == 0 {
		return status(data, 0x9000)
	}
	return status(data[:n], 0x6100|more(c.waiting))
}

// more is how many bytes wait, as the second byte of 61xx says it: 00 means 256 or
// more.
func more(b []byte) uint16 { return uint16(byte(min(len(b), 256))) }

// find returns the selected application's file that matches.
func (c *Card) find(match func(File) bool) *File {
	i := slices.IndexFunc(c.selected.Files, match)
	if i < 0 {
		return nil
	}
	return &c.selected.Files[i]
}

// size is the file's size and descriptor as control information.
func (f *File) size() []byte {
	kind, n := byte(0x01), len(f.Data) // transparent
	if f.Records != nil {
		kind, n = 0x04, 0 // linear, variable records
		for _, r := range f.Records {
			n += len(r)
		}
	}
	return append(object(0x80, []byte{byte(n >> 8), byte(n)}), object(0x82, []byte{kind})...)
}

func (c *Card) readBinary(cmd command) []byte {
	offset := int(cmd.p1)<<8 | int(cmd.p2)
	if cmd.p1&0x80 != 0 { // short file identifier
		if !c.bySFI(cmd.p1 & 0x1F) {
			return status(nil, 0x6A82)
		}
		offset = int(cmd.p2)
	}
	switch {
	case c.current == nil:
		return status(nil, 0x6986)
	case c.current.Records != nil:
		return status(nil, 0x6981)
	case offset > len(c.current.Data):
		return status(nil, 0x6B00)
	}
	rest := c.current.Data[offset:]
	switch {
	case cmd.le <= len(rest):
		return status(rest[:cmd.le], 0x9000)
	case c.shortReads:
		return status(rest, 0x6282)
	case len(rest) == 0:
		return status(nil, 0x6B00)
	}
	return c.exactly(cmd, rest)
}

// exactly gives data whose length the command must name.
func (c *Card) exactly(cmd command, data []byte) []byte {
	if cmd.le == len(data) || cmd.any && cmd.le > len(data) {
		return status(data, 0x9000)
	}
	return status(nil, 0x6C00|more(data))
}

func (c *Card) readRecord(cmd command) []byte {
	if cmd.p2&7 != 4 {
		return status(nil, 0x6A86)
	}
	if sfi := cmd.p2 >> 3; sfi != 0 && !c.bySFI(sfi) {
		return status(nil, 0x6A82)
	}
	switch {
	case c.current == nil:
		return status(nil, 0x6986)
	case c.current.Records == nil:
		return status(nil, 0x6981)
	case cmd.p1 == 0 || int(cmd.p1) > len(c.current.Records):
		return status(nil, 0x6A83)
	}
	return c.exactly(cmd, c.current.Records[cmd.p1-1])
}

// getData gives an object of the selected application: CA names the tag in P1 P2, CB
// in a list as data.
func (c *Card) getData(cmd command) []byte {
	tag := bytes.TrimLeft([]byte{cmd.p1, cmd.p2}, "\x00")
	if cmd.ins == 0xCB {
		if cmd.p1 != 0x3F || cmd.p2 != 0xFF || len(cmd.data) < 3 || cmd.data[0] != 0x5C || int(cmd.data[1]) != len(cmd.data)-2 {
			return status(nil, 0x6A80)
		}
		tag = cmd.data[2:]
	}
	if c.selected == nil {
		return status(nil, 0x6985)
	}
	i := slices.IndexFunc(c.selected.Objects, func(o Object) bool { return bytes.Equal(o.Tag, tag) })
	if i < 0 {
		return status(nil, 0x6A88)
	}
	data := c.selected.Objects[i].Data
	switch {
	case cmd.ins == 0xCB:
		return c.respond(cmd, data)
	case len(data) > cmd.le:
		c.waiting = data[cmd.le:]
		return status(data[:cmd.le], 0x6100|more(c.waiting))
	}
	return c.exactly(cmd, data)
}

func (c *Card) bySFI(sfi byte) bool {
	if c.selected == nil || sfi == 0 {
		return false
	}
	f := c.find(func(f File) bool { return f.SFI == sfi })
	if f != nil {
		c.current = f
	}
	return f != nil
}

func (c *Card) getResponse(cmd command) []byte {
	n := len(c.waiting)
	switch {
	case n == 0:
		return status(nil, 0x6985)
	case cmd.p1 != 0 || cmd.p2 != 0:
		return status(nil, 0x6A86)
	case cmd.le > n && !cmd.any:
		return status(nil, 0x6C00|more(c.waiting))
	}
	n = min(n, cmd.le)
	data := c.waiting[:n]
	if c.waiting = c.waiting[n:]; len(c.waiting) > 0 {
		return status(data, 0x6100|more(c.waiting))
	}
	return status(data, 0x9000)
}

// object is a BER-TLV data object with a one-byte tag and at most 65535 bytes.
func object(tag byte, value []byte) []byte {
	n := len(value)
	head := []byte{tag, byte(n)}
	switch {
	case n > 0xFF:
		head = []byte{tag, 0x82, byte(n >> 8), byte(n)}
	case n > 0x7F:
		head = []byte{tag, 0x81, byte(n)}
	}
	return append(head, value...)
}
