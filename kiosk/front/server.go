package front

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"murur/kiosk/socket"
)

// Desk is the kiosk behind the front socket.
type Desk interface {
	// Board is where the present screen stands.
	Board() *Board
	// Input takes a touch. Errors: ErrStale; any other means "not offered".
	Input(ctx context.Context, in Input) error
}

// Limits of the front socket: one screen needs two connections, one touch a few
// hundred bytes.
const (
	maxInput       = 4 << 10
	maxConnections = 16
	readDeadline   = 5 * time.Second
	keepAlive      = 10 * time.Second
)

// Serve serves the front socket until ctx ends. refused is told of clients that sent
// what is not allowed; it may be called from many goroutines.
func Serve(ctx context.Context, l net.Listener, d Desk, refused func(error)) error {
	s := server{desk: d, refused: refused}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /screen", s.screen)
	mux.HandleFunc("POST /input", s.input)
	return socket.Serve(ctx, &limited{Listener: l, refused: refused, slots: make(chan struct{}, maxConnections)}, mux)
}

type server struct {
	desk    Desk
	refused func(error)
}

// screen streams every new Screen as a server-sent event. A slow reader gets the
// newest one and misses those between.
func (s server) screen(w http.ResponseWriter, r *http.Request) {
	out := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	ticker := time.NewTicker(keepAlive)
	defer ticker.Stop()
	var sent uint64
	for {
		screen, changed := s.desk.Board().Now()
		if screen.Seq != sent {
			data, err := json.Marshal(screen)
			if err != nil {
				s.refused(err)
				return
			}
			if _, err := fmt.Fprintf(w, "data: %s\n\n", data); err != nil {
				return
			}
			sent = screen.Seq
		}
		if out.Flush() != nil {
			return
		}
		select {
		case <-changed:
		case <-ticker.C: // finds out that the client is gone
			if _, err := io.WriteString(w, ":\n\n"); err != nil {
				return
			}
		case <-r.Context().Done():
			return
		}
	}
}

func (s server) input(w http.ResponseWriter, r *http.Request) {
	http.NewResponseController(w).SetReadDeadline(time.Now().Add(readDeadline))
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxInput))
	decoder.DisallowUnknownFields()
	var in Input
	if err := decoder.Decode(&in); err != nil {
		s.refused(fmt.Errorf("cannot read input: %w", err))
		http.Error(w, "this is not an input", http.StatusBadRequest)
		return
	}
	switch err := s.desk.Input(r.Context(), in); {
	case err == nil:
		w.WriteHeader(http.StatusNoContent)
	case errors.Is(err, ErrStale):
		http.Error(w, "the screen has changed", http.StatusConflict)
	default:
		http.Error(w, "the screen does not offer this", http.StatusBadRequest)
	}
}

// limited closes connections beyond the limit at once, so that a misbehaving client
// cannot use the kiosk's memory up.
type limited struct {
	net.Listener
	refused func(error)
	slots   chan struct{}
}

func (l *limited) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		select {
		case l.slots <- struct{}{}:
			return &counted{Conn: c, free: func() { <-l.slots }}, nil
		default:
			l.refused(errors.New("too many connections"))
			c.Close()
		}
	}
}

// counted gives its place back when it is closed.
type counted struct {
	net.Conn
	free func()
	once sync.Once
}

func (c *counted) Close() error {
	c.once.Do(c.free)
	return c.Conn.Close()
}
