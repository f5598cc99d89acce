package crt571

import (
	"errors"
	"fmt"

	"murur/devices"
	"murur/devices/capture"
)

// command is one command of the family.
type command struct {
	cm, pm byte
	data   string
	slow   bool // its reply may take as long as a move
	moves  bool // moves a card: slow, never given up, never repeated on a guess
}

var (
	initialise      = command{cm: 0x30, pm: 0x33, slow: true} // leaves the card where it is
	initialiseCount = command{cm: 0x30, pm: 0x37, slow: true} // and has captures counted
	askStatus       = command{cm: 0x31, pm: 0x30}
	moveIC          = command{cm: 0x32, pm: 0x31, slow: true, moves: true}
	moveRF          = command{cm: 0x32, pm: 0x32, slow: true, moves: true}
	moveBin         = command{cm: 0x32, pm: 0x33, slow: true, moves: true}
	moveOut         = command{cm: 0x32, pm: 0x39, slow: true, moves: true}
	openGate        = command{cm: 0x33, pm: 0x30}
	closeGate       = command{cm: 0x33, pm: 0x31}
	chipReset       = command{cm: 0x51, pm: 0x30, slow: true}
	chipOff         = command{cm: 0x51, pm: 0x31}
	askVersion      = command{cm: 0xA4, pm: 0x30}
	askCounter      = command{cm: 0xA5, pm: 0x30}
	clearCounter    = command{cm: 0xA5, pm: 0x31, data: "000"}
)

func (c command) text() []byte {
	return append([]byte{kindCommand, c.cm, c.pm}, c.data...)
}

func (c command) String() string { return fmt.Sprintf("%02X %02X", c.cm, c.pm) }

// refusal is a negative reply.
type refusal struct {
	to   command
	code string // E1 E0
}

func (r *refusal) Error() string { return fmt.Sprintf("the unit refused %s with %q", r.to, r.code) }

// notInitialised is the code of a unit that has lost its power.
const notInitialised = "B0"

func isRefusal(err error) bool {
	var r *refusal
	return errors.As(err, &r)
}

func restarted(err error) bool {
	var r *refusal
	return errors.As(err, &r) && r.code == notInitialised
}

// Fault codes.
const (
	CardJam     = "card-jam"
	Position    = "position"
	Sensor      = "sensor"
	Motor       = "motor"
	Contact     = "contact"
	Counter     = "counter"
	BinFull     = "bin-full"
	Command     = "command"
	Sequence    = "sequence"
	DeviceError = "device-error"
	Offline     = "offline"
)

var remedies = map[string]devices.Remedy{
	CardJam: devices.RemedyClear, Position: devices.RemedyClear,
	Sensor: devices.RemedyMaintenance, Motor: devices.RemedyMaintenance, Contact: devices.RemedyMaintenance,
	Counter: devices.RemedyConfiguration, Command: devices.RemedyConfiguration,
	BinFull: devices.RemedyReplenish, Sequence: devices.RemedyReset,
	DeviceError: devices.RemedyMaintenance, Offline: devices.RemedyReset,
}

func fault(code, format string, args ...any) *devices.Fault {
	return &devices.Fault{Code: code, Remedy: remedies[code], Detail: fmt.Sprintf(format, args...)}
}

// faults are the codes that are faults of the unit. Those of a chip are not.
var faults = map[string]string{
	"00": Command, "01": Command, "03": Command, "04": Command, "02": Sequence, notInitialised: Sequence,
	"05": Contact, "41": Contact, "60": Contact,
	"10": CardJam, "43": Position, "12": Sensor, "51": Motor,
	"50": Counter,
}

// objects are the codes that speak of the thing in the gate, not of the unit.
var objects = map[string]error{
	"13": capture.ErrTooLong, "14": capture.ErrTooShort,
	"16": capture.ErrPulled, "45": capture.ErrPulled, "40": capture.ErrPulled,
}

// chip are the codes of a card's chip: why LicenceATR has none.
var chip = map[string]string{
	"61": "it does not start", "62": "its answer is not supported", "65": "contacts are switched off", "66": "it is not supported",
	"67": "transmission failed", "68": "it is silent", "69": "it is no EMV card",
}

// objectOf says what an error tells of the thing in the gate; nil when nothing.
func objectOf(err error) error {
	var r *refusal
	if errors.As(err, &r) {
		return objects[r.code]
	}
	return nil
}

// faultOf says what an error tells of the unit; nil when nothing.
func faultOf(err error) *devices.Fault {
	var r *refusal
	if !errors.As(err, &r) || objects[r.code] != nil || chip[r.code] != "" {
		return nil
	}
	code := faults[r.code]
	if code == "" {
		code = DeviceError
	}
	return fault(code, "%v", r)
}

// refused turns a refusal that is a fault of the unit into that; other errors stay.
func refused(err error) error {
	if f := faultOf(err); f != nil {
		return f
	}
	return err
}

// placeOf is ST0.
func placeOf(st0 byte) capture.Place {
	switch st0 {
	case '0':
		return capture.PlaceNone
	case '1':
		return capture.PlaceGate
	case '2':
		return capture.PlaceInside
	}
	return capture.PlaceUnknown
}

// count reads the counter's digits; ok is false when they are none.
func count(digits []byte) (n int, ok bool) {
	if len(digits) == 0 || len(digits) > 6 {
		return 0, false
	}
	for _, d := range digits {
		if d < '0' || d > '9' {
			return 0, false
		}
		n = 10*n + int(d-'0')
	}
	return n, true
}
