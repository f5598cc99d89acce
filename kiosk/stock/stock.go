// Package stock counts blank licences by batch, from what technicians load and from the
// custody records of every card that left the feeder. At any moment, for each batch:
//
//	loaded = issued + rejected + retracted + remaining
//
// Remaining are those in the feeder and those on their way (inside the printer, in its
// exit, or nobody knows where). The count is the ledger's, not a sensor's: where a
// technician finds another number of blanks in the feeder, the difference is kept and
// shown, never corrected in silence.
package stock

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"murur/devices"
	"murur/kiosk/journey/pickup"
)

// Batch is the account of one batch of blanks.
type Batch struct {
	ID        string    `json:"batch"`
	At        time.Time `json:"at"` // when it was first loaded
	Loaded    int       `json:"loaded"`
	Issued    int       `json:"issued"`
	Rejected  int       `json:"rejected"`
	Retracted int       `json:"retracted"`
	// Away are the cards on their way, by their id in the custody records.
	Away map[string]devices.Custody `json:"away,omitempty"`
	// Differences are what technicians found instead of what the ledger expected.
	Differences []Difference `json:"differences,omitempty"`
}

// Difference is a count that did not agree.
type Difference struct {
	At       time.Time `json:"at"`
	Expected int       `json:"expected"` // in the feeder, by the ledger
	Found    int       `json:"found"`
}

// Remaining are the blanks that have not come to an end.
func (b Batch) Remaining() int { return b.Loaded - b.Issued - b.Rejected - b.Retracted }

// Feeder are the remaining ones that are not on their way.
func (b Batch) Feeder() int { return b.Remaining() - len(b.Away) }

// Unknown are the cards of which nobody knows who has them.
func (b Batch) Unknown() int {
	n := 0
	for _, custody := range b.Away {
		if custody == devices.CustodyUnknown {
			n++
		}
	}
	return n
}

// Take counts a custody record of a blank. Records of other objects change nothing.
func (b Batch) Take(r pickup.CustodyRecord) Batch {
	if r.Object != pickup.Blank || r.Batch != b.ID {
		return b
	}
	b.Away = maps.Clone(b.Away)
	switch r.Custody {
	case devices.CustodyTaken:
		b.Issued++
	case devices.CustodyRejected:
		b.Rejected++
	case devices.CustodyRetracted:
		b.Retracted++
	case "": // it never left the feeder
	default:
		if b.Away == nil {
			b.Away = make(map[string]devices.Custody)
		}
		b.Away[r.Card] = r.Custody
		return b
	}
	delete(b.Away, r.Card)
	return b
}

// RecordLoaded is the kind of the record of a load.
const RecordLoaded = "stock.loaded"

// Load is blanks put into the feeder by a technician: the payload of RecordLoaded.
type Load struct {
	Batch string `json:"batch"`
	Count int    `json:"count"` // put in now; 0 only counts
	// Found is what was in the feeder before, of all batches; nil: not counted.
	Found *int `json:"found,omitempty"`
	// By is the technician's mark, never a name.
	By string `json:"by,omitempty"`
}

// Bounds of a load.
const (
	maxLoad = 500
	mark    = `^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$`
)

var marks = regexp.MustCompile(mark)

// ErrLoad is wrapped by what is wrong with a load.
var ErrLoad = errors.New("cannot load blanks")

// Check bounds a load. Errors: ErrLoad.
func (l Load) Check() error {
	switch {
	case !marks.MatchString(l.Batch):
		return fmt.Errorf("%w: a batch is 1 to 32 letters, digits, dots and dashes", ErrLoad)
	case l.Count < 0 || l.Count > maxLoad:
		return fmt.Errorf("%w: 0 to %d at a time", ErrLoad, maxLoad)
	case l.Found != nil && (*l.Found < 0 || *l.Found > maxLoad):
		return fmt.Errorf("%w: 0 to %d can be found", ErrLoad, maxLoad)
	case l.By != "" && !marks.MatchString(l.By):
		return fmt.Errorf("%w: a technician's mark is 1 to 32 letters, digits, dots and dashes", ErrLoad)
	case l.Count == 0 && l.Found == nil:
		return fmt.Errorf("%w: nothing was put in and nothing counted", ErrLoad)
	}
	return nil
}

// Add puts a load on the account. all are the batches before it.
func Add(all []Batch, l Load, at time.Time) Batch {
	b := Batch{ID: l.Batch, At: at}
	if i := slices.IndexFunc(all, func(b Batch) bool { return b.ID == l.Batch }); i >= 0 {
		b = all[i]
	}
	if expected := Feeder(all); l.Found != nil && *l.Found != expected {
		b.Differences = append(slices.Clone(b.Differences), Difference{At: at, Expected: expected, Found: *l.Found})
	}
	b.Loaded += l.Count
	return b
}

// Feeder is what the feeder holds of all batches.
func Feeder(all []Batch) int {
	n := 0
	for _, b := range all {
		n += b.Feeder()
	}
	return n
}

// Next is the batch of the next blank: the oldest one that is not used up. Blanks leave
// the feeder in the order in which they were put in.
func Next(all []Batch) (Batch, bool) {
	open := slices.DeleteFunc(slices.Clone(all), func(b Batch) bool { return b.Feeder() <= 0 })
	if len(open) == 0 {
		return Batch{}, false
	}
	return slices.MinFunc(open, func(a, b Batch) int {
		if c := a.At.Compare(b.At); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	}), true
}
