// Package usb reaches USB devices through libusb (github.com/google/gousb), and is
// the only package that knows either.
//
// A device is chosen by the class of one of its interfaces, never by vendor or
// product, and its endpoints by their kind and direction. Every attempt to open
// uses a new libusb context: in a system without a running udev an old one never
// sees a device that was plugged in again.
//
// Deviations that are smoothed here: the library panics when libusb cannot start;
// an unplugged device shows as one of two error types; the code of a failed claim
// is only in the error's text; a read whose context ends is "cancelled", and may
// have data all the same, which are returned; a device with a claimed interface
// cannot be reset, so it is given back first. The library cannot clear a halted
// endpoint, so ErrStalled calls for Reset. A device that is pulled during a
// transfer may show as ErrStalled first, and as ErrGone from then on.
//
// Verified with the kernel's USB stack in a virtual machine (packaging/vmlab):
// claims, transfers, resets and hot-plug of QEMU's card reader, of the kernel's
// printer gadget and of our own simulated reader. Unverified on hardware.
//
// Without cgo there is no libusb: the package then compiles, and opening says so.
package usb

import "fmt"

// Class names a sort of interface.
type Class struct{ Class, SubClass, Protocol uint8 }

var (
	CCID    = Class{Class: 0x0B}                           // smart card readers with bulk pipes
	Printer = Class{Class: 0x07, SubClass: 1, Protocol: 2} // printers that answer, with bulk pipes both ways
)

func (c Class) String() string {
	return fmt.Sprintf("%02X/%02X/%02X", c.Class, c.SubClass, c.Protocol)
}
