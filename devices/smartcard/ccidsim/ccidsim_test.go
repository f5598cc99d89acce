package ccidsim

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"murur/devices/smartcard/cardsim"
	"murur/devices/transport"
)

var person = cardsim.Person{
	CivilNumber: "288012098012", NameAr: "فهد سالم", NameEn: "FAHAD SALEM",
	Expiry: time.Date(2030, 1, 31, 0, 0, 0, 0, time.UTC),
}

// exchange sends one message in hex and returns the next one from the reader.
func exchange(t *testing.T, p transport.Pipes, message string) string {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(message, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.BulkOut(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	return receive(t, p)
}

func receive(t *testing.T, p transport.Pipes) string {
	t.Helper()
	buf := make([]byte, 1024)
	n, err := p.BulkIn(t.Context(), buf)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%X", buf[:n])
}

// play sends messages and compares the replies; spaces do not matter.
func play(t *testing.T, p transport.Pipes, pairs ...string) {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if got, want := exchange(t, p, pairs[i]), strings.ReplaceAll(pairs[i+1], " ", ""); got != want {
			t.Errorf("%s:\n got %s\nwant %s", pairs[i], got, want)
		}
	}
}

func claim(t *testing.T, r *Reader) transport.Pipes {
	t.Helper()
	p, err := r.Pipes()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const powerOn = "62 00000000 00 00 00 00 00"

func TestMessages(t *testing.T) {
	r := New(Options{})
	p := claim(t, r)
	play(t, p,
		"65 00000000 00 00 000000", "81 00000000 00 00 02 00 00", // no card
		"62 00000000 00 01 000000", "80 00000000 00 01 42 FE 00",
		"6F 05000000 00 02 000000 00B0000000", "80 00000000 00 02 42 FE 00")
	r.Insert(cardsim.CivilID(person))
	play(t, p,
		"65 00000000 00 03 000000", "81 00000000 00 03 01 00 00", // inactive
		"62 00000000 00 04 000000", "80 0E000000 00 04 00 00 00 3B6A00008065A20145013D72D643",
		"65 00000000 00 05 000000", "81 00000000 00 05 00 00 00",
		"6C 00000000 00 06 000000", "82 05000000 00 06 00 00 00 1100000A00",
		"6F 05000000 00 07 000000 00B0000000", "80 02000000 00 07 00 00 00 6986",
		"63 00000000 00 08 000000", "81 00000000 00 08 01 00 01")
	r.Remove()
	play(t, p, // data of the card before beside the error
		"62 00000000 00 09 000000", "80 0E000000 00 09 42 FE 00 3B6A00008065A20145013D72D643")
}

func TestStrictHeader(t *testing.T) {
	r := New(Options{})
	r.Insert(cardsim.CivilID(person))
	p := claim(t, r)
	play(t, p,
		powerOn, "80 0E000000 00 00 00 00 00 3B6A00008065A20145013D72D643",
		"65 01000000 00 01 000000", "81 00000000 00 01 40 01 00", // length does not fit
		"65 00000000 01 02 000000", "81 00000000 00 02 40 05 00", // second slot
		"65 00000000 00 03 010000", "81 00000000 00 03 40 07 00", // reserved bytes
		"65 00000000 00 03 000001", "81 00000000 00 03 40 09 00",
		"62 00000000 00 04 010000", "80 00000000 00 04 40 07 00", // voltage is the reader's business
		"6F 05000000 00 05 000100 00B0000000", "80 00000000 00 05 40 08 00", // level parameter
		"6B 00000000 00 06 000000", "81 00000000 00 06 40 00 00", // Escape is not supported
		"72 00000000 00 07 000000", "81 00000000 00 07 40 00 00") // Abort without its request
}

func TestManualReader(t *testing.T) {
	r := New(Options{Manual: true})
	r.Insert(cardsim.CivilID(person))
	p := claim(t, r)
	play(t, p,
		powerOn, "80 00000000 00 00 41 07 00", // no automatic voltage
		"62 00000000 00 01 010000", "80 0E000000 00 01 00 00 00 3B6A00008065A20145013D72D643",
		"6F 05000000 00 02 000000 00B0000000", "80 00000000 00 02 40 F6 00", // no parameters
		"61 05000000 00 03 000000 1100000A00", "82 05000000 00 03 00 00 00 1100000A00",
		"6F 05000000 00 04 000000 00B0000000", "80 02000000 00 04 00 00 00 6986")
}

func TestBlocksAndSpeed(t *testing.T) {
	r := New(Options{})
	r.Insert(cardsim.DrivingLicence())
	p := claim(t, r)
	atr := "80 19000000 00 00 00 00 00" + cardsim.DrivingLicenceATR
	getChallenge := "6F 09000000 00 01 000000 000005008400000889"
	refused := "80 06000000 00 01 00 00 00 000002 6D00 6F"
	play(t, p,
		powerOn, atr,
		"6C 00000000 00 02 000000", "82 07000000 00 02 00 00 01 11 10 00 4D 00 20 00",
		getChallenge, refused, // at the default speed
		powerOn, atr,
		"6F 04000000 00 03 000000 FF119678", "80 04000000 00 03 00 00 00 FF119678",
		"61 05000000 00 04 010000 1100000A00", "82 00000000 00 04 40 01 00", // those are of T=0
		"61 07000000 00 05 010000 96 10 00 43 00 FE 00", "82 07000000 00 05 00 00 01 96 10 00 43 00 FE 00",
		getChallenge, refused,
		"6F 04000000 00 06 000000 00 81 00 81", "80 06000000 00 06 00 00 00 000002 6D00 6F") // again
	if units, bytes := r.Crossed(); units != 10 || bytes != 25+9+6+25+4+4+9+6+4+6 {
		t.Error(units, bytes)
	}
	synctest.Test(t, func(t *testing.T) { // silence takes a waiting time
		r := New(Options{})
		r.Insert(cardsim.DrivingLicence())
		p := claim(t, r)
		play(t, p, powerOn, atr,
			"6F 04000000 00 03 000000 FF119678", "80 04000000 00 03 00 00 00 FF119678",
			getChallenge, "80 00000000 00 01 80 02 00") // the reader's parameters are not the card's
		if got := receive(t, p); got != "8000000000000140FE00" {
			t.Error(got)
		}
	})
	r = New(Options{Level: ShortAPDU})
	r.Insert(cardsim.DrivingLicence())
	p = claim(t, r)
	play(t, p, powerOn, atr,
		"6F 05000000 00 01 020000 0084000008", "80 00000000 00 01 40 07 00", // bBWI is of the TPDU level
		"6F 05000000 00 01 000000 0084000008", "80 02000000 00 01 00 00 00 6D00")
}

func TestBusyAndAbort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := New(Options{})
		r.Insert(cardsim.CivilID(person, cardsim.Slow(1500*time.Millisecond)))
		p := claim(t, r)
		exchange(t, p, powerOn)
		command := "6F 05000000 00 07 000000 00B0000000"
		if got := exchange(t, p, command); got != "80000000000007800200" { // time extension after a second
			t.Error(got)
		}
		play(t, p, "65 00000000 00 08 000000", "81 00000000 00 08 40 E0 00") // busy
		if got := receive(t, p); got != "800200000000070000006986" {
			t.Error(got)
		}
		b, _ := hex.DecodeString(strings.ReplaceAll(command, " ", ""))
		p.BulkOut(t.Context(), b)
		if _, err := p.Control(t.Context(), 0x21, 1, 0x0700, 0, nil); err != nil {
			t.Fatal(err)
		}
		play(t, p,
			"65 00000000 00 09 000000", "81 00000000 00 09 40 FF 00", // between the two halves of an abort
			"72 00000000 00 07 000000", "81 00000000 00 07 00 00 00",
			"65 00000000 00 0A 000000", "81 00000000 00 0A 00 00 00")
	})
}

func TestChaining(t *testing.T) {
	r := New(Options{Level: ExtendedAPDU, MaxMessage: 50})
	r.Insert(cardsim.CivilID(person))
	p := claim(t, r)
	exchange(t, p, powerOn)
	play(t, p,
		"6F 05000000 00 01 000100 00A4040C07", "80 00000000 00 01 00 00 10",
		"6F 07000000 00 02 000200 F04B5744455601", "80 02000000 00 02 00 00 00 9000")
	first := exchange(t, p, "6F 05000000 00 03 000000 00B0810000")
	second := exchange(t, p, "6F 00000000 00 04 001000")
	if !strings.HasPrefix(first, "80280000000003000001E14C") || !strings.HasPrefix(second, "80280000000004000002") || !strings.HasSuffix(second, "9000") {
		t.Errorf("%s\n%s", first, second)
	}
}

func TestPackets(t *testing.T) {
	r := New(Options{MaxPacket: 12})
	r.Insert(cardsim.CivilID(person))
	p := claim(t, r)
	b, _ := hex.DecodeString(strings.ReplaceAll(powerOn, " ", ""))
	p.BulkOut(t.Context(), b) // the reply is 24 bytes: two full packets and an empty one
	buf := make([]byte, 12)
	for _, want := range []int{12, 12, 0} {
		if n, err := p.BulkIn(t.Context(), buf); n != want || err != nil {
			t.Errorf("%d bytes, %v, want %d", n, err, want)
		}
	}
	p.BulkOut(t.Context(), b)
	if _, err := p.BulkIn(t.Context(), buf[:10]); !errors.Is(err, transport.ErrStalled) {
		t.Errorf("room for less than a packet: %v", err)
	}
}

func TestNotices(t *testing.T) {
	r := New(Options{})
	p := claim(t, r)
	notice := func(want string) {
		t.Helper()
		b := make([]byte, 8)
		n, err := p.InterruptIn(t.Context(), b)
		if got := fmt.Sprintf("%X", b[:n]); got != want || err != nil {
			t.Errorf("notice %s, %v, want %s", got, err, want)
		}
	}
	r.Insert(cardsim.CivilID(person))
	notice("5003")
	r.Remove()
	notice("5002")
	r.Insert(cardsim.CivilID(person))
	r.Remove()
	r.Insert(cardsim.CivilID(person))
	notice("5003") // the three ran together
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if n, err := p.InterruptIn(ctx, make([]byte, 8)); n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("%d, %v", n, err)
	}
	if err := r.Insert(cardsim.BankCard()); !errors.Is(err, ErrOccupied) {
		t.Errorf("two cards: %v", err)
	}
}

func TestPlugAndClaim(t *testing.T) {
	r := New(Options{})
	p := claim(t, r)
	if _, err := r.Pipes(); !errors.Is(err, transport.ErrBusy) {
		t.Errorf("claimed twice: %v", err)
	}
	r.Unplug()
	if _, err := p.BulkIn(t.Context(), make([]byte, 64)); !errors.Is(err, transport.ErrGone) {
		t.Errorf("read: %v", err)
	}
	if _, err := r.Pipes(); !errors.Is(err, transport.ErrGone) {
		t.Errorf("claim: %v", err)
	}
	r.Plug()
	p = claim(t, r)
	p.Reset()
	if err := p.BulkOut(t.Context(), nil); !errors.Is(err, transport.ErrGone) {
		t.Errorf("after Reset: %v", err)
	}
	claim(t, r).Close()
	claim(t, r)
}
