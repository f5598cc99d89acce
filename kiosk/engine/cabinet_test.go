package engine_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"murur/devices/cabinet"
	"murur/devices/smartcard"
	"murur/kiosk/front"
	"murur/kiosk/health"
	"murur/kiosk/journey/fines"
)

// housing is a cabinet whose contacts the test moves, and which keeps what its lamps
// were told.
type housing struct {
	states chan cabinet.State

	mu   sync.Mutex
	told []string
}

func (h *housing) Watch(ctx context.Context) <-chan cabinet.State {
	out := make(chan cabinet.State)
	go func() {
		defer close(out)
		for {
			select {
			case s := <-h.states:
				out <- s
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

func (h *housing) Light(l cabinet.Lamp, s cabinet.Signal) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.told = append(h.told, string(l)+" "+string(s))
}

// A visit by card: each lamp leads to its place, and none is lit at the end.
func TestLampsLeadThroughAVisit(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.cards.holder = fines.Holder{Civil: typical, Name: front.Words{En: "DEMO"}}
		r.sees(front.Welcome)
		r.cards.changes <- smartcard.SlotEmpty
		r.touch(front.ActStart, "en")
		r.touch(front.ActService, "fines")
		r.cards.changes <- smartcard.SlotOccupied
		list := r.sees(front.FineList)
		r.touch(front.ActToggle, list.Fines.Payable[0].ID)
		r.touch(front.ActNext, "")
		r.touch(front.ActNext, "")
		r.sees(front.Thanks)
		r.cards.changes <- smartcard.SlotEmpty
		r.sees(front.Welcome)
		r.housing.mu.Lock()
		defer r.housing.mu.Unlock()
		want := []string{
			"reader blink", "reader on", "reader off",
			"terminal on", "terminal blink", "terminal on", "terminal off", // approved: being recorded
			"terminal blink", "terminal off", // take your card
			"receipt blink", "receipt off",
		}
		if !slices.Equal(r.housing.told, want) {
			t.Errorf("lamps: %q", r.housing.told)
		}
	})
}

// A visit that is open when the mains fail goes to its end on the battery; no other
// begins until they are back. An open door is for technicians only.
func TestMainsFailing(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.toList(typical)
		r.housing.states <- cabinet.State{Door: cabinet.DoorOpen, Mains: cabinet.MainsFailing}
		r.later(0)
		r.sees(front.FineList)
		r.touch(front.ActCancel, "")
		if s := r.sees(front.OutOfService); s.Outage.Code != "cabinet-mains-failing" || s.Outage.Remedy != "wait" {
			t.Errorf("got %+v", s.Outage)
		}
		r.later(15 * time.Second) // a round of checks does not forget it
		r.sees(front.OutOfService)
		r.housing.states <- cabinet.State{Door: cabinet.DoorOpen, Mains: cabinet.MainsOK}
		if s := r.sees(front.Welcome); len(s.Notices) != 0 {
			t.Errorf("the public is told %v", s.Notices)
		}
		warnings := r.kiosk.engine.Status().Warnings
		if len(warnings) != 1 || warnings[0].Code != "cabinet-door-open" || warnings[0].Severity != health.Info {
			t.Errorf("technicians are told %+v", warnings)
		}
	})
}
