package gpio

import (
	"time"

	"periph.io/x/conn/v3/gpio"

	"murur/devices/cabinet"
)

// blinkHalf is how long a blinking lamp is lit, and then dark.
const blinkHalf = 500 * time.Millisecond

// order is one call of Light.
type order struct {
	lamp   cabinet.Lamp
	signal cabinet.Signal
}

// Light hands the signal to the goroutine of the lamps.
func (d *Driver) Light(l cabinet.Lamp, s cabinet.Signal) {
	select {
	case d.orders <- order{l, s}:
	case <-d.life.Done():
	}
}

// shine owns the lamps until Close. A new order begins with blinking lamps lit, so
// that something is seen at once.
func (d *Driver) shine() {
	signals := make(map[cabinet.Lamp]cabinet.Signal)
	lit := true
	beat := time.NewTicker(blinkHalf)
	beat.Stop()
	for {
		select {
		case <-d.life.Done():
			return
		case <-beat.C:
			lit = !lit
		case o := <-d.orders:
			signals[o.lamp], lit = o.signal, true
			beat.Stop()
			for _, s := range signals {
				if s == cabinet.Blink {
					beat.Reset(blinkHalf)
				}
			}
		}
		for lamp, out := range d.lamps {
			// A pin that was an output once does not refuse later; see gpio.PinOut.
			out.set(signals[lamp] == cabinet.On || signals[lamp] == cabinet.Blink && lit)
		}
	}
}

// set lights a lamp or darkens it.
func (o Output) set(lit bool) error { return o.Pin.Out(gpio.Level(lit != o.ActiveLow)) }
