package zvt

import (
	"fmt"

	"murur/devices"
	"murur/devices/terminal"
)

// Reason classes a result code (27 of a 04 0F, the code of a 06 1E or of a negative
// answer) for the person. Codes 01..63 are the operator's own, read as card networks
// usually do; 64..FF are the terminal's.
func Reason(code byte) terminal.Reason {
	switch code {
	case 0x33, 0x3D, 0x41, 0x71:
		return terminal.ReasonFunds
	case 0x37, 0x4B:
		return terminal.ReasonPIN
	case 0x0E, 0x21, 0x36, 0x38, 0x39, 0x3E, // card number, expired, unknown, not permitted
		0x64, 0x65, 0x67, 0x68, 0x6E, 0x72, 0x73, 0x78, 0x79, 0x7A, 0x7B, 0x7C, 0x7E, 0xC5, 0xD2, 0xEA:
		return terminal.ReasonCard
	case codeCancelled:
		return terminal.ReasonCancelled
	case 0x1E, 0x3A, 0x5B, 0x5C, 0x5D, 0x5F, 0x60, // the bank's systems
		0x7D, 0x9B, 0xA1, 0xA3, 0xF1, 0xFA:
		return terminal.ReasonLine
	case 0x03, 0x0D, 0x40: // merchant unknown, amount not understood
		return terminal.ReasonUnavailable
	case 0x76:
		return terminal.ReasonDeclined
	}
	if code != 0 && code < 0x64 {
		return terminal.ReasonDeclined
	}
	return terminal.ReasonUnavailable
}

const (
	codeCancelled     = 0x6C // time-out or cancel key, not told apart
	codeNotRegistered = 0x6B
	codeUnsupported   = 0x83
	codePleaseWait    = 0x9C
)

// StatusFault is the fault behind a terminal status or a set-up result code, nil when
// the terminal can be used.
func StatusFault(code byte) *devices.Fault {
	name, remedy := "terminal-out-of-order", devices.RemedyMaintenance
	switch code {
	case 0x00, 0xDC: // a card left inserted does not hinder
		return nil
	case codePleaseWait, 0xA0, 0xE0:
		name, remedy = "terminal-busy", devices.RemedyWait
	case 0xE1, 0xE3:
		name, remedy = "terminal-card-slot", devices.RemedyClear
	case 0x51, 0x62, 0x6A, 0xB1, 0xB2, 0xC1, 0xC2, 0xF0, 0xF6, 0x9D:
		name = "terminal-job-due" // initialisation, clock, diagnosis, end of day …
	case 0x6B, 0x6F, 0x85, 0x9A, 0xC3, 0xC6, 0xC8, 0xC9, 0xCB, 0xE4, 0xEB, 0xEC:
		name, remedy = "terminal-set-up", devices.RemedyConfiguration
	case 0x7D, 0x9B, 0xA1, 0xA3:
		name, remedy = "terminal-line", devices.RemedyWait
	}
	return &devices.Fault{Code: name, Remedy: remedy, Detail: fmt.Sprintf("status %02X", code)}
}

// Guide says what the person should do at a situation told by 04 FF. Codes from 40 on
// repeat the situation with the wish that the card be taken out, and that is then
// what the person should do. Unknown codes mean "please wait".
func Guide(code byte) terminal.Guidance {
	switch code {
	case 0x0A:
		return terminal.GuideInsertCard
	case 0x01, 0x02:
		return terminal.GuideEnterPIN
	case 0x15:
		return terminal.GuideWrongPIN
	case 0x00, 0x11, 0x26, 0x27, 0x28, 0x29, 0x2C, 0x69, 0xC7, 0xC8, 0xCC, 0xE0, 0xE1:
		return terminal.GuideLook
	case 0x0B:
		return terminal.GuideRemoveCard
	case 0x03, 0x0D, 0x12, 0x13:
		return terminal.GuideFailed
	case 0x05, 0x45:
		return terminal.GuideUndoing
	case 0x07, 0x08, 0x09, 0x10, 0x14, 0x16, 0x18, 0x19:
		return terminal.GuideOtherCard
	case 0x0C:
		return terminal.GuideTryAgain
	case 0x1D:
		return terminal.GuideDeclined
	case 0x1A, 0x5A, 0xCB, 0xE2:
		return terminal.GuideUnavailable
	case 0xD2:
		return terminal.GuideConnecting
	}
	if code >= 0x41 && code <= 0x5D && code != 0x4A || code == 0x66 || code == 0x67 {
		return terminal.GuideRemoveCard
	}
	return terminal.GuideWait
}
