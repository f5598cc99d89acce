package central_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"murur/kiosk/ledger/record"
	"murur/sync/api"
	"murur/sync/central"
	"murur/sync/central/boltstore"
	"murur/sync/central/demo"
)

// rig is a server with the demo data, a clock that is set by hand, and its log.
type rig struct {
	t      *testing.T
	now    time.Time
	url    string
	log    bytes.Buffer
	store  central.Store
	server *central.Server
}

func newRig(t *testing.T) *rig {
	t.Helper()
	store, err := boltstore.Open(filepath.Join(t.TempDir(), "central.db"))
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, now: demo.Day, store: store}
	if err := demo.Load(context.Background(), store, r.now); err != nil {
		t.Fatal(err)
	}
	timeless := func(_ []string, a slog.Attr) slog.Attr { // its digits could be anybody's number
		if a.Value.Kind() == slog.KindTime {
			return slog.Attr{}
		}
		return a
	}
	r.server = central.New(store, central.Options{
		Now: func() time.Time { return r.now },
		Log: slog.New(slog.NewJSONHandler(&r.log, &slog.HandlerOptions{ReplaceAttr: timeless})),
	})
	over := httptest.NewServer(r.server.Handler(central.ByHeader))
	r.url = over.URL
	t.Cleanup(func() {
		over.Close()
		store.Close()
		for _, p := range demo.People() {
			if strings.Contains(r.log.String(), string(p.Civil)) || strings.Contains(r.log.String(), p.Plate.Number) {
				t.Errorf("the log names a person:\n%s", r.log.String())
				break
			}
		}
	})
	return r
}

// kiosk is one kiosk with its log.
type kiosk struct {
	*rig
	id     string
	head   record.Head
	client *api.ClientWithResponses
}

func (r *rig) kiosk(id string) *kiosk {
	r.t.Helper()
	named := func(_ context.Context, q *http.Request) error { q.Header.Set(api.KioskHeader, id); return nil }
	client, err := api.NewClientWithResponses(r.url, api.WithRequestEditorFn(named))
	if err != nil {
		r.t.Fatal(err)
	}
	return &kiosk{rig: r, id: id, client: client}
}

// states searches and returns the state of each fine found, by number.
func (k *kiosk) states(by api.SearchBy, number string) map[string]api.FineState {
	k.t.Helper()
	a, err := k.client.SearchFinesWithResponse(context.Background(), api.Search{By: by, Number: number, Journey: "j1"})
	if err != nil || a.JSON200 == nil {
		k.t.Fatalf("search: %v %s", err, a.Status())
	}
	states := map[string]api.FineState{}
	for _, f := range a.JSON200.Fines {
		states[f.Id] = f.State
	}
	return states
}

// reserve returns the expiry, or the first conflict.
func (k *kiosk) reserve(id string, fines ...central.Fine) (time.Time, api.Conflict) {
	k.t.Helper()
	body := api.Reserve{}
	for _, f := range fines {
		body.Fines, body.Amount = append(body.Fines, f.ID), body.Amount+f.Amount
	}
	return k.put(id, body)
}

func (k *kiosk) put(id string, body api.Reserve) (time.Time, api.Conflict) {
	k.t.Helper()
	a, err := k.client.ReserveWithResponse(context.Background(), id, body)
	switch {
	case err != nil:
		k.t.Fatal(err)
	case a.JSON200 != nil:
		return a.JSON200.Expires, api.Conflict{}
	case a.ApplicationproblemJSON409 != nil:
		return time.Time{}, a.ApplicationproblemJSON409.Conflicts[0]
	}
	k.t.Fatalf("reserve: %s", a.Status())
	return time.Time{}, api.Conflict{}
}

// next makes the next record of the log.
func (k *kiosk) next(kind string, payload any) record.Record {
	k.t.Helper()
	p, err := json.Marshal(payload)
	if err != nil {
		k.t.Fatal(err)
	}
	r := record.Record{
		Kiosk: k.id, Epoch: k.head.Epoch, Seq: k.head.Seq + 1, At: k.now.UTC(), Journey: "j1", Kind: kind,
		Payload: p, Prev: k.head.Hash,
	}
	r.Hash = r.Sum()
	k.head, err = k.head.Follow(r)
	if err != nil {
		k.t.Fatal(err)
	}
	return r
}

// send delivers and returns the server's head, and the problem if there is one.
func (k *kiosk) send(records ...record.Record) (record.Head, api.ProblemType) {
	k.t.Helper()
	a, err := k.client.AppendRecordsWithResponse(context.Background(), api.Batch{Records: records})
	switch {
	case err != nil:
		k.t.Fatal(err)
	case a.JSON200 != nil:
		return a.JSON200.Head, ""
	case a.ApplicationproblemJSON409 != nil:
		return a.ApplicationproblemJSON409.Head, a.ApplicationproblemJSON409.Type
	}
	return record.Head{}, a.ApplicationproblemJSONDefault.Type
}

// report sends one record that must be taken.
func (k *kiosk) report(kind string, payload any) {
	k.t.Helper()
	if head, problem := k.send(k.next(kind, payload)); problem != "" || head != k.head {
		k.t.Fatalf("%s: %s, head %v", kind, problem, head)
	}
}

func (k *kiosk) differences() []api.Difference {
	k.t.Helper()
	a, err := k.client.ListDifferencesWithResponse(context.Background(), nil)
	if err != nil || a.JSON200 == nil {
		k.t.Fatalf("differences: %v", err)
	}
	return a.JSON200.Differences
}

func (k *kiosk) postings() []api.Posting {
	k.t.Helper()
	a, err := k.client.ListPostingsWithResponse(context.Background(), nil)
	if err != nil || a.JSON200 == nil {
		k.t.Fatalf("postings: %v", err)
	}
	return a.JSON200.Postings
}

func payment(reservation string, fines ...central.Fine) central.Payment {
	p := central.Payment{
		Reservation: reservation, Receipt: "K1-000001", Terminal: "12345678", Trace: "000042", TerminalReceipt: "0007",
		At: demo.Day.UTC(),
	}
	for _, f := range fines {
		p.Fines, p.Amount = append(p.Fines, f.ID), p.Amount+f.Amount
	}
	return p
}
