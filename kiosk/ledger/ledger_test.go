package ledger

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
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
		noSync:    true,
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
