//go:build broken

package engine_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"murur/devices"
	"murur/devices/capture"
	"murur/kiosk/engine"
)

// withinDays is how many random days have to notice a defect.
const withinDays = 2000

// TestBrokenPickups breaks the kiosk in every way that would cost somebody a licence, or
// give somebody two. Random days must notice each.
func TestBrokenPickups(t *testing.T) {
	for _, d := range []struct {
		name   string
		engine engine.Defect
		spoilt func(capture.Unit) capture.Unit
	}{
		{name: "prints again after a restart", engine: engine.PrintsAgain},
		{name: "loses a rejected blank", engine: engine.LosesReject},
		{name: "presents before retaining", spoilt: func(u capture.Unit) capture.Unit { return hasty{u} }},
	} {
		t.Run(d.name, func(t *testing.T) {
			for seed := uint64(1); seed <= withinDays; seed++ {
				var wrongs []string
				engine.Broken = d.engine
				synctest.Test(t, func(t *testing.T) {
					day := newDay(t, seed)
					day.spoilt = d.spoilt
					day.play()
					wrongs = day.wrongs
				})
				engine.Broken = ""
				if len(wrongs) > 0 {
					t.Logf("noticed on day %d: %s", seed, wrongs[0])
					return
				}
			}
			t.Fatalf("%d days noticed nothing", withinDays)
		})
	}
}

// hasty says that the old licence is in the bin, and moves it there half a minute later.
type hasty struct{ capture.Unit }

func (h hasty) Capture(ctx context.Context) (capture.Proof, error) {
	before, err := h.Unit.Status(ctx)
	if err != nil {
		return capture.Proof{Outcome: devices.Unknown}, err
	}
	go func() {
		<-time.After(30 * time.Second)
		h.Unit.Capture(context.WithoutCancel(ctx))
	}()
	return capture.Proof{Outcome: devices.Confirmed, Custody: devices.CustodyRetained, Captured: before.Captured + 1}, nil
}
