package central_test

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"murur/kiosk/civilid"
	"murur/kiosk/journey/pickup"
	"murur/kiosk/ledger/record"
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

// manifest asks as a kiosk does whose log is delivered.
func (k *kiosk) manifest() string {
	k.t.Helper()
	var all []string
	for after := ""; ; {
		got, err := k.client.ManifestWithResponse(context.Background(), &api.ManifestParams{After: after, Head: k.head.Hash.String()})
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

// TestOneKiosk: a lease keeps every other kiosk away, until its kiosk has said that nothing
// came of it.
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
	here.manifest()
	if !there.lease("A-1001").IsZero() {
		t.Error("a lease that is not over was freed")
	}
	r.now = r.now.Add(central.LeaseTime + 2*time.Minute)
	if !there.lease("A-1001").IsZero() || there.standings(demo.Renewal) != "A-1001 unclear" {
		t.Error("nobody knows what a silent kiosk has done, and it was leased again")
	}
	here.manifest()
	if there.standings(demo.Renewal) != "A-1001 ready" || there.lease("A-1001").IsZero() {
		t.Error("a lease that is over and was not used keeps others away")
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
	here.manifest()
	if there.lease("A-1001").IsZero() {
		t.Error("not free after its release")
	}
}

// TestUndeliveredVisit: a kiosk hands a licence over while its line is down. However long
// that takes, no other kiosk prints a second one.
func TestUndeliveredVisit(t *testing.T) {
	r := newRig(t)
	here, there := r.kiosk(demo.Here), r.kiosk(demo.Elsewhere)
	here.lease("A-1001")
	report := pickup.PickupRecord{Application: "A-1001", Issue: 1, Kind: pickup.Renewal}
	late := []record.Record{here.next(pickup.RecordBegun, report), here.next(pickup.RecordIssued, report)}
	r.now = r.now.Add(24 * time.Hour)
	here.manifest() // its head is a record that the server does not have
	if !there.lease("A-1001").IsZero() {
		t.Fatal("leased while the first kiosk's records are on their way")
	}
	if _, problem := here.send(late...); problem != "" {
		t.Fatal(problem)
	}
	if !there.lease("A-1001").IsZero() || len(here.differences()) > 0 {
		t.Errorf("a second card can be had, or %+v", here.differences())
	}
}

// TestKioskGone: of a lease whose kiosk is gone for good the department disposes.
func TestKioskGone(t *testing.T) {
	r := newRig(t)
	here, there := r.kiosk(demo.Here), r.kiosk(demo.Elsewhere)
	here.lease("A-1001")
	if _, err := r.server.Decide(t.Context(), "A-1001", central.Reissue, "too early"); err == nil {
		t.Error("decided about a lease that is not over")
	}
	r.now = r.now.Add(24 * time.Hour)
	if issue, err := r.server.Decide(t.Context(), "A-1001", central.Reissue, "the kiosk burned down"); err != nil || issue != 2 {
		t.Fatal(issue, err)
	}
	if there.lease("A-1001").IsZero() {
		t.Error("not free after the decision")
	}
}

// TestLateRecords: what a kiosk reports that has the lease no more does not touch the
// lease of the kiosk that has it now.
func TestLateRecords(t *testing.T) {
	r := newRig(t)
	here, there := r.kiosk(demo.Here), r.kiosk(demo.Elsewhere)
	report := pickup.PickupRecord{Application: "A-1001", Issue: 1, Kind: pickup.Renewal}
	late := []record.Record{
		there.next(pickup.RecordBegun, report), there.next(pickup.RecordReleased, report), there.next(pickup.RecordBegun, report),
	}
	here.lease("A-1001")
	here.report(pickup.RecordBegun, report)
	r.now = r.now.Add(time.Hour)
	if _, problem := there.send(late...); problem != "" {
		t.Fatal(problem)
	}
	if !there.lease("A-1001").IsZero() || here.lease("A-1001").IsZero() {
		t.Error("a late record moved the lease")
	}
	here.report(pickup.RecordIssued, report)
	there.report(pickup.RecordIssued, report) // offline for an hour, on a lease that had ended
	differs(t, there, central.IssuedTwice)
}

// TestReleaseOfAnEarlierVisit: the records of one visit can arrive when the next has the
// lease already.
func TestReleaseOfAnEarlierVisit(t *testing.T) {
	r := newRig(t)
	here, there := r.kiosk(demo.Here), r.kiosk(demo.Elsewhere)
	here.lease("A-1001")
	report := pickup.PickupRecord{Application: "A-1001", Issue: 1, Kind: pickup.Renewal}
	here.report(pickup.RecordBegun, report)
	here.lease("A-1001") // of the next visit
	here.report(pickup.RecordReleased, report)
	if !there.lease("A-1001").IsZero() {
		t.Error("the end of one visit freed the lease of the next")
	}
}

// TestEarlierCardHandedOut: a card of an earlier issue turns up when one more was allowed.
func TestEarlierCardHandedOut(t *testing.T) {
	r := newRig(t)
	here := r.kiosk(demo.Here)
	report := pickup.PickupRecord{Application: "A-1001", Issue: 1, Kind: pickup.Renewal}
	here.report(pickup.RecordUnclear, report)
	if issue, err := r.server.Decide(t.Context(), "A-1001", central.Reissue, "nobody has it"); err != nil || issue != 2 {
		t.Fatal(issue, err)
	}
	r.kiosk(demo.Elsewhere).report(pickup.RecordIssued, report)
	if got := here.standings(demo.Renewal); got != "A-1001 unclear" || !here.lease("A-1001").IsZero() {
		t.Errorf("a second card can be had: %q", got)
	}
}

// TestLogBeganAgain: what a kiosk did last is perhaps in no log, so its leases are unclear.
func TestLogBeganAgain(t *testing.T) {
	r := newRig(t)
	here, there := r.kiosk(demo.Here), r.kiosk(demo.Elsewhere)
	here.lease("A-1001")
	here.report("note", nil)
	r.now = r.now.Add(24 * time.Hour)
	here.head = record.Head{Epoch: here.head.Epoch + 1}
	here.report(central.KindEpoch, nil)
	for civil, want := range map[civilid.Number]string{
		demo.Renewal: "A-1001 unclear", demo.InAdvance: "A-1010 unclear", demo.AtOtherKiosk: "A-1009 ready", demo.Lost: "A-1003 ready",
	} {
		if got := there.standings(civil); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := here.manifest(); got != "" {
		t.Errorf("manifest %q", got)
	}
	if list := here.differences(); len(list) != 3 { // the epoch and two applications
		t.Errorf("differences %+v", list)
	}
}

// TestNonsenseRecords: a record that says nothing is for staff, not for the books.
func TestNonsenseRecords(t *testing.T) {
	r := newRig(t)
	here := r.kiosk(demo.Here)
	for _, payload := range []any{nil, "x", pickup.PickupRecord{}, pickup.PickupRecord{Application: "A-1001"}, pickup.PickupRecord{Application: "a b", Issue: 1}} {
		here.report(pickup.RecordIssued, payload)
	}
	here.report(pickup.RecordIssued, pickup.PickupRecord{Application: "A-9999", Issue: 1})
	list := here.differences()
	for i, d := range list {
		if want := api.DifferenceUnreadable; i < 5 && d.Why != want || i == 5 && d.Why != api.DifferenceUnknownApplication {
			t.Errorf("%d: %s", i, d.Why)
		}
	}
	if len(list) != 6 || here.standings(demo.Renewal) != "A-1001 ready" {
		t.Errorf("%d differences", len(list))
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
			if _, err := r.server.Decide(t.Context(), "A-1001", central.Reissue, "the card was destroyed"); err != nil {
				t.Error(err)
			}
			if got := here.standings(demo.Renewal); got != "A-1001 ready" || here.lease("A-1001").IsZero() {
				t.Errorf("after the decision: %q", got)
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

// TestDecisions: one more card, none, or nothing to decide.
func TestDecisions(t *testing.T) {
	r := newRig(t)
	here, there := r.kiosk(demo.Here), r.kiosk(demo.Elsewhere)
	staff := httptest.NewServer(r.server.Staff())
	defer staff.Close()
	report := pickup.PickupRecord{Application: "A-1001", Issue: 1, Kind: pickup.Renewal}
	for _, step := range []struct {
		what, id, body string
		before         string // a record
		status, issue  int
		standing       string
	}{
		{"nothing to decide", "A-1001", `{"decide":"reissue","reason":"x"}`, "", 409, 0, "A-1001 ready"},
		{"a visit whose kiosk is gone", "A-1001", `{"decide":"reissue","reason":"the kiosk burnt"}`, pickup.RecordBegun, 200, 2, "A-1001 ready"},
		{"no reason", "A-1001", `{"decide":"reissue"}`, pickup.RecordUnclear, 409, 0, "A-1001 unclear"},
		{"long reason", "A-1001", `{"decide":"close","reason":"` + strings.Repeat("x", 501) + `"}`, "", 409, 0, "A-1001 unclear"},
		{"no such verdict", "A-1001", `{"decide":"forget","reason":"x"}`, "", 409, 0, "A-1001 unclear"},
		{"no JSON", "A-1001", `decide=close`, "", 400, 0, "A-1001 unclear"},
		{"no such application", "A-9999", `{"decide":"close","reason":"x"}`, "", 409, 0, "A-1001 unclear"},
		{"closed", "A-1001", `{"decide":"close","reason":"made by hand"}`, "", 200, 2, ""},
		{"closed again", "A-1001", `{"decide":"close","reason":"x"}`, "", 409, 0, ""},
		{"and yet", "A-1001", `{"decide":"reissue","reason":"it was not"}`, "", 200, 3, "A-1001 ready"},
	} {
		if step.before != "" {
			here.report(step.before, report)
		}
		answer, err := staff.Client().Post(staff.URL+"/applications/"+step.id+"/decision", "application/json", strings.NewReader(step.body))
		if err != nil {
			t.Fatal(err)
		}
		var now struct{ Issue int }
		err = json.NewDecoder(answer.Body).Decode(&now)
		answer.Body.Close()
		if got := there.standings(demo.Renewal); err != nil || answer.StatusCode != step.status || now.Issue != step.issue || got != step.standing {
			t.Errorf("%s: status %d, issue %d, then %q; %v", step.what, answer.StatusCode, now.Issue, got, err)
		}
		if step.issue > 0 {
			report.Issue = step.issue
		}
	}
	err := r.store.View(t.Context(), func(db central.Reader) error {
		a, err := db.Application("A-1001")
		if d := a.Decisions; len(d) != 3 || d[1].Verdict != central.Close || d[1].Reason != "made by hand" || d[1].Issue != 2 || !d[1].At.Equal(r.now) {
			t.Errorf("%+v", d)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	answer, err := staff.Client().Post(staff.URL+"/applications/A-1001/decision", "text/plain", strings.NewReader("{}"))
	if err != nil || answer.StatusCode != 415 {
		t.Errorf("a form of a web page: %v %v", answer.Status, err)
	}
	answer.Body.Close()
}

// TestFineAfterTheLease: it shows in the manifest, and the licence is kept back until it is
// paid.
func TestFineAfterTheLease(t *testing.T) {
	r := newRig(t)
	here := r.kiosk(demo.Here)
	fine := demo.FinesOf(demo.Single)[0]
	fine.ID, fine.Civil = "259890001", string(demo.InAdvance)
	if err := r.store.Update(t.Context(), func(tx central.Tx) error { return tx.PutFine(fine) }); err != nil {
		t.Fatal(err)
	}
	got, err := here.client.ManifestWithResponse(t.Context(), nil)
	if err != nil || got.JSON200 == nil || len(got.JSON200.Leases) != 1 || got.JSON200.Leases[0].Clear {
		t.Fatalf("%v %+v", err, got)
	}
	if !here.lease("A-1010").IsZero() {
		t.Error("leased before the fine is paid")
	}
	here.report(central.KindCompleted, payment("", fine))
	if here.lease("A-1010").IsZero() || here.states(api.ByCivil, string(demo.InAdvance))[fine.ID] != api.Recording {
		t.Error("a fine that is being recorded keeps the licence back")
	}
}

// TestPlaces: a person is told where the other kiosk stands.
func TestPlaces(t *testing.T) {
	r := newRig(t)
	for want, places := range map[string]map[string]central.Words{
		"Kiosk KW02": nil, demo.Places()[demo.Elsewhere].En: demo.Places(),
	} {
		server := central.New(r.store, central.Options{Now: func() time.Time { return r.now }, Places: places})
		over := httptest.NewServer(server.Handler(central.ByHeader))
		defer over.Close()
		r.url = over.URL
		got, err := r.kiosk(demo.Here).client.SearchApplicationsWithResponse(t.Context(), api.ApplicationSearch{Civil: string(demo.AtOtherKiosk)})
		if err != nil || got.JSON200 == nil || got.JSON200.Applications[0].GoTo.En != want {
			t.Errorf("%v %+v, want %s", err, got.JSON200, want)
		}
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
	for _, after := range []string{"A-1009", "A-1010", strings.Repeat("x", 41), "a b"} {
		got, err := here.client.ManifestWithResponse(t.Context(), &api.ManifestParams{After: after})
		if err != nil || got.StatusCode() != map[bool]int{true: 200, false: 400}[api.ValidApplication(after)] {
			t.Errorf("after %q: %v %s", after, err, got.Status())
		}
	}
	here.report(pickup.RecordIssued, pickup.PickupRecord{Application: "A-1010", Issue: 1})
	if got := here.manifest(); got != "" {
		t.Errorf("issued, and still in the manifest: %q", got)
	}
}
