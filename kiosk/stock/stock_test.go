package stock

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"murur/devices"
	"murur/kiosk/journey/pickup"
)

var day = time.Date(2025, 9, 1, 9, 0, 0, 0, time.UTC)

// TestAccount: whatever happens to cards, and however often it is told, the account of a
// batch agrees with the cards.
func TestAccount(t *testing.T) {
	ends := []devices.Custody{devices.CustodyTaken, devices.CustodyRejected, devices.CustodyRetracted}
	rapid.Check(t, func(t *rapid.T) {
		loaded := rapid.IntRange(0, 20).Draw(t, "loaded")
		b := Add(nil, Load{Batch: "B1", Count: loaded}, day)
		want := map[devices.Custody]int{}
		away := 0
		for i := range rapid.IntRange(0, loaded).Draw(t, "cards") {
			card := fmt.Sprint("j/", i)
			for range rapid.IntRange(1, 3).Draw(t, "told") {
				b = b.Take(pickup.CustodyRecord{Object: pickup.Blank, Card: card, Batch: "B1", Custody: devices.CustodyInside})
			}
			if rapid.Bool().Draw(t, "unclear") {
				b = b.Take(pickup.CustodyRecord{Object: pickup.Blank, Card: card, Batch: "B1", Custody: devices.CustodyUnknown})
			}
			if !rapid.Bool().Draw(t, "ends") {
				away++
				continue
			}
			end := rapid.SampledFrom(ends).Draw(t, "end")
			b = b.Take(pickup.CustodyRecord{Object: pickup.Blank, Card: card, Batch: "B1", Custody: end})
			want[end]++
		}
		if b.Issued != want[devices.CustodyTaken] || b.Rejected != want[devices.CustodyRejected] || b.Retracted != want[devices.CustodyRetracted] {
			t.Fatalf("%+v, want %v", b, want)
		}
		if b.Loaded != b.Issued+b.Rejected+b.Retracted+b.Remaining() || len(b.Away) != away || b.Feeder() < 0 {
			t.Fatalf("does not add up: %+v", b)
		}
	})
}

func TestOthersDoNotCount(t *testing.T) {
	b := Batch{ID: "B1", Loaded: 5}
	for _, r := range []pickup.CustodyRecord{
		{Object: pickup.Old, Card: "j/old", Custody: devices.CustodyRetained},
		{Object: pickup.Blank, Card: "j/1", Batch: "B2", Custody: devices.CustodyTaken},
	} {
		if got := b.Take(r); got.Remaining() != 5 || got.Feeder() != 5 {
			t.Errorf("%+v changed the batch: %+v", r, got)
		}
	}
}

func TestUnknownEndsByEvidence(t *testing.T) {
	b := Batch{ID: "B1", Loaded: 3}
	r := pickup.CustodyRecord{Object: pickup.Blank, Card: "j/1", Batch: "B1", Custody: devices.CustodyUnknown}
	b = b.Take(r)
	if b.Unknown() != 1 || b.Remaining() != 3 || b.Feeder() != 2 {
		t.Fatalf("%+v", b)
	}
	r.Custody = devices.CustodyTaken
	if taken := b.Take(r); taken.Unknown() != 0 || taken.Issued != 1 || taken.Feeder() != 2 {
		t.Errorf("%+v", taken)
	}
	r.Custody = ""
	if b = b.Take(r); b.Unknown() != 0 || b.Remaining() != 3 || b.Feeder() != 3 {
		t.Errorf("in the feeder after all: %+v", b)
	}
}

func TestOldestBatchFirst(t *testing.T) {
	first := Add(nil, Load{Batch: "B1", Count: 1}, day)
	second := Add([]Batch{first}, Load{Batch: "B2", Count: 5}, day.Add(time.Hour))
	all := []Batch{second, first}
	if b, ok := Next(all); !ok || b.ID != "B1" {
		t.Errorf("next is %+v", b)
	}
	all[1] = first.Take(pickup.CustodyRecord{Object: pickup.Blank, Card: "j/1", Batch: "B1", Custody: devices.CustodyInside})
	if b, ok := Next(all); !ok || b.ID != "B2" {
		t.Errorf("next is %+v", b)
	}
	if _, ok := Next(nil); ok {
		t.Error("a blank from nowhere")
	}
}

func TestDifferencesAreKept(t *testing.T) {
	found := 4
	b := Add([]Batch{{ID: "B1", Loaded: 5}}, Load{Batch: "B1", Count: 10, Found: &found}, day)
	if b.Loaded != 15 || len(b.Differences) != 1 || b.Differences[0] != (Difference{day, 5, 4}) {
		t.Errorf("%+v", b)
	}
}

func TestCheck(t *testing.T) {
	none, far := 0, 501
	for _, l := range []Load{{}, {Batch: "a b", Count: 1}, {Batch: "B", Count: -1}, {Batch: "B", Count: 501}, {Batch: "B"}, {Batch: "B", Found: &far}, {Batch: "B", Count: 1, By: "x y"}} {
		if err := l.Check(); !errors.Is(err, ErrLoad) {
			t.Errorf("%+v: %v", l, err)
		}
	}
	for _, l := range []Load{{Batch: "2025-09.A", Count: 500}, {Batch: "B", Found: &none}} {
		if err := l.Check(); err != nil {
			t.Errorf("%+v: %v", l, err)
		}
	}
}
