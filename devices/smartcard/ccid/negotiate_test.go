package ccid_test

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"murur/devices"
	"murur/devices/smartcard"
	"murur/devices/smartcard/cardsim"
	"murur/devices/smartcard/ccid"
	"murur/devices/smartcard/ccidsim"
	"murur/devices/smartcard/smartcardtest"
	"murur/devices/transport"
)

func unhex(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

// withATR is the Civil ID with another answer to reset; its check byte is appended.
func withATR(s string, faults ...cardsim.Fault) *cardsim.Card {
	b := unhex(s)
	var check byte
	for _, v := range b[1:] {
		check ^= v
	}
	return smartcardtest.CivilID(append(faults, cardsim.Reset(append(b, check)))...)
}

// What card and reader are told of protocol, speed and voltage before the first
// command: power-on with a voltage (62), PPS (6F FF …), parameters (61).
func TestNegotiation(t *testing.T) {
	const (
		auto, fiveVolts = "62 00", "62 01"
		both            = "3B 90 95 80 01" // T=0 and T=1, TA1 95
		specific        = "3B 90 13 91 01 31 20 45"
	)
	manual := ccidsim.Options{Manual: true}
	for name, c := range map[string]struct {
		o    ccidsim.Options
		card *cardsim.Card
		want []string
	}{
		"T=0 without a choice":    {manual, smartcardtest.CivilID(), []string{fiveVolts, "61 00 11 00 00 0A 00"}},
		"the reader knows":        {ccidsim.Options{}, smartcardtest.CivilID(), []string{auto}},
		"T=1, faster":             {manual, smartcardtest.BlockCard(), []string{fiveVolts, "6F FF 11 13 FD", "61 01 13 10 00 4D 00 20 00"}},
		"the reader learns it":    {ccidsim.Options{}, smartcardtest.BlockCard(), []string{auto, "6F FF 11 13 FD", "61 01 13 10 00 4D 00 20 00"}},
		"driving licence":         {manual, cardsim.DrivingLicence(), []string{fiveVolts, "6F FF 11 96 78", "61 01 96 10 00 43 00 FE 00"}},
		"the reader is too slow":  {ccidsim.Options{Manual: true, MaxRate: 20000}, smartcardtest.BlockCard(), []string{fiveVolts, "61 01 11 10 00 4D 00 20 00"}},
		"the card is deaf to PPS": {manual, smartcardtest.BlockCard(cardsim.NoPPS), []string{fiveVolts, "6F FF 11 13 FD", "63", fiveVolts, "61 01 11 10 00 4D 00 20 00"}},
		"the reader does PPS":     {ccidsim.Options{Manual: true, Features: ccidsim.DoesPPS}, smartcardtest.BlockCard(), []string{fiveVolts, "61 01 13 10 00 4D 00 20 00"}},
		"the reader negotiates":   {ccidsim.Options{Manual: true, Features: ccidsim.AutoNegotiates}, smartcardtest.BlockCard(), []string{fiveVolts}},
		"APDU level":              {ccidsim.Options{Manual: true, Level: ccidsim.ShortAPDU}, smartcardtest.BlockCard(), []string{fiveVolts, "61 01 11 10 00 4D 00 20 00"}},
		"specific mode":           {manual, withATR(specific), []string{fiveVolts, "61 01 13 10 00 45 00 20 00"}},
		"T=0 of two":              {manual, withATR(both), []string{fiveVolts, "6F FF 10 95 7A", "61 00 95 00 00 0A 00"}},
		"no common protocol":      {ccidsim.Options{Manual: true, NoT1: true}, smartcardtest.BlockCard(), []string{fiveVolts}},
		"a card for 3 V":          {manual, smartcardtest.CivilID(cardsim.Volts(2)), []string{fiveVolts, "63", "62 02", "61 00 11 00 00 0A 00"}},
		"a card for 1.8 V": {ccidsim.Options{Manual: true, Voltages: 7}, smartcardtest.CivilID(cardsim.Volts(4)),
			[]string{fiveVolts, "63", "62 03", "61 00 11 00 00 0A 00"}},
		"a reader for 3 V":  {ccidsim.Options{Manual: true, Voltages: 2}, smartcardtest.CivilID(), []string{"62 02", "61 00 11 00 00 0A 00"}},
		"inverse, with CRC": {manual, withATR("3F 80 81 71 20 45 01"), []string{fiveVolts, "61 01 11 13 00 45 00 20 00"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			var got []string
			c.o.Trace = func(d transport.Direction, m []byte) {
				switch {
				case d != transport.ToDevice:
				case m[0] == 0x61:
					got = append(got, fmt.Sprintf("61 %02X % X", m[7], m[10:]))
				case m[0] == 0x62:
					got = append(got, fmt.Sprintf("62 %02X", m[7]))
				case m[0] == 0x63:
					got = append(got, "63")
				case m[0] == 0x6F && m[10] == 0xFF:
					got = append(got, fmt.Sprintf("6F % X", m[10:]))
				}
			}
			r, sim := drive(t, c.o)
			sim.Insert(c.card)
			card, err := r.Connect(t.Context())
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			synctest.Wait()
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("%s: %s", name, d)
			}
			_, err = card.Transmit(t.Context(), selectApplication)
			if want := name == "no common protocol"; errors.Is(err, ccid.ErrProtocol) != want || err != nil && !want {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
}

// A hardware error at power-on is tried again once; then the reader is reset.
func TestHardwareErrorAtPowerOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, sim := drive(t, ccidsim.Options{})
		sim.Insert(smartcardtest.CivilID())
		sim.Inject(ccidsim.Hardware)
		if _, err := readHolder(t, r); err != nil {
			t.Error(err)
		}
		sim.Inject(ccidsim.Hardware)
		sim.Inject(ccidsim.Hardware)
		if _, err := readHolder(t, r); !errors.Is(err, devices.ErrLink) {
			t.Error(err)
		}
		if _, err := readHolder(t, r); err != nil {
			t.Error(err)
		}
	})
}

// The bytes of a T=1 session at the TPDU level: PPS, parameters, block size, a command,
// and more time for the next.
func TestGoldenBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var host log
		sim := ccidsim.New(ccidsim.Options{NoInterrupt: true})
		r := ccid.New(func(context.Context) (transport.Pipes, error) { return sim.Pipes() }, ccid.Options{Trace: host.trace})
		defer r.Close()
		sim.Insert(cardsim.DrivingLicence(cardsim.Slow(2 * time.Second)))
		synctest.Wait()
		card, err := r.Connect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if resp, err := card.Transmit(t.Context(), smartcard.Command{INS: 0x84, Le: 8}); err != nil || resp.SW != 0x6D00 {
			t.Fatal(resp, err)
		}
		synctest.Wait()
		from := slices.IndexFunc(host.lines, func(s string) bool { return strings.HasPrefix(s, "> 62") })
		want := []string{
			"> 62 00 00 00 00 00 -- 00 00 00",
			"< 80 19 00 00 00 00 -- 00 00 00 3B FF 96 00 00 81 31 FE 43 80 31 80 65 B0 85 04 00 11 12 B1 9E 82 90 00 3F",
			"> 6F 04 00 00 00 00 -- 00 00 00 FF 11 96 78",
			"< 80 04 00 00 00 00 -- 00 00 00 FF 11 96 78",
			"> 61 07 00 00 00 00 -- 01 00 00 96 10 00 43 00 FE 00",
			"< 82 07 00 00 00 00 -- 00 00 01 96 10 00 43 00 FE 00",
			"> 6F 05 00 00 00 00 -- 00 00 00 00 C1 01 FE 3E",
			"< 80 05 00 00 00 00 -- 00 00 00 00 E1 01 FE 1E",
			"> 6F 09 00 00 00 00 -- 00 00 00 00 00 05 00 84 00 00 08 89",
			"< 80 05 00 00 00 00 -- 00 00 00 00 C3 01 02 C0",
			"> 6F 05 00 00 00 00 -- 02 00 00 00 E3 01 02 E0",
			"< 80 00 00 00 00 00 -- 80 02 00", // the reader asks for time on its own account
			"< 80 06 00 00 00 00 -- 00 00 00 00 00 02 6D 00 6F",
		}
		if d := cmp.Diff(want, host.lines[from:from+len(want)]); d != "" {
			t.Error(d)
		}
	})
}

// A card that answers to no voltage of the reader is mute.
func TestWrongVoltage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, sim := drive(t, ccidsim.Options{Manual: true, Voltages: 3})
		sim.Insert(smartcardtest.CivilID(cardsim.Volts(4)))
		if _, err := r.Connect(t.Context()); !errors.Is(err, smartcard.ErrMute) {
			t.Error(err)
		}
	})
}

// Blocks are no longer than the reader can carry and the card can take; long commands
// and answers go in one command each, with extended length.
func TestLongCommandsInBlocks(t *testing.T) {
	for name, c := range map[string]struct {
		o    ccidsim.Options
		card *cardsim.Card
	}{
		"blocks of 32":   {ccidsim.Options{}, smartcardtest.BlockCard()},
		"small messages": {ccidsim.Options{MaxMessage: 48}, smartcardtest.BlockCard()},
		"big blocks":     {ccidsim.Options{}, withATR("3B 80 81 31 FE 45")},
		"CRC":            {ccidsim.Options{}, withATR("3B 80 81 71 40 45 01")},
		"own IFSD":       {ccidsim.Options{Features: ccidsim.AutoIFSD}, withATR("3B 80 81 71 40 45 01")},
		"another size":   {ccidsim.Options{}, smartcardtest.BlockCard(cardsim.AsksIFS(200))},
		"extended APDU":  {ccidsim.Options{Level: ccidsim.ExtendedAPDU}, smartcardtest.BlockCard()},
	} {
		synctest.Test(t, func(t *testing.T) {
			r, sim := drive(t, c.o)
			sim.Insert(c.card)
			card, err := r.Connect(t.Context())
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for _, step := range []struct {
				cmd  smartcard.Command
				want smartcard.SW
			}{
				{smartcard.Command{INS: 0xA4, P1: 4, P2: 0x0C, Data: make([]byte, 700), Le: -1}, 0x6A82},
				{selectApplication, smartcard.OK},
				{smartcard.Command{INS: 0xA4, P1: 2, P2: 0x0C, Data: []byte{1, 4}, Le: -1}, smartcard.OK},
				{smartcard.Command{INS: 0xB0, Le: 65536}, smartcard.OK},
			} {
				resp, err := card.Transmit(t.Context(), step.cmd)
				if err != nil || resp.SW != step.want || step.cmd.Le > 0 && len(resp.Data) < 600 {
					t.Errorf("%s: INS %02X: %d bytes, %v, %v", name, step.cmd.INS, len(resp.Data), resp.SW, err)
				}
			}
		})
	}
}

// The whole class descriptor is logged once for each time the reader is attached.
func TestDescriptorIsLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var text strings.Builder
		sim := ccidsim.New(ccidsim.Options{})
		r := ccid.New(func(context.Context) (transport.Pipes, error) { return sim.Pipes() },
			ccid.Options{Log: slog.New(slog.NewTextHandler(&text, nil))})
		synctest.Wait()
		r.Close()
		for _, want := range []string{"descriptor.features=1003A", "descriptor.max_message=271", "descriptor.voltages=3", "descriptor.bytes=3621"} {
			if strings.Count(text.String(), want) != 1 {
				t.Errorf("%q is not there once:\n%s", want, text.String())
			}
		}
	})
}

// A PIN is in no trace, however many blocks it takes.
func TestTraceBlanksPINInBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var host log
		sim := ccidsim.New(ccidsim.Options{MaxMessage: 48})
		r := ccid.New(func(context.Context) (transport.Pipes, error) { return sim.Pipes() }, ccid.Options{Trace: host.trace})
		defer r.Close()
		sim.Insert(smartcardtest.BlockCard())
		card, err := r.Connect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		from := len(host.lines)
		pin := append([]byte(strings.Repeat("1234567890", 5)), 0xFF)
		resp, err := card.Transmit(t.Context(), smartcard.Command{INS: 0x20, P2: 0x80, Data: pin, Le: -1})
		if err != nil || resp.SW != 0x6D00 {
			t.Error(resp, err)
		}
		synctest.Wait()
		all := strings.Join(host.lines[from:], "\n")
		if !strings.Contains(all, "00 20 00 80 33 EE EE") || strings.Contains(all, "35 36") {
			t.Error(all)
		}
	})
}
