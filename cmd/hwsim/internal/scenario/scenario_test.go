package scenario

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"murur/kiosk/front"
)

func TestScriptsCanBePlayed(t *testing.T) {
	all, err := All()
	if err != nil {
		t.Fatal(err)
	}
	tour, err := Tour()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range append(all, tour) {
		if err := s.check(); err != nil {
			t.Error(err)
		}
		for _, l := range s.Lines {
			if strings.Contains(l.String(), "$") {
				t.Errorf("%s: an argument is missing: %s", l.Place, l)
			}
		}
	}
}

func TestLoad(t *testing.T) {
	files := fstest.MapFS{
		"scripts/a.txt": {Data: []byte("steps hello\n  expect welcome lang=$1 # comment\n")},
		"scripts/b.txt": {Data: []byte("scenario one: a title\n  do hello ar\n  tap next\n")},
	}
	all, err := load(files, "scripts/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, l := range all[0].Lines {
		lines = append(lines, l.String())
	}
	if want := []string{"expect welcome lang=ar", "tap next"}; !slices.Equal(lines, want) {
		t.Errorf("lines are %q, not %q", lines, want)
	}
}

func TestBadScripts(t *testing.T) {
	for name, text := range map[string]string{
		"no scenario":    "tap next\n",
		"no title":       "scenario one\n",
		"the same twice": "scenario one: a\nscenario one: b\n",
		"no such steps":  "scenario one: a\n do nothing\n",
		"endless steps":  "steps a\n do a\nscenario one: a\n do a\n",
	} {
		if _, err := load(fstest.MapFS{"a.txt": {Data: []byte(text)}}, "*.txt"); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	for _, words := range []string{"jump high", "tap"} {
		s := Scenario{Lines: []Line{{Words: strings.Fields(words)}}}
		if s.check() == nil {
			t.Errorf("%q: no error", words)
		}
	}
}

func TestMeets(t *testing.T) {
	s := front.Screen{
		Name: front.FineList, Lang: front.English, Actions: []front.Action{front.ActToggle, front.ActBack},
		Fines: &front.FinesView{Payable: []front.Fine{{ID: "1", State: front.FinePayable}}, Total: 5000, Selected: 1},
	}
	for condition, want := range map[string]bool{
		"lang=en": true, "lang=ar": false, "!lang=ar": true, "!lang=en": false,
		"action=back": true, "action=next": false, "!action=next": true, "action": true, "!action": false,
		"holder": false, "!holder": true, "payable=1": true, "other=0": true, "total=5.000": true, "state=payable": true,
	} {
		if got := meets(s, "fines", []string{condition}); got != want {
			t.Errorf("%s is %v", condition, got)
		}
	}
	if meets(s, "confirm", nil) {
		t.Error("another screen's name is met")
	}
}
