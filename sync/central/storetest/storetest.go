// Package storetest is the suite that every central.Store passes.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"murur/kiosk/kwd"
	"murur/kiosk/ledger/record"
	"murur/sync/api"
	"murur/sync/central"
)

// Run runs the suite. open opens the same store again after a Close; the first time
// it is empty.
func Run(t *testing.T, open func() central.Store) {
	s := &suite{store: open()}
	t.Run("empty", s.empty)
	t.Run("fines", s.fines)
	t.Run("reservations", s.reservations)
	t.Run("applications", s.applications)
	t.Run("records", s.records)
	t.Run("lists", s.lists)
	t.Run("failed update", s.failedUpdate)
	t.Run("after close", func(t *testing.T) {
		if err := s.store.Close(); err != nil {
			t.Fatal(err)
		}
		s.store = open()
		s.kept(t)
		if err := s.store.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

type suite struct {
	store central.Store
}

var (
	at   = time.Date(2025, 9, 1, 8, 30, 0, 123_000, time.UTC)
	fine = central.Fine{
		ID: "259801001", Civil: "288012098012", Plate: central.Plate{Class: "private", Code: "11", Number: "98007"},
		What: central.Words{Ar: "تجاوز", En: "Speed"}, Where: central.Words{Ar: "شارع", En: "Street"}, At: at, Amount: 20 * kwd.Dinar,
	}
	company = central.Fine{ID: "259701001", Company: "98000001", At: at, Amount: 5 * kwd.Dinar, NotHere: true}
)

func (s *suite) view(t *testing.T, f func(central.Reader)) {
	t.Helper()
	if err := s.store.View(context.Background(), func(db central.Reader) error { f(db); return nil }); err != nil {
		t.Fatal(err)
	}
}

func (s *suite) update(t *testing.T, f func(central.Tx) error) {
	t.Helper()
	if err := s.store.Update(context.Background(), f); err != nil {
		t.Fatal(err)
	}
}

func none(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, central.ErrNone) {
		t.Errorf("%s: %v, want ErrNone", what, err)
	}
}

func same(t *testing.T, what string, got, want any, err error) {
	t.Helper()
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%s: %v\n%s", what, err, diff)
	}
}

func (s *suite) empty(t *testing.T) {
	s.view(t, func(db central.Reader) {
		_, err := db.Fine("1")
		none(t, "fine", err)
		_, err = db.FinesOf(central.Subject{By: central.ByCivil, Number: "288012098012"})
		none(t, "subject", err)
		_, err = db.Reservation("1")
		none(t, "reservation", err)
		_, err = db.Head("K-1")
		none(t, "head", err)
		_, err = db.Record("K-1", 0, 1)
		none(t, "record", err)
		postings, err := db.Postings("K-1", 0, 10)
		if err != nil || len(postings) != 0 {
			t.Errorf("postings: %v %v", postings, err)
		}
	})
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.store.View(canceled, func(central.Reader) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}

func (s *suite) fines(t *testing.T) {
	known := central.Subject{By: central.ByCivil, Number: "291031598028"}
	second := fine
	second.ID = "259801002"
	s.update(t, func(tx central.Tx) error {
		err := errors.Join(tx.PutSubject(known), tx.PutFine(second), tx.PutFine(fine), tx.PutFine(company))
		got, readErr := tx.FinesOf(central.Subject{By: central.ByCivil, Number: fine.Civil})
		same(t, "in the same update", got, []central.Fine{fine, second}, readErr)
		return err
	})
	paid := second
	paid.Paid, paid.Posting, paid.Reservation = at, 7, "r"
	s.update(t, func(tx central.Tx) error { return tx.PutFine(paid) })
	s.view(t, func(db central.Reader) {
		got, err := db.Fine(fine.ID)
		same(t, "fine", got, fine, err)
		for _, subject := range fine.Subjects() {
			all, err := db.FinesOf(subject)
			same(t, string(subject.By), all, []central.Fine{fine, paid}, err)
		}
		all, err := db.FinesOf(company.Subjects()[0])
		same(t, "company", all, []central.Fine{company}, err)
		all, err = db.FinesOf(known)
		if err != nil || len(all) != 0 {
			t.Errorf("known subject without fines: %v %v", all, err)
		}
		// A number that is the beginning of another one is another one.
		_, err = db.FinesOf(central.Subject{By: central.ByCivil, Number: fine.Civil[:11]})
		none(t, "prefix", err)
		_, err = db.FinesOf(central.Subject{By: central.ByCompany, Number: fine.Civil})
		none(t, "other kind", err)
	})
}

func (s *suite) reservations(t *testing.T) {
	r := central.Reservation{ID: "res-0001", Kiosk: "K-1", Fines: []string{fine.ID}, Amount: fine.Amount, Expires: at}
	gone := r
	gone.ID = "res-0002"
	s.update(t, func(tx central.Tx) error {
		return errors.Join(tx.PutReservation(r), tx.PutReservation(gone), tx.DropReservation(gone.ID), tx.DropReservation("never"))
	})
	s.view(t, func(db central.Reader) {
		got, err := db.Reservation(r.ID)
		same(t, "reservation", got, r, err)
		_, err = db.Reservation(gone.ID)
		none(t, "dropped", err)
	})
}

// records is also about bytes: a payload is hashed, so a store must not touch it.
func (s *suite) records(t *testing.T) {
	var head record.Head
	for i, payload := range []string{`{"a":"<&>\u003c\u2028 ","ع":1.0}`, "", `{ "spaced" :  [ 1 ] }`} {
		r := record.Record{
			Kiosk: "K-1", Seq: uint64(i + 1), At: at, Journey: "j", Kind: "test", Payload: []byte(payload),
			Prev: head.Hash, SealedSum: record.Hash{byte(i)},
		}
		if payload == "" {
			r.Payload = nil
		}
		r.Hash = r.Sum()
		head, _ = head.Follow(r)
		s.update(t, func(tx central.Tx) error { return tx.PutRecord(r) })
		s.view(t, func(db central.Reader) {
			got, err := db.Record("K-1", 0, r.Seq)
			same(t, "record", got, r, err)
			if got.Sum() != r.Hash {
				t.Errorf("record %d does not have its hash any more", r.Seq)
			}
			h, err := db.Head("K-1")
			same(t, "head", h, head, err)
		})
	}
	s.view(t, func(db central.Reader) {
		_, err := db.Record("K-1", 1, 1)
		none(t, "other epoch", err)
		_, err = db.Head("K-10")
		none(t, "other kiosk", err)
	})
}

func (s *suite) lists(t *testing.T) {
	s.update(t, func(tx central.Tx) error {
		for i := range 5 {
			kiosk := []string{"K-1", "K-10"}[i%2]
			n, err := tx.AddPosting(central.Posting{Place: central.Place{Kiosk: kiosk, Seq: uint64(i)}, Received: at})
			if err != nil || n != uint64(i+1) {
				return fmt.Errorf("posting number %d: %w", n, err)
			}
		}
		n, err := tx.AddDifference(central.Difference{Place: central.Place{Kiosk: "K-1"}, Why: central.PaidTwice, Fine: "f", Earlier: 3, Found: at})
		if n != 1 {
			t.Errorf("difference number %d", n)
		}
		return err
	})
	s.view(t, func(db central.Reader) {
		for _, c := range []struct {
			kiosk string
			after uint64
			limit int
			want  []uint64
		}{
			{"K-1", 0, 10, []uint64{1, 3, 5}}, {"K-1", 1, 10, []uint64{3, 5}}, {"K-1", 2, 1, []uint64{3}},
			{"K-1", 5, 10, nil}, {"K-10", 0, 10, []uint64{2, 4}}, {"K", 0, 10, nil},
		} {
			all, err := db.Postings(c.kiosk, c.after, c.limit)
			var got []uint64
			for _, p := range all {
				got = append(got, p.Number)
			}
			same(t, fmt.Sprintf("postings of %s after %d", c.kiosk, c.after), got, c.want, err)
		}
		all, err := db.Differences("K-1", 0, 10)
		same(t, "differences", all, []central.Difference{{
			Number: 1, Place: central.Place{Kiosk: "K-1"}, Why: central.PaidTwice, Fine: "f", Earlier: 3, Found: at,
		}}, err)
	})
}

func (s *suite) failedUpdate(t *testing.T) {
	failed := errors.New("failed")
	err := s.store.Update(context.Background(), func(tx central.Tx) error {
		_, err := tx.AddPosting(central.Posting{Place: central.Place{Kiosk: "K-2"}})
		return errors.Join(err, tx.PutFine(central.Fine{ID: "9", Civil: "1"}), tx.PutRecord(record.Record{Kiosk: "K-2", Seq: 1}), failed)
	})
	if !errors.Is(err, failed) {
		t.Errorf("error of the update: %v", err)
	}
	s.view(t, func(db central.Reader) {
		_, err := db.Fine("9")
		none(t, "fine", err)
		_, err = db.FinesOf(central.Subject{By: central.ByCivil, Number: "1"})
		none(t, "subject", err)
		_, err = db.Head("K-2")
		none(t, "head", err)
		if all, err := db.Postings("K-2", 0, 10); err != nil || len(all) != 0 {
			t.Errorf("postings: %v %v", all, err)
		}
	})
}

func (s *suite) kept(t *testing.T) {
	s.view(t, func(db central.Reader) {
		got, err := db.Fine(fine.ID)
		same(t, "fine", got, fine, err)
		if h, err := db.Head("K-1"); err != nil || h.Seq != 3 {
			t.Errorf("head: %v %v", h, err)
		}
		if all, err := db.Postings("K-1", 0, 10); err != nil || len(all) != 3 {
			t.Errorf("postings: %v %v", all, err)
		}
	})
	s.update(t, func(tx central.Tx) error {
		n, err := tx.AddPosting(central.Posting{Place: central.Place{Kiosk: "K-1"}})
		if n != 6 {
			t.Errorf("next posting number %d", n)
		}
		return err
	})
}

// applications: found by their own number, their person and their kiosk, wherever the
// lease goes.
func (s *suite) applications(t *testing.T) {
	first := central.Application{
		ID: "A-1", Civil: "288012098012", Kind: api.KindRenewal, Issue: 2, Kiosk: "K-1", Until: at, Closed: at,
		Licence:   api.Licence{Number: "1", Portrait: []byte{0, 255}, Birth: at},
		Decisions: []central.Decision{{Verdict: central.Reissue, Reason: "r", Issue: 1, At: at}},
	}
	second := central.Application{ID: "A-2", Civil: "288012098012", Issue: 1, Kiosk: "K-1"}
	s.update(t, func(tx central.Tx) error {
		return errors.Join(tx.PutApplication(second), tx.PutApplication(first),
			tx.PutApplication(central.Application{ID: "A-3", Civil: "291031598028"}))
	})
	s.view(t, func(db central.Reader) {
		if a, err := db.Application("A-1"); err != nil || !cmp.Equal(a, first) {
			t.Errorf("%+v %v", a, err)
		}
		if _, err := db.Application("A-9"); !errors.Is(err, central.ErrNone) {
			t.Errorf("no such application: %v", err)
		}
		if all, err := db.ApplicationsOf("288012098012"); err != nil || !cmp.Equal(all, []central.Application{first, second}) {
			t.Errorf("%+v %v", all, err)
		}
		if all, err := db.ApplicationsOf("300022998013"); err != nil || len(all) != 0 {
			t.Errorf("%+v %v", all, err)
		}
		if all, err := db.LeasedTo("K-1", "A-1", 5); err != nil || !cmp.Equal(all, []central.Application{second}) {
			t.Errorf("%+v %v", all, err)
		}
		if all, err := db.LeasedTo("K-1", "", 1); err != nil || len(all) != 1 {
			t.Errorf("%+v %v", all, err)
		}
	})
	first.Kiosk = "K-2"
	s.update(t, func(tx central.Tx) error { return tx.PutApplication(first) })
	s.view(t, func(db central.Reader) {
		if all, err := db.LeasedTo("K-1", "", 5); err != nil || !cmp.Equal(all, []central.Application{second}) {
			t.Errorf("%+v %v", all, err)
		}
		if all, err := db.LeasedTo("K-2", "", 5); err != nil || !cmp.Equal(all, []central.Application{first}) {
			t.Errorf("%+v %v", all, err)
		}
	})
	first.Kiosk = ""
	s.update(t, func(tx central.Tx) error { return tx.PutApplication(first) })
	s.view(t, func(db central.Reader) {
		if all, err := db.LeasedTo("K-2", "", 5); err != nil || len(all) != 0 {
			t.Errorf("a lease that has ended is listed: %+v %v", all, err)
		}
	})
}
