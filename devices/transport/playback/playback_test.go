package playback

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"strings"
	"testing"

	"murur/devices/transport"
)

// tb collects what a test would fail with.
type tb struct {
	errors  []string
	cleanup func()
}

func (t *tb) Helper() {}
func (t *tb) Errorf(format string, args ...any) {
	t.errors = append(t.errors, fmt.Sprintf(format, args...))
}
func (t *tb) Cleanup(f func()) { t.cleanup = f }

const recording = `
# a device that answers a question
> 05
< 06 15    # in two parts
> 10 02
`

func play(t *testing.T, use func(transport.Stream)) []string {
	t.Helper()
	steps, err := Parse(strings.NewReader(recording))
	if err != nil {
		t.Fatal(err)
	}
	fake := &tb{}
	s, err := Play(fake, steps)(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	use(s)
	fake.cleanup()
	return fake.errors
}

func TestPlay(t *testing.T) {
	errs := play(t, func(s transport.Stream) {
		got := make(chan string)
		go func() {
			b := make([]byte, 2)
			io.ReadFull(io.MultiReader(io.LimitReader(s, 1), s), b)
			got <- string(b)
		}()
		s.Write([]byte{0x05})
		if b := <-got; b != "\x06\x15" {
			t.Errorf("read % X", b)
		}
		s.Write([]byte{0x10, 0x02})
		s.Close()
		if _, err := s.Read(make([]byte, 1)); !errors.Is(err, fs.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	})
	if len(errs) != 0 {
		t.Error(errs)
	}
}

func TestPlayFails(t *testing.T) {
	for name, use := range map[string]func(transport.Stream){
		"nothing played": func(s transport.Stream) {},
		"one step left":  func(s transport.Stream) { s.Write([]byte{5}); s.Read(make([]byte, 2)); s.Write([]byte{0x10}) },
		"other bytes":    func(s transport.Stream) { s.Write([]byte{6}); s.Read(make([]byte, 2)); s.Write([]byte{0x10, 2}) },
		"too early":      func(s transport.Stream) { s.Write([]byte{5, 0x10}); s.Read(make([]byte, 2)); s.Write([]byte{0x10, 2}) },
		"too much":       func(s transport.Stream) { s.Write([]byte{5}); s.Read(make([]byte, 2)); s.Write([]byte{0x10, 2, 3}) },
	} {
		if errs := play(t, use); len(errs) != 1 {
			t.Errorf("%s: %q", name, errs)
		}
	}
}

func TestRecord(t *testing.T) {
	near, far := net.Pipe()
	go func() {
		b := make([]byte, 1)
		far.Read(b)
		far.Write([]byte{0x06})
		far.Close()
	}()
	var log bytes.Buffer
	s, err := Record(func(context.Context) (transport.Stream, error) { return near, nil }, &log)(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	s.Write([]byte{0x05})
	io.ReadAll(s)
	if got := log.String(); got != "> 05\n< 06\n" {
		t.Errorf("recorded %q", got)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, s := range []string{"06", "> 0", ">", "? 05", "< XX"} {
		if _, err := Parse(strings.NewReader("\n" + s)); err == nil || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%q: %v", s, err)
		}
	}
}

// A recording can be played again.
func TestPlayTwice(t *testing.T) {
	steps, err := Parse(strings.NewReader(recording))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		fake := &tb{}
		s, _ := Play(fake, steps)(t.Context())
		s.Write([]byte{0x05})
		b := make([]byte, 2)
		if n, err := s.Read(b); n != 2 || err != nil {
			t.Errorf("% X, %v", b[:n], err)
		}
		s.Write([]byte{0x10, 0x02})
		if fake.cleanup(); len(fake.errors) > 0 {
			t.Error(fake.errors)
		}
	}
}
