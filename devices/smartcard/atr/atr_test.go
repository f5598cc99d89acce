package atr

import (
	"bytes"
	"encoding/hex"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

func TestParse(t *testing.T) {
	plain := ATR{TA1: 0x11, WI: 10, IFSC: 0x20, BWI: 4, CWI: 13, Protocols: []byte{0}}
	for name, c := range map[string]struct {
		atr  string
		want func(*ATR)
	}{
		"Civil ID": {"3B6A00008065A20145013D72D643", func(a *ATR) {
			a.Historical = unhex("8065A20145013D72D643")
		}},
		"driving licence": {"3BFF9600008131FE4380318065B08504001112B19E8290003F", func(a *ATR) {
			a.TA1, a.Protocols, a.IFSC, a.BWI, a.CWI = 0x96, []byte{1}, 0xFE, 4, 3
			a.Historical = unhex("80318065B08504001112B19E829000")
		}},
		"T=1 named twice": {"3B951381018073FF01000B", func(a *ATR) {
			a.TA1, a.Protocols = 0x13, []byte{1}
			a.Historical = unhex("8073FF0100")
		}},
		"emulated card": {"3B7A18000073667465206364313434", func(a *ATR) {
			a.TA1 = 0x18
			a.Historical = []byte("sfte cd144")
		}},
		"inverse, nothing else": {"3F00", func(a *ATR) { a.Inverse, a.Historical = true, []byte{} }},
		"T=0, T=1 and voltages": {"3B8080811F0799", func(a *ATR) {
			a.Protocols, a.Voltages, a.Historical = []byte{0, 1}, 7, []byte{}
		}},
	} {
		raw := unhex(c.atr)
		want := plain
		want.Raw = raw
		c.want(&want)
		got, err := Parse(raw)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: (-want +got)\n%s", name, d)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for name, s := range map[string]string{
		"empty":            "",
		"TS only":          "3B",
		"bad TS":           "3C00",
		"cut":              "3B6A0000806",
		"too long":         "3B6A00008065A20145013D72D64300",
		"bad check byte":   "3B951381018073FF01000C",
		"no check byte":    "3B951381018073FF0100",
		"endless TD":       "3B8080808080808080808080808080808080",
		"longer than ever": "3B0F" + "00000000000000000000000000000000000000000000000000000000000000000000",
	} {
		if len(s)%2 != 0 {
			s = s[:len(s)-1]
		}
		if a, err := Parse(unhex(s)); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: got %+v, %v", name, a, err)
		}
	}
}

func TestWaitingTime(t *testing.T) {
	a, err := Parse(unhex("3B6A00008065A20145013D72D643"))
	if err != nil {
		t.Fatal(err)
	}
	if got := a.WaitingTime(4000); got.Round(time.Millisecond) != 893*time.Millisecond {
		t.Errorf("got %v", got)
	}
	if a.Fi() != 372 || a.Di() != 1 {
		t.Errorf("Fi/Di = %d/%d", a.Fi(), a.Di())
	}
}

func TestBlockWaitingTime(t *testing.T) {
	a, err := Parse(unhex("3BFF9600008131FE4380318065B08504001112B19E8290003F"))
	if err != nil {
		t.Fatal(err)
	}
	if got := a.BlockWaitingTime(4000); got != 1428524*time.Microsecond {
		t.Errorf("got %v", got)
	}
	if got := a.Rate(4000); got != 250000 {
		t.Errorf("%d bit/s", got)
	}
}

func TestChoose(t *testing.T) {
	for _, c := range []struct {
		atr    string
		speaks uint32
		want   byte
		ok     bool
	}{
		{"3B6A00008065A20145013D72D643", 3, 0, true},
		{"3B951381018073FF01000B", 3, 1, true},
		{"3B951381018073FF01000B", 1, 0, false},
		{"3B8080811F0799", 3, 0, true}, // T=0, then T=1
		{"3B8080811F0799", 2, 1, true},
		{"3B9013910131204547", 3, 1, true}, // specific mode
		{"3B9013910131204547", 1, 0, false},
		{"3B800E8E", 3, 0, false}, // T=14
	} {
		a, err := Parse(unhex(c.atr))
		if err != nil {
			t.Fatal(c.atr, err)
		}
		if got, ok := a.Choose(c.speaks); got != c.want || ok != c.ok {
			t.Errorf("%s with %b: T=%d %v", c.atr, c.speaks, got, ok)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := Parse(b)
		if err != nil {
			return
		}
		if len(a.Protocols) == 0 || a.Fi() == 0 || a.Di() == 0 || !bytes.Contains(b, a.Historical) {
			t.Errorf("% X: %+v", b, a)
		}
		if w := a.BlockWaitingTime(4000); w <= 0 || w > time.Minute || a.Rate(4000) <= 0 {
			t.Errorf("% X: waiting %v at %d bit/s", b, w, a.Rate(4000))
		}
		if p, ok := a.Choose(3); ok && p > 1 {
			t.Errorf("% X: T=%d", b, p)
		}
	})
}
