package campaign

import (
	"context"
	"fmt"
	"slices"

	"murur/devices/terminal/zvtsim"
	"murur/kiosk/journey/fines"
	"murur/kiosk/ledger/record"
	"murur/sync/central"
)

// The invariants, by the numbers that a verdict names:
//
//	1  no fine is charged twice; an authorisation is sent once
//	2  every approved charge is posted at the central server, or undone, or an open case
//	3  no licence is issued twice; blanks loaded = issued + rejected + retracted + remaining;
//	   the old licence is retained before the new one is presented, and is never gone
//	   without a new one or a promise
//	4  screens, papers and records claim only what is confirmed
//	5  the log has no gap, its chain holds, the central server has all of it, and what was
//	   told to a citizen or to the terminal is in it
//	6  nothing of one citizen is seen by the next
//	7  silence leads to the welcome screen, or out of service with a remedy; every journey
//	   ends
//	8  the kiosk's bytes are what the devices' manuals allow
//

// wrongPIN is the code of an attempt at the terminal that the bank refused before the
// customer tried again: not a transaction of its own.
const wrongPIN = 0x37

// check holds everything against everything, when all is quiet.
func (w *world) check() {
	w.script.say(mishap, "the books are compared")
	records, err := w.life.book.After(0, 10_000)
	if err != nil {
		w.wrong(5, "cannot read the log: %v", err)
		return
	}
	a := accountOf(records)
	for _, broken := range a.broken {
		w.wrong(5, "%s", broken)
	}
	book := w.terminal.Book()
	for _, r := range records {
		w.script.note(r.At, ledgered, "%d %s %s", r.Seq, r.Kind, r.Payload)
	}
	for _, x := range book {
		w.script.note(x.At, bank, "trace %06d, receipt %04d, %d fils, code %02X, %s, vote %q", x.Trace, x.Receipt, x.Amount, x.Code, x.Fate, x.Vote)
	}
	w.checkMoney(a, book)
	w.checkCentral(a, book)
	w.checkCards(a)
	w.checkSpeech()
	w.checkPapers(a, book)
	w.checkDays(a)
	w.checkLog(records)
	w.claims(a)
	if s := w.life.screen(); !w.home() {
		w.wrong(7, "at the end the screen is %s", describe(s))
	}
	if n := w.open(); n > 0 {
		w.wrong(7, "%d journeys are still open", n)
	}
	w.manners()
	w.tidiness()
}

// charged is whether the bank has the attempt's money, and how many authorisations it saw.
func (a *account) charged(t *attempt, book []zvtsim.Transaction) (charged, seen int) {
	for _, x := range book {
		if a.attemptOf(x) != t || x.Code == wrongPIN {
			continue
		}
		seen++
		if x.Charged() {
			charged++
		}
	}
	return charged, seen
}

func (w *world) checkMoney(a *account, book []zvtsim.Transaction) {
	for _, x := range book {
		t := a.attemptOf(x)
		switch {
		case t == nil:
			w.wrong(5, "trace %06d reached the bank, but the log has no intent", x.Trace)
		case x.Amount != int64(t.amount):
			w.wrong(4, "trace %06d is of %d fils, %s of %d", x.Trace, x.Amount, t.id, t.amount)
		case x.Vote == "80 00" && !slices.Contains(t.approved, fmt.Sprintf("%06d", x.Trace)):
			w.wrong(5, "the terminal was told yes for trace %06d, but the log has no approval", x.Trace)
		}
	}
	times := map[string]int{}
	for _, t := range a.attempts {
		charged, seen := a.charged(t, book)
		if seen > 1 {
			w.wrong(1, "%s was authorised %d times", t.id, seen)
		}
		for _, id := range t.fines {
			times[id] += charged
		}
		w.checkAttempt(t, charged+a.givenBack(t, book))
	}
	for _, t := range a.attempts {
		for _, id := range t.fines {
			if times[id] > 1 {
				w.wrong(1, "fine %s was charged %d times", id, times[id])
				times[id] = 0
			}
		}
	}
	w.payments += len(slices.DeleteFunc(slices.Clone(book), func(x zvtsim.Transaction) bool { return !x.Charged() }))
}

// checkAttempt: every attempt ends exactly once, and as the bank says.
func (w *world) checkAttempt(t *attempt, charged int) {
	ends := t.completed + t.refused + t.reversed + t.released
	if t.completed == 1 && t.reversed == 1 { // charged, and given back later
		ends--
	}
	open := t.unknown - min(t.unknown, ends)
	switch {
	case t.intent.IsZero() && (ends != 1 || t.released != 1):
		w.wrong(2, "%s was reserved, never begun, and ended %d times", t.id, ends)
	case ends+open != 1:
		w.wrong(2, "%s has %d completed, %d refused, %d reversed, %d released, %d unknown", t.id, t.completed, t.refused, t.reversed, t.released, t.unknown)
	case t.completed == 1 && charged != 1:
		w.wrong(4, "%s is completed in the log, the bank has %d charges", t.id, charged)
	case t.reversed == 1 && t.completed == 0 && charged != 0:
		w.wrong(4, "%s is reversed in the log, the bank has charged it", t.id)
	case t.refused == 1 && charged != 0:
		w.wrong(4, "%s is refused in the log, the bank has charged it", t.id)
	case t.released == 1 && charged != 0:
		w.wrong(4, "%s is released in the log, the bank has charged it", t.id)
	}
}

// checkCentral: what is charged is posted once, or an open case (invariant 2).
func (w *world) checkCentral(a *account, book []zvtsim.Transaction) {
	var postings []central.Posting
	var differences []central.Difference
	var head record.Head
	paid := map[string]bool{}
	held := map[string]bool{}
	err := w.office.store.View(context.Background(), func(db central.Reader) (err error) {
		if postings, err = db.Postings(kioskID, 0, 1000); err != nil {
			return err
		}
		if differences, err = db.Differences(kioskID, 0, 1000); err != nil {
			return err
		}
		for _, t := range a.attempts {
			if r, err := db.Reservation(t.id); err == nil && r.Unclear {
				held[t.id] = true
			}
			for _, id := range t.fines {
				f, err := db.Fine(id)
				if err != nil {
					return err
				}
				paid[id] = !f.Paid.IsZero()
			}
		}
		if head, err = db.Head(kioskID); err == central.ErrNone {
			err = nil
		}
		return err
	})
	if err != nil {
		w.wrong(2, "cannot read the central server's book: %v", err)
		return
	}
	if have := w.life.book.Head(); head != have {
		w.wrong(5, "the central server has the log to %d, the kiosk to %d", head.Seq, have.Seq)
	}
	posted := map[string]int{}
	for _, p := range postings {
		posted[p.Reservation]++
		if t := a.byID[p.Reservation]; t == nil || t.amount != p.Amount || !slices.Equal(t.fines, p.Fines) {
			w.wrong(2, "posting %d of %s is not what was meant", p.Number, p.Reservation)
		}
	}
	unclear := 0
	for _, t := range a.attempts {
		charged, _ := a.charged(t, book)
		open := a.openCase(t)
		unclear += t.unknown
		switch {
		case charged > 0 && posted[t.id] == 0 && !open:
			w.wrong(2, "%s was charged, is not posted, and no case is open", t.id)
		case posted[t.id] > 1 || posted[t.id] == 1 && open:
			w.wrong(2, "%s is posted %d times, open case %v", t.id, posted[t.id], open)
		case posted[t.id] > charged+a.givenBack(t, book):
			w.wrong(2, "%s is posted, but was not charged", t.id)
		case held[t.id] != open:
			w.wrong(2, "the central server keeps the fines of %s: %v, open case %v", t.id, held[t.id], open)
		}
		for _, id := range t.fines {
			if posted[t.id] > 0 && !paid[id] {
				w.wrong(2, "fine %s of %s is posted but not paid", id, t.id)
			}
		}
	}
	for _, d := range differences {
		if d.Application != "" {
			continue // see checkOffice
		}
		if d.Why == central.NotClear {
			unclear--
			continue
		}
		if d.Why == central.PaidTwice && w.elsewhere[d.Fine] {
			// At a counter, while our payment could not be stopped any more.
			if t := a.paying(d.Fine); t == nil || t.reversed == 0 && !a.toGiveBack(t) {
				w.wrong(2, "fine %s was paid at a counter too, and is neither given back nor a case", d.Fine)
			}
			continue
		}
		w.wrong(2, "the central server has a difference: %s, fine %s, record %d", d.Why, d.Fine, d.Place.Seq)
	}
	if unclear != 0 {
		w.wrong(2, "the central server has %d unclear payments fewer than the kiosk", unclear)
	}
}

// givenBack is 1 when the bank has undone a completed payment by a reversal, and the log
// says so, or a case says that it may be.
func (a *account) givenBack(t *attempt, book []zvtsim.Transaction) int {
	if t.completed == 0 || t.reversed == 0 && !a.toGiveBack(t) {
		return 0
	}
	for _, x := range book {
		if a.attemptOf(x) == t && x.Fate == zvtsim.Reversed && x.Undone == "06 30" {
			return 1
		}
	}
	return 0
}

// paying is the attempt that paid a fine here.
func (a *account) paying(fine string) *attempt {
	for _, t := range a.attempts {
		if t.completed+t.reversed > 0 && slices.Contains(t.fines, fine) {
			return t
		}
	}
	return nil
}

// toGiveBack reports whether there is a case about giving the attempt's payment back.
func (a *account) toGiveBack(t *attempt) bool {
	for _, c := range a.cases {
		if c.Reason == fines.ReasonPaidTwice && slices.Equal(c.Fines, t.fines) {
			return true
		}
	}
	return false
}

// openCase reports whether a case about the attempt's payment is still open.
func (a *account) openCase(t *attempt) bool {
	for _, c := range a.cases {
		if c.Payment.Attempt == t.id && len(c.closed) == 0 {
			return true
		}
	}
	return false
}
