package gpio

import (
	"fmt"
	"strings"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/gpio/gpioreg"
	"periph.io/x/host/v3"

	"murur/devices/cabinet"
)

// Config names the pins. "!" before a name makes the pin active low; an empty name
// is not fitted.
type Config struct {
	Door, Mains                                                  string
	LampReader, LampTerminal, LampReceipt, LampGate, LampLicence string
}

// Open looks for this machine's pins and drives those of c.
func Open(c Config) (*Driver, error) {
	if _, err := host.Init(); err != nil {
		return nil, fmt.Errorf("cannot look for pins: %w", err)
	}
	return connect(c)
}

// connect resolves the names among the pins that are registered.
func connect(c Config) (*Driver, error) {
	p := Pins{Lamps: make(map[cabinet.Lamp]Output)}
	for _, contact := range []struct {
		name string
		in   *Input
	}{{c.Door, &p.Door}, {c.Mains, &p.Mains}} {
		pin, low, err := find(contact.name)
		if err != nil {
			return nil, err
		}
		if pin != nil {
			*contact.in = Input{pin, low}
		}
	}
	for lamp, name := range map[cabinet.Lamp]string{
		cabinet.LampReader: c.LampReader, cabinet.LampTerminal: c.LampTerminal, cabinet.LampReceipt: c.LampReceipt,
		cabinet.LampGate: c.LampGate, cabinet.LampLicence: c.LampLicence,
	} {
		pin, low, err := find(name)
		if err != nil {
			return nil, err
		}
		if pin != nil {
			p.Lamps[lamp] = Output{pin, low}
		}
	}
	return New(p)
}

// find is the pin of a name, nil for an empty one.
func find(name string) (pin gpio.PinIO, activeLow bool, err error) {
	name, activeLow = strings.CutPrefix(name, "!")
	if name == "" {
		return nil, false, nil
	}
	if pin = gpioreg.ByName(name); pin == nil {
		return nil, false, fmt.Errorf("cannot find pin %q among the %d of this machine", name, len(gpioreg.All()))
	}
	return pin, activeLow, nil
}
