// Package config is kioskd's settings: one strict TOML file, every key of which
// stands with its meaning in example.toml. An unknown key, a missing one that this kiosk
// needs or a value out of bounds is refused with one line that names the key.
package config

import (
	_ "embed"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
)

// Example is the commented example file.
//
//go:embed example.toml
var Example string

// Schema is the version of the file format.
const Schema = 1

// Config is the whole file.
type Config struct {
	Schema      int    `toml:"schema"`
	Kiosk       string `toml:"kiosk"`
	Place       Place  `toml:"place"`
	Development bool   `toml:"development"`

	Paths    Paths    `toml:"paths"`
	Ledger   Ledger   `toml:"ledger"`
	Central  Central  `toml:"central"`
	Reader   Reader   `toml:"reader"`
	Terminal Terminal `toml:"terminal"`
	Printer  Printer  `toml:"printer"`
	Licence  Licence  `toml:"licence_printer"`
	Capture  Capture  `toml:"capture"`
	Cabinet  Cabinet  `toml:"cabinet"`
	Fonts    Fonts    `toml:"fonts"`
}

// Place is where the kiosk stands; it is printed on receipts.
type Place struct {
	Ar string `toml:"ar"`
	En string `toml:"en"`
}

// Paths are the folders and sockets of kioskd.
type Paths struct {
	Data    string `toml:"data"`    // ledger.db and the development key
	Front   string `toml:"front"`   // front socket
	Control string `toml:"control"` // control socket
}

// Ledger bounds the local database.
type Ledger struct {
	MaxMiB        int64 `toml:"max_mib"`
	RetentionDays int   `toml:"retention_days"`
}

// Central is the central server.
type Central struct {
	URL     string   `toml:"url"`
	Timeout Duration `toml:"timeout"`
}

// Reader is the smart card reader.
type Reader struct {
	Driver string `toml:"driver"` // "ccid-usb" or "ccid-socket"
	Socket string `toml:"socket"` // for ccid-socket
	// Profiles is a folder of signed card profiles, ProfileKey the operator's Ed25519 public
	// key in hexadecimal; both empty: only the built-in development profile.
	Profiles   string `toml:"profiles"`
	ProfileKey string `toml:"profile_key"`
}

// Terminal is the payment terminal.
type Terminal struct {
	Driver   string `toml:"driver"`  // "zvt-serial" or "zvt-tcp"
	Address  string `toml:"address"` // device file or host:port
	Baud     int    `toml:"baud"`
	Password string `toml:"password"` // six digits
	EndOfDay Clock  `toml:"end_of_day"`
}

// Printer is the receipt printer.
type Printer struct {
	Driver  string `toml:"driver"`  // "escpos-serial"
	Address string `toml:"address"` // device file
	Baud    int    `toml:"baud"`
	Profile string `toml:"profile"`
}

// Licence is the licence printer and what it prints. Without one, or without a capture
// unit, the kiosk does not offer licences.
type Licence struct {
	Driver   string `toml:"driver"`  // "none", "evolis-usb" or "evolis-socket"
	Socket   string `toml:"socket"`  // for evolis-socket
	Profile  string `toml:"profile"` // of package evolis
	Ribbon   string `toml:"ribbon"`
	Template string `toml:"template"` // folder of a licence template; "" is the built-in specimen
}

// Capture is the unit that takes old licences in.
type Capture struct {
	Driver   string `toml:"driver"`  // "none" or "crt571-serial"
	Address  string `toml:"address"` // device file
	Baud     int    `toml:"baud"`
	Capacity int    `toml:"capacity"` // cards that the retain bin holds
}

// Cabinet is the housing: contacts and lamps. "!" before a pin's name makes it active
// low; an empty name is not fitted.
type Cabinet struct {
	Driver       string `toml:"driver"` // "none" or "gpio"
	Door         string `toml:"door"`   // pins, for gpio
	Mains        string `toml:"mains"`
	LampReader   string `toml:"lamp_reader"`
	LampTerminal string `toml:"lamp_terminal"`
	LampReceipt  string `toml:"lamp_receipt"`
	LampGate     string `toml:"lamp_gate"`
	LampLicence  string `toml:"lamp_licence"`
}

// Fonts are the font files for paper.
type Fonts struct {
	Latin      string `toml:"latin"`
	LatinBold  string `toml:"latin_bold"`
	Arabic     string `toml:"arabic"`
	ArabicBold string `toml:"arabic_bold"`
}

// Duration is a time span written as "8s".
type Duration time.Duration

// UnmarshalText reads a Go duration.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = Duration(v)
	return err
}

// Clock is a time of day written as "23:45", as time since midnight; "" is 0, and so
// midnight itself cannot be named.
type Clock time.Duration

// UnmarshalText reads HH:MM.
func (c *Clock) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		return nil
	}
	t, err := time.Parse("15:04", string(text))
	if err != nil {
		return errors.New("is not a time of day like 23:45")
	}
	*c = Clock(t.Sub(time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)))
	if *c == 0 {
		return errors.New("00:00 is not allowed: take a minute before or after")
	}
	return nil
}

// ErrConfig is wrapped by every error of Load. Programs exit with 78 (EX_CONFIG).
var ErrConfig = errors.New("configuration")

// Load reads and checks the file at path.
func Load(path string) (Config, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Config{}, fmt.Errorf("%w: cannot read: %w", ErrConfig, err)
	}
	c, err := Parse(string(text))
	if err != nil {
		return Config{}, fmt.Errorf("%w: %s: %w", ErrConfig, filepath.Base(path), err)
	}
	return c, nil
}

// Parse checks the text of a file.
func Parse(text string) (Config, error) {
	var c Config
	meta, err := toml.Decode(text, &c)
	var bad toml.ParseError
	switch {
	case errors.As(err, &bad) && len(meta.Keys()) > 0: // it is TOML, but a value is not allowed
		return c, fmt.Errorf("line %d: %s: %s", bad.Position.Line, bad.LastKey, oneLine(bad.Message))
	case errors.As(err, &bad):
		return c, fmt.Errorf("line %d: %s", bad.Position.Line, oneLine(bad.Message))
	case err != nil:
		return c, errors.New(oneLine(err.Error()))
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return c, fmt.Errorf("%s: no such key; the example file lists all of them", unknown[0])
	}
	return c, c.check(meta)
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// hexKey is an Ed25519 public key. It may be empty.
var hexKey = regexp.MustCompile(`^([0-9a-fA-F]{64})?$`)

var kioskID = regexp.MustCompile(`^[A-Z0-9]{2,12}$`)

// check finds the first key that is not allowed.
func (c Config) check(meta toml.MetaData) error {
	if c.Schema != Schema {
		return fmt.Errorf("schema: must be %d, is %d", Schema, c.Schema)
	}
	rules := []struct {
		key     string
		ok      bool
		allowed string
	}{
		{"kiosk", kioskID.MatchString(c.Kiosk), "2 to 12 capital letters and digits"},
		{"place.ar", c.Place.Ar != "", "the place in Arabic"},
		{"place.en", c.Place.En != "", "the place in English"},
		{"paths.data", filepath.IsAbs(c.Paths.Data), "an absolute folder"},
		{"paths.front", filepath.IsAbs(c.Paths.Front), "an absolute socket path"},
		{"paths.control", filepath.IsAbs(c.Paths.Control), "an absolute socket path"},
		{"development", meta.IsDefined("development"), "true or false"},
		{"ledger.max_mib", in(c.Ledger.MaxMiB, 8, 4096), "8 to 4096"},
		{"ledger.retention_days", in(int64(c.Ledger.RetentionDays), 1, 3650), "1 to 3650"},
		{"central.url", isServer(c.Central.URL), "an http:// or https:// address"},
		{"central.timeout", in(int64(c.Central.Timeout), int64(time.Second), int64(time.Minute)), `"1s" to "60s"`},
		{"reader.driver", one(c.Reader.Driver, "ccid-usb", "ccid-socket"), `"ccid-usb" or "ccid-socket"`},
		{"reader.socket", c.Reader.Driver != "ccid-socket" || filepath.IsAbs(c.Reader.Socket), "an absolute socket path with ccid-socket"},
		{"reader.profiles", c.Reader.Profiles == "" || filepath.IsAbs(c.Reader.Profiles), `an absolute folder, or ""`},
		{"reader.profile_key", (c.Reader.Profiles == "") == (c.Reader.ProfileKey == "") && hexKey.MatchString(c.Reader.ProfileKey),
			`64 hexadecimal digits with profiles, "" without`},
		{"terminal.driver", one(c.Terminal.Driver, "zvt-serial", "zvt-tcp"), `"zvt-serial" or "zvt-tcp"`},
		{"terminal.address", c.Terminal.Driver == "zvt-tcp" && isHostPort(c.Terminal.Address) || c.Terminal.Driver == "zvt-serial" && filepath.IsAbs(c.Terminal.Address),
			"an absolute device file, or host:port with zvt-tcp"},
		{"terminal.baud", c.Terminal.Driver == "zvt-tcp" || one(c.Terminal.Baud, 9600, 115200), "9600 or 115200"},
		{"terminal.password", len(c.Terminal.Password) == 6 && strings.Trim(c.Terminal.Password, "0123456789") == "", "six digits"},
		{"terminal.end_of_day", meta.IsDefined("terminal", "end_of_day"), `a time of day like "23:45", or "" for only on demand`},
		{"printer.driver", one(c.Printer.Driver, "escpos-serial"), `"escpos-serial"`},
		{"printer.address", filepath.IsAbs(c.Printer.Address), "an absolute device file"},
		{"printer.baud", one(c.Printer.Baud, 9600, 19200, 38400, 57600, 115200, 230400), "9600 to 230400"},
		{"printer.profile", one(c.Printer.Profile, "epson-like", "generic-custom", "pyramid-reliance", "pyramid-phoenix"),
			`"epson-like", "generic-custom", "pyramid-reliance" or "pyramid-phoenix"`},
		{"licence_printer.driver", one(c.Licence.Driver, "none", "evolis-usb", "evolis-socket"), `"none", "evolis-usb" or "evolis-socket"`},
		{"licence_printer.socket", c.Licence.Driver != "evolis-socket" || filepath.IsAbs(c.Licence.Socket), "an absolute socket path with evolis-socket"},
		{"licence_printer.profile", c.Licence.Driver == "none" || one(c.Licence.Profile, "kc200b", "zenius", "kc-prime", "legacy-kiosk"),
			`"kc200b", "zenius", "kc-prime" or "legacy-kiosk"`},
		{"licence_printer.ribbon", c.Licence.Driver == "none" || one(c.Licence.Ribbon, "ymcko", "ymckok", "k"), `"ymcko", "ymckok" or "k"`},
		{"licence_printer.template", c.Licence.Template == "" || filepath.IsAbs(c.Licence.Template), `an absolute folder, or "" for the specimen`},
		{"capture.driver", one(c.Capture.Driver, "none", "crt571-serial"), `"none" or "crt571-serial"`},
		{"capture.address", c.Capture.Driver == "none" || filepath.IsAbs(c.Capture.Address), "an absolute device file"},
		{"capture.baud", c.Capture.Driver == "none" || one(c.Capture.Baud, 9600, 38400), "9600 or 38400"},
		{"capture.capacity", c.Capture.Driver == "none" || in(int64(c.Capture.Capacity), 1, 999), "1 to 999"},
		{"cabinet.driver", one(c.Cabinet.Driver, "none", "gpio"), `"none" or "gpio"`},
		{"cabinet.door", pinName.MatchString(c.Cabinet.Door), pinAllowed},
		{"cabinet.mains", pinName.MatchString(c.Cabinet.Mains), pinAllowed},
		{"cabinet.lamp_reader", pinName.MatchString(c.Cabinet.LampReader), pinAllowed},
		{"cabinet.lamp_terminal", pinName.MatchString(c.Cabinet.LampTerminal), pinAllowed},
		{"cabinet.lamp_receipt", pinName.MatchString(c.Cabinet.LampReceipt), pinAllowed},
		{"cabinet.lamp_gate", pinName.MatchString(c.Cabinet.LampGate), pinAllowed},
		{"cabinet.lamp_licence", pinName.MatchString(c.Cabinet.LampLicence), pinAllowed},
		{"cabinet", c.Cabinet.distinct(), "each pin once"},
		{"fonts.latin", filepath.IsAbs(c.Fonts.Latin), "an absolute path of a font file"},
		{"fonts.latin_bold", filepath.IsAbs(c.Fonts.LatinBold), "an absolute path of a font file"},
		{"fonts.arabic", filepath.IsAbs(c.Fonts.Arabic), "an absolute path of a font file"},
		{"fonts.arabic_bold", filepath.IsAbs(c.Fonts.ArabicBold), "an absolute path of a font file"},
	}
	for _, r := range rules {
		if !r.ok {
			return fmt.Errorf("%s: %s; allowed: %s", r.key, given(meta, r.key), r.allowed)
		}
	}
	return nil
}

// pinName is a pin as the kernel or periph calls it. It may be empty.
var pinName = regexp.MustCompile(`^(!?[A-Za-z0-9][A-Za-z0-9_.:+-]*)?$`)

const pinAllowed = `the name of a pin, "!" before it for active low, or "" for not fitted`

// distinct reports whether no pin has two uses.
func (c Cabinet) distinct() bool {
	used := make(map[string]bool)
	for _, pin := range []string{c.Door, c.Mains, c.LampReader, c.LampTerminal, c.LampReceipt, c.LampGate, c.LampLicence} {
		pin = strings.TrimPrefix(pin, "!")
		if used[pin] {
			return false
		}
		used[pin] = pin != ""
	}
	return true
}

func given(meta toml.MetaData, key string) string {
	if !meta.IsDefined(strings.Split(key, ".")...) {
		return "is missing"
	}
	return "is not allowed"
}

// isServer reports whether address is an http or https one with a host.
func isServer(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != ""
}

func isHostPort(address string) bool {
	host, port, err := net.SplitHostPort(address)
	return err == nil && host != "" && port != ""
}

func in(v, low, high int64) bool { return v >= low && v <= high }

func one[T comparable](v T, allowed ...T) bool {
	for _, a := range allowed {
		if v == a {
			return true
		}
	}
	return false
}
