package main

import (
	"context"
	"fmt"
	"time"

	"murur/kiosk/journey/fines"
	"murur/kiosk/journey/pickup"
	"murur/sync/downlink"
	"murur/sync/uplink"
)

// central is the central server for as long as it can learn what is done here. When the
// log cannot be delivered until a person has looked, nothing is reserved or leased: the
// reservation or the lease would end, and another kiosk would do the same once more.
type central struct {
	*downlink.Downlink
	code func() uplink.Code // why the log is not delivered
}

func (c central) deaf() error {
	if code := c.code(); code.Final() {
		return fmt.Errorf("%w: it does not take our log (%s)", fines.ErrCentral, code)
	}
	return nil
}

func (c central) Reserve(ctx context.Context, r fines.Reservation) (time.Time, error) {
	if err := c.deaf(); err != nil {
		return time.Time{}, err
	}
	return c.Downlink.Reserve(ctx, r)
}

func (c central) Lease(ctx context.Context, application string) (pickup.Lease, error) {
	if err := c.deaf(); err != nil {
		return pickup.Lease{}, err
	}
	return c.Downlink.Lease(ctx, application)
}

// Manifest is empty then: an error would leave the leases that are kept here in use.
func (c central) Manifest(ctx context.Context, head string) ([]pickup.Lease, error) {
	if c.deaf() != nil {
		return nil, nil
	}
	return c.Downlink.Manifest(ctx, head)
}
