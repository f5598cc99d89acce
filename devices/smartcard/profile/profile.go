package profile

import (
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"
)

//go:embed development.toml
var development embed.FS

// Development is the embedded development profile, to be given to Load.
func Development() fs.FS { return development }

// Set is the profiles that a kiosk knows, in the order in which they are tried:
// production before development, each by file name. The zero Set knows no card.
type Set struct{ profiles []*profile }

// Info names a profile for the audit log.
type Info struct {
	ID, Version string
	Development bool
	SHA256      string // of the file, hexadecimal
}

// Holder is what a card says of the person it was made out to. Fields that the
// card does not have are empty.
type Holder struct {
	CivilNumber string
	NameAr      string // NFC, logical order, no direction marks
	NameEn      string
	Birth       time.Time // midnight UTC of the date
	Expiry      time.Time // the last day of validity, midnight UTC
	Profile     string    // identifier and version of the profile that was used
	Development bool      // made-up data: the screen must say so
}

// Checks are the caller's rules.
type Checks struct {
	CivilNumber      func(string) error // nil: any twelve digits
	Now              time.Time
	AllowDevelopment bool // without it development profiles are passed over
}

// Errors of Read, beside those of smartcard.Card.
var (
	ErrUnknownCard = errors.New("card is not a known identity card")
	ErrUnreadable  = errors.New("card data cannot be understood")
	ErrExpired     = errors.New("card has expired")
	// ErrDrivingLicence is an ErrUnknownCard about which more is known: the person has
	// put in the driving licence, and the Civil ID is wanted.
	ErrDrivingLicence = fmt.Errorf("%w: it is a driving licence", ErrUnknownCard)
)

// others are the answers to reset, in public lists, of cards that people put in by
// mistake.
var others = map[string]error{
	"3BFF9600008131FE4380318065B08504001112B19E8290003F": ErrDrivingLicence,
}

// Load reads all profiles *.toml of the given file systems. An error names the
// file and the line. Example: Load(os.DirFS(dir), Development()).
func Load(dirs ...fs.FS) (Set, error) {
	var all []*profile
	for _, dir := range dirs {
		names, err := fs.Glob(dir, "*.toml")
		if err != nil {
			return Set{}, fmt.Errorf("cannot list card profiles: %w", err)
		}
		for _, name := range names {
			data, err := fs.ReadFile(dir, name)
			if err != nil {
				return Set{}, fmt.Errorf("cannot read card profile: %w", err)
			}
			p, err := parse(name, data)
			if err != nil {
				return Set{}, fmt.Errorf("cannot use card profile %w", err)
			}
			for _, other := range all {
				if other.id == p.id {
					return Set{}, fmt.Errorf("cannot use card profile %s: %s has the same id %q", name, other.fileName, p.id)
				}
			}
			all = append(all, p)
		}
	}
	slices.SortStableFunc(all, func(a, b *profile) int {
		if a.development != b.development {
			if a.development {
				return 1
			}
			return -1
		}
		return cmp.Compare(a.fileName, b.fileName)
	})
	return Set{all}, nil
}

// Profiles lists the set.
func (s Set) Profiles() []Info {
	var list []Info
	for _, p := range s.profiles {
		list = append(list, p.info())
	}
	return list
}

func (p *profile) info() Info {
	return Info{p.id, p.version, p.development, hex.EncodeToString(p.hash[:])}
}

// profile is a checked profile file.
type profile struct {
	fileName    string
	hash        [sha256.Size]byte
	id, version string
	development bool
	atr         []atrMatch
	files       []file
	fields      []field
	checks      []string
	aid         []byte
	selectP2    byte
	expect      []swPattern
	nextOn      []swPattern
}

type atrMatch struct{ value, mask []byte }

func (m atrMatch) matches(atr []byte) bool {
	if len(atr) != len(m.value) {
		return false
	}
	for i := range atr {
		if (atr[i]^m.value[i])&m.mask[i] != 0 {
			return false
		}
	}
	return true
}

// swPattern matches the status words whose bits under the mask are the value's.
type swPattern struct{ value, mask uint16 }

type file struct {
	name        string
	path        [][2]byte
	sfi         byte
	tag         []byte // of GET DATA
	read        string
	first, last byte // records
	chunk, max  int
	layout      string
	charset     string
	when        string
	required    bool
}

type field struct {
	name           string
	from           string
	tag            tlvPath
	offset, length int
	kind           string
	values         map[string]string // of an enum
	trim           string            // the bytes to cut
	required       bool
}
