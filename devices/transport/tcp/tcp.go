// Package tcp reaches devices over TCP. Keep-alive is on, so that a device that
// lost its power without a word is noticed within a minute.
package tcp

import (
	"context"
	"fmt"
	"net"
	"time"

	"murur/devices/transport"
)

// Open returns an opener of a connection to address ("host:port"). Opening ends
// with ctx, or after 5 s.
func Open(address string) transport.Opener {
	d := net.Dialer{
		Timeout: 5 * time.Second,
		KeepAliveConfig: net.KeepAliveConfig{
			Enable: true, Idle: 15 * time.Second, Interval: 10 * time.Second, Count: 3,
		},
	}
	return func(ctx context.Context) (transport.Stream, error) {
		c, err := d.DialContext(ctx, "tcp", address)
		if err != nil {
			return nil, fmt.Errorf("cannot reach %s: %w", address, err)
		}
		return c, nil
	}
}
