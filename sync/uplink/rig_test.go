package uplink

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"murur/kiosk/ledger"
	"murur/kiosk/ledger/record"
	"murur/sync/central"
	"murur/sync/central/boltstore"
)

var _ Ledger = (*ledger.Ledger)(nil)

// memory is a log in memory.
type memory struct {
	mu        sync.Mutex
	records   []record.Record // of one epoch
	pruned    uint64          // records up to this one are gone
	watermark record.Head
	changed   chan struct{}
	broken    error
}

func newMemory() *memory { return &memory{changed: make(chan struct{}, 1)} }

func (m *memory) Head() record.Head {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.head()
}

func (m *memory) head() record.Head {
	if len(m.records) == 0 {
		return record.Head{}
	}
	r := m.records[len(m.records)-1]
	return record.Head{Epoch: r.Epoch, Seq: r.Seq, Hash: r.Hash}
}

func (m *memory) Watermark() record.Head {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.watermark
}

func (m *memory) Changed() <-chan struct{} { return m.changed }

func (m *memory) After(seq uint64, limit int) ([]record.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken != nil {
		return nil, m.broken
	}
	if seq < m.pruned || seq > uint64(len(m.records)) {
		return nil, errors.New("no such record")
	}
	rest := m.records[seq:]
	return rest[:min(limit, len(rest))], nil
}

func (m *memory) Acknowledge(h record.Head) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if h.Seq > uint64(len(m.records)) || m.records[h.Seq-1].Hash != h.Hash {
		return errors.New("not on the chain")
	}
	if h.Seq > m.watermark.Seq {
		m.watermark = h
	}
	return nil
}

func (m *memory) append(n int, payload string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for range n {
		head := m.head()
		r := record.Record{
			Kiosk: "K-1", Seq: head.Seq + 1, At: time.Now().UTC(), Kind: "note", Prev: head.Hash,
			Payload: json.RawMessage(payload),
		}
		r.Hash = r.Sum()
		m.records = append(m.records, r)
	}
	select {
	case m.changed <- struct{}{}:
	default:
	}
}

// fail makes reading fail, or work again.
func (m *memory) fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.broken = err
}

// wire is the way to a real server in memory, with one fault.
type wire struct {
	mu     sync.Mutex
	server http.Handler
	store  central.Store
	fault  fault // nil: none
	asked  []time.Time
}

// fault answers instead of the server, or spoils what serve answers.
type fault func(q *http.Request, serve func() *http.Response) (*http.Response, error)

func (w *wire) Do(q *http.Request) (*http.Response, error) {
	w.mu.Lock()
	w.asked = append(w.asked, time.Now())
	server, spoil := w.server, w.fault
	w.mu.Unlock()
	serve := func() *http.Response {
		answer := httptest.NewRecorder()
		server.ServeHTTP(answer, q)
		return answer.Result()
	}
	if spoil != nil {
		return spoil(q, serve)
	}
	return serve(), nil
}

// set puts a fault in force; nil ends it. It forgets the requests so far.
func (w *wire) set(f fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fault, w.asked = f, nil
}

// attempts are the times of the requests since the last set.
func (w *wire) attempts() []time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.asked)
}

// restore puts an empty server in place of the one before.
func (w *wire) restore(t *testing.T) {
	store, err := boltstore.Open(filepath.Join(t.TempDir(), "central.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	w.mu.Lock()
	defer w.mu.Unlock()
	w.store, w.server = store, central.New(store, central.Options{}).Handler(central.ByHeader)
}

func (w *wire) head(t *testing.T) (h record.Head) {
	t.Helper()
	err := w.store.View(context.Background(), func(db central.Reader) (err error) {
		h, err = db.Head("K-1")
		return err
	})
	if err != nil && !errors.Is(err, central.ErrNone) {
		t.Fatal(err)
	}
	return h
}

// run runs an uplink over w in a bubble of time.
func run(t *testing.T, body func(t *testing.T, m *memory, w *wire, start func(jitter float64) *Uplink)) {
	synctest.Test(t, func(t *testing.T) {
		m, w := newMemory(), &wire{}
		w.restore(t)
		ctx, cancel := context.WithCancel(context.Background())
		var done []chan struct{}
		body(t, m, w, func(jitter float64) *Uplink {
			u, err := New(Options{Ledger: m, URL: "http://central", Kiosk: "K-1", HTTP: w, Jitter: func() float64 { return jitter }})
			if err != nil {
				t.Fatal(err)
			}
			ended := make(chan struct{})
			done = append(done, ended)
			go func() { defer close(ended); u.Run(ctx) }()
			synctest.Wait()
			return u
		})
		cancel()
		for _, ended := range done {
			<-ended
		}
	})
}

// check says how far the delivery must be.
func check(t *testing.T, when string, u *Uplink, m *memory, w *wire, code Code) {
	t.Helper()
	s := u.Status()
	if s.Code != code {
		t.Errorf("%s: code %q, want %q", when, s.Code, code)
	}
	if code == "" && (s.Lag != 0 || m.watermark != m.Head() || w.head(t) != m.Head()) {
		t.Errorf("%s: %+v, watermark %d, server %d, head %d", when, s, m.watermark.Seq, w.head(t).Seq, m.Head().Seq)
	}
}

func lost(_ *http.Request, serve func() *http.Response) (*http.Response, error) {
	serve()
	return nil, errors.New("connection reset")
}

func offline(*http.Request, func() *http.Response) (*http.Response, error) {
	return nil, errors.New("connection refused")
}

// answering is a server that says always the same.
func answering(status int, media, body string) fault {
	return func(*http.Request, func() *http.Response) (*http.Response, error) {
		answer := httptest.NewRecorder()
		answer.Header().Set("Content-Type", media)
		answer.WriteHeader(status)
		fmt.Fprint(answer, body)
		return answer.Result(), nil
	}
}
