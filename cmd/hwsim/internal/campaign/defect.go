package campaign

import "murur/devices/terminal"

// defect is how a kiosk is broken on purpose, to see that the campaign notices. Only
// builds with the tag broken have any.
type defect struct {
	hand func(terminal.Terminal) terminal.Terminal
}

// terminal is the payment terminal as this kiosk uses it.
func (d defect) terminal(t terminal.Terminal) terminal.Terminal {
	if d.hand == nil {
		return t
	}
	return d.hand(t)
}
