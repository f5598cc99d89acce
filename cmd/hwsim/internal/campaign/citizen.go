package campaign

import (
	"slices"
	"time"

	"murur/devices/smartcard"
	"murur/devices/terminal/zvtsim"
	"murur/kiosk/front"
	"murur/kiosk/journey/fines"
)

// temper is what a visitor is like today.
type temper struct {
	way      front.Way
	fine     int // which violation is typed
	all      bool
	slowness time.Duration // longest time to think
	doubts   float64       // goes back or cancels at a screen
	leaves   float64       // walks away at a screen
	doubles  float64       // touches twice
	retries  int
	collecting
}

// visit is one person at the kiosk, from the first touch until nobody is there.
func (w *world) visit() {
	w.visits++
	w.arrives()
	licence := slices.Contains(applicants, w.visitor)
	w.mishaps(licence)
	t := temper{
		way: pick(w.rnd, front.ByCard, front.ByCard, front.ByCivil, front.ByPlate, front.ByViolation), all: w.chance(0.3),
		slowness: 4 * time.Second, doubts: 0.02, leaves: 0.01, doubles: 0.1, retries: w.rnd.IntN(3),
	}
	if n := len(w.visitor.fines); n > 0 {
		t.fine = w.rnd.IntN(n)
	} else if t.way == front.ByViolation {
		t.way = front.ByCivil
	}
	if licence {
		t.way, t.collecting = front.ByCard, w.collects()
	}
	switch w.rnd.IntN(8) {
	case 0:
		t.slowness = 70 * time.Second
	case 1:
		t.doubts = 0.15
	case 2:
		t.leaves = 0.1
	}
	w.script.say(citizen, "%s comes, by %s", w.visitor.Name.En, t.way)
	w.acts(&t)
	w.goes()
}

// arrives decides who comes and how they will pay. Now and then it is the person who was
// there before, for the same fines.
func (w *world) arrives() {
	who := pick(w.rnd, payers...)
	switch {
	case w.visitor != nil && w.chance(0.4):
		who = w.visitor
	case w.chance(0.6):
		who = pick(w.rnd, applicants...)
	case w.chance(0.15):
		who = pick(w.rnd, population...)
	}
	w.mu.Lock()
	w.visitor = who
	if !slices.Contains(w.guests, who) {
		w.guests = append(w.guests, who)
	}
	w.mu.Unlock()
	c := zvtsim.Customer{}
	switch w.rnd.IntN(16) {
	case 0:
		c.Mode, c.Code = zvtsim.Decline, pick(w.rnd, byte(0x05), 0x33, 0x37, 0x36, 0x5B)
	case 1:
		c.Mode = zvtsim.Cancel
	case 2:
		c.Mode = zvtsim.Absent
	case 3:
		c.WrongPIN = 1 + w.rnd.IntN(2)
	}
	w.terminal.SetCustomer(c)
	w.takesPaper()
	w.atGate()
}

// acts touches what a person would touch, until the visit is over for them.
func (w *world) acts(t *temper) {
	begun := false
	for range 90 {
		w.pass(400*time.Millisecond + w.upTo(t.slowness))
		if w.life.dead.Load() {
			w.inTheDark()
			w.revive()
			if w.chance(0.4) {
				w.script.say(citizen, "has had enough")
				return
			}
			continue
		}
		s := w.life.screen()
		switch {
		case begun && (s.Name == front.Welcome || s.Name == front.OutOfService):
			return
		case w.chance(t.leaves):
			w.script.say(citizen, "walks away")
			return
		case s.Name == front.OutOfService:
			begun = true // in vain
			continue
		}
		begun = true
		if !w.touches(t, s) {
			w.awaits(s)
		}
	}
}

// awaits waits for the next screen, not for ever.
func (w *world) awaits(s front.Screen) {
	now, changed := w.life.engine.Board().Now()
	if now.Seq != s.Seq {
		return
	}
	timer := time.NewTimer(5*time.Second + w.upTo(20*time.Second))
	defer timer.Stop()
	select {
	case <-changed:
	case <-timer.C:
	case <-w.life.ctx.Done():
	}
}

// touches answers one screen; false when there is nothing to touch.
func (w *world) touches(t *temper, s front.Screen) bool {
	can := func(a front.Action) bool { return slices.Contains(s.Actions, a) }
	do := func(a front.Action, value string) bool { return w.touch(t, s, a, value) }
	if s.MoreTime != nil && w.chance(0.8) {
		return do(pick(w.rnd, front.ActMore, front.ActTouch), "")
	}
	if w.chance(0.02) {
		return do(front.ActLanguage, pick(w.rnd, "ar", "en"))
	}
	if w.chance(t.doubts) {
		for _, a := range []front.Action{front.ActCancel, front.ActBack} {
			if can(a) && w.chance(0.7) {
				return do(a, "")
			}
		}
	}
	switch s.Name {
	case front.Welcome:
		return do(front.ActStart, pick(w.rnd, "ar", "en"))
	case front.ServiceMenu:
		service := "fines"
		if t.licence {
			service = "licence"
		}
		if !slices.ContainsFunc(s.Services, func(v front.Service) bool { return v.ID == service && v.Available }) {
			return w.chance(0.3) && do(front.ActBack, "")
		}
		return do(front.ActService, service)
	case front.Identify:
		return w.identifies(t, s, do)
	case front.NumberPad:
		if s.Number.Mode != t.way {
			return do(front.ActWay, string(t.way))
		}
		number := w.visitor.number(t.way, t.fine)
		if w.chance(0.1) {
			number = number[:len(number)-1] // a digit is missing
		}
		return do(front.ActNumber, number)
	case front.Applications:
		return do(front.ActChoose, pick(w.rnd, s.Pickups.List...).ID)
	case front.Owing:
		if !t.pays {
			return do(pick(w.rnd, front.ActBack, front.ActCancel), "")
		}
		t.all = true
		return do(front.ActNext, "")
	case front.PlaceOld:
		return w.places(t)
	case front.TakeLicence:
		w.reaches(t, s)
		return false
	case front.FineList:
		return w.chooses(t, s, do)
	case front.Confirm, front.Thanks:
		return do(front.ActNext, "")
	case front.Pay:
		return w.chance(0.04) && do(front.ActCancel, "")
	case front.Problem:
		switch {
		case can(front.ActRetry) && t.retries > 0:
			t.retries--
			return do(front.ActRetry, "")
		case can(front.ActNext):
			return do(front.ActNext, "")
		case can(front.ActBack) && t.retries > 0:
			t.retries--
			return do(front.ActBack, "")
		case can(front.ActCancel):
			return do(front.ActCancel, "")
		}
	}
	return false
}

// identifies puts the card in, or goes on to the number pad.
func (w *world) identifies(t *temper, s front.Screen, do func(front.Action, string) bool) bool {
	holds, _ := w.slot.now()
	switch {
	case t.way != front.ByCard:
	case holds == smartcard.SlotOccupied:
		w.script.say(citizen, "takes out the card in the slot")
		w.slot.put(smartcard.SlotEmpty, fines.Holder{}, "")
		return true
	case slices.Contains(s.Ways, front.ByCard) && w.chance(0.9):
		bad := front.ProblemCode("")
		if w.chance(0.08) {
			bad = pick(w.rnd, front.ProblemCardWrong, front.ProblemCardUnreadable, front.ProblemCardExpired)
		}
		w.script.say(citizen, "puts a card in %s", bad)
		w.slot.put(smartcard.SlotOccupied, w.visitor.holder(), bad)
		if w.chance(0.3) { // takes it back during the visit, or too early
			w.after(500*time.Millisecond+w.upTo(40*time.Second), "the card is taken out", func() {
				w.slot.put(smartcard.SlotEmpty, fines.Holder{}, "")
			})
		}
		return true
	case t.licence:
		return false
	default:
		t.way = front.ByCivil
	}
	return do(front.ActWay, string(t.way))
}

// chooses selects fines, some or all, and goes on.
func (w *world) chooses(t *temper, s front.Screen, do func(front.Action, string) bool) bool {
	switch {
	case s.Fines.Selected == 0 && len(s.Fines.Payable) == 0:
		return do(pick(w.rnd, front.ActBack, front.ActCancel), "")
	case t.all && s.Fines.Selected < len(s.Fines.Payable):
		return do(front.ActAll, "")
	case s.Fines.Selected == 0 || s.Fines.Selected < 3 && w.chance(0.2):
		return do(front.ActToggle, pick(w.rnd, s.Fines.Payable...).ID)
	}
	return do(front.ActNext, "")
}

// touch touches a screen, perhaps twice.
func (w *world) touch(t *temper, s front.Screen, a front.Action, value string) bool {
	w.script.say(citizen, "touches %s %s on %s", a, value, s.Name)
	in := front.Input{Screen: s.Seq, Action: a, Value: value}
	err := w.life.engine.Input(w.life.ctx, in)
	if w.chance(t.doubles) {
		w.life.engine.Input(w.life.ctx, in)
	}
	return err == nil
}

// goes waits until the kiosk is ready for the next person. Silence must lead there in
// bounded time, whatever is broken.
func (w *world) goes() {
	const bound = 25 * time.Minute
	end := time.Now().Add(bound)
	for !w.quiet(time.Until(end), w.home) {
		if !w.life.dead.Load() {
			w.wrong(7, "nobody touched anything for %v, the screen is %s", bound, describe(w.life.screen()))
			return
		}
		w.revive()
	}
	if holds, _ := w.slot.now(); holds == smartcard.SlotOccupied && w.chance(0.6) {
		w.script.say(citizen, "takes their card")
		w.slot.put(smartcard.SlotEmpty, fines.Holder{}, "")
	}
	w.between()
	w.pass(w.upTo(20 * time.Second))
	if w.life.dead.Load() {
		w.revive()
	}
}

// revive gives the power back after a while.
func (w *world) revive() {
	w.manners()
	w.switchOff()
	w.pass(2*time.Second + w.upTo(80*time.Second))
	w.script.say(mishap, "power is back")
	w.after(w.upTo(8*time.Second), "the units have power", func() {
		w.cards.PowerOn()
		w.unit.SwitchOn()
	})
	if err := w.switchOn(); err != nil {
		w.wrong(5, "the ledger does not open after a power cut: %v", err)
		panic(broken{})
	}
	if w.chance(0.2) {
		w.powerFault(w.chance(0.5))
	}
	w.pass(time.Second)
	if w.payWire.loose { // what the terminal waits for from the life before takes 30 s
		w.chaos.Go(func() {
			time.Sleep(40 * time.Second)
			w.heard.Store(int64(len(w.terminal.Violations())))
		})
	}
}

// broken ends a run that cannot go on.
type broken struct{}
