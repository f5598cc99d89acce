package stage

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"murur/kiosk/front"
	"murur/kiosk/journey/fines"
	"murur/sync/central/demo"
)

// The tests of this package wait for programs, not for the processor: all of them run
// at the same time.
func TestMain(m *testing.M) {
	flag.Parse()
	flag.Set("test.parallel", strconv.Itoa(2*commits))
	os.Exit(m.Run())
}

// commits is how many ledger commits a visit that pays has.
const commits = 8

// The real kioskd is killed with SIGKILL at each ledger commit of a visit, just before
// and just after it is durable, and started again. Then bank, central and ledger agree.
func TestKilledAtEveryCommit(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute of waiting")
	}
	programs := t.TempDir()
	build := exec.Command("go", "build", "-tags", "crashtest", "-o", programs+"/", "murur/cmd/kioskd", "murur/cmd/centrald")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("cannot build: %v\n%s", err, out)
	}
	for _, when := range []string{"before", "after"} {
		for n := range commits {
			at := fmt.Sprintf("%s:%d", when, n+1)
			t.Run(at, func(t *testing.T) {
				t.Parallel()
				killed(t, programs, "MURUR_CRASH="+at)
			})
		}
	}
}

func killed(t *testing.T, programs, crash string) {
	dir := t.TempDir()
	s, err := Open(Options{
		Dir: dir, Out: filepath.Join(dir, "out"), Env: []string{crash},
		Kioskd: filepath.Join(programs, "kioskd"), Centrald: filepath.Join(programs, "centrald"),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	defer cancel()
	if err := s.Cabinet.Do("printer person takes"); err != nil {
		t.Fatal(err)
	}

	visitor := newBot(s.FrontSocket(), demo.FinesOf(demo.Single)[0].ID)
	select {
	case <-s.KioskEnded():
	case <-visitor.home:
		t.Fatal("the visit ended before the power did")
	case <-ctx.Done():
		t.Fatal("neither the visit nor the power ended")
	}
	visitor.citizen.Close()
	s.KillKiosk()
	if err := s.StartKiosk(); err != nil {
		t.Fatal(err)
	}
	visitor = newBot(s.FrontSocket(), "")
	defer visitor.citizen.Close()
	select {
	case <-visitor.home:
	case <-ctx.Done():
		t.Fatal("the kiosk does not come back to the welcome screen")
	}
	wait(ctx, t, s.Delivered)
	booksAgree(ctx, t, s)
}

// booksAgree holds the bank's book against central's postings and the ledger.
func booksAgree(ctx context.Context, t *testing.T, s *Stage) {
	t.Helper()
	charged := 0
	for _, x := range s.Cabinet.Book() {
		if x.Charged() {
			charged++
		}
	}
	postings, err := s.Postings(ctx)
	if err != nil {
		t.Fatal(err)
	}
	differences, err := s.Differences(ctx)
	if err != nil {
		t.Fatal(err)
	}
	kinds, err := s.Records(ctx)
	if err != nil {
		t.Fatal(err)
	}
	completed := 0
	for _, k := range kinds {
		if k == fines.RecordCompleted {
			completed++
		}
	}
	unknown := slices.Contains(kinds, fines.RecordUnknown)
	if charged > 1 || completed != len(postings) || !unknown && (charged != completed || len(differences) > 0) {
		t.Errorf("the bank charged %d times, central has %d postings and %d differences, the ledger says %v",
			charged, len(postings), len(differences), kinds)
	}
}

// wait polls what nobody tells.
func wait(ctx context.Context, t *testing.T, holds func(context.Context) (bool, error)) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		ok, err := holds(ctx)
		if ok {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal(err)
		}
	}
}

// bot pays one violation, or with none just ends what it finds, until the welcome
// screen stands.
type bot struct {
	citizen   *Citizen
	violation string
	home      chan struct{} // closed at the welcome screen after the visit
	once      sync.Once
}

func newBot(socket, violation string) *bot {
	b := &bot{violation: violation, home: make(chan struct{})}
	screens := make(chan front.Screen, 64)
	b.citizen = NewCitizen(socket, func(s front.Screen) { screens <- s })
	go func() {
		begun := false
		for {
			select {
			case s := <-screens:
				b.answer(s, &begun)
			case <-b.citizen.done:
				return
			}
		}
	}()
	return b
}

// answer touches what leads on. A touch that comes too late does nothing.
func (b *bot) answer(s front.Screen, begun *bool) {
	in := front.Input{Screen: s.Seq}
	switch s.Name {
	case front.Welcome:
		if *begun || b.violation == "" {
			b.once.Do(func() { close(b.home) })
			return
		}
		in.Action, in.Value = front.ActStart, "en"
	case front.ServiceMenu:
		*begun = true
		in.Action, in.Value = front.ActService, "fines"
	case front.Identify:
		in.Action, in.Value = front.ActWay, string(front.ByViolation)
	case front.NumberPad:
		in.Action, in.Value = front.ActNumber, b.violation
	case front.FineList, front.Confirm, front.Thanks:
		in.Action = front.ActNext
	case front.Problem:
		in.Action = front.ActCancel
		if !slices.Contains(s.Actions, front.ActCancel) {
			return
		}
	default:
		return
	}
	b.citizen.Touch(context.Background(), in)
}
