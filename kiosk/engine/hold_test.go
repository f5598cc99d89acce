package engine_test

import (
	"testing"
	"time"

	"murur/devices/terminal/zvt"
	"murur/devices/terminal/zvtsim"
	"murur/kiosk/front"
	"murur/kiosk/journey/fines"
	"murur/sync/central/demo"
	"murur/sync/downlink"
)

// taken lets the reservation run out while the citizen looks for the card, and another
// kiosk reserve the same fine.
func taken(t *testing.T, r *rig) {
	t.Helper()
	r.terminal.SetCustomer(zvtsim.Customer{Mode: zvtsim.Manual})
	r.toPay(typical, 1)
	r.sees(front.Pay)
	r.later(reservation - 10*time.Second)
	fine := demo.FinesOf(demo.Typical)[0]
	other, err := downlink.New(downlink.Options{URL: "http://central", Kiosk: "KW02", HTTP: r.central})
	if err != nil {
		t.Fatal(err)
	}
	wanted := fines.Reservation{ID: "KW02-1000001-1", Fines: []string{fine.ID}, Amount: fine.Amount}
	if _, err := other.Reserve(r.life, wanted); err == nil {
		t.Error("another kiosk got the fine while it was reserved")
	}
	r.terminal.Tap()
	r.terminal.Inject(zvtsim.Fault{Kind: zvtsim.Late, On: zvt.MsgStatusInfo, Delay: 15 * time.Second})
	r.later(10 * time.Second)
	if _, err := other.Reserve(r.life, wanted); err != nil {
		t.Errorf("the reservation did not end: %v", err)
	}
}

func TestHeldPaymentFailsWhenTheFineIsGone(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		taken(t, r)
		s := r.sees(front.Problem)
		if times, _ := r.charged(); times != 0 || s.Trouble.Code != front.ProblemTaken || s.Trouble.Money != front.MoneyReturned {
			t.Errorf("charged %d times, screen %+v", times, s.Trouble)
		}
		if !r.has(fines.RecordFailing) || !r.has(fines.RecordRefused) || r.has(fines.RecordCompleted) {
			t.Errorf("records %v", r.kinds())
		}
		r.sees(front.Welcome)
	})
}

// A terminal that books although it was told to fail must give the money back.
func TestBookedAgainstTheVoteIsReversed(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.terminal.SetPolicy(zvtsim.AR3)
		r.terminal.Inject(zvtsim.Fault{Kind: zvtsim.DieReceiving, On: zvt.MsgStatusInfo})
		taken(t, r)
		s := r.sees(front.Problem)
		if times, _ := r.charged(); times != 0 || s.Trouble.Money == front.MoneyCharged {
			t.Errorf("charged %d times, screen %+v, records %v", times, s.Trouble, r.kinds())
		}
		if !r.has(fines.RecordReversed) {
			t.Errorf("nothing was reversed: %v", r.kinds())
		}
		r.sees(front.Welcome)
	})
}

// Central is silent while the approval is held: the reservation still stands, so the
// payment does too.
func TestHeldPaymentIsCommittedWhileReserved(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		total := r.toPay(typical, 1)
		r.sees(front.Pay)
		r.central.cut(true)
		r.sees(front.Thanks)
		if times, sum := r.charged(); times != 1 || sum != total {
			t.Errorf("charged %d times %s", times, sum)
		}
	})
}
