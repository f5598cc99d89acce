package evolis

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"murur/devices"
	"murur/devices/cardprinter"
	"murur/devices/transport"
)

func TestRefusal(t *testing.T) {
	for reply, code := range map[string]string{
		"OK": "", "CARD": "", "NO CARD": "", "123": "", "4,92 Volts": "",
		"COVER OPEN": CoverOpen, "cover  open": CoverOpen, "ERR COVER OPEN": CoverOpen,
		"FEEDER EMPTY": BlanksOut, "FEEDER  EMPTY\x00": BlanksOut,
		"HOPPER FULL": HopperFull, "ERROR HOPPER": HopperFull, "HOPPER DOOR": HopperFull,
		"CARD JAM": CardJam, "ERROR TIME OUT": CardStuck, "ERROR RIBBON": RibbonOut,
		"ERR RIB DETECTION": RibbonOut, "ERROR HEAD": HeadHot,
		"NEED CLEANING": Cleaning, "ERR NEED CLEANING": Cleaning, "OPT NOT AVAILABLE": Settings,
		"ERROR CDE": Settings, "ERROR PARAMETRES": Settings, "ERROR PARAMETERS": Settings,
		"ERROR MAG": PrinterError, "ERROR MAG DATA": PrinterError, "ERROR MAG CHECKSUM": PrinterError,
		"ERROR UNKNOW": PrinterError, "ERROR UNKNOWN": PrinterError, "ERROR CHECKSUM": PrinterError,
	} {
		f := refusal(reply)
		switch {
		case code == "" && f != nil:
			t.Errorf("%q is %v", reply, f)
		case code != "" && (f == nil || f.Code != code || f.Remedy == ""):
			t.Errorf("%q is %+v, want %s", reply, f, code)
		}
		if (accepted(reply) == nil) != (reply == "OK") {
			t.Errorf("%q: %v", reply, accepted(reply))
		}
	}
}

func TestSensors(t *testing.T) {
	for reply, want := range map[string]cardprinter.Seen{
		"0,00 Volts": cardprinter.SeenNone, "0,25 Volts": cardprinter.SeenNone, "0.99 Volts": cardprinter.SeenNone,
		"1,00 Volts": cardprinter.SeenUnknown, "3,99 volts": cardprinter.SeenUnknown,
		"4,00 Volts": cardprinter.SeenCard, "4,92 Volts": cardprinter.SeenCard, "5,00Volts": cardprinter.SeenCard,
		"": cardprinter.SeenUnknown, "OK": cardprinter.SeenUnknown, "Volts": cardprinter.SeenUnknown,
		"-1,00 Volts": cardprinter.SeenUnknown, "NaN": cardprinter.SeenUnknown, "1,0,0": cardprinter.SeenUnknown, "ERROR CDE": cardprinter.SeenUnknown,
	} {
		if got := sensed(reply); got != want {
			t.Errorf("%q is %s, want %s", reply, got, want)
		}
	}
	for _, c := range []struct {
		reply     string
		emptyIsOK bool
		want      cardprinter.Seen
	}{
		{"OK", true, cardprinter.SeenNone}, {"OK", false, cardprinter.SeenUnknown},
		{"NO CARD", true, cardprinter.SeenNone}, {"NO  CARD", false, cardprinter.SeenNone},
		{"CARD", true, cardprinter.SeenCard}, {"SMART CARD", true, cardprinter.SeenCard},
		{"CONTACTLESS CARD", true, cardprinter.SeenCard}, {"ERR CARD", false, cardprinter.SeenCard},
		{"CARD JAM", true, cardprinter.SeenUnknown}, {"", true, cardprinter.SeenUnknown}, {"17", true, cardprinter.SeenUnknown},
	} {
		if got := printPosition(c.reply, c.emptyIsOK); got != c.want {
			t.Errorf("%q: %s, want %s", c.reply, got, c.want)
		}
	}
}

func TestNumbers(t *testing.T) {
	for reply, want := range map[string]int{"0": 0, " 1012 ": 1012, "OK": -1, "": -1, "-3": -1, "1,5": -1, "99999999999999999999": -1} {
		if got := count(reply); got != want {
			t.Errorf("%q is %d, want %d", reply, got, want)
		}
	}
	for reply, want := range map[string]int{"2": 2, "2;0": 2, "2 0": 2, "0;2": 0, "18/2": 18, "OK": -1, "": -1} {
		if got := errorMode(reply); got != want {
			t.Errorf("mode of %q is %d, want %d", reply, got, want)
		}
	}
}

func TestStatusWords(t *testing.T) {
	w, err := ParseStatusWords("8C000000 02800081 09000000 00000000 80000100 00010000 0001")
	if err != nil {
		t.Fatal(err)
	}
	if w.Session != 1 || !w.Has(Info, "CARD_PRINT") || !w.Has(Info, "PRINTER_MASTER") || !w.Has(Info, "BUSY") ||
		!w.Has(Ext1, "FEEDER_NEAR_EMPTY") || !w.Has(Ext2, "CARD_REAR") || w.Has(Info, "RESET") {
		t.Errorf("%+v: %v", w, w.Set())
	}
	if w.Fault() != nil {
		t.Errorf("fault %v", w.Fault())
	}
	s := w.Supplies()
	if s[cardprinter.SupplyBlanks] != devices.LevelOut || s[cardprinter.SupplyRejectBox] != devices.LevelFull {
		t.Errorf("supplies %v", s)
	}
	// An extension that is not announced does not count.
	if w, _ = ParseStatusWords("00000000 00000000 00000000 00000000 00000100"); w.Ext[0] != 0 {
		t.Errorf("%+v", w)
	}
	for _, c := range []struct {
		text, code string
		remedy     devices.Remedy
	}{
		{"0 0 20000 0", CoverOpen, devices.RemedyClear},
		{"0 0 0 2000000", CoverOpen, devices.RemedyClear},
		{"0 0 80000 0", RibbonOut, devices.RemedyReplenish},
		{"0 0 10000 0", RibbonOut, devices.RemedyReplenish},
		{"0 0 100000 0", HopperFull, devices.RemedyClear},
		{"0 0 0 1000000", CardJam, devices.RemedyClear},
		{"0 0 0 8000000", CardJam, devices.RemedyClear},
		{"0 0 0 4000000", RibbonJam, devices.RemedyClear},
		{"0 0 200000 0", HeadHot, devices.RemedyWait},
		{"0 0 0 20000000", HeadHot, devices.RemedyWait},
		{"0 0 0 400000", RibbonWrong, devices.RemedyConfiguration},
		{"0 0 8000 0", RibbonWrong, devices.RemedyConfiguration},
		{"0 400 0 0", RibbonWrong, devices.RemedyConfiguration},
		{"0 40000 0 0", Cleaning, devices.RemedyMaintenance},
		{"0 0 80000000 0", PrinterError, devices.RemedyMaintenance},
		{"0 0 0 1", PrinterError, devices.RemedyMaintenance},
		{"0 0 0 40", PrinterError, devices.RemedyMaintenance},
	} {
		var words []string
		for _, f := range strings.Fields(c.text) {
			words = append(words, strings.Repeat("0", 8-len(f))+f)
		}
		w, err := ParseStatusWords(strings.Join(words, ";"))
		if err != nil {
			t.Fatal(err)
		}
		if f := w.Fault(); f == nil || f.Code != c.code || f.Remedy != c.remedy {
			t.Errorf("%s is %+v, want %s, %s", c.text, f, c.code, c.remedy)
		}
	}
	for _, bad := range []string{"", "OK", "00000000", "0 0 0 0", "0000000G 00000000 00000000 00000000", strings.Repeat("00000000 ", 9)} {
		if _, err := ParseStatusWords(bad); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
	seen := map[Word]uint32{}
	for _, f := range Flags {
		if seen[f.Word]&f.Mask != 0 || f.Mask&(f.Mask-1) != 0 || f.Mask == 0 {
			t.Errorf("%s: mask %08X", f.Name, f.Mask)
		}
		if f.Code != "" && remedies[f.Code] == "" {
			t.Errorf("%s: code %s has no remedy", f.Name, f.Code)
		}
		seen[f.Word] |= f.Mask
	}
}

func TestReadProfile(t *testing.T) {
	p, err := ReadProfile(strings.NewReader("base = \"zenius\"\nname = \"ours\"\nbits = 6\nclear = [\"Wcb;k;0\"]\nopen = []\n"))
	if err != nil || p.Name != "ours" || p.Bits != 6 || p.Exit != "M" || len(p.Clear) != 1 || len(p.Open) != 0 {
		t.Errorf("%+v, %v", p, err)
	}
	for _, bad := range []string{
		"", "base = \"kc900\"", "base = \"kc200b\"\nspeed = 3", "base = \"kc200b\"\nbits = 8", "base = \"kc200b\"\nexit = \"Z\"",
		"base = \"kc200b\"\nexit_sensor = \"f\"", "base = \"kc200b\"\nfeed = \"Sib\"", "base = \"kc200b\"\nclear = []",
		"base = \"kc200b\"\nclear = [\"Seb\"]", "base = \"kc200b\"\nsetup = [\"Psc;1;2;3\"]", "base = \"kc200b\"\nstatus_request = \"Si\"",
		"base = \"kc200b\"\nsetup = [\"Pps;0\\rSeb\"]", "base = \"kc200b\"\nclear = [\"Wcb;a\\u0000\"]",
		"base = \"kc200b\"\nnear_empty = \"maybe\"", "base = kc200b",
	} {
		if _, err := ReadProfile(strings.NewReader(bad)); err == nil {
			t.Errorf("%q is a profile", bad)
		}
	}
	for _, p := range []Profile{KC200B, Zenius, KCPrime, LegacyKiosk} {
		if found, ok := ProfileByName(p.Name); !ok || found.Check() != nil {
			t.Errorf("%s: %v", p.Name, p.Check())
		}
	}
}

// Words that print what is in memory, or bin a card on one model and hand it out on
// another, are in no text of the driver.
func TestNeverSent(t *testing.T) {
	word := regexp.MustCompile(`(?:^|\x1b|;)(?:Seb|Ssd|Sc|Sp|Psc)(?:;|\r|$)`)
	fset := token.NewFileSet()
	names, _ := filepath.Glob("*.go")
	n := 0
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(fset, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(node ast.Node) bool {
			if lit, ok := node.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				s, _ := strconv.Unquote(lit.Value)
				if word.MatchString(s) {
					t.Errorf("%s: %q", fset.Position(lit.Pos()), s)
				}
				n++
			}
			return true
		})
	}
	if n < 100 {
		t.Errorf("only %d texts found", n)
	}
	for _, s := range []string{"Seb", "Ssd;k", "Sc", "Sp;y", "Psc"} {
		if !word.MatchString(s) || !forbidden(s) {
			t.Errorf("%s is not found", s)
		}
		l := link{}
		if _, err := l.exchange(t.Context(), s, 0); err == nil {
			t.Errorf("%s is sent", s)
		}
	}
	for _, s := range []string{"Se", "Ser", "Si", "Sis", "Ss", "Scs", "Pcim;F"} {
		if forbidden(s) {
			t.Errorf("%s is forbidden", s)
		}
	}
}

// A printer that says nothing but its serial number does not hold the driver.
func TestNothingButTheSerialNumber(t *testing.T) {
	m := &mouth{says: slices.Repeat([][]byte{[]byte("SIM1\x00")}, 20)}
	l := &link{pipes: m, life: t.Context(), serial: "SIM1", trace: func(transport.Direction, []byte) {}}
	if reply, err := l.exchange(t.Context(), "Si", time.Hour); reply != "SIM1" || err != nil || len(m.says) < 10 {
		t.Errorf("%q, %v, %d left", reply, err, len(m.says))
	}
}
