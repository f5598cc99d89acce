package campaign

import (
	"context"

	"murur/devices"
	"murur/kiosk/engine"
	"murur/kiosk/journey/pickup"
	"murur/sync/central"
)

// technician settles every case that is open: payments by the bank's book, licences by
// where the card is.
func (w *world) technician() {
	records, err := w.life.book.After(0, 10_000)
	if err != nil {
		w.wrong(5, "cannot read the log: %v", err)
		return
	}
	a := accountOf(records)
	w.matches(a)
	for _, c := range w.cases() {
		s := engine.Settlement{Case: c.Number, Reason: "compared with the bank's book"}
		switch {
		case c.Unclear():
			if w.chance(0.3) {
				continue // tomorrow
			}
			s.Outcome = devices.Refused
			if charged, _ := a.charged(a.byID[c.Payment.Attempt], w.terminal.Book()); charged > 0 {
				s.Outcome = devices.Confirmed
			}
			w.settled++
		case c.Card != "":
			if w.chance(0.1) {
				continue
			}
			s.Custody, s.Reason = pickup.InFeeder, "looked into the printer"
			if b := a.cards.blanks[c.Card]; b != nil && b.trail != nil {
				switch b.trail.now() {
				case inHand:
					s.Custody = devices.CustodyTaken
				case inPrinter, inExit:
					continue // nothing is decided about a card that is still in the machine
				default:
					s.Custody = devices.CustodyRejected
				}
			}
		}
		w.script.say(citizen, "technician settles %s: %s%s", c.Number, s.Outcome, s.Custody)
		if err := w.life.engine.Settle(w.life.ctx, s); err != nil && !w.life.dead.Load() {
			w.wrong(7, "case %s cannot be settled: %v", c.Number, err)
		}
	}
}

// between is what staff do after a visit: somebody in the office decides about what is
// unclear, a technician mends, takes out what is left in the machine and puts blanks in.
func (w *world) between() {
	if w.chance(0.5) {
		w.decides()
	}
	if w.life.dead.Load() || !w.home() || w.open() > 0 {
		return
	}
	if w.chance(0.3) {
		w.script.say(citizen, "technician looks after the units")
		w.repairs()
		w.clears()
	}
	if w.chance(0.1) {
		w.loads(1 + w.rnd.IntN(20))
	}
}

// decides is somebody in the office who looks at what is unclear.
func (w *world) decides() {
	var unclear []string
	err := w.office.store.View(context.Background(), func(db central.Reader) error {
		for _, demo := range applications {
			a, err := db.Application(demo.ID)
			if err != nil {
				return err
			}
			if a.Unclear {
				unclear = append(unclear, a.ID)
			}
		}
		return nil
	})
	if err != nil {
		w.wrong(2, "cannot read the applications: %v", err)
	}
	for _, id := range unclear {
		verdict := central.Reissue
		if w.chance(0.2) {
			verdict = central.Close
		}
		issue, err := w.office.server.Decide(w.ctx, id, verdict, "decided by an office worker")
		w.script.say(citizen, "the office decides about %s: %s, issue %d, %v", id, verdict, issue, err)
	}
}
