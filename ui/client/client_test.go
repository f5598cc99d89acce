package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"murur/kiosk/front"
)

// pipe is a listener without a network, so that the tests run in fake time.
type pipe struct {
	conns chan net.Conn
	down  chan struct{}
	once  sync.Once
}

func (p *pipe) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.down:
		return nil, net.ErrClosed
	}
}
func (p *pipe) Close() error   { p.once.Do(func() { close(p.down) }); return nil }
func (p *pipe) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

func (p *pipe) dial(ctx context.Context) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case p.conns <- there:
		return here, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func serve(t *testing.T, h http.HandlerFunc) *pipe {
	p := &pipe{conns: make(chan net.Conn), down: make(chan struct{})}
	srv := &http.Server{Handler: h}
	go func() { _ = srv.Serve(p) }() // ends with Close
	t.Cleanup(func() { _ = srv.Close() })
	return p
}

func TestRunReconnectsForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		visits := 0
		p := serve(t, func(w http.ResponseWriter, r *http.Request) {
			visits++
			switch visits {
			case 1:
				http.Error(w, "starting", http.StatusServiceUnavailable)
			case 2:
				fmt.Fprint(w, "data: {garbage\n\n")
			case 3:
				fmt.Fprint(w, "data: "+strings.Repeat("x", 2*maxEvent)+"\n\n")
			default:
				s, _ := json.Marshal(front.Screen{Seq: uint64(visits), Name: front.Welcome, Lang: front.Arabic})
				fmt.Fprintf(w, ": hello\nevent: screen\ndata: %s\n\n", s)
			}
		})
		ctx, cancel := context.WithCancel(t.Context())
		var seen []uint64
		var losses []error
		c := New(p.dial)
		done := make(chan struct{})
		go func() {
			defer close(done)
			c.Run(ctx, func(s front.Screen) { seen = append(seen, s.Seq) }, func(err error) { losses = append(losses, err) })
		}()
		time.Sleep(10 * time.Second) // fake time
		synctest.Wait()
		cancel()
		<-done
		c.http.CloseIdleConnections()
		if len(seen) < 3 || seen[0] != 4 {
			t.Errorf("saw screens %v", seen)
		}
		if len(losses) < 5 {
			t.Fatalf("lost %d times", len(losses))
		}
		for i, want := range []string{"503", "cannot read a screen", "token too long"} {
			if !strings.Contains(losses[i].Error(), want) {
				t.Errorf("loss %d: %v, want %q", i, losses[i], want)
			}
		}
	})
}

func TestPausesGrow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		tries := 0
		c := New(func(context.Context) (net.Conn, error) { tries++; return nil, errors.New("no socket") })
		c.Run(ctx, func(front.Screen) {}, func(error) {})
		if tries < 25 || tries > 40 {
			t.Errorf("%d tries in a minute", tries)
		}
	})
}

func TestSend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got front.Input
		answer := http.StatusNoContent
		silent := false
		p := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if silent {
				_, _ = io.Copy(io.Discard, r.Body) // only then the server sees the client hang up
				<-r.Context().Done()
				return
			}
			if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
				t.Error(err)
			}
			w.WriteHeader(answer)
		})
		c := New(p.dial)
		defer c.http.CloseIdleConnections()
		in := front.Input{Screen: 7, Action: front.ActToggle, Value: "2026004411"}
		if err := c.Send(t.Context(), in); err != nil || got != in {
			t.Errorf("sent %+v, %v", got, err)
		}
		answer = http.StatusConflict
		if err := c.Send(t.Context(), in); !errors.Is(err, ErrStale) {
			t.Errorf("409: %v", err)
		}
		answer = http.StatusBadRequest
		if err := c.Send(t.Context(), in); !errors.Is(err, ErrRefused) {
			t.Errorf("400: %v", err)
		}
		silent = true
		if err := c.Send(t.Context(), in); err == nil {
			t.Error("a silent kiosk is no error")
		}
	})
}

// TestSilence: a kiosk that keeps the stream open but says nothing is stuck.
func TestSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := serve(t, func(w http.ResponseWriter, r *http.Request) {
			for range 5 { // alive for fifty seconds, then stuck
				fmt.Fprint(w, ": still here\n")
				w.(http.Flusher).Flush()
				time.Sleep(10 * time.Second) // fake time
			}
			<-r.Context().Done()
		})
		c := New(p.dial)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		began := time.Now()
		c.Run(ctx, func(front.Screen) {}, func(err error) {
			if !errors.Is(err, errSilence) {
				t.Errorf("lost: %v", err)
			}
			if d := time.Since(began); d < 60*time.Second || d > 80*time.Second {
				t.Errorf("lost after %v", d)
			}
			cancel()
		})
		c.http.CloseIdleConnections()
	})
}
