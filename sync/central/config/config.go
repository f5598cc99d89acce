// Package config is centrald's configuration: one strict TOML file. Every key is
// explained in centrald.toml, beside this package.
package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/BurntSushi/toml"

	"murur/sync/api"
)

// Config is the file. The zero value of a key is its default.
type Config struct {
	Listen      string   `toml:"listen"`
	Data        string   `toml:"data"`
	Demo        bool     `toml:"demo"`
	Reservation Duration `toml:"reservation"`
	// Places are where kiosks stand, by their id.
	Places map[string]Place `toml:"places"`
}

// Place is the name of a place in both languages.
type Place struct {
	Ar string `toml:"ar"`
	En string `toml:"en"`
}

// Duration is written like "5m".
type Duration time.Duration

// UnmarshalText reads "90s", "5m".
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = Duration(v)
	return err
}

// Default is what holds without a file.
func Default() Config {
	return Config{Listen: "127.0.0.1:8440", Reservation: Duration(5 * time.Minute)}
}

// Load reads the file at path over the defaults. An unknown key is an error; its
// text is one line that names the key.
func Load(path string) (Config, error) {
	c := Default()
	m, err := toml.DecodeFile(path, &c)
	if err == nil && len(m.Undecoded()) > 0 {
		err = fmt.Errorf("unknown key %s; known are listen, data, demo, reservation, places", m.Undecoded()[0])
	}
	if err != nil {
		return c, fmt.Errorf("cannot load %s: %w", path, err)
	}
	return c, nil
}

// Check says in one line which key is wrong and what is allowed.
func (c Config) Check() error {
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		return fmt.Errorf("listen: %q is not host:port", c.Listen)
	}
	if c.Data == "" {
		return errors.New("data: no file given")
	}
	if d := time.Duration(c.Reservation); d < time.Minute || d > time.Hour {
		return fmt.Errorf("reservation: %s is not between 1m and 1h", d)
	}
	for id, p := range c.Places {
		if !api.ValidKiosk(id) || p.Ar == "" || p.En == "" {
			return fmt.Errorf("places.%s: a kiosk's id with ar and en is needed", id)
		}
	}
	return nil
}

// Loopback says whether the host of address is this machine only.
func Loopback(address string) bool {
	a, err := netip.ParseAddrPort(address)
	return err == nil && a.Addr().IsLoopback()
}
