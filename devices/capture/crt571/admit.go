package crt571

import (
	"context"
	"errors"
	"fmt"
	"time"

	"murur/devices"
	"murur/devices/capture"
)

// Admit implements capture.Unit. A thing that stands in the gate from before must be taken
// away first: until then the gate stays closed. A card that comes while ctx ends is taken
// in.
func (u *Unit) Admit(ctx context.Context) error {
	op, done, err := u.begin(ctx)
	switch {
	case errors.Is(err, errClosed):
		return err
	case err != nil:
		return fmt.Errorf("%w: %w", capture.ErrNothing, err)
	}
	defer done()
	u.presented = -1
	opened, err := u.watch(op)
	// The gate is closed and the card held whatever ended the watching.
	own, cancel := context.WithTimeout(context.WithoutCancel(op), 3*u.o.MoveTimeout)
	defer cancel()
	_, shut := u.ask(own, closeGate)
	if shut == nil {
		u.gateOpen = false
	}
	if err := errors.Join(err, shut); err != nil {
		return fmt.Errorf("cannot admit a card: %w", err)
	}
	s, err := u.look(own)
	switch {
	case err != nil:
		return fmt.Errorf("cannot see whether a card came: %w", err)
	case s.Card == capture.PlaceNone && op.Err() == nil:
		return capture.ErrPulled // it was in the gate
	case s.Card == capture.PlaceNone || !opened:
		return fmt.Errorf("%w: %w", capture.ErrNothing, op.Err())
	}
	return u.drawIn(own, s)
}

// watch opens the gate and ends when something is in it, or with ctx.
func (u *Unit) watch(ctx context.Context) (opened bool, err error) {
	for unsure := 0; ; {
		at, r, err := u.place(ctx)
		switch {
		case ctx.Err() != nil:
			return opened, nil
		case err != nil:
			return opened, err
		case at == capture.PlaceUnknown:
			return opened, fault(DeviceError, "status %q", r.st[:])
		case at != capture.PlaceNone && opened:
			return opened, nil
		case at == capture.PlaceInside:
			return opened, errors.New("one is inside")
		case at == capture.PlaceNone && !u.gateOpen:
			// Sent once, then looked again: it may be open, and a card in it.
			opened = true
			_, err := u.link.exchange(ctx, openGate)
			switch {
			case err == nil:
				u.gateOpen = true
			case ctx.Err() != nil:
				return opened, nil
			case restarted(err):
				u.ready = false
			case !errors.Is(err, devices.ErrLink):
				return opened, refused(err)
			default:
				if unsure++; unsure == tries {
					return opened, err
				}
			}
			continue
		}
		select {
		case <-time.After(u.o.Poll):
		case <-ctx.Done():
			return opened, nil
		}
	}
}

// drawIn moves what is in the gate to the holding position. What is no card, or is held by
// a hand, is given back.
func (u *Unit) drawIn(ctx context.Context, s capture.State) error {
	if s.Card == capture.PlaceInside { // the unit has drawn it in by itself
		return nil
	}
	_, moved := u.move(ctx, u.hold(), s.Card)
	s, err := u.after(ctx)
	object := objectOf(moved)
	switch {
	case err != nil:
		return fmt.Errorf("cannot hold the card: %w", errors.Join(moved, err))
	case object == nil && s.Card == capture.PlaceInside:
		return nil
	case object == nil && moved == nil:
		return fmt.Errorf("cannot hold the card: card %s, and the unit says it is done", s.Card)
	case object == nil:
		return fmt.Errorf("cannot hold the card: %w", moved)
	case s.Card != capture.PlaceNone:
		_, moved = u.move(ctx, moveOut, s.Card)
		if s, err = u.after(ctx); err != nil || s.Card != capture.PlaceGate && s.Card != capture.PlaceNone {
			return fmt.Errorf("cannot give the object back: %w", errors.Join(moved, err, fmt.Errorf("it is %s", s.Card)))
		}
	}
	return object
}
