package main

import (
	"fmt"
	"log/slog"

	housing "murur/devices/cabinet"
	"murur/devices/cabinet/gpio"
	"murur/devices/receipt"
	"murur/devices/receipt/escpos"
	"murur/devices/receipt/layout"
	"murur/devices/smartcard/ccid"
	"murur/devices/smartcard/profile"
	"murur/devices/terminal"
	"murur/devices/terminal/zvt"
	"murur/devices/transport"
	"murur/devices/transport/serial"
	"murur/devices/transport/tcp"
	"murur/devices/transport/usb"
	"murur/devices/transport/usbpipe"
	"murur/devices/typeset"
	"murur/kiosk/config"
	"murur/kiosk/engine"
	"murur/ui/i18n"
)

// cabinet is every device of the kiosk, with the drivers that the configuration names.
type cabinet struct {
	cards    cards
	terminal terminal.Terminal
	printer  receipt.Printer
	licences *engine.Licences // nil: not fitted
	housing  housing.Cabinet  // nil: not fitted
	closers  []func() error
}

// openCabinet makes the drivers; each opens its device when it is first needed and
// again after a lost link.
func openCabinet(c config.Config, log *slog.Logger) (*cabinet, error) {
	cab := &cabinet{}
	profiles, err := profile.Installed(c.Reader.Profiles, c.Reader.ProfileKey)
	if err != nil {
		return nil, fmt.Errorf("cannot load card profiles: %w", err)
	}
	var pipes transport.PipesOpener
	switch c.Reader.Driver {
	case "ccid-usb":
		pipes = usb.Open(usb.CCID)
	case "ccid-socket":
		pipes = usbpipe.Open(c.Reader.Socket)
	}
	reader := ccid.New(pipes, ccid.Options{Log: log})
	cab.cards = cards{Reader: reader, profiles: profiles, development: c.Development}
	cab.closers = append(cab.closers, reader.Close)

	var payment *zvt.Driver
	switch c.Terminal.Driver {
	case "zvt-serial":
		line := serial.Open(serial.Config{Name: c.Terminal.Address, Baud: c.Terminal.Baud, StopBits: 2})
		payment = zvt.New(line, zvt.Options{Framing: zvt.Serial, Password: c.Terminal.Password, Location: i18n.Kuwait})
	case "zvt-tcp":
		payment = zvt.New(tcp.Open(c.Terminal.Address), zvt.Options{Framing: zvt.TCP, Password: c.Terminal.Password, Location: i18n.Kuwait})
	}
	cab.terminal = payment
	cab.closers = append(cab.closers, payment.Close)

	fonts, err := typeset.Open(typeset.Files{
		Latin: []string{c.Fonts.Latin}, LatinBold: []string{c.Fonts.LatinBold},
		Arabic: []string{c.Fonts.Arabic}, ArabicBold: []string{c.Fonts.ArabicBold},
	})
	if err != nil {
		return nil, err
	}
	family, ok := escpos.ProfileByName(c.Printer.Profile)
	if !ok {
		return nil, fmt.Errorf("cannot use printer profile %q", c.Printer.Profile)
	}
	family.ByteRate = c.Printer.Baud / 10 // 8N1
	line := serial.Open(serial.Config{Name: c.Printer.Address, Baud: c.Printer.Baud, StopBits: 1})
	printer := escpos.New(line, escpos.Options{Profile: family, Renderer: layout.New(fonts)})
	cab.printer = printer
	cab.closers = append(cab.closers, printer.Close)

	if cab.licences, err = cab.openLicences(c, fonts); err != nil {
		return nil, err
	}

	if p := c.Cabinet; p.Driver == "gpio" {
		pins, err := gpio.Open(gpio.Config{
			Door: p.Door, Mains: p.Mains, LampReader: p.LampReader, LampTerminal: p.LampTerminal, LampReceipt: p.LampReceipt,
			LampGate: p.LampGate, LampLicence: p.LampLicence,
		})
		if err != nil {
			return nil, fmt.Errorf("cannot open the cabinet: %w", err)
		}
		cab.housing = pins
		cab.closers = append(cab.closers, pins.Close)
	}
	return cab, nil
}

// close ends every driver and waits for it.
func (c *cabinet) close() {
	for _, end := range c.closers {
		end()
	}
}

// hands are what the engine works with.
func (c *cabinet) hands() engine.Hands {
	return engine.Hands{
		Cards: c.cards, Terminal: c.terminal, Printer: c.printer, Licences: c.licences, Cabinet: c.housing, Lamps: c.housing,
	}
}
