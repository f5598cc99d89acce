package downlink

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"murur/kiosk/front"
	"murur/kiosk/journey/fines"
	"murur/kiosk/kwd"
	"murur/sync/api"
	"murur/sync/central"
	"murur/sync/central/boltstore"
	"murur/sync/central/demo"
	"murur/sync/central/faults"
)

// serve starts the real server with the demo data behind a fault switch.
func serve(t *testing.T) (string, *faults.Switch) {
	t.Helper()
	store, err := boltstore.Open(filepath.Join(t.TempDir(), "central.db"))
	if err != nil {
		t.Fatal(err)
	}
	if err := demo.Load(t.Context(), store, time.Now()); err != nil {
		t.Fatal(err)
	}
	faulty := &faults.Switch{}
	server := httptest.NewServer(faulty.Wrap(central.New(store, central.Options{}).Handler(central.ByHeader)))
	t.Cleanup(func() {
		faulty.Clear()
		server.Close()
		store.Close()
	})
	return server.URL, faulty
}

func connect(t *testing.T, url string, timeout time.Duration) *Downlink {
	t.Helper()
	d, err := New(Options{URL: url, Kiosk: "K-1", Timeout: timeout})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestFines(t *testing.T) {
	url, _ := serve(t)
	d, ctx := connect(t, url, 0), t.Context()
	person := demo.People()[0]
	for _, q := range []fines.Query{
		{By: front.ByCard, Number: string(person.Civil)}, {By: front.ByCivil, Number: string(person.Civil)},
		{By: front.ByPlate, Number: person.Plate.String()},
	} {
		found, err := d.Fines(ctx, q)
		if err != nil || len(found.Fines) != 7 || found.AsOf.IsZero() || found.Rejected != nil {
			t.Fatalf("%s: %+v, %v", q.By, found, err)
		}
		first, third, want := found.Fines[0], found.Fines[2], demo.FinesOf(demo.Typical)[0]
		if first.ID != want.ID || first.Amount != want.Amount || first.What != front.Words(want.What) || first.State != front.FinePayable || !first.At.Equal(want.At) {
			t.Errorf("%s: %+v", q.By, first)
		}
		if third.State != front.FineNotHere || third.GoTo.En == "" || third.Reason.Ar == "" {
			t.Errorf("%s: %+v", q.By, third)
		}
	}
	for role, want := range map[string][]front.FineState{
		string(demo.NoFines):   {},
		string(demo.Recording): {front.FineRecording, front.FinePayable},
		string(demo.Reserved):  {front.FineReserved, front.FinePayable, front.FinePayable},
	} {
		found, err := d.Fines(ctx, fines.Query{By: front.ByCivil, Number: role})
		if err != nil || len(found.Fines) != len(want) {
			t.Errorf("%v, %v; want %v", found, err, want)
			continue
		}
		for i, f := range found.Fines {
			if f.State != want[i] {
				t.Errorf("fine %d is %s, want %s", i, f.State, want[i])
			}
		}
	}
	found, err := d.Fines(ctx, fines.Query{By: front.ByCivil, Number: string(demo.BadAmounts)})
	if err != nil || len(found.Fines) != 1 || len(found.Rejected) != 2 {
		t.Errorf("bad amounts: %+v, %v", found, err)
	}
	if _, err := d.Fines(ctx, fines.Query{By: front.ByViolation, Number: "000000"}); !errors.Is(err, fines.ErrNotFound) {
		t.Errorf("unknown number: %v", err)
	}
	if _, err := d.Fines(ctx, fines.Query{By: "face"}); !errors.Is(err, fines.ErrCentral) {
		t.Errorf("unknown way: %v", err)
	}
}

func TestReserve(t *testing.T) {
	url, _ := serve(t)
	d, ctx := connect(t, url, 0), t.Context()
	single := demo.FinesOf(demo.Single)[0]
	r := fines.Reservation{ID: "res-00001", Fines: []string{single.ID}, Amount: single.Amount}
	until, err := d.Reserve(ctx, r)
	if err != nil || until.Before(time.Now()) {
		t.Fatalf("%v %v", until, err)
	}
	if _, err := d.Reserve(ctx, r); err != nil {
		t.Errorf("again: %v", err)
	}
	other := r
	other.ID = "res-00002"
	elsewhere, err := New(Options{URL: url, Kiosk: "K-2"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := elsewhere.Reserve(ctx, other); !errors.Is(err, fines.ErrTaken) {
		t.Errorf("taken: %v", err)
	}
	cheap := r
	cheap.ID, cheap.Amount = "res-00003", r.Amount-1
	if _, err := d.Reserve(ctx, cheap); !errors.Is(err, fines.ErrTaken) {
		t.Errorf("amount changed: %v", err)
	}
	other.ID = "res-00004"
	if _, err := d.Reserve(ctx, other); err != nil {
		t.Errorf("the kiosk's own newer one: %v", err)
	}
	other.ID = "../../fines"
	if _, err := d.Reserve(ctx, other); !errors.Is(err, fines.ErrCentral) {
		t.Errorf("bad id: %v", err)
	}
}

// TestFaults: every fault ends in ErrCentral, names nobody, and leaves nothing
// behind: the next question is answered.
func TestFaults(t *testing.T) {
	url, faulty := serve(t)
	person := demo.People()[0]
	query := fines.Query{By: front.ByCivil, Number: string(person.Civil)}
	single := demo.FinesOf(demo.Single)[0]
	reservation := fines.Reservation{ID: "res-00001", Fines: []string{single.ID}, Amount: single.Amount}
	patient := connect(t, url, 0)
	for _, mode := range []faults.Mode{faults.Status, faults.Garbage, faults.Truncated, faults.Silence, faults.Offline, faults.Slow, faults.Lost} {
		t.Run(string(mode), func(t *testing.T) {
			d := patient
			if mode == faults.Silence || mode == faults.Slow {
				d = connect(t, url, 50*time.Millisecond)
			}
			if err := faulty.Set(faults.Fault{Mode: mode, Path: "/v1/", Delay: time.Hour}); err != nil {
				t.Fatal(err)
			}
			_, searchErr := d.Fines(t.Context(), query)
			_, reserveErr := d.Reserve(t.Context(), reservation)
			for what, err := range map[string]error{"search": searchErr, "reserve": reserveErr} {
				switch {
				case !errors.Is(err, fines.ErrCentral) || errors.Is(err, fines.ErrTaken):
					t.Errorf("%s: %v", what, err)
				case strings.Contains(err.Error(), string(person.Civil)):
					t.Errorf("%s: the error names a person: %v", what, err)
				}
			}
			faulty.Clear()
			if _, err := patient.Fines(t.Context(), query); err != nil {
				t.Errorf("after the fault: %v", err)
			}
			// A reservation whose answer was lost is asked for again by its id.
			if _, err := patient.Reserve(t.Context(), reservation); err != nil {
				t.Errorf("reserve after the fault: %v", err)
			}
		})
	}
	t.Run("unknown members", func(t *testing.T) {
		if err := faulty.Set(faults.Fault{Mode: faults.Unknown}); err != nil {
			t.Fatal(err)
		}
		if found, err := patient.Fines(t.Context(), query); err != nil || len(found.Fines) != 7 {
			t.Errorf("%+v %v", found, err)
		}
	})
	t.Run("no server", func(t *testing.T) {
		gone := httptest.NewServer(nil)
		gone.Close()
		if _, err := connect(t, gone.URL, 0).Fines(t.Context(), query); !errors.Is(err, fines.ErrCentral) {
			t.Error(err)
		}
	})
	t.Run("visit ends", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := patient.Fines(ctx, query); !errors.Is(err, fines.ErrCentral) || !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

func TestAnswersThatAreNotTheContract(t *testing.T) {
	const good = `{"asOf":"2025-09-01T00:00:00Z","fines":[]}`
	for name, c := range map[string]struct {
		status      int
		media, body string
	}{
		"web page":            {200, "text/html", "<html>"},
		"no media type":       {200, "", good},
		"other status":        {206, "application/json", good},
		"nothing":             {200, "application/json", ""},
		"null":                {200, "application/json", "null"},
		"no list":             {200, "application/json", `{"asOf":"2025-09-01T00:00:00Z"}`},
		"no time":             {200, "application/json", `{"fines":[]}`},
		"two values":          {200, "application/json", good + good},
		"trailing garbage":    {200, "application/json", good + "x"},
		"fraction of fils":    {200, "application/json", `{"asOf":"2025-09-01T00:00:00Z","fines":[{"id":"1","amount":0.5}]}`},
		"too large":           {200, "application/json", good + strings.Repeat(" ", api.MaxAnswerBytes)},
		"proxy's 404":         {404, "text/plain", "not found"},
		"problem 404":         {404, api.ProblemMedia, `{"type":"urn:murur:bad-request","title":"","status":404}`},
		"redirect":            {307, "text/plain", ""},
		"not found, bad JSON": {404, api.ProblemMedia, `{"type":`},
	} {
		t.Run(name, func(t *testing.T) {
			redirected := false
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/elsewhere" {
					redirected = true
				}
				w.Header().Set("Location", "/elsewhere")
				w.Header()["Content-Type"] = []string{c.media}
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.body))
			}))
			defer server.Close()
			_, err := connect(t, server.URL, 0).Fines(t.Context(), fines.Query{By: front.ByCivil, Number: string(demo.Typical)})
			if !errors.Is(err, fines.ErrCentral) || errors.Is(err, fines.ErrNotFound) || redirected {
				t.Errorf("%v, followed %v", err, redirected)
			}
		})
	}
}

func TestSound(t *testing.T) {
	fine := api.Fine{Id: "259801001", Amount: 20 * kwd.Dinar, State: api.Payable}
	with := func(change func(*api.Fine)) api.Fine {
		f := fine
		f.Id = "259801002"
		change(&f)
		return f
	}
	in := api.Found{AsOf: demo.Day, Fines: []api.Fine{
		fine,
		with(func(f *api.Fine) { f.Amount = 0 }),
		with(func(f *api.Fine) { f.Amount = -1 }),
		with(func(f *api.Fine) { f.Amount = fines.MaxAmount + 1 }),
		with(func(f *api.Fine) { f.State = "free" }),
		with(func(f *api.Fine) { f.Id = "" }),
		with(func(f *api.Fine) { f.Id = "1\x1bp" }),
		with(func(f *api.Fine) { f.Id = fine.Id }),
		with(func(f *api.Fine) { f.Id, f.Amount = "259801003", fines.MaxAmount }),
	}}
	out, err := sound(in)
	if err != nil || len(out.Fines) != 2 || out.Fines[1].ID != "259801003" {
		t.Errorf("%+v %v", out, err)
	}
	if got, want := strings.Join(out.Rejected, " "), "259801002 259801002 259801002 259801002 ? ? 259801001"; got != want {
		t.Errorf("rejected %s, want %s", got, want)
	}
}

// FuzzFound: whatever the server says, only sound fines come through.
func FuzzFound(f *testing.F) {
	f.Fuzz(func(t *testing.T, body []byte) {
		var found api.Found
		if err := api.Decode(body, &found); err != nil {
			if !errors.Is(err, api.ErrAnswer) {
				t.Error(err)
			}
			return
		}
		out, err := sound(found)
		if err != nil {
			return
		}
		if len(out.Fines)+len(out.Rejected) != len(found.Fines) {
			t.Errorf("%d fines, %d rejected, of %d", len(out.Fines), len(out.Rejected), len(found.Fines))
		}
		seen := map[string]bool{}
		for _, one := range out.Fines {
			if one.Amount <= 0 || one.Amount > fines.MaxAmount || one.ID == "" || seen[one.ID] {
				t.Errorf("unsound: %+v", one)
			}
			seen[one.ID] = true
		}
	})
}
