package ledger

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"murur/kiosk/ledger/record"
)

var testTime = time.Date(2025, 6, 1, 8, 0, 0, 0, time.UTC)

func testOptions() Options {
	return Options{
		Kiosk:     "K-001",
		Key:       [32]byte{1, 2, 3},
		MaxSize:   leastMaxSize,
		Retention: 24 * time.Hour,
		Now:       func() time.Time { return testTime },
	}
}

func testOpen(t testing.TB, path string, o Options) *Ledger {
	t.Helper()
	l, err := Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func testLedger(t testing.TB) *Ledger {
	return testOpen(t, filepath.Join(t.TempDir(), "ledger.db"), testOptions())
}

type payload struct {
	N    int    `json:"n"`
	Text string `json:"text,omitempty"`
}

type citizen struct {
	Civil string `json:"civil"`
}

func note(n int) Step {
	return Step{Journey: "j1", Records: []Draft{{Kind: "test.note", Payload: payload{N: n}}}}
}

func mustAppend(t testing.TB, l *Ledger, s Step) record.Head {
	t.Helper()
	h, err := l.Append(s)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func mustVerify(t testing.TB, l *Ledger) Report {
	t.Helper()
	r, err := l.Verify(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestStepIsOneCommit(t *testing.T) {
	o := testOptions()
	commits := 0
	o.AfterCommit = func() { commits++ }
	path := filepath.Join(t.TempDir(), "ledger.db")
	l := testOpen(t, path, o)
	step := Step{
		Journey: "j1",
		Records: []Draft{
			{Kind: "payment.started", Payload: payload{N: 1, Text: "<&>\u2028 دفع"}, Personal: citizen{"290010112345"}},
			{Kind: "payment.approved", Payload: payload{N: 2}},
			{Kind: "bare"},
		},
		Put: []Projection{
			{Table: Journeys, Key: "j1", Value: citizen{"290010112345"}, Sealed: true},
			{Table: Paid, Key: "V-1", Value: payload{N: 3}},
			{Table: Settings, Key: "gone", Value: 1},
			{Table: Settings, Key: "gone"},
		},
	}
	head := mustAppend(t, l, step)
	if commits != 1 {
		t.Errorf("%d commits for a step", commits)
	}
	if bytes.Contains(read(t, path), []byte("290010112345")) {
		t.Error("personal data is in the file unsealed")
	}
	for _, again := range []bool{false, true} {
		if again {
			l = reopen(t, l, o)
		}
		if got := l.Head(); got != head || got.Seq != 3 {
			t.Errorf("head is %v, want %v", got, head)
		}
		records, err := l.After(0, 100)
		if err != nil || len(records) != 3 {
			t.Fatalf("After: %d records, %v", len(records), err)
		}
		var chain record.Head
		for i, r := range records {
			if chain, err = chain.Follow(r); err != nil {
				t.Error(err)
			}
			if r.Kind != step.Records[i].Kind || r.Journey != "j1" || r.Kiosk != "K-001" || !r.At.Equal(testTime) {
				t.Errorf("record %d is %+v", i, r)
			}
		}
		if chain != head {
			t.Errorf("the chain ends in %v, not %v", chain, head)
		}
		var p payload
		if err := json.Unmarshal(records[0].Payload, &p); err != nil || p != step.Records[0].Payload {
			t.Errorf("payload %v, %v", p, err)
		}
		var c citizen
		if ok, err := l.Personal(1, &c); !ok || err != nil || c.Civil != "290010112345" {
			t.Errorf("personal data %v %v %v", c, ok, err)
		}
		if ok, err := l.Personal(2, &c); ok || err != nil {
			t.Errorf("personal data of a record without: %v %v", ok, err)
		}
		if _, err := l.Personal(4, &c); !errors.Is(err, ErrFork) {
			t.Errorf("personal data past the head: %v", err)
		}
		c = citizen{}
		if ok, err := l.Get(Journeys, "j1", &c); !ok || err != nil || c.Civil != "290010112345" {
			t.Errorf("sealed row %v %v %v", c, ok, err)
		}
		if ok, err := l.Get(Settings, "gone", &p); ok || err != nil {
			t.Errorf("deleted row: %v %v", ok, err)
		}
		if ok, err := l.Get(Paid, "V-1", &p); !ok || err != nil || p.N != 3 {
			t.Errorf("row %v %v %v", p, ok, err)
		}
		want := Report{Kiosk: "K-001", Head: head, Epochs: 1, Records: 3, Sealed: 1, Rows: 2}
		if diff := cmp.Diff(want, mustVerify(t, l)); diff != "" {
			t.Error(diff)
		}
	}
}

func reopen(t testing.TB, l *Ledger, o Options) *Ledger {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return testOpen(t, l.path, o)
}

func TestStepIsRefusedWhole(t *testing.T) {
	l := testLedger(t)
	good := Draft{Kind: "test.note"}
	row := func(table Table, key string, v any) []Projection {
		return []Projection{{Table: Settings, Key: "a", Value: 1}, {Table: table, Key: key, Value: v}}
	}
	for name, s := range map[string]Step{
		"no kind":           {Records: []Draft{good, {}}},
		"payload not JSON":  {Records: []Draft{good, {Kind: "k", Payload: func() {}}}},
		"personal not JSON": {Records: []Draft{good, {Kind: "k", Personal: func() {}}}},
		"huge payload":      {Records: []Draft{good, {Kind: "k", Payload: strings.Repeat("x", maxValue)}}},
		"unknown table":     {Records: []Draft{good}, Put: row("records", "k", 1)},
		"no key":            {Records: []Draft{good}, Put: row(Paid, "", 1)},
		"long key":          {Records: []Draft{good}, Put: row(Paid, strings.Repeat("k", maxKey+1), 1)},
		"value not JSON":    {Records: []Draft{good}, Put: row(Paid, "k", func() {})},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := l.Append(s); err == nil {
				t.Error("it was taken")
			}
			if l.Head() != (record.Head{}) {
				t.Errorf("head is %v", l.Head())
			}
			if ok, _ := l.Get(Settings, "a", new(int)); ok {
				t.Error("a row was written")
			}
		})
	}
	if h, err := l.Append(Step{}); err != nil || h.Seq != 0 {
		t.Errorf("an empty step: %v %v", h, err)
	}
	mustVerify(t, l)
}

func TestEach(t *testing.T) {
	l := testLedger(t)
	for _, k := range []string{"b", "a", "c"} {
		mustAppend(t, l, Step{Put: []Projection{{Table: Cases, Key: k, Value: k, Sealed: k == "a"}}})
	}
	var got []string
	err := l.Each(Cases, func(key string, value json.RawMessage) error {
		got = append(got, key+string(value))
		return l.Acknowledge(l.Head()) // the ledger can be used inside
	})
	if diff := cmp.Diff([]string{`a"a"`, `b"b"`, `c"c"`}, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	stop := errors.New("stop")
	if err := l.Each(Cases, func(string, json.RawMessage) error { return stop }); err != stop {
		t.Errorf("Each returned %v", err)
	}
	if err := l.Each("ledger", nil); err == nil {
		t.Error("the state is no table")
	}
}

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

func TestCompact(t *testing.T) {
	o := testOptions()
	l := testOpen(t, filepath.Join(t.TempDir(), "ledger.db"), o)
	var head record.Head
	for n := range 600 {
		head = mustAppend(t, l, Step{Records: []Draft{{Kind: "k", Payload: strings.Repeat("x", 2000), Personal: n}}})
	}
	mustAppend(t, l, Step{Put: []Projection{{Table: Paid, Key: "a", Value: 1}}})
	before := l.Room()
	if err := l.Acknowledge(head); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Prune(testTime.Add(1000 * time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(l.path+".compact", []byte("left over"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := l.Compact(); err != nil {
		t.Fatal(err)
	}
	after := l.Room()
	if after.Used*10 > before.Used {
		t.Errorf("used %d before, %d after", before.Used, after.Used)
	}
	if _, err := os.Stat(l.path + ".compact"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the temporary file: %v", err)
	}
	if _, err := Open(l.path, o); !errors.Is(err, ErrLocked) {
		t.Errorf("opening a compacted ledger a second time: %v", err)
	}
	mustAppend(t, l, note(1))
	l = reopen(t, l, o)
	if r := mustVerify(t, l); r.Head.Seq != 601 || r.Records != 1 || r.Rows != 1 {
		t.Errorf("report %+v", r)
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

func Example() {
	dir, _ := os.MkdirTemp("", "")
	defer os.RemoveAll(dir)
	l, err := Open(filepath.Join(dir, "ledger.db"), Options{Kiosk: "K-001", Key: [32]byte{1}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer l.Close()
	_, err = l.Append(Step{
		Journey: "j-17",
		Records: []Draft{{Kind: "payment.approved", Payload: map[string]int{"fils": 20000}}},
		Put:     []Projection{{Table: Paid, Key: "V-4711", Value: "j-17"}},
	})
	var by string
	found, _ := l.Get(Paid, "V-4711", &by)
	fmt.Println(err, l.Head().Seq, found, by)
	// Output: <nil> 1 true j-17
}
