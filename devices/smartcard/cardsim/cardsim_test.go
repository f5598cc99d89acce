package cardsim

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

var person = Person{
	CivilNumber: "288012098012", NameAr: "فهد سالم", NameEn: "FAHAD SALEM",
	Expiry: time.Date(2030, 1, 31, 0, 0, 0, 0, time.UTC),
}

// talk powers the card and gives it commands; each is "sent=answer" in hex, where
// an answer may begin with … for data that do not matter.
func talk(t *testing.T, c *Card, script ...string) {
	t.Helper()
	c.Inserted()
	if _, err := c.Reset(7); err != nil {
		t.Fatal(err)
	}
	for _, line := range script {
		sent, want, _ := strings.Cut(strings.ReplaceAll(line, " ", ""), "=")
		b, err := hex.DecodeString(sent)
		if err != nil {
			t.Fatal(err)
		}
		a, _, err := c.TPDU(b)
		if err != nil {
			t.Fatal(err)
		}
		got := fmt.Sprintf("%X", a)
		if tail, any := strings.CutPrefix(want, "…"); any && !strings.HasSuffix(got, tail) || !any && got != want {
			t.Errorf("%s: %s, want %s", sent, got, want)
		}
	}
}

const selectApp = "00A4040C07F04B5744455601=9000"

func TestCommands(t *testing.T) {
	for name, script := range map[string][]string{
		"nothing selected":      {"00B0000000=6986", "00A4020C020101=6985", "00B2011C00=6A82"},
		"select and read":       {selectApp, "00A4020C020101=9000", "00B0000000=6C4E", "00B0000004=E14CC10C9000", "00B0004E01=6B00", "00B0005001=6B00"},
		"short identifier":      {selectApp, "00B0810004=E14CC10C9000", "00B0000202=C10C9000", "00B09F0001=6A82"},
		"part of the name":      {"00A4040C05F04B574445=9000"},
		"other application":     {"00A4040C05A000000308=6A82"},
		"template":              {"00A4040007F04B5744455601=610B", "00C0000000=6C0B", "00C000000B=6F098407F04B57444556019000", "00C000000B=6985"},
		"template in two parts": {"00A4040007F04B5744455601=610B", "00C0000003=6F09846108", "00C0000008=07F04B57444556019000"},
		"template forgotten":    {"00A4040007F04B5744455601=610B", "00A4020C020101=9000", "00C000000B=6985"},
		"control parameters":    {selectApp, "00A40204020101=610D", "00C000000D=620B8002004E8201018302010 19000"},
		"length beside data":    {"00A4040C07F04B574445560100=6700"},
		"too little data":       {"00A4040C07F04B=6700"},
		"read with data":        {selectApp, "00B0000001AA=6700"},
		"no P3":                 {"00A40400=6700"},
		"unknown file":          {selectApp, "00A4020C02FFFF=6A82"},
		"half an identifier":    {selectApp, "00A4020C0101=6A87"},
		"wrong P1 and P2":       {"00A4080C020101=6A86", "00A4040107F04B5744455601=6A86"},
		"records":               {selectApp, "00A4020C020103=9000", "00B2010400=6C06", "00B2010406=C7E1DFE6EDCA9000", "00B2030400=6A83", "00B2010500=6A86", "00B0000001=6981"},
		"records of a binary":   {selectApp, "00A4020C020101=9000", "00B2010400=6981"},
		"unknown instruction":   {"00DA000000=6D00"},
		"unknown class":         {"80A4040C07F04B5744455601=6E00"},
		"fixed file":            {selectApp, "00B0820C08=E1E7CF20D3C7E4E59000"},
	} {
		t.Run(name, func(t *testing.T) { talk(t, CivilID(person), script...) })
	}
}

func TestFaults(t *testing.T) {
	talk(t, CivilID(person, ShortReads), selectApp, "00B0810000=…6282")
	talk(t, CivilID(person, Answers(2, 0x6F00)), selectApp, "00B0810000=6F00", "00B0810000=6C4E")
	talk(t, CivilID(person, Truncated), selectApp, "00B0810000=6C27")
	talk(t, BankCard(), "00A4040C07F04B5744455601=6A82")

	if _, err := CivilID(person, Mute).Reset(7); !errors.Is(err, ErrMute) {
		t.Errorf("mute: %v", err)
	}
	c := CivilID(person, PulledAfter(1))
	talk(t, c, selectApp)
	if _, _, err := c.TPDU([]byte{0, 0xB0, 0x81, 0, 0}); !errors.Is(err, ErrPulled) {
		t.Errorf("pulled: %v", err)
	}
	talk(t, c, selectApp) // put in again

	c = CivilID(person)
	if _, _, err := c.TPDU([]byte{0, 0xB0, 0, 0, 0}); !errors.Is(err, ErrMute) {
		t.Errorf("without power: %v", err)
	}
	c = DrivingLicence()
	c.Reset(7)
	if _, _, err := c.TPDU([]byte{0, 0xA4, 0, 0, 0}); !errors.Is(err, ErrMute) {
		t.Errorf("T=1 card: %v", err)
	}
}

func TestKinds(t *testing.T) {
	names := map[string]bool{}
	for _, k := range Kinds() {
		if names[k.Name] || k.Title == "" || k.New(person) == nil {
			t.Errorf("%q", k.Name)
		}
		names[k.Name] = true
	}
}
