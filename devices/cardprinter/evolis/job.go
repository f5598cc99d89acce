package evolis

import (
	"context"
	"errors"
	"fmt"
	"time"

	"murur/devices"
	"murur/devices/cardprinter"
)

// settleLimit is how long sensors and counters may lag behind a reply; some
// printers reply when a movement begins.
const settleLimit = 10 * time.Second

// Feed implements cardprinter.Printer.
func (p *Printer) Feed(ctx context.Context) (cardprinter.Proof, error) {
	proof, err := p.feed(ctx)
	if err != nil {
		return proof, fmt.Errorf("cannot feed a blank: %w", err)
	}
	return proof, nil
}

func (p *Printer) feed(ctx context.Context) (cardprinter.Proof, error) {
	refused := cardprinter.Proof{Outcome: devices.Refused, Counters: untold}
	op, done, err := p.begin(ctx)
	if err != nil {
		return refused, err
	}
	defer done()
	before, err := p.mayFeed(op)
	if err != nil {
		return refused, err
	}
	refused.Counters = before.Counters
	command := p.o.Profile.Feed
	if command == "Ss" {
		err = p.prolog(op)
	} else {
		err = p.set(op, "Pcim;F")
	}
	if err != nil {
		return refused, err
	}

	// From here on a card may have moved.
	p.card = card{stage: spoiled}
	moved := p.move(op, command, moveLimit)
	inside := func(l cardprinter.Location) bool {
		return l.Inside == cardprinter.SeenCard && l.Exit == cardprinter.SeenNone &&
			l.Counters.Inserted == before.Counters.Inserted+1
	}
	after, err := p.await(op, settle(moved), inside)
	proof := cardprinter.Proof{Outcome: devices.Unknown, Custody: devices.CustodyUnknown, Counters: after.Counters}
	if after.Inside == cardprinter.SeenCard {
		proof.Custody = devices.CustodyInside
	}
	proof.Evidence = fmt.Sprintf("%s: %v; inside %s, exit %s; inserted %d, before %d", command, answer(moved),
		after.Inside, after.Exit, after.Counters.Inserted, before.Counters.Inserted)
	switch {
	case err != nil:
		return proof, errors.Join(moved, err)
	case moved != nil && isFault(moved) && after.Inside == cardprinter.SeenNone && after.Exit == cardprinter.SeenNone &&
		same(after.Counters, before.Counters):
		p.card = card{}
		proof.Outcome, proof.Custody = devices.Refused, ""
		return proof, moved
	case moved != nil:
		return proof, moved
	case !inside(after):
		return proof, errors.New("the facts do not agree")
	}
	if p.chip() {
		if err := p.o.Chip.Encode(op); err != nil {
			return proof, fmt.Errorf("chip: %w", err)
		}
		proof.Evidence += "; chip read back"
	}
	p.card = card{fed, after.Counters, true}
	proof.Outcome = devices.Confirmed
	return proof, nil
}

// mayFeed makes sure that a card can be begun: nothing anywhere, nothing missing.
func (p *Printer) mayFeed(ctx context.Context) (cardprinter.Location, error) {
	if err := p.mayMove(ctx); err != nil {
		return nowhere, err
	}
	s := p.state(ctx)
	if err := ctx.Err(); err != nil {
		return nowhere, err
	}
	if err := obstacle(s); err != nil {
		return nowhere, err
	}
	l, err := p.look(ctx)
	switch {
	case err != nil:
		return l, err
	case !p.at(cardprinter.SeenNone, cardprinter.SeenNone)(l):
		return l, fmt.Errorf("%w: inside %s, exit %s", ErrOccupied, l.Inside, l.Exit)
	case l.Counters.Inserted < 0 || l.Counters.Panels < 0:
		return l, fmt.Errorf("the counters cannot be read: %+v", l.Counters)
	}
	return l, nil
}

// prolog begins a sequence that will not be ejected. What is in the printer's memory
// is another citizen's.
func (p *Printer) prolog(ctx context.Context) error {
	if err := p.set(ctx, "Pneab;E", "Pneab;A;0", "Pr;"+string(p.o.Ribbon)); err != nil {
		return err
	}
	return p.wipe(ctx)
}

// Print implements cardprinter.Printer.
func (p *Printer) Print(ctx context.Context, a cardprinter.Artwork) (cardprinter.Proof, error) {
	proof, err := p.print(ctx, a)
	if err != nil {
		return proof, fmt.Errorf("cannot print card %s: %w", a.Number, err)
	}
	return proof, nil
}

func (p *Printer) print(ctx context.Context, a cardprinter.Artwork) (cardprinter.Proof, error) {
	refused := cardprinter.Proof{Outcome: devices.Refused, Custody: devices.CustodyInside, Counters: untold}
	panels, err := Panels(a, p.o.Ribbon, p.o.Profile)
	if err != nil {
		return refused, err
	}
	op, done, err := p.begin(ctx)
	if err != nil {
		refused.Custody = devices.CustodyUnknown
		return refused, err
	}
	defer done()
	before, err := p.mayPrint(op)
	if err != nil {
		if before.Inside != cardprinter.SeenCard {
			refused.Custody = devices.CustodyUnknown
		}
		return refused, err
	}
	if p.o.Profile.Feed != "Ss" {
		if err := p.prolog(op); err != nil {
			return refused, err
		}
	}

	// From here on something may be on the card.
	p.card.stage = spoiled
	want := cardprinter.Counters{
		Inserted: before.Counters.Inserted,
		Panels:   before.Counters.Panels + p.counted(panels),
		Ribbon:   -1,
	}
	if before.Counters.Ribbon >= 0 {
		want.Ribbon = before.Counters.Ribbon - p.o.Ribbon.sets(a)
	}
	err = p.run(op, panels)
	proven := func(l cardprinter.Location) bool {
		return p.at(cardprinter.SeenCard, cardprinter.SeenNone)(l) && l.Counters == want
	}
	limit := settleLimit
	if err != nil {
		limit = 0
	}
	after, lookErr := p.await(op, limit, proven)
	p.doubtful = lookErr == nil && want.Ribbon >= 0 && after.Counters.Ribbon != want.Ribbon
	proof := cardprinter.Proof{Outcome: devices.Unknown, Custody: devices.CustodyUnknown, Counters: after.Counters}
	if after.Inside == cardprinter.SeenCard {
		proof.Custody = devices.CustodyInside
	}
	proof.Evidence = fmt.Sprintf("Se: %v; inside %s, exit %s; counters %+v, expected %+v",
		answer(err), after.Inside, after.Exit, after.Counters, want)
	switch {
	case err != nil || lookErr != nil:
		return proof, errors.Join(err, lookErr)
	case !proven(after):
		return proof, errors.New("the facts do not agree")
	}
	if p.chip() {
		// The card is proved inside: this cannot feed another.
		if err := p.move(op, "Sis", moveLimit); err != nil {
			return proof, err
		}
		if err := p.o.Chip.Verify(op); err != nil {
			return proof, fmt.Errorf("chip: %w", err)
		}
		proof.Evidence += "; chip read back"
	}
	p.card = card{verified, after.Counters, true}
	proof.Outcome = devices.Confirmed
	p.wipe(op) // for privacy; the next job does so too
	return proof, nil
}

// mayPrint makes sure that the card inside is the one that Feed has proved, still
// untouched.
func (p *Printer) mayPrint(ctx context.Context) (cardprinter.Location, error) {
	if err := p.mayMove(ctx); err != nil {
		return nowhere, err
	}
	if p.card.stage != fed {
		return nowhere, errors.New("the card inside is not a blank that was fed for this")
	}
	if p.o.Profile.PortStatus {
		if err := p.link.mayPrint(ctx); err != nil {
			return nowhere, err
		}
	}
	l, err := p.look(ctx)
	switch {
	case err != nil:
		return nowhere, err
	case !p.at(cardprinter.SeenCard, cardprinter.SeenNone)(l) || !same(l.Counters, p.card.counters):
		return l, fmt.Errorf("inside %s, exit %s, counters %+v, when fed %+v", l.Inside, l.Exit, l.Counters, p.card.counters)
	case p.o.Profile.RibbonCount != "" && l.Counters.Ribbon < 0:
		return l, errors.New("the ribbon's count cannot be read")
	}
	return l, nil
}

// run sends the sequence and waits for its end. The card is held.
func (p *Printer) run(ctx context.Context, panels []Panel) error {
	if p.o.Profile.Feed != "Ss" {
		if err := p.send(ctx, "Ss", moveLimit); err != nil {
			return err
		}
	}
	side := ""
	for _, panel := range panels {
		word := "Sr"
		if panel.Back {
			word = "Sv"
		}
		if word != side {
			if err := p.send(ctx, word, moveLimit); err != nil {
				return err
			}
			side = word
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := p.link.send(panel); err != nil {
			p.notice(err)
			return fmt.Errorf("panel %c: %w", panel.Letter, err)
		}
	}
	if err := p.move(ctx, "Se", printLimit); err != nil {
		return err
	}
	if err := sleep(ctx, between); err != nil || p.o.Profile.StatusRequest == "" {
		return err
	}
	words, err := ParseStatusWords(p.query(ctx, p.o.Profile.StatusRequest))
	if f := words.Fault(); err == nil && words.Error != 0 && f != nil {
		return f
	}
	return err
}

// counted is how many of the panels the printer's counter counts.
func (p *Printer) counted(panels []Panel) (n int) {
	for _, panel := range panels {
		if panel.Letter != 'o' || p.o.Profile.OverlayCounts {
			n++
		}
	}
	return n
}

// chip says whether cards have a chip to be written.
func (p *Printer) chip() bool { return p.o.Chip != nil && p.o.Profile.Feed == "Sis" }

// answer is the word for a command's result in evidence.
func answer(err error) any {
	if err == nil {
		return "OK"
	}
	return err
}

func isFault(err error) bool {
	var f *devices.Fault
	return errors.As(err, &f)
}
