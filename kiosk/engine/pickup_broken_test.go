//go:build broken

package engine_test

import (
	"testing"
	"testing/synctest"

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
	}{
		{name: "prints again after a restart", engine: engine.PrintsAgain},
		{name: "loses a rejected blank", engine: engine.LosesRejected},
		{name: "presents before retaining", engine: engine.PresentsFirst},
	} {
		t.Run(d.name, func(t *testing.T) {
			for seed := uint64(1); seed <= withinDays; seed++ {
				var wrongs []string
				engine.Broken = d.engine
				synctest.Test(t, func(t *testing.T) {
					day := newDay(t, seed)
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
