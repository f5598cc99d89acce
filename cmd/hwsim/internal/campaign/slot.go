package campaign

import (
	"context"
	"errors"
	"sync"
	"time"

	"murur/devices"
	"murur/devices/smartcard"
	"murur/kiosk/engine"
	"murur/kiosk/front"
	"murur/kiosk/journey/fines"
)

// slot is the card slot and the card in it: an engine.Cards.
type slot struct {
	mu      sync.Mutex
	holds   smartcard.Slot
	holder  fines.Holder
	bad     front.ProblemCode // why the card cannot be read
	changed chan struct{}     // closed at the next change
}

func newSlot() *slot { return &slot{holds: smartcard.SlotEmpty, changed: make(chan struct{})} }

// put changes what is in the slot.
func (s *slot) put(holds smartcard.Slot, h fines.Holder, bad front.ProblemCode) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.holds, s.holder, s.bad = holds, h, bad
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *slot) now() (smartcard.Slot, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.holds, s.changed
}

// Status is a reader that always works.
func (s *slot) Status(context.Context) (devices.Status, error) {
	return devices.Status{Link: devices.Online}, nil
}

// Watch sends the present state and then every change.
func (s *slot) Watch(ctx context.Context) <-chan smartcard.Slot {
	out := make(chan smartcard.Slot)
	go func() {
		defer close(out)
		for {
			holds, changed := s.now()
			select {
			case out <- holds:
			case <-ctx.Done():
				return
			}
			select {
			case <-changed:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

// Holder reads the card, which takes a moment.
func (s *slot) Holder(ctx context.Context) (fines.Holder, error) {
	_, changed := s.now()
	timer := time.NewTimer(1300 * time.Millisecond)
	defer timer.Stop()
	pulled := &engine.CardError{Code: front.ProblemCardRemoved, Err: smartcard.ErrRemoved}
	select {
	case <-timer.C:
	case <-changed:
		return fines.Holder{}, pulled
	case <-ctx.Done():
		return fines.Holder{}, ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.holds != smartcard.SlotOccupied:
		return fines.Holder{}, pulled
	case s.bad != "":
		return fines.Holder{}, &engine.CardError{Code: s.bad, Err: errors.New("the card is none of ours")}
	}
	return s.holder, nil
}
