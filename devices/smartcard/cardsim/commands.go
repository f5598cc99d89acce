package cardsim

import "bytes"

// header is the first five bytes of a transport unit. For an outgoing command P3
// is the expected length (0 means 256), for an incoming one the data's length.
type header struct{ CLA, INS, P1, P2, P3 byte }

func (h header) le() int {
	if h.P3 == 0 {
		return 256
	}
	return int(h.P3)
}

// run executes one command.
func (c *Card) run(h header, data []byte) []byte {
	if h.INS != 0xC0 {
		c.waiting = nil // response data wait for the very next command only
	}
	if h.CLA != 0 {
		return status(nil, 0x6E00)
	}
	switch h.INS {
	case 0xA4:
		if len(data) != int(h.P3) {
			return status(nil, 0x6700)
		}
		return c.selectFile(h, data)
	case 0xB0, 0xB2, 0xC0:
		if len(data) != 0 {
			return status(nil, 0x6700)
		}
	default:
		return status(nil, 0x6D00)
	}
	switch h.INS {
	case 0xB0:
		return c.readBinary(h)
	case 0xB2:
		return c.readRecord(h)
	}
	return c.getResponse(h)
}

func (c *Card) selectFile(h header, data []byte) []byte {
	var info []byte // what to tell of the selected file
	switch h.P1 {
	case 0x04: // application by name
		if c.desc.AID == nil || len(data) == 0 || !bytes.HasPrefix(c.desc.AID, data) {
			return status(nil, 0x6A82)
		}
		c.selected, c.current = true, nil
		info = object(0x84, c.desc.AID)
	case 0x00, 0x02: // elementary file by identifier
		if len(data) != 2 {
			return status(nil, 0x6A87)
		}
		if !c.selected {
			return status(nil, 0x6985)
		}
		id := uint16(data[0])<<8 | uint16(data[1])
		f := c.find(func(f File) bool { return f.ID == id })
		if f == nil {
			return status(nil, 0x6A82)
		}
		c.current = f
		info = append(f.size(), object(0x83, data)...)
	default:
		return status(nil, 0x6A86)
	}
	switch h.P2 {
	case 0x0C:
		return status(nil, 0x9000)
	case 0x00:
		c.waiting = object(0x6F, info)
	case 0x04:
		c.waiting = object(0x62, info)
	default:
		return status(nil, 0x6A86)
	}
	return status(nil, 0x6100|uint16(len(c.waiting)))
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

func (c *Card) readBinary(h header) []byte {
	offset := int(h.P1)<<8 | int(h.P2)
	if h.P1&0x80 != 0 { // short file identifier
		if !c.bySFI(h.P1 & 0x1F) {
			return status(nil, 0x6A82)
		}
		offset = int(h.P2)
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
	case h.le() <= len(rest):
		return status(rest[:h.le()], 0x9000)
	case c.shortReads:
		return status(rest, 0x6282)
	case len(rest) == 0:
		return status(nil, 0x6B00)
	}
	return status(nil, 0x6C00|uint16(len(rest)))
}

func (c *Card) readRecord(h header) []byte {
	if h.P2&7 != 4 {
		return status(nil, 0x6A86)
	}
	if sfi := h.P2 >> 3; sfi != 0 && !c.bySFI(sfi) {
		return status(nil, 0x6A82)
	}
	switch {
	case c.current == nil:
		return status(nil, 0x6986)
	case c.current.Records == nil:
		return status(nil, 0x6981)
	case h.P1 == 0 || int(h.P1) > len(c.current.Records):
		return status(nil, 0x6A83)
	}
	record := c.current.Records[h.P1-1]
	if h.le() != len(record) {
		return status(nil, 0x6C00|uint16(byte(len(record))))
	}
	return status(record, 0x9000)
}

func (c *Card) bySFI(sfi byte) bool {
	f := c.find(func(f File) bool { return sfi != 0 && f.SFI == sfi })
	if !c.selected || f == nil {
		return false
	}
	c.current = f
	return true
}

func (c *Card) getResponse(h header) []byte {
	n := len(c.waiting)
	switch {
	case n == 0:
		return status(nil, 0x6985)
	case h.P1 != 0 || h.P2 != 0:
		return status(nil, 0x6A86)
	case h.le() > n:
		return status(nil, 0x6C00|uint16(byte(n)))
	}
	data := c.waiting[:h.le()]
	c.waiting = c.waiting[h.le():]
	if len(c.waiting) > 0 {
		return status(data, 0x6100|uint16(byte(len(c.waiting))))
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
