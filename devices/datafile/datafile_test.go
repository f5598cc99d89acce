package datafile

import (
	"strings"
	"testing"
)

const file = `# a file
schema = 1 # "schema = 2"
title = "x = 1"

list = [
  { name = "one", inner = [
    { n = 1 },
    { n = 2, odd = true } ] },
  { name = "two" },
]

[plain]
key = "FF"

[[table]]
n = 1
sub = { a = 1, b = 2 }
[[table]]
n = 2
"quoted" = true
`

// Every error names the line on which the key stands.
func TestLines(t *testing.T) {
	at := func(want string, read func(*Table)) {
		t.Helper()
		table, err := Read("f.toml", []byte(file))
		if err != nil {
			t.Fatal(err)
		}
		read(table)
		if err := table.Done(); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	each := func(key string, n int, f func(*Table)) func(*Table) {
		return func(t *Table) {
			i := 0
			t.Each(key, 9, func(e *Table) {
				if i++; i == n {
					f(e)
				} else { // skipped
					for _, k := range e.Keys() {
						e.used[k] = true
					}
				}
			})
		}
	}
	at(`f.toml:2: schema: must be between 2 and 3`, func(t *Table) { t.Number("schema", 2, 3, 0) })
	at(`f.toml:2: schema: must be a text in quotes`, func(t *Table) { t.Text("schema") })
	at(`f.toml:3: title: must be one of "a", "b"`, func(t *Table) { t.OneOf("title", "a", "b") })
	at(`f.toml:3: title: must be a list of texts`, func(t *Table) { t.Texts("title") })
	at(`f.toml:3: title: must be a list of tables`, func(t *Table) { t.Each("title", 1, nil) })
	at(`f.toml:5: list: has 2 entries, at most 1`, func(t *Table) { t.Each("list", 1, nil) })
	at(`f.toml:5: list: must be true or false`, func(t *Table) { t.Yes("list") })
	at(`f.toml:9: name: must be true or false`, each("list", 2, func(t *Table) { t.Yes("name") }))
	at(`f.toml:8: odd: unknown key`, each("list", 1, func(t *Table) {
		t.Text("name")
		t.Each("inner", 9, func(e *Table) { e.Number("n", 1, 9, 0) })
	}))
	at(`f.toml:7: n: must be between 5 and 9`, each("list", 1, func(t *Table) {
		t.Each("inner", 9, func(e *Table) { e.Number("n", 5, 9, 0) })
	}))
	at(`f.toml:13: key: "FF" is not hexadecimal of 2 to 3 bytes`, func(t *Table) {
		t.Sub("plain", func(s *Table) { s.Hex("key", 2, 3) })
	})
	at(`f.toml:17: b: unknown key`, each("table", 1, func(t *Table) {
		t.Number("n", 1, 1, 0)
		t.Sub("sub", func(s *Table) { s.Number("a", 1, 1, 0) })
	}))
	at(`f.toml:20: quoted: unknown key`, each("table", 2, func(t *Table) { t.Number("n", 2, 2, 0) }))
	at(`f.toml:2: schema: unknown key`, func(*Table) {}) // the first of all
	if _, err := Read("f.toml", []byte("a = 1\nb = \n")); err == nil || !strings.HasPrefix(err.Error(), "f.toml:2: ") {
		t.Error(err)
	}
}

func FuzzLines(f *testing.F) {
	f.Fuzz(func(t *testing.T, b []byte) {
		table, err := Read("f.toml", b)
		if err == nil {
			table.Each("list", 4, func(e *Table) { e.Sub("inner", func(s *Table) { s.Fail("n", "bad") }) })
			table.Sub("plain", func(s *Table) { s.Number("key", 1, 2, 0) })
			err = table.Done()
		}
		if err != nil && !strings.HasPrefix(err.Error(), "f.toml:") {
			t.Error(err)
		}
	})
}
