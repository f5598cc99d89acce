package main

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
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
			if err := os.WriteFile(filepath.Join(env.Cd, "field.toml"), []byte(field), 0o600); err != nil {
				return err
			}
			return operator(env.Cd, field)
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){"exits": exits},
	})
}

// operator signs dir's try.toml as the operator does, and writes operator.toml for a kiosk
// in the field that uses it.
func operator(dir, field string) error {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(dir, "try.toml"))
	if err != nil {
		return err
	}
	profiles := filepath.Join(dir, "profiles")
	field = strings.Replace(field, `profiles = ""`, fmt.Sprintf("profiles = %q", profiles), 1)
	field = strings.Replace(field, `profile_key = ""`, fmt.Sprintf(`profile_key = "%x"`, public), 1)
	signature := base64.StdEncoding.EncodeToString(ed25519.Sign(private, text))
	return errors.Join(
		os.Mkdir(profiles, 0o700),
		os.WriteFile(filepath.Join(profiles, "try.toml"), text, 0o600),
		os.WriteFile(filepath.Join(profiles, "try.toml.sig"), []byte(signature), 0o600),
		os.WriteFile(filepath.Join(dir, "operator.toml"), []byte(field), 0o600),
	)
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
