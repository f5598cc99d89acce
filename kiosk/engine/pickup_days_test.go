package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"murur/devices"
	"murur/devices/capture/crt571sim"
	"murur/devices/cardprinter/evolissim"
	"murur/devices/smartcard"
	"murur/kiosk/civilid"
	"murur/kiosk/engine"
	"murur/kiosk/front"
	"murur/kiosk/journey/fines"
	"murur/kiosk/journey/pickup"
	"murur/kiosk/ledger"
	"murur/kiosk/stock"
	"murur/sync/central/demo"
)

var (
	days     = flag.Int("days", 150, "how many random `days` of pickups are played")
	firstDay = flag.Uint64("firstday", 1, "the `seed` of the first")
)

// TestPickupDays plays random days: people who come for a licence, some of them twice, who
// hesitate, push other things into the gate, cancel, walk away and never take it; units
// that fail in every way their simulators know; and power cuts. When everything is mended
// and a technician has settled what is open, no application gave two licences, none was
// handed out before the old one was in the bin, the account of the blanks is what the
// printer says, and no old licence is gone for nothing.
func TestPickupDays(t *testing.T) {
	issued, unclear, crashes, visits := 0, 0, 0, 0
	for seed := *firstDay; seed < *firstDay+uint64(*days); seed++ {
		synctest.Test(t, func(t *testing.T) {
			d := newDay(t, seed)
			d.quiet = *days > 1
			d.play()
			d.report()
			issued, unclear, crashes, visits = issued+d.licences.View().Taken, unclear+d.settled, crashes+d.crashes, visits+d.visits
		})
		if t.Failed() {
			t.Fatalf("day %d; again: go test ./kiosk/engine -run TestPickupDays -days 1 -firstday %d", seed, seed)
		}
	}
	t.Logf("%d days from %d: %d visits, %d crashes, %d licences taken, %d lost cards settled", *days, *firstDay, visits, crashes, issued, unclear)
}

func newDay(t *testing.T, seed uint64) *someDay {
	return &someDay{rig: newRig(t), seed: seed, rnd: rand.New(rand.NewPCG(seed, 0xCA4D))}
}

// report fails the test for what is wrong, and tells the whole day.
func (d *someDay) report() {
	for _, w := range d.wrongs {
		d.t.Error(w)
	}
	if len(d.wrongs) > 0 {
		for _, r := range d.log {
			d.t.Logf("%s %s %s", r.Journey, r.Kind, r.Payload)
		}
	}
}

// bad notes that something is wrong.
func (d *someDay) bad(format string, args ...any) {
	d.wrongs = append(d.wrongs, fmt.Sprintf("day %d: ", d.seed)+fmt.Sprintf(format, args...))
}

// someDay is one random day.
type someDay struct {
	*rig
	seed    uint64
	rnd     *rand.Rand
	crashes int
	visits  int
	settled int
	olds    int // licences that were put into the gate, and other things
	wrongs  []string
	log     []recordOf
	early   atomic.Pointer[func()] // before a commit
	late    atomic.Pointer[func()] // after it
}

func (d *someDay) chance(p float64) bool { return d.rnd.Float64() < p }

func (d *someDay) upTo(most time.Duration) time.Duration {
	return time.Duration(d.rnd.Int64N(int64(most)))
}

func pick[T any](d *someDay, of ...T) T { return of[d.rnd.IntN(len(of))] }

func (d *someDay) dead() bool {
	select {
	case <-d.kiosk.done:
		return true
	default:
		return false
	}
}

func (d *someDay) play() {
	d.handsOut = true
	d.options.BeforeCommit, d.options.AfterCommit = runHook(&d.early), runHook(&d.late)
	d.start()
	d.later(3 * time.Second)
	if err := d.kiosk.engine.Load(d.life, stock.Load{Batch: "B1", Count: 30}); err != nil {
		d.t.Fatal(err)
	}
	d.later(15 * time.Second)
	people := []civilid.Number{demo.Renewal, demo.Damaged, demo.Lost, demo.InAdvance}
	who := pick(d, people...)
	for range 1 + d.rnd.IntN(3) {
		if d.chance(0.6) {
			who = pick(d, people...)
		}
		d.visit(who)
	}
	d.evening()
	d.check()
	d.end()
}

// visit is one person, from the first touch until the welcome screen stands again.
func (d *someDay) visit(who civilid.Number) {
	d.visits++
	d.trouble()
	patient, takes := d.upTo(25*time.Second), d.chance(0.85)
	objects := 0
	for end := time.Now().Add(30 * time.Minute); ; {
		if time.Now().After(end) {
			d.bad("the screen stays %+v", d.screen())
			return
		}
		if d.dead() {
			d.revive()
		}
		d.later(200*time.Millisecond + d.upTo(800*time.Millisecond))
		if d.dead() {
			continue
		}
		switch s := d.screen(); s.Name {
		case front.Welcome:
			if objects++; objects > 3 { // came, saw, and went
				d.card(smartcard.SlotEmpty, "")
				return
			}
			d.tap(s, front.ActStart, "en")
		case front.ServiceMenu:
			if !d.tap(s, front.ActService, "licence") {
				d.tap(s, front.ActBack, "")
				d.later(30 * time.Second)
			}
		case front.Identify:
			d.card(smartcard.SlotEmpty, "")
			d.later(time.Second)
			d.card(smartcard.SlotOccupied, who)
			d.later(5 * time.Second)
		case front.Applications:
			d.tap(s, front.ActChoose, s.Pickups.List[0].ID)
		case front.Problem:
			d.tap(s, front.ActNext, "")
			d.tap(s, front.ActCancel, "")
		case front.Thanks:
			objects = 3
			d.tap(s, front.ActNext, "")
		case front.PlaceOld:
			d.later(patient)
			switch {
			case d.chance(0.1):
				d.tap(s, front.ActCancel, "")
			case d.chance(0.1):
				d.card(smartcard.SlotEmpty, "")
			default:
				d.olds++
				kind := crt571sim.Card
				if d.chance(0.2) {
					kind = pick(d, crt571sim.TooLong, crt571sim.TooShort)
				}
				d.unit.Insert(crt571sim.Object{ID: fmt.Sprintf("%s %d", kind, d.olds), Kind: kind})
				if d.chance(0.1) {
					d.later(d.upTo(3 * time.Second))
					d.unit.PullByHand()
				}
			}
		case front.TakeLicence:
			if takes {
				d.later(d.upTo(50 * time.Second))
				d.takesLicence()
			}
		}
	}
}

// takesLicence takes what is in the exit. The old licence of a renewal is in the bin then.
func (d *someDay) takesLicence() {
	before := d.licences.View().Taken
	if !d.licences.Take() {
		return
	}
	bin := len(d.unit.State().Bin) + len(d.unit.State().Removed)
	lost := 0
	for _, r := range d.records() {
		if r.Kind == pickup.RecordBegun && strings.Contains(string(r.Payload), `"lost"`) {
			lost++
		}
	}
	if before+1 > bin+lost {
		d.bad("%d licences taken, %d old ones in the bin, %d for lost ones", before+1, bin, lost)
	}
}

func (d *someDay) records() []recordOf {
	var list []recordOf
	all, err := d.kiosk.book.After(0, 10_000)
	if err != nil {
		return nil // the kiosk is dead: it is looked at when it is back
	}
	for _, r := range all {
		list = append(list, recordOf{r.Journey, r.Kind, r.Payload})
	}
	return list
}

type recordOf struct {
	Journey, Kind string
	Payload       json.RawMessage
}

func (d *someDay) screen() front.Screen {
	s, _ := d.kiosk.engine.Board().Now()
	return s
}

// tap touches; false when the kiosk does not take it.
func (d *someDay) tap(s front.Screen, a front.Action, value string) bool {
	ctx, cancel := context.WithTimeout(d.life, time.Minute)
	defer cancel()
	done := make(chan error, 1)
	e, gone := d.kiosk.engine, d.kiosk.done
	go func() { done <- e.Input(ctx, front.Input{Screen: s.Seq, Action: a, Value: value}) }()
	select {
	case err := <-done:
		return err == nil
	case <-gone:
		cancel()
		<-done
		return false
	}
}

// revive gives the power back after a while.
func (d *someDay) revive() {
	d.crashes++
	d.unhook()
	d.end()
	d.later(d.upTo(time.Minute))
	d.start()
	d.later(2 * time.Second)
}

// after does something at a random time of the visit.
func (d *someDay) after(most time.Duration, do func()) {
	wait := d.upTo(most)
	go func() {
		select {
		case <-time.After(wait):
			do()
		case <-d.life.Done():
		}
	}()
}

// trouble decides what goes wrong in a visit.
func (d *someDay) trouble() {
	p, u := d.licences, d.unit
	if d.chance(0.5) {
		kind := pick(d, evolissim.Unplugged, evolissim.PowerFails, evolissim.CoverOpens, evolissim.RibbonEnds, evolissim.FeederRuns,
			evolissim.Jams, evolissim.HeadHeats, evolissim.BoxFills, evolissim.HandPulls, evolissim.SensorDrift,
			evolissim.ReplyMissing, evolissim.ReplySplit, evolissim.ReplyTwice, evolissim.ReplyLate, evolissim.ReplyOK)
		f := evolissim.Fault{Kind: kind}
		switch d.rnd.IntN(3) {
		case 0:
			f.Panel = 1 + d.rnd.IntN(5)
		case 1:
			f.Nth = 1 + d.rnd.IntN(90)
		default:
			f.Command = pick(d, "Si", "Se", "Ser", "Sib", "Rlr", "Rse", "Rco", "Rrt", "Db", "Pneab")
		}
		p.Inject(f)
		d.after(5*time.Minute, d.mendPrinter)
	}
	if d.chance(0.4) {
		switch d.rnd.IntN(6) {
		case 0:
			u.AtByte(1+d.rnd.IntN(400), pick(d, crt571sim.Drop, crt571sim.Flip, crt571sim.CutLink, crt571sim.CutPower))
		case 1, 2:
			u.Inject(crt571sim.Fault{Kind: pick(d, crt571sim.NoAck, crt571sim.Nak, crt571sim.LostAck, crt571sim.LostReply, crt571sim.BadReply),
				CM: pick[byte](d, 0, 0x31, 0x32, 0x33), Skip: d.rnd.IntN(6), Times: 1 + d.rnd.IntN(3)})
		case 3:
			d.after(90*time.Second, func() { u.Jam(pick2(d.seed)) })
		case 4:
			d.after(90*time.Second, func() { u.Silence(true) })
		default:
			d.after(90*time.Second, u.PowerCut)
		}
		d.after(5*time.Minute, d.mendUnit)
	}
	if d.chance(0.45) {
		commits, at, late := 0, 1+d.rnd.IntN(18), d.chance(0.5)
		all := d.chance(0.3)
		cut := func() {
			if commits++; commits == at {
				if all {
					p.PowerCut()
					u.PowerCut()
					go func() { <-time.After(10 * time.Second); p.PowerOn() }()
				}
				d.cutPower()
			}
		}
		d.hook(cut, late)
	}
	if d.chance(0.2) {
		d.central.cut(true)
		d.after(4*time.Minute, func() { d.central.cut(false) })
	}
}

func pick2(seed uint64) crt571sim.Half {
	if seed%2 == 0 {
		return crt571sim.FirstHalf
	}
	return crt571sim.SecondHalf
}

func (d *someDay) mendPrinter() {
	p := d.licences
	p.ClearFaults()
	p.Plug()
	p.PowerOn()
	p.Cover(false)
	p.LoadRibbon(300)
	if p.View().Feeder == 0 {
		p.LoadFeeder(30 - p.View().Fed)
	}
	p.ClearJam()
	p.HeadHot(false)
	p.Sensor("")
}

func (d *someDay) mendUnit() {
	d.unit.ClearFaults()
	d.unit.ClearJam()
	d.unit.Silence(false)
	d.unit.SwitchOn()
	d.unit.SetBinFull(false)
}

// evening mends everything, and lets a technician take out what is stuck and settle what
// nobody else can.
func (d *someDay) evening() {
	d.central.cut(false)
	d.unhook()
	for range 3 {
		d.mendPrinter()
		d.mendUnit()
		if d.dead() {
			d.revive()
		}
		d.later(6 * time.Minute)
	}
	for end := time.Now().Add(time.Hour); d.screen().Name != front.Welcome && time.Now().Before(end); d.later(10 * time.Second) {
	}
	if v := d.licences.View(); v.Inside > 0 || v.Exit > 0 {
		d.licences.RemoveInside()
	}
	d.unit.Remove()
	cases, err := d.kiosk.engine.Cases()
	if err != nil {
		d.t.Fatal(err)
	}
	for _, c := range cases {
		s := engine.Settlement{Case: c.Number, Reason: "looked into the machine"}
		if c.Card != "" {
			d.settled++
			b, v := d.batch(), d.licences.View()
			switch {
			case v.Taken > b.Issued:
				s.Custody = devices.CustodyTaken
			case v.Fed < b.Loaded-b.Feeder():
				s.Custody = pickup.InFeeder
			default:
				s.Custody = devices.CustodyRejected
			}
		}
		if err := d.kiosk.engine.Settle(d.life, s); err != nil {
			d.bad("case %s: %v", c.Number, err)
		}
	}
	d.later(time.Minute)
}

// check holds cards, log and account against each other.
func (d *someDay) check() {
	records := d.records()
	begun, ended, retained, cased := map[string]pickup.Kind{}, map[string]int{}, map[string]bool{}, map[string]bool{}
	issues := map[string]int{}
	for _, r := range records {
		switch r.Kind {
		case pickup.RecordBegun:
			var p pickup.PickupRecord
			if err := json.Unmarshal(r.Payload, &p); err != nil {
				d.bad("%v", err)
			}
			begun[r.Journey] = p.Kind
		case pickup.RecordIssued, pickup.RecordReleased, pickup.RecordPromised, pickup.RecordRetracted, pickup.RecordUnclear:
			ended[r.Journey]++
			if r.Kind == pickup.RecordIssued {
				var p pickup.PickupRecord
				json.Unmarshal(r.Payload, &p)
				issues[fmt.Sprint(p.Application, p.Issue)]++
			}
		case pickup.RecordCustody:
			var c pickup.CustodyRecord
			json.Unmarshal(r.Payload, &c)
			if c.Object == pickup.Old && c.Custody == devices.CustodyRetained {
				retained[r.Journey] = true
			}
		case fines.RecordCase:
			cased[r.Journey] = true
		case pickup.RecordIntent:
			var i pickup.IntentRecord
			json.Unmarshal(r.Payload, &i)
			if i.Act == pickup.ActPresent && begun[r.Journey].TakesOld() && !retained[r.Journey] {
				d.bad("%s presents before the old licence is retained", r.Journey)
			}
		}
	}
	for j, kind := range begun {
		if ended[j] != 1 {
			d.bad("%s (%s) ended %d times", j, kind, ended[j])
		}
		if retained[j] && !cased[j] && issues == nil {
			d.bad("%s: the old licence is gone, without a new one and without a promise", j)
		}
	}
	for a, n := range issues {
		if n > 1 {
			d.bad("%s was issued %d times", a, n)
		}
	}
	b, v, unit := d.batch(), d.licences.View(), d.unit.State()
	boxed := 0
	applications := map[string]bool{}
	for _, c := range d.licences.Cards() {
		switch c.Place {
		case evolissim.RejectBox:
			boxed++
		}
	}
	for _, r := range records {
		if r.Kind == pickup.RecordBegun {
			var p pickup.PickupRecord
			json.Unmarshal(r.Payload, &p)
			applications[p.Application] = true
		}
	}
	if v.Taken > len(applications) {
		d.bad("%d licences taken for %d applications", v.Taken, len(applications))
	}
	if b.Loaded != b.Issued+b.Rejected+b.Retracted+b.Remaining() || len(b.Away) > 0 {
		d.bad("the account does not add up: %+v", b)
	}
	if b.Issued != v.Taken || b.Feeder() != b.Loaded-v.Fed {
		d.bad("the account is %+v; fed %d, taken %d, in the box %d", b, v.Fed, v.Taken, boxed)
	}
	seen := len(unit.Bin) + len(unit.Taken) + len(unit.Removed)
	if unit.Card != nil || seen > d.olds {
		d.bad("old licences: %d put in, %+v", d.olds, unit)
	}
	kept := 0
	for j := range retained {
		if ended[j] == 1 {
			kept++
		}
	}
	if cards := slices.DeleteFunc(slices.Clone(unit.Bin), func(o crt571sim.Object) bool { return o.Kind != crt571sim.Card }); len(cards) > kept && !anyUnknown(records) {
		d.bad("%d old licences are in the bin, the log has %d", len(cards), kept)
	}
	open := 0
	if err := d.kiosk.book.Each(ledger.Journeys, func(string, json.RawMessage) error { open++; return nil }); err != nil || open > 0 {
		d.bad("%d journeys are open: %v", open, err)
	}
	if _, err := d.kiosk.book.Verify(d.life); err != nil {
		d.bad("%v", err)
	}
	for _, v := range slices.Concat(d.licences.Violations(), d.unit.Violations()) {
		d.bad("a unit complains: %s", v)
	}
	d.log = records
}

func anyUnknown(records []recordOf) bool {
	return slices.ContainsFunc(records, func(r recordOf) bool {
		return r.Kind == pickup.RecordCustody && strings.Contains(string(r.Payload), `"object":"old"`) && strings.Contains(string(r.Payload), `"unknown"`)
	})
}

// card changes what is in the card slot.
func (d *someDay) card(holds smartcard.Slot, who civilid.Number) {
	d.cards.holder, d.cards.err = fines.Holder{Civil: string(who), Name: front.Words{En: "DEMO"}}, nil
	if holds == smartcard.SlotEmpty {
		d.cards.err = &engine.CardError{Code: front.ProblemCardRemoved, Err: errors.New("the card is gone")}
	}
	select {
	case d.cards.changes <- holds:
	case <-d.kiosk.done:
	}
}

// hook arranges what happens at every commit from now on.
func (d *someDay) hook(f func(), late bool) {
	d.unhook()
	if late {
		d.late.Store(&f)
	} else {
		d.early.Store(&f)
	}
}

func (d *someDay) unhook() {
	d.early.Store(nil)
	d.late.Store(nil)
}

func runHook(f *atomic.Pointer[func()]) func() {
	return func() {
		if f := f.Load(); f != nil {
			(*f)()
		}
	}
}
