package campaign

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"murur/sync/central"
	"murur/sync/central/boltstore"
)

// outage is what the way to the central server does to its requests.
type outage string

const (
	down    outage = "down"    // no request arrives
	lost    outage = "lost"    // requests arrive, answers do not
	failing outage = "failing" // answered with 500 by something in between
	garbled outage = "garbled" // half of the answer
	slow    outage = "slow"    // arrives after half a minute, when nobody waits any more
)

var outages = []outage{down, lost, failing, garbled, slow}

// office is the real central server at the far end of a network.
type office struct {
	store   *boltstore.Store
	server  *central.Server
	handler http.Handler
	ctx     context.Context
	wg      sync.WaitGroup
	seed    uint64

	mu     sync.Mutex
	outage outage
	path   string // what it strikes: the beginning of the path
}

func newOffice(ctx context.Context, file string, seed uint64) (*office, error) {
	store, err := boltstore.Open(file)
	if err != nil {
		return nil, err
	}
	server := central.New(store, central.Options{})
	return &office{ctx: ctx, store: store, seed: seed, server: server, handler: server.Handler(central.ByHeader)}, nil
}

// set puts an outage in force for paths that begin so; an empty one ends it.
func (o *office) set(what outage, path string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.outage, o.path = what, path
}

// travel is how long a request is on its way, and the outage it meets.
func (o *office) travel(method, path, body string) (there, back time.Duration, met outage) {
	leg := func(place string) time.Duration {
		return 5*time.Millisecond + pace{o.seed, place + method + path}.upTo(60*time.Millisecond, []byte(body))
	}
	there, back = leg("to "), leg("from ")
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.outage != "" && strings.HasPrefix(path, o.path) {
		met = o.outage
	}
	if met == slow {
		there += 30 * time.Second
	}
	return there, back, met
}

var errNetwork = errors.New("connection reset")

// doer is the network as one life of the kiosk has it: an api.HttpRequestDoer.
type doer struct {
	*office
	alive func() bool
}

// Do sends a request. What has been sent arrives, also when nobody waits any more.
func (d *doer) Do(q *http.Request) (*http.Response, error) {
	if !d.alive() {
		return nil, errNetwork
	}
	body := ""
	if q.Body != nil {
		b, err := io.ReadAll(q.Body)
		if err != nil {
			return nil, err
		}
		body = string(b)
	}
	there, back, met := d.travel(q.Method, q.URL.Path, body)
	came := make(chan *http.Response, 1)
	d.wg.Go(func() {
		if !d.sleep(there) {
			return
		}
		var answer *http.Response
		switch met {
		case down:
		case failing:
			w := httptest.NewRecorder()
			http.Error(w, "bad gateway", http.StatusInternalServerError)
			answer = w.Result()
		default:
			r := httptest.NewRequestWithContext(d.ctx, q.Method, q.URL.RequestURI(), strings.NewReader(body))
			r.Header = q.Header.Clone()
			w := httptest.NewRecorder()
			d.handler.ServeHTTP(w, r)
			if met == garbled {
				w.Body.Truncate(w.Body.Len() / 2)
			}
			answer = w.Result()
		}
		if !d.sleep(back) {
			return
		}
		if met == lost {
			answer = nil
		}
		came <- answer
	})
	select {
	case answer := <-came:
		if answer == nil || !d.alive() {
			return nil, errNetwork
		}
		return answer, nil
	case <-q.Context().Done():
		return nil, q.Context().Err()
	}
}

func (o *office) sleep(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-o.ctx.Done():
		return false
	}
}
