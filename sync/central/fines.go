package central

import (
	"context"
	"errors"
	"slices"
	"time"

	"murur/kiosk/kwd"
	"murur/sync/api"
)

// SearchFines answers POST /v1/fines/search.
func (s *Server) SearchFines(ctx context.Context, r api.SearchFinesRequestObject) (api.SearchFinesResponseObject, error) {
	if !r.Body.By.Valid() || r.Body.Number == "" || len(r.Body.Number) > 40 || len(r.Body.Journey) > 64 {
		return nil, errBadRequest
	}
	now := s.clock()
	found := api.Found{AsOf: now, Fines: []api.Fine{}}
	err := s.store.View(ctx, func(db Reader) error {
		all, err := search(db, r.Body.By, r.Body.Number)
		if err != nil {
			return err
		}
		for _, f := range all {
			state, err := stateOf(db, f, kioskOf(ctx), "", now)
			if err != nil {
				return err
			}
			if state != statePaid {
				found.Fines = append(found.Fines, shown(f, state))
			}
		}
		return nil
	})
	attrs := []any{"kiosk", kioskOf(ctx), "journey", r.Body.Journey, "by", r.Body.By, "fines", len(found.Fines)}
	switch {
	case errors.Is(err, ErrNone):
		s.log.InfoContext(ctx, "fines.unknown", attrs...)
		return api.SearchFines404ApplicationProblemPlusJSONResponse(problem(404, api.TypeNotFound, "No such number.")), nil
	case err != nil:
		return nil, err
	}
	s.log.InfoContext(ctx, "fines.found", attrs...)
	return api.SearchFines200JSONResponse(found), nil
}

func search(db Reader, by api.SearchBy, number string) ([]Fine, error) {
	if by == api.ByViolation {
		f, err := db.Fine(number)
		return []Fine{f}, err
	}
	return db.FinesOf(Subject{By(by), number})
}

// statePaid is beside the states that the wire knows: such a fine is not shown.
const statePaid api.FineState = "paid"

// stateOf tells what can be done with f now by a kiosk. A kiosk serves one person at a
// time, so an earlier reservation of its own is no hindrance, unless it is unclear what
// became of its payment; reservation mine itself never is.
func stateOf(db Reader, f Fine, kiosk, mine string, now time.Time) (api.FineState, error) {
	switch {
	case !f.Paid.IsZero() && now.Sub(f.Paid) >= RecordingTime:
		return statePaid, nil
	case !f.Paid.IsZero():
		return api.Recording, nil
	case f.NotHere:
		return api.NotHere, nil
	case f.Reservation == "" || f.Reservation == mine:
		return api.Payable, nil
	}
	r, err := db.Reservation(f.Reservation)
	switch {
	case errors.Is(err, ErrNone):
		return api.Payable, nil
	case err != nil:
		return "", err
	case r.Kiosk == kiosk && !r.Unclear:
		return api.Payable, nil
	case r.holds(now):
		return api.ReservedElsewhere, nil
	}
	return api.Payable, nil
}

func shown(f Fine, state api.FineState) api.Fine {
	return api.Fine{
		Id: f.ID, Plate: api.Plate(f.Plate), What: api.Words(f.What), Where: api.Words(f.Where),
		At: f.At, Amount: f.Amount, State: state, Reason: api.Words(f.Reason), GoTo: api.Words(f.GoTo),
	}
}

// Reserve answers PUT /v1/reservations/{id}.
func (s *Server) Reserve(ctx context.Context, r api.ReserveRequestObject) (api.ReserveResponseObject, error) {
	n := len(r.Body.Fines)
	if !api.ValidReservation(r.Id) || n == 0 || n > api.MaxReserve || repeated(r.Body.Fines) {
		return nil, errBadRequest
	}
	now := s.clock()
	want := Reservation{
		ID: r.Id, Kiosk: kioskOf(ctx), Fines: r.Body.Fines, Amount: r.Body.Amount,
		Expires: now.Add(s.lifetime),
	}
	var conflicts []api.Conflict
	err := s.store.Update(ctx, func(tx Tx) (err error) {
		if conflicts, err = reserve(tx, want, now); err != nil || len(conflicts) > 0 {
			return err
		}
		return tx.PutReservation(want)
	})
	if err != nil {
		return nil, err
	}
	if len(conflicts) > 0 {
		s.log.InfoContext(ctx, "reservation.conflict", "kiosk", want.Kiosk, "reservation", r.Id, "why", conflicts[0].Why)
		return api.Reserve409ApplicationProblemPlusJSONResponse{
			Type: api.TypeConflict, Status: 409, Title: "Cannot be reserved.", Conflicts: conflicts,
		}, nil
	}
	s.log.InfoContext(ctx, "reservation.made", "kiosk", want.Kiosk, "reservation", r.Id, "fines", n, "expires", want.Expires)
	return api.Reserve200JSONResponse{Id: r.Id, Expires: want.Expires}, nil
}

// reserve points every fine of want at it, or says what is against it. It writes
// only when nothing is.
func reserve(tx Tx, want Reservation, now time.Time) (conflicts []api.Conflict, err error) {
	switch have, err := tx.Reservation(want.ID); {
	case errors.Is(err, ErrNone):
	case err != nil:
		return nil, err
	case have.Kiosk != want.Kiosk || have.Amount != want.Amount || !slices.Equal(have.Fines, want.Fines):
		return []api.Conflict{{Why: api.WhyReused}}, nil
	case have.Unclear:
		return []api.Conflict{{Why: api.WhyReserved}}, nil
	}
	fines := make([]Fine, 0, len(want.Fines))
	var amounts []kwd.Amount
	for _, id := range want.Fines {
		f, err := tx.Fine(id)
		if errors.Is(err, ErrNone) {
			conflicts = append(conflicts, api.Conflict{Fine: id, Why: api.WhyUnknown})
			continue
		}
		if err != nil {
			return nil, err
		}
		state, err := stateOf(tx, f, want.Kiosk, want.ID, now)
		if err != nil {
			return nil, err
		}
		if why, bad := against[state]; bad {
			conflicts = append(conflicts, api.Conflict{Fine: id, Why: why})
		}
		fines, amounts = append(fines, f), append(amounts, f.Amount)
	}
	if sum, err := kwd.Sum(amounts...); len(conflicts) == 0 && (err != nil || sum != want.Amount || sum <= 0) {
		conflicts = append(conflicts, api.Conflict{Why: api.WhyAmount})
	}
	if len(conflicts) > 0 {
		return conflicts, nil
	}
	for _, f := range fines {
		if f.Reservation == want.ID {
			continue
		}
		if f.Reservation != "" { // expired or the kiosk's own, or it would be a conflict
			if err := tx.DropReservation(f.Reservation); err != nil {
				return nil, err
			}
		}
		f.Reservation = want.ID
		if err := tx.PutFine(f); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// against are the states in which a fine cannot be reserved.
var against = map[api.FineState]api.ConflictWhy{
	api.Recording: api.WhyPaid, statePaid: api.WhyPaid,
	api.NotHere: api.WhyNotPayable, api.ReservedElsewhere: api.WhyReserved,
}

func repeated(ids []string) bool {
	sorted := slices.Sorted(slices.Values(ids))
	return len(slices.Compact(sorted)) != len(ids)
}

// Release answers DELETE /v1/reservations/{id}. Another kiosk's reservation is
// left alone.
func (s *Server) Release(ctx context.Context, r api.ReleaseRequestObject) (api.ReleaseResponseObject, error) {
	err := s.store.Update(ctx, func(tx Tx) error {
		have, err := tx.Reservation(r.Id)
		if err == nil && have.Unclear {
			return nil // only the outcome of the payment ends it
		}
		return finish(tx, r.Id, kioskOf(ctx))
	})
	if err != nil {
		return nil, err
	}
	s.log.InfoContext(ctx, "reservation.released", "kiosk", kioskOf(ctx), "reservation", r.Id)
	return api.Release204Response{}, nil
}

// finish drops a reservation, if it is there and the kiosk's own.
func finish(tx Tx, id, kiosk string) error {
	have, err := tx.Reservation(id)
	if errors.Is(err, ErrNone) || err == nil && have.Kiosk != kiosk {
		return nil
	}
	if err != nil {
		return err
	}
	return tx.DropReservation(id)
}
