package central

import (
	"context"
	"errors"
	"time"

	"murur/sync/api"
)

// Application is an approved and paid application for a licence, as the department
// keeps it.
type Application struct {
	ID    string              `json:"id"`
	Civil string              `json:"civil"`
	Kind  api.ApplicationKind `json:"kind"`
	What  Words               `json:"what"`
	// Standing is ready, not_ready or visit: the department's decision.
	Standing api.ApplicationStanding `json:"standing"`
	Reason   Words                   `json:"reason,omitzero"`
	GoTo     Words                   `json:"goTo,omitzero"`
	Licence  api.Licence             `json:"licence"`
	// Issue counts the cards that were allowed; from 1.
	Issue int `json:"issue"`

	// Kiosk has the lease. It may begin a visit until Until; Begun: it has. Assigned: the
	// lease was given to that kiosk in advance.
	Kiosk    string    `json:"kiosk,omitempty"`
	Until    time.Time `json:"until,omitzero"`
	Assigned bool      `json:"assigned,omitempty"`
	Begun    bool      `json:"begun,omitempty"`
	// Issued is when the server learned that the licence was handed out; zero: it was not.
	Issued time.Time `json:"issued,omitzero"`
	// Unclear: a kiosk could not hand it out, or does not know. Only a decision ends it.
	Unclear bool `json:"unclear,omitempty"`
	// Closed is when the department decided that no card will be made any more; zero: it
	// did not.
	Closed time.Time `json:"closed,omitzero"`
	// Decisions are the department's own, oldest first.
	Decisions []Decision `json:"decisions,omitempty"`
}

// LeaseTime is how long a lease for a visit lasts; leaseMargin is how far the clocks of a
// kiosk and the server may differ.
const (
	LeaseTime   = 10 * time.Minute
	leaseMargin = time.Minute
)

// manifestMax is how many leases are in one answer: their pictures are large.
const manifestMax = 3

// over tells whether nothing can be collected any more.
func (a Application) over() bool { return !a.Issued.IsZero() || !a.Closed.IsZero() }

// free ends the lease, whoever has it.
func (a *Application) free() { a.Kiosk, a.Until, a.Assigned, a.Begun = "", time.Time{}, false, false }

// heldFrom tells whether another kiosk than this one has the lease. One whose lease is over
// has it until it says that nothing was done with it: see settleLeases.
func (a Application) heldFrom(kiosk string) bool { return a.Kiosk != "" && a.Kiosk != kiosk }

// silent tells whether the lease is over and its kiosk has not said what it did with it.
func (a Application) silent(now time.Time) bool {
	return a.Kiosk != "" && !a.Begun && !a.Until.After(now)
}

// standing is what an application is for a kiosk now.
func (a Application) standing(kiosk string, now time.Time) api.ApplicationStanding {
	switch {
	case a.Unclear:
		return api.StandingUnclear
	case a.Standing != api.StandingReady:
		return a.Standing
	case a.heldFrom(kiosk) && a.silent(now):
		return api.StandingUnclear
	case a.heldFrom(kiosk):
		return api.StandingElsewhere
	}
	return api.StandingReady
}

func (s *Server) shown(a Application, kiosk string, now time.Time) api.Application {
	out := api.Application{
		Id: a.ID, Kind: a.Kind, Issue: a.Issue, What: api.Words(a.What), Standing: a.standing(kiosk, now),
		Reason: api.Words(a.Reason), GoTo: api.Words(a.GoTo),
	}
	if out.Standing == api.StandingElsewhere {
		place, known := s.places[a.Kiosk]
		if !known {
			place = Words{Ar: "جهاز " + a.Kiosk, En: "Kiosk " + a.Kiosk}
		}
		out.GoTo = api.Words(place)
	}
	return out
}

// SearchApplications answers POST /v1/applications/search.
func (s *Server) SearchApplications(ctx context.Context, r api.SearchApplicationsRequestObject) (api.SearchApplicationsResponseObject, error) {
	if len(r.Body.Civil) != 12 || len(r.Body.Journey) > 64 {
		return nil, errBadRequest
	}
	now := s.clock()
	out := api.SearchApplications200JSONResponse{AsOf: now, Applications: []api.Application{}}
	err := s.store.View(ctx, func(db Reader) error {
		all, err := db.ApplicationsOf(r.Body.Civil)
		for _, a := range all {
			if !a.over() {
				out.Applications = append(out.Applications, s.shown(a, kioskOf(ctx), now))
			}
		}
		return err
	})
	s.log.InfoContext(ctx, "applications.found", "kiosk", kioskOf(ctx), "journey", r.Body.Journey, "applications", len(out.Applications))
	return out, err
}

// Lease answers PUT /v1/leases/{application}.
func (s *Server) Lease(ctx context.Context, r api.LeaseRequestObject) (api.LeaseResponseObject, error) {
	if !api.ValidApplication(r.Application) {
		return nil, errBadRequest
	}
	now, kiosk := s.clock(), kioskOf(ctx)
	var lease api.Lease
	given := false
	err := s.store.Update(ctx, func(tx Tx) error {
		given = false
		a, err := tx.Application(r.Application)
		if errors.Is(err, ErrNone) {
			return nil
		}
		if err != nil {
			return err
		}
		clear, err := owesNothing(tx, a.Civil, kiosk, now)
		if err != nil || !clear || a.over() || a.standing(kiosk, now) != api.StandingReady {
			return err
		}
		if !a.Assigned || a.Kiosk != kiosk || !a.Until.After(now) {
			a.Kiosk, a.Until, a.Assigned = kiosk, now.Add(LeaseTime), false
		}
		lease, given = s.lease(a, clear, now), true
		return tx.PutApplication(a)
	})
	switch {
	case err != nil:
		return nil, err
	case !given:
		s.log.InfoContext(ctx, "lease.refused", "kiosk", kiosk, "application", r.Application)
		return api.Lease409ApplicationProblemPlusJSONResponse(problem(409, api.TypeConflict, "Cannot be leased.")), nil
	}
	s.log.InfoContext(ctx, "lease.given", "kiosk", kiosk, "application", r.Application, "until", lease.Until)
	return api.Lease200JSONResponse(lease), nil
}

// lease is what the kiosk that has the lease is told.
func (s *Server) lease(a Application, clear bool, now time.Time) api.Lease {
	return api.Lease{Application: s.shown(a, a.Kiosk, now), Civil: a.Civil, Until: a.Until, Clear: clear, Licence: a.Licence}
}

// owesNothing tells whether no fine stands before a person's licence. One that is being
// recorded does not.
func owesNothing(db Reader, civil, kiosk string, now time.Time) (bool, error) {
	all, err := db.FinesOf(Subject{ByCivil, civil})
	if errors.Is(err, ErrNone) {
		return true, nil
	}
	for _, f := range all {
		state, err := stateOf(db, f, kiosk, "", now)
		if err != nil {
			return false, err
		}
		if state != statePaid && state != api.Recording {
			return false, nil
		}
	}
	return err == nil, err
}

// Manifest answers GET /v1/manifest.
func (s *Server) Manifest(ctx context.Context, r api.ManifestRequestObject) (api.ManifestResponseObject, error) {
	if r.Params.After != "" && !api.ValidApplication(r.Params.After) {
		return nil, errBadRequest
	}
	now, kiosk := s.clock(), kioskOf(ctx)
	if r.Params.Head != "" && r.Params.After == "" {
		if err := s.settleLeases(ctx, kiosk, r.Params.Head, now); err != nil {
			return nil, err
		}
	}
	out := api.Manifest200JSONResponse{Leases: []api.Lease{}}
	err := s.store.View(ctx, func(db Reader) error {
		for after := r.Params.After; len(out.Leases) < manifestMax; {
			all, err := db.LeasedTo(kiosk, after, manifestMax)
			if err != nil || len(all) == 0 {
				return err
			}
			for _, a := range all {
				after = a.ID
				if len(out.Leases) == manifestMax || !a.Assigned || !a.Until.After(now) || a.over() || a.standing(kiosk, now) != api.StandingReady {
					continue
				}
				clear, err := owesNothing(db, a.Civil, kiosk, now)
				if err != nil {
					return err
				}
				out.Leases = append(out.Leases, s.lease(a, clear, now))
			}
		}
		return nil
	})
	return out, err
}

// settleLeases frees what was leased to a kiosk, is over and was not begun, when the server
// has the kiosk's newest record: nothing that it did is on its way any more.
func (s *Server) settleLeases(ctx context.Context, kiosk, newest string, now time.Time) error {
	return s.store.Update(ctx, func(tx Tx) error {
		head, err := tx.Head(kiosk)
		if err != nil && !errors.Is(err, ErrNone) {
			return err
		}
		if head.Hash.String() != newest {
			return nil
		}
		return eachLeased(tx, kiosk, func(a Application) error {
			if a.Unclear || !a.silent(now.Add(-leaseMargin)) {
				return nil
			}
			s.log.InfoContext(ctx, "lease.over", "kiosk", kiosk, "application", a.ID)
			a.free()
			return tx.PutApplication(a)
		})
	})
}

// eachLeased calls do with everything that is leased to a kiosk.
func eachLeased(db Reader, kiosk string, do func(Application) error) error {
	const page = 20 // with their pictures
	for after := ""; ; {
		all, err := db.LeasedTo(kiosk, after, page)
		if err != nil || len(all) == 0 {
			return err
		}
		for _, a := range all {
			after = a.ID
			if err := do(a); err != nil {
				return err
			}
		}
	}
}
