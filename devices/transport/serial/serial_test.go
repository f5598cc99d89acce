package serial

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creack/pty"

	"murur/devices/transport"
)

// pair opens a port on one side of a pseudo-terminal and returns the other side.
func pair(t *testing.T) (transport.Stream, *os.File) {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(Config{Name: slave.Name(), Baud: 115200, StopBits: 2})(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	slave.Close() // the port holds its own
	t.Cleanup(func() { s.Close(); master.Close() })
	return s, master
}

func allBytes() []byte {
	b := make([]byte, 256)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}

func TestEveryByteValuePassesBothWays(t *testing.T) {
	s, far := pair(t)
	for name, way := range map[string]struct {
		from io.Writer
		to   io.Reader
	}{"to device": {s, far}, "from device": {far, s}} {
		go way.from.Write(allBytes())
		got := make([]byte, 256)
		if _, err := io.ReadFull(way.to, got); err != nil {
			t.Fatal(name, err)
		}
		if !bytes.Equal(got, allBytes()) {
			t.Errorf("%s: got % X", name, got)
		}
	}
}

func TestCloseEndsRead(t *testing.T) {
	s, _ := pair(t)
	ended := make(chan error)
	started := make(chan struct{})
	go func() {
		close(started)
		_, err := s.Read(make([]byte, 1))
		ended <- err
	}()
	<-started
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, fs.ErrClosed) {
		t.Errorf("Read after Close: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}

func TestLostLine(t *testing.T) {
	s, far := pair(t)
	far.Close()
	if _, err := s.Read(make([]byte, 1)); !errors.Is(err, transport.ErrGone) {
		t.Errorf("Read on a lost line: %v", err)
	}
}

func TestNoSuchPort(t *testing.T) {
	_, err := Open(Config{Name: t.TempDir() + "/none"})(context.Background())
	if !errors.Is(err, transport.ErrGone) {
		t.Errorf("got %v", err)
	}
}

// line answers reads from a list; an empty slice is a timed-out read.
type line struct {
	io.ReadWriteCloser
	reads []func(b []byte) (int, error)
}

func (l *line) Read(b []byte) (int, error) {
	r := l.reads[0]
	l.reads = l.reads[1:]
	return r(b)
}

func TestSilenceIsNoError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		silence := func([]byte) (int, error) { time.Sleep(step); return 0, io.EOF }
		p := &port{line: &line{reads: []func([]byte) (int, error){
			silence, silence, silence, silence, silence, silence,
			func(b []byte) (int, error) { return copy(b, "x"), nil },
		}}}
		if n, err := p.Read(make([]byte, 4)); n != 1 || err != nil {
			t.Errorf("Read = %d, %v", n, err)
		}
	})
}

func TestHangUpIsALostLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var reads []func([]byte) (int, error)
		for range hungUp {
			reads = append(reads, func([]byte) (int, error) { return 0, io.EOF })
		}
		p := &port{line: &line{reads: reads}}
		if _, err := p.Read(make([]byte, 4)); !errors.Is(err, transport.ErrGone) {
			t.Errorf("Read = %v", err)
		}
	})
}
