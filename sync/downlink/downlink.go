// Package downlink asks the central server on behalf of a journey: it is the
// fines.Central and the pickup.Central over HTTP, by the contract in sync/api.
//
// Every question ends within its time. Whatever is not a sound answer (no
// connection, another status, another media type, half a body, garbage, too much)
// is fines.ErrCentral; members that are not known are ignored. A fine that makes no
// sense is left out of the list and named in Found.Rejected, so that one bad entry
// hides no good one. Numbers that identify a person are in no URL and in no error.
package downlink

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"time"

	"murur/kiosk/front"
	"murur/kiosk/journey/fines"
	"murur/sync/api"
)

// DefaultTimeout ends a question that nobody answers.
const DefaultTimeout = 8 * time.Second

// Options say whom to ask.
type Options struct {
	URL     string              // of the server, "https://central.example"
	Kiosk   string              // this kiosk's id
	HTTP    api.HttpRequestDoer // default api.NewHTTPClient(nil)
	Timeout time.Duration       // default DefaultTimeout
}

// Downlink is a fines.Central and a pickup.Central. It is safe for concurrent use.
type Downlink struct {
	client  *api.Client
	timeout time.Duration
}

var _ fines.Central = (*Downlink)(nil)

// New checks the options; it does not connect.
func New(o Options) (*Downlink, error) {
	if o.HTTP == nil {
		o.HTTP = api.NewHTTPClient(nil)
	}
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	client, err := api.Dial(o.URL, o.Kiosk, o.HTTP)
	if err != nil {
		return nil, err
	}
	return &Downlink{client, o.Timeout}, nil
}

// ways are the ways to identify in the words of the contract.
var ways = map[front.Way]api.SearchBy{
	front.ByCard: api.ByCivil, front.ByCivil: api.ByCivil,
	front.ByPlate: api.ByPlate, front.ByViolation: api.ByViolation,
}

// Fines answers a query. Errors: fines.ErrNotFound, fines.ErrCentral.
func (d *Downlink) Fines(ctx context.Context, q fines.Query) (fines.Found, error) {
	by, known := ways[q.By]
	if !known {
		return fines.Found{}, unusable(fmt.Errorf("no search by %q", q.By))
	}
	a, err := d.ask(ctx, func(ctx context.Context) (*http.Response, error) {
		return d.client.SearchFines(ctx, api.Search{By: by, Number: q.Number})
	})
	if err != nil {
		return fines.Found{}, unusable(err)
	}
	switch a.Status {
	case http.StatusOK:
		var found api.Found
		if err := a.Into(&found); err != nil {
			return fines.Found{}, unusable(err)
		}
		return sound(found)
	case http.StatusNotFound:
		if p, err := a.Problem(nil); err == nil && p.Type == api.TypeNotFound {
			return fines.Found{}, fines.ErrNotFound
		}
	}
	return fines.Found{}, refused(a)
}

// Reserve reserves all fines or none. Errors: fines.ErrTaken, fines.ErrCentral.
func (d *Downlink) Reserve(ctx context.Context, r fines.Reservation) (time.Time, error) {
	if !api.ValidReservation(r.ID) {
		return time.Time{}, unusable(fmt.Errorf("reservation id %q is not in the form of the contract", r.ID))
	}
	a, err := d.ask(ctx, func(ctx context.Context) (*http.Response, error) {
		return d.client.Reserve(ctx, r.ID, api.Reserve{Fines: r.Fines, Amount: r.Amount})
	})
	if err != nil {
		return time.Time{}, unusable(err)
	}
	switch a.Status {
	case http.StatusOK:
		var made api.Reserved
		if err := a.Into(&made); err != nil {
			return time.Time{}, unusable(err)
		}
		if made.Id != r.ID || made.Expires.IsZero() {
			return time.Time{}, unusable(fmt.Errorf("%w: another reservation", api.ErrAnswer))
		}
		return made.Expires, nil
	case http.StatusConflict:
		var conflict api.ConflictProblem
		if p, err := a.Problem(&conflict); err == nil && p.Type == api.TypeConflict && len(conflict.Conflicts) > 0 {
			return time.Time{}, fmt.Errorf("%w: %s", fines.ErrTaken, conflict.Conflicts[0].Why)
		}
	}
	return time.Time{}, refused(a)
}

// Postings are all payments that central has from this kiosk after a number of its own.
// Errors: fines.ErrCentral.
func (d *Downlink) Postings(ctx context.Context, after uint64) ([]fines.Posting, error) {
	var all []fines.Posting
	err := d.pages(ctx, func(ctx context.Context) (*http.Response, error) {
		return d.client.ListPostings(ctx, &api.ListPostingsParams{After: api.After(after)})
	}, func(a api.Answer) (more bool, err error) {
		var page api.Postings
		err = a.Into(&page)
		for _, p := range page.Postings {
			if p.Number <= after {
				return false, fmt.Errorf("posting %d does not follow %d", p.Number, after)
			}
			after = p.Number
			all = append(all, fines.Posting{Number: p.Number, Receipt: p.Receipt, Amount: p.Amount})
		}
		return len(page.Postings) > 0, err
	})
	return all, err
}

// PaidTwice are the fines of this kiosk's payments that central had as paid already,
// after a number of its own. Errors: fines.ErrCentral.
func (d *Downlink) PaidTwice(ctx context.Context, after uint64) ([]fines.PaidTwice, error) {
	var all []fines.PaidTwice
	err := d.pages(ctx, func(ctx context.Context) (*http.Response, error) {
		return d.client.ListDifferences(ctx, &api.ListDifferencesParams{After: api.After(after)})
	}, func(a api.Answer) (more bool, err error) {
		var page api.Differences
		err = a.Into(&page)
		for _, p := range page.Differences {
			if p.Number <= after {
				return false, fmt.Errorf("difference %d does not follow %d", p.Number, after)
			}
			after = p.Number
			if p.Why == api.DifferencePaidTwice {
				all = append(all, fines.PaidTwice{Number: p.Number, Seq: p.Seq, Fine: p.Fine})
			}
		}
		return len(page.Differences) > 0, err
	})
	return all, err
}

// pages asks for one page after the other until one has nothing more.
func (d *Downlink) pages(ctx context.Context, send func(context.Context) (*http.Response, error), take func(api.Answer) (more bool, err error)) error {
	for {
		a, err := d.ask(ctx, send)
		if err != nil {
			return unusable(err)
		}
		if a.Status != http.StatusOK {
			return refused(a)
		}
		more, err := take(a)
		if err != nil {
			return unusable(err)
		}
		if !more {
			return nil
		}
	}
}

func (d *Downlink) ask(ctx context.Context, send func(context.Context) (*http.Response, error)) (api.Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	r, err := send(ctx)
	if err != nil {
		return api.Answer{}, err
	}
	return api.ReadAnswer(r)
}

func unusable(err error) error { return fmt.Errorf("%w: %w", fines.ErrCentral, err) }

func refused(a api.Answer) error {
	p, err := a.Problem(nil)
	if err != nil || !p.Type.Valid() {
		return unusable(fmt.Errorf("status %d", a.Status))
	}
	return unusable(fmt.Errorf("status %d, %s", a.Status, p.Type))
}

// fineID is what a violation number may look like. It goes on screen and paper, so
// nothing else gets through.
var fineID = regexp.MustCompile(`^[A-Za-z0-9/-]{1,24}$`)

// unnamed stands in Found.Rejected for a fine whose number cannot be shown.
const unnamed = "?"

// sound keeps the fines that make sense.
func sound(in api.Found) (fines.Found, error) {
	if in.Fines == nil || in.AsOf.IsZero() {
		return fines.Found{}, unusable(fmt.Errorf("%w: no list or no time", api.ErrAnswer))
	}
	out := fines.Found{AsOf: in.AsOf}
	seen := map[string]bool{}
	for _, f := range in.Fines {
		switch {
		case !fineID.MatchString(f.Id):
			out.Rejected = append(out.Rejected, unnamed)
		case f.Amount <= 0, f.Amount > fines.MaxAmount, !f.State.Valid(), seen[f.Id]:
			out.Rejected = append(out.Rejected, f.Id)
		default:
			seen[f.Id] = true
			out.Fines = append(out.Fines, fines.Fine{
				ID: f.Id, Plate: fines.Plate(f.Plate), What: front.Words(f.What), Where: front.Words(f.Where),
				At: f.At, Amount: f.Amount, State: front.FineState(f.State),
				Reason: front.Words(f.Reason), GoTo: front.Words(f.GoTo),
			})
		}
	}
	return out, nil
}
