package central

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"murur/kiosk/kwd"
	"murur/kiosk/ledger/record"
	"murur/sync/api"
)

// The kinds of records that the server acts on. Those about payments have a Payment
// as payload. Every other kind is only kept.
const (
	KindEpoch     = "ledger.epoch"      // begins an epoch, by a person's decision
	KindReleased  = "fines.released"    // the reservation ends
	KindRefused   = "payment.refused"   // nothing was charged; the reservation ends
	KindReversed  = "payment.reversed"  // charged and given back; the reservation ends
	KindUnknown   = "payment.unknown"   // its fines stay reserved until the kiosk found out
	KindCompleted = "payment.completed" // posted; its fines are paid
)

// applying is one record on its way into the books.
type applying struct {
	tx    Tx
	r     record.Record
	p     Payment
	place Place
	now   time.Time
	log   *slog.Logger
}

// apply does what a record says. It fails only when the store does.
func (s *Server) apply(ctx context.Context, tx Tx, r record.Record) error {
	a := applying{
		tx: tx, r: r, place: Place{r.Kiosk, r.Epoch, r.Seq}, now: s.clock(),
		log: s.log.With("kiosk", r.Kiosk, "seq", r.Seq),
	}
	var do func(context.Context) error
	switch r.Kind {
	case KindEpoch:
		return errors.Join(a.differs(ctx, NewEpoch, "", 0), a.forgotten(ctx))
	case KindReleased, KindRefused, KindReversed:
		do = a.end
	case KindUnknown:
		do = a.keep
	case KindCompleted:
		do = a.post
	case KindPickupBegun, KindPickupIssued, KindPickupReleased, KindPickupPromised, KindPickupRetracted, KindPickupUnknown:
		return a.pickup(ctx)
	default:
		return nil
	}
	if err := json.Unmarshal(r.Payload, &a.p); err != nil {
		return a.differs(ctx, Unreadable, "", 0)
	}
	return do(ctx)
}

func (a *applying) end(context.Context) error { return finish(a.tx, a.p.Reservation, a.r.Kiosk) }

// keep makes the reservation last. If it is gone already, it is made again for the
// fines that nobody else has taken since. Without an id that Reserve takes there was none.
func (a *applying) keep(ctx context.Context) error {
	if err := a.differs(ctx, NotClear, "", 0); err != nil {
		return err
	}
	if !api.ValidReservation(a.p.Reservation) {
		return nil
	}
	kept := Reservation{ID: a.p.Reservation, Kiosk: a.r.Kiosk, Amount: a.p.Amount, Expires: a.now, Unclear: true}
	switch have, err := a.tx.Reservation(kept.ID); {
	case err == nil && have.Kiosk != kept.Kiosk:
		return nil
	case err != nil && !errors.Is(err, ErrNone):
		return err
	}
	for _, id := range a.p.Fines {
		f, err := a.tx.Fine(id)
		if errors.Is(err, ErrNone) {
			continue
		}
		if err != nil {
			return err
		}
		state, err := stateOf(a.tx, f, kept.Kiosk, kept.ID, a.now)
		if err != nil {
			return err
		}
		if _, bad := against[state]; bad {
			continue
		}
		f.Reservation = kept.ID
		if err := a.tx.PutFine(f); err != nil {
			return err
		}
		kept.Fines = append(kept.Fines, id)
	}
	if len(kept.Fines) == 0 {
		return nil
	}
	return a.tx.PutReservation(kept)
}

// post books the payment and says where it does not fit the server's own books.
func (a *applying) post(ctx context.Context) error {
	if len(a.p.Fines) == 0 {
		return a.differs(ctx, Unreadable, "", 0)
	}
	number, err := a.tx.AddPosting(Posting{Place: a.place, Journey: a.r.Journey, Payment: a.p, Received: a.now})
	if err != nil {
		return err
	}
	var amounts []kwd.Amount
	for _, id := range a.p.Fines {
		f, err := a.tx.Fine(id)
		switch {
		case errors.Is(err, ErrNone):
			err = a.differs(ctx, UnknownFine, id, 0)
		case err != nil:
		case !f.Paid.IsZero():
			err = a.differs(ctx, PaidTwice, id, f.Posting)
		default:
			f.Paid, f.Posting, f.Reservation = a.now, number, ""
			err = a.tx.PutFine(f)
		}
		if err != nil {
			return err
		}
		amounts = append(amounts, f.Amount)
	}
	if sum, err := kwd.Sum(amounts...); err != nil || sum != a.p.Amount {
		if err := a.differs(ctx, WrongAmount, "", 0); err != nil {
			return err
		}
	}
	a.log.InfoContext(ctx, "payment.posted", "posting", number, "fines", len(a.p.Fines))
	return finish(a.tx, a.p.Reservation, a.r.Kiosk)
}

func (a *applying) differs(ctx context.Context, why Why, fine string, earlier uint64) error {
	a.log.WarnContext(ctx, "payment.difference", "why", why)
	_, err := a.tx.AddDifference(Difference{Place: a.place, Why: why, Fine: fine, Earlier: earlier, Found: a.now})
	return err
}
