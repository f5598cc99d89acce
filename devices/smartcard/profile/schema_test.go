package profile

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

func TestCharsets(t *testing.T) {
	const name = "فهد سالم"
	for charset, b := range map[string]string{
		"utf-8":        "\xD9\x81\xD9\x87\xD8\xAF\x20\xD8\xB3\xD8\xA7\xD9\x84\xD9\x85",
		"iso-8859-6":   "\xE1\xE7\xCF\x20\xD3\xC7\xE4\xE5",
		"windows-1256": "\xDD\xE5\xCF\x20\xD3\xC7\xE1\xE3",
	} {
		if got, err := text([]byte(b), charset, false); err != nil || got != name {
			t.Errorf("%s: %q, %v", charset, got, err)
		}
	}
	for charset, b := range map[string]string{"utf-8": "\xD9", "iso-8859-6": "\xDD\xFF", "ascii": "\xD9", "windows-1256": "a\nb"} {
		if got, err := text([]byte(b), charset, false); err == nil {
			t.Errorf("%s: % X is taken for %q", charset, b, got)
		}
	}
	// alef and hamza above become one letter; marks of direction go
	if got, err := text([]byte("\u202e\u0627\u0654\u200f"), "utf-8", false); err != nil || got != "أ" {
		t.Errorf("%+q, %v", got, err)
	}
}

// Each change of the development profile must be refused at the line where it is.
func TestParseRefuses(t *testing.T) {
	b, err := os.ReadFile("development.toml")
	if err != nil {
		t.Fatal(err)
	}
	good := string(b)
	if _, err := parse("good.toml", b); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, new, want string }{
		{`schema = 1`, `schema = 2`, "schema: must be between 1 and 1"},
		{`schema = 1`, `schema = "1"`, "schema: must be a whole number"},
		{`schema = 1`, `scheme = 1`, "schema: must be 1"},
		{`version = "2"`, `version = 1`, "version: must be a text in quotes"},
		{`version = "2"`, "version = \"2\"\nvolume = 3", "volume: unknown key"},
		{`kind = "development"`, `kind = "test"`, "kind: must be one of"},
		{`id = "development"`, `id = `, "expected value"},
		{`value = "3B`, `value = "3`, "value: "},
		{`mask = "FF`, `mask = "`, "mask: must be as long as value"},
		{`path = ["0101"]`, `path = ["101"]`, `path: "101" is not a file identifier`},
		{`path = ["0101"]`, `path = [257]`, "path: must be a list of texts"},
		{`path = ["0101"]`, `sfi = 31`, "sfi: must be between 1 and 30"},
		{`path = ["0101"], read = "binary"`, `read = "binary"`, "read: "},
		{`read = "record"`, `read = "write"`, "read: must be one of"},
		{`records = "1-8"`, `records = "8-1"`, "records: must be like"},
		{`records = "1-8"`, `records = "1-999"`, "records: must be like"},
		{`read = "binary", max = 1024`, `read = "binary", max = 1024, records = "1-8"`, "records: must be given with read = \"record\", and only there"},
		{`read = "record"`, `read = "record", chunk = 7`, "chunk: is for READ BINARY"},
		{`max = 1024`, `max = 65537`, "max: must be between 1 and 65536"},
		{`max = 1024`, `max = 1024, chunk = 257`, "chunk: must be between 1 and 256"},
		{`layout = "text"`, `layout = "xml"`, "layout: must be one of"},
		{`charset = "windows-1256"`, `charset = "koi8-r"`, "charset: must be one of"},
		{`required = true },
  { name = "address"`, `when = "x", required = true },
  { name = "address"`, "when: a file for a purpose cannot be required"},
		{`from = "holder", tag = "E1/C3"`, `from = "nowhere", tag = "E1/C3"`, `from: there is no file "nowhere"`},
		{`tag = "E1/C4"`, `tag = "E1/5F"`, "tag: cannot read tag path"},
		{`tag = "E1/C4"`, `offset = 4, length = 4`, "tag: must be given for fields of a ber-tlv file"},
		{`tag = "E1/C4"`, `tag = "E1/C4", offset = 4`, "offset: is for fields of a fixed file"},
		{`type = "civil-number"`, `type = "text"`, "type: civil_number must be one of civil-number"},
		{`{ name = "name_en"`, `{ name = "name_ar"`, "name: must be given, and only once"},
		{`{ name = "name_en", from`, `{ name = "name_en", form`, "from: there is no file"},
		{`{ name = "name_en",`, `{ name = "name_en", write = true,`, "write: unknown key"},
		{`type = "ascii"`, `type = "ascii", trim = ["20"]`, "trim: "},
		{`values = { M = "male", F = "female" }`, `values = {}`, "values: an enum needs"},
		{`F = "female"`, `F = 2`, "F: must be a text"},
		{`type = "enum", values = { M = "male", F = "female" }`, `type = "text", values = { M = "male" }`, "values: unknown key"},
		{`title = { en = "DEVELOPMENT CARD", `, `title = { `, "en: en and ar must be given"},
		{`{ name = "expiry_date", `, `{ name = "expires", `, `checks: "not-expired" needs a field expiry_date`},
		{`from = "fixed", offset = 12`, `from = "photo", offset = 12`, "length: must be given for fields of a fixed file"},
		{`"not-expired"`, `"not-stolen"`, `checks: "not-stolen" is not a check`},
		{`aid = "F04B5744455601"`, `aid = "F0"`, "aid: "},
		{`p2 = "0C"`, `p2 = "08"`, "p2: must be"},
		{`expect = ["9000", "61xx"]`, `expect = ["OK"]`, "expect: "},
		{`method = "none"`, `method = "sam"`, "method: must be one of"},
		{`"civil-number", required = true`, `"civil-number"`, "field: a required field civil_number must be given"},
	} {
		if strings.Count(good, c.old) == 0 {
			t.Errorf("development.toml has no %q", c.old)
			continue
		}
		at := strings.Index(good, c.old)
		_, err := parse("bad.toml", []byte(good[:at]+c.new+good[at+len(c.old):]))
		if err == nil {
			t.Errorf("%q is accepted", c.new)
			continue
		}
		// a key that is missing has no line; all the others are where the change is
		line := strings.Count(good[:at], "\n") + 1
		where := []string{"bad.toml:" + strconv.Itoa(line) + ": ", "bad.toml:" + strconv.Itoa(line+1) + ": "}
		if !strings.Contains(err.Error(), c.want) ||
			!strings.HasPrefix(err.Error(), where[0]) && !strings.HasPrefix(err.Error(), where[1]) &&
				!strings.Contains(c.new, "scheme") && !strings.HasPrefix(c.want, "field:") && !strings.Contains(c.want, "needs a field") {
			t.Errorf("%q at line %d:\n got %v\nwant %s", c.new, line, err, c.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := parse("fuzz.toml", b)
		if (p == nil) == (err == nil) {
			t.Error("not either a profile or an error")
		}
		if err != nil && !strings.HasPrefix(err.Error(), "fuzz.toml:") {
			t.Errorf("error without a place: %v", err)
		}
	})
}
