// Package bench measures a whole kiosk: the real kioskd and centrald with the simulated
// cabinet. Every figure stands beside a yardstick of the same run, because machines
// differ.
package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"murur/cmd/hwsim/internal/stage"
	"murur/kiosk/event"
	"murur/kiosk/front"
	"murur/kiosk/journey/fines"
	"murur/sync/central/demo"
	"murur/sync/downlink"
)

// Options of a run.
type Options struct {
	Kioskd, Centrald string    // programs
	Out              string    // for logs and wire traces
	Sessions         int       // visits; memory is read after a fifth of them and at the end
	Renewals         int       // of a licence
	Report           io.Writer // the figures
}

// starts is how often kioskd is started to see how long it takes.
const starts = 10

// bench is one run.
type bench struct {
	o       Options
	stage   *stage.Stage
	visitor *visitor
	drawing time.Duration // of a licence
}

// Run measures and reports. It fails when a visit does not go as it should; a figure
// that misses its target is reported, not an error.
func Run(ctx context.Context, o Options) (err error) {
	if err := errors.Join(os.RemoveAll(o.Out), os.MkdirAll(o.Out, 0o755)); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "hwsim-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := &bench{o: o}
	b.stage, err = stage.Open(stage.Options{Dir: dir, Out: o.Out, Kioskd: o.Kioskd, Centrald: o.Centrald})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.stage.Close()) }()
	if err := b.starting(ctx); err != nil {
		return err
	}
	if err := b.visits(ctx); err != nil {
		return err
	}
	if err := b.draws(); err != nil {
		return err
	}
	return b.renewals(ctx)
}

// starting restarts kioskd some times and reads from its log how long it took.
func (b *bench) starting(ctx context.Context) error {
	for range starts - 1 {
		if err := b.stage.AwaitReady(ctx); err != nil {
			return err
		}
		if err := b.stage.StopKiosk(); err != nil {
			return err
		}
		if err := b.stage.StartKiosk(); err != nil {
			return err
		}
	}
	if err := b.stage.AwaitReady(ctx); err != nil {
		return err
	}
	log, err := os.Open(b.stage.KioskLog())
	if err != nil {
		return err
	}
	defer log.Close()
	var took []time.Duration
	for lines := json.NewDecoder(log); lines.More(); {
		var line struct {
			Msg event.Name
			MS  int64
		}
		if err := lines.Decode(&line); err != nil {
			return fmt.Errorf("cannot read kioskd's log: %w", err)
		}
		if line.Msg == event.KioskReady {
			took = append(took, time.Duration(line.MS)*time.Millisecond)
		}
	}
	flush, err := flushTime(b.o.Out)
	if err != nil {
		return err
	}
	b.report("kioskd from start to ready", took, 300*time.Millisecond, "a synced 4 KiB write", flush)
	return nil
}

// visits plays all visits and reports what they cost.
func (b *bench) visits(ctx context.Context) error {
	b.visitor = newVisitor(b.stage)
	defer b.visitor.close()
	payable := payableOnce()
	warm := b.o.Sessions / 5
	for n := range b.o.Sessions {
		var err error
		switch {
		case n%8 == 0 && len(payable) > 0:
			err = b.visitor.pays(ctx, payable[0])
			payable = payable[1:]
		case n%8 < 3:
			err = b.visitor.isDeclined(ctx, demo.FinesOf(demo.Single)[0].ID)
		default:
			err = b.visitor.looks(ctx, demo.People()[n%len(demo.People())])
		}
		if err != nil {
			return fmt.Errorf("visit %d: %w", n+1, err)
		}
		if n+1 == warm || n+1 == b.o.Sessions {
			status, err := b.stage.Status(ctx)
			if err != nil {
				return err
			}
			fmt.Fprintf(b.o.Report, "after %d visits: RSS %.1f MiB (target 40), %d goroutines\n",
				n+1, float64(status.Process.RSS)/(1<<20), status.Process.Goroutines)
		}
	}
	return b.costs(ctx)
}

// payableOnce are violation numbers that can each be paid one time.
func payableOnce() []string {
	apart := map[string]bool{}
	for _, f := range demo.FinesOf(demo.Single) {
		apart[f.ID] = true
	}
	for _, f := range slices.Concat(demo.FinesOf(demo.Recording), demo.FinesOf(demo.Reserved)) {
		apart[f.ID] = true
	}
	var ids []string
	for _, f := range demo.Fines() {
		if !apart[f.ID] && !f.NotHere && f.Amount > 0 && f.Amount <= fines.MaxAmount {
			ids = append(ids, f.ID)
		}
	}
	return ids
}

// costs reads the wires' traces and reports the kiosk's own share.
func (b *bench) costs(ctx context.Context) error {
	reader, err := readWire(filepath.Join(b.o.Out, "wire", "reader.txt"), b.stage.Cabinet.Began())
	if err != nil {
		return err
	}
	terminal, err := readWire(filepath.Join(b.o.Out, "wire", "terminal.txt"), b.stage.Cabinet.Began())
	if err != nil {
		return err
	}
	printer, err := readWire(filepath.Join(b.o.Out, "wire", "printer.txt"), b.stage.Cabinet.Began())
	if err != nil {
		return err
	}
	lookup, err := b.lookupTime(ctx)
	if err != nil {
		return err
	}
	flush, err := flushTime(b.o.Out)
	if err != nil {
		return err
	}
	b.report("ATR to list on the screen's socket, less the card's time", lists(reader, b.visitor.lists()), 30*time.Millisecond,
		"a bare question to centrald", lookup)
	b.report("approval to first receipt byte", receipts(terminal, printer), 50*time.Millisecond,
		"a synced 4 KiB write", flush)
	return nil
}

// lookupTime is how long a bare question to central takes.
func (b *bench) lookupTime(ctx context.Context) (time.Duration, error) {
	ask, err := downlink.New(downlink.Options{URL: "http://" + b.stage.CentralAddress(), Kiosk: stage.Kiosk})
	if err != nil {
		return 0, err
	}
	var took []time.Duration
	for range 100 {
		began := time.Now()
		if _, err := ask.Fines(ctx, fines.Query{By: front.ByCivil, Number: string(demo.Typical)}); err != nil {
			return 0, err
		}
		took = append(took, time.Since(began))
	}
	return percentile(took, 50), nil
}

// flushTime is the median time of a synced write in dir.
func flushTime(dir string) (time.Duration, error) {
	f, err := os.CreateTemp(dir, "flush-")
	if err != nil {
		return 0, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	page := make([]byte, 4096)
	var took []time.Duration
	for range 100 {
		began := time.Now()
		if _, err := f.Write(page); err != nil {
			return 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, err
		}
		took = append(took, time.Since(began))
	}
	return percentile(took, 50), nil
}

// report prints a figure with its target and its ratio to the yardstick.
func (b *bench) report(what string, took []time.Duration, target time.Duration, yard string, by time.Duration) {
	if len(took) == 0 {
		fmt.Fprintf(b.o.Report, "%s: nothing measured\n", what)
		return
	}
	p50, p99 := percentile(took, 50), percentile(took, 99)
	fmt.Fprintf(b.o.Report, "%s: n=%d p50 %.1f ms, p99 %.1f ms (target %d), p50 is %.1f × %s (%.2f ms)\n",
		what, len(took), ms(p50), ms(p99), target.Milliseconds(), float64(p50)/float64(by), yard, ms(by))
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// percentile is the smallest value that p percent do not exceed.
func percentile(list []time.Duration, p int) time.Duration {
	list = slices.Clone(list)
	slices.Sort(list)
	return list[max((len(list)*p+99)/100-1, 0)]
}
