//go:build broken

package campaign

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"murur/devices"
	"murur/devices/terminal"
	"murur/kiosk/engine"
)

// within is how many seeds the campaign has to notice a defect.
const within = 2000

// TestBroken breaks the kiosk in every way that has cost citizens money elsewhere. The
// campaign must notice each.
func TestBroken(t *testing.T) {
	for _, d := range []struct {
		name string
		defect
		engine engine.Defect
	}{
		{name: "re-sends an authorisation after silence", defect: defect{func(t terminal.Terminal) terminal.Terminal { return resends{t} }}},
		{name: "commits after acting", engine: engine.ActsFirst},
		{name: "acknowledges before saving", defect: defect{func(t terminal.Terminal) terminal.Terminal { return &hasty{Terminal: t} }}},
		{name: "forgets the paid list", engine: engine.ForgetsPaid},
		{name: "reverses on paper jam", engine: engine.ReversesOnJam},
		{name: "prints again after restart", engine: engine.PrintsAgain},
		{name: "presents before retaining", engine: engine.PresentsFirst},
		{name: "loses a rejected blank", engine: engine.LosesRejected},
		{name: "treats silence as declined", defect: defect{func(t terminal.Terminal) terminal.Terminal { return deaf{t} }}},
	} {
		t.Run(d.name, func(t *testing.T) {
			engine.Broken = d.engine
			defer func() { engine.Broken = "" }()
			var ran atomic.Int64
			var mu sync.Mutex
			var caught *Outcome
			all(t, *first, within, d.defect, func(o Outcome) bool {
				ran.Add(1)
				mu.Lock()
				defer mu.Unlock()
				if len(o.Wrongs) > 0 && (caught == nil || o.Seed < caught.Seed) {
					caught = &o
				}
				return caught != nil
			})
			if caught == nil {
				t.Fatalf("%d seeds noticed nothing", within)
			}
			engine.Broken = ""
			if sound := one(t, caught.Seed, defect{}, false); len(sound.Wrongs) > 0 {
				t.Errorf("seed %d does not hold for a sound kiosk either: %s", caught.Seed, sound.Wrongs[0])
			}
			t.Logf("caught by seed %d, the %dth: %s", caught.Seed, ran.Load(), caught.Wrongs[0])
			if testing.Verbose() {
				t.Logf("\n%s", caught.Transcript)
			}
		})
	}
}

// resends pays again when it is not known what became of the payment.
type resends struct{ terminal.Terminal }

func (r resends) Pay(ctx context.Context, p terminal.Payment, o terminal.Observer) (terminal.Result, error) {
	result, err := r.Terminal.Pay(ctx, p, o)
	if result.Outcome == devices.Unknown {
		return r.Terminal.Pay(ctx, p, o)
	}
	return result, err
}

// hasty consents to an approval at once and lets it be saved a little later.
type hasty struct {
	terminal.Terminal
	wg sync.WaitGroup
}

const saveLag = 2 * time.Second

func (h *hasty) Pay(ctx context.Context, p terminal.Payment, o terminal.Observer) (terminal.Result, error) {
	defer h.wg.Wait()
	return h.Terminal.Pay(ctx, p, hastily{o, h})
}

type hastily struct {
	terminal.Observer
	h *hasty
}

func (o hastily) Approved(ctx context.Context, r terminal.Result) error {
	o.h.wg.Go(func() {
		<-time.After(saveLag)
		o.Observer.Approved(ctx, r)
	})
	return nil
}

// deaf takes silence for a refusal.
type deaf struct{ terminal.Terminal }

func (d deaf) Pay(ctx context.Context, p terminal.Payment, o terminal.Observer) (terminal.Result, error) {
	result, err := d.Terminal.Pay(ctx, p, o)
	if result.Outcome == devices.Unknown {
		result.Outcome, result.Reason = devices.Refused, terminal.ReasonDeclined
	}
	return result, err
}
