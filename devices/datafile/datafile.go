// Package datafile reads strict TOML files: card profiles, described cards, licence
// templates. A wrong type, a value out of bounds and an unknown key are
// errors with file and line ("card.toml:7: sfi: must be between 1 and 30").
//
// The TOML library tells the line of broken syntax, but not that of a key; it is
// looked up in the text. It may be wrong where a key is written in an unusual way
// (a dotted key, or a table of tables with its own headings): then it is that of the
// table around it.
package datafile

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// Table is a TOML table that is emptied key by key. The first error stays.
type Table struct {
	text text
	span span // where it stands
	path string
	keys map[string]any
	used map[string]bool
	err  error
}

// Read parses a file.
func Read(name string, data []byte) (*Table, error) {
	keys := map[string]any{}
	if _, err := toml.Decode(string(data), &keys); err != nil {
		var syntax toml.ParseError
		if errors.As(err, &syntax) {
			return nil, fmt.Errorf("%s:%d: %s", name, syntax.Position.Line, syntax.Message)
		}
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &Table{text: text{name, string(data)}, span: span{0, len(data)}, keys: keys, used: map[string]bool{}}, nil
}

// Fail notes an error at a key.
func (t *Table) Fail(key, format string, args ...any) {
	if t.err == nil {
		t.err = fmt.Errorf("%s:%d: %s: %s", t.text.name, t.text.line(t.find(key)), key, fmt.Sprintf(format, args...))
	}
}

// FailAt notes an error on a line, counted from 1.
func (t *Table) FailAt(line int, format string, args ...any) {
	if t.err == nil {
		t.err = fmt.Errorf("%s:%d: %s", t.text.name, line, fmt.Sprintf(format, args...))
	}
}

// Line is the line on which the table begins, from 1.
func (t *Table) Line() int { return t.text.line(t.span.from) }

// Failed reports whether there was an error.
func (t *Table) Failed() bool { return t.err != nil }

// Done ends the reading: keys that nobody took are unknown. It returns the first error.
func (t *Table) Done() error {
	unused := func(key string) bool { return t.Has(key) && !t.used[key] }
	if _, key := t.assigned(unused); key != "" {
		t.Fail(key, "unknown key")
	}
	for _, key := range t.Keys() { // under a heading, or written in an unusual way
		if unused(key) {
			t.Fail(key, "unknown key")
		}
	}
	return t.err
}

// take returns the value of key as a T; its zero when the key is not there.
func take[T any](t *Table, key, want string) T {
	t.used[key] = true
	v, there := t.keys[key]
	typed, ok := v.(T)
	if there && !ok {
		t.Fail(key, "must be %s", want)
	}
	return typed
}

// Has reports whether the key is there.
func (t *Table) Has(key string) bool { _, ok := t.keys[key]; return ok }

// Text returns a text, "" when the key is not there.
func (t *Table) Text(key string) string { return take[string](t, key, "a text in quotes") }

// Yes returns a truth value, false when the key is not there.
func (t *Table) Yes(key string) bool { return take[bool](t, key, "true or false") }

// Number returns the value of key, which must be within least and most, or
// otherwise when it is not there.
func (t *Table) Number(key string, least, most, otherwise int) int {
	n := take[int64](t, key, "a whole number")
	if !t.Has(key) {
		return otherwise
	}
	if n < int64(least) || n > int64(most) {
		t.Fail(key, "must be between %d and %d", least, most)
	}
	return int(n)
}

// Float returns the value of key, whole or not, which must be within least and most, or
// otherwise when it is not there.
func (t *Table) Float(key string, least, most, otherwise float64) float64 {
	t.used[key] = true
	if !t.Has(key) {
		return otherwise
	}
	return t.bounded(key, t.keys[key], least, most)
}

// IsList reports whether the value of key is a list.
func (t *Table) IsList(key string) bool { _, list := t.keys[key].([]any); return list }

// Floats returns the list of n numbers at key.
func (t *Table) Floats(key string, n int, least, most float64) []float64 {
	list := take[[]any](t, key, fmt.Sprintf("a list of %d numbers", n))
	out := make([]float64, n)
	if len(list) != n {
		t.Fail(key, "must be a list of %d numbers", n)
		return out
	}
	for i, v := range list {
		out[i] = t.bounded(key, v, least, most)
	}
	return out
}

func (t *Table) bounded(key string, v any, least, most float64) float64 {
	var n float64
	switch v := v.(type) {
	case int64:
		n = float64(v)
	case float64:
		n = v
	default:
		t.Fail(key, "must be a number")
		return least
	}
	if !(n >= least && n <= most) {
		t.Fail(key, "must be between %g and %g", least, most)
		return least
	}
	return n
}

// OneOf returns the text at key, which must be one of the given; the first of them
// may be "" for a key that need not be there.
func (t *Table) OneOf(key string, allowed ...string) string {
	s := t.Text(key)
	if !slices.Contains(allowed, s) {
		t.Fail(key, `must be one of "%s"`, strings.Join(allowed, `", "`))
	}
	return s
}

// Texts returns a list of texts.
func (t *Table) Texts(key string) []string {
	var list []string
	for _, v := range take[[]any](t, key, "a list of texts") {
		s, ok := v.(string)
		if !ok {
			t.Fail(key, "must be a list of texts")
		}
		list = append(list, s)
	}
	return list
}

// Hex returns the bytes written at key in hexadecimal digits, between least and most
// of them. Blanks are skipped.
func (t *Table) Hex(key string, least, most int) []byte {
	s := t.Text(key)
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil || len(b) < least || len(b) > most {
		t.Fail(key, "%q is not hexadecimal of %d to %d bytes", s, least, most)
		return nil
	}
	return b
}

// Keys returns the keys of the table in alphabetical order.
func (t *Table) Keys() []string {
	var list []string
	for key := range t.keys {
		list = append(list, key)
	}
	slices.Sort(list)
	return list
}

// Sub reads the table at key, which is empty when it is not there.
func (t *Table) Sub(key string, f func(*Table)) {
	m := take[map[string]any](t, key, "a table")
	spans := t.spans(key)
	at := span{t.find(key), t.span.to}
	if len(spans) > 0 {
		at = spans[0]
	}
	t.within(key, at, m, f)
}

// Each reads every table of the list at key, at most most of them.
func (t *Table) Each(key string, most int, f func(*Table)) {
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
				t.Fail(key, "must be a list of tables")
			}
			list = append(list, m)
		}
	default:
		t.Fail(key, "must be a list of tables")
	}
	if len(list) > most {
		t.Fail(key, "has %d entries, at most %d", len(list), most)
	}
	spans := t.spans(key)
	for i, m := range list {
		if t.err != nil {
			return
		}
		at := span{t.find(key), t.span.to}
		if i < len(spans) {
			at = spans[i]
		}
		t.within(key, at, m, f)
	}
}

// within reads a table that stands in t.
func (t *Table) within(key string, at span, keys map[string]any, f func(*Table)) {
	e := &Table{text: t.text, span: at, path: t.path + key + ".", keys: keys, used: map[string]bool{}}
	f(e)
	if err := e.Done(); t.err == nil {
		t.err = err
	}
}
