package zvt

import (
	"errors"
	"fmt"
)

// Command is class and instruction of an APDU, for example 0x0601.
type Command uint16

// Commands of the kiosk (ECR).
const (
	CmdRegister   Command = 0x0600
	CmdPay        Command = 0x0601
	CmdLogOff     Command = 0x0602
	CmdRepeat     Command = 0x0620 // repeat receipt
	CmdReverse    Command = 0x0630
	CmdEndOfDay   Command = 0x0650
	CmdDiagnosis  Command = 0x0670
	CmdClock      Command = 0x0691
	CmdInitialise Command = 0x0693
	CmdAbort      Command = 0x06B0
	CmdStatus     Command = 0x0501 // status enquiry
	CmdLanguage   Command = 0x0830
	CmdBaud       Command = 0x0840
)

// Messages of the terminal (PT).
const (
	MsgSetClock     Command = 0x0401
	MsgStatusInfo   Command = 0x040F // the result of a payment
	MsgIntermediate Command = 0x04FF
	MsgCompletion   Command = 0x060F
	MsgAborted      Command = 0x061E
	MsgPrintLine    Command = 0x06D1
	MsgPrintText    Command = 0x06D3
)

// Answers. 84 00 is as positive as 80 00.
const (
	AnswerOK  Command = 0x8000
	AnswerErr Command = 0x8400 // the low byte is the error code
)

// String is the command as the manual writes it: "06 01".
func (c Command) String() string { return fmt.Sprintf("%02X %02X", byte(c>>8), byte(c)) }

var errAPDU = errors.New("length field does not fit the APDU")

// APDU is one message, as it is before serial framing: class, instruction, length
// (one byte, or FF and two bytes with the low one first), data.
type APDU []byte

// AppendAPDU appends the APDU of c with data (at most 65535 bytes).
func AppendAPDU(dst []byte, c Command, data ...byte) []byte {
	dst = append(dst, byte(c>>8), byte(c))
	if n := len(data); n < 0xFF {
		dst = append(dst, byte(n))
	} else {
		dst = append(dst, 0xFF, byte(n), byte(n>>8))
	}
	return append(dst, data...)
}

// apduSize says how long the header is and how long the whole APDU will be that
// begins with p; ok is false while p is too short to tell.
func apduSize(p []byte) (header, total int, ok bool) {
	switch {
	case len(p) < 3:
		return 0, 0, false
	case p[2] != 0xFF:
		return 3, 3 + int(p[2]), true
	case len(p) < 5:
		return 0, 0, false
	}
	return 5, 5 + int(p[3]) + int(p[4])<<8, true
}

// Check reports whether the length field fits.
func (a APDU) Check() error {
	if _, n, ok := apduSize(a); !ok || n != len(a) {
		return errAPDU
	}
	return nil
}

// Command is class and instruction.
func (a APDU) Command() Command { return Command(a[0])<<8 | Command(a[1]) }

// Data is everything after the length.
func (a APDU) Data() []byte {
	h, _, _ := apduSize(a)
	return a[h:]
}

// IsAnswer reports whether a answers a command (80 xx or 84 xx).
func (a APDU) IsAnswer() bool { return a[0] == 0x80 || a[0] == 0x84 }

// Positive reports whether an answer accepts: 80 00 or 84 00, with or without data.
func (a APDU) Positive() bool { return a.IsAnswer() && a[1] == 0 }
