// Package central is the reference central server: it knows the fines, keeps one
// from being paid at two kiosks, lets one kiosk at a time print a licence, and receives
// every kiosk's log.
//
// # Fines
//
// A fine is open, reserved, or paid. A reservation belongs to one kiosk and ends by
// itself. After a payment the department's own records take up to fifteen minutes;
// for that time a fine is shown as being recorded, then no more. Both are measured
// with the server's clock only, because a kiosk's may be wrong. When a kiosk reports
// that it does not know what became of a payment, its fines stay reserved until it
// reports the outcome.
//
// # Licences
//
// Whether an application can be collected is the department's decision and comes with
// it. A lease lets one kiosk print one card: for a visit it lasts ten minutes, given in
// advance until a date, and once a kiosk reported that a visit has begun, until it
// reports its end. No lease is given while a fine stands before the licence. One in
// advance says whether any did.
//
//	record            what it does to the application
//	pickup.begun      the lease lasts
//	pickup.released   the lease lasts for its own time only
//	pickup.issued     over; if it was over already, or another issue: a Difference
//	pickup.promised   unclear, and a Difference: no kiosk gets it any more
//	pickup.retracted  so here
//	pickup.unknown    so here
//	ledger.epoch      so here, for everything that the kiosk has leased
//
// What is unclear ends by the department's decision only (Decide): one more card, with
// the next issue number, or none.
//
// # Records
//
// A kiosk delivers its hash-chained log in order. The server takes a record only
// when it is the next one and the chain holds, compares what it has already, and
// answers with the end of what it has, the watermark. Nothing that a record says
// can make the server refuse it: a payment that does not fit the server's own books
// has happened all the same, so it is posted and a Difference tells staff.
//
// A kiosk's first delivery may begin any epoch with seq 1. A later epoch begins only
// with the next number, seq 1 and a record of kind KindEpoch, which a person made the
// kiosk write; everything else is a fork.
//
// The server keeps nothing in memory between requests; all state is in the Store.
package central

import (
	"log/slog"
	"time"

	"murur/sync/api"
)

const (
	// RecordingTime is how long the department's records take after a payment.
	RecordingTime = 15 * time.Minute
	// ReservationTime is how long a reservation lasts if nobody renews it.
	ReservationTime = 5 * time.Minute
	// listMax is the most postings or differences in one answer.
	listMax = 500
)

// Server answers kiosks. It is safe for concurrent use.
type Server struct {
	store    Store
	now      func() time.Time
	lifetime time.Duration
	places   map[string]Words
	log      *slog.Logger
}

// Options may be left zero.
type Options struct {
	Now         func() time.Time // default time.Now
	Reservation time.Duration    // default ReservationTime
	Places      map[string]Words // where kiosks stand, by their id; default: "Kiosk", id
	Log         *slog.Logger     // default: nowhere
}

// New returns a server over store.
func New(store Store, o Options) *Server {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Reservation == 0 {
		o.Reservation = ReservationTime
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Server{store: store, now: o.Now, lifetime: o.Reservation, places: o.Places, log: o.Log}
}

// clock is now in UTC with the precision that every store keeps.
func (s *Server) clock() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

var _ api.StrictServerInterface = (*Server)(nil)
