// Package uplink delivers the kiosk's log to the central server: the records after
// the watermark, in order, until the server has them all, then whenever the log
// grows. The log itself is the queue, so nothing is kept here that a power cut
// could lose; a delivery whose answer got lost is simply made again.
//
// # What can go wrong
//
//   - No usable answer: tried again after 1 s, 2 s, 4 s … 60 s, each shortened by
//     up to half at random, so that a city of kiosks does not come back at once.
//   - The server is behind (it was restored): delivered again from its head.
//   - The server has another chain, or finds ours broken: a person must look. The
//     uplink stops delivering and says so in its Status; nothing is lost, because
//     the ledger keeps what is not acknowledged.
package uplink

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"murur/kiosk/event"
	"murur/kiosk/ledger/record"
	"murur/sync/api"
)

// Ledger is what the uplink needs of the kiosk's log.
type Ledger interface {
	// Head is the newest record.
	Head() record.Head
	// Watermark is the newest record that the server has acknowledged.
	Watermark() record.Head
	// After returns up to limit records that follow seq. It fails when they were
	// pruned.
	After(seq uint64, limit int) ([]record.Record, error)
	// Acknowledge notes that the server has all records up to h. One that is not
	// past the watermark changes nothing.
	Acknowledge(h record.Head) error
	// Changed receives after records were appended; it may hold one value.
	Changed() <-chan struct{}
}

const (
	batchRecords = 100
	batchBytes   = api.MaxBatchBytes / 2
	askTimeout   = 15 * time.Second
	backoffFirst = time.Second
	backoffMost  = time.Minute
)

// Code says why the log is not delivered. Empty: it is.
type Code string

const (
	Unreachable Code = "unreachable" // no answer
	Refused     Code = "refused"     // answered, but would not take it
	Garbled     Code = "garbled"     // the answer makes no sense
	LedgerFault Code = "ledger"      // our own log cannot be read or marked
	Fork        Code = "fork"        // the server has another chain: a person must look
	Broken      Code = "broken"      // the server finds our records changed: likewise
)

// Final tells whether only a person can go on from here.
func (c Code) Final() bool { return c == Fork || c == Broken }

// Status is how the delivery stands.
type Status struct {
	OK    time.Time `json:"ok,omitzero"` // last accepted delivery
	Lag   uint64    `json:"lag"`         // records that the server does not have
	Code  Code      `json:"code,omitempty"`
	Since time.Time `json:"since,omitzero"` // when Code became what it is
}

// Options say what to deliver and to whom.
type Options struct {
	Ledger Ledger
	URL    string              // of the server
	Kiosk  string              // this kiosk's id
	HTTP   api.HttpRequestDoer // default api.NewHTTPClient(nil)
	Jitter func() float64      // in [0,1); default random
	Log    *slog.Logger        // default: nowhere
}

// Uplink delivers a log. One Run at a time; Status at any time.
type Uplink struct {
	ledger Ledger
	client *api.Client
	jitter func() float64
	log    *slog.Logger

	mu     sync.Mutex
	status Status // Lag is computed when asked for
}

// New checks the options; it does not connect.
func New(o Options) (*Uplink, error) {
	if o.HTTP == nil {
		o.HTTP = api.NewHTTPClient(nil)
	}
	if o.Jitter == nil {
		o.Jitter = rand.Float64
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	client, err := api.Dial(o.URL, o.Kiosk, o.HTTP)
	if err != nil {
		return nil, err
	}
	return &Uplink{ledger: o.Ledger, client: client, jitter: o.Jitter, log: o.Log}, nil
}

// Status is safe to call at any time.
func (u *Uplink) Status() Status {
	u.mu.Lock()
	defer u.mu.Unlock()
	s := u.status
	s.Lag = u.ledger.Head().Seq - u.ledger.Watermark().Seq
	return s
}

// Run delivers until ctx ends.
func (u *Uplink) Run(ctx context.Context) {
	from, failures := u.ledger.Watermark(), 0
	for {
		next, code := u.deliver(ctx, from)
		if ctx.Err() != nil {
			return
		}
		u.note(code)
		switch {
		case code.Final():
			<-ctx.Done()
		case code != "":
			failures++
			u.pause(ctx, failures)
		case next == from: // all delivered
			select {
			case <-ctx.Done():
			case <-u.ledger.Changed():
			}
		default:
			from, failures = next, 0
		}
	}
}

// note keeps what became of the last delivery.
func (u *Uplink) note(code Code) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if code == u.status.Code {
		return
	}
	u.status.Code, u.status.Since = code, time.Now()
	switch {
	case code == "":
		event.Log(u.log, event.UplinkOK)
	case code.Final():
		event.Log(u.log, event.UplinkFork, "code", code)
	}
}

// delivered keeps when a delivery was accepted.
func (u *Uplink) delivered() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.status.OK = time.Now()
}

func (u *Uplink) pause(ctx context.Context, failures int) {
	wait := min(backoffFirst<<min(failures-1, 10), backoffMost)
	timer := time.NewTimer(wait - time.Duration(u.jitter()*float64(wait)/2))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
