package evolis

import (
	"context"
	"errors"
	"fmt"
	"time"

	"murur/devices"
	"murur/devices/cardprinter"
)

// vanished is how long nothing must be seen anywhere until a card that was being
// presented counts as taken: between two sensors there is a gap.
const vanished = 3 * time.Second

// Present implements cardprinter.Printer. On models whose end of sequence answers
// only when the card was taken it lasts up to a minute. Errors: ErrNotVerified,
// ErrNotLocated, a *devices.Fault, devices.ErrLink.
func (p *Printer) Present(ctx context.Context) (devices.Custody, error) {
	return p.deliver(ctx, "present the card", p.present)
}

// Retract implements cardprinter.Printer. A card that this driver did not present,
// found in the exit by Locate, is taken back too.
func (p *Printer) Retract(ctx context.Context) (devices.Custody, error) {
	return p.deliver(ctx, "take the card back", p.retract)
}

// Reject implements cardprinter.Printer.
func (p *Printer) Reject(ctx context.Context) (devices.Custody, error) {
	return p.deliver(ctx, "reject the card", p.reject)
}

func (p *Printer) deliver(ctx context.Context, what string, act func(context.Context) (devices.Custody, error)) (devices.Custody, error) {
	op, done, err := p.begin(ctx)
	if err != nil {
		return devices.CustodyUnknown, fmt.Errorf("cannot %s: %w", what, err)
	}
	defer done()
	custody, err := act(op)
	if err != nil {
		err = fmt.Errorf("cannot %s: %w", what, err)
	}
	return custody, err
}

func (p *Printer) present(ctx context.Context) (devices.Custody, error) {
	if p.card.stage != verified {
		return devices.CustodyUnknown, ErrNotVerified
	}
	if err := p.mayMove(ctx); err != nil {
		return devices.CustodyUnknown, err
	}
	l, err := p.look(ctx)
	switch {
	case err != nil:
		return devices.CustodyUnknown, err
	case !p.at(cardprinter.SeenCard, cardprinter.SeenNone)(l) || !same(l.Counters, p.card.counters):
		p.card.stage = spoiled
		return devices.CustodyUnknown, fmt.Errorf("%w: inside %s, exit %s", ErrNotVerified, l.Inside, l.Exit)
	}
	moved := p.send(ctx, "Ss", moveLimit)
	if moved == nil {
		moved = p.set(ctx, "Pneab;A;1", "Pcem;"+p.o.Profile.Exit)
	}
	if moved == nil {
		p.card = card{presented, l.Counters, true}
		moved = p.move(ctx, "Se", moveLimit)
	}
	stopped := p.stopped(ctx, moved)
	var gone time.Time
	l, err = p.await(ctx, settle(moved), func(l cardprinter.Location) bool {
		if !p.at(cardprinter.SeenNone, cardprinter.SeenNone)(l) {
			gone = time.Time{}
			return l.Exit == cardprinter.SeenCard
		}
		if gone.IsZero() {
			gone = time.Now()
		}
		return time.Since(gone) >= vanished
	})
	switch {
	case err != nil:
		return devices.CustodyUnknown, errors.Join(moved, err)
	case l.Exit == cardprinter.SeenCard:
		return devices.CustodyPresented, nil
	case p.at(cardprinter.SeenNone, cardprinter.SeenNone)(l) && p.card.stage == presented && time.Since(gone) >= vanished && stopped == nil:
		p.card = card{}
		return devices.CustodyTaken, nil
	case p.at(cardprinter.SeenCard, cardprinter.SeenNone)(l):
		p.card.stage = spoiled
		p.set(ctx, "Pneab;A;0")
		return devices.CustodyInside, errors.Join(moved, errors.New("it did not move"))
	}
	return devices.CustodyUnknown, errors.Join(moved, fmt.Errorf("inside %s, exit %s", l.Inside, l.Exit))
}

// Taken implements cardprinter.Printer. At the end of ctx it returns presented and
// ctx's error. What the sensors cannot tell is unknown after three seconds.
func (p *Printer) Taken(ctx context.Context) (devices.Custody, error) {
	var unsure time.Time // since when the sensors cannot tell
	for {
		custody, err := p.whereabouts(ctx)
		if custody == devices.CustodyUnknown && err == nil {
			if unsure.IsZero() {
				unsure = time.Now()
			}
			if time.Since(unsure) < vanished {
				custody = devices.CustodyPresented // for now: a hand may hold the card half out
			}
		} else {
			unsure = time.Time{}
		}
		switch {
		case custody == devices.CustodyTaken:
			return custody, nil // also when ctx ended at that moment
		case ctx.Err() != nil:
			return devices.CustodyPresented, ctx.Err()
		case err != nil:
			return devices.CustodyUnknown, fmt.Errorf("cannot see whether the card was taken: %w", err)
		case custody != devices.CustodyPresented:
			return custody, nil
		}
		if err := sleep(ctx, between); err != nil {
			return devices.CustodyPresented, err
		}
	}
}

// whereabouts says who has the presented card now.
func (p *Printer) whereabouts(ctx context.Context) (devices.Custody, error) {
	op, done, err := p.begin(ctx)
	if err != nil {
		return devices.CustodyUnknown, err
	}
	defer done()
	l, err := p.sensors(op)
	switch {
	case err != nil:
		return devices.CustodyUnknown, err
	case l.Exit == cardprinter.SeenCard && l.Inside == cardprinter.SeenNone:
		return devices.CustodyPresented, nil
	case p.at(cardprinter.SeenNone, cardprinter.SeenNone)(l) && p.card.stage == presented && p.card.unbroken:
		p.card = card{}
		return devices.CustodyTaken, nil
	}
	return devices.CustodyUnknown, nil
}

// retract takes the card in by the exit only: with the feeder as a source the same
// command would bring a blank when a hand was faster.
func (p *Printer) retract(ctx context.Context) (devices.Custody, error) {
	if err := p.mayMove(ctx); err != nil {
		return devices.CustodyUnknown, err
	}
	before, err := p.look(ctx)
	switch {
	case err != nil:
		return devices.CustodyUnknown, err
	case p.at(cardprinter.SeenNone, cardprinter.SeenNone)(before):
		return p.left(), nil
	case !p.at(cardprinter.SeenNone, cardprinter.SeenCard)(before):
		return devices.CustodyUnknown, fmt.Errorf("inside %s, exit %s", before.Inside, before.Exit)
	}
	if err := p.set(ctx, "Pneab;A;0", "Pcim;M"); err != nil {
		return devices.CustodyUnknown, err
	}
	moved := p.move(ctx, "Sib", moveLimit)
	stopped := p.stopped(ctx, moved)
	after, err := p.await(ctx, settle(moved), p.at(cardprinter.SeenCard, cardprinter.SeenNone))
	if p.link != nil {
		p.set(ctx, "Pcim;F") // Feed sends it again
	}
	inserted := before.Counters.Inserted
	if p.o.Profile.BezelCounts {
		inserted++
	}
	switch {
	case err != nil:
		return devices.CustodyUnknown, errors.Join(moved, err)
	case p.at(cardprinter.SeenNone, cardprinter.SeenNone)(after) && stopped == nil:
		return p.left(), nil // a hand was faster
	case !p.at(cardprinter.SeenCard, cardprinter.SeenNone)(after):
		return devices.CustodyUnknown, errors.Join(moved, fmt.Errorf("inside %s, exit %s", after.Inside, after.Exit))
	case inserted < 0 || after.Counters.Inserted != inserted:
		p.card.stage = spoiled
		return devices.CustodyUnknown, fmt.Errorf("what is inside may be a blank: %d cards inserted, expected %d",
			after.Counters.Inserted, inserted)
	}
	p.card.stage = spoiled
	custody, err := p.reject(ctx)
	if custody == devices.CustodyRejected {
		custody = devices.CustodyRetracted
	}
	return custody, err
}

// stopped is nil when the printer is ready after a movement, whatever that answered. A
// card that no sensor sees then is not on its way, and not jammed between two of them.
func (p *Printer) stopped(ctx context.Context, moved error) error {
	if moved == nil {
		return nil // move has asked
	}
	return p.ready(ctx, moveLimit)
}

// left is the custody of a card that is nowhere any more.
func (p *Printer) left() devices.Custody {
	if p.card.stage == presented && p.card.unbroken {
		p.card = card{}
		return devices.CustodyTaken
	}
	return devices.CustodyUnknown
}

func (p *Printer) reject(ctx context.Context) (devices.Custody, error) {
	if err := p.mayMove(ctx); err != nil {
		return devices.CustodyUnknown, err
	}
	before, err := p.look(ctx)
	switch {
	case err != nil:
		return devices.CustodyUnknown, err
	case !p.at(cardprinter.SeenCard, cardprinter.SeenNone)(before):
		return devices.CustodyUnknown, fmt.Errorf("inside %s, exit %s", before.Inside, before.Exit)
	}
	if p.o.Profile.RejectFull && p.rejectBox(ctx) == devices.LevelFull {
		return devices.CustodyInside, fault(RejectBoxFull, "Rlr;h")
	}
	p.card = card{stage: spoiled}
	moved := p.send(ctx, "Ss", moveLimit)
	if moved == nil {
		moved = p.set(ctx, "Pneab;A;1", "Pcrm;D")
	}
	if moved == nil {
		moved = p.move(ctx, "Ser", moveLimit)
	}
	after, err := p.await(ctx, settle(moved), p.at(cardprinter.SeenNone, cardprinter.SeenNone))
	if p.link != nil {
		p.set(ctx, "Pneab;A;0") // the next job does both again
		p.wipe(ctx)
	}
	switch {
	case err != nil:
		return devices.CustodyUnknown, errors.Join(moved, err)
	case moved == nil && p.at(cardprinter.SeenNone, cardprinter.SeenNone)(after) && same(after.Counters, before.Counters):
		p.card = card{}
		return devices.CustodyRejected, nil
	case moved != nil && p.at(cardprinter.SeenCard, cardprinter.SeenNone)(after) && same(after.Counters, before.Counters):
		return devices.CustodyInside, moved
	}
	return devices.CustodyUnknown, errors.Join(moved,
		fmt.Errorf("inside %s, exit %s, counters %+v, before %+v", after.Inside, after.Exit, after.Counters, before.Counters))
}
