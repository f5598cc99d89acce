package campaign

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// source is who tells a line of a transcript; at one instant they speak in this order.
type source int

const (
	mishap   source = iota // what went wrong, and what was mended
	citizen                // what a person did
	ledgered               // a record of the kiosk's log
	shown                  // a screen
	said                   // frames on the terminal's wire, if asked for
	bank                   // a line of the bank's book
	verdict                // what is wrong
)

var tags = [...]string{"!", "citizen", "record", "screen", "wire", "bank", "WRONG"}

// transcript collects lines from many goroutines and puts them in order.
type transcript struct {
	began time.Time

	mu    sync.Mutex
	lines []entry
	next  [len(tags)]int
}

type entry struct {
	at   time.Time
	from source
	seq  int // within the source
	text string
}

// say adds a line, now.
func (t *transcript) say(from source, format string, args ...any) {
	t.note(time.Now(), from, format, args...)
}

func (t *transcript) note(at time.Time, from source, format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.next[from]++
	t.lines = append(t.lines, entry{at, from, t.next[from], fmt.Sprintf(format, args...)})
}

// String is the whole run: seconds since it began, source, line.
func (t *transcript) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	slices.SortStableFunc(t.lines, func(a, b entry) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.from, b.from), cmp.Compare(a.seq, b.seq))
	})
	var b strings.Builder
	for _, l := range t.lines {
		fmt.Fprintf(&b, "%10.3f  %-8s %s\n", l.at.Sub(t.began).Seconds(), tags[l.from], l.text)
	}
	return b.String()
}
