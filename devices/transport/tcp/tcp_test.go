package tcp

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"
)

func TestOpen(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		io.Copy(c, io.LimitReader(c, 4))
	}()
	open := Open(l.Addr().String())
	s, err := open(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Write([]byte("ping")); err != nil {
		t.Fatal(err)
	}
	if got, _ := io.ReadAll(s); string(got) != "ping" {
		t.Errorf("got %q", got)
	}

	l.Close()
	if _, err := open(context.Background()); err == nil || !strings.HasPrefix(err.Error(), "cannot reach ") {
		t.Errorf("nobody listens: %v", err)
	}
}
