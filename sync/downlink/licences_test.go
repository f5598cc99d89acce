package downlink

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"murur/kiosk/journey/fines"
	"murur/kiosk/journey/pickup"
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
	all, err := d.Manifest(t.Context())
	if err != nil || len(all) != 1 || all[0].Application.ID != "A-1010" || all[0].Civil != string(demo.InAdvance) {
		t.Errorf("%d leases, %v", len(all), err)
	}
}

// TestLicencesWithFaults: whatever goes wrong, it is ErrCentral, and no error names the person.
func TestLicencesWithFaults(t *testing.T) {
	url, faulty := serve(t)
	d, ctx := connect(t, url, 50*time.Millisecond), t.Context()
	for _, mode := range []faults.Mode{faults.Status, faults.Garbage, faults.Truncated, faults.Silence, faults.Offline, faults.Lost} {
		if err := faulty.Set(faults.Fault{Mode: mode}); err != nil {
			t.Fatal(err)
		}
		_, first := d.Applications(ctx, string(demo.Renewal))
		_, second := d.Lease(ctx, "A-1001")
		_, third := d.Manifest(ctx)
		for _, err := range []error{first, second, third} {
			if !errors.Is(err, fines.ErrCentral) || strings.Contains(err.Error(), string(demo.Renewal)) {
				t.Errorf("%s: %v", mode, err)
			}
		}
		faulty.Clear()
	}
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
		"/v1/manifest": `{"leases":[{"application":{"id":""}}]}`,
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
	if _, err := d.Manifest(ctx); !errors.Is(err, fines.ErrCentral) {
		t.Error(err)
	}
}
