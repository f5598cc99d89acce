package config

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
)

func TestExampleIsAllowed(t *testing.T) {
	c, err := Parse(Example)
	if err != nil {
		t.Fatal(err)
	}
	if c.Kiosk != "KW01" || c.Central.Timeout == 0 {
		t.Errorf("example read as %+v", c)
	}
}

// TestExampleHasEveryKey: somebody who writes a file needs no other source.
func TestExampleHasEveryKey(t *testing.T) {
	var c Config
	meta, err := toml.Decode(Example, &c)
	if err != nil {
		t.Fatal(err)
	}
	var check func(of reflect.Type, path []string)
	check = func(of reflect.Type, path []string) {
		for i := range of.NumField() {
			f := of.Field(i)
			key := append(slices.Clone(path), f.Tag.Get("toml"))
			if !meta.IsDefined(key...) {
				t.Errorf("the example has no %s", strings.Join(key, "."))
			}
			if f.Type.Kind() == reflect.Struct {
				check(f.Type, key)
			}
		}
	}
	check(reflect.TypeFor[Config](), nil)
}

func TestRefusals(t *testing.T) {
	tests := []struct{ name, from, to, want string }{
		{"unknown key", "max_mib", "max_gib", "ledger.max_gib"},
		{"missing key", `kiosk = "KW01"`, "", "kiosk: is missing; allowed: 2 to 12"},
		{"lower case id", `"KW01"`, `"kw01"`, "kiosk: is not allowed"},
		{"out of bounds", "max_mib = 256", "max_mib = 1", "ledger.max_mib: is not allowed; allowed: 8 to 4096"},
		{"wrong driver", `"zvt-serial"`, `"zvt"`, "terminal.driver"},
		{"wrong type", "baud = 9600", `baud = "fast"`, "terminal.baud"},
		{"wrong duration", `"8s"`, `"soon"`, "line 24: central.timeout: "},
		{"newer schema", "schema = 1", "schema = 2", "schema: must be 1"},
		{"not TOML", "[place]", "[place", "line"},
		{"wrong cabinet", `driver = "none"                 # "gpio"`, `driver = "i2c" # "gpio"`, `cabinet.driver: is not allowed; allowed: "none" or "gpio"`},
		{"wrong licence printer", `driver = "none"                 # "evolis-usb"`, `driver = "zebra" # "evolis-usb"`, "licence_printer.driver: is not allowed"},
		{"wrong capture unit", `driver = "none"                 # "crt571-serial"`, `driver = "crt" # "crt571-serial"`, "capture.driver: is not allowed"},
		{"wrong pin", `"GPIO27"`, `"GPIO 27"`, "cabinet.mains: is not allowed"},
		{"pin used twice", `"!GPIO24"`, `"GPIO17"`, "cabinet: is not allowed; allowed: each pin once"},
		{"no clock", `end_of_day = "23:45"`, "", "terminal.end_of_day: is missing"},
		{"midnight", `"23:45"`, `"00:00"`, "00:00 is not allowed"},
		{"not a time", `"23:45"`, `"soon"`, "line 37: terminal.end_of_day: "},
		{"no development", "development = true", "", "development: is missing"},
		{"no host", `"http://127.0.0.1:8440"`, `"https://"`, "central.url: is not allowed"},
		{"no server", `"http://127.0.0.1:8440"`, `"https://central example"`, "central.url: is not allowed"},
		{"serial terminal at a host", `"/dev/ttyS0"`, `"192.0.2.7:20007"`, "terminal.address: is not allowed"},
		{"TCP terminal at a file", `"zvt-serial"           #`, `"zvt-tcp" #`, "terminal.address: is not allowed"},
		{"printer at a host", `"/dev/ttyS1"`, `"printer:9100"`, "printer.address: is not allowed"},
		{"unknown licence printer", `driver = "none"                 # "evolis-usb": the first Evolis card printer; "evolis-socket": a simulated one; "none"
socket = "/run/murur/evolis.sock" # for evolis-socket
profile = "kc200b"`, `driver = "evolis-usb"
profile = "kc200c"`, "licence_printer.profile: is not allowed"},
		{"relative path", `"/var/lib/murur"`, `"data"`, "paths.data"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if !strings.Contains(Example, tt.from) {
				t.Fatalf("the example has no %q", tt.from)
			}
			_, err := Parse(strings.Replace(Example, tt.from, tt.to, 1))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, want it to name %q", err, tt.want)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("more than one line: %q", err)
			}
		})
	}
}

func TestLoadNamesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kioskd.toml")
	if _, err := Load(path); err == nil {
		t.Error("a missing file was read")
	}
	if err := os.WriteFile(path, []byte("schema = 9"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), "kioskd.toml: schema") {
		t.Errorf("got %v", err)
	}
}
