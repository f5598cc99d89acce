package terminal

import (
	"time"

	"murur/devices"
)

// Batch is what the terminal counted at its end of day. The kiosk holds it against
// its own ledger; a terminal's totals are a statement, not the truth.
type Batch struct {
	Outcome  devices.Outcome `json:"outcome"`
	Reason   Reason          `json:"reason,omitempty"` // of a refusal
	Code     string          `json:"code,omitempty"`   // the wire's own code, for the log
	Total    int64           `json:"total"`            // minor units, as the terminal says
	Currency int             `json:"currency,omitempty"`
	First    string          `json:"first,omitempty"` // receipt numbers of the batch
	Last     string          `json:"last,omitempty"`
	// Groups are the totals by card scheme, empty ones left out; nil when the terminal
	// told none.
	Groups []Group   `json:"groups,omitempty"`
	Mark   Mark      `json:"mark"`
	At     time.Time `json:"at"`
	Slips  []Slip    `json:"slips,omitempty"`
	// Away says that the terminal now goes away for a while, to update or to restart.
	Away bool `json:"away,omitempty"`
}

// Group is the sum of one card scheme.
type Group struct {
	Scheme string `json:"scheme"` // "visa", "mastercard", …; "other"
	Count  int    `json:"count"`
	Sum    int64  `json:"sum"` // minor units
}

// Sums adds the groups up. A sum that differs from Total is a terminal that
// contradicts itself.
func (b Batch) Sums() (count int, sum int64) {
	for _, g := range b.Groups {
		count, sum = count+g.Count, sum+g.Sum
	}
	return count, sum
}

// Job is something a terminal wants done now and then.
type Job string

const (
	JobEndOfDay   Job = "end_of_day" // by EndOfDay
	JobDiagnosis  Job = "diagnosis"  // asks the bank's host whether all is well
	JobInitialise Job = "initialise" // fetches keys and settings from the host
	JobClock      Job = "clock"      // sets the terminal's clock by the kiosk's
	JobService    Job = "service"    // nothing the kiosk can do: staff
)
