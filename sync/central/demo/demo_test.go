package demo

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"murur/kiosk/civilid"
	"murur/kiosk/front"
	"murur/kiosk/kwd"
	"murur/sync/api"
	"murur/sync/central"
	"murur/sync/central/boltstore"
)

func TestPeople(t *testing.T) {
	roles := []civilid.Number{Typical, NoFines, NonePayable, Many, Recording, Reserved, BadAmounts, Single, Large}
	people := People()
	if len(people) != 41 || len(Companies()) != 6 {
		t.Fatalf("%d people, %d companies", len(people), len(Companies()))
	}
	seen := map[civilid.Number]bool{}
	for i, p := range people {
		if _, err := civilid.Parse(string(p.Civil), Day); err != nil {
			t.Errorf("%s: %v", p.Civil, err)
		}
		if i < len(roles) && roles[i] != p.Civil {
			t.Errorf("person %d has %s, the constant says %s", i+1, p.Civil, roles[i])
		}
		if seen[p.Civil] {
			t.Errorf("%s twice", p.Civil)
		}
		seen[p.Civil] = true
		if _, problem := front.CheckNumber(front.ByPlate, p.Plate.String(), Day); problem != "" {
			t.Errorf("plate %v: %s", p.Plate, problem)
		}
	}
}

func TestFines(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range Fines() {
		if _, problem := front.CheckNumber(front.ByViolation, f.ID, Day); problem != "" || seen[f.ID] {
			t.Errorf("violation number %s: %q, twice %v", f.ID, problem, seen[f.ID])
		}
		seen[f.ID] = true
		odd := f.Amount <= 0 || f.Amount > 5000*kwd.Dinar
		if odd != (f.Civil == string(BadAmounts) && f.ID[7:] != "01") {
			t.Errorf("%s costs %s", f.ID, f.Amount)
		}
		if !f.At.Before(Day) || f.What.Ar == "" || f.What.En == "" || f.Where.Ar == "" || f.NotHere != (f.Reason.En != "") {
			t.Errorf("%+v", f)
		}
	}
	for role, want := range map[civilid.Number][2]int{
		Typical: {5, 2}, NoFines: {0, 0}, NonePayable: {0, 3}, Many: {14, 2}, Single: {1, 0}, Large: {2, 1},
	} {
		var got [2]int
		for _, f := range FinesOf(role) {
			if f.NotHere {
				got[1]++
			} else {
				got[0]++
			}
		}
		if got != want {
			t.Errorf("%s: payable and not %v, want %v", role, got, want)
		}
	}
}

func TestLoadAgainKeepsPayments(t *testing.T) {
	store, err := boltstore.Open(filepath.Join(t.TempDir(), "central.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	ctx, paid := context.Background(), FinesOf(Single)[0].ID
	if err := Load(ctx, store, Day); err != nil {
		t.Fatal(err)
	}
	err = store.Update(ctx, func(tx central.Tx) error {
		f, err := tx.Fine(paid)
		f.Paid = Day
		if err != nil {
			return err
		}
		return tx.PutFine(f)
	})
	if err != nil {
		t.Fatal(err)
	}
	later := Day.Add(time.Hour)
	if err := Load(ctx, store, later); err != nil {
		t.Fatal(err)
	}
	err = store.View(ctx, func(db central.Reader) error {
		if f, err := db.Fine(paid); err != nil || f.Paid.IsZero() {
			t.Errorf("paid fine after loading again: %v %v", f.Paid, err)
		}
		if f, err := db.Fine(FinesOf(Recording)[0].ID); err != nil || !f.Paid.Equal(later) {
			t.Errorf("recording fine after loading again: %v %v", f.Paid, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestApplications(t *testing.T) {
	known := map[string]bool{}
	for _, p := range People() {
		known[string(p.Civil)] = true
	}
	seen := map[string]bool{}
	for _, a := range Applications(Day) {
		if !known[a.Civil] || seen[a.ID] || a.Licence.Civil != a.Civil || a.Issue != 1 {
			t.Errorf("%+v", a.ID)
		}
		seen[a.ID] = true
		if n, m := len(a.Licence.Portrait), len(a.Licence.Signature); n < 1000 || n > api.MaxPortrait || m < 500 || m > api.MaxSignature {
			t.Errorf("%s: %d and %d bytes of pictures", a.ID, n, m)
		}
	}
	for civil, want := range map[civilid.Number]int{Indebted: 1, Renewal: 0, Damaged: 0, Lost: 0, TwoLicences: 0, NotEligible: 0, NotYet: 0, AtOtherKiosk: 0, InAdvance: 0} {
		if got := len(FinesOf(civil)); got != want {
			t.Errorf("%s owes %d fines, not %d", civil, got, want)
		}
	}
}
