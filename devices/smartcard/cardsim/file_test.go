package cardsim

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
)

func example(t *testing.T, name string) Described {
	t.Helper()
	data, err := fs.ReadFile(Examples(), name)
	if err != nil {
		t.Fatal(err)
	}
	d, err := ReadCard(name, data)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestExamples(t *testing.T) {
	names, _ := fs.Glob(Examples(), "*.toml")
	if len(names) < 3 {
		t.Error(names)
	}
	for _, name := range names {
		if d := example(t, name); d.Title == "" || d.New() == nil {
			t.Error(name)
		}
	}
	d := example(t, "civil-id.toml")
	talk(t, d.New(), selectApp, "00B081040C=333034303730313938303139 9000")
	if d.Holder.NameEn != "MARYAM TEST" {
		t.Errorf("%+v", d.Holder)
	}
	d = example(t, "civil-id-worn.toml")
	for range 2 { // each card is its own
		c := d.New()
		if _, err := c.Reset(1); err == nil {
			t.Error("it works with 5 V")
		}
		talk(t, c, selectApp, "00B2021C07=6C06", "00B2021C06=DED8DAC920319000", "00B0810080=6581", "00B0820004=E1E7CF209000",
			"00CA00C10C=3238383031323039383031329000", "00A4040C05A000000308=9000", "00B0810080=6A82")
	}
}

// Each change of an example must be refused at the line where it is.
func TestReadCardRefuses(t *testing.T) {
	data, err := fs.ReadFile(Examples(), "civil-id-worn.toml")
	if err != nil {
		t.Fatal(err)
	}
	good := string(data)
	for _, c := range []struct{ old, new, want string }{
		{`schema = 1`, `schema = 3`, "schema: must be between"},
		{`title = "Worn Civil ID"`, `title = ""`, "title: must be given"},
		{`title = "Worn`, `name = "Worn`, "title: must be given"},
		{`atr = "3B6A`, `atr = "3B7A`, "atr: not an answer to reset"},
		{`volts = ["3"]`, `volts = ["4"]`, `volts: "4" is not one of`},
		{`volts = ["3"]`, `protocol = "T=1"`, "protocol: atr offers T=0 first"},
		{`aid = "F04B5744455601"`, `aid = "F04B"`, "aid: "},
		{`id = "0102"`, `id = "0101"`, "id: is that of another"},
		{`sfi = 2`, `sfi = 31`, "sfi: must be between 1 and 30"},
		{`sfi = 2`, `sfi = 1`, "id: is that of another"},
		{`hex = "E1 28`, `hex = "E1 2`, "hex: "},
		{`hex = "E1`, `text = "x", hex = "E1`, "hex: give one of hex and text"},
		{`size = 64`, `size = 4`, "size: is less than the 8 bytes"},
		{`charset = "iso-8859-6"`, `charset = "koi8-r"`, "charset: must be one of"},
		{`{ text = "قطعة 1"`, `{ text = "汉"`, "text: "},
		{`{ text = "قطعة 1"`, `{ txt = "قطعة 1"`, "hex: give one of"},
		{`  { tag = "C1", `, `  { tag = "", `, "tag: "},
		{`command = 4`, `command = 0`, "command: must be between"},
		{`sw = "6581"`, `sw = "65"`, "sw: "},
		{`[faults]`, "[faults]\nslow = \"long\"", "slow: "},
		{`[faults]`, "[faults]\nexpired = true", "expired: there is no [holder]"},
		{`[faults]`, "[faults]\naborts = 2", "aborts: is for T=1 cards"},
		{`[faults]`, "[faults]\nsilly = true", "silly: unknown key"},
		{`[faults]`, "[holder]\nname_en = \"X\"\n[faults]", "civil_number: must be given"},
		{`[faults]`, "[holder]\ncivil_number = \"1\"\nexpiry = \"soon\"\n[faults]", "expiry: "},
	} {
		at := strings.Index(good, c.old)
		if at < 0 {
			t.Errorf("the example has no %q", c.old)
			continue
		}
		_, err := ReadCard("bad.toml", []byte(good[:at]+c.new+good[at+len(c.old):]))
		line := strings.Count(good[:at], "\n") + 1
		near := err != nil && (strings.HasPrefix(err.Error(), fmt.Sprintf("bad.toml:%d: ", line)) ||
			strings.HasPrefix(err.Error(), fmt.Sprintf("bad.toml:%d: ", line+1)) || strings.HasPrefix(err.Error(), fmt.Sprintf("bad.toml:%d: ", line+2)))
		if err == nil || !strings.Contains(err.Error(), c.want) || !near && !strings.Contains(c.want, "title") {
			t.Errorf("%q at line %d: %v, want %s", c.new, line, err, c.want)
		}
	}
}

func FuzzReadCard(f *testing.F) {
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := ReadCard("fuzz.toml", b)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "fuzz.toml:") {
				t.Errorf("error without a place: %v", err)
			}
			return
		}
		c := d.New()
		c.Inserted()
		if _, err := c.Reset(7); err == nil {
			c.TPDU(unhex("00B0810000"))
		}
	})
}
