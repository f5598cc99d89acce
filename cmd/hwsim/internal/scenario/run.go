package scenario

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"murur/cmd/hwsim/internal/stage"
	"murur/kiosk/front"
	"murur/kiosk/ledger/record"
)

// Options of Run.
type Options struct {
	Out              string // a folder per scenario below it
	Kioskd, Centrald string // programs
	Parallel         int
	Report           io.Writer // PASS and FAIL lines, and the count
}

// centralTimeout is kioskd's patience with central in scenarios; short, because some
// of them wait for its end.
const centralTimeout = 1500 * time.Millisecond

// scenarioLimit bounds a scenario whatever its steps say.
const scenarioLimit = 90 * time.Second

// ErrFailed is returned by Run when a scenario failed.
var ErrFailed = errors.New("a scenario failed")

// Run plays scenarios, several at a time, and reports each.
func Run(ctx context.Context, list []Scenario, o Options) error {
	for _, s := range list {
		if err := s.check(); err != nil {
			return err
		}
	}
	queue := make(chan Scenario, len(list))
	for _, s := range slowestFirst(list) {
		queue <- s
	}
	close(queue)
	var workers sync.WaitGroup
	var mu sync.Mutex
	passed, failed := 0, 0
	for range max(o.Parallel, 1) {
		workers.Go(func() {
			for s := range queue {
				began := time.Now()
				err := playAlone(ctx, s, o)
				mu.Lock()
				if err != nil {
					failed++
					fmt.Fprintf(o.Report, "FAIL %s: %s\n", s.Name, oneLine(err))
				} else {
					passed++
					fmt.Fprintf(o.Report, "PASS %s (%.1fs)\n", s.Name, time.Since(began).Seconds())
				}
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	fmt.Fprintf(o.Report, "%d passed, %d failed\n", passed, failed)
	if failed > 0 {
		return ErrFailed
	}
	return nil
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

// slowestFirst puts those that say how long they wait before the others, so that
// the last one to end is not the longest.
func slowestFirst(list []Scenario) []Scenario {
	weight := func(s Scenario) (longest time.Duration) {
		for _, l := range s.Lines {
			if _, d, err := within(l.Words); err == nil && d != patience {
				longest = max(longest, d)
			}
		}
		return longest
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b Scenario) int { return int(weight(b) - weight(a)) })
	return list
}

// playAlone plays one scenario at a kiosk of its own and keeps what is left of it.
func playAlone(ctx context.Context, s Scenario, o Options) (err error) {
	ctx, cancel := context.WithTimeout(ctx, scenarioLimit)
	defer cancel()
	out := filepath.Join(o.Out, s.Name)
	if err := errors.Join(os.RemoveAll(out), os.MkdirAll(out, 0o755)); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "hwsim-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	st, err := stage.Open(stage.Options{
		Dir: dir, Out: out, Kioskd: o.Kioskd, Centrald: o.Centrald, CentralTimeout: centralTimeout,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()

	v := Visit{Stage: st, Out: out}
	return v.Play(ctx, s)
}

// Visit is one visit at a kiosk that is set up.
type Visit struct {
	Stage *stage.Stage
	Out   string // for what it leaves behind
	Hand  Hand   // nil: touches go through the front socket
	// Shown, when set, is told of each screen that the script expected.
	Shown func(context.Context, front.Screen) error
}

// Play plays a scenario, checks what became of it, ends kioskd and keeps transcript,
// ledger and papers.
func (v Visit) Play(ctx context.Context, s Scenario) error {
	told := newStory(s)
	p := &player{stage: v.Stage, story: told, hand: v.Hand, shown: v.Shown}
	p.citizen = stage.NewCitizen(v.Stage.FrontSocket(), told.saw)
	if p.hand == nil {
		p.hand = socketHand{p.citizen}
	}
	if p.shown == nil {
		p.shown = func(context.Context, front.Screen) error { return nil }
	}
	lines := append([]Line{{Place: "before", Words: []string{"await", "devices"}}}, s.Lines...)
	err := p.play(ctx, lines)
	if err == nil {
		err = p.settle(ctx)
	}
	p.citizen.Close()
	return errors.Join(err, p.keep(ctx, v.Out))
}

// keep ends kioskd, checks its ledger and writes what the visit left behind.
func (p *player) keep(ctx context.Context, out string) error {
	err := errors.Join(p.stage.Died(), p.stage.StopKiosk())
	kinds, bad := p.stage.DumpLedger(ctx, filepath.Join(out, "ledger.jsonl"))
	err = errors.Join(err, bad)
	if bad == nil {
		err = errors.Join(err, p.want.checkRecords(kinds))
	}
	err = errors.Join(err, os.WriteFile(filepath.Join(out, "screens.txt"), p.story.bytes(), 0o644))
	return errors.Join(err, keepPapers(p.stage, out), keepCards(p.stage, out), keepCustody(out))
}

// keepCards writes both sides of every card that left the feeder as card-1-front.png, ….
func keepCards(st *stage.Stage, out string) error {
	for _, card := range st.Cabinet.State().Licence.Cards {
		for side, back := range map[string]bool{"front": false, "back": true} {
			if back && !card.Back {
				continue
			}
			var picture bytes.Buffer
			if _, err := st.Cabinet.WriteCard(&picture, card.Number, back); err != nil {
				return err
			}
			name := fmt.Sprintf("card-%d-%s-%s.png", card.Number, card.Place, side)
			if err := os.WriteFile(filepath.Join(out, name), picture.Bytes(), 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}

// keepCustody writes the ledger's lines about cards as custody.txt, if there are any: who
// had each card, and by what evidence.
func keepCustody(out string) error {
	dump, err := os.ReadFile(filepath.Join(out, "ledger.jsonl"))
	if err != nil {
		return nil // said already
	}
	var b bytes.Buffer
	for line := range bytes.Lines(dump) {
		var r record.Record
		if err := json.Unmarshal(line, &r); err != nil {
			return err
		}
		if family, _, _ := strings.Cut(r.Kind, "."); slices.Contains([]string{"custody", "pickup", "stock"}, family) {
			fmt.Fprintf(&b, "%4d  %s  %-16s  %s\n", r.Seq, r.At.Format(time.TimeOnly), r.Kind, r.Payload)
		}
	}
	if b.Len() == 0 {
		return nil
	}
	return os.WriteFile(filepath.Join(out, "custody.txt"), b.Bytes(), 0o644)
}

// keepPapers writes every paper as receipt.png, receipt-2.png, …
func keepPapers(st *stage.Stage, out string) error {
	for n := 1; ; n++ {
		var picture bytes.Buffer
		found, err := st.Cabinet.WritePaper(&picture, n)
		if err != nil || !found {
			return err
		}
		name := "receipt.png"
		if n > 1 {
			name = fmt.Sprintf("receipt-%d.png", n)
		}
		if err := os.WriteFile(filepath.Join(out, name), picture.Bytes(), 0o644); err != nil {
			return err
		}
	}
}
