package zvt

import (
	"errors"
	"fmt"
)

// Registered is what the 06 0F of a registration says.
type Registered struct {
	Status   byte   // 01 initialisation due, 02 diagnosis due, 04 OPT action due, 08 filling station, 10 vending
	Terminal string // eight digits; empty when not said
	Currency int    // 0 when not said
	Charset  byte   // of its texts: FF (code page 437) unless it took another one
	Sequence bool   // it will number its messages
}

// ParseRegistered reads the data of that 06 0F.
func ParseRegistered(data []byte) (Registered, error) {
	r := Registered{Charset: charset437}
	f := ReadFields(data)
	for f.Next() {
		switch f.number {
		case 0x19:
			r.Status = f.value[0]
		case 0x29:
			if id, ok := BCD(f.value); ok {
				r.Terminal = fmt.Sprintf("%08d", id)
			}
		case 0x49:
			cc, _ := BCD(f.value)
			r.Currency = int(cc)
		case 0x06:
			r.container(f.value)
		}
	}
	return r, f.err
}

// container takes the character set, which comes back in the list that offered it or,
// by another chapter, alone.
func (r *Registered) container(p []byte) {
	t := ReadTLV(p)
	for t.Next() {
		switch t.tag {
		case TagCharsets:
			r.container(t.value)
		case TagCharset:
			if len(t.value) == 1 && t.value[0] == charsetUTF8 {
				r.Charset = charsetUTF8
			}
		case TagSequence:
			r.Sequence = true
		}
	}
}

// State is the answer to a status enquiry.
type State struct {
	Version string // of the terminal's software; empty when not sent
	Status  byte   // 00 ready
}

var errState = errors.New("status is missing")

// ParseState reads the data of the 06 0F that ends a status enquiry. Its fields have
// no numbers, and a status F0 or F6 looks like the length of a version: a version is
// taken only where three length bytes and the length itself fit.
func ParseState(data []byte) (State, error) {
	var s State
	if n := versionSize(data); n > 0 {
		s.Version = string(trimZero(data[3:n]))
		data = data[n:]
	}
	if len(data) == 0 {
		return s, errState
	}
	s.Status = data[0]
	return s, nil
}

// versionSize is how many bytes a version at the front of data takes, 0 when there is
// none.
func versionSize(data []byte) int {
	if len(data) <= 4 {
		return 0
	}
	n := 0
	for _, b := range data[:3] {
		if b < 0xF0 || b > 0xF9 {
			return 0
		}
		n = n*10 + int(b&0x0F)
	}
	if 3+n >= len(data) {
		return 0
	}
	return 3 + n
}

func trimZero(p []byte) []byte {
	for len(p) > 0 && p[len(p)-1] == 0 {
		p = p[:len(p)-1]
	}
	return p
}

// Intermediate is what a 04 FF says.
type Intermediate struct {
	Code    byte // the situation; see Guide
	Minutes int  // new T4; 0 leaves it as it is
	TLV     []byte
}

// ParseIntermediate reads the data of a 04 FF. The container should come with the
// minutes before it, but the manual's own example leaves them out: a 06 whose length
// takes all the rest is a container, any other first byte the minutes.
func ParseIntermediate(data []byte) Intermediate {
	var m Intermediate
	if len(data) == 0 {
		m.Code = 0xFF
		return m
	}
	m.Code, data = data[0], data[1:]
	if onlyContainer(data) {
		_, h, _ := berLength(data[1:])
		m.TLV = data[1+h:]
		return m
	}
	if len(data) == 0 {
		return m
	}
	if v, ok := BCD(data[:1]); ok {
		m.Minutes = int(v)
	}
	f := ReadFields(data[1:])
	for f.Next() {
		if f.number == 0x06 {
			m.TLV = f.value
		}
	}
	return m
}
