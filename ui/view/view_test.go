package view_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"murur/kiosk/front"
	"murur/ui/i18n"
	"murur/ui/view"
	"murur/ui/view/samples"
)

var update = flag.Bool("update", false, "write the golden files again")

func TestGolden(t *testing.T) {
	for _, lang := range i18n.Languages {
		for _, s := range samples.All(lang) {
			v := view.Of(s.Screen, s.Options())
			got := v.Text() + "\nspoken: " + v.Spoken() + "\n"
			file := filepath.Join("testdata", string(lang), s.Name+".txt")
			if *update {
				if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				continue
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("%s %s (-want +got):\n%s", lang, s.Name, diff)
			}
		}
	}
}

// TestEveryCodeHasASample: nothing is shown to the public that nobody has looked at.
func TestEveryCodeHasASample(t *testing.T) {
	names := map[front.Name]bool{}
	for _, s := range samples.All(front.English) {
		names[s.Screen.Name] = true
	}
	for _, n := range []front.Name{front.Welcome, front.ServiceMenu, front.Identify, front.NumberPad, front.Busy, front.FineList,
		front.Confirm, front.Pay, front.Receipt, front.Thanks, front.Problem, front.OutOfService, view.Connecting,
		front.Applications, front.Owing, front.PlaceOld, front.ReturnOld, front.Making, front.TakeLicence} {
		if !names[n] {
			t.Errorf("no sample of %s", n)
		}
	}
}

func TestNoIdIsShown(t *testing.T) {
	for _, lang := range i18n.Languages {
		for _, s := range samples.All(lang) {
			text := view.Of(s.Screen, s.Options()).Spoken()
			for _, word := range strings.Fields(text) {
				if strings.Count(word, ".") > 1 && word[0] < 0x80 && strings.ToLower(word) == word && !strings.ContainsAny(word, "0123456789") {
					t.Errorf("%s %s says %q", lang, s.Name, word)
				}
			}
			if strings.Contains(text, "%!") || strings.Contains(text, "%s") {
				t.Errorf("%s %s has an empty place: %s", lang, s.Name, text)
			}
		}
	}
}

// TestChoices: never more than six choices in view, the bar and the number keys apart.
func TestChoices(t *testing.T) {
	for _, s := range samples.All(front.English) {
		for _, layout := range []view.Layout{view.Portrait, view.Landscape} {
			o := s.Options()
			o.Layout = layout
			n := 0
			for _, p := range view.Of(s.Screen, o).Parts {
				switch p := p.(type) {
				case view.Card:
					n++
				case view.Row:
					if p.Control != nil {
						n++
					}
				case view.Heading:
					if p.Button != nil {
						n++
					}
				}
			}
			if n > 6 {
				t.Errorf("%s offers %d choices", s.Name, n)
			}
		}
	}
}

// TestPagesShowEveryFine turns through the longest list in every layout.
func TestPagesShowEveryFine(t *testing.T) {
	s, _ := samples.Find(front.Arabic, "fines-many-1")
	for _, o := range []view.Options{{}, {Layout: view.Landscape}, {State: view.State{Lower: true}}, {State: view.State{Large: true}}} {
		seen := 0
		for page := 0; ; page++ {
			o.State.Page = page
			more := false
			for _, p := range view.Of(s.Screen, o).Parts {
				switch p := p.(type) {
				case view.Row:
					seen++
				case view.Pager:
					more = p.Down.Enabled
				}
			}
			if !more {
				break
			}
		}
		if want := len(s.Screen.Fines.Payable) + len(s.Screen.Fines.Other); seen != want {
			t.Errorf("%+v: saw %d fines, want %d", o, seen, want)
		}
	}
}

func TestTyping(t *testing.T) {
	civil := front.Screen{Name: front.NumberPad, Number: &front.NumberView{Mode: front.ByCivil}}
	plate := front.Screen{Name: front.NumberPad, Number: &front.NumberView{Mode: front.ByPlate}}
	type key struct {
		op    view.Op
		value string
	}
	digits := func(s string) (k []key) {
		for _, r := range s {
			k = append(k, key{view.OpDigit, string(r)})
		}
		return k
	}
	for _, c := range []struct {
		name   string
		screen front.Screen
		keys   []key
		want   string
	}{
		{"digits", civil, digits("285"), "285"},
		{"no more than twelve", civil, digits("2850101001259"), "285010100125"},
		{"delete", civil, append(digits("28"), key{view.OpDelete, ""}, key{view.OpDelete, ""}, key{view.OpDelete, ""}), ""},
		{"clear", civil, append(digits("28501"), key{view.OpClear, ""}), ""},
		{"plate", plate, append([]key{{view.OpClass, "taxi"}}, digits("12345")...), "taxi/12/345"},
		{"short code", plate, append([]key{{view.OpClass, "taxi"}, {view.OpDigit, "7"}, {view.OpField, "1"}}, digits("99")...), "taxi/7/99"},
		{"another class", plate, append(append([]key{{view.OpClass, "taxi"}}, digits("12")...), key{view.OpClass, ""}), "//"},
	} {
		var st view.State
		for _, k := range c.keys {
			st = st.Do(k.op, k.value, c.screen)
		}
		if got := st.Value(c.screen.Number.Mode); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestNothingSurvivesTheVisit: the next person finds no number, no page, no help.
func TestNothingSurvivesTheVisit(t *testing.T) {
	pad := front.Screen{Name: front.NumberPad, Number: &front.NumberView{Mode: front.ByCivil}}
	st := view.State{Typed: "285", Page: 2, Help: true, Large: true, Lower: true}
	if got := st.Next(pad, pad); got.Typed != "285" {
		t.Error("a language switch loses the number")
	}
	if got := st.Next(pad, front.Screen{Name: front.Busy}); got.Typed != "" || got.Help || !got.Large {
		t.Errorf("after another screen: %+v", got)
	}
	if got := st.Next(pad, front.Screen{Name: front.Welcome}); got != (view.State{}) {
		t.Errorf("after the visit: %+v", got)
	}
	if got := st.Next(pad, front.Screen{Name: view.Connecting}); got.Typed != "" {
		t.Error("a lost connection leaves the number on screen")
	}
}

func TestDisconnected(t *testing.T) {
	at := time.Date(2026, 3, 15, 9, 0, 0, 0, time.UTC)
	if s := view.Disconnected(front.Arabic, at, at.Add(time.Second)); s.Name != view.Connecting {
		t.Errorf("after a second: %s", s.Name)
	}
	if s := view.Disconnected(front.Arabic, at, at.Add(time.Minute)); s.Name != front.OutOfService {
		t.Errorf("after a minute: %s", s.Name)
	}
}

// TestChime: it sounds where something is to be taken, and once more to hurry; a switch
// of the language is no new reason.
func TestChime(t *testing.T) {
	chime := map[string]string{}
	for _, s := range samples.All(front.English) {
		if what := view.Of(s.Screen, s.Options()).Chime; what != "" {
			chime[s.Name] = what
		}
		s.Screen.Lang = front.Arabic
		if what := view.Of(s.Screen, s.Options()).Chime; what != chime[s.Name] {
			t.Errorf("%s: the chime depends on the language", s.Name)
		}
	}
	want := map[string]string{
		"receipt-take": "paper", "receipt-pickup-take": "paper", "problem-promise-take": "paper",
		"take-licence": "licence", "take-licence-hurry": "licence, now",
		"return-old": "old", "return-old-case": "old",
	}
	if diff := cmp.Diff(want, chime); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
