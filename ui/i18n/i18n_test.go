package i18n

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"murur/kiosk/front"
)

func TestLanguagesHaveTheSameTexts(t *testing.T) {
	ids := map[front.Lang][]string{}
	for _, lang := range Languages {
		all := in(lang).texts
		for id, tr := range all {
			if id == "" {
				continue
			}
			ids[lang] = append(ids[lang], id)
			for form, text := range tr.Trs {
				// Arabic has a form for zero, which a count of things never needs.
				if text == "" && (form != 0 || tr.PluralID == "") {
					t.Errorf("%s: %q form %d is empty", lang, id, form)
				}
			}
			if want := 1; tr.PluralID != "" {
				if want = 2; lang == front.Arabic {
					want = 6
				}
				if len(tr.Trs) != want {
					t.Errorf("%s: %q has %d plural forms, want %d", lang, id, len(tr.Trs), want)
				}
			}
		}
		slices.Sort(ids[lang])
	}
	if !slices.Equal(ids[front.Arabic], ids[front.English]) {
		for _, id := range ids[front.Arabic] {
			if !Has(front.English, id) {
				t.Errorf("en.po has no %q", id)
			}
		}
		for _, id := range ids[front.English] {
			if !slices.Contains(ids[front.Arabic], id) {
				t.Errorf("ar.po has no %q", id)
			}
		}
	}
}

func TestPlaceholdersAgree(t *testing.T) {
	for id, tr := range in(front.English).texts {
		if ar := in(front.Arabic).texts[id]; ar != nil && tr.PluralID == "" {
			if e, a := strings.Count(tr.Trs[0], "%s"), strings.Count(ar.Trs[0], "%s"); e != a {
				t.Errorf("%q takes %d values in English and %d in Arabic", id, e, a)
			}
		}
	}
}

// TestEveryCodeHasWords reads the constants out of the sources, so a new code without
// words fails here.
func TestEveryCodeHasWords(t *testing.T) {
	codes := constants(t, "../../kiosk/front", "../../devices/terminal", "../../devices")
	need := map[string][]string{
		"ProblemCode":   {"problem.%.title", "problem.%.text", "problem.%.do"},
		"Notice":        {"reason.%"},
		"NumberProblem": {"problem.number.%"},
		"Doing":         {"busy.%.title", "busy.%.lead"},
		"Guidance":      {"pay.%.title", "pay.%.lead"},
		"Name":          {"help.%"},
		"Step":          {"step.%"},
		"MoneyState":    {"money.%"},
		"PaperState":    {"paper.%.title", "paper.%.lead", "pickup.paper.%.lead", "case.paper.%"},
		"CardState":     {"card.%", "receipt.pickup.old.%"},
		"Remedy":        {"outage.remedy.%"},
	}
	for kind, patterns := range need {
		if len(codes[kind]) == 0 {
			t.Errorf("found no constants of type %s", kind)
		}
		for _, code := range codes[kind] {
			for _, pattern := range patterns {
				mustHave(t, strings.ReplaceAll(pattern, "%", code))
			}
		}
	}
	for _, code := range codes["Notice"] {
		if front.Notice(code) != front.ReasonLater {
			mustHave(t, "notice."+code)
		}
	}
	for _, w := range []front.Way{front.ByCivil, front.ByPlate, front.ByViolation} {
		mustHave(t, "way."+string(w))
		mustHave(t, "way."+string(w)+".line")
		mustHave(t, "number."+string(w)+".title")
		mustHave(t, "number."+string(w)+".lead")
	}
	for _, s := range []string{"fines", "licence", "clearance", "residence"} {
		mustHave(t, "service."+s)
		mustHave(t, "service."+s+".line")
	}
	for _, s := range []front.FineState{front.FineNotHere, front.FineRecording, front.FineReserved, front.FineUnclear} {
		mustHave(t, "fine."+string(s))
	}
	for _, s := range []front.LicenceState{front.LicenceFeeding, front.LicencePrinting, front.LicenceRetaining,
		front.LicencePresenting, front.LicenceRejecting, front.LicenceRetracting} {
		mustHave(t, "making."+string(s)+".title")
		mustHave(t, "making."+string(s)+".lead")
	}
	// package pickup is not imported here: its codes cross the front socket as texts.
	for _, kind := range []string{"renewal", "damaged", "lost"} {
		mustHave(t, "kind."+kind)
		mustHave(t, "receipt.pickup.kind."+kind)
	}
	for _, standing := range []string{"not_ready", "visit", "elsewhere", "unclear"} {
		mustHave(t, "standing."+standing)
	}
	for _, wrong := range []string{"too_long", "too_short", "pulled"} {
		mustHave(t, "wrong."+wrong)
	}
	for _, class := range front.PlateClasses {
		mustHave(t, "class."+class)
	}
}

func mustHave(t *testing.T, id string) {
	t.Helper()
	for _, lang := range Languages {
		if !Has(lang, id) {
			t.Errorf("%s.po has no %q", lang, id)
		}
	}
}

func TestFormat(t *testing.T) {
	en, ar := Locale{front.English, Western}, Locale{front.Arabic, Western}
	indic := Locale{front.Arabic, Indic}
	at := time.Date(2026, 3, 14, 21, 5, 0, 0, time.UTC) // the next day in Kuwait
	for _, c := range []struct{ got, want string }{
		{en.Money(20000), "\u2066KD\u00a020.000\u2069"},
		{ar.Money(20000), "\u2067\u206620.000\u2069\u00a0د.ك\u2069"},
		{Plain(indic.Money(20000)), "٢٠٫٠٠٠ د.ك"},
		{Plain(en.DateTime(at)), "15 March 2026, 00:05"},
		{Plain(ar.DateTime(at)), "15 مارس 2026، 00:05"},
		{Plain(indic.DateTime(at)), "١٥ مارس ٢٠٢٦، ٠٠:٠٥"},
		{Plain(en.Plural("fines.selected", 1)), "One fine selected"},
		{Plain(ar.Plural("fines.selected", 2)), "مخالفتان محددتان"},
		{Plain(indic.Plural("fines.selected", 3)), "٣ مخالفات محددة"},
		{Plain(ar.Plural("fines.selected", 11)), "11 مخالفة محددة"},
		{Plain(indic.Text("way.civil.line")), "١٢ رقمًا على البطاقة المدنية"},
		{en.Code("V/12"), "\u2066V/12\u2069"},
		{Text(front.English, "button.pay", "KD 1.000"), "Pay KD 1.000"},
		{Text("xx", "lang.ar"), "العربية"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestConstantsFindsTypedOnes(t *testing.T) {
	got := constants(t, "../../kiosk/front")
	if !slices.Contains(slices.Collect(maps.Keys(got)), "Doing") {
		t.Errorf("found only %v", slices.Collect(maps.Keys(got)))
	}
}
