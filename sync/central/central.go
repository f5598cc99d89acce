// Package central is the reference central server: it knows the fines, keeps one
// from being paid at two kiosks, and receives every kiosk's log.
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
	log      *slog.Logger
}

// Options may be left zero.
type Options struct {
	Now         func() time.Time // default time.Now
	Reservation time.Duration    // default ReservationTime
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
	return &Server{store: store, now: o.Now, lifetime: o.Reservation, log: o.Log}
}

// clock is now in UTC with the precision that every store keeps.
func (s *Server) clock() time.Time { return s.now().UTC().Truncate(time.Microsecond) }

var _ api.StrictServerInterface = (*Server)(nil)
