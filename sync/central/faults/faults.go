// Package faults makes a server misbehave on command. It is a test aid: a Switch
// stands in front of the real handler, and scenarios set one fault at a time,
// directly or over the small HTTP interface of Admin:
//
//	PUT /fault    {"mode":"status","path":"/v1/fines","times":1}
//	GET /fault    the fault in force, with the number of requests that met it
//	DELETE /fault
//
// Admin must be served on a loopback address of its own, never beside the contract.
package faults

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Mode is what goes wrong.
type Mode string

const (
	Status    Mode = "status"    // answers 500 without the contract's form
	Garbage   Mode = "garbage"   // answers 200 with bytes that are no JSON
	Truncated Mode = "truncated" // the connection ends in the middle of the true body
	Silence   Mode = "silence"   // takes the request and says nothing
	Offline   Mode = "offline"   // ends the connection before the request is served
	Slow      Mode = "slow"      // serves after Delay
	Lost      Mode = "lost"      // serves, but the answer never arrives
	Unknown   Mode = "unknown"   // the true answer with a member nobody knows
)

// Fault is one fault in force.
type Fault struct {
	Mode  Mode          `json:"mode"`
	Path  string        `json:"path,omitempty"`  // beginning of the paths it meets; empty: all
	Times int           `json:"times,omitempty"` // ends after so many requests; 0: when cleared
	Delay time.Duration `json:"delay,omitempty"` // of Slow, in nanoseconds
	Met   int           `json:"met"`             // requests that met it; ignored by Set
}

// ErrMode: no such mode.
var ErrMode = errors.New("no such fault mode")

// Switch holds the fault in force. The zero Switch has none. It is safe for
// concurrent use.
type Switch struct {
	mu      sync.Mutex
	fault   *Fault
	cleared chan struct{} // closed when fault ends; never nil while fault is set
}

// Set puts f in force instead of the one before. Errors: ErrMode.
func (s *Switch) Set(f Fault) error {
	switch f.Mode {
	case Status, Garbage, Truncated, Silence, Offline, Slow, Lost, Unknown:
	default:
		return ErrMode
	}
	f.Met = 0
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clear()
	s.fault, s.cleared = &f, make(chan struct{})
	return nil
}

// Clear ends the fault in force. Requests that wait in silence are cut off.
func (s *Switch) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clear()
}

func (s *Switch) clear() {
	if s.fault != nil {
		close(s.cleared)
		s.fault = nil
	}
}

// meet counts the request and returns the fault it meets.
func (s *Switch) meet(path string) (f Fault, cleared <-chan struct{}, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fault == nil || !strings.HasPrefix(path, s.fault.Path) || s.fault.Times > 0 && s.fault.Met >= s.fault.Times {
		return Fault{}, nil, false
	}
	s.fault.Met++
	return *s.fault, s.cleared, true
}

// Wrap stands in front of next.
func (s *Switch) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, cleared, ok := s.meet(r.URL.Path)
		if !ok {
			next.ServeHTTP(w, r)
			return
		}
		f.serve(w, r, next, cleared)
	})
}

func (f Fault) serve(w http.ResponseWriter, r *http.Request, next http.Handler, cleared <-chan struct{}) {
	switch f.Mode {
	case Status:
		http.Error(w, "fault", http.StatusInternalServerError)
	case Garbage:
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte("\x00\xff{{ this is no JSON"))
	case Offline:
		panic(http.ErrAbortHandler)
	case Silence:
		wait(r, cleared, nil)
		panic(http.ErrAbortHandler)
	case Slow:
		timer := time.NewTimer(f.Delay)
		defer timer.Stop()
		body := wait(r, cleared, timer.C)
		r.Body = io.NopCloser(bytes.NewReader(body))
		next.ServeHTTP(w, r)
	default:
		answer := &kept{header: w.Header(), status: http.StatusOK}
		next.ServeHTTP(answer, r)
		f.spoil(w, answer)
	}
}

// spoil sends what is left of the true answer.
func (f Fault) spoil(w http.ResponseWriter, answer *kept) {
	body := answer.body.Bytes()
	switch f.Mode {
	case Truncated:
		w.WriteHeader(answer.status)
		_, _ = w.Write(body[:len(body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	case Unknown:
		body = bytes.Replace(body, []byte("{"), []byte(`{"unknown":{"member":[1,null]},`), 1)
		w.WriteHeader(answer.status)
		_, _ = w.Write(body)
	default: // Lost
		panic(http.ErrAbortHandler)
	}
}

// wait ends with the fault, the client or the timer, and returns the request's
// body: the server notices that the client is gone only when all of it is read.
func wait(r *http.Request, cleared <-chan struct{}, timer <-chan time.Time) []byte {
	body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20)) // what is missing, next will notice
	select {
	case <-r.Context().Done():
	case <-cleared:
	case <-timer:
	}
	return body
}

// kept is an answer that has not been sent.
type kept struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (k *kept) Header() http.Header         { return k.header }
func (k *kept) WriteHeader(status int)      { k.status = status }
func (k *kept) Write(b []byte) (int, error) { return k.body.Write(b) }

// Admin serves the interface for scenarios.
func (s *Switch) Admin() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /fault", func(w http.ResponseWriter, r *http.Request) {
		var f Fault
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4096)).Decode(&f); err != nil {
			http.Error(w, "cannot read fault: "+err.Error(), http.StatusBadRequest)
			return
		}
		if err := s.Set(f); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("DELETE /fault", func(w http.ResponseWriter, _ *http.Request) {
		s.Clear()
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET /fault", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(s.current())
	})
	return mux
}

// current is the fault in force, zero for none.
func (s *Switch) current() Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fault == nil {
		return Fault{}
	}
	return *s.fault
}
