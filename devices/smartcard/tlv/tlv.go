// Package tlv reads BER-TLV data objects, ISO/IEC 7816-4 §5.2.2, as they stand in
// card files. Input comes from cards that anybody can make, so everything is
// bounded: tags of at most three bytes, definite lengths of at most three bytes, 8
// levels, 64 KiB.
package tlv

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

const (
	maxDepth = 8
	maxTotal = 64 << 10
)

// Tag is a tag's bytes, the first one highest: E1, 5F20, DF8101.
type Tag uint32

func (t Tag) String() string {
	switch {
	case t > 0xFFFF:
		return fmt.Sprintf("%06X", uint32(t))
	case t > 0xFF:
		return fmt.Sprintf("%04X", uint32(t))
	}
	return fmt.Sprintf("%02X", uint32(t))
}

// constructed reports whether the tag's first byte says so.
func (t Tag) constructed() bool {
	for t > 0xFF {
		t >>= 8
	}
	return t&0x20 != 0
}

// Path names an object by the tags that lead to it, written "E1/C1".
type Path []Tag

// ParsePath reads a path of hexadecimal tags.
func ParsePath(s string) (Path, error) {
	var p Path
	for part := range strings.SplitSeq(s, "/") {
		v, err := strconv.ParseUint(part, 16, 24)
		if err != nil || len(part)%2 != 0 {
			return nil, fmt.Errorf("cannot read tag path %q: %q is not a tag of 1 to 3 bytes", s, part)
		}
		b := []byte{byte(v >> 16), byte(v >> 8), byte(v)}[3-len(part)/2:]
		if _, rest, err := readTag(b); err != nil || len(rest) != 0 {
			return nil, fmt.Errorf("cannot read tag path %q: %q is not one tag", s, part)
		}
		p = append(p, Tag(v))
	}
	if len(p) > maxDepth {
		return nil, fmt.Errorf("cannot read tag path %q: more than %d levels", s, maxDepth)
	}
	return p, nil
}

// Object is a data object: a value, or objects when the tag is constructed.
type Object struct {
	Tag      Tag
	Value    []byte // without tag and length; for a constructed object too
	Children []Object
}

// Errors of Parse and Find.
var (
	ErrMalformed = errors.New("data objects are malformed")
	ErrAbsent    = errors.New("no such data object")
	ErrTwice     = errors.New("data object is there twice")
)

// Parse reads all objects of b. Bytes 00 and FF between objects on the outermost
// level are padding.
func Parse(b []byte) ([]Object, error) {
	if len(b) > maxTotal {
		return nil, malformed("%d bytes, at most %d", len(b), maxTotal)
	}
	return parse(b, 1)
}

func parse(b []byte, depth int) ([]Object, error) {
	if depth > maxDepth {
		return nil, malformed("more than %d levels", maxDepth)
	}
	var objects []Object
	for len(b) > 0 {
		if depth == 1 && (b[0] == 0x00 || b[0] == 0xFF) {
			b = b[1:]
			continue
		}
		tag, rest, err := readTag(b)
		if err != nil {
			return nil, err
		}
		n, rest, err := readLength(rest)
		if err != nil {
			return nil, fmt.Errorf("%w (tag %v)", err, tag)
		}
		if n > len(rest) {
			return nil, malformed("tag %v is %d bytes long, %d are left", tag, n, len(rest))
		}
		o := Object{Tag: tag, Value: rest[:n]}
		if tag.constructed() {
			if o.Children, err = parse(o.Value, depth+1); err != nil {
				return nil, err
			}
		}
		objects, b = append(objects, o), rest[n:]
	}
	return objects, nil
}

func readTag(b []byte) (Tag, []byte, error) {
	if len(b) == 0 {
		return 0, nil, malformed("no tag")
	}
	t := Tag(b[0])
	if b[0]&0x1F != 0x1F {
		return t, b[1:], nil
	}
	for i := 1; i < len(b) && i < 3; i++ {
		t = t<<8 | Tag(b[i])
		if b[i]&0x80 == 0 {
			return t, b[i+1:], nil
		}
	}
	return 0, nil, malformed("a tag does not end")
}

func readLength(b []byte) (int, []byte, error) {
	if len(b) == 0 {
		return 0, nil, malformed("no length")
	}
	n := int(b[0])
	if n < 0x80 {
		return n, b[1:], nil
	}
	size := n - 0x80
	if size == 0 || size > 3 || size >= len(b) {
		return 0, nil, malformed("length byte %02X", n)
	}
	n = 0
	for _, v := range b[1 : 1+size] {
		n = n<<8 | int(v)
	}
	return n, b[1+size:], nil
}

// Find returns the value of the object at path. An object that is there twice on
// its level is an error: there is no telling which of them is meant.
func Find(objects []Object, path Path) ([]byte, error) {
	var found *Object
	for i, tag := range path {
		found = nil
		for j := range objects {
			if objects[j].Tag != tag {
				continue
			}
			if found != nil {
				return nil, fmt.Errorf("%w: %v at level %d", ErrTwice, tag, i+1)
			}
			found = &objects[j]
		}
		if found == nil {
			return nil, fmt.Errorf("%w: %v at level %d", ErrAbsent, tag, i+1)
		}
		objects = found.Children
	}
	if found == nil {
		return nil, ErrAbsent
	}
	return found.Value, nil
}

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrMalformed, fmt.Sprintf(format, args...))
}

// Size is the length of the first object of b, with tag and length bytes, whether
// all of it is in b or not; false when b does not begin with an object's head.
func Size(b []byte) (int, bool) {
	_, rest, err := readTag(b)
	if err != nil {
		return 0, false
	}
	n, rest, err := readLength(rest)
	if err != nil {
		return 0, false
	}
	return len(b) - len(rest) + n, true
}
