package engine

import (
	"context"
	"time"

	"murur/devices/smartcard"
	"murur/kiosk/journey"
)

// slot remembers what the card slot holds and whose it may be: a card that was put in
// before the last visit ended belongs to somebody else and is never read.
type slot struct {
	holds smartcard.Slot
	since time.Time
	stale bool // was in when a visit ended, or when we began to look
}

// freshFor is how long a card that was put in before anything was chosen still counts
// as the visitor's own.
const freshFor = time.Minute

func (s *slot) occupied() bool { return s.holds == smartcard.SlotOccupied }
func (s *slot) left() bool     { return s.occupied() && s.stale }
func (s *slot) mine() bool     { return s.occupied() && !s.stale }
func (s *slot) visitEnded()    { s.stale = s.occupied() }

func (s *slot) fresh(now time.Time) bool {
	return s.mine() && now.Sub(s.since) < freshFor
}

func (e *Engine) watchSlot(ctx context.Context) {
	for holds := range e.o.Hands.Cards.Watch(ctx) {
		if e.post(ctx, message{slot: holds}) != nil {
			return
		}
	}
}

func (e *Engine) slotChanged(ctx context.Context, holds smartcard.Slot) {
	was := e.slot.occupied()
	if holds != e.slot.holds {
		// Only a card that came into an empty slot was seen coming.
		stale := e.slot.holds != smartcard.SlotEmpty
		e.slot.holds, e.slot.since, e.slot.stale = holds, now(), stale
	}
	switch is := e.slot.occupied(); {
	case is && !was:
		e.step(ctx, journey.CardIn{})
	case was && !is:
		e.step(ctx, journey.CardOut{})
	}
	e.show()
}
