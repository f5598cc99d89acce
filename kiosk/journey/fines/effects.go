package fines

import (
	"time"

	"murur/devices"
	"murur/devices/receipt"
	"murur/devices/terminal"
	"murur/kiosk/front"
	"murur/kiosk/journey"
)

// Effects: what the machine asks the engine to do. Each is answered by one of the
// events below, except AbortPay, whose answer is the end of the payment.
type (
	// ReadCard reads the Civil ID in the slot. Answer: CardRead or CardFailed.
	ReadCard struct{}
	// Lookup asks central. Answer: FinesFound or LookupFailed.
	Lookup struct{ Query Query }
	// CheckReady asks printer and terminal, before money. Answer: Ready or NotReady.
	CheckReady struct{}
	// Reserve reserves at central. Answer: Reserved or ReserveFailed.
	Reserve struct{ Reservation Reservation }
	// Pay runs the payment. Answers: Guided*, Approved?, PayEnded.
	Pay struct{ Payment terminal.Payment }
	// AbortPay asks the terminal to give up.
	AbortPay struct{}
	// Renew asks central, while the approval is held, whether the fines are still ours.
	// Answer: Deliverable, Undeliverable or Unsure.
	Renew struct{ Reservation Reservation }
	// Commit lets the held approval be booked, Fail lets it be undone.
	Commit struct{}
	Fail   struct{}
	// FindOut asks the terminal what became of a payment. Answer: FoundOut.
	FindOut struct{ Payment terminal.Payment }
	// Undo reverses a booked payment. Answer: Undone. It may be asked for again after a
	// power cut: a payment is reversed once, whoever asks how often.
	Undo struct{ Reversal terminal.Reversal }
	// Print prints a paper. Answer: Printed.
	Print struct{ Slip Slip }
	// WatchPaper waits until the paper is taken and takes it back if it is not.
	// Answer: PaperWent.
	WatchPaper struct{}
	// Retract takes back a paper that may be in the output. Answer: PaperWent.
	Retract struct{}
)

// Kind names the effect.
func (ReadCard) Kind() journey.Kind   { return "read.card" }
func (Lookup) Kind() journey.Kind     { return "lookup" }
func (CheckReady) Kind() journey.Kind { return "check.ready" }
func (Reserve) Kind() journey.Kind    { return "reserve" }
func (Pay) Kind() journey.Kind        { return "pay" }
func (AbortPay) Kind() journey.Kind   { return "pay.abort" }
func (Renew) Kind() journey.Kind      { return "renew" }
func (Commit) Kind() journey.Kind     { return "pay.commit" }
func (Fail) Kind() journey.Kind       { return "pay.fail" }
func (FindOut) Kind() journey.Kind    { return "find.out" }
func (Undo) Kind() journey.Kind       { return "undo" }
func (Print) Kind() journey.Kind      { return "print" }
func (WatchPaper) Kind() journey.Kind { return "watch.paper" }
func (Retract) Kind() journey.Kind    { return "retract" }

// Events: the answers.
type (
	CardRead      struct{ Holder Holder }
	CardFailed    struct{ Code front.ProblemCode }
	FinesFound    struct{ Found Found }
	LookupFailed  struct{ Code front.ProblemCode }
	Ready         struct{ Before terminal.Mark }
	NotReady      struct{ Code front.ProblemCode }
	Reserved      struct{ Until time.Time }
	ReserveFailed struct{ Code front.ProblemCode }
	Guided        struct{ Guidance terminal.Guidance }
	// Approved is an approval that the terminal has not been acknowledged yet: the
	// acknowledgement leaves after this event's records are on disk.
	Approved      struct{ Result terminal.Result }
	Deliverable   struct{ Until time.Time }
	Undeliverable struct{}
	Unsure        struct{}
	PayEnded      struct{ Result terminal.Result }
	FoundOut      struct{ Result terminal.Result }
	Undone        struct{ Result terminal.Result }
	Printed       struct{ Proof receipt.Proof }
	PaperWent     struct{ Custody devices.Custody }
)

// Kinds of the answers.
const (
	KindCardRead      journey.Kind = "card.read"
	KindCardFailed    journey.Kind = "card.failed"
	KindFinesFound    journey.Kind = "fines.found"
	KindLookupFailed  journey.Kind = "lookup.failed"
	KindReady         journey.Kind = "ready"
	KindNotReady      journey.Kind = "ready.not"
	KindReserved      journey.Kind = "reserved"
	KindReserveFailed journey.Kind = "reserve.failed"
	KindGuided        journey.Kind = "pay.guided"
	KindApproved      journey.Kind = "pay.approved"
	KindDeliverable   journey.Kind = "deliverable"
	KindUndeliverable journey.Kind = "deliverable.not"
	KindUnsure        journey.Kind = "deliverable.unsure"
	KindPayEnded      journey.Kind = "pay.ended"
	KindFoundOut      journey.Kind = "found.out"
	KindUndone        journey.Kind = "undone"
	KindPrinted       journey.Kind = "printed"
	KindPaperWent     journey.Kind = "paper.went"
)

// Kind names the event.
func (CardRead) Kind() journey.Kind      { return KindCardRead }
func (CardFailed) Kind() journey.Kind    { return KindCardFailed }
func (FinesFound) Kind() journey.Kind    { return KindFinesFound }
func (LookupFailed) Kind() journey.Kind  { return KindLookupFailed }
func (Ready) Kind() journey.Kind         { return KindReady }
func (NotReady) Kind() journey.Kind      { return KindNotReady }
func (Reserved) Kind() journey.Kind      { return KindReserved }
func (ReserveFailed) Kind() journey.Kind { return KindReserveFailed }
func (Guided) Kind() journey.Kind        { return KindGuided }
func (Approved) Kind() journey.Kind      { return KindApproved }
func (Deliverable) Kind() journey.Kind   { return KindDeliverable }
func (Undeliverable) Kind() journey.Kind { return KindUndeliverable }
func (Unsure) Kind() journey.Kind        { return KindUnsure }
func (PayEnded) Kind() journey.Kind      { return KindPayEnded }
func (FoundOut) Kind() journey.Kind      { return KindFoundOut }
func (Undone) Kind() journey.Kind        { return KindUndone }
func (Printed) Kind() journey.Kind       { return KindPrinted }
func (PaperWent) Kind() journey.Kind     { return KindPaperWent }
