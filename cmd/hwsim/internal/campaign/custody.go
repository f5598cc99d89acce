package campaign

import (
	"maps"
	"slices"
	"time"

	"murur/devices"
	"murur/kiosk/journey/pickup"
	"murur/kiosk/ledger/record"
)

// custody is what the kiosk's log says of licences.
type custody struct {
	journeys []*serving // in order
	byID     map[string]*serving
	blanks   map[string]*blank // by their id in the log
	fed      []*blank          // in the order of the intents
}

// serving is one journey that has begun to serve an application.
type serving struct {
	id     string
	what   pickup.PickupRecord
	ends   []string // kinds of records
	admits []time.Time
	old    []claim
	blanks []*blank
	things []*trail // what was put into the gate meanwhile
}

// blank is a card that was to become a licence.
type blank struct {
	id, batch string
	of        *serving
	meant     time.Time // the intent to feed it
	said      []claim
	number    int // of the printer's card; 0: none was fed
	trail     *trail
}

// claim is who has a card, as the log says, and since when.
type claim struct {
	at       time.Time
	custody  devices.Custody
	evidence string
}

// last is the last word about a card.
func last(said []claim) claim {
	if len(said) == 0 {
		return claim{}
	}
	return said[len(said)-1]
}

func newCustody() *custody {
	return &custody{byID: map[string]*serving{}, blanks: map[string]*blank{}}
}

// serving is a journey's; what belongs to none that has begun is noted.
func (a *account) serving(r record.Record) *serving {
	if s := a.cards.byID[r.Journey]; s != nil {
		return s
	}
	a.broken = append(a.broken, r.Kind+" of a pickup that has not begun: "+r.Journey)
	return &serving{}
}

func (a *account) custodyOf(r record.Record) {
	c := a.cards
	switch r.Kind {
	case pickup.RecordBegun:
		s := &serving{id: r.Journey, what: read0[pickup.PickupRecord](a, r)}
		c.journeys, c.byID[s.id] = append(c.journeys, s), s
	case pickup.RecordIssued, pickup.RecordReleased, pickup.RecordPromised, pickup.RecordRetracted, pickup.RecordUnclear:
		s := a.serving(r)
		s.ends = append(s.ends, r.Kind)
	case pickup.RecordIntent:
		p := read0[pickup.IntentRecord](a, r)
		switch s := a.serving(r); p.Act {
		case pickup.ActAdmit:
			s.admits = append(s.admits, r.At)
		case pickup.ActFeed:
			b := &blank{id: p.Card, batch: p.Batch, of: s, meant: r.At}
			if c.blanks[b.id] != nil {
				a.broken = append(a.broken, "two blanks have the id "+b.id)
			}
			c.blanks[b.id], c.fed, s.blanks = b, append(c.fed, b), append(s.blanks, b)
		}
	case pickup.RecordCustody:
		p := read0[pickup.CustodyRecord](a, r)
		said := claim{r.At.Add(time.Microsecond), p.Custody, p.Evidence} // the log cuts the rest of it off
		if p.Object == pickup.Old {
			s := a.serving(r)
			s.old = append(s.old, said)
		} else if b := c.blanks[p.Card]; b != nil {
			b.said = append(b.said, said)
		} else {
			a.broken = append(a.broken, "custody of a blank that was never fed: "+p.Card)
		}
	}
}

// meantBefore is the last of the blanks that were meant to be fed before a time.
func (c *custody) meantBefore(at time.Time) (last *blank) {
	for _, b := range c.fed {
		if !b.meant.After(at) {
			last = b
		}
	}
	return last
}

// admitsBefore is the journey that last opened the gate before a time.
func (c *custody) admitsBefore(at time.Time) (last *serving) {
	for _, s := range c.journeys {
		for _, t := range s.admits {
			if !t.After(at) {
				last = s
			}
		}
	}
	return last
}

// matches finds the card of every blank, and the journey of everything that was put into
// the gate.
func (w *world) matches(a *account) {
	w.witness.mu.Lock()
	defer w.witness.mu.Unlock()
	for n := 1; n <= len(w.witness.new); n++ {
		t := w.witness.new[n]
		b := a.cards.meantBefore(t.first(inPrinter))
		switch {
		case b == nil:
			w.wrong(3, "licence %d left the feeder, and the log has no intent", n)
		case b.number != 0:
			w.wrong(3, "licences %d and %d left the feeder for %s", b.number, n, b.id)
		default:
			b.number, b.trail = n, t
		}
	}
	for _, id := range slices.Sorted(maps.Keys(w.witness.old)) {
		t := w.witness.old[id]
		t.id = id
		for _, s := range t.stops {
			switch j := a.cards.admitsBefore(s.at); {
			case s.place != inGate:
			case j == nil:
				w.wrong(3, "%s is in the gate, and the log has no intent", id)
			default:
				t.last = j
				if !slices.Contains(j.things, t) {
					j.things = append(j.things, t)
				}
			}
		}
	}
}
