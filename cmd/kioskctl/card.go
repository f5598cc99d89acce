package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"murur/devices"
	"murur/devices/smartcard"
	"murur/devices/smartcard/atr"
	"murur/devices/smartcard/ccid"
	"murur/devices/smartcard/profile"
	"murur/devices/smartcard/tlv"
	"murur/devices/transport"
	"murur/devices/transport/usb"
	"murur/devices/transport/usbpipe"
	"murur/kiosk/civilid"
	"murur/kiosk/config"
)

func (a *app) card() *cobra.Command {
	var conf, profiles, sim string
	var show bool
	read := &cobra.Command{
		Use:   "read",
		Short: "Read the card in the reader",
		Long: `Read powers the card in the reader, takes its answer to reset apart, and reads it with
the first profile that fits: with those that kioskd uses, or with --profile to try a
new one. The values are personal and stay hidden without --show.

kioskd holds the reader while it runs: stop it first. A development profile is used
only where the configuration, or --sim, says that this is no kiosk in the field.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			open, development, kiosk := usbpipe.Open(sim), true, config.Reader{}
			if sim == "" {
				k, err := config.Load(conf)
				if err != nil {
					return err
				}
				open, development, kiosk = openReader(k.Reader), k.Development, k.Reader
			}
			set, err := loadProfiles(profiles, kiosk)
			if err != nil {
				return err
			}
			report, failed := a.readCard(c.Context(), open, set, development)
			report.hide(show)
			if report.Reader != "" {
				if err := a.print(c.OutOrStdout(), report, func(w io.Writer) { printCard(w, report) }); err != nil {
					return err
				}
			}
			return failed
		},
	}
	flags := read.Flags()
	flags.StringVar(&conf, "config", "/etc/murur/kioskd.toml", "kioskd's configuration, which names the reader")
	flags.StringVar(&profiles, "profile", "", "a card profile, or a folder of them, instead of kioskd's")
	flags.StringVar(&sim, "sim", "", "use the simulated reader on this socket")
	flags.BoolVar(&show, "show", false, "show the values")
	_ = read.MarkFlagFilename("config", "toml")
	read.MarkFlagsMutuallyExclusive("config", "sim")
	return group("card", "Read a card", read)
}

// openReader opens the reader that the configuration names, as kioskd does.
func openReader(c config.Reader) transport.PipesOpener {
	if c.Driver == "ccid-socket" {
		return usbpipe.Open(c.Socket)
	}
	return usb.Open(usb.CCID)
}

// loadProfiles reads a file or a folder; "" stands for the profiles that kioskd uses.
func loadProfiles(path string, kiosk config.Reader) (profile.Set, error) {
	if path == "" {
		return profile.Installed(kiosk.Profiles, kiosk.ProfileKey)
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return profile.Set{}, err
	case info.IsDir():
		return profile.Load(os.DirFS(path))
	}
	dir, name := filepath.Split(path)
	return profile.Load(oneFile{os.DirFS(filepath.Clean(dir)), name})
}

// oneFile is a folder in which only one file is seen.
type oneFile struct {
	fs.FS
	name string
}

func (f oneFile) Glob(string) ([]string, error) { return []string{f.name}, nil }

// cardReport is what was found out.
type cardReport struct {
	Reader      string      `json:"reader"`
	ATR         string      `json:"atr,omitempty"`
	Chip        string      `json:"chip,omitempty"` // what the answer to reset says
	Profile     string      `json:"profile,omitempty"`
	Development bool        `json:"development,omitempty"`
	SHA256      string      `json:"sha256,omitempty"`
	Fields      []cardField `json:"fields,omitempty"`
}

type cardField struct {
	Name   string `json:"name"`
	Type   string `json:"type"`
	Length int    `json:"length"` // characters
	Value  string `json:"value,omitempty"`
	Error  string `json:"error,omitempty"`
	Absent bool   `json:"absent,omitempty"`
}

// hide drops the values, unless they are to be shown.
func (r *cardReport) hide(show bool) {
	for i := range r.Fields {
		if !show {
			r.Fields[i].Value = ""
		}
	}
}

func (a *app) readCard(ctx context.Context, open transport.PipesOpener, set profile.Set, development bool) (cardReport, error) {
	reader := ccid.New(open, ccid.Options{})
	defer reader.Close()
	status, err := attached(ctx, reader)
	if err != nil {
		return cardReport{}, err
	}
	if err := a.unusable(ctx, status); err != nil {
		return cardReport{}, err
	}
	r := cardReport{Reader: status.Model}
	card, err := reader.Connect(ctx)
	if err != nil {
		return r, err
	}
	defer card.Close()
	r.ATR, r.Chip = fmt.Sprintf("%X", card.ATR()), chip(card.ATR())
	now := time.Now()
	reading, err := set.Try(ctx, card, profile.Checks{
		CivilNumber:      func(s string) error { _, err := civilid.Parse(s, now); return err },
		Now:              now,
		AllowDevelopment: development,
	})
	if p := reading.Profile; p.ID != "" {
		r.Profile, r.Development, r.SHA256 = p.ID+" "+p.Version, p.Development, p.SHA256
	} else if !development {
		err = fmt.Errorf("%w (development profiles are refused here)", err)
	}
	for _, v := range reading.Fields {
		f := cardField{Name: v.Name, Type: v.Type, Value: v.Text, Length: utf8.RuneCountInString(v.Text)}
		switch {
		case errors.Is(v.Err, tlv.ErrAbsent):
			f.Absent = true
		case v.Err != nil:
			f.Error = v.Err.Error()
		}
		r.Fields = append(r.Fields, f)
	}
	return r, err
}

// attached waits a moment for the reader to be there and returns its status.
func attached(ctx context.Context, r smartcard.Reader) (devices.Status, error) {
	watch, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
	defer cancel()
	for slot := range r.Watch(watch) {
		if slot != smartcard.SlotGone {
			break
		}
	}
	return r.Status(ctx)
}

// unusable says why the reader cannot be used.
func (a *app) unusable(ctx context.Context, s devices.Status) error {
	switch {
	case s.Link == devices.Absent:
		return errors.New("no card reader is plugged in")
	case s.Fault == nil:
		return nil
	case s.Fault.Code != "reader-busy":
		return fmt.Errorf("cannot use the card reader: %w", s.Fault)
	}
	if _, err := newClient(a.socket).status(ctx); err == nil {
		return errors.New("kioskd holds the card reader; stop it first: systemctl stop kioskd")
	}
	return errors.New("another program holds the card reader")
}

// chip is an answer to reset in words.
func chip(raw []byte) string {
	a, err := atr.Parse(raw)
	if err != nil {
		return err.Error()
	}
	var words []string
	for _, p := range a.Protocols {
		words = append(words, fmt.Sprintf("T=%d", p))
	}
	words = append(words, fmt.Sprintf("Fi/Di %d/%d", a.Fi(), a.Di()))
	if a.Inverse {
		words = append(words, "inverse convention")
	}
	if a.Specific {
		words = append(words, fmt.Sprintf("only T=%d, without negotiation", a.Only))
	}
	for _, p := range a.Protocols {
		if p == 1 {
			check := "LRC"
			if a.CRC {
				check = "CRC"
			}
			words = append(words, fmt.Sprintf("blocks of %d with %s, BWI %d, CWI %d", a.IFSC, check, a.BWI, a.CWI))
		}
	}
	return strings.Join(append(words, fmt.Sprintf("historical bytes %X", a.Historical)), ", ")
}

func printCard(w io.Writer, r cardReport) {
	fmt.Fprintf(w, "reader\t%s\n", r.Reader)
	if r.ATR == "" {
		return
	}
	fmt.Fprintf(w, "answer to reset\t%s\n", r.ATR)
	fmt.Fprintf(w, "\t%s\n", r.Chip)
	if r.Profile == "" {
		return
	}
	kind := ""
	if r.Development {
		kind = ", for DEVELOPMENT only"
	}
	fmt.Fprintf(w, "profile\t%s%s\n", r.Profile, kind)
	fmt.Fprintf(w, "\tsha256 %s\n\nFIELD\tTYPE\tVALUE\n", r.SHA256)
	for _, f := range r.Fields {
		value := strings.ReplaceAll(f.Value, "\n", " / ")
		switch {
		case f.Absent:
			value = "-"
		case f.Error != "":
			value = f.Error
		case f.Value == "" && f.Length > 0:
			value = fmt.Sprintf("hidden, %d characters", f.Length)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", f.Name, f.Type, value)
	}
	fmt.Fprintln(w, "\nThe data are not authenticated: anybody can make a card that gives them.")
}
