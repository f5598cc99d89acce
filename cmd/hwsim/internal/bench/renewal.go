package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"text/tabwriter"
	"time"

	"murur/cmd/hwsim/internal/cabinet"
	"murur/cmd/hwsim/internal/stage"
	"murur/devices/transport"
	"murur/kiosk/event"
	"murur/kiosk/front"
	"murur/sync/central/demo"
)

// renewalTarget is what a renewal may take beside the mechanics and the person.
const renewalTarget = 3 * time.Second

// quick takes the licence printer's mechanics out as far as possible; what they still
// take, the simulators tell.
const quick = 200

// part is a step of a renewal.
type part struct {
	name    string
	began   time.Time
	ended   time.Time
	machine time.Duration // without mechanics and person
}

// renewals makes renewals, each at a kiosk of its own, and reports where the time went.
func (b *bench) renewals(ctx context.Context) error {
	var all [][]part
	for n := range b.o.Renewals {
		parts, err := b.renewal(ctx, n)
		if err != nil {
			return fmt.Errorf("renewal %d: %w", n+1, err)
		}
		all = append(all, parts)
	}
	if len(all) == 0 {
		return nil
	}
	machine := func(parts []part) (sum time.Duration) {
		for _, p := range parts {
			sum += p.machine
		}
		return sum
	}
	var totals []time.Duration
	for _, parts := range all {
		totals = append(totals, machine(parts))
	}
	b.report("renewal, machine time without print mechanics and the person", totals, renewalTarget, "drawing the card", b.drawing)
	w := tabwriter.NewWriter(b.o.Report, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "\t\tp50 ms\tp99 ms\tshare\t\n")
	for i, p := range all[0] {
		var took []time.Duration
		for _, parts := range all {
			took = append(took, parts[i].machine)
		}
		p50, p99 := percentile(took, 50), percentile(took, 99)
		fmt.Fprintf(w, "\t%s\t%.1f\t%.1f\t%.0f %%\t\n", p.name, ms(p50), ms(p99), 100*float64(p50)/float64(percentile(totals, 50)))
	}
	return w.Flush()
}

// renewal makes the n-th renewal and finds its parts in the log and on the wires.
func (b *bench) renewal(ctx context.Context, n int) (parts []part, err error) {
	out := filepath.Join(b.o.Out, "renewal")
	dir, err := os.MkdirTemp("", "hwsim-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := os.RemoveAll(out); err != nil {
		return nil, err
	}
	st, err := stage.Open(stage.Options{
		Dir: dir, Out: out, Kioskd: b.o.Kioskd, Centrald: b.o.Centrald, Speed: quick, Hand: true, Debug: true,
	})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	if err := st.AwaitReady(ctx); err != nil {
		return nil, err
	}
	if err := st.LoadBlanks(ctx, cabinet.Blanks); err != nil {
		return nil, err
	}
	v := newVisitor(st)
	defer v.close()
	// The person's hands come at another moment of the drivers' polling each time.
	persons, err := v.renews(ctx, 500*time.Millisecond+time.Duration(n*37%200)*time.Millisecond)
	if err != nil {
		return nil, err
	}
	return b.parts(st, out, slices.Concat(persons, st.Cabinet.Mechanics()))
}

// renews renews a licence and returns when the kiosk waited for the person's hands.
func (v *visitor) renews(ctx context.Context, slow time.Duration) (waits []cabinet.Span, err error) {
	err = v.walk(ctx, step{front.Welcome, front.ActStart, "en"}, step{front.ServiceMenu, front.ActService, "licence"}, step{on: front.Identify})
	if err != nil {
		return nil, err
	}
	if err := v.do("printer person takes", "reader insert civil-id "+string(demo.Renewal)); err != nil {
		return nil, err
	}
	for _, hand := range []struct {
		when func(cabinet.State) bool
		does string
	}{
		{func(s cabinet.State) bool { return s.Capture.Gate }, "capture insert licence"},
		{func(s cabinet.State) bool { return s.Licence.Exit > 0 && !s.Licence.Moving }, "licence take"},
	} {
		if err := v.waits(ctx, hand.when); err != nil {
			return nil, err
		}
		began := time.Now()
		timer := time.NewTimer(slow)
		select {
		case <-timer.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if err := v.do(hand.does); err != nil {
			return nil, err
		}
		waits = append(waits, cabinet.Span{Began: began, Ended: time.Now()})
	}
	_, err = v.sees(ctx, front.Thanks)
	return waits, err
}

// waits waits until the cabinet is so.
func (v *visitor) waits(ctx context.Context, holds func(cabinet.State) bool) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	changes, stop := v.stage.Cabinet.Watch()
	defer stop()
	for !holds(v.stage.Cabinet.State()) {
		select {
		case <-changes:
		case <-ctx.Done():
			return fmt.Errorf("the cabinet did not get so far: %w", ctx.Err())
		}
	}
	return nil
}

// parts reads the only renewal at a kiosk from its log and wires. idle are the times
// that are not the machine's.
func (b *bench) parts(st *stage.Stage, out string, idle []cabinet.Span) ([]part, error) {
	effects, err := readEffects(st.KioskLog())
	if err != nil {
		return nil, err
	}
	wires := map[string][]frame{}
	for _, name := range []string{cabinet.ReaderName, cabinet.PrinterName, cabinet.LicenceName, cabinet.CaptureName} {
		if wires[name], err = readWire(filepath.Join(out, "wire", name+".txt"), st.Cabinet.Began()); err != nil {
			return nil, err
		}
	}
	// first is the first frame after a time that is such a one; last the last before one.
	first := func(name string, after time.Time, is func(frame) bool) time.Time {
		i := slices.IndexFunc(wires[name], func(f frame) bool { return f.at.After(after) && is(f) })
		if i < 0 {
			return time.Time{}
		}
		return wires[name][i].at
	}
	last := func(before time.Time) (at time.Time) {
		for name, frames := range wires {
			if name == cabinet.ReaderName {
				continue
			}
			for _, f := range frames {
				if f.at.Before(before) && f.at.After(at) {
					at = f.at
				}
			}
		}
		return at
	}
	end := func(effect string) time.Time { return effects[effect].Ended }
	isEnd := func(f frame) bool { return f.dir == transport.ToDevice && bytes.HasPrefix(f.bytes, []byte("\x1bSe")) }
	answers := func(f frame) bool { return f.dir == transport.FromDevice }

	inserted := first(cabinet.ReaderName, time.Time{}, isATR)
	printed := first(cabinet.LicenceName, first(cabinet.LicenceName, effects["card.print"].Began, isEnd), answers)
	paper := first(cabinet.PrinterName, end("card.watch"), isPrint)
	var parts []part
	from := inserted
	for _, p := range []part{
		{name: "Civil ID read", ended: effects["pickup.ask"].Began},
		{name: "central asked", ended: end("pickup.ask")},
		{name: "devices asked", ended: last(end("pickup.prepare"))},
		{name: "leased and drawn", ended: end("pickup.prepare")},
		{name: "old licence taken in", ended: end("old.admit")},
		{name: "blank fed", ended: end("card.feed")},
		{name: "panels packed and sent", ended: printed},
		{name: "card verified", ended: end("card.print")},
		{name: "old licence kept", ended: end("old.capture")},
		{name: "new licence presented", ended: end("card.present")},
		{name: "seen that it was taken", ended: end("card.watch")},
		{name: "slip's first byte", ended: paper},
	} {
		if p.ended.Before(from) {
			return nil, fmt.Errorf("cannot find when it was done: %s", p.name)
		}
		p.began, from = from, p.ended
		p.machine = p.ended.Sub(p.began) - within(p.began, p.ended, idle)
		parts = append(parts, p)
	}
	return parts, nil
}

// within is how much of a time is covered by spans, which may overlap.
func within(began, ended time.Time, spans []cabinet.Span) (covered time.Duration) {
	spans = slices.Clone(spans)
	slices.SortFunc(spans, func(a, b cabinet.Span) int { return a.Began.Compare(b.Began) })
	for _, s := range spans {
		if s.Began.Before(began) {
			s.Began = began
		}
		if s.Ended.After(ended) {
			s.Ended = ended
		}
		if s.Ended.After(s.Began) {
			covered += s.Ended.Sub(s.Began)
			began = s.Ended
		}
	}
	return covered
}

// readEffects reads from kioskd's log when each effect last ran.
func readEffects(path string) (map[string]cabinet.Span, error) {
	log, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	effects := map[string]cabinet.Span{}
	for lines := json.NewDecoder(log); lines.More(); {
		var line struct {
			Time   time.Time
			Msg    event.Name
			Effect string
		}
		if err := lines.Decode(&line); err != nil {
			return nil, fmt.Errorf("cannot read kioskd's log: %w", err)
		}
		span := effects[line.Effect]
		switch line.Msg {
		case event.EffectStarted:
			span = cabinet.Span{Began: line.Time}
		case event.EffectEnded:
			span.Ended = line.Time
		default:
			continue
		}
		effects[line.Effect] = span
	}
	return effects, nil
}
