package campaign

import (
	"fmt"
	"time"

	"murur/devices/cardprinter"
	"murur/devices/cardprinter/evolissim"
	"murur/kiosk/journey/pickup"
	"murur/kiosk/stock"
)

// sketch draws a licence as its number: a row of dots, first the lowest bit.
type sketch struct{}

// Where the number stands on a card.
const (
	sketchX, sketchY = 100, 300
	sketchBits       = 32
)

// Draw makes the drawing of a licence; one does not fit.
func (sketch) Draw(l pickup.Licence) (cardprinter.Artwork, error) {
	if len(l.Given.En) > 100 {
		return cardprinter.Artwork{}, fmt.Errorf("a name of %d letters does not fit", len(l.Given.En))
	}
	m := cardprinter.NewMask()
	n := 0
	fmt.Sscan(l.Number, &n)
	for i := range sketchBits {
		if n>>i&1 != 0 {
			m.Set(sketchX+i, sketchY)
		}
	}
	return cardprinter.Artwork{Number: l.Number, Front: cardprinter.Side{Resin: m}}, nil
}

// numberOn is the number of the licence that a card is.
func numberOn(c evolissim.Card) string {
	m, n := c.Front.Resin(), 0
	if m == nil {
		return "blank"
	}
	for i := range sketchBits {
		if m.At(sketchX+i, sketchY) {
			n |= 1 << i
		}
	}
	return fmt.Sprint(n)
}

// accountOfBlanks is what the kiosk counts, of all batches.
func (w *world) accountOfBlanks() []stock.Batch {
	list, err := w.life.engine.Stock()
	if err != nil {
		w.wrong(5, "cannot read the stock: %v", err)
	}
	return list
}

// loads is a technician who puts blanks in and tells the kiosk, until it knows.
func (w *world) loads(n int) {
	w.batches++
	l := stock.Load{Batch: fmt.Sprintf("B%d", 1+w.batches/2), Count: n, By: "T1"}
	loaded := func() (n int) {
		for _, b := range w.accountOfBlanks() {
			n += b.Loaded
		}
		return n
	}
	w.cards.LoadFeeder(n)
	w.loaded += n
	for range 5 {
		err := w.life.engine.Load(w.life.ctx, l)
		w.settle()
		w.script.say(citizen, "technician loads %d blanks of batch %s: %v", n, l.Batch, err)
		if w.life.dead.Load() {
			w.revive()
		}
		if loaded() == w.loaded {
			return
		}
	}
	w.wrong(3, "%d blanks were loaded, the account knows of %d", w.loaded, loaded())
}

// repairs is a technician who mends the card printer and the capture unit, but takes no
// card out.
func (w *world) repairs() {
	w.cards.ClearFaults()
	w.mendsPrinter()
	u := w.unit
	u.ClearFaults()
	u.ClearJam()
	u.Silence(false)
	u.Lie(0)
	u.SetBinFull(false)
	u.SwitchOn()
}

// restacks pushes blanks back that had slipped off the feeder's rollers.
func (w *world) restacks() {
	v := w.cards.View()
	if lost := w.loaded - v.Fed - v.Feeder; lost > 0 {
		w.cards.LoadFeeder(lost)
	}
}

// clears takes the cards out that stay in the machine when nothing runs any more.
func (w *world) clears() {
	if v := w.cards.View(); v.Inside != 0 || v.Exit != 0 {
		w.script.say(citizen, "technician takes a licence out of the printer: inside %d, exit %d", v.Inside, v.Exit)
		w.cards.RemoveInside()
		w.cards.RemoveExit()
	}
	if s := w.unit.State(); s.Card != nil {
		w.script.say(citizen, "technician takes %s out of the capture unit, %s", s.Card.ID, s.At)
		w.unit.Remove()
	}
	w.pass(time.Second)
}
