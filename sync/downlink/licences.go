package downlink

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"murur/kiosk/civilid"
	"murur/kiosk/front"
	"murur/kiosk/journey/pickup"
	"murur/sync/api"
)

var _ pickup.Central = (*Downlink)(nil)

// Applications lists a person's applications. One that makes no sense is left out.
// Errors: fines.ErrCentral.
func (d *Downlink) Applications(ctx context.Context, civil string) ([]pickup.Application, error) {
	a, err := d.ask(ctx, func(ctx context.Context) (*http.Response, error) {
		return d.client.SearchApplications(ctx, api.ApplicationSearch{Civil: civil})
	})
	if err != nil {
		return nil, unusable(err)
	}
	if a.Status != http.StatusOK {
		return nil, refused(a)
	}
	var found api.Applications
	if err := a.Into(&found); err != nil {
		return nil, unusable(err)
	}
	if found.Applications == nil || found.AsOf.IsZero() {
		return nil, unusable(fmt.Errorf("%w: no list or no time", api.ErrAnswer))
	}
	var list []pickup.Application
	for _, one := range found.Applications {
		if one, ok := soundApplication(one); ok {
			list = append(list, one)
		}
	}
	return list, nil
}

// Lease leases an application to this kiosk. Errors: pickup.ErrNotLeased,
// fines.ErrCentral.
func (d *Downlink) Lease(ctx context.Context, application string) (pickup.Lease, error) {
	if !api.ValidApplication(application) {
		return pickup.Lease{}, unusable(fmt.Errorf("application %q is not in the form of the contract", application))
	}
	a, err := d.ask(ctx, func(ctx context.Context) (*http.Response, error) { return d.client.Lease(ctx, application) })
	if err != nil {
		return pickup.Lease{}, unusable(err)
	}
	switch a.Status {
	case http.StatusOK:
		var given api.Lease
		if err := a.Into(&given); err != nil {
			return pickup.Lease{}, unusable(err)
		}
		lease, err := soundLease(given)
		if err == nil && lease.Application.ID != application {
			err = fmt.Errorf("%w: another application", api.ErrAnswer)
		}
		if err != nil {
			return pickup.Lease{}, unusable(err)
		}
		return lease, nil
	case http.StatusConflict:
		if p, err := a.Problem(nil); err == nil && p.Type == api.TypeConflict {
			return pickup.Lease{}, pickup.ErrNotLeased
		}
	}
	return pickup.Lease{}, refused(a)
}

// Manifest lists what is leased to this kiosk in advance, and tells the hash of its newest
// record. A lease that makes no sense is left out. Errors: fines.ErrCentral.
func (d *Downlink) Manifest(ctx context.Context, head string) ([]pickup.Lease, error) {
	var all []pickup.Lease
	after, seen := "", 0
	err := d.pages(ctx, func(ctx context.Context) (*http.Response, error) {
		return d.client.Manifest(ctx, &api.ManifestParams{After: after, Head: head})
	}, func(a api.Answer) (more bool, err error) {
		var page api.Manifest
		if err := a.Into(&page); err != nil {
			return false, err
		}
		before := after
		for _, l := range page.Leases {
			if !api.ValidApplication(l.Application.Id) || l.Application.Id <= after {
				continue
			}
			after, seen = l.Application.Id, seen+1
			if lease, err := soundLease(l); err == nil {
				all = append(all, lease)
			}
		}
		if len(page.Leases) > 0 && after == before {
			return false, fmt.Errorf("%w: nothing follows %q", api.ErrAnswer, before)
		}
		return len(page.Leases) > 0 && seen < maxLeases, nil
	})
	return all, err
}

// Bounds of what is believed.
const (
	maxLeases     = 500
	maxIssue      = 99
	maxCategories = 16
	maxText       = 1000 // bytes of a text; far more than any card holds
)

func soundApplication(a api.Application) (pickup.Application, bool) {
	ok := api.ValidApplication(a.Id) && a.Issue >= 1 && a.Issue <= maxIssue && a.Kind.Valid() && a.Standing.Valid()
	return pickup.Application{
		ID: a.Id, Kind: pickup.Kind(a.Kind), Issue: a.Issue, What: front.Words(a.What),
		Standing: pickup.Standing(a.Standing), Reason: front.Words(a.Reason), GoTo: front.Words(a.GoTo),
	}, ok
}

// soundLease is a lease that can be printed from. The error names no person.
func soundLease(l api.Lease) (pickup.Lease, error) {
	application, ok := soundApplication(l.Application)
	_, civil := civilid.Parse(l.Civil, time.Now())
	in := l.Licence
	switch {
	case !ok || application.Standing != pickup.Ready || civil != nil || in.Civil != l.Civil || l.Until.IsZero():
		return pickup.Lease{}, fmt.Errorf("%w: a lease that makes no sense", api.ErrAnswer)
	case in.Number == "" || in.Birth.IsZero() || in.Issued.IsZero() || !in.Expires.After(in.Issued):
		return pickup.Lease{}, fmt.Errorf("%w: a licence that makes no sense", api.ErrAnswer)
	case len(in.Portrait) > api.MaxPortrait || len(in.Signature) > api.MaxSignature || len(in.Categories) > maxCategories:
		return pickup.Lease{}, fmt.Errorf("%w: a licence that is too large", api.ErrAnswer)
	}
	texts := []string{
		in.Number, in.Blood, in.Surname.Ar, in.Surname.En, in.Given.Ar, in.Given.En,
		in.Nationality.Ar, in.Nationality.En, in.Authority.Ar, in.Authority.En,
	}
	for _, c := range in.Categories {
		texts = append(texts, c.Code, c.Restrictions)
	}
	for _, w := range texts {
		if len(w) > maxText {
			return pickup.Lease{}, fmt.Errorf("%w: a licence that is too large", api.ErrAnswer)
		}
	}
	out := pickup.Licence{
		Number: in.Number, Civil: in.Civil, Surname: front.Words(in.Surname), Given: front.Words(in.Given),
		Nationality: front.Words(in.Nationality), Authority: front.Words(in.Authority),
		Birth: in.Birth, Issued: in.Issued, Expires: in.Expires, Blood: in.Blood,
		Portrait: in.Portrait, Signature: in.Signature,
	}
	for _, c := range in.Categories {
		out.Categories = append(out.Categories, pickup.Category{Code: c.Code, Issued: c.Issued, Expires: c.Expires, Restrictions: c.Restrictions})
	}
	return pickup.Lease{Application: application, Civil: l.Civil, Until: l.Until, Clear: l.Clear, Licence: out}, nil
}
