package campaign

import (
	"sync"
	"time"

	"murur/devices/capture/crt571sim"
	"murur/devices/cardprinter/evolissim"
)

// witness remembers where every card was, and since when. The simulators tell it of every
// change.
type witness struct {
	mu  sync.Mutex
	new map[int]*trail    // licences by their number in the order of feeding
	old map[string]*trail // what was put into the gate, by its id
}

// trail is where a card was, oldest first.
type trail struct {
	id    string   // of what was put into the gate
	last  *serving // and the journey that last opened the gate for it
	stops []stop
}

type stop struct {
	at    time.Time
	place place
}

// place is where a card can be.
type place string

const (
	inPrinter place = "in the printer"
	inExit    place = "in the exit"
	inBox     place = "in the reject box"
	inGate    place = "in the gate"
	inUnit    place = "in the capture unit"
	inBin     place = "in the retain bin"
	inHand    place = "in a person's hand"
	inStore   place = "with a technician"
)

var places = map[evolissim.Place]place{
	evolissim.Inside: inPrinter, evolissim.Exit: inExit, evolissim.Taken: inHand, evolissim.RejectBox: inBox,
}

func newWitness() *witness {
	return &witness{new: map[int]*trail{}, old: map[string]*trail{}}
}

func note[K comparable](of map[K]*trail, card K, p place) {
	t := of[card]
	if t == nil {
		t = &trail{}
		of[card] = t
	}
	if len(t.stops) == 0 || t.stops[len(t.stops)-1].place != p {
		t.stops = append(t.stops, stop{time.Now(), p})
	}
}

func (w *witness) licences(cards []evolissim.Card) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range cards {
		note(w.new, c.Number, places[c.Place])
	}
}

func (w *witness) gate(s crt571sim.State) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for p, list := range map[place][]crt571sim.Object{inBin: s.Bin, inHand: s.Taken, inStore: s.Removed} {
		for _, o := range list {
			note(w.old, o.ID, p)
		}
	}
	if s.Card == nil {
		return
	}
	p := inUnit
	if s.At == crt571sim.Gate {
		p = inGate
	}
	note(w.old, s.Card.ID, p)
}

// now is where the card is at last.
func (t *trail) now() place { return t.at(time.Now()) }

// at is where the card was then; nowhere before it was seen.
func (t *trail) at(then time.Time) (p place) {
	for _, s := range t.stops {
		if !s.at.After(then) {
			p = s.place
		}
	}
	return p
}

// first is when the card first was there; zero: never.
func (t *trail) first(p place) time.Time {
	for _, s := range t.stops {
		if s.place == p {
			return s.at
		}
	}
	return time.Time{}
}
