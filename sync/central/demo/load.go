package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"murur/sync/central"
)

// elsewhere is the counter that nobody sees.
const elsewhere = "DEMO-ELSEWHERE"

// Load stores the demonstration. Recording's first fine counts as paid now, and
// Reserved's first one as reserved for a day. Loading again renews these two, adds
// applications that are missing, and leaves everything else as it is.
func Load(ctx context.Context, store central.Store, now time.Time) error {
	err := store.Update(ctx, func(tx central.Tx) error {
		switch _, err := tx.Fine(FinesOf(Typical)[0].ID); {
		case errors.Is(err, central.ErrNone):
			if err := fill(tx); err != nil {
				return err
			}
		case err != nil:
			return err
		}
		return renew(tx, now.UTC())
	})
	if err != nil {
		return fmt.Errorf("cannot load the demo data: %w", err)
	}
	return nil
}

func fill(tx central.Tx) error {
	for _, p := range People() {
		for _, s := range (central.Fine{Civil: string(p.Civil), Plate: p.Plate}).Subjects() {
			if err := tx.PutSubject(s); err != nil {
				return err
			}
		}
	}
	for _, c := range Companies() {
		if err := tx.PutSubject(central.Subject{By: central.ByCompany, Number: c.Unified}); err != nil {
			return err
		}
	}
	for _, f := range Fines() {
		if err := tx.PutFine(f); err != nil {
			return err
		}
	}
	return nil
}

func renew(tx central.Tx, now time.Time) error {
	for _, a := range Applications(now) {
		if _, err := tx.Application(a.ID); err == nil {
			continue
		} else if !errors.Is(err, central.ErrNone) {
			return err
		}
		if err := tx.PutApplication(a); err != nil {
			return err
		}
	}
	paid, err := tx.Fine(FinesOf(Recording)[0].ID)
	if err != nil {
		return err
	}
	if paid.Posting == 0 {
		p := central.Posting{
			Place: central.Place{Kiosk: elsewhere}, Journey: "demo", Received: now,
			Payment: central.Payment{Fines: []string{paid.ID}, Amount: paid.Amount, At: now},
		}
		if paid.Posting, err = tx.AddPosting(p); err != nil {
			return err
		}
	}
	paid.Paid = now
	if err := tx.PutFine(paid); err != nil {
		return err
	}
	taken, err := tx.Fine(FinesOf(Reserved)[0].ID)
	if err != nil {
		return err
	}
	r := central.Reservation{
		ID: "demo-elsewhere", Kiosk: elsewhere, Fines: []string{taken.ID}, Amount: taken.Amount,
		Expires: now.AddDate(0, 0, 1),
	}
	taken.Reservation = r.ID
	if err := tx.PutFine(taken); err != nil {
		return err
	}
	return tx.PutReservation(r)
}
