package engine

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"murur/devices"
	"murur/devices/capture"
	"murur/devices/cardprinter"
	"murur/kiosk/front"
	"murur/kiosk/journey"
	"murur/kiosk/journey/fines"
	"murur/kiosk/journey/pickup"
	"murur/kiosk/stock"
)

// Licences is what a kiosk needs to hand out licences. It must not be copied once used.
type Licences struct {
	Printer cardprinter.Printer
	Capture capture.Unit
	Central pickup.Central
	Artist  Artist

	studio studio
	gate   gate
}

// Artist draws a licence. An error means that the data do not fit on a card.
type Artist interface {
	Draw(l pickup.Licence) (cardprinter.Artwork, error)
}

// studio holds the drawing of the visit: in memory only, so that nothing can be printed
// again after a restart, and for one journey only.
type studio struct {
	mu      sync.Mutex
	artwork *cardprinter.Artwork
}

func (s *studio) put(a *cardprinter.Artwork) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.artwork = a
}

func (s *studio) get() *cardprinter.Artwork {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.artwork
}

// gate lets CloseGate end the Admit that runs, or is about to.
type gate struct {
	mu    sync.Mutex
	shut  bool
	close context.CancelFunc
}

// ready begins a visit with the gate as it should be.
func (g *gate) ready() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = false
}

func (g *gate) opened(closing context.CancelFunc) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.close = closing; g.shut && closing != nil {
		closing()
	}
}

func (g *gate) shutNow() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut = true; g.close != nil {
		g.close()
	}
}

// How long the steps of a pickup may take. A printer's own time for a card is five
// minutes; what takes longer is found out by asking.
const (
	prepareDeadline = 30 * time.Second
	admitDeadline   = 90 * time.Second
	moveDeadline    = 90 * time.Second
	cardDeadline    = 6 * time.Minute
	cardTakeFor     = 45 * time.Second
	locateDeadline  = time.Minute
	locatePause     = 2 * time.Second
)

// doPickup runs the effects of a pickup; ok is false for another effect.
func (h Hands) doPickup(ctx context.Context, effect journey.Effect, say func(journey.Event, error), s shelf) (ok bool) {
	l := h.Licences
	if l == nil {
		return false
	}
	within := func(d time.Duration, do func(context.Context) (journey.Event, error)) {
		ctx, cancel := context.WithTimeout(ctx, d)
		defer cancel()
		say(do(ctx))
	}
	switch f := effect.(type) {
	case pickup.Ask:
		say(h.askPickups(ctx, f.Civil, s))
	case pickup.Prepare:
		within(prepareDeadline, func(ctx context.Context) (journey.Event, error) { return h.prepare(ctx, f, s) })
	case pickup.Admit:
		within(admitDeadline, l.admit)
	case pickup.CloseGate:
		l.gate.shutNow()
	case pickup.Feed:
		within(moveDeadline, func(ctx context.Context) (journey.Event, error) {
			proof, err := l.Printer.Feed(ctx)
			return pickup.Fed{Proof: provedCard(proof)}, err
		})
	case pickup.PrintCard:
		within(cardDeadline, l.printCard)
	case pickup.CaptureOld:
		within(moveDeadline, func(ctx context.Context) (journey.Event, error) {
			proof, err := l.Capture.Capture(ctx)
			if proof.Outcome == "" {
				proof.Outcome = devices.Unknown
			}
			return pickup.OldCaptured{Proof: proof}, err
		})
	case pickup.PresentCard:
		within(moveDeadline, func(ctx context.Context) (journey.Event, error) {
			custody, err := l.Printer.Present(ctx)
			return pickup.CardPresented{Custody: knownCustody(custody)}, err
		})
	case pickup.WatchCard:
		within(cardTakeFor, func(ctx context.Context) (journey.Event, error) {
			custody, err := l.Printer.Taken(ctx)
			return pickup.CardWent{Custody: knownCustody(custody)}, err
		})
	case pickup.RetractCard:
		within(moveDeadline, func(ctx context.Context) (journey.Event, error) {
			custody, err := l.Printer.Retract(ctx)
			return pickup.CardRetracted{Custody: knownCustody(custody)}, err
		})
	case pickup.RejectCard:
		within(moveDeadline, func(ctx context.Context) (journey.Event, error) {
			custody, err := l.Printer.Reject(ctx)
			return pickup.CardRejected{Custody: knownCustody(custody)}, err
		})
	case pickup.ReturnOld:
		say(l.returnOld(ctx))
	case pickup.Locate:
		within(locateDeadline, l.locate)
	case pickup.Print:
		say(h.print(ctx, f.Slip.Number, f.Slip))
	default:
		return false
	}
	return true
}

func knownCustody(c devices.Custody) devices.Custody {
	if c == "" {
		return devices.CustodyUnknown
	}
	return c
}

func provedCard(p cardprinter.Proof) cardprinter.Proof {
	if p.Outcome == "" {
		p.Outcome = devices.Unknown
	}
	return p
}

// askPickups asks central; what the kiosk itself has done with an application counts
// more. Without central the leases of the manifest stand, where no fine was open.
func (h Hands) askPickups(ctx context.Context, civil string, s shelf) (journey.Event, error) {
	list, err := h.Licences.Central.Applications(ctx, civil)
	var found fines.Found
	if err == nil {
		found, err = h.Central.Fines(ctx, fines.Query{By: front.ByCard, Number: civil})
		if errors.Is(err, fines.ErrNotFound) { // nobody ever fined this person
			err = nil
		}
	}
	if err == nil {
		open := fines.ApplyPaid(found, s.paid).Fines
		return pickup.Asked{Applications: pickup.Apply(list, s.pickup), Fines: open}, nil
	}
	leases, failed := s.leases(civil, now())
	var known []pickup.Application
	for _, l := range leases {
		if l.Clear {
			known = append(known, l.Application)
		}
	}
	if known = pickup.Apply(known, s.pickup); failed != nil || len(known) == 0 {
		return pickup.AskFailed{Code: front.ProblemCentral}, errors.Join(err, failed)
	}
	return pickup.Asked{Applications: known, Offline: true}, nil
}

// prepare makes sure of everything that can be made sure of before anything is taken
// from the person.
func (h Hands) prepare(ctx context.Context, p pickup.Prepare, s shelf) (journey.Event, error) {
	a := p.Application
	l := h.Licences
	l.gate.ready()
	no := func(code front.ProblemCode, err error) (journey.Event, error) {
		return pickup.NotPrepared{Code: code}, err
	}
	if holder, err := h.Cards.Holder(ctx); err != nil || holder.Civil != p.Civil {
		return no(cardProblem(err), err)
	}
	if err := paperReady(h.Printer.Status(ctx)); err != nil {
		return no(front.ProblemNoPaper, err)
	}
	batches, err := s.batches()
	batch, blanks := stock.Next(batches)
	if err != nil || !blanks {
		return no(front.ProblemNoCardPrinter, errors.Join(errors.New("no blank is in the feeder"), err))
	}
	where, err := l.ready(ctx, a.Kind)
	var blocked *blockedError
	if errors.As(err, &blocked) {
		return no(blocked.code, err)
	}
	lease, had := s.lease(a.ID, now())
	if !had || lease.Application.Issue != a.Issue {
		lease, err = l.Central.Lease(ctx, a.ID)
		switch {
		case errors.Is(err, pickup.ErrNotLeased):
			return no(front.ProblemNotLeased, nil)
		case err != nil:
			return no(front.ProblemCentral, err)
		}
	}
	artwork, err := l.Artist.Draw(lease.Licence)
	if err != nil {
		return no(front.ProblemCannotDraw, err)
	}
	l.studio.put(&artwork)
	return pickup.Prepared{Batch: batch.ID, Located: where}, nil
}

// blockedError is a device that is not fit to begin.
type blockedError struct {
	code front.ProblemCode
	err  error
}

func (e *blockedError) Error() string { return e.err.Error() }

// ready asks the units: nothing may be anywhere, and no supply may be out.
func (l *Licences) ready(ctx context.Context, kind pickup.Kind) (where pickup.Located, err error) {
	printer, err := l.Printer.Status(ctx)
	if err == nil {
		err = fit(printer.Status)
	}
	var card cardprinter.Location
	if err == nil {
		card, err = l.Printer.Locate(ctx)
	}
	if err == nil && (card.Inside != cardprinter.SeenNone || card.Exit != cardprinter.SeenNone) {
		err = fmt.Errorf("a card is in the licence printer: inside %s, exit %s", card.Inside, card.Exit)
	}
	if err != nil {
		return where, &blockedError{front.ProblemNoCardPrinter, err}
	}
	unit, err := l.Capture.Status(ctx)
	if err == nil && kind.TakesOld() {
		err = fit(unit.Status)
	}
	if err == nil && unit.Card != capture.PlaceNone {
		err = fmt.Errorf("a card is in the capture unit: %s", unit.Card)
	}
	if err != nil && kind.TakesOld() {
		return where, &blockedError{front.ProblemNoCapture, err}
	}
	return pickup.Located{New: &card, Old: &unit}, nil
}

// fit says why a device is not fit to begin a pickup.
func fit(s devices.Status) error {
	if !s.Ready() {
		if s.Fault != nil {
			return s.Fault
		}
		return fmt.Errorf("%w: %s", devices.ErrLink, s.Link)
	}
	for name, level := range s.Supplies {
		if level == devices.LevelOut || level == devices.LevelFull || level == devices.LevelJammed {
			return fmt.Errorf("%s is %s", name, level)
		}
	}
	return nil
}

// forget drops the drawing of the visit that ended, and gives the memory of its pictures
// back to the system.
func (h Hands) forget() {
	if h.Licences != nil && h.Licences.studio.get() != nil {
		h.Licences.studio.put(nil)
		debug.FreeOSMemory()
	}
}
