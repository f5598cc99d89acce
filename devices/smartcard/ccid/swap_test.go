package ccid

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"murur/devices/smartcard/cardsim"
	"murur/devices/smartcard/ccidsim"
	"murur/devices/transport"
)

// activates is a reader that powers a card as soon as it is put in.
type activates struct{ transport.Pipes }

func (p activates) BulkIn(ctx context.Context, b []byte) (int, error) {
	n, err := p.Pipes.BulkIn(ctx, b)
	if n >= headerLen && b[0] == typeSlotStatus && slotState(b[7]) == slotInactive {
		b[7] = byte(slotActive)
	}
	return n, err
}

// A look at the slot between the notices of a swap and their turn does not hide it: the
// session was with the card that has left.
func TestSwapBeforeItsNotices(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := ccidsim.New(ccidsim.Options{})
		sim.Insert(cardsim.CivilID(cardsim.Person{CivilNumber: "288012098012"}))
		r := New(func(context.Context) (transport.Pipes, error) {
			p, err := sim.Pipes()
			return activates{p}, err
		}, Options{})
		defer r.Close()
		if _, err := r.Connect(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.do(t.Context(), func(ctx context.Context, o *owner) error {
			sim.Remove()
			time.Sleep(time.Millisecond)
			sim.Insert(cardsim.CivilID(cardsim.Person{CivilNumber: "295091598028"}))
			time.Sleep(time.Millisecond)
			if len(o.link.notices) == 0 {
				t.Error("no notice came")
			}
			if _, err := o.observe(ctx); err != nil || o.session != nil {
				t.Errorf("the session goes on with another card, %v", err)
			}
			return nil
		})
		// The notices are no removal of the card that is there now.
		c, err := r.Connect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if err := r.do(t.Context(), func(context.Context, *owner) error { return c.(*card).over }); err != nil {
			t.Errorf("the session with the new card is over: %v", err)
		}
	})
}
