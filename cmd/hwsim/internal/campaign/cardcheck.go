package campaign

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"murur/devices"
	"murur/devices/cardprinter/evolissim"
	"murur/kiosk/journey/pickup"
	"murur/sync/central"
)

// Figures count the pickups of a seed.
type Figures struct {
	Begun, Issued, Promised, Retracted, Released, Unknown int
	Reissued                                              int // decisions of the office
	Rejected                                              int // blanks that were spoilt
}

// Add sums up.
func (f *Figures) Add(g Figures) {
	f.Begun += g.Begun
	f.Issued += g.Issued
	f.Promised += g.Promised
	f.Retracted += g.Retracted
	f.Released += g.Released
	f.Unknown += g.Unknown
	f.Reissued += g.Reissued
	f.Rejected += g.Rejected
}

// checkCards holds invariant 3: the log against the cards themselves.
func (w *world) checkCards(a *account) {
	w.matches(a)
	c := a.cards
	cards := w.cards.Cards()
	taken := map[string][]int{}
	for _, b := range c.fed {
		w.checkBlank(a, b)
		if b.trail == nil || b.trail.now() != inHand {
			continue
		}
		if n := numberOn(cards[b.number-1]); b.of.what.Application != "" && n != licenceOf[b.of.what.Application] {
			w.wrong(3, "licence %d was taken for %s, but it is %s", b.number, b.of.what.Application, n)
		}
		key := fmt.Sprintf("%s issue %d", b.of.what.Application, b.of.what.Issue)
		if taken[key] = append(taken[key], b.number); len(taken[key]) > 1 {
			w.wrong(3, "%s was taken %d times: licences %v", key, len(taken[key]), taken[key])
		}
	}
	for _, s := range c.journeys {
		w.checkServing(a, s)
	}
	w.checkBlanks(c)
	w.checkOffice(c)
	w.checkUnits()
}

// checkBlank: what the log says of a card was true when it said so, and its last word
// holds still.
func (w *world) checkBlank(a *account, b *blank) {
	final := last(b.said)
	if b.number == 0 {
		if final.custody != "" && final.custody != devices.CustodyUnknown {
			w.wrong(3, "%s is %s in the log, but no card was fed", b.id, final.custody)
		}
		return
	}
	meant := map[devices.Custody][]place{
		devices.CustodyInside: {inPrinter}, devices.CustodyPresented: {inExit, inHand}, devices.CustodyTaken: {inHand},
		devices.CustodyRejected: {inBox}, devices.CustodyRetracted: {inBox},
	}
	for _, said := range b.said {
		switch at := b.trail.at(said.at); said.custody {
		case devices.CustodyUnknown:
		case "":
			w.wrong(3, "%s stayed in the feeder, says the log (%s), but licence %d was fed", b.id, said.evidence, b.number)
		default:
			if !slices.Contains(meant[said.custody], at) {
				w.wrong(4, "%s is %s, says the log (%s), but licence %d was %s", b.id, said.custody, said.evidence, b.number, at)
			}
		}
	}
	switch final.custody {
	case devices.CustodyTaken, devices.CustodyRejected, devices.CustodyRetracted:
		if at := b.trail.now(); !slices.Contains(meant[final.custody], at) {
			w.wrong(3, "%s is %s in the log, but licence %d is %s", b.id, final.custody, b.number, at)
		}
	case devices.CustodyUnknown:
		if c := a.cases["C-"+b.of.id]; c == nil || len(c.closed) > 0 {
			w.wrong(3, "nobody knows who has %s, and no case is open", b.id)
		}
	default:
		w.wrong(3, "the log leaves %s as %q (%s)", b.id, final.custody, final.evidence)
	}
}

// checkServing: a journey that began ended once, the old licence was in the bin before
// the new one came out, and is nowhere without a new one or a case.
func (w *world) checkServing(a *account, s *serving) {
	w.figures.Begun++
	if len(s.ends) != 1 {
		w.wrong(3, "%s has begun and ended as %v", s.id, s.ends)
		return
	}
	end, file := s.ends[0], a.cases["C-"+s.id]
	switch end {
	case pickup.RecordIssued:
		w.figures.Issued++
	case pickup.RecordReleased:
		w.figures.Released++
	case pickup.RecordPromised:
		w.figures.Promised++
	case pickup.RecordRetracted:
		w.figures.Retracted++
	case pickup.RecordUnclear:
		w.figures.Unknown++
	}
	if promised := end != pickup.RecordIssued && end != pickup.RecordReleased; promised != (file != nil) {
		w.wrong(3, "%s ended as %s, a case was opened: %v", s.id, end, file != nil)
	}
	hand := 0
	for _, b := range s.blanks {
		if last(b.said).custody == devices.CustodyRejected {
			w.figures.Rejected++
		}
		if b.trail == nil {
			continue
		}
		if b.trail.now() == inHand {
			hand++
		}
		out := b.trail.first(inExit)
		if out.IsZero() {
			out = b.trail.first(inHand)
		}
		if !out.IsZero() && s.what.Kind.TakesOld() && !slices.ContainsFunc(s.things, func(t *trail) bool {
			binned := t.first(inBin)
			return binned.After(s.admits[0]) && !binned.After(out)
		}) {
			w.wrong(3, "licence %d came out before an old one was in the bin (%s)", b.number, s.id)
		}
	}
	switch {
	case end == pickup.RecordIssued && hand != 1:
		w.wrong(3, "%s ended as issued, %d licences were taken", s.id, hand)
	case (end == pickup.RecordReleased || end == pickup.RecordPromised || end == pickup.RecordRetracted) && hand != 0:
		w.wrong(3, "%s ended as %s, %d licences were taken", s.id, end, hand)
	}
	for _, said := range s.old {
		w.checkOldClaim(s, said)
	}
	for _, t := range s.things {
		at := t.now()
		switch {
		case t.last != s, at == inHand, end == pickup.RecordIssued, file != nil:
		case w.lied: // a sensor said that nothing is there
		case at == inStore && t.stops[len(t.stops)-2].place == inGate && last(s.old).custody == "":
			// It was never taken in, or given back: it lay in the gate, in its owner's reach,
			// until a technician came.
		default:
			w.wrong(3, "%s is %s, and %s ended as %s", t.id, at, s.id, end)
		}
	}
}

// checkOldClaim: what the log says of an old licence is true.
func (w *world) checkOldClaim(s *serving, said claim) {
	if w.lied { // a sensor lied: nobody could know better
		return
	}
	holds := func(where ...place) bool {
		return slices.ContainsFunc(s.things, func(t *trail) bool { return slices.Contains(where, t.at(said.at)) })
	}
	switch said.custody {
	case devices.CustodyRetained:
		if !holds(inBin) {
			w.wrong(4, "%s: the old licence is retained, says the log (%s), but nothing is in the bin", s.id, said.evidence)
		}
	case devices.CustodyInside:
		if !holds(inUnit, inGate) {
			w.wrong(4, "%s: the old licence is inside, says the log (%s), but it is not", s.id, said.evidence)
		}
	case devices.CustodyTaken, "":
		if holds(inUnit) {
			w.wrong(4, "%s: the old licence is %q, says the log (%s), but it is in the unit", s.id, said.custody, said.evidence)
		}
	}
}

// checkBlanks: for each batch the account is what the cards are.
func (w *world) checkBlanks(c *custody) {
	v := w.cards.View()
	feeder, phantoms := 0, 0
	for _, batch := range w.accountOfBlanks() {
		issued, rejected, unknown := 0, 0, 0
		for _, b := range c.fed {
			switch final := last(b.said); {
			case b.batch != batch.ID:
			case final.custody == devices.CustodyUnknown:
				unknown++
				if b.number == 0 {
					phantoms++
				}
			case b.number == 0:
			case b.trail.now() == inHand:
				issued++
			case b.trail.now() == inBox:
				rejected++
			}
		}
		feeder += batch.Feeder()
		if batch.Issued != issued || batch.Rejected+batch.Retracted != rejected || len(batch.Away) != unknown || batch.Unknown() != unknown {
			w.wrong(3, "batch %s: %d were taken, %d are rejected, %d unknown; the account says %+v", batch.ID, issued, rejected, unknown, batch)
		}
		if batch.Loaded != batch.Issued+batch.Rejected+batch.Retracted+batch.Remaining() {
			w.wrong(3, "batch %s does not add up: %+v", batch.ID, batch)
		}
	}
	if feeder+phantoms != v.Feeder {
		w.wrong(3, "%d blanks are in the feeder, the account says %d and %d that never left it", v.Feeder, feeder, phantoms)
	}
}

// licenceOf is the number of the licence of an application.
var licenceOf = func() map[string]string {
	all := map[string]string{}
	for _, a := range applications {
		all[a.ID] = a.Licence.Number
	}
	return all
}()

// checkOffice: the central server knows what became of every application.
func (w *world) checkOffice(c *custody) {
	type key struct {
		id    string
		issue int
	}
	ends := map[key][]string{}
	unclear := 0
	for _, s := range c.journeys {
		if len(s.ends) != 1 {
			continue
		}
		k := key{s.what.Application, s.what.Issue}
		switch end := s.ends[0]; end {
		case pickup.RecordReleased:
		case pickup.RecordIssued:
			ends[k] = append(ends[k], end)
		default:
			ends[k] = append(ends[k], end)
			unclear++
		}
	}
	err := w.office.store.View(context.Background(), func(db central.Reader) error {
		for _, demo := range applications {
			a, err := db.Application(demo.ID)
			if err != nil {
				return err
			}
			w.figures.Reissued += a.Issue - 1
			if allowed := 1 + countOf(a.Decisions, central.Reissue); a.Issue != allowed {
				w.wrong(3, "%s has issue %d, %d were allowed", a.ID, a.Issue, allowed)
			}
			now := ends[key{a.ID, a.Issue}]
			issued := slices.Contains(now, pickup.RecordIssued)
			switch {
			case len(now) > 1:
				w.wrong(3, "%s issue %d ended as %v", a.ID, a.Issue, now)
			case issued != !a.Issued.IsZero():
				w.wrong(3, "%s issue %d: issued here %v, in the office %v", a.ID, a.Issue, issued, a.Issued)
			case a.Closed.IsZero() && a.Unclear != (len(now) == 1 && !issued):
				w.wrong(3, "%s issue %d ended as %v, unclear in the office: %v", a.ID, a.Issue, now, a.Unclear)
			case a.Begun:
				w.wrong(3, "%s is still being served, says the office", a.ID)
			}
			for k := range ends {
				if k.id == a.ID && k.issue > a.Issue {
					w.wrong(3, "%s issue %d was served, allowed were %d", k.id, k.issue, a.Issue)
				}
			}
		}
		differences, err := db.Differences(kioskID, 0, 1000)
		for _, d := range differences {
			if d.Application == "" {
				continue
			}
			unclear--
			if d.Why != central.PickupUnclear {
				w.wrong(3, "the office has a difference: %s, %s, record %d", d.Why, d.Application, d.Place.Seq)
			}
		}
		return err
	})
	if err != nil {
		w.wrong(3, "cannot read the office's book: %v", err)
	}
	if unclear != 0 {
		w.wrong(3, "the office has %d unclear licences fewer than the kiosk", unclear)
	}
}

func countOf(all []central.Decision, v central.Verdict) (n int) {
	for _, d := range all {
		if d.Verdict == v {
			n++
		}
	}
	return n
}

// checkUnits: no unit saw what it should not, and nothing is left in them.
func (w *world) checkUnits() {
	for _, v := range w.cards.Violations() {
		w.wrong(8, "licence printer: %s", v)
	}
	for _, v := range w.unit.Violations() {
		if w.lied && strings.HasPrefix(v, "the gate was opened with") {
			continue // its sensor said that nothing was there
		}
		w.wrong(8, "capture unit: %s", v)
	}
	for i, c := range w.cards.Cards() {
		w.script.say(mishap, "licence %d: %s", i+1, c.Place)
		if c.Place == evolissim.Inside || c.Place == evolissim.Exit {
			w.wrong(3, "licence %d is left in the printer: %s", i+1, c.Place)
		}
	}
	s := w.unit.State()
	for _, o := range s.Bin {
		w.script.say(mishap, "%s is in the bin", o.ID)
	}
	if s.Card != nil {
		w.wrong(3, "%s is left in the capture unit: %s", s.Card.ID, s.At)
	}
	w.script.say(mishap, "the account of blanks: %+v", w.accountOfBlanks())
}

// cardClaims holds a screen of a pickup against where the cards were then.
func (w *world) cardClaims(s sight, of *serving, wrong func(string)) {
	new := func(where ...place) bool {
		return slices.ContainsFunc(of.blanks, func(b *blank) bool { return b.trail != nil && slices.Contains(where, b.trail.at(s.at)) })
	}
	old := func(where ...place) bool {
		return slices.ContainsFunc(of.things, func(t *trail) bool { return slices.Contains(where, t.at(s.at)) })
	}
	if l := s.screen.Licence; l != nil {
		switch {
		case l.State == "taken" && !new(inHand):
			wrong("nobody has the licence")
		case l.State == "take" && !new(inExit, inHand, inPrinter):
			wrong("no licence is there to be taken")
		}
	}
	t := s.screen.Trouble
	if t == nil || w.lied {
		return
	}
	switch {
	case t.Card == "kept" && !old(inBin):
		wrong("the old licence is not in the bin")
	case t.Card == "returned" && !old(inHand, inGate):
		wrong("the old licence was not given back")
	case t.Card == "untouched" && of.what.Kind.TakesOld() && old(inUnit):
		wrong("an old licence is in the unit")
	}
}

// speech is what the kiosk says to its own log: events for technicians, never a person.
type speech struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *speech) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

// checkSpeech: nothing personal stands in the kiosk's own log.
func (w *world) checkSpeech() {
	text := w.speech.text.String()
	for _, p := range w.guests {
		for _, token := range p.tokens[:5] {
			if strings.Contains(text, token) {
				w.wrong(6, "%s of %s stands in the kiosk's log", token, p.Name.En)
			}
		}
	}
}
