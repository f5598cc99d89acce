package smartcardtest

import (
	"context"
	"errors"
	"time"

	"murur/devices"
	"murur/devices/smartcard"
	"murur/devices/smartcard/cardsim"
)

func slot(t bench) {
	next := t.in(t.card())
	t.h.Remove()
	next(smartcard.SlotEmpty)
	t.h.Insert(t.card())
	next(smartcard.SlotOccupied)
	t.h.Unplug()
	next(smartcard.SlotGone)
	t.h.Plug()
	next(smartcard.SlotOccupied)
	t.h.Remove()
	next(smartcard.SlotEmpty)
}

func watchers(t bench) {
	late := t.watch() // receives only at the end, and misses nothing
	late(smartcard.SlotEmpty)
	next := t.in(t.card())
	t.h.Remove()
	next(smartcard.SlotEmpty)
	t.watch()(smartcard.SlotEmpty) // a new one begins with the present state
	late(smartcard.SlotOccupied)
	late(smartcard.SlotEmpty)

	ctx, cancel := context.WithCancel(t.Context())
	states := t.r.Watch(ctx)
	cancel()
	for range states { // at most the present state, then the end
	}
}

func status(t bench) {
	next := t.watch()
	next(smartcard.SlotEmpty)
	s, err := t.r.Status(t.Context())
	if err != nil || !s.Ready() || s.Model == "" {
		t.Errorf("status %+v, %v", s, err)
	}
	t.h.Unplug()
	next(smartcard.SlotGone)
	if s, err := t.r.Status(t.Context()); err != nil || s.Link != devices.Absent {
		t.Errorf("unplugged: status %+v, %v", s, err)
	}
	if _, err := t.r.Connect(t.Context()); !errors.Is(err, devices.ErrLink) {
		t.Errorf("unplugged: Connect: %v", err)
	}
}

func read(t bench) {
	t.in(t.card())
	c := t.connect()
	if len(c.ATR()) == 0 {
		t.Error("no answer to reset")
	}
	t.transmit(c, selectApplication, smartcard.OK)
	t.transmit(c, selectHolder, smartcard.OK)
	if data := t.transmit(c, readAll, smartcard.OK); len(data) != 78 || data[0] != 0xE1 {
		t.Errorf("holder file: % X", data)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

func templateBy61(t bench) {
	t.in(t.card())
	c := t.connect()
	if data := t.transmit(c, selectTemplate, smartcard.OK); len(data) == 0 || data[0] != 0x6F {
		t.Errorf("template: % X", data)
	}
}

func refusedCommand(t bench) {
	t.in(t.card())
	c := t.connect()
	t.transmit(c, readAll, 0x6986) // a refusal is no error, and the session lasts
	t.transmit(c, selectApplication, smartcard.OK)
	if _, err := c.Transmit(t.Context(), smartcard.Command{INS: 0xB0, Le: 65537}); err == nil {
		t.Error("Le 65537 was sent")
	}
	t.transmit(c, selectHolder, smartcard.OK)
}

func noCard(t bench) {
	t.watch()(smartcard.SlotEmpty)
	if _, err := t.r.Connect(t.Context()); !errors.Is(err, smartcard.ErrNoCard) {
		t.Errorf("Connect: %v", err)
	}
}

func muteCard(t bench) {
	next := t.in(t.card(cardsim.Mute))
	if _, err := t.r.Connect(t.Context()); !errors.Is(err, smartcard.ErrMute) {
		t.Errorf("Connect: %v", err)
	}
	t.h.Remove()
	next(smartcard.SlotEmpty)
	t.h.Insert(t.card()) // the right way round
	next(smartcard.SlotOccupied)
	t.connect()
}

// foreignProtocol: a card with a protocol that the reader has not can be told by its
// answer to reset, and no more.
func foreignProtocol(t bench) {
	t.in(cardsim.BankCard(cardsim.Reset([]byte{0x3B, 0x80, 0x0E, 0x8E})))
	c := t.connect()
	if len(c.ATR()) != 4 {
		t.Errorf("answer to reset % X", c.ATR())
	}
	if _, err := c.Transmit(t.Context(), selectApplication); err == nil {
		t.Error("a T=14 card was sent a command")
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// drivingLicence: a T=1 card at another speed answers, and knows nothing.
func drivingLicence(t bench) {
	t.in(cardsim.DrivingLicence())
	c := t.connect()
	if len(c.ATR()) != 25 {
		t.Errorf("answer to reset % X", c.ATR())
	}
	t.transmit(c, selectApplication, 0x6A82)
}

// longRead: a file of more than one block, message or response.
func longRead(t bench) {
	t.in(t.card())
	c := t.connect()
	t.transmit(c, selectApplication, smartcard.OK)
	t.transmit(c, smartcard.Command{INS: 0xA4, P1: 0x02, P2: 0x0C, Data: []byte{0x01, 0x04}, Le: -1}, smartcard.OK)
	var all []byte
	for {
		r, err := c.Transmit(t.Context(), smartcard.Command{INS: 0xB0, P1: byte(len(all) >> 8), P2: byte(len(all)), Le: 200})
		if err != nil {
			t.Fatal(err)
		}
		if r.SW == 0x6B00 { // the end
			break
		}
		if all = append(all, r.Data...); r.SW != smartcard.OK || len(r.Data) == 0 {
			t.Fatalf("%d bytes, %v", len(all), r.SW)
		}
	}
	if len(all) < 600 || all[0] != 0xFF || all[1] != 0xD8 || all[len(all)-1] != 0xD9 {
		t.Errorf("%d bytes: no picture", len(all))
	}
}

func connectAgain(t bench) {
	t.in(t.card())
	first := t.connect()
	t.transmit(first, selectApplication, smartcard.OK)
	second := t.connect()
	if _, err := first.Transmit(t.Context(), selectHolder); err == nil {
		t.Error("the first session goes on after a second Connect")
	}
	t.transmit(second, selectHolder, 0x6985) // the card was reset
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	t.transmit(second, selectApplication, smartcard.OK) // and Close of the first did not touch it
}

func closedCard(t bench) {
	next := t.in(t.card())
	c := t.connect()
	for range 2 {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := c.Transmit(t.Context(), readAll); err == nil {
		t.Error("a closed card answers")
	}
	t.h.Remove()
	next(smartcard.SlotEmpty) // and not "occupied" again
}

func pulledWhileIdle(t bench) {
	next := t.in(t.card())
	c := t.connect()
	t.h.Remove()
	next(smartcard.SlotEmpty)
	if _, err := c.Transmit(t.Context(), selectApplication); !errors.Is(err, smartcard.ErrRemoved) {
		t.Errorf("Transmit: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

func pulledWhileRead(t bench) {
	next := t.in(t.card(cardsim.PulledAfter(1)))
	c := t.connect()
	t.transmit(c, selectApplication, smartcard.OK)
	if _, err := c.Transmit(t.Context(), selectHolder); !errors.Is(err, smartcard.ErrRemoved) {
		t.Errorf("Transmit: %v", err)
	}
	next(smartcard.SlotEmpty)
	t.h.Insert(t.card())
	next(smartcard.SlotOccupied)
	t.transmit(t.connect(), selectApplication, smartcard.OK)
}

func swapped(t bench) {
	t.in(t.card())
	c := t.connect()
	t.transmit(c, selectApplication, smartcard.OK)
	t.h.Remove()
	t.h.Insert(t.card()) // before anybody looked
	if _, err := c.Transmit(t.Context(), selectHolder); err == nil {
		t.Error("the session goes on with another card")
	}
	t.transmit(t.connect(), selectApplication, smartcard.OK)
}

func swappedWhileIdle(t bench) {
	next := t.in(t.card())
	c := t.connect()
	t.h.Remove()
	t.h.Insert(cardsim.BankCard())
	next(smartcard.SlotEmpty) // the swap is seen, though the slot is never found empty
	next(smartcard.SlotOccupied)
	if _, err := c.Transmit(t.Context(), selectApplication); !errors.Is(err, smartcard.ErrRemoved) {
		t.Errorf("Transmit: %v", err)
	}
	t.transmit(t.connect(), selectApplication, 0x6A82)
}

func unpluggedInUse(t bench) {
	next := t.in(t.card())
	c := t.connect()
	t.h.Unplug()
	if _, err := c.Transmit(t.Context(), selectApplication); !errors.Is(err, devices.ErrLink) {
		t.Errorf("Transmit: %v", err)
	}
	next(smartcard.SlotGone)
	t.h.Plug()
	next(smartcard.SlotOccupied)
	t.transmit(t.connect(), selectApplication, smartcard.OK)
}

func cancelled(t bench) {
	next := t.in(t.card(cardsim.Slow(time.Hour)))
	c := t.connect()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := c.Transmit(ctx, selectApplication); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Transmit: %v", err)
	}
	t.h.Remove()
	next(smartcard.SlotEmpty)
	t.h.Insert(t.card())
	next(smartcard.SlotOccupied)
	t.transmit(t.connect(), selectApplication, smartcard.OK)
}

func fromTwoGoroutines(t bench) {
	t.in(t.card())
	c := t.connect()
	done := make(chan error)
	for range 2 {
		go func() {
			var err error
			for range 20 {
				if _, e := c.Transmit(t.Context(), selectApplication); e != nil {
					err = e
				}
				if _, e := t.r.Status(t.Context()); e != nil {
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
