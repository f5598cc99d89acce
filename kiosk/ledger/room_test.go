package ledger

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

func TestFull(t *testing.T) {
	l := testLedger(t)
	step := Step{
		Records: []Draft{{Kind: "k", Payload: strings.Repeat("x", 1500)}},
		Put:     []Projection{{Table: Journeys, Key: "j", Value: "state"}},
	}
	if !l.Room().OK {
		t.Fatalf("no room in a new ledger: %+v", l.Room())
	}
	open, rest := 0, 0 // steps while new journeys may begin, and after
	for {
		room := l.Room()
		if _, err := l.Append(step); errors.Is(err, ErrFull) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if room.OK {
			open++
		} else {
			rest++
		}
	}
	if open < 500 || rest < 100 {
		t.Errorf("%d steps before journeys are refused, %d for those that are open", open, rest)
	}
	head := l.Head()
	l = reopen(t, l, testOptions())
	if l.Room().OK || mustVerify(t, l).Head != head {
		t.Error("the full ledger is not as it was")
	}
	if info := len(read(t, l.path)); info > leastMaxSize {
		t.Errorf("the file has %d bytes", info)
	}
	// The central server is reached at last.
	if err := l.Acknowledge(head); err != nil {
		t.Fatal(err)
	}
	if n, err := l.Prune(testTime.Add(1000 * time.Hour)); uint64(n) != head.Seq || err != nil {
		t.Fatalf("pruned %d: %v", n, err)
	}
	mustAppend(t, l, step)
	if !l.Room().OK {
		t.Errorf("no room after pruning: %+v", l.Room())
	}
	mustVerify(t, l)
}

// TestMaxSize: should the estimate of a step be too low, bbolt's own limit holds
// and nothing is lost.
func TestMaxSize(t *testing.T) {
	l := testLedger(t)
	mustAppend(t, l, note(1))
	err := l.update(func(tx *bbolt.Tx, s *state) error {
		return l.put(tx, s, row{Settings, "big", []byte(`"` + strings.Repeat("x", leastMaxSize) + `"`), false})
	})
	if !errors.Is(err, ErrFull) {
		t.Fatalf("a row larger than the file may be: %v", err)
	}
	if h := mustAppend(t, l, note(2)); h.Seq != 2 {
		t.Errorf("head %v", h)
	}
	mustVerify(t, reopen(t, l, testOptions()))
}

func TestDiskFull(t *testing.T) {
	o := testOptions()
	var free uint64
	var failure error
	o.diskFree = func(string) (uint64, error) { return free, failure }
	l := testOpen(t, filepath.Join(t.TempDir(), "ledger.db"), o)
	for _, c := range []struct {
		free uint64
		ok   bool
		full bool
	}{
		{free: diskLow, ok: true},
		{free: diskLow - 1},
		{free: diskFull},
		{free: diskFull - 1, full: true},
	} {
		free = c.free
		_, err := l.Append(note(1))
		if l.Room().OK != c.ok || errors.Is(err, ErrFull) != c.full {
			t.Errorf("%d free: room %+v, append %v", c.free, l.Room(), err)
		}
	}
	failure = errors.New("no such disk")
	if _, err := l.Append(note(1)); !errors.Is(err, failure) || l.Room().OK {
		t.Errorf("room %+v, append %v", l.Room(), err)
	}
	if diskFree, err := diskFree(t.TempDir()); diskFree == 0 || err != nil {
		t.Errorf("this disk: %d %v", diskFree, err)
	}
}
