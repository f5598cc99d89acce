package central

import (
	"context"

	"murur/sync/api"
)

// ListPostings answers GET /v1/postings.
func (s *Server) ListPostings(ctx context.Context, r api.ListPostingsRequestObject) (api.ListPostingsResponseObject, error) {
	out := api.ListPostings200JSONResponse{Postings: []api.Posting{}}
	err := s.store.View(ctx, func(db Reader) error {
		all, err := db.Postings(kioskOf(ctx), r.Params.After, listMax)
		for _, p := range all {
			out.Postings = append(out.Postings, api.Posting{
				Number: p.Number, Kiosk: p.Place.Kiosk, Epoch: p.Place.Epoch, Seq: p.Place.Seq, Journey: p.Journey,
				Reservation: p.Reservation, Fines: p.Fines, Amount: p.Amount, Receipt: p.Receipt, Terminal: p.Terminal,
				Trace: p.Trace, TerminalReceipt: p.TerminalReceipt, At: p.At, Received: p.Received,
			})
		}
		return err
	})
	return out, err
}

// ListDifferences answers GET /v1/differences.
func (s *Server) ListDifferences(ctx context.Context, r api.ListDifferencesRequestObject) (api.ListDifferencesResponseObject, error) {
	out := api.ListDifferences200JSONResponse{Differences: []api.Difference{}}
	err := s.store.View(ctx, func(db Reader) error {
		all, err := db.Differences(kioskOf(ctx), r.Params.After, listMax)
		for _, d := range all {
			out.Differences = append(out.Differences, api.Difference{
				Number: d.Number, Kiosk: d.Place.Kiosk, Epoch: d.Place.Epoch, Seq: d.Place.Seq,
				Why: api.DifferenceWhy(d.Why), Fine: d.Fine, Application: d.Application, Posting: d.Earlier, Found: d.Found,
			})
		}
		return err
	})
	return out, err
}

// Health answers GET /v1/health.
func (s *Server) Health(ctx context.Context, _ api.HealthRequestObject) (api.HealthResponseObject, error) {
	err := s.store.View(ctx, func(Reader) error { return nil })
	return api.Health200JSONResponse{Status: "ok", Time: s.clock()}, err
}
