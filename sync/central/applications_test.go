package central_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"murur/kiosk/civilid"
	"murur/kiosk/journey/pickup"
	"murur/sync/api"
	"murur/sync/central"
	"murur/sync/central/demo"
)

// standings are what a person's applications are for a kiosk.
func (k *kiosk) standings(civil civilid.Number) string {
	k.t.Helper()
	got, err := k.client.SearchApplicationsWithResponse(context.Background(), api.ApplicationSearch{Civil: string(civil)})
	if err != nil || got.JSON200 == nil {
		k.t.Fatalf("%v %+v", err, got)
	}
	var all []string
	for _, a := range got.JSON200.Applications {
		all = append(all, a.Id+" "+string(a.Standing))
	}
	return strings.Join(all, ", ")
}

// lease asks for a lease; empty when it is refused.
func (k *kiosk) lease(id string) (until time.Time) {
	k.t.Helper()
	got, err := k.client.LeaseWithResponse(context.Background(), id)
	if err != nil {
		k.t.Fatal(err)
	}
	switch got.StatusCode() {
	case 200:
		if len(got.JSON200.Licence.Portrait) < 1000 || !got.JSON200.Clear {
			k.t.Errorf("lease %+v", got.JSON200.Application)
		}
		return got.JSON200.Until
	case 409:
		return time.Time{}
	}
	k.t.Fatalf("status %s", got.Status())
	return time.Time{}
}

func (k *kiosk) manifest() string {
	k.t.Helper()
	var all []string
	for after := ""; ; {
		got, err := k.client.ManifestWithResponse(context.Background(), &api.ManifestParams{After: after})
		if err != nil || got.JSON200 == nil {
			k.t.Fatalf("%v %+v", err, got)
		}
		if len(got.JSON200.Leases) == 0 {
			return strings.Join(all, " ")
		}
		for _, l := range got.JSON200.Leases {
			after = l.Application.Id
			all = append(all, after)
		}
	}
}

func TestStandings(t *testing.T) {
	k := newRig(t).kiosk(demo.Here)
	for civil, want := range map[civilid.Number]string{
		demo.Renewal: "A-1001 ready", demo.TwoLicences: "A-1004 ready, A-1005 ready", demo.NotEligible: "A-1007 visit",
		demo.NotYet: "A-1008 not_ready", demo.AtOtherKiosk: "A-1009 elsewhere", demo.InAdvance: "A-1010 ready", demo.Many: "",
	} {
		if got := k.standings(civil); got != want {
			t.Errorf("%s: %q, want %q", civil, got, want)
		}
	}
}

// TestOneKiosk: a lease keeps every other kiosk away, until it ends.
func TestOneKiosk(t *testing.T) {
	r := newRig(t)
	here, there := r.kiosk(demo.Here), r.kiosk(demo.Elsewhere)
	until := here.lease("A-1001")
	if until.Sub(r.now) != central.LeaseTime {
		t.Fatalf("until %v", until)
	}
	if !there.lease("A-1001").IsZero() || there.standings(demo.Renewal) != "A-1001 elsewhere" {
		t.Error("leased twice")
	}
	r.now = r.now.Add(5 * time.Minute)
	if again := here.lease("A-1001"); !again.After(until) {
		t.Errorf("renewed until %v", again)
	}
	r.now = r.now.Add(central.LeaseTime + time.Second)
	if there.lease("A-1001").IsZero() {
		t.Error("a lease that is over keeps others away")
	}
	if !there.lease("A-1007").IsZero() || !there.lease("A-1006").IsZero() || !there.lease("A-9999").IsZero() {
		t.Error("leased what is not ready, not clear, or not there")
	}
}

// TestBegunLasts: a visit that has begun keeps its lease until the kiosk reports an end.
func TestBegunLasts(t *testing.T) {
	r := newRig(t)
	here, there := r.kiosk(demo.Here), r.kiosk(demo.Elsewhere)
	here.lease("A-1001")
	report := pickup.PickupRecord{Application: "A-1001", Issue: 1, Kind: pickup.Renewal}
	here.report(pickup.RecordBegun, report)
	r.now = r.now.Add(24 * time.Hour)
	if !there.lease("A-1001").IsZero() {
		t.Fatal("leased while a visit is open elsewhere")
	}
	here.report(pickup.RecordReleased, report)
	if there.lease("A-1001").IsZero() {
		t.Error("not free after its release")
	}
}

// TestNoSecondLicence: what was handed out is over; what is unclear waits for a decision.
func TestNoSecondLicence(t *testing.T) {
	for _, kind := range []string{pickup.RecordIssued, pickup.RecordPromised, pickup.RecordRetracted, pickup.RecordUnclear} {
		t.Run(kind, func(t *testing.T) {
			r := newRig(t)
			here := r.kiosk(demo.Here)
			here.lease("A-1001")
			report := pickup.PickupRecord{Application: "A-1001", Issue: 1, Kind: pickup.Renewal, Case: "C-1"}
			here.report(pickup.RecordBegun, report)
			here.report(kind, report)
			want := "A-1001 unclear"
			if kind == pickup.RecordIssued {
				want = ""
			}
			if got := here.standings(demo.Renewal); got != want || !here.lease("A-1001").IsZero() {
				t.Errorf("standing %q", got)
			}
			if kind == pickup.RecordIssued {
				here.report(kind, report)
				differs(t, here, central.IssuedTwice)
			} else {
				differs(t, here, central.PickupUnclear)
			}
			staff := httptest.NewServer(r.server.Staff())
			defer staff.Close()
			decide := func(body string) int {
				answer, err := staff.Client().Post(staff.URL+"/applications/A-1001/reissue", "application/json", strings.NewReader(body))
				if err != nil {
					t.Fatal(err)
				}
				answer.Body.Close()
				return answer.StatusCode
			}
			if code := decide(`{}`); code != 409 {
				t.Errorf("decided without a reason: %d", code)
			}
			if code := decide(`{"reason":"the card was destroyed"}`); code != 200 {
				t.Errorf("the decision is answered with %d", code)
			}
			if got := here.standings(demo.Renewal); got != "A-1001 ready" || here.lease("A-1001").IsZero() {
				t.Errorf("after the decision: %q", got)
			}
			if code := decide(`{"reason":"again"}`); code != 409 {
				t.Errorf("decided where there is nothing to decide: %d", code)
			}
		})
	}
}

func differs(t *testing.T, k *kiosk, why central.Why) {
	t.Helper()
	list := k.differences()
	if len(list) != 1 || string(list[0].Why) != string(why) || list[0].Application != "A-1001" {
		t.Errorf("differences %+v, want %s", list, why)
	}
}

func TestManifest(t *testing.T) {
	r := newRig(t)
	here, there := r.kiosk(demo.Here), r.kiosk(demo.Elsewhere)
	here.lease("A-1001") // for a visit: not in the manifest
	if got := here.manifest(); got != "A-1010" {
		t.Errorf("here %q", got)
	}
	if got := there.manifest(); got != "A-1009" {
		t.Errorf("elsewhere %q", got)
	}
	here.report(pickup.RecordIssued, pickup.PickupRecord{Application: "A-1010", Issue: 1})
	if got := here.manifest(); got != "" {
		t.Errorf("issued, and still in the manifest: %q", got)
	}
}
