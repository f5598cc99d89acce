package tlv

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
)

func unhex(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

func TestFind(t *testing.T) {
	long := strings.Repeat("41", 200)
	for name, c := range map[string]struct{ data, path, want string }{
		"nested":             {"E1 08 C1 02 3132 C2 02 3334", "E1/C2", "3334"},
		"padding":            {"00 FF C1 01 31 FF 00", "C1", "31"},
		"two-byte tag":       {"5F20 01 41", "5F20", "41"},
		"three-byte tag":     {"DF8101 01 41", "DF8101", "41"},
		"long length":        {"C1 81 C8" + long, "C1", long},
		"longer length":      {"C1 82 00C8" + long, "C1", long},
		"longest length":     {"C1 83 0000C8" + long, "C1", long},
		"empty":              {"C1 00", "C1", ""},
		"same tag elsewhere": {"C1 01 31 E1 03 C1 01 32", "E1/C1", "32"},
	} {
		path, err := ParsePath(c.path)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		objects, err := Parse(unhex(c.data))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got, err := Find(objects, path); err != nil || !bytes.Equal(got, unhex(c.want)) {
			t.Errorf("%s: got %X, %v", name, got, err)
		}
	}
}

func TestRefuses(t *testing.T) {
	deep := "C100"
	for range maxDepth {
		deep = "E1" + hex.EncodeToString([]byte{byte(len(deep) / 2)}) + deep
	}
	for name, c := range map[string]struct {
		data string
		want error
	}{
		"indefinite length":   {"E1 80 C1 01 31 00 00", ErrMalformed},
		"length of 4 bytes":   {"C1 84 00000001 31", ErrMalformed},
		"no length":           {"C1", ErrMalformed},
		"half a length":       {"C1 82 01", ErrMalformed},
		"endless tag":         {"5F FF FF FF 01", ErrMalformed},
		"half a tag":          {"5F", ErrMalformed},
		"beyond the end":      {"C1 05 31", ErrMalformed},
		"beyond the parent":   {"E1 03 C1 05 31 3233343536", ErrMalformed},
		"padding in a parent": {"E1 04 00 C1 01 31", ErrMalformed},
		"too deep":            {deep, ErrMalformed},
		"twice":               {"C1 01 31 C1 01 32", ErrTwice},
		"absent":              {"C2 01 31", ErrAbsent},
		"nothing":             {"", ErrAbsent},
	} {
		objects, err := Parse(unhex(c.data))
		if err == nil {
			_, err = Find(objects, Path{0xC1})
		}
		if !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	if _, err := Parse(make([]byte, maxTotal+1)); !errors.Is(err, ErrMalformed) {
		t.Errorf("too long: %v", err)
	}
}

func TestParsePathRefuses(t *testing.T) {
	for _, s := range []string{"", "/", "C", "C1/", "XX", "5F", "C1C2", "C1/C1/C1/C1/C1/C1/C1/C1/C1", "01020304"} {
		if p, err := ParsePath(s); err == nil {
			t.Errorf("%q: got %v", s, p)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Fuzz(func(t *testing.T, b []byte) {
		objects, err := Parse(b)
		if err != nil {
			return
		}
		var sum func([]Object) int
		sum = func(objects []Object) (n int) {
			for _, o := range objects {
				if o.Tag.constructed() {
					n += sum(o.Children)
				} else {
					n += len(o.Value)
				}
			}
			return n
		}
		if n := sum(objects); n > len(b) {
			t.Errorf("% X: %d bytes of values out of %d", b, n, len(b))
		}
	})
}
