package template

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// source is the text of a template, to say on which line an error is: the TOML
// library tells it for broken syntax, but not for an unknown key or a wrong value.
type source struct {
	name  string
	lines []string
}

// table is a TOML table that is emptied key by key. The first error stays.
type table struct {
	src         *source
	first, last int // its lines, from 0; last is the one after
	keys        map[string]any
	used        map[string]bool
	err         error
}

func readTable(name string, data []byte) (*table, error) {
	keys := map[string]any{}
	if _, err := toml.Decode(string(data), &keys); err != nil {
		var syntax toml.ParseError
		if errors.As(err, &syntax) {
			return nil, fmt.Errorf("%s:%d: %s", name, syntax.Position.Line, syntax.Message)
		}
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	src := &source{name, strings.Split(string(data), "\n")}
	return &table{src: src, last: len(src.lines), keys: keys, used: map[string]bool{}}, nil
}

// line is the line on which a key of the table stands, else its first one.
func (t *table) line(key string) int {
	set := regexp.MustCompile(`(^|[\s{,."'])` + regexp.QuoteMeta(key) + `["']?\s*=`)
	header := regexp.MustCompile(`^\s*\[+\s*["']?` + regexp.QuoteMeta(key) + `["']?\s*\]`)
	for i := t.first; i < t.last; i++ {
		if set.MatchString(t.src.lines[i]) || header.MatchString(t.src.lines[i]) {
			return i + 1
		}
	}
	return t.first + 1
}

// fail notes an error at a key.
func (t *table) fail(key, format string, args ...any) {
	if t.err == nil {
		t.err = fmt.Errorf("%s:%d: %s: %s", t.src.name, t.line(key), key, fmt.Sprintf(format, args...))
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

// oneOf is a text that must be one of the given. If the first of them is "", the key
// need not be there.
func (t *table) oneOf(key string, allowed ...string) string {
	s := t.text(key)
	if !slices.Contains(allowed, s) {
		t.fail(key, "must be one of %s", strings.Trim(fmt.Sprintf("%q", allowed), "[]"))
	}
	return s
}

// number is between least and most, or otherwise if the key is not there.
func (t *table) number(key string, least, most, otherwise float64) float64 {
	t.used[key] = true
	if !t.has(key) {
		return otherwise
	}
	return t.inRange(key, t.keys[key], least, most)
}

func (t *table) inRange(key string, v any, least, most float64) float64 {
	var n float64
	switch v := v.(type) {
	case int64:
		n = float64(v)
	case float64:
		n = v
	default:
		t.fail(key, "must be a number")
		return least
	}
	if !(n >= least && n <= most) {
		t.fail(key, "must be between %g and %g", least, most)
		return least
	}
	return n
}

// numbers is a list of n numbers.
func (t *table) numbers(key string, n int, least, most float64) []float64 {
	list := take[[]any](t, key, fmt.Sprintf("a list of %d numbers", n))
	out := make([]float64, n)
	if len(list) != n {
		t.fail(key, "must be a list of %d numbers", n)
		return out
	}
	for i, v := range list {
		out[i] = t.inRange(key, v, least, most)
	}
	return out
}

// each calls f for every table of the array at key, at most max of them.
func (t *table) each(key string, max int, f func(*table)) {
	t.used[key] = true
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
	if len(list) > max {
		t.fail(key, "has %d entries, at most %d", len(list), max)
	}
	starts := t.starts(key)
	for i, m := range list {
		if t.err != nil {
			return
		}
		e := &table{src: t.src, first: t.line(key) - 1, last: t.last, keys: m, used: map[string]bool{}}
		if i < len(starts) {
			e.first = starts[i]
			e.last = t.src.end(e.first)
		} else {
			e.first = t.src.brace(e.first, i)
		}
		f(e)
		t.adopt(e)
	}
}

// starts are the lines with [[key]].
func (t *table) starts(key string) (lines []int) {
	header := regexp.MustCompile(`^\s*\[\[\s*` + regexp.QuoteMeta(key) + `\s*\]\]`)
	for i := t.first; i < t.last; i++ {
		if header.MatchString(t.src.lines[i]) {
			lines = append(lines, i)
		}
	}
	return lines
}

// brace is the line of the i-th inline table from a line on.
func (s *source) brace(from, i int) int {
	for n := from; n < len(s.lines); n++ {
		if i -= strings.Count(s.lines[n], "{"); i < 0 {
			return n
		}
	}
	return from
}

// end is the line after the table whose header is on a line.
func (s *source) end(header int) int {
	for i := header + 1; i < len(s.lines); i++ {
		if strings.HasPrefix(strings.TrimSpace(s.lines[i]), "[") {
			return i
		}
	}
	return len(s.lines)
}

// adopt ends a table within t.
func (t *table) adopt(e *table) {
	e.finish()
	if t.err == nil {
		t.err = e.err
	}
}

// finish: keys that nobody took are unknown. Of several the first in the file is named.
func (t *table) finish() {
	unknown := ""
	for key := range t.keys {
		if !t.used[key] && (unknown == "" || t.line(key) < t.line(unknown) || t.line(key) == t.line(unknown) && key < unknown) {
			unknown = key
		}
	}
	if unknown != "" {
		t.fail(unknown, "unknown key")
	}
}
