// Package gpio drives a cabinet whose contacts and lamps hang on the computer's own
// pins: a single-board computer's header, or an industrial PC's digital inputs and
// outputs that Linux shows as GPIO lines.
//
// # Wiring
//
// An input is active when the news is bad: door open, mains failing. The pin is
// pulled towards active, where the chip can, so the contact must be made while all is
// well and a cut wire reads as bad news:
//
//	active high (the default)   contact to ground, closed while the door is shut
//	active low  ("!GPIO17")     contact to the supply, closed while the door is shut
//
// A chip without pull resistors needs one on the board. An output is active while its
// lamp is lit. Pins carry 3.3 V and a few milliamperes: contacts come through
// an opto-coupler, lamps through a transistor.
//
// # Inputs
//
// An edge wakes the driver; the level 20 ms later is what counts, so the bouncing of
// a contact and shorter disturbances are not seen. Besides, the level is read four times a
// second, which finds an edge that the kernel lost and is all there is on a chip
// without interrupts. A change is known after 20 ms, or 270 ms without edges.
//
// # Lamps
//
// One goroutine owns the lamps. Blinking is half a second lit, half a second dark,
// well below the three flashes a second that can harm people with epilepsy; lamps that
// blink together do so in step.
//
// # Pins
//
// Open finds pins by the names that periph knows: GPIO lines as the kernel names them
// (gpioinfo lists them) and on known boards the header's positions ("P1_11"). What
// kioskd needs for that is read and write access to /dev/gpiochip*.
//
// # Unverified
//
// The pins were periph's in-memory ones so far, no board's. periph reads a pin that
// fails at run time as low and says so only in the program's log. A line that is
// handed to the kernel again keeps the level that the chip gives it, so a lamp is dark
// after a crash only where that level is dark.
package gpio
