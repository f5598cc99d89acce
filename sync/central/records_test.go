package central_test

import (
	"strings"
	"testing"
	"time"

	"murur/kiosk/kwd"
	"murur/kiosk/ledger/record"
	"murur/sync/api"
	"murur/sync/central"
	"murur/sync/central/demo"
)

func TestChain(t *testing.T) {
	k := newRig(t).kiosk("K-1")
	var all []record.Record
	for range 6 {
		all = append(all, k.next("note", map[string]int{"n": len(all)}))
	}
	headAt := func(seq int) record.Head {
		if seq == 0 {
			return record.Head{}
		}
		return record.Head{Seq: uint64(seq), Hash: all[seq-1].Hash}
	}
	changed, rechained, foreign := all[2], all[2], all[2]
	changed.Kind = "other"
	rechained.Kind, rechained.Hash = "other", record.Hash{}
	rechained.Hash = rechained.Sum()
	foreign.Kiosk = "K-2"
	fork3 := rechained
	fork3.Prev = all[0].Hash
	fork3.Hash = fork3.Sum()
	zero := all[0]
	zero.Seq = 0

	for _, c := range []struct {
		name    string
		send    []record.Record
		problem api.ProblemType
		head    int // of the server afterwards
	}{
		{"gap at the beginning", all[1:2], api.TypeChainGap, 0},
		{"first", all[:1], "", 1},
		{"again", all[:1], "", 1},
		{"gap", all[2:3], api.TypeChainGap, 1},
		{"overlap", all[:2], "", 2},
		{"changed", []record.Record{changed}, api.TypeChainBroken, 2},
		{"good, then changed: nothing is stored", []record.Record{all[1], changed}, api.TypeChainBroken, 2},
		{"does not follow", []record.Record{fork3}, api.TypeChainFork, 2},
		{"wrong order", []record.Record{all[3], all[2]}, api.TypeChainGap, 2},
		{"all", all, "", 6},
		{"everything again", all, "", 6},
		{"another one at the same place", []record.Record{rechained}, api.TypeChainFork, 6},
		{"a changed one at the same place", []record.Record{changed}, api.TypeChainBroken, 6},
		{"another kiosk's", []record.Record{foreign}, api.TypeBadRequest, -1},
		{"seq 0", []record.Record{zero}, api.TypeBadRequest, -1},
		{"none", []record.Record{}, api.TypeBadRequest, -1},
		{"too many", make([]record.Record, 257), api.TypeBadRequest, -1},
	} {
		head, problem := k.send(c.send...)
		if problem != c.problem || c.head >= 0 && head != headAt(c.head) {
			t.Errorf("%s: %q, head %d; want %q, head %d", c.name, problem, head.Seq, c.problem, c.head)
		}
	}
}

func TestEpoch(t *testing.T) {
	k := newRig(t).kiosk("K-1")
	k.report("note", nil)
	old := k.head
	k.head = record.Head{Epoch: 1}
	if head, problem := k.send(k.next("note", nil)); problem != api.TypeChainFork || head != old {
		t.Errorf("an epoch that nobody declared: %s %v", problem, head)
	}
	k.head = record.Head{Epoch: 2}
	if _, problem := k.send(k.next(central.KindEpoch, nil)); problem != api.TypeChainFork {
		t.Errorf("an epoch was left out: %s", problem)
	}
	k.head = record.Head{Epoch: 1}
	batch := []record.Record{k.next(central.KindEpoch, nil), k.next("note", nil)}
	for range 2 {
		if head, problem := k.send(batch...); problem != "" || head != k.head {
			t.Errorf("new epoch: %s %v", problem, head)
		}
	}
	if d := k.differences(); len(d) != 1 || d[0].Why != api.DifferenceEpoch || d[0].Epoch != 1 {
		t.Errorf("differences: %+v", d)
	}
	late := k.rig.kiosk("K-9") // the server's file was lost, the kiosk's was not
	late.head = record.Head{Epoch: 9}
	late.report("note", nil)
}

func TestPayment(t *testing.T) {
	r := newRig(t)
	k := r.kiosk("K-1")
	fines := demo.FinesOf(demo.Large)[:2]
	if _, conflict := k.reserve("res-00001", fines...); conflict.Why != "" {
		t.Fatal(conflict)
	}
	k.report("payment.approved", payment("res-00001", fines...))
	if len(k.postings()) != 0 {
		t.Error("an approval was posted")
	}
	completed := k.next(central.KindCompleted, payment("res-00001", fines...))
	for range 2 { // the answer got lost
		if _, problem := k.send(completed); problem != "" {
			t.Fatal(problem)
		}
	}
	p := k.postings()
	if len(p) != 1 || p[0].Seq != 2 || p[0].Amount != 300*kwd.Dinar || p[0].Trace != "000042" || len(p[0].Fines) != 2 || p[0].Journey != "j1" {
		t.Errorf("postings: %+v", p)
	}
	if d := k.differences(); len(d) != 0 {
		t.Errorf("differences: %+v", d)
	}
	if s := k.states(api.ByCivil, string(demo.Large)); s[fines[0].ID] != api.Recording || s[fines[1].ID] != api.Recording {
		t.Errorf("after payment: %v", s)
	}
	if p := r.kiosk("K-2").postings(); len(p) != 0 {
		t.Errorf("another kiosk sees %v", p)
	}
}

func TestDifferences(t *testing.T) {
	r := newRig(t)
	k, other := r.kiosk("K-1"), r.kiosk("K-2")
	fine := demo.FinesOf(demo.Single)[0]
	other.report(central.KindCompleted, payment("res-other", fine))
	k.report(central.KindCompleted, payment("res-00001", fine))
	cheap := payment("res-00002", demo.FinesOf(demo.Many)[0])
	cheap.Amount--
	k.report(central.KindCompleted, cheap)
	unknown := payment("res-00003", fine)
	unknown.Fines = []string{"777777777"}
	k.report(central.KindCompleted, unknown)
	k.report(central.KindCompleted, "not a payment")
	k.report(central.KindCompleted, payment(""))
	k.report("payment.unheard-of", 5)

	type found struct {
		why  api.DifferenceWhy
		seq  uint64
		fine string
	}
	want := []found{
		{api.DifferencePaidTwice, 1, fine.ID}, {api.DifferenceAmount, 2, ""}, {api.DifferenceUnknownFine, 3, "777777777"},
		{api.DifferenceAmount, 3, ""}, {api.DifferenceUnreadable, 4, ""}, {api.DifferenceUnreadable, 5, ""},
	}
	got := k.differences()
	if len(got) != len(want) {
		t.Fatalf("differences: %+v", got)
	}
	for i, d := range got {
		if (found{d.Why, d.Seq, d.Fine}) != want[i] {
			t.Errorf("difference %d: %+v, want %+v", i, d, want[i])
		}
	}
	if first := other.postings()[0].Number; got[0].Posting != first {
		t.Errorf("paid twice: earlier posting %d, want %d", got[0].Posting, first)
	}
	if len(other.differences()) != 0 || len(k.postings()) != 3 {
		t.Errorf("first payer's differences %v, postings %v", other.differences(), k.postings())
	}
}

func TestOutcomesEndTheReservation(t *testing.T) {
	for _, c := range []struct {
		kind string
		by   string
		want api.FineState
	}{
		{central.KindRefused, "K-1", api.Payable}, {central.KindReleased, "K-1", api.Payable},
		{central.KindCompleted, "K-1", api.Recording}, {central.KindReleased, "K-2", api.ReservedElsewhere},
	} {
		r := newRig(t)
		fine := demo.FinesOf(demo.Single)[0]
		if _, conflict := r.kiosk("K-1").reserve("res-00001", fine); conflict.Why != "" {
			t.Fatal(conflict)
		}
		r.kiosk(c.by).report(c.kind, payment("res-00001", fine))
		if s := r.kiosk("K-3").states(api.ByViolation, fine.ID); s[fine.ID] != c.want {
			t.Errorf("%s by %s: %v, want %s", c.kind, c.by, s, c.want)
		}
	}
}

// TestUnclearPaymentWithoutAReservation: a record whose reservation is none is taken all the
// same, or the kiosk could never deliver what follows it.
func TestUnclearPaymentWithoutAReservation(t *testing.T) {
	r := newRig(t)
	k := r.kiosk("K-1")
	fine := demo.FinesOf(demo.Many)[0]
	for _, id := range []string{strings.Repeat("x", 40_000), "", "a b"} {
		k.report(central.KindUnknown, payment(id, fine))
	}
	if s := k.states(api.ByViolation, fine.ID); s[fine.ID] != api.Payable {
		t.Errorf("reserved for nothing: %v", s)
	}
	if d := k.differences(); len(d) != 3 || d[0].Why != api.DifferenceUnclear {
		t.Errorf("differences: %+v", d)
	}
}

func TestUnclearPaymentKeepsItsFines(t *testing.T) {
	for _, late := range []bool{false, true} {
		r := newRig(t)
		k, other := r.kiosk("K-1"), r.kiosk("K-2")
		fines := demo.FinesOf(demo.Many)[:2]
		if _, conflict := k.reserve("res-00001", fines...); conflict.Why != "" {
			t.Fatal(conflict)
		}
		if late { // it expired, and somebody took one of the two
			r.now = r.now.Add(5 * time.Minute)
			if _, conflict := other.reserve("res-other", fines[0]); conflict.Why != "" {
				t.Fatal(conflict)
			}
		}
		k.report(central.KindUnknown, payment("res-00001", fines...))
		r.now = r.now.Add(48 * time.Hour)
		s := other.states(api.ByCivil, string(demo.Many))
		if (s[fines[0].ID] == api.Payable) != late || s[fines[1].ID] != api.ReservedElsewhere {
			t.Errorf("late %v, two days after: %v", late, s)
		}
		if _, conflict := k.reserve("res-00001", fines...); conflict.Why == "" {
			t.Errorf("late %v: an unclear reservation was renewed", late)
		}
		if _, err := k.client.ReleaseWithResponse(t.Context(), "res-00001"); err != nil {
			t.Error(err)
		}
		if s := other.states(api.ByViolation, fines[1].ID); s[fines[1].ID] != api.ReservedElsewhere {
			t.Errorf("late %v: released although unclear", late)
		}
		if d := k.differences(); len(d) != 1 || d[0].Why != api.DifferenceUnclear {
			t.Errorf("differences: %+v", d)
		}
		k.report(central.KindRefused, payment("res-00001", fines...))
		if s := other.states(api.ByViolation, fines[1].ID); s[fines[1].ID] != api.Payable {
			t.Errorf("late %v, found out: %v", late, s)
		}
	}
}
