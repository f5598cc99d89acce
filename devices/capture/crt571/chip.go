package crt571

import (
	"context"
	"errors"
	"fmt"

	"murur/devices/capture"
)

// LicenceATR reads the answer to reset of the held card's chip and holds the card again. A
// card without a chip, or with a dead one, is an error that says nothing about the unit;
// the card is held all the same.
func (u *Unit) LicenceATR(ctx context.Context) ([]byte, error) {
	op, done, err := u.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	atr, err := u.readATR(op)
	if err != nil {
		return nil, fmt.Errorf("cannot read the chip: %w", err)
	}
	return atr, nil
}

func (u *Unit) readATR(ctx context.Context) (atr []byte, err error) {
	at, _, err := u.place(ctx)
	if err != nil {
		return nil, err
	}
	if at != capture.PlaceInside {
		return nil, fmt.Errorf("the card is %s, not held inside", at)
	}
	if _, err := u.move(ctx, moveIC, at); err != nil {
		return nil, err
	}
	r, err := u.ask(ctx, chipReset)
	own, cancel := context.WithTimeout(context.WithoutCancel(ctx), u.o.MoveTimeout)
	defer cancel()
	if _, off := u.ask(own, chipOff); off != nil {
		return nil, errors.Join(err, off)
	}
	if u.o.Hold != HoldIC {
		if _, back := u.move(own, u.hold(), at); back != nil {
			return nil, errors.Join(err, back)
		}
	}
	var no *refusal
	if errors.As(err, &no) && chip[no.code] != "" {
		return nil, fmt.Errorf("%s (%s)", chip[no.code], no.code)
	}
	if err != nil {
		return nil, refused(err)
	}
	if len(r.data) <= u.o.ATRSkip {
		return nil, fmt.Errorf("answer to reset % X is too short", r.data)
	}
	return r.data[u.o.ATRSkip:], nil
}

// Emptied sets the unit's counter back when a person has emptied the bin, for units that
// do not notice it themselves.
func (u *Unit) Emptied(ctx context.Context) error {
	op, done, err := u.begin(ctx)
	if err != nil {
		return err
	}
	defer done()
	if _, err := u.ask(op, clearCounter); err != nil {
		return fmt.Errorf("cannot set the counter back: %w", refused(err))
	}
	n, err := u.counter(op)
	if err == nil && n != 0 {
		err = fmt.Errorf("it is still %d", n)
	}
	if err != nil {
		return fmt.Errorf("cannot set the counter back: %w", err)
	}
	return nil
}
