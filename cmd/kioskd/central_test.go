package main

import (
	"errors"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"murur/kiosk/journey/fines"
	server "murur/sync/central"
	"murur/sync/central/boltstore"
	"murur/sync/central/demo"
	"murur/sync/downlink"
	"murur/sync/uplink"
)

// TestNothingIsBegunThatCannotBeReported: a kiosk whose log the server does not take gets
// no reservation and no lease; when the line is down it asks as before.
func TestNothingIsBegunThatCannotBeReported(t *testing.T) {
	store, err := boltstore.Open(filepath.Join(t.TempDir(), "central.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if err := demo.Load(t.Context(), store, time.Now()); err != nil {
		t.Fatal(err)
	}
	over := httptest.NewServer(server.New(store, server.Options{}).Handler(server.ByHeader))
	defer over.Close()
	down, err := downlink.New(downlink.Options{URL: over.URL, Kiosk: demo.Here})
	if err != nil {
		t.Fatal(err)
	}
	for code, works := range map[uplink.Code]bool{"": true, uplink.Unreachable: true, uplink.Fork: false, uplink.Broken: false} {
		c := central{down, func() uplink.Code { return code }}
		fine := demo.FinesOf(demo.Single)[0]
		_, reserved := c.Reserve(t.Context(), fines.Reservation{ID: "res-00001", Fines: []string{fine.ID}, Amount: fine.Amount})
		_, leased := c.Lease(t.Context(), "A-1001")
		manifest, err := c.Manifest(t.Context(), "")
		if works && (reserved != nil || leased != nil || len(manifest) != 1) {
			t.Errorf("%q: %v, %v, %d leases", code, reserved, leased, len(manifest))
		}
		if !works && (!errors.Is(reserved, fines.ErrCentral) || !errors.Is(leased, fines.ErrCentral) || len(manifest) != 0) {
			t.Errorf("%q: %v, %v, %d leases", code, reserved, leased, len(manifest))
		}
		if err != nil {
			t.Error(err)
		}
	}
}
