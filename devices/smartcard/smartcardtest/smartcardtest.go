// Package smartcardtest is the conformance suite of smartcard.Reader: what every
// driver does together with a reader and somebody who handles cards and cable.
package smartcardtest

import (
	"context"
	"encoding/hex"
	"testing"
	"testing/synctest"
	"time"

	"murur/devices/smartcard"
	"murur/devices/smartcard/cardsim"
)

// Hands are what a person does to a reader. *ccidsim.Reader has them.
type Hands interface {
	Insert(*cardsim.Card) error
	Remove()
	Plug()
	Unplug()
}

// Fahad is the made-up holder of the suite's cards.
var Fahad = cardsim.Person{
	CivilNumber: "288012098012",
	NameAr:      "فهد سالم",
	NameEn:      "FAHAD SALEM",
	Expiry:      time.Date(2030, 1, 31, 0, 0, 0, 0, time.UTC),
}

// Commands to the development card.
var (
	selectApplication = smartcard.Command{INS: 0xA4, P1: 0x04, P2: 0x0C, Data: []byte{0xF0, 0x4B, 0x57, 0x44, 0x45, 0x56, 0x01}, Le: -1}
	selectTemplate    = smartcard.Command{INS: 0xA4, P1: 0x04, P2: 0x00, Data: []byte{0xF0, 0x4B, 0x57, 0x44, 0x45, 0x56, 0x01}, Le: 0}
	selectHolder      = smartcard.Command{INS: 0xA4, P1: 0x02, P2: 0x0C, Data: []byte{0x01, 0x01}, Le: -1}
	readAll           = smartcard.Command{INS: 0xB0, Le: 0}
)

// Card makes a card with the development card's application, made out to Fahad.
type Card func(...cardsim.Fault) *cardsim.Card

// CivilID is the T=0 card that the kiosk is for.
func CivilID(faults ...cardsim.Fault) *cardsim.Card { return cardsim.CivilID(Fahad, faults...) }

// BlockCard is the same with T=1 and blocks of at most 32 bytes.
func BlockCard(faults ...cardsim.Fault) *cardsim.Card {
	atr, _ := hex.DecodeString(cardsim.BlockATR)
	return cardsim.CivilID(Fahad, append([]cardsim.Fault{cardsim.Reset(atr)}, faults...)...)
}

// Fresh makes a reader that is plugged in with an empty slot. It is called for
// every part of the suite and cleans up by t.Cleanup.
type Fresh func(t *testing.T) (smartcard.Reader, Hands)

// Run runs the suite in real time.
func Run(t *testing.T, fresh Fresh, card Card) {
	run(t, fresh, card, func(t *testing.T, f func(*testing.T)) { f(t) })
}

// RunInBubble runs each part in a bubble of testing/synctest, in simulated time:
// for readers that live in memory.
func RunInBubble(t *testing.T, fresh Fresh, card Card) { run(t, fresh, card, synctest.Test) }

// bench is what one part of the suite works with.
type bench struct {
	*testing.T
	r    smartcard.Reader
	h    Hands
	card Card
}

func run(t *testing.T, fresh Fresh, card Card, in func(*testing.T, func(*testing.T))) {
	for name, part := range map[string]func(bench){
		"slot":                slot,
		"watchers":            watchers,
		"status":              status,
		"read":                read,
		"no card":             noCard,
		"mute card":           muteCard,
		"foreign protocol":    foreignProtocol,
		"driving licence":     drivingLicence,
		"long read":           longRead,
		"connect again":       connectAgain,
		"closed card":         closedCard,
		"pulled while idle":   pulledWhileIdle,
		"pulled while read":   pulledWhileRead,
		"swapped":             swapped,
		"swapped while idle":  swappedWhileIdle,
		"unplugged in use":    unpluggedInUse,
		"cancelled":           cancelled,
		"template by 61xx":    templateBy61,
		"refused command":     refusedCommand,
		"from two goroutines": fromTwoGoroutines,
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(t *testing.T) {
				r, h := fresh(t)
				part(bench{t, r, h, card})
			})
		})
	}
}

// watch returns a function that takes the next slot state and compares it.
func (t bench) watch() func(want smartcard.Slot) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	states := t.r.Watch(ctx)
	return func(want smartcard.Slot) {
		t.Helper()
		if got, ok := <-states; got != want || !ok {
			t.Fatalf("slot is %q, want %q", got, want)
		}
	}
}

// in puts a card in and waits until the reader has seen it.
func (t bench) in(c *cardsim.Card) func(smartcard.Slot) {
	t.Helper()
	next := t.watch()
	next(smartcard.SlotEmpty)
	if err := t.h.Insert(c); err != nil {
		t.Fatal(err)
	}
	next(smartcard.SlotOccupied)
	return next
}

func (t bench) connect() smartcard.Card {
	t.Helper()
	c, err := t.r.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (t bench) transmit(c smartcard.Card, cmd smartcard.Command, want smartcard.SW) []byte {
	t.Helper()
	resp, err := c.Transmit(t.Context(), cmd)
	if err != nil {
		t.Fatal(err)
	}
	if resp.SW != want {
		t.Fatalf("status word of INS %02X is %v, want %v", cmd.INS, resp.SW, want)
	}
	return resp.Data
}
