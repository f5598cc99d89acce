package ccid_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"murur/devices"
	"murur/devices/smartcard"
	"murur/devices/smartcard/cardsim"
	"murur/devices/smartcard/ccid"
	"murur/devices/smartcard/ccidsim"
	"murur/devices/smartcard/smartcardtest"
)

// readHolder powers the card and reads the holder's file.
func readHolder(t *testing.T, r *ccid.Reader) ([]byte, error) {
	t.Helper()
	c, err := r.Connect(t.Context())
	if err != nil {
		return nil, err
	}
	defer c.Close()
	var resp smartcard.Response
	for _, cmd := range []smartcard.Command{selectApplication, selectHolder, readAll} {
		if resp, err = c.Transmit(t.Context(), cmd); err != nil {
			return nil, err
		}
		if resp.SW != smartcard.OK {
			return nil, fmt.Errorf("INS %02X: %v", cmd.INS, resp.SW)
		}
	}
	return resp.Data, nil
}

var sweeps = []struct {
	name string
	o    ccidsim.Options
	card smartcardtest.Card
}{
	{"T=0 TPDU", ccidsim.Options{}, smartcardtest.CivilID},
	{"T=1 TPDU", ccidsim.Options{}, smartcardtest.BlockCard},
	{"T=1 TPDU, manual", ccidsim.Options{Manual: true}, smartcardtest.BlockCard},
	{"T=1 TPDU, polled", ccidsim.Options{NoInterrupt: true}, smartcardtest.BlockCard},
	{"T=0 short APDU", ccidsim.Options{Level: ccidsim.ShortAPDU}, smartcardtest.CivilID},
	{"T=1 extended APDU", ccidsim.Options{Level: ccidsim.ExtendedAPDU}, smartcardtest.BlockCard},
}

// crossed is what a whole reading without faults moves over the contacts.
func crossed(t *testing.T, o ccidsim.Options, card smartcardtest.Card) (units, bytes int) {
	t.Helper()
	r, sim := drive(t, o)
	sim.Insert(card())
	if b, err := readHolder(t, r); err != nil || len(b) != 78 {
		t.Fatal(len(b), err)
	}
	return sim.Crossed()
}

// A card that is pulled at any byte is told from one that fails, and the reader works
// with the next card.
func TestPulledAtEveryByte(t *testing.T) {
	for _, s := range sweeps {
		t.Run(s.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, total := crossed(t, s.o, s.card)
				r, sim := drive(t, s.o)
				for n := range total {
					sim.Insert(s.card())
					sim.PullAt(n)
					b, err := readHolder(t, r)
					if !errors.Is(err, smartcard.ErrRemoved) && !errors.Is(err, smartcard.ErrNoCard) {
						t.Fatalf("pulled at byte %d of %d: %d bytes, %v", n, total, len(b), err)
					}
					synctest.Wait() // nobody is faster than the reader's notice
					sim.Insert(s.card())
					if b, err := readHolder(t, r); err != nil || len(b) != 78 {
						t.Fatalf("after byte %d: %d bytes, %v", n, len(b), err)
					}
					sim.Remove()
					synctest.Wait()
				}
			})
		})
	}
}

// One disturbance of one block, at any byte of it, does not even show with T=1.
func TestEveryBlockDisturbedOnce(t *testing.T) {
	for _, s := range sweeps {
		if !strings.HasPrefix(s.name, "T=1") {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				units, _ := crossed(t, s.o, s.card)
				runs := 0
				try := func(d ccidsim.Disturbance) {
					runs++
					r, sim := drive(t, s.o)
					defer r.Close()
					sim.Disturb(d)
					sim.Insert(s.card())
					if b, err := readHolder(t, r); err != nil || len(b) != 78 || b[0] != 0xE1 {
						t.Errorf("%+v: %d bytes, %v", d, len(b), err)
					}
				}
				for unit := 2; unit <= units; unit++ {
					try(ccidsim.Disturbance{Unit: unit, Kind: ccidsim.Lost})
					try(ccidsim.Disturbance{Unit: unit, Kind: ccidsim.Misnumber})
					try(ccidsim.Disturbance{Unit: unit, Kind: ccidsim.Duplicated})
					for at := range 36 { // no block is longer here
						try(ccidsim.Disturbance{Unit: unit, Kind: ccidsim.Corrupt, Byte: at})
						try(ccidsim.Disturbance{Unit: unit, Kind: ccidsim.Short, Byte: at})
					}
				}
				t.Logf("%d disturbances of %d blocks", runs, units)
			})
		})
	}
}

// A damaged answer to reset, or a damaged unit of T=0, is an error, never other data.
func TestEveryUnitDisturbedOnceT0(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		units, _ := crossed(t, ccidsim.Options{}, smartcardtest.CivilID)
		for unit := 1; unit <= units; unit++ {
			for _, kind := range []ccidsim.Kind{ccidsim.Lost, ccidsim.Corrupt, ccidsim.Short} {
				for at := range 14 {
					r, sim := drive(t, ccidsim.Options{})
					sim.Disturb(ccidsim.Disturbance{Unit: unit, Kind: kind, Byte: at})
					sim.Insert(smartcardtest.CivilID())
					b, err := readHolder(t, r)
					if err == nil && (len(b) != 78 || b[0] != 0xE1) || err != nil && !errors.Is(err, smartcard.ErrMute) && !errors.Is(err, ccid.ErrProtocol) {
						t.Errorf("unit %d, kind %d, byte %d: %d bytes, %v", unit, kind, at, len(b), err)
					}
					if b, err := readHolder(t, r); err != nil || len(b) != 78 {
						t.Errorf("unit %d, kind %d, byte %d: then %d bytes, %v", unit, kind, at, len(b), err)
					}
					r.Close()
				}
			}
		}
	})
}

// A reader's message that ends anywhere is an error of the reader, and not the last
// word.
func TestMessageCutAtEveryByte(t *testing.T) {
	for _, s := range sweeps {
		t.Run(s.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, sim := drive(t, s.o)
				sim.Insert(s.card())
				for n := range 12 {
					sim.Cut(n)
					b, err := readHolder(t, r)
					if !errors.Is(err, devices.ErrLink) && !errors.Is(err, smartcard.ErrMute) {
						t.Errorf("cut after %d: %d bytes, %v", n, len(b), err)
					}
					if b, err := readHolder(t, r); err != nil || len(b) != 78 {
						t.Errorf("cut after %d: then %d bytes, %v", n, len(b), err)
					}
				}
			})
		})
	}
}

// A T=1 card may ask for time, but not for ever.
func TestWaitingTimeOfBlocks(t *testing.T) {
	for _, o := range []ccidsim.Options{{}, {Level: ccidsim.ShortAPDU}} {
		synctest.Test(t, func(t *testing.T) {
			r, sim := drive(t, o)
			sim.Insert(smartcardtest.BlockCard(cardsim.Slow(20 * time.Second)))
			start := time.Now()
			if b, err := readHolder(t, r); err != nil || len(b) != 78 {
				t.Errorf("%d bytes, %v", len(b), err)
			}
			if d := time.Since(start).Round(time.Second); d != time.Minute {
				t.Errorf("three commands of 20 s took %v", d)
			}
			sim.Remove()
			sim.Insert(smartcardtest.BlockCard(cardsim.Slow(time.Hour)))
			c, err := r.Connect(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			start = time.Now()
			if _, err := c.Transmit(t.Context(), selectApplication); !errors.Is(err, smartcard.ErrMute) {
				t.Error(err)
			}
			if d := time.Since(start).Round(time.Second); d != 30*time.Second {
				t.Errorf("given up after %v", d)
			}
			sim.Remove()
			sim.Insert(smartcardtest.BlockCard())
			if _, err := readHolder(t, r); err != nil {
				t.Error(err)
			}
		})
	}
}
