package client

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestEvents(t *testing.T) {
	for _, c := range []struct{ stream, want string }{
		{"data: a\n\n", "a"},
		{"data:a\r\n\r\n", "a"},
		{": comment\nid: 3\ndata: a\ndata: b\n\ndata: c\n\n", "a\nb|c"},
		{"data: cut off", ""},
		{"\n\n\n", ""},
	} {
		var got []string
		err := events(strings.NewReader(c.stream), func(d []byte) error { got = append(got, string(d)); return nil })
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%q: %v", c.stream, err)
		}
		if s := strings.Join(got, "|"); s != c.want {
			t.Errorf("%q: got %q, want %q", c.stream, s, c.want)
		}
	}
}

// FuzzEvents: whatever comes in, the reader ends with an error and hands over no
// more than came in.
func FuzzEvents(f *testing.F) {
	f.Add([]byte("event: screen\ndata: {\"seq\":1}\n\n"))
	f.Add([]byte("data\ndata:\ndata: \n\n:\n"))
	f.Fuzz(func(t *testing.T, stream []byte) {
		total := 0
		err := events(bytes.NewReader(stream), func(d []byte) error { total += len(d); return nil })
		if err == nil {
			t.Error("a stream that ended is no error")
		}
		if total > len(stream) {
			t.Errorf("%d bytes out of %d", total, len(stream))
		}
	})
}
