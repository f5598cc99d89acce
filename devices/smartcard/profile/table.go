package profile

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/BurntSushi/toml"
)

// source is the text of a profile, to say where an error is: the TOML library
// tells the line of broken syntax, but not of an unknown key or a wrong value.
type source struct {
	name  string
	lines []string
}

// readTable parses the syntax.
func readTable(name string, data []byte) (*table, error) {
	m := map[string]any{}
	if _, err := toml.Decode(string(data), &m); err != nil {
		var syntax toml.ParseError
		if errors.As(err, &syntax) {
			return nil, fmt.Errorf("%s:%d: %s", name, syntax.Position.Line, syntax.Message)
		}
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	src := &source{name, strings.Split(string(data), "\n")}
	return &table{src: src, keys: m, used: map[string]bool{}}, nil
}

// find returns the first line from the given one on in which key is set; failing
// that, the line itself.
func (s *source) find(from int, key string) int {
	set := regexp.MustCompile(`(^|[\s{,."'])` + regexp.QuoteMeta(key) + `["']?\s*=`)
	header := regexp.MustCompile(`^\s*\[+\s*` + regexp.QuoteMeta(key) + `\s*\]`)
	for i := from; i < len(s.lines); i++ {
		if set.MatchString(s.lines[i]) || header.MatchString(s.lines[i]) {
			return i
		}
	}
	return min(from, len(s.lines)-1)
}

// element returns the line on which the n-th table of an array begins.
func (s *source) element(key string, n int) int {
	header := regexp.MustCompile(`^\s*\[\[\s*` + regexp.QuoteMeta(key) + `\s*\]\]`)
	seen := -1
	for i, line := range s.lines {
		if header.MatchString(line) {
			if seen++; seen == n {
				return i
			}
		}
	}
	start := s.find(0, key)
	for i := start; i < len(s.lines); i++ {
		code, _, _ := strings.Cut(s.lines[i], "#")
		if seen += strings.Count(code, "{"); seen >= n {
			return i
		}
	}
	return start
}

// table is a TOML table that is emptied key by key. The first error stays.
type table struct {
	src   *source
	start int // line, from 0
	keys  map[string]any
	used  map[string]bool
	err   error
}

// fail notes an error at a key.
func (t *table) fail(key, format string, args ...any) {
	if t.err == nil {
		line := t.src.find(t.start, key) + 1
		t.err = fmt.Errorf("%s:%d: %s: %s", t.src.name, line, key, fmt.Sprintf(format, args...))
	}
}

// take returns the value of key as a T; its zero when the key is not there.
func take[T any](t *table, key, want string) T {
	t.used[key] = true
	v, there := t.keys[key]
	typed, ok := v.(T)
	if there && !ok {
		t.fail(key, "must be %s", want)
	}
	return typed
}

func (t *table) has(key string) bool { _, ok := t.keys[key]; return ok }

func (t *table) text(key string) string { return take[string](t, key, "a text in quotes") }
func (t *table) yes(key string) bool    { return take[bool](t, key, "true or false") }

// number returns the value of key, which must be within least and most, or
// otherwise when it is not there.
func (t *table) number(key string, least, most, otherwise int) int {
	n := take[int64](t, key, "a whole number")
	if !t.has(key) {
		return otherwise
	}
	if n < int64(least) || n > int64(most) {
		t.fail(key, "must be between %d and %d", least, most)
	}
	return int(n)
}

// oneOf returns the text at key, which must be one of the given; the first of
// them may be "" for a key that need not be there.
func (t *table) oneOf(key string, allowed ...string) string {
	s := t.text(key)
	for _, a := range allowed {
		if s == a {
			return s
		}
	}
	t.fail(key, "must be one of %s", strings.Trim(fmt.Sprintf("%q", allowed), "[]"))
	return s
}

func (t *table) texts(key string) []string {
	var list []string
	for _, v := range take[[]any](t, key, "a list of texts") {
		s, ok := v.(string)
		if !ok {
			t.fail(key, "must be a list of texts")
		}
		list = append(list, s)
	}
	return list
}

// sub returns the table at key, empty when it is not there.
func (t *table) sub(key string) *table {
	m := take[map[string]any](t, key, "a table")
	return &table{src: t.src, start: t.src.find(t.start, key), keys: m, used: map[string]bool{}}
}

// each calls f for every table of the array at key, at most max of them.
func (t *table) each(key string, max int, f func(*table)) {
	var list []map[string]any
	switch v := t.keys[key].(type) {
	case nil:
	case []map[string]any:
		list = v
	case []any:
		for _, e := range v {
			m, ok := e.(map[string]any)
			if !ok {
				t.fail(key, "must be a list of tables")
			}
			list = append(list, m)
		}
	default:
		t.fail(key, "must be a list of tables")
	}
	t.used[key] = true
	if len(list) > max {
		t.fail(key, "has %d entries, at most %d", len(list), max)
	}
	for i, m := range list {
		if t.err != nil {
			return
		}
		e := &table{src: t.src, start: t.src.element(key, i), keys: m, used: map[string]bool{}}
		f(e)
		t.adopt(e)
	}
}

// adopt ends a table within t: keys that nobody took are unknown.
func (t *table) adopt(e *table) {
	e.finish()
	if t.err == nil {
		t.err = e.err
	}
}

func (t *table) finish() {
	for key := range t.keys {
		if !t.used[key] {
			t.fail(key, "unknown key")
		}
	}
}
