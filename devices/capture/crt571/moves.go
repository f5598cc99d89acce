package crt571

import (
	"context"
	"errors"
	"fmt"
	"time"

	"murur/devices"
	"murur/devices/capture"
)

func (u *Unit) hold() command {
	if u.o.Hold == HoldIC {
		return moveIC
	}
	return moveRF
}

// move sends a move. from is where the card was seen just now: when the unit gave no sign
// of having heard, and the card is still there, it is sent again. A unit that was
// restarted since is told nothing.
func (u *Unit) move(ctx context.Context, c command, from capture.Place) (r reply, err error) {
	lives := u.lives
	for range tries {
		if err = u.connect(ctx); err != nil {
			return r, err
		}
		if u.lives != lives {
			return r, fmt.Errorf("%w: it was restarted meanwhile", devices.ErrLink)
		}
		r, err = u.link.exchange(ctx, c)
		switch {
		case err == nil:
			u.fault = nil
			return r, nil
		case err == errNAK:
			continue
		case err == errUnheard:
			if at, _, failed := u.place(ctx); failed == nil && at == from {
				continue
			}
		case restarted(err):
			u.ready = false
		case faultOf(err) != nil:
			u.fault = faultOf(err)
			return r, u.fault
		}
		return r, err
	}
	return r, err
}

// after asks for the truth when an act is over; the end of ctx must not prevent that.
func (u *Unit) after(ctx context.Context) (capture.State, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), u.o.MoveTimeout)
	defer cancel()
	return u.look(ctx)
}

// Capture implements capture.Unit.
func (u *Unit) Capture(ctx context.Context) (capture.Proof, error) {
	unknown := capture.Proof{Outcome: devices.Unknown, Custody: devices.CustodyUnknown, Evidence: "nothing was sent", Captured: -1}
	op, done, err := u.begin(ctx)
	if err != nil {
		return unknown, err
	}
	defer done()
	before, err := u.look(op)
	if err != nil {
		return unknown, fmt.Errorf("cannot capture: %w", err)
	}
	unknown.Captured, unknown.Evidence = before.Captured, fmt.Sprintf("nothing was sent, card %s", before.Card)
	kept := unknown
	kept.Outcome, kept.Custody = devices.Refused, devices.CustodyInside
	switch {
	case before.Card != capture.PlaceInside:
		return unknown, fmt.Errorf("cannot capture: the card is %s, not held inside", before.Card)
	case before.Captured < 0:
		return kept, before.Fault
	case before.Supplies[capture.SupplyBin] == devices.LevelFull:
		return kept, fault(BinFull, "%d cards, capacity %d", before.Captured, before.Capacity)
	}
	r, moved := u.move(op, moveBin, capture.PlaceInside)
	after, err := u.after(op)
	p := judge(r, moved, before, after)
	if p.Outcome == devices.Confirmed {
		return p, nil
	}
	if moved == nil {
		moved = errors.New("the unit's status does not bear out what it says")
	}
	return p, fmt.Errorf("capture %s: %w", p.Outcome, errors.Join(moved, err))
}

// judge says what is known of a capture, of the reply to it and of what the unit said
// before and says now.
func judge(r reply, moved error, before, after capture.State) capture.Proof {
	p := capture.Proof{Outcome: devices.Unknown, Custody: devices.CustodyUnknown, Captured: after.Captured}
	said := "done"
	if moved != nil {
		said = moved.Error()
	}
	p.Evidence = fmt.Sprintf("%s: %s; card %s; counter %d, then %d", moveBin, said, after.Card, before.Captured, after.Captured)
	switch {
	case moved == nil && placeOf(r.st[0]) == capture.PlaceNone && after.Card == capture.PlaceNone && after.Captured == before.Captured+1:
		p.Outcome, p.Custody = devices.Confirmed, devices.CustodyRetained
	case after.Card == capture.PlaceInside && after.Captured == before.Captured:
		p.Outcome, p.Custody = devices.Refused, devices.CustodyInside
	}
	return p
}

// GiveBack implements capture.Unit. A card that is gone from the gate at once was taken.
func (u *Unit) GiveBack(ctx context.Context) (devices.Custody, error) {
	op, done, err := u.begin(ctx)
	if err != nil {
		return devices.CustodyUnknown, err
	}
	defer done()
	before, err := u.look(op)
	if err != nil {
		return devices.CustodyUnknown, fmt.Errorf("cannot give the card back: %w", err)
	}
	return u.out(op, before)
}

func (u *Unit) out(ctx context.Context, before capture.State) (devices.Custody, error) {
	switch before.Card {
	case capture.PlaceGate:
		return devices.CustodyPresented, nil
	case capture.PlaceInside:
	default:
		return devices.CustodyUnknown, fmt.Errorf("cannot give the card back: card %s", before.Card)
	}
	_, moved := u.move(ctx, moveOut, capture.PlaceInside)
	u.presented = before.Captured
	after, err := u.after(ctx)
	c := whose(before.Captured, after)
	switch {
	case err == nil && (c == devices.CustodyPresented || c == devices.CustodyTaken):
		return c, nil
	case moved == nil:
		moved = fmt.Errorf("card %s, and the unit says it is done", after.Card)
	}
	return c, fmt.Errorf("cannot give the card back: %w", errors.Join(moved, err))
}

// whose says who has a card that was in the unit and can have left it by the gate only, or
// into the bin, which counts.
func whose(captured int, s capture.State) devices.Custody {
	switch {
	case s.Card == capture.PlaceGate:
		return devices.CustodyPresented
	case s.Card == capture.PlaceInside:
		return devices.CustodyInside
	case s.Card == capture.PlaceNone && s.Captured >= 0 && s.Captured == captured:
		return devices.CustodyTaken
	}
	return devices.CustodyUnknown
}

// gone says who has a card that was last seen in the gate.
func (u *Unit) gone(s capture.State) (devices.Custody, error) {
	seen := u.presented
	c := whose(seen, s)
	if c == devices.CustodyUnknown {
		return c, fmt.Errorf("cannot tell who has the card: card %s, counter %d, then %d", s.Card, seen, s.Captured)
	}
	return c, nil
}

// Taken implements capture.Unit. At the end of ctx it returns presented and ctx's error.
// A line that is lost meanwhile ends it too.
func (u *Unit) Taken(ctx context.Context) (devices.Custody, error) {
	for {
		c, err := u.whereabouts(ctx)
		if c != devices.CustodyPresented || err != nil {
			return c, err
		}
		select {
		case <-time.After(u.o.Poll):
		case <-u.life.Done():
			return c, errClosed
		case <-ctx.Done():
			return c, ctx.Err()
		}
	}
}

func (u *Unit) whereabouts(ctx context.Context) (devices.Custody, error) {
	op, done, err := u.begin(ctx)
	if err != nil {
		return devices.CustodyPresented, err
	}
	defer done()
	s, err := u.look(op)
	switch {
	case ctx.Err() != nil:
		return devices.CustodyPresented, ctx.Err()
	case err != nil:
		return devices.CustodyUnknown, fmt.Errorf("cannot see whether the card was taken: %w", err)
	}
	return u.gone(s)
}

// TakeIn implements capture.Unit. It says who has the card, which is the person when they
// were faster or hold it.
func (u *Unit) TakeIn(ctx context.Context) (devices.Custody, error) {
	op, done, err := u.begin(ctx)
	if err != nil {
		return devices.CustodyUnknown, err
	}
	defer done()
	s, err := u.look(op)
	if err != nil {
		return devices.CustodyUnknown, fmt.Errorf("cannot take the card in: %w", err)
	}
	if s.Card != capture.PlaceGate {
		return u.gone(s)
	}
	_, moved := u.move(op, u.hold(), capture.PlaceGate)
	s, err = u.after(op)
	if err != nil {
		return devices.CustodyUnknown, fmt.Errorf("cannot take the card in: %w", errors.Join(moved, err))
	}
	c, err := u.gone(s)
	if c == devices.CustodyPresented && moved != nil && objectOf(moved) == nil {
		err = fmt.Errorf("cannot take the card in: %w", moved)
	}
	return c, err
}
