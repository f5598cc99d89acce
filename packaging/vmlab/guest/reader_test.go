//go:build vmlab

package guest

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"murur/devices"
	"murur/devices/smartcard"
	"murur/devices/smartcard/cardsim"
	"murur/devices/smartcard/ccid"
	"murur/devices/smartcard/profile"
	"murur/devices/transport"
	"murur/devices/transport/usb"
)

// attached is the production driver on the production transport, and its slot.
type attached struct {
	*ccid.Reader
	t     *testing.T
	slots <-chan smartcard.Slot
	sent  int // commands to cards
}

var driverLog = slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{Level: slog.LevelWarn}))

func attach(t *testing.T) *attached {
	a := &attached{t: t}
	a.Reader = ccid.New(usb.Open(usb.CCID), ccid.Options{
		Log: driverLog,
		Trace: func(d transport.Direction, frame []byte) {
			if d == transport.ToDevice && frame[0] == 0x6F {
				a.sent++
			}
		},
	})
	t.Cleanup(func() { a.Close() })
	a.slots = a.Watch(t.Context())
	return a
}

// await waits for a state of the slot; others before it are passed over.
func (a *attached) await(want smartcard.Slot) {
	a.t.Helper()
	for ctx := bounded(a.t); ; {
		select {
		case s := <-a.slots:
			if s == want {
				return
			}
		case <-ctx.Done():
			a.t.Fatalf("no slot %q", want)
		}
	}
}

func (a *attached) connect() smartcard.Card {
	a.t.Helper()
	card, err := a.Connect(bounded(a.t))
	if err != nil {
		a.t.Fatal(err)
	}
	return card
}

// read reads whatever card is in the slot.
func (a *attached) read() (profile.Holder, error) {
	a.t.Helper()
	set, err := profile.Load(profile.Development())
	if err != nil {
		a.t.Fatal(err)
	}
	card := a.connect()
	defer card.Close()
	return set.Read(bounded(a.t), card, profile.Checks{
		Now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), AllowDevelopment: true,
	})
}

func (a *attached) readCivilID() {
	a.t.Helper()
	h, err := a.read()
	if err != nil || h.CivilNumber != "288012098012" || h.NameAr != "فهد سالم" || h.NameEn != "FAHAD SALEM" {
		a.t.Fatalf("%+v, %v", h, err)
	}
}

var selectApplication = smartcard.Command{INS: 0xA4, P1: 0x04, P2: 0x0C, Data: []byte{0xF0, 0x4B, 0x57, 0x44, 0x45, 0x56, 0x01}, Le: -1}

// The driver starts without a reader, and finds it when it is plugged in.
func TestReaderPlugged(t *testing.T) {
	a := attach(t)
	a.await(smartcard.SlotGone)
	order(t, "plug")
	a.await(smartcard.SlotEmpty)
	s, err := a.Status(bounded(t))
	if err != nil || s.Link != devices.Online || s.Model != "QEMU USB CCID" {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := a.Connect(bounded(t)); !errors.Is(err, smartcard.ErrNoCard) {
		t.Errorf("connect: %v", err)
	}
}

func TestReaderCivilID(t *testing.T) {
	a := attach(t)
	a.await(smartcard.SlotEmpty)
	order(t, "insert civil-id")
	a.await(smartcard.SlotOccupied)
	card := a.connect()
	if got := fmt.Sprintf("%X", card.ATR()); got != cardsim.CivilIDATR {
		t.Errorf("ATR %s", got)
	}
	card.Close()
	start := time.Now()
	a.sent = 0
	a.readCivilID()
	t.Logf("a Civil ID is read with %d commands in %v", a.sent, time.Since(start).Round(time.Millisecond))
	order(t, "remove")
	a.await(smartcard.SlotEmpty)
}

func TestReaderOtherCards(t *testing.T) {
	a := attach(t)
	for _, c := range []struct {
		kind string
		want error
	}{
		{"bank-card", profile.ErrUnknownCard},
		{"civil-id-expired", profile.ErrExpired},
		{"civil-id-truncated", profile.ErrUnreadable},
		{"civil-id-pulled", smartcard.ErrRemoved},
	} {
		order(t, "insert "+c.kind)
		a.await(smartcard.SlotOccupied)
		if _, err := a.read(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.kind, err)
		}
		if c.want != smartcard.ErrRemoved {
			order(t, "remove")
		}
		a.await(smartcard.SlotEmpty)
	}
}

// A session ends with its card. QEMU's reader keeps a card powered through a quick
// swap, which no real one can, so this swap is slow.
func TestReaderSwap(t *testing.T) {
	a := attach(t)
	order(t, "insert civil-id")
	a.await(smartcard.SlotOccupied)
	first := a.connect()
	order(t, "remove")
	a.await(smartcard.SlotEmpty)
	order(t, "insert bank-card")
	a.await(smartcard.SlotOccupied)
	if _, err := first.Transmit(bounded(t), selectApplication); !errors.Is(err, smartcard.ErrRemoved) {
		t.Errorf("the first card: %v", err)
	}
	if got := fmt.Sprintf("%X", a.connect().ATR()); got == cardsim.CivilIDATR {
		t.Errorf("the second card has the ATR of the first")
	}
	order(t, "remove")
	a.await(smartcard.SlotEmpty)
}

// QEMU never answers a command whose card has left.
func TestReaderPulledDuringCommand(t *testing.T) {
	a := attach(t)
	order(t, "insert civil-id")
	a.await(smartcard.SlotOccupied)
	card := a.connect()
	order(t, "instead-of-answer remove")
	start := time.Now()
	if _, err := card.Transmit(bounded(t), selectApplication); !errors.Is(err, smartcard.ErrRemoved) {
		t.Errorf("%v", err)
	}
	t.Logf("noticed after %v", time.Since(start).Round(time.Millisecond))
	order(t, "insert civil-id")
	a.await(smartcard.SlotOccupied)
	a.readCivilID()
	order(t, "remove")
	a.await(smartcard.SlotEmpty)
}

func TestReaderLostReply(t *testing.T) {
	a := attach(t)
	order(t, "insert civil-id")
	a.await(smartcard.SlotOccupied)
	card := a.connect()
	order(t, "instead-of-answer nothing")
	start := time.Now()
	if _, err := card.Transmit(bounded(t), selectApplication); !errors.Is(err, smartcard.ErrMute) {
		t.Errorf("%v", err)
	}
	a.readCivilID()
	t.Logf("in order again after %v", time.Since(start).Round(time.Millisecond))
	order(t, "remove")
	a.await(smartcard.SlotEmpty)
}

// The reader's cable is pulled with a powered card in it.
func TestReaderUnplugged(t *testing.T) {
	a := attach(t)
	for range 2 {
		order(t, "insert civil-id")
		a.await(smartcard.SlotOccupied)
		card := a.connect()
		order(t, "unplug")
		a.await(smartcard.SlotGone)
		// QEMU may say that the card has left before the reader has.
		if _, err := card.Transmit(bounded(t), selectApplication); !errors.Is(err, devices.ErrLink) && !errors.Is(err, smartcard.ErrRemoved) {
			t.Errorf("transmit: %v", err)
		}
		if _, err := a.Connect(bounded(t)); !errors.Is(err, devices.ErrLink) {
			t.Errorf("connect: %v", err)
		}
		if s, err := a.Status(bounded(t)); err != nil || s.Link != devices.Absent {
			t.Errorf("status: %+v, %v", s, err)
		}
		order(t, "plug")
		a.await(smartcard.SlotEmpty)
		order(t, "insert civil-id")
		a.await(smartcard.SlotOccupied)
		a.readCivilID()
		order(t, "remove")
		a.await(smartcard.SlotEmpty)
	}
}

func TestReaderUnpluggedDuringCommand(t *testing.T) {
	a := attach(t)
	order(t, "insert civil-id")
	a.await(smartcard.SlotOccupied)
	card := a.connect()
	order(t, "instead-of-answer unplug")
	start := time.Now()
	// QEMU may answer a command with nothing, or say that the card has left, first.
	if r, err := card.Transmit(bounded(t), selectApplication); err == nil {
		t.Errorf("answer %v", r)
	}
	t.Logf("noticed after %v", time.Since(start).Round(time.Millisecond))
	a.await(smartcard.SlotGone)
	order(t, "plug")
	a.await(smartcard.SlotEmpty)
}

// One program has the reader at a time.
func TestReaderBusy(t *testing.T) {
	a := attach(t)
	a.await(smartcard.SlotEmpty)
	b := attach(t)
	b.await(smartcard.SlotGone)
	s, err := b.Status(bounded(t))
	if err != nil || s.Link != devices.Offline || s.Fault == nil || s.Fault.Code != "reader-busy" {
		t.Errorf("%+v, %v", s, err)
	}
	a.Close()
	b.await(smartcard.SlotEmpty)
}

// A card by others, whose answers wait for GET RESPONSE.
func TestEmulatedCard(t *testing.T) {
	a := attach(t)
	a.await(smartcard.SlotOccupied)
	card := a.connect()
	if got := fmt.Sprintf("%X", card.ATR()); got != "3B7A18000073667465206364313434" {
		t.Errorf("ATR %s", got)
	}
	applet := []byte{0xA0, 0x00, 0x00, 0x00, 0x79, 0x01, 0x00}
	r, err := card.Transmit(bounded(t), smartcard.Command{INS: 0xA4, P1: 0x04, Data: applet, Le: 0})
	if err != nil || r.SW != smartcard.OK || !bytes.Contains(r.Data, append([]byte{0x84, 7}, applet...)) {
		t.Errorf("select: %X %v, %v", r.Data, r.SW, err)
	}
	r, err = card.Transmit(bounded(t), smartcard.Command{INS: 0xA4, P1: 0x04, Data: []byte{0xA0, 0, 0, 3, 8}, Le: 0})
	if err != nil || r.SW != 0x6A82 {
		t.Errorf("select another: %X %v, %v", r.Data, r.SW, err)
	}
	if _, err := a.read(); !errors.Is(err, profile.ErrUnknownCard) {
		t.Errorf("read: %v", err)
	}
}
