package campaign

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

var (
	seeds = flag.Int("seeds", 500, "how many `seeds` the campaign runs")
	first = flag.Uint64("first", 1, "the first `seed`")
)

// one runs a seed in a bubble of its own.
func one(t *testing.T, seed uint64, d defect, trace bool) (o Outcome) {
	t.Helper()
	base := "/dev/shm" // bbolt's flushes cost nothing there
	if _, err := os.Stat(base); err != nil {
		base = t.TempDir()
	}
	dir, err := os.MkdirTemp(base, "campaign")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	defer func() {
		if why := recover(); why != nil { // a deadlock: goroutines are left over
			o = Outcome{Seed: seed, Wrongs: []string{fmt.Sprintf("invariant 7: %v", why)}}
		}
	}()
	synctest.Test(t, func(t *testing.T) {
		if o, err = play(seed, dir, synctest.Wait, d, trace); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
	})
	return o
}

// all runs seeds on all processors until stop says so; outcomes come in any order.
func all(t *testing.T, from uint64, n int, d defect, each func(Outcome) (stop bool)) {
	if _, err := template(); err != nil {
		t.Fatal(err)
	}
	var next atomic.Uint64
	var stopped atomic.Bool
	outcomes, done := make(chan Outcome), make(chan struct{})
	go func() {
		defer close(done)
		for o := range outcomes {
			if each(o) {
				stopped.Store(true)
			}
		}
	}()
	t.Run("seeds", func(t *testing.T) {
		for range runtime.GOMAXPROCS(0) {
			t.Run("worker", func(t *testing.T) {
				t.Parallel()
				for !stopped.Load() {
					i := next.Add(1) - 1
					if i >= uint64(n) {
						return
					}
					outcomes <- one(t, from+i, d, false)
				}
			})
		}
	})
	close(outcomes)
	<-done
}

func TestCampaign(t *testing.T) {
	began, before := time.Now(), processor()
	ran := 0
	var sum Outcome
	var failed []Outcome
	all(t, *first, *seeds, defect{}, func(o Outcome) bool {
		ran++
		sum.Visits += o.Visits
		sum.Crashes += o.Crashes
		sum.Payments += o.Payments
		sum.Unknowns += o.Unknowns
		sum.Settled += o.Settled
		sum.Cases += o.Cases
		sum.Figures.Add(o.Figures)
		if len(o.Wrongs) > 0 {
			failed = append(failed, o)
		}
		return len(failed) >= 20
	})
	took, worked := time.Since(began), processor()-before
	t.Logf("%d seeds from %d: %d sessions, %d crashes, %d payments, %d unknowns resolved, %d settled by hand, %d cases, %d seeds with violations",
		ran, *first, sum.Visits, sum.Crashes, sum.Payments, sum.Unknowns, sum.Settled, sum.Cases, len(failed))
	f := sum.Figures
	t.Logf("pickups: %d begun, %d issued, %d released, %d promised, %d retracted, %d unknown; %d blanks rejected, %d reissued by decision",
		f.Begun, f.Issued, f.Released, f.Promised, f.Retracted, f.Unknown, f.Rejected, f.Reissued)
	t.Logf("%.0f sessions/s, %.0f per second of one core", float64(sum.Visits)/took.Seconds(), float64(sum.Visits)/worked.Seconds())
	slices.SortFunc(failed, func(a, b Outcome) int { return int(a.Seed) - int(b.Seed) })
	for _, o := range failed {
		t.Errorf("seed %d: %s\n%s\nagain: go test ./cmd/hwsim/internal/campaign -run 'TestCampaign$' -seeds 1 -first %d -v",
			o.Seed, strings.Join(o.Wrongs, "\n  "), o.Transcript, o.Seed)
	}
	if *seeds == 1 && testing.Verbose() {
		t.Logf("\n%s", one(t, *first, defect{}, true).Transcript)
	}
}

// processor is the time that this process has worked.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// TestSameSeedSameRun: a run can be repeated, line by line.
func TestSameSeedSameRun(t *testing.T) {
	for seed := *first; seed < *first+40; seed++ {
		a, b := one(t, seed, defect{}, true), one(t, seed, defect{}, true)
		if a.Transcript != b.Transcript {
			was, is := strings.Split(a.Transcript, "\n"), strings.Split(b.Transcript, "\n")
			for i := range min(len(was), len(is)) {
				if was[i] != is[i] {
					t.Errorf("seed %d differs in line %d:\n%s\n%s\n%s", seed, i+1, strings.Join(was[max(i-5, 0):i], "\n"), was[i], is[i])
					break
				}
			}
		}
	}
}
