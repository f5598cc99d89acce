// Package journeytest holds what the tests of every journey share: the proof that its
// table is total, and the transcripts in testdata, which are read as prose:
//
//	# what this visit is about
//	> what happens
//	  the screen that stands then
//	  record, mark and effect of that step, one a line
//
// Tests write golden files anew when Update is set.
package journeytest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"murur/kiosk/journey"
)

// Day is when every transcript begins; each line takes a second.
var Day = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

// Golden compares got with a file, or writes the file.
func Golden(t *testing.T, update bool, path, got string) {
	t.Helper()
	if update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// Total checks that a table decides everything, and compares it with testdata/table.txt.
func Total[S any, P ~string](t *testing.T, update bool, table journey.Table[S, P]) {
	t.Helper()
	for _, hole := range table.Holes() {
		t.Error(hole)
	}
	Golden(t, update, "testdata/table.txt", table.String())
}

// Player is how a journey's transcripts are played.
type Player struct {
	Begin func() journey.Machine
	// Restore is the machine as it comes back from disk, for "> power cut".
	Restore func(saved json.RawMessage) (journey.Machine, error)
	// Parse reads an event: an action with its value, or a kind with a short argument.
	Parse func(t *testing.T, line string) journey.Event
	// Screen writes what the person sees, in one line.
	Screen func(m journey.Machine) string
}

// Transcripts plays every transcript in testdata and compares it with itself.
func (p Player) Transcripts(t *testing.T, update bool) {
	scripts, _ := filepath.Glob("testdata/*.transcript")
	if len(scripts) == 0 {
		t.Fatal("no transcripts")
	}
	for _, path := range scripts {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".transcript"), func(t *testing.T) {
			script, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			Golden(t, update, path, p.play(t, string(script)))
		})
	}
}

func (p Player) play(t *testing.T, script string) string {
	var b strings.Builder
	m, at := p.Begin(), Day
	for line := range strings.Lines(script) {
		line = strings.TrimSuffix(line, "\n")
		event, happens := strings.CutPrefix(line, "> ")
		switch {
		case strings.HasPrefix(line, "#"):
			fmt.Fprintln(&b, line)
		case happens:
			fmt.Fprintf(&b, "\n%s\n", line)
			at = at.Add(time.Second)
			if event == "power cut" {
				m, event = p.again(t, m), "interrupted"
			}
			var out journey.Out
			m, out = m.Step(p.Parse(t, event), at)
			fmt.Fprintf(&b, "  %s\n", p.Screen(m))
			tell(&b, out)
		}
	}
	return b.String()
}

func (p Player) again(t *testing.T, m journey.Machine) journey.Machine {
	saved, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	if m, err = p.Restore(saved); err != nil {
		t.Fatal(err)
	}
	return m
}

// tell writes what a step wants.
func tell(b *strings.Builder, out journey.Out) {
	for _, r := range out.Records {
		payload, _ := json.Marshal(r.Payload)
		fmt.Fprintf(b, "  record %s %s\n", r.Kind, payload)
	}
	for _, k := range out.Marks {
		value, _ := json.Marshal(k.Value)
		fmt.Fprintf(b, "  mark %s %s %s\n", k.List, k.Key, value)
	}
	for _, e := range out.Effects {
		fmt.Fprintf(b, "  do %s\n", e.Kind())
	}
	if out.Refuse != nil {
		fmt.Fprintf(b, "  refuse: %v\n", out.Refuse)
	}
	if out.Next != "" {
		fmt.Fprintf(b, "  end, on to %s\n", out.Next)
	}
}

// Line builds a screen's line: its name, then parts behind middle dots. Empty parts are
// left out.
type Line struct{ b strings.Builder }

// Add adds a part.
func (l *Line) Add(label string, values ...any) {
	text := strings.TrimSpace(fmt.Sprintln(values...))
	switch {
	case l.b.Len() == 0:
		l.b.WriteString(text)
	case text != "" && text != "[]":
		l.b.WriteString(" · " + label + text)
	}
}

func (l *Line) String() string { return l.b.String() }
