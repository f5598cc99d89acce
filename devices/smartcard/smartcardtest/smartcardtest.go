// Package smartcardtest is the conformance suite of smartcard.Reader: what every
// driver does together with a reader and somebody who handles cards and cable.
package smartcardtest

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"murur/devices"
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

// Fresh makes a reader that is plugged in with an empty slot. It is called for
// every part of the suite and cleans up by t.Cleanup.
type Fresh func(t *testing.T) (smartcard.Reader, Hands)

// Run runs the suite in real time.
func Run(t *testing.T, fresh Fresh) { run(t, fresh, func(t *testing.T, f func(*testing.T)) { f(t) }) }

// RunInBubble runs each part in a bubble of testing/synctest, in simulated time:
// for readers that live in memory.
func RunInBubble(t *testing.T, fresh Fresh) { run(t, fresh, synctest.Test) }

func run(t *testing.T, fresh Fresh, in func(*testing.T, func(*testing.T))) {
	for name, part := range map[string]func(t *testing.T, r smartcard.Reader, h Hands){
		"slot":                slot,
		"watchers":            watchers,
		"status":              status,
		"read":                read,
		"no card":             noCard,
		"mute card":           muteCard,
		"foreign protocol":    foreignProtocol,
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
				part(t, r, h)
			})
		})
	}
}

// watch returns a function that takes the next slot state and compares it.
func watch(t *testing.T, r smartcard.Reader) func(want smartcard.Slot) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	states := r.Watch(ctx)
	return func(want smartcard.Slot) {
		t.Helper()
		if got, ok := <-states; got != want || !ok {
			t.Fatalf("slot is %q, want %q", got, want)
		}
	}
}

// in puts a card in and waits until the reader has seen it.
func in(t *testing.T, r smartcard.Reader, h Hands, c *cardsim.Card) func(smartcard.Slot) {
	t.Helper()
	next := watch(t, r)
	next(smartcard.SlotEmpty)
	if err := h.Insert(c); err != nil {
		t.Fatal(err)
	}
	next(smartcard.SlotOccupied)
	return next
}

func connect(t *testing.T, r smartcard.Reader) smartcard.Card {
	t.Helper()
	c, err := r.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func transmit(t *testing.T, c smartcard.Card, cmd smartcard.Command, want smartcard.SW) []byte {
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

func slot(t *testing.T, r smartcard.Reader, h Hands) {
	next := in(t, r, h, cardsim.CivilID(Fahad))
	h.Remove()
	next(smartcard.SlotEmpty)
	h.Insert(cardsim.CivilID(Fahad))
	next(smartcard.SlotOccupied)
	h.Unplug()
	next(smartcard.SlotGone)
	h.Plug()
	next(smartcard.SlotOccupied)
	h.Remove()
	next(smartcard.SlotEmpty)
}

func watchers(t *testing.T, r smartcard.Reader, h Hands) {
	late := watch(t, r) // receives only at the end, and misses nothing
	late(smartcard.SlotEmpty)
	next := in(t, r, h, cardsim.CivilID(Fahad))
	h.Remove()
	next(smartcard.SlotEmpty)
	watch(t, r)(smartcard.SlotEmpty) // a new one begins with the present state
	late(smartcard.SlotOccupied)
	late(smartcard.SlotEmpty)

	ctx, cancel := context.WithCancel(t.Context())
	states := r.Watch(ctx)
	cancel()
	for range states { // at most the present state, then the end
	}
}

func status(t *testing.T, r smartcard.Reader, h Hands) {
	next := watch(t, r)
	next(smartcard.SlotEmpty)
	s, err := r.Status(t.Context())
	if err != nil || !s.Ready() || s.Model == "" {
		t.Errorf("status %+v, %v", s, err)
	}
	h.Unplug()
	next(smartcard.SlotGone)
	if s, err := r.Status(t.Context()); err != nil || s.Link != devices.Absent {
		t.Errorf("unplugged: status %+v, %v", s, err)
	}
	if _, err := r.Connect(t.Context()); !errors.Is(err, devices.ErrLink) {
		t.Errorf("unplugged: Connect: %v", err)
	}
}

func read(t *testing.T, r smartcard.Reader, h Hands) {
	in(t, r, h, cardsim.CivilID(Fahad))
	c := connect(t, r)
	if len(c.ATR()) != 14 {
		t.Errorf("answer to reset % X", c.ATR())
	}
	transmit(t, c, selectApplication, smartcard.OK)
	transmit(t, c, selectHolder, smartcard.OK)
	if data := transmit(t, c, readAll, smartcard.OK); len(data) != 78 || data[0] != 0xE1 {
		t.Errorf("holder file: % X", data)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

func templateBy61(t *testing.T, r smartcard.Reader, h Hands) {
	in(t, r, h, cardsim.CivilID(Fahad))
	c := connect(t, r)
	if data := transmit(t, c, selectTemplate, smartcard.OK); len(data) == 0 || data[0] != 0x6F {
		t.Errorf("template: % X", data)
	}
}

func refusedCommand(t *testing.T, r smartcard.Reader, h Hands) {
	in(t, r, h, cardsim.CivilID(Fahad))
	c := connect(t, r)
	transmit(t, c, readAll, 0x6986) // a refusal is no error, and the session lasts
	transmit(t, c, selectApplication, smartcard.OK)
	if _, err := c.Transmit(t.Context(), smartcard.Command{INS: 0xB0, Le: 257}); err == nil {
		t.Error("Le 257 was sent")
	}
	transmit(t, c, selectHolder, smartcard.OK)
}

func noCard(t *testing.T, r smartcard.Reader, h Hands) {
	watch(t, r)(smartcard.SlotEmpty)
	if _, err := r.Connect(t.Context()); !errors.Is(err, smartcard.ErrNoCard) {
		t.Errorf("Connect: %v", err)
	}
}

func muteCard(t *testing.T, r smartcard.Reader, h Hands) {
	next := in(t, r, h, cardsim.CivilID(Fahad, cardsim.Mute))
	if _, err := r.Connect(t.Context()); !errors.Is(err, smartcard.ErrMute) {
		t.Errorf("Connect: %v", err)
	}
	h.Remove()
	next(smartcard.SlotEmpty)
	h.Insert(cardsim.CivilID(Fahad)) // the right way round
	next(smartcard.SlotOccupied)
	connect(t, r)
}

func foreignProtocol(t *testing.T, r smartcard.Reader, h Hands) {
	in(t, r, h, cardsim.DrivingLicence())
	c := connect(t, r)
	if len(c.ATR()) != 25 {
		t.Errorf("answer to reset % X", c.ATR())
	}
	if _, err := c.Transmit(t.Context(), selectApplication); err == nil {
		t.Error("a T=1 card was sent a T=0 command")
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

func connectAgain(t *testing.T, r smartcard.Reader, h Hands) {
	in(t, r, h, cardsim.CivilID(Fahad))
	first := connect(t, r)
	transmit(t, first, selectApplication, smartcard.OK)
	second := connect(t, r)
	if _, err := first.Transmit(t.Context(), selectHolder); err == nil {
		t.Error("the first session goes on after a second Connect")
	}
	transmit(t, second, selectHolder, 0x6985) // the card was reset
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	transmit(t, second, selectApplication, smartcard.OK) // and Close of the first did not touch it
}

func closedCard(t *testing.T, r smartcard.Reader, h Hands) {
	next := in(t, r, h, cardsim.CivilID(Fahad))
	c := connect(t, r)
	for range 2 {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := c.Transmit(t.Context(), readAll); err == nil {
		t.Error("a closed card answers")
	}
	h.Remove()
	next(smartcard.SlotEmpty) // and not "occupied" again
}

func pulledWhileIdle(t *testing.T, r smartcard.Reader, h Hands) {
	next := in(t, r, h, cardsim.CivilID(Fahad))
	c := connect(t, r)
	h.Remove()
	next(smartcard.SlotEmpty)
	if _, err := c.Transmit(t.Context(), selectApplication); !errors.Is(err, smartcard.ErrRemoved) {
		t.Errorf("Transmit: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

func pulledWhileRead(t *testing.T, r smartcard.Reader, h Hands) {
	next := in(t, r, h, cardsim.CivilID(Fahad, cardsim.PulledAfter(1)))
	c := connect(t, r)
	transmit(t, c, selectApplication, smartcard.OK)
	if _, err := c.Transmit(t.Context(), selectHolder); !errors.Is(err, smartcard.ErrRemoved) {
		t.Errorf("Transmit: %v", err)
	}
	next(smartcard.SlotEmpty)
	h.Insert(cardsim.CivilID(Fahad))
	next(smartcard.SlotOccupied)
	transmit(t, connect(t, r), selectApplication, smartcard.OK)
}

func swapped(t *testing.T, r smartcard.Reader, h Hands) {
	in(t, r, h, cardsim.CivilID(Fahad))
	c := connect(t, r)
	transmit(t, c, selectApplication, smartcard.OK)
	h.Remove()
	h.Insert(cardsim.CivilID(Fahad)) // before anybody looked
	if _, err := c.Transmit(t.Context(), selectHolder); err == nil {
		t.Error("the session goes on with another card")
	}
	transmit(t, connect(t, r), selectApplication, smartcard.OK)
}

func swappedWhileIdle(t *testing.T, r smartcard.Reader, h Hands) {
	next := in(t, r, h, cardsim.CivilID(Fahad))
	c := connect(t, r)
	h.Remove()
	h.Insert(cardsim.BankCard())
	next(smartcard.SlotEmpty) // the swap is seen, though the slot is never found empty
	next(smartcard.SlotOccupied)
	if _, err := c.Transmit(t.Context(), selectApplication); !errors.Is(err, smartcard.ErrRemoved) {
		t.Errorf("Transmit: %v", err)
	}
	transmit(t, connect(t, r), selectApplication, 0x6A82)
}

func unpluggedInUse(t *testing.T, r smartcard.Reader, h Hands) {
	next := in(t, r, h, cardsim.CivilID(Fahad))
	c := connect(t, r)
	h.Unplug()
	if _, err := c.Transmit(t.Context(), selectApplication); !errors.Is(err, devices.ErrLink) {
		t.Errorf("Transmit: %v", err)
	}
	next(smartcard.SlotGone)
	h.Plug()
	next(smartcard.SlotOccupied)
	transmit(t, connect(t, r), selectApplication, smartcard.OK)
}

func cancelled(t *testing.T, r smartcard.Reader, h Hands) {
	next := in(t, r, h, cardsim.CivilID(Fahad, cardsim.Slow(time.Hour)))
	c := connect(t, r)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := c.Transmit(ctx, selectApplication); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Transmit: %v", err)
	}
	h.Remove()
	next(smartcard.SlotEmpty)
	h.Insert(cardsim.CivilID(Fahad))
	next(smartcard.SlotOccupied)
	transmit(t, connect(t, r), selectApplication, smartcard.OK)
}

func fromTwoGoroutines(t *testing.T, r smartcard.Reader, h Hands) {
	in(t, r, h, cardsim.CivilID(Fahad))
	c := connect(t, r)
	done := make(chan error)
	for range 2 {
		go func() {
			var err error
			for range 20 {
				if _, e := c.Transmit(t.Context(), selectApplication); e != nil {
					err = e
				}
				if _, e := r.Status(t.Context()); e != nil {
					err = e
				}
			}
			done <- err
		}()
	}
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}
