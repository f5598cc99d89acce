package cardsim

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"murur/devices/smartcard/t1"
)

// blockCard is a powered T=1 card with the development application.
func blockCard(t *testing.T, faults ...Fault) *Card {
	t.Helper()
	c := CivilID(person, append([]Fault{Reset(unhex(BlockATR))}, faults...)...)
	c.Inserted()
	if _, err := c.Reset(7); err != nil {
		t.Fatal(err)
	}
	return c
}

// play carries an exchange to its end; spoil changes what crosses, each way.
func play(c *Card, m *t1.Machine, s t1.Step, spoil func([]byte) []byte) (answer []byte, took time.Duration, err error) {
	for s.Send != nil {
		var back []byte
		if sent := spoil(s.Send); sent != nil {
			b, wait, err := c.Block(sent)
			if err != nil {
				return nil, took, err
			}
			took += wait
			back = spoil(b)
		}
		s = m.Receive(back)
	}
	return s.Answer, took, s.Err
}

func clean(b []byte) []byte { return b }

func TestBlockCard(t *testing.T) {
	for name, c := range map[string]struct {
		faults []Fault
		send   string
		want   string
	}{
		"template, nothing asked": {nil, "00A4040007F04B5744455601", "9000"},
		"template":                {nil, "00A4040007F04B574445560100", "6F098407F04B57444556019000"},
		"template in two parts":   {nil, "00A4040007F04B574445560103", "6F09846108"},
		"extended length":         {nil, "00A4040000000007F04B57444556010000", "6700"},
		"extended length, right":  {nil, "00A40400000007F04B57444556010000", "6F098407F04B57444556019000"},
		"too little data":         {nil, "00A4040007F04B57", "6700"},
		"no header":               {nil, "00A404", "6700"},
		"read without length":     {nil, "00B08100", "6700"},
		"unknown instruction":     {nil, "00DA0000", "6D00"},
		"another block size":      {[]Fault{AsksIFS(16)}, "00A4040007F04B574445560100", "6F098407F04B57444556019000"},
		"slow":                    {[]Fault{Slow(20 * time.Second)}, "00A4040C07F04B5744455601", "9000"},
	} {
		card := blockCard(t, c.faults...)
		m := t1.New(card.Blocks())
		got, took, err := play(card, m, m.Start(unhex(c.send), true), clean)
		if err != nil || !bytes.Equal(got, unhex(c.want)) || took != card.delay {
			t.Errorf("%s: %X, %v, %v", name, got, took, err)
		}
	}
	card := blockCard(t, Aborts(1))
	m := t1.New(card.Blocks())
	if a, _, err := play(card, m, m.Start(unhex("00DA0000"), true), clean); !errors.Is(err, t1.ErrAborted) {
		t.Errorf("%X, %v", a, err)
	}
	if _, _, err := card.TPDU(unhex("00DA000000")); !errors.Is(err, ErrMute) {
		t.Errorf("T=0 with a T=1 card: %v", err)
	}
	long := t1.I(0, false, make([]byte, 33)).Encode(false)
	if b, _, err := blockCard(t).Block(long); err != nil || !bytes.Equal(b, t1.R(0, t1.BadBlock).Encode(false)) {
		t.Errorf("a block that is too long: % X, %v", b, err)
	}
}

// Data beyond what was read, by data object and by block.
func TestGetData(t *testing.T) {
	data := append(unhex("5382012C"), make([]byte, 300)...)
	d := Description{ATR: unhex(CivilIDATR), Applications: []Application{{
		AID: unhex(developmentAID), Objects: []Object{{unhex("5FC105"), data}, {unhex("C1"), unhex("C10141")}},
	}}}
	talk(t, New(d), "00CA00C100=6985", selectApp, "00CA00C100=6C03", "00CA00C103=C101419000", "00CA00C200=6A88",
		"00CB3FFF055C035FC105=6100", "00C0000000=…6130", "00C0000030=…9000", "00CB3FFF0453025FC1=6A80")
	d.ATR = unhex(BlockATR)
	card := New(d)
	card.Reset(7)
	m := t1.New(card.Blocks())
	if _, _, err := play(card, m, m.Announce(254), clean); err != nil {
		t.Fatal(err)
	}
	if _, _, err := play(card, m, m.Start(unhex("00A4040C07F04B5744455601"), true), clean); err != nil {
		t.Fatal(err)
	}
	got, _, err := play(card, m, m.Start(unhex("00CB3FFF0000055C035FC1050000"), true), clean)
	if err != nil || !bytes.Equal(got, append(data, 0x90, 0x00)) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

func TestPPS(t *testing.T) {
	card := DrivingLicence()
	for _, c := range []struct {
		ask, want string
		speed     byte
	}{
		{"FF119678", "FF119678", 0x96},
		{"FF01FE", "FF01FE", 0x11},
		{"FF119778", "", 0x11}, // wrong check byte
		{"FF109679", "", 0x11}, // T=0 is not offered
		{"FF119579", "", 0x11}, // a speed that is not
		{"FF11", "", 0x11},
	} {
		card.Reset(7)
		got, err := card.PPS(unhex(c.ask))
		_, speed := card.Line()
		if !bytes.Equal(got, unhex(c.want)) || (err == nil) != (c.want != "") || speed != c.speed {
			t.Errorf("%s: %X at %02X, %v", c.ask, got, speed, err)
		}
		if _, err := card.PPS(unhex(c.ask)); !errors.Is(err, ErrMute) {
			t.Errorf("%s a second time: %v", c.ask, err)
		}
	}
	if _, err := New(Description{ATR: unhex(CivilIDATR)}, Volts(2)).Reset(1); !errors.Is(err, ErrMute) {
		t.Errorf("at a wrong voltage: %v", err)
	}
}

// FuzzLossy lets the machine and a card talk over contacts that the input spoils:
// each byte says what happens to the next block. An answer that comes is the right
// one, and what must not be repeated is carried out once at most.
func FuzzLossy(f *testing.F) {
	holder := Development(person).Files[0].Data
	f.Fuzz(func(t *testing.T, spoils []byte, repeat bool) {
		card := blockCard(t)
		m := t1.New(card.Blocks())
		var before [2][]byte
		crossed := 0
		spoil := func(b []byte) []byte {
			crossed++
			last := before[crossed&1]
			before[crossed&1] = b
			if len(spoils) == 0 {
				return b
			}
			s, at := spoils[0]&7, int(spoils[0]>>3)
			spoils = spoils[1:]
			switch {
			case s == 1:
				if crossed&1 == 1 { // to the card: nothing comes back for it
					crossed++
				}
				return nil
			case s == 2:
				b = bytes.Clone(b)
				b[at%len(b)] ^= 0x10 // one bit: the check code always shows it
			case s == 3:
				b = b[:at%len(b)]
			case s == 4 && last != nil:
				return last
			}
			return b
		}
		for _, c := range []struct {
			command string
			want    []byte
		}{
			{"00A4040007F04B574445560100", unhex("6F098407F04B57444556019000")},
			{"00B0810000", status(holder, 0x9000)},
		} {
			ran := card.commands
			got, _, err := play(card, m, m.Start(unhex(c.command), repeat), spoil)
			if n := card.commands - ran; n > 1 && !repeat {
				t.Errorf("%s was carried out %d times", c.command, n)
			}
			if err != nil {
				return // the session is over
			}
			if !bytes.Equal(got, c.want) {
				t.Errorf("%s: % X", c.command, got)
			}
		}
	})
}
