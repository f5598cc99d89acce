package zvt

// Message sequence ids (tag 1F73): when both sides agree, each command takes the next
// number, its answer repeats it, and a repeated message keeps it. So a duplicate is
// visible, and an answer belongs to one command.

const lastSequence = 999_999

// NextSequence is the id after id: 1 to 999999, and again 1.
func NextSequence(id uint32) uint32 { return id%lastSequence + 1 }

// numbered is where the numbered fields of a's data begin; ok is false where a message
// has no room for a container. open is the command that a 06 0F ends.
func numbered(a APDU, open Command) (at int, ok bool) {
	data := a.Data()
	switch a.Command() {
	case CmdRegister:
		at = 6
	case CmdStatus, CmdRepeat, CmdReverse, CmdEndOfDay, CmdInitialise, CmdClock:
		at = 3
	case CmdLanguage, CmdBaud:
		at = 1
	case MsgPrintLine:
		return 0, false
	case MsgAborted:
		if at = 1; len(data) > 0 && data[0] == 0x6F && len(data) > 2 && data[1] != 0x06 {
			at = 3 // the currency behind the code
		}
	case MsgIntermediate:
		at = 1
		if len(data) > 1 && !onlyContainer(data[1:]) {
			at = 2
		}
	case MsgCompletion:
		// A payment that ends while we ask for the status has no status in its end.
		if open == CmdStatus && !onlyContainer(data) {
			at = 1
			if n := versionSize(data); n > 0 {
				at = n + 1
			}
		}
	}
	return at, at <= len(data)
}

// onlyContainer reports whether data is one bitmap 06 and nothing else.
func onlyContainer(data []byte) bool {
	if len(data) < 2 || data[0] != 0x06 {
		return false
	}
	n, h, ok := berLength(data[1:])
	return ok && 1+h+n == len(data)
}

// SequenceOf is the id that a carries. open is the command that a 06 0F ends.
func SequenceOf(a APDU, open Command) (id uint32, ok bool) {
	at, ok := numbered(a, open)
	if !ok {
		return 0, false
	}
	f := ReadFields(a.Data()[at:])
	for f.Next() {
		if f.number != 0x06 {
			continue
		}
		t := ReadTLV(f.value)
		for t.Next() {
			if t.tag == TagSequence && len(t.value) == 3 {
				v, ok := BCD(t.value)
				return uint32(v), ok && v != 0
			}
		}
	}
	return 0, false
}

// WithSequence is a with id in its container; a itself where a message has no room for
// one. A 06 0F that ends the status enquiry needs open.
func WithSequence(a APDU, id uint32, open Command) APDU {
	at, ok := numbered(a, open)
	if !ok {
		return a
	}
	data := a.Data()
	tag := AppendTLV(nil, TagSequence, AppendBCD(nil, uint64(id), 3)...)
	out := append([]byte(nil), data[:at]...)
	if a.Command() == MsgIntermediate && at == 1 && len(data) == 1 {
		out = append(out, 0) // the minutes that a container requires
	}
	f := ReadFields(data[at:])
	done := false
	for f.Next() {
		v := f.value
		if f.number == 0x06 && !done {
			v, done = append(v, tag...), true // v has no room of its own: it is copied
		}
		out = AppendField(out, f.number, v...)
	}
	if f.err != nil {
		out = append(out, f.rest...) // whatever this is, it stays as it was
	} else if !done {
		out = AppendField(out, 0x06, tag...)
	}
	return AppendAPDU(nil, a.Command(), out...)
}
