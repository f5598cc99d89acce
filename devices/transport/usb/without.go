//go:build !cgo

package usb

import (
	"context"
	"fmt"

	"murur/devices/transport"
)

// Open returns an opener that always fails.
func Open(c Class) transport.PipesOpener {
	return func(context.Context) (transport.Pipes, error) {
		return nil, fmt.Errorf("cannot open a USB device of class %v: this program was built without cgo: %w", c, transport.ErrGone)
	}
}
