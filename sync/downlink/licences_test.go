package downlink

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"murur/kiosk/front"
	"murur/kiosk/journey/fines"
	"murur/kiosk/journey/pickup"
	"murur/sync/api"
	"murur/sync/central/demo"
	"murur/sync/central/faults"
)

func TestLicences(t *testing.T) {
	url, _ := serve(t)
	d, ctx := connect(t, url, 0), t.Context()
	list, err := d.Applications(ctx, string(demo.TwoLicences))
	if err != nil || len(list) != 2 || list[0].Kind != pickup.Renewal || list[1].Kind != pickup.Lost || list[0].Standing != pickup.Ready || list[0].Issue != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	if list, err := d.Applications(ctx, string(demo.Many)); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
	lease, err := d.Lease(ctx, "A-1004")
	if err != nil || lease.Civil != string(demo.TwoLicences) || !lease.Clear || !lease.Until.After(time.Now()) || len(lease.Licence.Portrait) < 1000 {
		t.Errorf("%+v, %v", lease.Application, err)
	}
	for _, id := range []string{"A-1007", "A-9999"} {
		if _, err := d.Lease(ctx, id); !errors.Is(err, pickup.ErrNotLeased) {
			t.Errorf("%s: %v", id, err)
		}
	}
	if _, err := d.Lease(ctx, "../x"); !errors.Is(err, fines.ErrCentral) {
		t.Error(err)
	}
}

func TestManifest(t *testing.T) {
	url, _ := serve(t)
	d, err := New(Options{URL: url, Kiosk: demo.Here})
	if err != nil {
		t.Fatal(err)
	}
	all, err := d.Manifest(t.Context(), "")
	if err != nil || len(all) != 1 || all[0].Application.ID != "A-1010" || all[0].Civil != string(demo.InAdvance) {
		t.Errorf("%d leases, %v", len(all), err)
	}
}

// TestLicencesWithFaults: whatever goes wrong, it is ErrCentral, no error names the person,
// and the next question is answered.
func TestLicencesWithFaults(t *testing.T) {
	url, faulty := serve(t)
	patient, hasty, ctx := connect(t, url, 0), connect(t, url, 50*time.Millisecond), t.Context()
	for _, mode := range []faults.Mode{faults.Status, faults.Garbage, faults.Truncated, faults.Silence, faults.Offline, faults.Slow, faults.Lost} {
		if err := faulty.Set(faults.Fault{Mode: mode, Delay: time.Hour}); err != nil {
			t.Fatal(err)
		}
		d := patient
		if mode == faults.Silence || mode == faults.Slow {
			d = hasty
		}
		_, first := d.Applications(ctx, string(demo.Renewal))
		_, second := d.Lease(ctx, "A-1001")
		_, third := d.Manifest(ctx, "")
		for _, err := range []error{first, second, third} {
			if !errors.Is(err, fines.ErrCentral) || strings.Contains(err.Error(), string(demo.Renewal)) {
				t.Errorf("%s: %v", mode, err)
			}
		}
		faulty.Clear()
		if lease, err := patient.Lease(ctx, "A-1001"); err != nil || lease.Civil != string(demo.Renewal) {
			t.Errorf("after %s: %v", mode, err)
		}
	}
	if err := faulty.Set(faults.Fault{Mode: faults.Unknown}); err != nil {
		t.Fatal(err)
	}
	if _, err := patient.Lease(ctx, "A-1001"); err != nil {
		t.Errorf("a member that nobody knows: %v", err)
	}
}

// TestLeasesComeThrough: everything that the demonstration can lease comes through whole, the name
// that no card can hold as well: it is the template that refuses it.
func TestLeasesComeThrough(t *testing.T) {
	url, _ := serve(t)
	d := connect(t, url, 0)
	for _, a := range demo.Applications(time.Now()) {
		lease, err := d.Lease(t.Context(), a.ID)
		if errors.Is(err, pickup.ErrNotLeased) {
			continue
		}
		want, got := a.Licence, lease.Licence
		if err != nil || got.Given != front.Words(want.Given) || !got.Birth.Equal(want.Birth) || !bytes.Equal(got.Portrait, want.Portrait) || len(got.Categories) != len(want.Categories) {
			t.Errorf("%s: %v", a.ID, err)
		}
	}
}

// lease is a sound one.
func lease() api.Lease {
	day := time.Date(2025, 9, 1, 0, 0, 0, 0, time.UTC)
	return api.Lease{
		Application: api.Application{Id: "A-1", Kind: api.KindRenewal, Issue: 1, Standing: api.StandingReady},
		Civil:       string(demo.Renewal), Until: day, Clear: true,
		Licence: api.Licence{Number: "1", Civil: string(demo.Renewal), Birth: day.AddDate(-30, 0, 0), Issued: day, Expires: day.AddDate(3, 0, 0)},
	}
}

// TestBadEntriesOfTheManifest: they hide no good one.
func TestBadEntriesOfTheManifest(t *testing.T) {
	named := func(id string, change func(*api.Lease)) api.Lease {
		l := lease()
		l.Application.Id = id
		change(&l)
		return l
	}
	good := func(*api.Lease) {}
	pages := map[string][]api.Lease{
		"":    {named("A-2", good), named("A-1", good), named("~", good)},
		"A-2": {named("", good), named("A-3", func(l *api.Lease) { l.Licence.Number = "" }), named("A-4", good)},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(api.Manifest{Leases: pages[r.URL.Query().Get("after")]})
	}))
	defer server.Close()
	all, err := connect(t, server.URL, 0).Manifest(t.Context(), "")
	var ids []string
	for _, l := range all {
		ids = append(ids, l.Application.ID)
	}
	if err != nil || strings.Join(ids, " ") != "A-2 A-4" {
		t.Errorf("%v, %v", ids, err)
	}
}

func TestSoundLease(t *testing.T) {
	if _, err := soundLease(lease()); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*api.Lease){
		"standing":        func(l *api.Lease) { l.Application.Standing = api.StandingVisit },
		"id":              func(l *api.Lease) { l.Application.Id = "" },
		"issue":           func(l *api.Lease) { l.Application.Issue = maxIssue + 1 },
		"civil number":    func(l *api.Lease) { l.Civil, l.Licence.Civil = "273030798118", "273030798118" },
		"another person":  func(l *api.Lease) { l.Licence.Civil = string(demo.Lost) },
		"no end":          func(l *api.Lease) { l.Until = time.Time{} },
		"no number":       func(l *api.Lease) { l.Licence.Number = "" },
		"no birth":        func(l *api.Lease) { l.Licence.Birth = time.Time{} },
		"expired before":  func(l *api.Lease) { l.Licence.Expires = l.Licence.Issued },
		"large portrait":  func(l *api.Lease) { l.Licence.Portrait = make([]byte, api.MaxPortrait+1) },
		"large signature": func(l *api.Lease) { l.Licence.Signature = make([]byte, api.MaxSignature+1) },
		"categories":      func(l *api.Lease) { l.Licence.Categories = make([]api.Category, maxCategories+1) },
		"endless category": func(l *api.Lease) {
			l.Licence.Categories = []api.Category{{Code: "B", Restrictions: strings.Repeat("1", maxText+1)}}
		},
		"endless name": func(l *api.Lease) { l.Licence.Given.En = strings.Repeat("A", maxText+1) },
	} {
		l := lease()
		change(&l)
		if _, err := soundLease(l); !errors.Is(err, api.ErrAnswer) || strings.Contains(err.Error(), l.Civil) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzLease: whatever the server says, only what can be printed from comes through.
func FuzzLease(f *testing.F) {
	f.Fuzz(func(t *testing.T, body []byte) {
		var in api.Lease
		if err := api.Decode(body, &in); err != nil {
			if !errors.Is(err, api.ErrAnswer) {
				t.Error(err)
			}
			return
		}
		out, err := soundLease(in)
		if err != nil {
			if !errors.Is(err, api.ErrAnswer) {
				t.Error(err)
			}
			return
		}
		a, l := out.Application, out.Licence
		if !api.ValidApplication(a.ID) || a.Issue < 1 || a.Standing != pickup.Ready || out.Civil != l.Civil || !l.Expires.After(l.Issued) || len(l.Portrait) > api.MaxPortrait {
			t.Errorf("%+v", a)
		}
	})
}

// TestNonsense: one bad entry hides no good one, and nothing unsound is printed.
func TestNonsense(t *testing.T) {
	answers := map[string]string{
		"/v1/applications/search": `{"asOf":"2025-09-01T00:00:00Z","applications":[
			{"id":"../../etc","kind":"renewal","issue":1,"what":{"ar":"","en":""},"standing":"ready"},
			{"id":"A-1","kind":"stolen","issue":1,"what":{"ar":"","en":""},"standing":"ready"},
			{"id":"A-2","kind":"renewal","issue":0,"what":{"ar":"","en":""},"standing":"ready"},
			{"id":"A-3","kind":"renewal","issue":1,"what":{"ar":"ر","en":"P"},"standing":"ready","later":true}]}`,
		"/v1/leases/A-1": `{"application":{"id":"A-2","kind":"renewal","issue":1,"what":{"ar":"","en":""},"standing":"ready"},
			"civil":"273030798117","until":"2025-09-01T00:00:00Z","clear":true,"licence":{"civil":"273030798117"}}`,
		"/v1/leases/A-2": `{"application":{"id":"A-2","kind":"renewal","issue":1,"what":{"ar":"","en":""},"standing":"ready"},
			"civil":"273030798117","until":"2025-09-01T00:00:00Z","clear":true,"licence":{"civil":"278082998164"}}`,
		"/v1/manifest": `{"leases":[{"application":{"id":""}}]}`, // would be asked for without end
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Write([]byte(answers[r.URL.Path]))
	}))
	defer server.Close()
	d, ctx := connect(t, server.URL, 0), t.Context()
	if list, err := d.Applications(ctx, "273030798117"); err != nil || len(list) != 1 || list[0].ID != "A-3" {
		t.Errorf("%+v, %v", list, err)
	}
	for _, id := range []string{"A-1", "A-2"} {
		if _, err := d.Lease(ctx, id); !errors.Is(err, fines.ErrCentral) {
			t.Errorf("%s: %v", id, err)
		}
	}
	if _, err := d.Manifest(ctx, ""); !errors.Is(err, fines.ErrCentral) {
		t.Error(err)
	}
}
