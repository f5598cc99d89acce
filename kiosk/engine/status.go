package engine

import (
	"sync/atomic"
	"time"

	"murur/kiosk/event"
	"murur/kiosk/front"
	"murur/kiosk/health"
	"murur/kiosk/journey"
	"murur/kiosk/journey/fines"
	"murur/kiosk/journey/pickup"
)

// Status is what the engine tells technicians; nothing of it is personal.
type Status struct {
	Screen   front.Name       `json:"screen"`
	Journey  string           `json:"journey,omitempty"`
	Name     string           `json:"name,omitempty"`
	Phase    string           `json:"phase,omitempty"`
	Since    time.Time        `json:"since,omitzero"` // when the journey began
	Facts    health.Facts     `json:"facts"`
	Warnings []health.Warning `json:"warnings"`
}

// statusBox holds the newest Status for other goroutines.
type statusBox struct{ p atomic.Pointer[Status] }

func (b *statusBox) set(s Status) { b.p.Store(&s) }

// Status is the present one.
func (e *Engine) Status() Status {
	if s := e.status.p.Load(); s != nil {
		return *s
	}
	return Status{}
}

func (e *Engine) snapshot(screen front.Screen) Status {
	s := Status{Screen: screen.Name, Facts: e.facts, Warnings: e.warnings}
	if id := e.machine.ID(); id != "" {
		s.Journey, s.Name, s.Phase, s.Since = id, e.machine.Name(), e.machine.Stage(), e.began
	}
	return s
}

// logRecord writes the log's line for a record that was committed.
func (e *Engine) logRecord(id string, r journey.Record) {
	switch p := r.Payload.(type) {
	case fines.PaymentRecord:
		name := map[string]event.Name{
			fines.RecordIntent: event.PaymentIntent, fines.RecordApproved: event.PaymentApproved,
			fines.RecordCompleted: event.PaymentCompleted, fines.RecordRefused: event.PaymentRefused,
			fines.RecordUnknown: event.PaymentUnknown, fines.RecordFailing: event.PaymentFailing,
			fines.RecordReversing: event.PaymentReversing, fines.RecordReversed: event.PaymentReversed,
		}[r.Kind]
		event.Log(e.o.Log, name, "journey", id, "attempt", p.Reservation, "amount", int64(p.Amount),
			"receipt", p.Receipt, "reason", p.Reason, "code", p.Code, "case", p.Case)
	case fines.PaperRecord:
		switch {
		case r.Kind == fines.RecordPrinted && p.Outcome == "confirmed":
			event.Log(e.o.Log, event.ReceiptPrinted, "journey", id, "receipt", p.Number, "evidence", p.Evidence)
		case r.Kind == fines.RecordPrinted:
			event.Log(e.o.Log, event.ReceiptFailed, "journey", id, "receipt", p.Number, "outcome", p.Outcome)
		}
	case pickup.PickupRecord:
		name := map[string]event.Name{
			pickup.RecordBegun: event.PickupBegun, pickup.RecordIssued: event.PickupIssued,
			pickup.RecordReleased: event.PickupReleased, pickup.RecordPromised: event.PickupPromised,
			pickup.RecordRetracted: event.PickupRetracted, pickup.RecordUnclear: event.PickupUnknown,
		}[r.Kind]
		event.Log(e.o.Log, name, "journey", id, "application", p.Application, "kind", p.Kind, "case", p.Case, "reason", p.Reason)
	case pickup.IntentRecord:
		event.Log(e.o.Log, event.CustodyIntent, "journey", id, "object", p.Object, "card", p.Card, "act", p.Act)
	case pickup.CustodyRecord:
		event.Log(e.o.Log, event.CustodyChanged, "journey", id, "object", p.Object, "card", p.Card, "custody", p.Custody, "evidence", p.Evidence)
	case fines.Case:
		event.Log(e.o.Log, event.CaseOpened, "journey", id, "case", p.Number)
	case fines.RejectedRecord:
		event.Log(e.o.Log, event.FineRejected, "error", p.Fines)
	}
}
