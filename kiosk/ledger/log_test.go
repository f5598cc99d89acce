package ledger

import (
	"bytes"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"murur/kiosk/ledger/record"
)

func TestUplink(t *testing.T) {
	l := testLedger(t)
	select {
	case <-l.Changed():
		t.Fatal("changed before anything was appended")
	default:
	}
	var heads []record.Head
	for n := range 5 {
		heads = append(heads, mustAppend(t, l, note(n)))
	}
	<-l.Changed() // five signals are one
	select {
	case <-l.Changed():
		t.Error("changed again")
	default:
	}
	records, err := l.After(1, 2)
	if err != nil || len(records) != 2 || records[0].Seq != 2 || records[1].Seq != 3 {
		t.Errorf("After(1, 2): %v %v", records, err)
	}
	if records, err := l.After(5, 2); err != nil || len(records) != 0 {
		t.Errorf("After the head: %v %v", records, err)
	}
	if _, err := l.After(6, 2); !errors.Is(err, ErrFork) {
		t.Errorf("After past the head: %v", err)
	}
	forged, later, other := heads[3], heads[4], heads[3]
	forged.Hash[0] ^= 1
	later.Seq++
	other.Epoch++
	for _, step := range []struct {
		ack  record.Head
		err  error
		want record.Head
	}{
		{record.Head{}, nil, record.Head{}},
		{heads[2], nil, heads[2]},
		{heads[2], nil, heads[2]},
		{heads[0], nil, heads[2]}, // backwards
		{forged, ErrFork, heads[2]},
		{later, ErrFork, heads[2]},
		{other, ErrFork, heads[2]},
		{heads[4], nil, heads[4]},
	} {
		if err := l.Acknowledge(step.ack); !errors.Is(err, step.err) {
			t.Errorf("Acknowledge %d: %v, want %v", step.ack.Seq, err, step.err)
		}
		if l.Watermark() != step.want {
			t.Errorf("after %d the watermark is %d, want %d", step.ack.Seq, l.Watermark().Seq, step.want.Seq)
		}
	}
	if l = reopen(t, l, testOptions()); l.Watermark() != heads[4] {
		t.Errorf("the watermark was lost: %v", l.Watermark())
	}
}

func TestPrune(t *testing.T) {
	o := testOptions()
	now := testTime
	o.Now = func() time.Time { return now }
	l := testOpen(t, filepath.Join(t.TempDir(), "ledger.db"), o)
	var heads []record.Head
	for n := range 1200 {
		heads = append(heads, mustAppend(t, l, Step{Records: []Draft{{Kind: "k", Payload: n, Personal: n}}}))
		now = now.Add(time.Minute)
	}
	check := func(at time.Time, want int, base uint64) {
		t.Helper()
		if n, err := l.Prune(at); n != want || err != nil {
			t.Errorf("pruned %d, want %d: %v", n, want, err)
		}
		if r := mustVerify(t, l); r.Base.Seq != base || r.Records != int(1200-base) || r.Sealed != r.Records {
			t.Errorf("report %+v, want base %d", r, base)
		}
	}
	far := testTime.Add(1000 * time.Hour)
	check(far, 0, 0) // nothing is acknowledged
	if err := l.Acknowledge(heads[1099]); err != nil {
		t.Fatal(err)
	}
	check(testTime.Add(o.Retention), 0, 0)                     // none is older
	check(testTime.Add(o.Retention+700*time.Minute), 700, 700) // those that are
	check(far, 400, 1100)                                      // all acknowledged
	if _, err := l.After(1099, 1); !errors.Is(err, ErrPruned) {
		t.Errorf("After a pruned record: %v", err)
	}
	if _, err := l.Personal(1099, new(int)); !errors.Is(err, ErrPruned) {
		t.Errorf("personal data of a pruned record: %v", err)
	}
	if err := l.Acknowledge(heads[3]); err != nil || l.Watermark() != heads[1099] {
		t.Errorf("a pruned head: %v, watermark %d", err, l.Watermark().Seq)
	}
	l = reopen(t, l, o)
	if err := l.Acknowledge(heads[1199]); err != nil {
		t.Fatal(err)
	}
	check(far, 100, 1200)
	if h := mustAppend(t, l, note(1)); h.Seq != 1201 {
		t.Errorf("the log goes on with %d", h.Seq)
	}
	if records, err := l.After(1200, 5); len(records) != 1 || records[0].Prev != heads[1199].Hash || err != nil {
		t.Errorf("After the base: %v %v", records, err)
	}
}

func TestEpoch(t *testing.T) {
	l := testLedger(t)
	var heads []record.Head
	for n := range 3 {
		heads = append(heads, mustAppend(t, l, note(n)))
	}
	if err := l.Acknowledge(heads[1]); err != nil {
		t.Fatal(err)
	}
	h, err := l.NewEpoch("the server was restored")
	if err != nil || h.Epoch != 1 || h.Seq != 1 {
		t.Fatalf("NewEpoch: %v %v", h, err)
	}
	mustAppend(t, l, note(9))
	l = reopen(t, l, testOptions())
	records, err := l.After(0, 10)
	if err != nil || len(records) != 2 || records[0].Kind != EpochStarted {
		t.Fatalf("After: %v %v", records, err)
	}
	var p EpochPayload
	if err := json.Unmarshal(records[0].Payload, &p); err != nil {
		t.Fatal(err)
	}
	want := EpochPayload{Reason: "the server was restored", Closed: heads[2], Acknowledged: heads[1]}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Error(diff)
	}
	if err := l.Acknowledge(heads[2]); !errors.Is(err, ErrFork) {
		t.Errorf("a head of the epoch before: %v", err)
	}
	if err := l.Acknowledge(h); err != nil {
		t.Error(err)
	}
	if n, err := l.Prune(testTime.Add(1000 * time.Hour)); n != 3 || err != nil {
		t.Errorf("pruned %d, want the acknowledged of both epochs: %v", n, err)
	}
	if r := mustVerify(t, l); r.Epochs != 2 || r.Records != 2 {
		t.Errorf("report %+v", r)
	}
	var dump bytes.Buffer
	if err := l.Dump(&dump, 0); err != nil || strings.Count(dump.String(), "\n") != 2 {
		t.Errorf("dump: %v\n%s", err, &dump)
	}
}

func TestDump(t *testing.T) {
	l := testLedger(t)
	for n := range 600 {
		mustAppend(t, l, Step{Records: []Draft{{Kind: "k", Payload: payload{n, "<مرحبا>"}, Personal: "290010112345"}}})
	}
	var dump bytes.Buffer
	if err := l.Dump(&dump, 0); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(dump.String(), "sealed\"") || strings.Contains(dump.String(), "290010112345") {
		t.Error("sealed data was dumped")
	}
	var head record.Head
	dec := json.NewDecoder(&dump)
	for dec.More() {
		var r record.Record
		err := dec.Decode(&r)
		if err == nil {
			head, err = head.Follow(r)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if head != l.Head() {
		t.Errorf("the dump ends in %v, the ledger in %v", head, l.Head())
	}
	dump.Reset()
	if err := l.Dump(&dump, 599); err != nil || strings.Count(dump.String(), "\n") != 2 {
		t.Errorf("dump from 599: %v\n%s", err, &dump)
	}
	if err := l.Dump(errWriter{}, 0); !errors.Is(err, errWriter{}) {
		t.Errorf("dump to a broken writer: %v", err)
	}
}

type errWriter struct{}

func (errWriter) Write([]byte) (int, error) { return 0, errWriter{} }
func (errWriter) Error() string             { return "no" }
