package engine_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"murur/devices/capture/crt571sim"
	"murur/devices/cardprinter/evolissim"
	"murur/devices/smartcard"
	"murur/kiosk/civilid"
	"murur/kiosk/front"
	"murur/kiosk/journey/fines"
	"murur/kiosk/journey/pickup"
	"murur/kiosk/ledger"
	"murur/kiosk/stock"
	"murur/sync/central/demo"
)

// collects begins a visit for a licence: the blanks are on the account, and the person's
// Civil ID goes in.
func (r *rig) collects(civil civilid.Number) {
	r.t.Helper()
	r.sees(front.Welcome)
	if err := r.kiosk.engine.Load(r.life, stock.Load{Batch: "B1", Count: 30}); err != nil {
		r.t.Fatal(err)
	}
	r.later(15 * time.Second) // a round of checks with it
	r.touch(front.ActStart, "en")
	r.touch(front.ActService, "licence")
	r.insert(civil)
}

func (r *rig) insert(civil civilid.Number) {
	r.cards.changes <- smartcard.SlotEmpty
	r.cards.holder = fines.Holder{Civil: string(civil), Name: front.Words{En: "DEMO"}}
	r.cards.changes <- smartcard.SlotOccupied
}

// handsIn puts an old licence into the gate as soon as it is open.
func (r *rig) handsIn(o crt571sim.Object) {
	r.t.Helper()
	r.sees(front.PlaceOld)
	for r.unit.Insert(o) != nil {
		r.later(100 * time.Millisecond)
	}
}

var oldLicence = crt571sim.Object{ID: "old licence", Kind: crt571sim.Card}

// takes takes the new licence as soon as it is out.
func (r *rig) takes() {
	r.t.Helper()
	r.sees(front.TakeLicence)
	r.later(2 * time.Second)
	if !r.licences.Take() {
		r.t.Fatal("there is nothing to take")
	}
}

// batch is the account of the blanks.
func (r *rig) batch() stock.Batch {
	r.t.Helper()
	list, err := r.kiosk.engine.Stock()
	if err != nil || len(list) != 1 {
		r.t.Fatalf("%+v %v", list, err)
	}
	return list[0]
}

func (r *rig) issued() int {
	n := 0
	for _, c := range r.licences.Cards() {
		if c.Place == evolissim.Taken {
			n++
		}
	}
	return n
}

func TestPickupRenewal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.handsOut = true
		r.start()
		r.collects(demo.Renewal)
		r.handsIn(oldLicence)
		r.takes()
		if s := r.sees(front.Receipt); s.Licence == nil || s.Licence.State != front.LicenceTaken {
			t.Errorf("%+v", s)
		}
		r.sees(front.Thanks)
		r.home()
		r.later(time.Minute)
		if b := r.batch(); b.Issued != 1 || b.Remaining() != 29 || len(b.Away) != 0 {
			t.Errorf("stock %+v", b)
		}
		if bin := r.unit.State().Bin; r.issued() != 1 || len(bin) != 1 || bin[0].ID != oldLicence.ID {
			t.Errorf("%d issued, bin %v", r.issued(), bin)
		}
		r.custody("renewal")
		r.uplinked()
		// The same person comes again: there is nothing to collect any more.
		r.collectsAgain(demo.Renewal)
		if s := r.sees(front.Problem); s.Trouble.Code != front.ProblemNoLicence {
			t.Errorf("%+v", s.Trouble)
		}
		r.end()
	})
}

func (r *rig) collectsAgain(civil civilid.Number) {
	r.sees(front.Welcome)
	r.touch(front.ActStart, "en")
	r.touch(front.ActService, "licence")
	r.insert(civil)
}

// TestPickupAfterFines: the fines are paid first, by the same machine, then it goes on by
// itself.
func TestPickupAfterFines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.handsOut = true
		r.start()
		r.collects(demo.Indebted)
		if o := r.sees(front.Owing).Owing; o.Count != 1 || o.Total == 0 {
			t.Errorf("%+v", o)
		}
		r.touch(front.ActNext, "")
		r.sees(front.FineList)
		r.touch(front.ActNext, "")
		r.sees(front.Confirm)
		r.touch(front.ActNext, "")
		r.sees(front.Thanks)
		r.uplinked()
		r.touch(front.ActNext, "")
		r.handsIn(oldLicence)
		r.takes()
		r.sees(front.Thanks)
		r.home()
		if times, _ := r.charged(); times != 1 || r.issued() != 1 {
			t.Errorf("charged %d times, %d issued", times, r.issued())
		}
		r.end()
	})
}

// TestPickupOffline: a lease of the manifest works without central; nothing else does.
func TestPickupOffline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.handsOut = true
		r.start()
		r.sees(front.Welcome)
		r.later(6 * time.Minute) // the manifest is here
		r.central.cut(true)
		r.collects(demo.InAdvance)
		r.handsIn(oldLicence)
		r.takes()
		r.sees(front.Thanks)
		r.home()
		leases := 0
		if err := r.kiosk.book.Each(ledger.Manifest, func(string, json.RawMessage) error { leases++; return nil }); err != nil || leases != 0 {
			t.Errorf("%d leases are kept after the licence was taken: %v", leases, err)
		}
		r.collectsAgain(demo.Renewal)
		if s := r.sees(front.Problem); s.Trouble.Code != front.ProblemCentral {
			t.Errorf("%+v", s.Trouble)
		}
		r.end()
	})
}

// TestPickupSwappedCard: a card that was exchanged in a blink, which no slot notices, ends it
// before anything is taken in.
func TestPickupSwappedCard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.handsOut = true
		r.start()
		r.collects(demo.TwoLicences)
		r.sees(front.Applications)
		r.cards.holder.Civil = string(demo.Renewal)
		r.touch(front.ActChoose, "A-1005")
		if s := r.sees(front.Problem); s.Trouble.Code != front.ProblemCardRemoved {
			t.Errorf("%+v", s.Trouble)
		}
		if r.has(pickup.RecordBegun) {
			t.Error("begun for somebody else")
		}
		r.end()
	})
}

// TestPickupNotTaken: it is asked for at 20 seconds, drawn back at 45, and only central can
// allow another one.
func TestPickupNotTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.handsOut = true
		r.start()
		r.collects(demo.Lost)
		r.sees(front.TakeLicence)
		shown := time.Now()
		for !r.sees(front.TakeLicence).Licence.Hurry {
			r.later(time.Second)
		}
		if d := time.Since(shown); d > 22*time.Second {
			t.Errorf("asked after %v", d)
		}
		s := r.sees(front.Problem)
		if s.Trouble.Code != front.ProblemNotTaken || s.Trouble.Case == "" {
			t.Errorf("%+v", s.Trouble)
		}
		r.home()
		if b := r.batch(); b.Retracted != 1 || b.Remaining() != 29 {
			t.Errorf("stock %+v", b)
		}
		r.uplinked()
		r.collectsAgain(demo.Lost)
		if s := r.sees(front.Problem); s.Trouble.Code != front.ProblemUnclear {
			t.Errorf("%+v", s.Trouble)
		}
		r.end()
	})
}

// TestPickupSpoilt: a card that jams is rejected and another one follows.
func TestPickupSpoilt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.handsOut = true
		r.start()
		r.collects(demo.Damaged)
		r.licences.Inject(evolissim.Fault{Kind: evolissim.HeadHeats, Panel: 2})
		r.handsIn(oldLicence)
		r.later(10 * time.Second)
		r.licences.HeadHot(false)
		r.takes()
		r.home()
		if b := r.batch(); b.Issued != 1 || b.Rejected != 1 || b.Remaining() != 28 {
			t.Errorf("stock %+v, kinds %v", b, r.kinds())
		}
		r.custody("spoilt")
		r.end()
	})
}

// TestPickupClosed: what is missing closes the service before anybody begins.
func TestPickupClosed(t *testing.T) {
	for reason, broken := range map[front.Notice]func(*rig){
		front.NoticeNoBlanks:      func(*rig) {},
		front.NoticeNoCardPrinter: func(r *rig) { r.licences.Unplug() },
		front.NoticeNoRibbon:      func(r *rig) { r.licences.LoadRibbon(0) },
		front.NoticeNoCapture:     func(r *rig) { r.unit.Silence(true) },
		front.NoticeRetainFull:    func(r *rig) { r.unit.SetBinFull(true) },
		front.NoticeRejectFull:    func(r *rig) { r.licences.Inject(evolissim.Fault{Kind: evolissim.BoxFills}) },
	} {
		t.Run(string(reason), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t)
				r.handsOut = true
				r.start()
				r.sees(front.Welcome)
				if reason != front.NoticeNoBlanks {
					if err := r.kiosk.engine.Load(r.life, stock.Load{Batch: "B1", Count: 30}); err != nil {
						t.Fatal(err)
					}
				}
				broken(r)
				r.later(40 * time.Second)
				r.touch(front.ActStart, "en")
				services := r.sees(front.ServiceMenu).Services
				if s := services[1]; s.Available || s.Reason != reason {
					t.Errorf("%+v, warnings %+v", s, r.kiosk.engine.Status().Warnings)
				}
				if !services[0].Available {
					t.Error("the fines are closed too")
				}
				screen, _ := r.kiosk.engine.Board().Now()
				if err := r.kiosk.engine.Input(r.life, front.Input{Screen: screen.Seq, Action: front.ActService, Value: "licence"}); err == nil {
					t.Error("begun all the same")
				}
				r.end()
			})
		})
	}
}

// The power goes at every commit of a renewal, before and after it is durable, of the
// kiosk alone and of the units with it.
func TestPickupPowerCutAtEveryCommit(t *testing.T) {
	for _, when := range []string{"before", "after"} {
		for _, units := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, units %v", when, units), func(t *testing.T) {
				commits := 0
				for at := 1; ; at++ {
					crashed := false
					synctest.Test(t, func(t *testing.T) { crashed = cutPickup(t, when, units, at) })
					if !crashed {
						break
					}
					commits = at
				}
				if commits < 9 {
					t.Errorf("only %d commits were cut", commits)
				}
			})
		}
	}
}

// cutPickup plays one renewal with a power cut at one commit; false when it had not so many.
func cutPickup(t *testing.T, when string, units bool, at int) (crashed bool) {
	r := newRig(t)
	r.handsOut = true
	commits, armed := 0, false
	hook := func() {
		if !armed {
			return
		}
		if commits++; commits == at {
			crashed = true
			if units {
				r.licences.PowerCut()
				r.unit.SwitchOff()
			}
			r.cutPower()
		}
	}
	if when == "before" {
		r.options.BeforeCommit = hook
	} else {
		r.options.AfterCommit = hook
	}
	r.start()
	r.collects(demo.Renewal)
	armed = true
	r.person()
	if crashed {
		<-r.kiosk.done
		r.options.BeforeCommit, r.options.AfterCommit = nil, nil
		r.end()
		if units {
			r.later(5 * time.Second)
			r.licences.PowerOn()
			r.unit.SwitchOn()
		}
		r.start()
		r.home()
	}
	r.later(4 * time.Minute)
	r.custody(fmt.Sprintf("cut %s commit %d, units %v", when, at, units))
	r.end()
	return crashed
}

// person does what is asked for until the visit is over or the power is gone.
func (r *rig) person() {
	r.t.Helper()
	for end := time.Now().Add(5 * time.Minute); time.Now().Before(end); r.later(500 * time.Millisecond) {
		select {
		case <-r.kiosk.done:
			return
		default:
		}
		switch s, _ := r.kiosk.engine.Board().Now(); s.Name {
		case front.PlaceOld:
			r.unit.Insert(oldLicence)
		case front.TakeLicence:
			r.licences.Take()
		case front.Welcome:
			return
		}
	}
}

// custody holds the cards against the log and the stock.
func (r *rig) custody(where string) {
	r.t.Helper()
	records, err := r.kiosk.book.After(0, 1000)
	if err != nil {
		r.t.Fatal(err)
	}
	count := map[string]int{}
	var lines []string
	for _, rec := range records {
		count[rec.Kind]++
		lines = append(lines, rec.Kind+" "+string(rec.Payload))
	}
	bad := func(format string, args ...any) {
		r.t.Errorf("%s: %s", where, fmt.Sprintf(format, args...))
		for _, l := range lines {
			r.t.Log(l)
		}
	}
	ends := count[pickup.RecordIssued] + count[pickup.RecordReleased] + count[pickup.RecordPromised] + count[pickup.RecordRetracted] + count[pickup.RecordUnclear]
	if ends != count[pickup.RecordBegun] {
		bad("%d begun, %d ended", count[pickup.RecordBegun], ends)
	}
	b, v, bin := r.batch(), r.licences.View(), r.unit.State()
	if v.Taken > 1 || v.Taken != b.Issued && b.Unknown() == 0 {
		bad("%d taken, %d issued", v.Taken, b.Issued)
	}
	if v.Rejected != b.Rejected+b.Retracted && b.Unknown() == 0 || b.Feeder() != v.Feeder && b.Unknown() == 0 {
		bad("the printer has %+v, the account %+v", v, b)
	}
	if v.Taken > 0 && len(bin.Bin) == 0 {
		bad("a licence was handed out, and the old one is not in the bin: %+v", bin)
	}
	if len(bin.Bin) > 0 && v.Taken == 0 && count[fines.RecordCase] == 0 {
		bad("the old licence is gone, without a new one and without a promise")
	}
	if bin.Card != nil || v.Inside != 0 && b.Unknown() == 0 || v.Exit != 0 {
		bad("cards are left in the machine: %+v, %+v", bin, v)
	}
	open := 0
	if err := r.kiosk.book.Each(ledger.Journeys, func(string, json.RawMessage) error { open++; return nil }); err != nil || open > 0 {
		bad("%d journeys are still open: %v", open, err)
	}
	if all := append(r.licences.Violations(), r.unit.Violations()...); len(all) > 0 {
		bad("the units complain: %v", all)
	}
}
