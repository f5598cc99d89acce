package evolis

import (
	"context"
	"fmt"
	"time"

	"murur/devices"
	"murur/devices/cardprinter"
)

// between is the time between two looks that must agree.
const between = 200 * time.Millisecond

// Locate implements cardprinter.Printer. Its error is ctx's, devices.ErrLink, or why
// the printer could not be set up or does not come to rest.
func (p *Printer) Locate(ctx context.Context) (cardprinter.Location, error) {
	l, err := p.locate(ctx)
	if err != nil {
		return l, fmt.Errorf("cannot locate cards: %w", err)
	}
	return l, nil
}

func (p *Printer) locate(ctx context.Context) (cardprinter.Location, error) {
	op, done, err := p.begin(ctx)
	if err != nil {
		return nowhere, err
	}
	defer done()
	if err := p.rest(op); err != nil {
		return nowhere, err
	}
	l, err := p.look(op)
	if err != nil {
		return l, err
	}
	if !p.located {
		p.located = true
		p.reconcile(l)
	}
	return l, nil
}

// reconcile compares what this driver knew of a card with what is there after the
// link was opened.
func (p *Printer) reconcile(l cardprinter.Location) {
	inside := l.Inside == cardprinter.SeenCard && l.Exit == cardprinter.SeenNone
	outside := l.Inside == cardprinter.SeenNone && l.Exit == cardprinter.SeenCard
	switch p.card.stage {
	case verified:
		if !inside || !same(l.Counters, p.card.counters) {
			p.card.stage = spoiled
		}
	case presented:
		// When the exit is empty, nothing says who has it.
		p.card.unbroken = outside
	default:
		p.card = card{}
		switch {
		case outside: // whoever presented it: who takes it is seen from here on
			p.card = card{presented, l.Counters, true}
		case l.Inside != cardprinter.SeenNone:
			p.card.stage = spoiled
		}
	}
}

// same says whether no card and no panel has gone through in between.
func same(a, b cardprinter.Counters) bool {
	return a.Inserted >= 0 && a.Inserted == b.Inserted && a.Panels >= 0 && a.Panels == b.Panels
}

var (
	untold  = cardprinter.Counters{Inserted: -1, Panels: -1, Ribbon: -1}
	nowhere = cardprinter.Location{Inside: cardprinter.SeenUnknown, Exit: cardprinter.SeenUnknown, Counters: untold}
)

// look asks the sensors until two readings agree, and then the counters.
func (p *Printer) look(ctx context.Context) (cardprinter.Location, error) {
	l, err := p.sensors(ctx)
	if err != nil {
		return nowhere, err
	}
	l.Counters = p.counters(ctx)
	if p.link == nil {
		return nowhere, fmt.Errorf("%w: %w", devices.ErrLink, p.why)
	}
	return l, ctx.Err()
}

// sensors are where a card is, without the counters: two readings that agree. What
// does not come to rest is unknown. A reading that agrees with the last that was found,
// when nothing was moved since, is the second one.
func (p *Printer) sensors(ctx context.Context) (cardprinter.Location, error) {
	last := p.found
	p.found = nil
	for try := range 5 {
		if try > 0 {
			if err := sleep(ctx, between); err != nil {
				return nowhere, err
			}
		}
		l := cardprinter.Location{Counters: untold}
		l.Inside = printPosition(p.query(ctx, "Rlr;p"), p.o.Profile.EmptyIsOK)
		l.Exit = sensed(p.query(ctx, "Rse;"+p.o.Profile.ExitSensor))
		if p.link == nil {
			return nowhere, fmt.Errorf("%w: %w", devices.ErrLink, p.why)
		}
		if err := ctx.Err(); err != nil {
			return nowhere, err
		}
		if last != nil && l == *last {
			p.found = last
			return l, nil
		}
		last = &l
	}
	return nowhere, nil
}

func (p *Printer) counters(ctx context.Context) cardprinter.Counters {
	return cardprinter.Counters{
		Inserted: p.number(ctx, "Rco;c"),
		Panels:   p.number(ctx, "Rco;p"),
		Ribbon:   p.ribbon(ctx),
	}
}

// number asks for a number. Some firmware says OK instead: asked again, and then -1.
func (p *Printer) number(ctx context.Context, command string) int {
	for try := range 3 {
		if try > 0 && sleep(ctx, 100*time.Millisecond) != nil {
			break
		}
		reply := p.query(ctx, command)
		if n := count(reply); n >= 0 || refusal(reply) != nil || p.link == nil {
			return n
		}
	}
	return -1
}

// ribbon is the ribbon's count as the printer tells it; -1 not known.
func (p *Printer) ribbon(ctx context.Context) int {
	if p.o.Profile.RibbonCount == "" {
		return -1
	}
	n := p.number(ctx, p.o.Profile.RibbonCount)
	if p.size == 0 && p.o.Profile.RibbonSize != "" {
		p.size = max(0, p.number(ctx, p.o.Profile.RibbonSize))
	}
	return n
}

// await looks until a condition holds, or a limit is over; it returns the last look.
func (p *Printer) await(ctx context.Context, limit time.Duration, holds func(cardprinter.Location) bool) (cardprinter.Location, error) {
	for deadline := time.Now().Add(limit); ; {
		l, err := p.look(ctx)
		if err != nil || holds(l) || time.Now().After(deadline) {
			return l, err
		}
		if err := sleep(ctx, between); err != nil {
			return l, err
		}
	}
}

func (p *Printer) at(inside, exit cardprinter.Seen) func(cardprinter.Location) bool {
	return func(l cardprinter.Location) bool { return l.Inside == inside && l.Exit == exit }
}
