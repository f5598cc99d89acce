package ledger

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"murur/kiosk/ledger/record"
)

// fact is the payload of the records of these tests: it says what rows the step
// wrote, so that the projections can be built again from the log.
type fact struct {
	Rows map[string]int `json:"rows"` // 0 deletes
}

func (f fact) step(sealed bool) Step {
	s := Step{Journey: "j", Records: []Draft{{Kind: "test.fact", Payload: f}}}
	if sealed {
		s.Records[0].Personal = citizen{"290010112345"}
	}
	for key, n := range f.Rows {
		p := Projection{Table: Paid, Key: key, Sealed: sealed}
		if n != 0 {
			p.Value = n
		}
		s.Put = append(s.Put, p)
	}
	return s
}

func (f fact) apply(rows map[string]int) {
	for key, n := range f.Rows {
		if rows[key] = n; n == 0 {
			delete(rows, key)
		}
	}
}

// model is what the ledger must hold.
type model struct {
	rows         map[string]int
	records      uint64
	acknowledged uint64
}

func observe(t rapid.TB, l *Ledger) model {
	m := model{rows: map[string]int{}, records: l.Head().Seq, acknowledged: l.Watermark().Seq}
	err := l.Each(Paid, func(key string, value json.RawMessage) error {
		var n int
		err := json.Unmarshal(value, &n)
		m.rows[key] = n
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Verify(context.Background()); err != nil {
		t.Fatal(err)
	}
	return m
}

// crash is what a hook panics with to stop the ledger there.
type crash struct{}

func crashing(f func()) (crashed bool) {
	defer func() {
		if p := recover(); p != nil {
			if p != (crash{}) {
				panic(p)
			}
			crashed = true
		}
	}()
	f()
	return false
}

// TestRandomSteps: after any steps and upkeep, each stopped before or after its
// commit or not at all, the file holds just the steps that were committed, and the
// rows are what the log says.
func TestRandomSteps(t *testing.T) {
	dir := t.TempDir()
	runs := 0
	rapid.Check(t, func(t *rapid.T) {
		runs++
		path := filepath.Join(dir, strconv.Itoa(runs))
		defer os.Remove(path)
		o := testOptions()
		now := testTime
		o.Now = func() time.Time { return now }
		before, after := false, false
		o.BeforeCommit = func() {
			if before {
				panic(crash{})
			}
		}
		o.AfterCommit = func() {
			if after {
				panic(crash{})
			}
		}
		open := func() *Ledger {
			l, err := Open(path, o)
			if err != nil {
				t.Fatal(err)
			}
			return l
		}
		l := open()
		defer func() { l.Close() }()
		m := model{rows: map[string]int{}}
		rebuilt := map[string]int{} // from the log as it grew
		t.Repeat(map[string]func(*rapid.T){
			"append": func(t *rapid.T) {
				f := fact{rapid.MapOfN(rapid.SampledFrom([]string{"a", "b", "c"}), rapid.IntRange(0, 5), 0, 3).Draw(t, "rows")}
				step := f.step(rapid.Bool().Draw(t, "sealed"))
				how := rapid.SampledFrom([]string{"whole", "whole", "crash before", "crash after"}).Draw(t, "how")
				before, after = how == "crash before", how == "crash after"
				crashed := crashing(func() {
					if _, err := l.Append(step); err != nil {
						t.Fatal(err)
					}
				})
				before, after = false, false
				if how != "crash before" {
					m.records++
					f.apply(m.rows)
				}
				if crashed != (how != "whole") {
					t.Fatalf("%s: crashed is %v", how, crashed)
				}
				if crashed {
					l.Close()
					l = open()
				}
				records, err := l.After(m.records-min(1, m.records), 1)
				if how == "crash before" {
					return
				}
				if err != nil || len(records) != 1 {
					t.Fatalf("the newest record: %v %v", records, err)
				}
				var logged fact
				if err := json.Unmarshal(records[0].Payload, &logged); err != nil {
					t.Fatal(err)
				}
				logged.apply(rebuilt)
			},
			"acknowledge": func(t *rapid.T) {
				base := m.acknowledged
				records, err := l.After(base, rapid.IntRange(1, 5).Draw(t, "n"))
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range records {
					if err := l.Acknowledge(record.Head{Epoch: r.Epoch, Seq: r.Seq, Hash: r.Hash}); err != nil {
						t.Fatal(err)
					}
					m.acknowledged++
				}
			},
			"prune": func(t *rapid.T) {
				now = now.Add(o.Retention)
				if _, err := l.Prune(now); err != nil {
					t.Fatal(err)
				}
			},
			"compact": func(t *rapid.T) {
				if err := l.Compact(); err != nil {
					t.Fatal(err)
				}
			},
			"": func(t *rapid.T) {
				got := observe(t, l)
				if diff := cmp.Diff(m, got, cmp.AllowUnexported(model{})); diff != "" {
					t.Fatal(diff)
				}
				if diff := cmp.Diff(rebuilt, got.rows); diff != "" {
					t.Fatal("the rows are not what the log says: ", diff)
				}
			},
		})
	})
}

// TestTornCommit: when a commit is cut off while its pages are being written, in
// whatever order, the file holds the step before it. When the disk says that it
// has written pages and has not, the file is refused, or the pages do not matter.
func TestTornCommit(t *testing.T) {
	const page = 4096
	path := filepath.Join(t.TempDir(), "ledger.db")
	torn := filepath.Join(t.TempDir(), "torn.db")
	o := testOptions()
	var old []byte
	o.BeforeCommit = func() { old = read(t, path) }
	l := testOpen(t, path, o)
	r := rand.New(rand.NewPCG(7, 7))
	try := func(base, other []byte, want model) error {
		image := bytes.Clone(base)
		for at := 2 * page; at < len(image); at += page { // after the metas
			if r.IntN(2) == 0 {
				copy(image[at:at+page], other[at:])
			}
		}
		if err := os.WriteFile(torn, image, 0o600); err != nil {
			t.Fatal(err)
		}
		l, err := Open(torn, testOptions())
		if err != nil {
			return err
		}
		defer l.Close()
		if diff := cmp.Diff(want, observe(t, l), cmp.AllowUnexported(model{})); diff != "" {
			t.Fatal(diff)
		}
		return nil
	}
	refused := 0
	for n := range 40 {
		if n%10 == 9 {
			if err := l.Acknowledge(l.Head()); err != nil {
				t.Fatal(err)
			}
			if _, err := l.Prune(testTime.Add(1000 * time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		before := observe(t, l)
		mustAppend(t, l, fact{map[string]int{"last": n + 1, strconv.Itoa(n % 7): n}}.step(n%2 == 0))
		after := observe(t, l)
		written := read(t, path)
		old = append(old, make([]byte, len(written)-len(old))...)
		for range 4 {
			if err := try(old, written, before); err != nil {
				t.Fatalf("step %d was cut off: %v", n, err)
			}
			if err := try(written, old, after); errors.Is(err, ErrCorrupt) {
				refused++
			} else if err != nil {
				t.Fatalf("step %d was lost in part: %v", n, err)
			}
		}
	}
	if refused < 40 {
		t.Errorf("only %d files with lost pages were refused", refused)
	}
}

const childEnv = "LEDGER_TEST_CHILD"

func TestMain(m *testing.M) {
	if path := os.Getenv(childEnv); path != "" {
		if err := child(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	// Random tests make about 30 steps a check; the command line can ask for more.
	if err := flag.Set("rapid.checks", "30"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// child appends steps for ever and says each that was committed.
func child(path string) error {
	o := testOptions()
	o.Retention, o.noSync = -time.Hour, false
	l, err := Open(path, o)
	if err != nil {
		return err
	}
	for {
		n := int(l.Head().Seq) + 1
		h, err := l.Append(fact{map[string]int{"last": n, strconv.Itoa(n % 50): n}}.step(n%2 == 0))
		if err != nil {
			return err
		}
		if _, err := fmt.Println(h.Seq); err != nil {
			return err
		}
		if n%20 == 0 {
			err = l.Acknowledge(h)
		}
		if n%60 == 0 {
			err = errors.Join(err, second(l.Prune(testTime)), l.Compact())
		}
		if err != nil {
			return err
		}
	}
}

// TestKill kills a process in the middle of its steps, again and again.
func TestKill(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "ledger.db")
	r := rand.New(rand.NewPCG(3, 9))
	last := uint64(0)
	for round := range 12 {
		cmd := exec.Command(exe)
		cmd.Env = append(os.Environ(), childEnv+"="+path)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		kill := r.IntN(80) + 1
		for n := 1; lines.Scan(); n++ {
			if last, err = strconv.ParseUint(lines.Text(), 10, 64); err != nil {
				t.Fatal(err)
			}
			if n == kill {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := cmd.Wait(); cmd.ProcessState.Success() {
			t.Fatalf("the child ended by itself: %v", err)
		}
		l := testOpen(t, path, testOptions())
		m := observe(t, l)
		if m.records != last && m.records != last+1 {
			t.Errorf("round %d: %d steps were said to be committed, %d are there", round, last, m.records)
		}
		last = m.records
		for key, n := range m.rows {
			want := int(m.records)
			if key != "last" {
				k, _ := strconv.Atoi(key)
				want -= (want - k) % 50
			}
			if n != want {
				t.Errorf("round %d: row %s is %d, want %d", round, key, n, want)
			}
		}
		l.Close()
	}
	if last < 100 {
		t.Errorf("only %d steps were made", last)
	}
}
