package datafile

import "strings"

// text is the file as it was written.
type text struct{ name, s string }

// span is a piece of it.
type span struct{ from, to int }

func (x text) line(at int) int { return strings.Count(x.s[:at], "\n") + 1 }

// tokens calls f at every byte of a span that stands outside of strings and comments,
// with the number of brackets that are open, until f says stop. A bracket itself
// counts as outside of what it encloses.
func (x text) tokens(in span, f func(at, depth int) (stop bool)) {
	depth := 0
	for i := in.from; i < in.to; i++ {
		switch c := x.s[i]; c {
		case '#':
			n := strings.IndexByte(x.s[i:in.to], '\n')
			if n < 0 {
				return
			}
			i += n
		case '"', '\'':
			if f(i, depth) {
				return
			}
			i = x.quoted(i, in.to)
		case '}', ']':
			depth--
			if f(i, depth) {
				return
			}
		default:
			if f(i, depth) {
				return
			}
			if c == '{' || c == '[' {
				depth++
			}
		}
	}
}

// quoted is where the string that begins at i ends.
func (x text) quoted(i, end int) int {
	quote := x.s[i : i+1]
	if long := strings.Repeat(quote, 3); strings.HasPrefix(x.s[i:], long) {
		if n := strings.Index(x.s[i+3:end], long); n >= 0 {
			return i + 3 + n + 2
		}
		return end
	}
	for j := i + 1; j < end; j++ {
		switch {
		case x.s[j] == '\\' && quote == `"`:
			j++
		case x.s[j] == quote[0], x.s[j] == '\n':
			return j
		}
	}
	return end
}

// heading is the name in a heading like [name] or [[name]] on the line that begins
// at i; "" when it is none.
func (x text) heading(i int) string {
	line, _, _ := strings.Cut(x.s[i:], "\n")
	line = strings.TrimSpace(line)
	if !strings.HasPrefix(line, "[") {
		return ""
	}
	name, _, ok := strings.Cut(strings.TrimLeft(line, "["), "]")
	if !ok || strings.ContainsAny(name, `{}",=`) {
		return ""
	}
	return strings.TrimSpace(name)
}

// find is where key is set in the table: the table's own beginning when it cannot be
// found.
func (t *Table) find(key string) int {
	if at, found := t.assigned(func(k string) bool { return k == key }); found != "" {
		return at
	}
	if s := t.headed(key); len(s) > 0 {
		return s[0].from
	}
	return t.span.from
}

// assigned is where the first key that matches is set on the table's own level, and
// which it is; "" when there is none.
func (t *Table) assigned(match func(key string) bool) (where int, key string) {
	s := t.text.s[:t.span.to]
	t.text.tokens(t.span, func(at, depth int) bool {
		if depth != 0 || at > t.span.from && isBare(s[at-1]) {
			return false
		}
		end, name := at, ""
		if c := s[at]; c == '"' || c == '\'' {
			if end = t.text.quoted(at, len(s)) + 1; end <= len(s) && end > at+1 {
				name = s[at+1 : end-1]
			}
		} else {
			for end < len(s) && isBare(s[end]) {
				end++
			}
			name = s[at:end]
		}
		if name != "" && strings.HasPrefix(strings.TrimLeft(s[end:], " \t"), "=") && match(name) {
			where, key = at, name
		}
		return key != ""
	})
	return where, key
}

func isBare(c byte) bool {
	return c == '_' || c == '-' || c == '.' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

// headed are the pieces under the headings of key, each up to the next heading that
// is not below it.
func (t *Table) headed(key string) []span {
	var all []span
	name := t.path + key
	open := false
	for i := t.span.from; i < t.span.to; {
		end := strings.IndexByte(t.text.s[i:], '\n')
		switch h := t.text.heading(i); {
		case h == "":
		case h == name:
			if open {
				all[len(all)-1].to = i
			}
			all, open = append(all, span{i, t.span.to}), true
		case open && !strings.HasPrefix(h, name+"."):
			all[len(all)-1].to, open = i, false
		}
		if end < 0 {
			break
		}
		i += end + 1
	}
	return all
}

// spans are the tables at key: under headings, or in braces.
func (t *Table) spans(key string) []span {
	if s := t.headed(key); len(s) > 0 {
		return s
	}
	at, found := t.assigned(func(k string) bool { return k == key })
	if found == "" {
		return nil
	}
	eq := at + strings.IndexByte(t.text.s[at:], '=') + 1
	var all []span
	level := -1 // of the braces that count
	t.text.tokens(span{eq, t.span.to}, func(at, depth int) bool {
		switch c := t.text.s[at]; {
		case level < 0 && c == '[':
			level = 1
		case level < 0 && c == '{':
			level = 0
			all = append(all, span{at + 1, t.span.to})
		case c == '{' && depth == level:
			all = append(all, span{at + 1, t.span.to})
		case c == '}' && depth == level:
			all[len(all)-1].to = at
			return level == 0
		case c == ']' && depth == 0:
			return true
		}
		return false
	})
	return all
}
