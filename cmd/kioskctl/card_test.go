package main

import (
	"context"
	"encoding/hex"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"murur/devices/smartcard/cardsim"
	"murur/devices/smartcard/ccidsim"
	"murur/devices/transport/usbpipe"
	"murur/kiosk/config"
)

// TestCardScripts runs kioskctl with simulated readers: civil.sock holds a Civil ID,
// expired.sock, licence.sock and mute.sock other cards, empty.sock none, and busy.sock
// is claimed. control.sock serves a kioskd.
func TestCardScripts(t *testing.T) {
	expiry := time.Date(2099, 1, 31, 0, 0, 0, 0, time.UTC)
	fahad := cardsim.Person{CivilNumber: "288012098012", NameAr: "فهد سالم", NameEn: "FAHAD SALEM", Expiry: expiry}
	expired := fahad
	expired.Expiry = time.Date(2020, 1, 31, 0, 0, 0, 0, time.UTC)
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/card",
		UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			ctx, cancel := context.WithCancel(context.Background())
			env.Defer(cancel)
			for name, card := range map[string]*cardsim.Card{
				"civil": cardsim.CivilID(fahad), "expired": cardsim.CivilID(expired), "licence": cardsim.DrivingLicence(),
				"mute": cardsim.CivilID(fahad, cardsim.Mute), "empty": nil, "busy": nil,
			} {
				sim := ccidsim.New(ccidsim.Options{})
				if card != nil {
					if err := sim.Insert(card); err != nil {
						return err
					}
				}
				if name == "busy" {
					if _, err := sim.Pipes(); err != nil {
						return err
					}
				}
				l, err := net.Listen("unix", filepath.Join(env.Cd, name+".sock"))
				if err != nil {
					return err
				}
				go usbpipe.Serve(ctx, l, sim.Pipes)
			}
			serve(ctx, t, filepath.Join(env.Cd, "control.sock"), kioskd{status: sick()})
			kiosk := strings.Replace(config.Example, "/run/murur/ccid.sock", filepath.Join(env.Cd, "civil.sock"), 1)
			if err := os.WriteFile(filepath.Join(env.Cd, "kioskd.toml"), []byte(kiosk), 0o600); err != nil {
				return err
			}
			field := strings.Replace(kiosk, "development = true", "development = false", 1)
			return os.WriteFile(filepath.Join(env.Cd, "field.toml"), []byte(field), 0o600)
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){"exits": exits},
	})
}

func TestChip(t *testing.T) {
	for raw, want := range map[string]string{
		"3B6A00008065A20145013D72D643": "T=0, Fi/Di 372/1, historical bytes 8065A20145013D72D643",
		"3B951381018073FF01000B":       "T=1, Fi/Di 372/4, blocks of 32 with LRC, BWI 4, CWI 13, historical bytes 8073FF0100",
		"3C00":                         "not an answer to reset: TS is 3C",
	} {
		b, err := hex.DecodeString(raw)
		if err != nil {
			t.Fatal(err)
		}
		if got := chip(b); got != want {
			t.Errorf("%s: %s", raw, got)
		}
	}
}
