package campaign

import (
	"errors"
	"slices"
	"time"

	"murur/devices/capture/crt571sim"
	"murur/kiosk/civilid"
	"murur/kiosk/front"
	"murur/sync/central/demo"
)

// collecting is what a visitor who comes for a licence is like.
type collecting struct {
	licence bool          // comes for one
	pays    bool          // the fines before it
	things  int           // how many wrong things are put in before the old licence
	never   bool          // does not put the old licence in
	takes   time.Duration // how long until the new one is taken; negative: never
	reached uint64        // the screen for which the hand is on its way
}

// applicants have an application for a licence; those who can collect it here at once
// come more often.
var applicants = func() (list []*person) {
	for _, civil := range []civilid.Number{
		demo.Renewal, demo.Damaged, demo.Lost, demo.InAdvance, demo.TwoLicences, demo.Indebted,
		demo.Renewal, demo.Damaged, demo.Lost, demo.InAdvance, demo.TwoLicences,
		demo.NotEligible, demo.NotYet, demo.AtOtherKiosk, demo.Typical, demo.NoFines,
	} {
		list = append(list, population[slices.IndexFunc(population, func(p *person) bool { return p.Civil == civil })])
	}
	return list
}()

// applications are all of the demonstration's.
var applications = demo.Applications(start)

// collects decides how somebody collects a licence.
func (w *world) collects() collecting {
	c := collecting{licence: true, pays: w.chance(0.7), never: w.chance(0.04), takes: 500*time.Millisecond + w.upTo(10*time.Second)}
	if w.chance(0.15) {
		c.things = 1 + w.rnd.IntN(3)
	}
	switch w.rnd.IntN(14) {
	case 0:
		c.takes = -1
	case 1:
		c.takes = 43*time.Second + w.upTo(6*time.Second) // as it is drawn back in
	case 2:
		c.takes = 15*time.Second + w.upTo(25*time.Second)
	}
	return c
}

// atGate says what the person in front does with what comes out of the gate.
func (w *world) atGate() {
	p := crt571sim.Person{Takes: w.chance(0.85), After: 300*time.Millisecond + w.upTo(15*time.Second)}
	if w.chance(0.07) {
		p.After = 43*time.Second + w.upTo(4*time.Second)
	}
	w.unit.SetPerson(p)
}

// places puts a thing into the gate: the old licence, after some that are none.
func (w *world) places(t *temper) bool {
	o := crt571sim.Object{ID: "old licence of " + w.visitor.Name.En, Kind: crt571sim.Card}
	switch {
	case t.never:
		return false
	case t.things > 0:
		w.things++
		o = crt571sim.Object{ID: "thing " + string(rune('A'+w.things%26)) + string(rune('a'+w.things/26%26)), Kind: pick(w.rnd, crt571sim.TooLong, crt571sim.TooShort, crt571sim.Card)}
	}
	err := w.unit.Insert(o)
	switch {
	case errors.Is(err, crt571sim.ErrTwice): // it was kept before: another card of theirs
		w.things++
		o.ID = "card " + string(rune('A'+w.things%26)) + string(rune('a'+w.things/26%26))
		err = w.unit.Insert(o)
	case errors.Is(err, crt571sim.ErrOccupied):
		if w.chance(0.3) {
			w.script.say(citizen, "takes what is in the gate: %v", w.unit.Take())
		}
		return false
	}
	if err != nil { // not open yet
		w.pass(300*time.Millisecond + w.upTo(600*time.Millisecond))
		return true
	}
	w.script.say(citizen, "puts %s (%s) into the gate", o.ID, o.Kind)
	if t.things > 0 {
		t.things--
	}
	switch w.rnd.IntN(14) {
	case 0:
		w.script.say(citizen, "holds on to it: %v", w.unit.PullByHand())
	case 1:
		w.pass(w.upTo(2 * time.Second))
		w.script.say(citizen, "takes it again: %v", w.unit.Take())
	}
	return true
}

// reaches sends a hand for the new licence, once for a screen.
func (w *world) reaches(t *temper, s front.Screen) {
	if t.reached == s.Seq || s.Licence.Hurry || t.takes < 0 {
		return
	}
	t.reached = s.Seq
	catches := w.chance(0.5)
	w.after(t.takes, "a hand reaches for the licence", func() {
		took := w.cards.Take()
		if catches && !took {
			took = w.cards.HandPull()
		}
		if took {
			w.script.say(citizen, "takes the licence")
		}
	})
}

// inTheDark is what hands do while the kiosk has no power.
func (w *world) inTheDark() {
	if w.chance(0.4) && w.cards.HandPull() {
		w.script.say(citizen, "takes the licence in the dark")
	}
	if w.chance(0.4) && w.unit.Take() {
		w.script.say(citizen, "takes the old licence from the gate in the dark")
	}
}
