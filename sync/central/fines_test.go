package central_test

import (
	"context"
	"maps"
	"testing"
	"time"

	"murur/kiosk/kwd"
	"murur/sync/api"
	"murur/sync/central"
	"murur/sync/central/demo"
)

func TestSearch(t *testing.T) {
	k := newRig(t).kiosk("K-1")
	typical, car := demo.FinesOf(demo.Typical), demo.People()[0].Plate.String()
	for _, c := range []struct {
		by     api.SearchBy
		number string
		fines  int
	}{
		{api.ByCivil, string(demo.Typical), 7}, {api.ByPlate, car, 7}, {api.ByViolation, typical[0].ID, 1},
		{api.ByCivil, string(demo.NoFines), 0}, {api.ByCompany, demo.Companies()[0].Unified, 3},
		{api.ByCompany, demo.Companies()[5].Unified, 0},
	} {
		if got := k.states(c.by, c.number); len(got) != c.fines {
			t.Errorf("%s %s: %v", c.by, c.number, got)
		}
	}
	for _, by := range []api.SearchBy{api.ByCivil, api.ByPlate, api.ByViolation, api.ByCompany} {
		a, err := k.client.SearchFinesWithResponse(context.Background(), api.Search{By: by, Number: "299999999999"})
		if err != nil || a.ApplicationproblemJSON404 == nil || a.ApplicationproblemJSON404.Type != api.TypeNotFound {
			t.Errorf("unknown %s: %v %s", by, err, a.Status())
		}
	}
}

func TestPaidFineIsRecordingForFifteenMinutes(t *testing.T) {
	k := newRig(t).kiosk("K-1")
	paid := demo.FinesOf(demo.Single)[0]
	k.report(central.KindCompleted, payment("res-00001", paid))
	for _, c := range []struct {
		after time.Duration
		want  map[string]api.FineState
	}{
		{0, map[string]api.FineState{paid.ID: api.Recording}},
		{15*time.Minute - time.Microsecond, map[string]api.FineState{paid.ID: api.Recording}},
		{15 * time.Minute, map[string]api.FineState{}},
		{24 * time.Hour, map[string]api.FineState{}},
	} {
		k.now = demo.Day.Add(c.after)
		for by, number := range map[api.SearchBy]string{api.ByCivil: string(demo.Single), api.ByViolation: paid.ID} {
			if got := k.states(by, number); !maps.Equal(got, c.want) {
				t.Errorf("%s after payment, by %s: %v, want %v", c.after, by, got, c.want)
			}
		}
		if _, conflict := k.reserve("res-00002", paid); conflict.Why != api.WhyPaid {
			t.Errorf("%s after payment, reserved again: %v", c.after, conflict)
		}
	}
}

func TestReservation(t *testing.T) {
	r := newRig(t)
	mine, other := r.kiosk("K-1"), r.kiosk("K-2")
	fines := demo.FinesOf(demo.Many)
	a, b, c := fines[0], fines[1], fines[2]

	until, conflict := mine.reserve("res-mine1", a, b)
	if conflict.Why != "" || !until.Equal(r.now.Add(5*time.Minute)) {
		t.Fatalf("reserved until %v, %v", until, conflict)
	}
	if s := other.states(api.ByCivil, string(demo.Many)); s[a.ID] != api.ReservedElsewhere || s[c.ID] != api.Payable {
		t.Errorf("seen by another: %v", s)
	}
	if _, conflict := other.reserve("res-other", b, c); conflict != (api.Conflict{Fine: b.ID, Why: api.WhyReserved}) {
		t.Errorf("taken by another: %v", conflict)
	}
	if s := other.states(api.ByViolation, c.ID); s[c.ID] != api.Payable {
		t.Errorf("a refused reservation keeps %v", s)
	}

	r.now = r.now.Add(4 * time.Minute) // asked again: renewed
	if until, conflict := mine.reserve("res-mine1", a, b); conflict.Why != "" || !until.Equal(r.now.Add(5*time.Minute)) {
		t.Errorf("renewed until %v, %v", until, conflict)
	}
	if _, conflict := mine.reserve("res-mine1", a, c); conflict.Why != api.WhyReused {
		t.Errorf("same id, other fines: %v", conflict)
	}
	if _, conflict := other.reserve("res-mine1", a, b); conflict.Why != api.WhyReused {
		t.Errorf("same id, other kiosk: %v", conflict)
	}
	if a, err := other.client.ReleaseWithResponse(context.Background(), "res-mine1"); err != nil || a.StatusCode() != 204 {
		t.Errorf("released by another: %v %s", err, a.Status())
	}
	if _, conflict := other.reserve("res-other", b); conflict.Why != api.WhyReserved {
		t.Errorf("another's release ended it: %v", conflict)
	}

	r.now = r.now.Add(5 * time.Minute) // expired
	if _, conflict := other.reserve("res-other", b, c); conflict.Why != "" {
		t.Errorf("after expiry: %v", conflict)
	}
	if _, conflict := mine.reserve("res-mine1", a, b); conflict != (api.Conflict{Fine: b.ID, Why: api.WhyReserved}) {
		t.Errorf("renewed after another took it: %v", conflict)
	}
	for range 2 { // a release that is repeated is no error
		if a, err := other.client.ReleaseWithResponse(context.Background(), "res-other"); err != nil || a.StatusCode() != 204 {
			t.Errorf("released: %v %s", err, a.Status())
		}
	}
	if _, conflict := mine.reserve("res-mine2", a, b, c); conflict.Why != "" {
		t.Errorf("after release: %v", conflict)
	}
}

func TestReservationConflicts(t *testing.T) {
	k := newRig(t).kiosk("K-1")
	typical := demo.FinesOf(demo.Typical)
	good, notHere := typical[0], typical[2]
	for name, c := range map[string]struct {
		body api.Reserve
		want api.Conflict
	}{
		"not payable":   {api.Reserve{Fines: []string{good.ID, notHere.ID}, Amount: good.Amount + notHere.Amount}, api.Conflict{Fine: notHere.ID, Why: api.WhyNotPayable}},
		"unknown":       {api.Reserve{Fines: []string{good.ID, "777777777"}, Amount: good.Amount}, api.Conflict{Fine: "777777777", Why: api.WhyUnknown}},
		"amount":        {api.Reserve{Fines: []string{good.ID}, Amount: good.Amount - kwd.Dinar}, api.Conflict{Why: api.WhyAmount}},
		"negative fine": {api.Reserve{Fines: []string{demo.FinesOf(demo.BadAmounts)[1].ID}, Amount: -5 * kwd.Dinar}, api.Conflict{Why: api.WhyAmount}},
		"elsewhere":     {api.Reserve{Fines: []string{demo.FinesOf(demo.Reserved)[0].ID}, Amount: 30 * kwd.Dinar}, api.Conflict{Fine: demo.FinesOf(demo.Reserved)[0].ID, Why: api.WhyReserved}},
	} {
		if _, got := k.put("res-00001", c.body); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	if _, conflict := k.reserve("res-00001", good); conflict.Why != "" {
		t.Errorf("after refusals: %v", conflict)
	}
}
