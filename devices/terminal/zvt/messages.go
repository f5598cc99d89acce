package zvt

import (
	"errors"
	"fmt"
)

const (
	// ConfigUnattended is the config byte of a kiosk: the terminal tells what it does
	// (08), has neither amount entry nor administration of its own (10, 20), and the
	// kiosk composes all receipts itself (02, 04), so that the answer to the 04 0F is
	// the only commit point.
	ConfigUnattended = 0x3E

	noServiceKey   = 0x01 // 03 of 06 00: no service menu on a function key
	repeatSilently = 0x03 // 03 of 06 20: send the last 04 0F (01), print nothing (02)
	paymentNormal  = 0x40 // 19 of 06 01: the terminal decides how, no GeldKarte
	charsetUTF8    = 0xFE
	maxAPDU        = 0x0400 // the longest APDU we declare to take
	voteNo         = 0x66   // error code of a negative vote; free to choose
)

// AppendRegistration appends the 06 00 of an unattended kiosk. The password is six
// digits, the currency an ISO 4217 number.
func AppendRegistration(dst []byte, password string, currency int) []byte {
	var permitted, tlv []byte
	for _, c := range []Command{MsgPrintText, MsgSetClock} {
		permitted = AppendTLV(permitted, TagCommand, byte(c>>8), byte(c))
	}
	tlv = AppendTLV(tlv, TagPermitted, permitted...)
	tlv = AppendTLV(tlv, TagCharsets, AppendTLV(nil, TagCharset, charsetUTF8)...)
	tlv = AppendTLV(tlv, TagMaxAPDU, maxAPDU>>8, maxAPDU&0xFF)

	data := append(appendPassword(nil, password), ConfigUnattended)
	data = AppendBCD(data, uint64(currency), 2)
	data = AppendField(data, 0x03, noServiceKey)
	data = AppendField(data, 0x06, tlv...)
	return AppendAPDU(dst, CmdRegister, data...)
}

// AppendPayment appends the 06 01: amount in minor units and currency, always both,
// because a missing currency means EUR. The container is left out when empty.
func AppendPayment(dst []byte, amount int64, currency int, tlv ...byte) []byte {
	data := AppendField(nil, 0x04, AppendBCD(nil, uint64(amount), 6)...)
	data = AppendField(data, 0x49, AppendBCD(nil, uint64(currency), 2)...)
	data = AppendField(data, 0x19, paymentNormal)
	if len(tlv) > 0 {
		data = AppendField(data, 0x06, tlv...)
	}
	return AppendAPDU(dst, CmdPay, data...)
}

// AppendRepeat appends the 06 20 that asks for the 04 0F of the last transaction and
// no print.
func AppendRepeat(dst []byte, password string) []byte {
	return AppendAPDU(dst, CmdRepeat, AppendField(appendPassword(nil, password), 0x03, repeatSilently)...)
}

func appendPassword(dst []byte, digits string) []byte {
	for i := 0; i+1 < len(digits); i += 2 {
		dst = append(dst, (digits[i]-'0')<<4|(digits[i+1]-'0'))
	}
	return dst
}

// Registered is what the 06 0F of a registration says.
type Registered struct {
	Status   byte   // 01 initialisation due, 02 diagnosis due, 04 OPT action due, 08 filling station, 10 vending
	Terminal string // eight digits; empty when not said
	Currency int    // 0 when not said
}

// ParseRegistered reads the data of that 06 0F.
func ParseRegistered(data []byte) (Registered, error) {
	var r Registered
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
		}
	}
	return r, f.err
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
	if len(data) > 4 {
		n := 0
		isVersion := true
		for _, b := range data[:3] {
			isVersion = isVersion && b >= 0xF0 && b <= 0xF9
			n = n*10 + int(b&0x0F)
		}
		if isVersion && 3+n < len(data) {
			s.Version = string(trimZero(data[3 : 3+n]))
			data = data[3+n:]
		}
	}
	if len(data) == 0 {
		return s, errState
	}
	s.Status = data[0]
	return s, nil
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
	if len(data) > 1 && data[0] == 0x06 {
		if n, h, ok := berLength(data[1:]); ok && 1+h+n == len(data) {
			m.TLV = data[1+h:]
			return m
		}
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
