//go:build cgo

package usb

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"

	"github.com/google/gousb"

	"murur/devices/transport"
)

// code finds libusb's code in the text of an error that the library has wrapped.
var code = regexp.MustCompile(`\[code (-?\d+)\]$`)

// convert makes the library's errors ours; others pass.
func convert(err error) error {
	var (
		e  gousb.Error
		ts gousb.TransferStatus
	)
	switch {
	case err == nil, errors.Is(err, transport.ErrGone):
		return err
	case errors.As(err, &ts):
		switch ts {
		case gousb.TransferNoDevice:
			return fmt.Errorf("%w (%v)", transport.ErrGone, err)
		case gousb.TransferStall, gousb.TransferOverflow, gousb.TransferError:
			return fmt.Errorf("%w (%v)", transport.ErrStalled, err)
		case gousb.TransferCancelled:
			return fmt.Errorf("%w (%v)", context.Canceled, err)
		case gousb.TransferTimedOut:
			return fmt.Errorf("%w (%v)", context.DeadlineExceeded, err)
		}
	case errors.As(err, &e):
		return named(e, err)
	}
	if m := code.FindStringSubmatch(err.Error()); m != nil {
		n, _ := strconv.Atoi(m[1])
		return named(gousb.Error(n), err)
	}
	return err
}

// named is the error that drivers know for libusb's code.
func named(e gousb.Error, err error) error {
	switch e {
	case gousb.ErrorNoDevice, gousb.ErrorNotFound:
		return fmt.Errorf("%w (%v)", transport.ErrGone, err)
	case gousb.ErrorPipe, gousb.ErrorOverflow, gousb.ErrorIO:
		return fmt.Errorf("%w (%v)", transport.ErrStalled, err)
	case gousb.ErrorBusy:
		return fmt.Errorf("%w (%v)", transport.ErrBusy, err)
	case gousb.ErrorTimeout:
		return fmt.Errorf("%w (%v)", context.DeadlineExceeded, err)
	case gousb.ErrorAccess:
		return fmt.Errorf("no right to use the device; is the udev rule installed? (%v)", err)
	}
	return errors.New(err.Error()) // the library's type stays here
}
