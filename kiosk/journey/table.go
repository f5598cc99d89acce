package journey

import (
	"fmt"
	"strings"
	"time"

	"murur/kiosk/front"
)

// Rule is what happens at an event: the new state and what is wanted.
type Rule[S any] func(s S, e Event, at time.Time) (S, Out)

// Decision is the answer to "this event in this phase": a rule, or the reason why the
// event is ignored.
type Decision[S any] struct {
	name string // of the rule, for review
	do   Rule[S]
	why  string // ignored, because
}

// On decides an event by a rule.
func On[S any](name string, do Rule[S]) Decision[S] { return Decision[S]{name: name, do: do} }

// Ignored decides that nothing happens.
func Ignored[S any](why string) Decision[S] { return Decision[S]{why: why} }

// Decisions are those of one phase, or of all phases that do not decide otherwise.
type Decisions[S any] map[Kind]Decision[S]

// Table decides what a machine does at every event in every phase.
type Table[S any, P ~string] struct {
	Phases     []P    // all, in order
	Kinds      []Kind // every event that can reach the machine
	Everywhere Decisions[S]
	In         map[P]Decisions[S]
}

func (t Table[S, P]) decide(p P, k Kind) (Decision[S], bool) {
	if d, ok := t.In[p][k]; ok {
		return d, true
	}
	d, ok := t.Everywhere[k]
	return d, ok
}

// Step does what is decided for an event in a phase. heard is told first when a person
// touched something other than the language: a question for more time is answered by that.
func (t Table[S, P]) Step(s S, p P, e Event, at time.Time, heard func(S) S) (S, Out) {
	d, ok := t.decide(p, e.Kind())
	if !ok || d.do == nil {
		return s, Out{}
	}
	if i, touched := e.(Input); touched && i.Action != front.ActLanguage {
		s = heard(s)
	}
	return d.do(s, e, at)
}

// Holes are what is wrong with the table: pairs that nobody decided, and decisions about
// phases and events that do not exist.
func (t Table[S, P]) Holes() (holes []string) {
	phases, kinds := map[P]bool{}, map[Kind]bool{}
	for _, k := range t.Kinds {
		kinds[k] = true
	}
	for _, p := range t.Phases {
		phases[p] = true
		for _, k := range t.Kinds {
			if d, ok := t.decide(p, k); !ok || (d.do == nil) == (d.why == "") {
				holes = append(holes, fmt.Sprintf("%s in phase %s is not decided", k, p))
			}
		}
	}
	for p, row := range t.In {
		if !phases[p] {
			holes = append(holes, fmt.Sprintf("phase %s is not listed", p))
		}
		for k := range row {
			if !kinds[k] {
				holes = append(holes, fmt.Sprintf("event %s is not listed", k))
			}
		}
	}
	return holes
}

// String writes the whole table, one line a pair, for review.
func (t Table[S, P]) String() string {
	var b strings.Builder
	for _, p := range t.Phases {
		for _, k := range t.Kinds {
			d, _ := t.decide(p, k)
			if d.do == nil {
				d.name = "- " + d.why
			}
			fmt.Fprintf(&b, "%-10s %-20s %s\n", p, k, d.name)
		}
	}
	return b.String()
}
