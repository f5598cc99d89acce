package config

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestExampleShowsTheDefaults(t *testing.T) {
	c, err := Load("centrald.toml")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Check(); err != nil {
		t.Error(err)
	}
	want := Default()
	want.Data = "/var/lib/murur/central.db"
	if !reflect.DeepEqual(c, want) {
		t.Errorf("%+v, want %+v", c, want)
	}
}

func TestBadFiles(t *testing.T) {
	for name, c := range map[string]struct{ file, want string }{
		"unknown key":   {"data = \"x\"\nlisten_on = \"a:1\"", "listen_on"},
		"no TOML":       {"listen = ", "cannot load"},
		"wrong type":    {"data = 5", "data"},
		"no data":       {"", "data: no file"},
		"bad address":   {"data = \"x\"\nlisten = \"8440\"", "listen: \"8440\" is not host:port"},
		"bad duration":  {"data = \"x\"\nreservation = \"soon\"", "reservation"},
		"no such word":  {"data = \"x\"\n[places.KW02]\nfr = \"x\"", "places.KW02.fr"},
		"half a place":  {"data = \"x\"\n[places.KW02]\nen = \"x\"", "places.KW02: a kiosk's id"},
		"no kiosk":      {"data = \"x\"\n[places.\"a b\"]\nar = \"x\"\nen = \"x\"", "places.a b: a kiosk's id"},
		"long duration": {"data = \"x\"\nreservation = \"2h\"", "reservation: 2h0m0s is not between"},
	} {
		path := filepath.Join(t.TempDir(), "c.toml")
		if err := os.WriteFile(path, []byte(c.file), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := Load(path)
		if err == nil {
			err = got.Check()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want one line with %q", name, err, c.want)
		}
	}
}

func TestPlaces(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.toml")
	if err := os.WriteFile(path, []byte("data = \"x\"\n[places.KW02]\nar = \"مجمع\"\nen = \"Mall\""), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(path)
	if err != nil || c.Check() != nil || c.Places["KW02"] != (Place{Ar: "مجمع", En: "Mall"}) {
		t.Errorf("%+v %v", c, err)
	}
}

func TestLoopback(t *testing.T) {
	for address, want := range map[string]bool{
		"127.0.0.1:0": true, "[::1]:80": true, "0.0.0.0:80": false, ":80": false, "192.0.2.1:80": false, "localhost:80": false,
	} {
		if Loopback(address) != want {
			t.Errorf("%s: %v", address, !want)
		}
	}
}
