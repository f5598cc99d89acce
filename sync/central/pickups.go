package central

import (
	"context"
	"encoding/json"
	"errors"

	"murur/sync/api"
)

// The kinds of records about licences that the server acts on.
const (
	KindPickupBegun     = "pickup.begun"     // the lease lasts until the kiosk reports an end
	KindPickupIssued    = "pickup.issued"    // handed out
	KindPickupReleased  = "pickup.released"  // nothing was used; the lease may end
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

// pickup does what a record about a licence says. A record can come days late, from a
// kiosk that has the lease no more: then it says what became of a card, but it does not
// touch the lease of the kiosk that has it now.
func (a *applying) pickup(ctx context.Context) error {
	var p Pickup
	if err := json.Unmarshal(a.r.Payload, &p); err != nil || !api.ValidApplication(p.Application) || p.Issue < 1 {
		return a.differs(ctx, Unreadable, "", 0)
	}
	app, err := a.tx.Application(p.Application)
	if errors.Is(err, ErrNone) {
		return a.licenceDiffers(ctx, UnknownApplication, p.Application)
	}
	if err != nil {
		return err
	}
	why := Why("")
	holds := app.Kiosk == a.r.Kiosk
	if holds {
		app.Begun = false
	}
	switch {
	case a.r.Kind == KindPickupBegun:
		if !app.over() && !app.heldFrom(a.r.Kiosk) {
			if !holds {
				app.free()
			}
			app.Kiosk, app.Begun = a.r.Kiosk, true
		}
	case a.r.Kind == KindPickupReleased:
		// The lease ends by itself: it can be of the kiosk's next visit already.
	case a.r.Kind != KindPickupIssued:
		why = PickupUnclear
		app.Unclear = app.Unclear || !app.over() && p.Issue == app.Issue
	case app.over() || p.Issue != app.Issue:
		why = IssuedTwice
		app.Unclear = !app.over() // there is a card already: the next one waits for a decision
	default:
		app.Issued, app.Unclear = a.now, false
		app.free()
	}
	if why != "" {
		if err := a.licenceDiffers(ctx, why, app.ID); err != nil {
			return err
		}
	}
	a.log.InfoContext(ctx, "application."+a.r.Kind, "application", app.ID, "issue", p.Issue)
	return a.tx.PutApplication(app)
}

// forgotten: a kiosk's log has begun again, and what it did last is perhaps in no log. So
// nobody knows what became of the applications that it has leased.
func (a *applying) forgotten(ctx context.Context) error {
	return eachLeased(a.tx, a.r.Kiosk, func(app Application) error {
		if app.over() || app.Unclear {
			return nil
		}
		app.Begun, app.Unclear = false, true
		if err := a.tx.PutApplication(app); err != nil {
			return err
		}
		return a.licenceDiffers(ctx, PickupUnclear, app.ID)
	})
}

func (a *applying) licenceDiffers(ctx context.Context, why Why, application string) error {
	a.log.WarnContext(ctx, "licence.difference", "why", why, "application", application)
	_, err := a.tx.AddDifference(Difference{Place: a.place, Why: why, Application: application, Found: a.now})
	return err
}
