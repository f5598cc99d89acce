package journey

import (
	"slices"
	"testing"
	"time"
)

type phase string

func TestHoles(t *testing.T) {
	stay := On("stay", func(s int, _ Event, _ time.Time) (int, Out) { return s + 1, Out{} })
	table := Table[int, phase]{
		Phases:     []phase{"a", "b"},
		Kinds:      []Kind{KindTimeUp, KindCardIn, KindCardOut},
		Everywhere: Decisions[int]{KindTimeUp: stay, KindCardIn: Ignored[int]("no card is asked for")},
		In:         map[phase]Decisions[int]{"a": {KindCardOut: stay}, "c": {KindCardOut: stay}, "b": {KindInterrupted: stay}},
	}
	got := table.Holes()
	slices.Sort(got)
	want := []string{"card.out in phase b is not decided", "event interrupted is not listed", "phase c is not listed"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	heard := func(s int) int { return s + 10 }
	for e, want := range map[Event]int{TimeUp{}: 1, CardIn{}: 0, CardOut{}: 0, Interrupted{}: 1} {
		if s, _ := table.Step(0, "b", e, time.Time{}, heard); s != want {
			t.Errorf("%s leads to %d, want %d", e.Kind(), s, want)
		}
	}
}
