package central

import (
	"context"
	"encoding/json"
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

	// Kiosk has the lease until Until, and for as long as Begun says that a visit has
	// begun there. Assigned: the lease was given to that kiosk in advance.
	Kiosk    string    `json:"kiosk,omitempty"`
	Until    time.Time `json:"until,omitzero"`
	Assigned bool      `json:"assigned,omitempty"`
	Begun    bool      `json:"begun,omitempty"`
	// Issued is when the server learned that the licence was handed out; zero: it was not.
	Issued time.Time `json:"issued,omitzero"`
	// Unclear: a kiosk could not hand it out, or does not know. Only a decision ends it.
	Unclear bool `json:"unclear,omitempty"`
}

// LeaseTime is how long a lease for a visit lasts.
const LeaseTime = 10 * time.Minute

// The most bytes of pictures that are given to kiosks.
const (
	MaxPortrait  = 150_000
	MaxSignature = 50_000
)

// manifestMax is how many leases are in one answer: their pictures are large.
const manifestMax = 3

// heldFrom tells whether another kiosk than this one has the lease.
func (a Application) heldFrom(kiosk string, now time.Time) bool {
	return a.Kiosk != "" && a.Kiosk != kiosk && (a.Begun || a.Until.After(now))
}

// standing is what an application is for a kiosk now.
func (a Application) standing(kiosk string, now time.Time) api.ApplicationStanding {
	switch {
	case a.Unclear:
		return api.StandingUnclear
	case a.Standing != api.StandingReady:
		return a.Standing
	case a.heldFrom(kiosk, now):
		return api.StandingElsewhere
	}
	return api.StandingReady
}

func (a Application) shown(kiosk string, now time.Time) api.Application {
	out := api.Application{
		Id: a.ID, Kind: a.Kind, Issue: a.Issue, What: api.Words(a.What), Standing: a.standing(kiosk, now),
		Reason: api.Words(a.Reason), GoTo: api.Words(a.GoTo),
	}
	if out.Standing == api.StandingElsewhere {
		out.GoTo = api.Words{Ar: "جهاز " + a.Kiosk, En: "Kiosk " + a.Kiosk}
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
			if a.Issued.IsZero() {
				out.Applications = append(out.Applications, a.shown(kioskOf(ctx), now))
			}
		}
		return err
	})
	s.log.InfoContext(ctx, "applications.found", "kiosk", kioskOf(ctx), "journey", r.Body.Journey, "applications", len(out.Applications))
	return out, err
}

// Lease answers PUT /v1/leases/{application}.
func (s *Server) Lease(ctx context.Context, r api.LeaseRequestObject) (api.LeaseResponseObject, error) {
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
		if err != nil || !clear || !a.Issued.IsZero() || a.standing(kiosk, now) != api.StandingReady {
			return err
		}
		if !a.Assigned || a.Kiosk != kiosk || !a.Until.After(now) {
			a.Kiosk, a.Until, a.Assigned = kiosk, now.Add(LeaseTime), false
		}
		lease, given = a.lease(kiosk, clear, now), true
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

func (a Application) lease(kiosk string, clear bool, now time.Time) api.Lease {
	return api.Lease{Application: a.shown(kiosk, now), Civil: a.Civil, Until: a.Until, Clear: clear, Licence: a.Licence}
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
	now, kiosk := s.clock(), kioskOf(ctx)
	out := api.Manifest200JSONResponse{Leases: []api.Lease{}}
	err := s.store.View(ctx, func(db Reader) error {
		for after := r.Params.After; len(out.Leases) < manifestMax; {
			all, err := db.LeasedTo(kiosk, after, manifestMax)
			if err != nil || len(all) == 0 {
				return err
			}
			for _, a := range all {
				after = a.ID
				if len(out.Leases) == manifestMax || !a.Assigned || !a.Until.After(now) || !a.Issued.IsZero() || a.standing(kiosk, now) != api.StandingReady {
					continue
				}
				clear, err := owesNothing(db, a.Civil, kiosk, now)
				if err != nil {
					return err
				}
				out.Leases = append(out.Leases, a.lease(kiosk, clear, now))
			}
		}
		return nil
	})
	return out, err
}

// The kinds of records about licences that the server acts on.
const (
	KindPickupBegun     = "pickup.begun"     // the lease lasts until the kiosk reports an end
	KindPickupIssued    = "pickup.issued"    // handed out
	KindPickupReleased  = "pickup.released"  // nothing was used; others may have it
	KindPickupPromised  = "pickup.promised"  // no licence: the department decides
	KindPickupRetracted = "pickup.retracted" // so here: it was not taken
	KindPickupUnknown   = "pickup.unknown"   // so here: nobody knows who has it
)

// Pickup is the payload of those records.
type Pickup struct {
	Application string `json:"application"`
	Issue       int    `json:"issue"`
	Case        string `json:"case"`
}

// pickup does what a record about a licence says.
func (a *applying) pickup(ctx context.Context) error {
	var p Pickup
	if err := json.Unmarshal(a.r.Payload, &p); err != nil {
		return a.differs(ctx, Unreadable, "", 0)
	}
	app, err := a.tx.Application(p.Application)
	if errors.Is(err, ErrNone) {
		return a.licenceDiffers(ctx, UnknownApplication, p.Application)
	}
	if err != nil {
		return err
	}
	switch a.r.Kind {
	case KindPickupBegun:
		if !app.heldFrom(a.r.Kiosk, a.now) {
			app.Kiosk, app.Begun = a.r.Kiosk, true
		}
	case KindPickupIssued:
		if !app.Issued.IsZero() || p.Issue != app.Issue {
			return a.licenceDiffers(ctx, IssuedTwice, app.ID)
		}
		app.Issued, app.Begun, app.Unclear = a.now, false, false
	case KindPickupReleased:
		app.Begun = false
		if !app.Assigned {
			app.Until = a.now
		}
	default:
		app.Begun = false
		if p.Issue == app.Issue {
			app.Unclear = true
		}
		if err := a.licenceDiffers(ctx, PickupUnclear, app.ID); err != nil {
			return err
		}
	}
	a.log.InfoContext(ctx, "application."+a.r.Kind, "application", app.ID, "issue", p.Issue)
	return a.tx.PutApplication(app)
}

func (a *applying) licenceDiffers(ctx context.Context, why Why, application string) error {
	a.log.WarnContext(ctx, "licence.difference", "why", why, "application", application)
	_, err := a.tx.AddDifference(Difference{Place: a.place, Why: why, Application: application, Found: a.now})
	return err
}

// ErrDecision means that there is nothing to decide about an application.
var ErrDecision = errors.New("cannot decide about the application")

// Reissue is the department's decision that one more card may be printed for an
// application, although an earlier one was handed out, lost or destroyed. Errors:
// ErrDecision.
func (s *Server) Reissue(ctx context.Context, application, reason string) (issue int, err error) {
	if reason == "" || len(reason) > 500 {
		return 0, ErrDecision
	}
	err = s.store.Update(ctx, func(tx Tx) error {
		a, err := tx.Application(application)
		if errors.Is(err, ErrNone) || err == nil && !a.Unclear && a.Issued.IsZero() {
			return ErrDecision
		}
		if err != nil {
			return err
		}
		a.Issue++
		a.Unclear, a.Begun, a.Issued = false, false, time.Time{}
		issue = a.Issue
		return tx.PutApplication(a)
	})
	if err == nil {
		s.log.InfoContext(ctx, "application.reissue", "application", application, "issue", issue, "reason", reason)
	}
	return issue, err
}
