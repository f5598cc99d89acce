package evolis

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"murur/devices/cardprinter"
)

// Ribbon is what is in the printer, in the language's own words.
type Ribbon string

const (
	YMCKO  Ribbon = "ymcko"  // colour; a card with a back takes two sets of panels
	YMCKOK Ribbon = "ymckok" // colour front, black back
	K      Ribbon = "k"      // black
)

// Profile is what is true of one model. None of it was tried on a device by us.
type Profile struct {
	Name string `toml:"name"`

	// Exit is the parameter of Pcem for the way out to the citizen: I bezel, M front.
	Exit string `toml:"exit"`
	// ExitSensor is the letter of Rse for a card in the exit: b bezel, M front.
	ExitSensor string `toml:"exit_sensor"`
	// Feed is the command that brings a blank inside: Si to the print position, Sis to
	// the contacts; "Ss" where the printer feeds by itself when a sequence starts.
	Feed string `toml:"feed"`
	// EmptyIsOK: Rlr;p answers OK when nothing is inside.
	EmptyIsOK bool `toml:"empty_is_ok"`
	// RibbonCount asks for the prints left, RibbonSize for those of a new ribbon;
	// empty: the printer cannot tell, and the count is no part of a proof.
	RibbonCount string `toml:"ribbon_count"`
	RibbonSize  string `toml:"ribbon_size"`
	// RejectFull, CoverSensor and FeederSensor: the printer has Rlr;h, Rse;o, Rse;f.
	RejectFull   bool `toml:"reject_full"`
	CoverSensor  bool `toml:"cover_sensor"`
	FeederSensor bool `toml:"feeder_sensor"`
	// NearEmpty is the reading of Rse;n, high or low, that means few blanks; empty: not
	// asked.
	NearEmpty string `toml:"near_empty"`
	// PortStatus: the class request GET_PORT_STATUS tells whether data may be sent.
	PortStatus bool `toml:"port_status"`
	// Clear are the commands that wipe the bitmaps in the printer.
	Clear []string `toml:"clear"`
	// Setup are further parameters at every open.
	Setup []string `toml:"setup"`
	// StatusRequest asks for the status words; empty: not asked.
	StatusRequest string `toml:"status_request"`

	// Bits is the depth of a dye panel: 5, 6 or 7.
	Bits int `toml:"bits"`
	// Compress sends resin and varnish as Dbc; RLEShort uses its one-byte records.
	Compress bool `toml:"compress"`
	RLEShort bool `toml:"rle_short"`

	// OverlayCounts: the panel counter also counts varnish.
	OverlayCounts bool `toml:"overlay_counts"`
	// BezelCounts: a card taken back from the exit counts as inserted.
	BezelCounts bool `toml:"bezel_counts"`

	// Open are the lines of the bench sheet that nobody has signed for this model.
	Open []string `toml:"open"`
}

// The built-in profiles, from field code and the guide.
var (
	KC200B = Profile{
		Name: "kc200b", Exit: "I", ExitSensor: "b", Feed: "Si", EmptyIsOK: true,
		RibbonCount: "Rrt;count", RibbonSize: "Rrt;qty",
		RejectFull: true, CoverSensor: true, FeederSensor: true, PortStatus: true,
		Clear: []string{"Wcb;a"}, Bits: 7, OverlayCounts: true,
		Open: []string{"hold", "counter steps"},
	}
	Zenius = Profile{
		Name: "zenius", Exit: "M", ExitSensor: "M", Feed: "Si", EmptyIsOK: true,
		RibbonCount: "Rrt;count", RibbonSize: "Rrt;qty",
		RejectFull: true, CoverSensor: true, FeederSensor: true, PortStatus: true,
		Clear: []string{"Wcb;a"}, Bits: 7, OverlayCounts: true,
		Open: []string{"reject path", "hold", "counter steps"},
	}
	KCPrime = Profile{
		Name: "kc-prime", Exit: "I", ExitSensor: "b", Feed: "Si", EmptyIsOK: true,
		RibbonCount: "Rrt;count", RibbonSize: "Rrt;qty",
		RejectFull: true, CoverSensor: true, FeederSensor: true, PortStatus: true,
		Clear: []string{"Wcb;a"}, Bits: 7, Compress: true, OverlayCounts: true,
		Open: []string{"exit path", "reject path", "hold", "locate", "Pem", "counter steps"},
	}
	LegacyKiosk = Profile{
		Name: "legacy-kiosk", Exit: "M", ExitSensor: "M", Feed: "Si",
		FeederSensor: true,
		Clear:        []string{"Wcb;y;0", "Wcb;m;0", "Wcb;c;0", "Wcb;k;0", "Wcb;o;0"}, Bits: 6, OverlayCounts: true,
		Open: []string{"exit path", "reject path", "hold", "locate", "Pem", "counter steps"},
	}
)

// ProfileByName finds a built-in profile: kc200b, zenius, kc-prime or legacy-kiosk.
func ProfileByName(name string) (Profile, bool) {
	for _, p := range []Profile{KC200B, Zenius, KCPrime, LegacyKiosk} {
		if p.Name == name {
			return p, true
		}
	}
	return Profile{}, false
}

// ReadProfile reads a profile from TOML: base names a built-in one, every other key
// replaces what it says. Unknown keys are errors.
func ReadProfile(r io.Reader) (Profile, error) {
	text, err := io.ReadAll(io.LimitReader(r, 64<<10))
	if err != nil {
		return Profile{}, fmt.Errorf("cannot read profile: %w", err)
	}
	var file struct {
		Base string `toml:"base"`
		Profile
	}
	if _, err := toml.Decode(string(text), &file); err != nil {
		return Profile{}, fmt.Errorf("cannot read profile: %w", err)
	}
	p, ok := ProfileByName(file.Base)
	if !ok {
		return Profile{}, fmt.Errorf("cannot read profile: base is %q, not kc200b, zenius, kc-prime or legacy-kiosk", file.Base)
	}
	p.Clear, p.Setup, p.Open = slices.Clone(p.Clear), slices.Clone(p.Setup), slices.Clone(p.Open) // decoding writes into them
	file.Profile = p
	meta, err := toml.Decode(string(text), &file)
	if err != nil {
		return Profile{}, fmt.Errorf("cannot read profile: %w", err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return Profile{}, fmt.Errorf("cannot read profile: no key is called %v", unknown[0])
	}
	if err := file.Profile.Check(); err != nil {
		return Profile{}, fmt.Errorf("cannot read profile: %w", err)
	}
	return file.Profile, nil
}

// Check says what of a profile cannot be.
func (p *Profile) Check() error {
	switch {
	case p.Exit != "I" && p.Exit != "M":
		return fmt.Errorf("exit is %q, not I or M", p.Exit)
	case p.ExitSensor != "b" && p.ExitSensor != "M":
		return fmt.Errorf("exit_sensor is %q, not b or M", p.ExitSensor)
	case p.Feed != "Si" && p.Feed != "Sis" && p.Feed != "Ss":
		return fmt.Errorf("feed is %q, not Si, Sis or Ss", p.Feed)
	case p.Bits < 5 || p.Bits > 7:
		return fmt.Errorf("bits is %d, not 5, 6 or 7", p.Bits)
	case p.NearEmpty != "" && p.NearEmpty != "high" && p.NearEmpty != "low":
		return fmt.Errorf("near_empty is %q, not high or low", p.NearEmpty)
	case len(p.Clear) == 0:
		return fmt.Errorf("clear is empty")
	}
	for _, list := range []struct {
		key    string
		starts string
		words  []string
	}{
		{"clear", "W", p.Clear}, {"setup", "P", p.Setup},
		{"ribbon_count, ribbon_size, status_request", "R", []string{p.RibbonCount, p.RibbonSize, p.StatusRequest}},
	} {
		for _, w := range list.words {
			if w != "" && (!strings.HasPrefix(w, list.starts) || forbidden(w) || strings.ContainsFunc(w, unprintable)) {
				return fmt.Errorf("%s: %q must not be sent there", list.key, w)
			}
		}
	}
	return nil
}

// unprintable characters would end a command and begin another.
func unprintable(r rune) bool { return r <= ' ' || r > '~' }

// panels are the letters of the panels of one side, in printing order.
func (r Ribbon) panels(back bool) string {
	if r == K || r == YMCKOK && back {
		return "k"
	}
	return "ymcko"
}

// fits says whether a can be printed with the ribbon: nothing of it may be lost.
func (r Ribbon) fits(a cardprinter.Artwork) error {
	switch r {
	case YMCKO, YMCKOK:
	case K:
		if a.Front.Colour != nil || a.Front.Overlay != nil {
			return fmt.Errorf("the ribbon is %s, the front has colour or varnish", r)
		}
	default:
		return fmt.Errorf("no ribbon is called %q", r)
	}
	if a.Back != nil && r != YMCKO && (a.Back.Colour != nil || a.Back.Overlay != nil) {
		return fmt.Errorf("the ribbon is %s, the back has colour or varnish", r)
	}
	return nil
}

// twoSided says whether both sides are printed: a ribbon with a panel for the back
// goes through all of them for every card.
func (r Ribbon) twoSided(a cardprinter.Artwork) bool { return r == YMCKOK || a.Back != nil }

// sets is how many prints a card takes from the ribbon's count.
func (r Ribbon) sets(a cardprinter.Artwork) int {
	if r != YMCKOK && a.Back != nil {
		return 2
	}
	return 1
}
