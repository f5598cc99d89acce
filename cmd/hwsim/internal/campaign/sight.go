package campaign

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"murur/devices/terminal/zvtsim"
	"murur/kiosk/engine"
	"murur/kiosk/front"
)

// describe is a screen in one line.
func describe(s front.Screen) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s", s.Name)
	add := func(format string, args ...any) { fmt.Fprintf(&b, " "+format, args...) }
	if s.Doing != "" {
		add("%s", s.Doing)
	}
	if s.MoreTime != nil {
		add("more time?")
	}
	if len(s.Notices) > 0 {
		add("%v", s.Notices)
	}
	if s.CardIn {
		add("(card in)")
	}
	switch {
	case s.Licence != nil:
		add("%+v", *s.Licence)
	case s.Number != nil:
		add("%s %s", s.Number.Mode, s.Number.Problem)
	case s.Fines != nil:
		add("%d payable, %d other, %d selected, total %d", len(s.Fines.Payable), len(s.Fines.Other), s.Fines.Selected, s.Fines.Total)
	case s.Payment != nil:
		add("%d %s", s.Payment.Total, s.Payment.Guidance)
	case s.Paper != nil:
		add("%s %d %s", s.Paper.Number, s.Paper.Total, s.Paper.State)
	case s.Trouble != nil:
		add("%s, money %s, %d, old licence %s, %s", s.Trouble.Code, s.Trouble.Money, s.Trouble.Total, s.Trouble.Card, s.Trouble.Case)
	case s.Outage != nil:
		add("%s, remedy %s", s.Outage.Code, s.Outage.Remedy)
	}
	return b.String()
}

// nobodys are the screens on which nothing of anybody may be seen.
var nobodys = map[front.Name]bool{
	front.Welcome: true, front.ServiceMenu: true, front.Identify: true, front.NumberPad: true, front.OutOfService: true,
}

// saw takes a screen that stood. What is personal must belong to whoever stands there
// (invariant 6); what it claims is kept for the end.
func (w *world) saw(l *life, s front.Screen, status engine.Status) {
	w.script.say(shown, "%s", describe(s))
	s.Since = time.Time{}
	text, err := json.Marshal(s)
	if err != nil {
		w.wrong(6, "cannot read a screen: %v", err)
		return
	}
	w.mu.Lock()
	visitor, guests := w.visitor, w.guests
	w.mu.Unlock()
	for _, p := range guests {
		if p == visitor && !nobodys[s.Name] {
			continue
		}
		if found := p.theirs(string(text)); found != "" {
			w.wrong(6, "%s of %s stands on the screen %s", found, p.Name.En, describe(s))
		}
	}
	if s.Paper == nil && s.Trouble == nil && s.Licence == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sights = append(w.sights, sight{time.Now(), s, status.Journey, w.terminal.Book()})
}

// charges are the transactions of a journey that a book has as charged, and as undone.
func (a *account) charges(book []zvtsim.Transaction, journey string) (charged, undone int) {
	for _, x := range book {
		at := a.attemptOf(x)
		switch {
		case at == nil || at.journey != journey || x.Code != 0:
		case x.Charged():
			charged++
		default:
			undone++
		}
	}
	return charged, undone
}

// claims holds every screen against what was known when it stood (invariant 4).
func (w *world) claims(a *account) {
	for _, s := range w.sights {
		charged, undone := a.charges(s.book, s.journey)
		wrong := func(why string) {
			w.wrong(4, "at %.3f the screen said %q: %s", s.at.Sub(start).Seconds(), describe(s.screen), why)
		}
		of := a.cards.byID[s.journey]
		if of != nil {
			w.cardClaims(s, of, wrong)
		}
		if p := s.screen.Paper; p != nil && of == nil {
			done := a.receipts[p.Number]
			switch {
			case charged != 1:
				wrong(fmt.Sprintf("the bank had %d charges", charged))
			case done == nil || int64(done.amount) != p.Total:
				wrong("the log has no such payment")
			}
		}
		t := s.screen.Trouble
		if t == nil {
			continue
		}
		if t.Case != "" && a.cases[t.Case] == nil {
			wrong("the log has no such case")
		}
		switch t.Money {
		case front.MoneyUntouched:
			if charged > 0 {
				wrong("the bank had a charge")
			}
		case front.MoneyReturned:
			if charged > 0 || undone == 0 {
				wrong(fmt.Sprintf("the bank had %d charges and %d undone", charged, undone))
			}
		case front.MoneyCharged:
			if charged != 1 {
				wrong(fmt.Sprintf("the bank had %d charges", charged))
			}
		case front.MoneyUnknown:
			if t.Case == "" {
				wrong("unknown, but no case")
			}
		}
	}
}
