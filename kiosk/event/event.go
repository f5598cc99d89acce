// Package event is the catalogue of what kioskd writes to its log. An entry has a
// name, a level, a meaning and the fields that come with it, so that what reads the
// log (people, alerts, the fleet page) can rely on it. Nothing personal is ever a
// field: no civil number, no name, no plate, no card number.
//
// A program logs only through Log: the name is the message, the level comes from the
// catalogue. Only a driver's own lines about its wire, most of them debug, are not in
// here.
package event

import (
	"context"
	"log/slog"
)

// Name is the name of an event: "subject.what".
type Name string

// Events of the program's own life.
const (
	KioskStarted  Name = "kiosk.started"
	KioskReady    Name = "kiosk.ready"
	KioskStopped  Name = "kiosk.stopped"
	HealthRaised  Name = "health.raised"
	HealthCleared Name = "health.cleared"
)

// Events of the ledger.
const (
	LedgerOpened  Name = "ledger.opened"
	LedgerRefused Name = "ledger.refused"
	LedgerFailed  Name = "ledger.failed"
)

// Events of journeys and of the effects that they ask for.
const (
	JourneyBegan   Name = "journey.began"
	JourneyEnded   Name = "journey.ended"
	JourneyResumed Name = "journey.resumed"
	JourneyBroken  Name = "journey.broken"
	EffectStarted  Name = "effect.started"
	EffectEnded    Name = "effect.ended"
	EffectFailed   Name = "effect.failed"
	InputStale     Name = "input.stale"
	InputRefused   Name = "input.refused"
)

// Events of money and paper.
const (
	PaymentIntent    Name = "payment.intent"
	PaymentApproved  Name = "payment.approved"
	PaymentCompleted Name = "payment.completed"
	PaymentRefused   Name = "payment.refused"
	PaymentFailing   Name = "payment.failing"
	PaymentReversing Name = "payment.reversing"
	PaymentReversed  Name = "payment.reversed"
	PaymentUnknown   Name = "payment.unknown"
	ReceiptPrinted   Name = "receipt.printed"
	ReceiptFailed    Name = "receipt.failed"
	CaseOpened       Name = "case.opened"
	CaseClosed       Name = "case.closed"
)

// Events of licences and of the blanks they are printed on.
const (
	CustodyIntent   Name = "custody.intent"
	CustodyChanged  Name = "custody.changed"
	PickupBegun     Name = "pickup.begun"
	PickupIssued    Name = "pickup.issued"
	PickupReleased  Name = "pickup.released"
	PickupPromised  Name = "pickup.promised"
	PickupRetracted Name = "pickup.retracted"
	PickupUnknown   Name = "pickup.unknown"
	StockLoaded     Name = "stock.loaded"
)

// Events of the central server and of the screen.
const (
	FineRejected Name = "fine.rejected"
	UplinkSent   Name = "uplink.sent"
	UplinkOK     Name = "uplink.ok"
	UplinkFailed Name = "uplink.failed"
	UplinkFork   Name = "uplink.fork"
	FrontRefused Name = "front.refused"
	ControlAsked Name = "control.asked"
)

// Log writes the event n with its fields ("key", value, …) at its own level.
func Log(l *slog.Logger, n Name, fields ...any) {
	l.Log(context.Background(), n.Level(), string(n), fields...)
}

// Level is how loud the event is. A name that is not in the catalogue is an error.
func (n Name) Level() slog.Level {
	if e, ok := Catalogue[n]; ok {
		return e.Level
	}
	return slog.LevelError
}

// Entry is one line of the catalogue.
type Entry struct {
	Level   slog.Level
	Meaning string
	Fields  string // names of the fields, separated by spaces
}
