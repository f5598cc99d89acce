package pickup

import (
	"murur/devices"
	"murur/devices/capture"
	"murur/devices/cardprinter"
	"murur/kiosk/front"
	"murur/kiosk/journey"
	"murur/kiosk/journey/fines"
)

// Effects of this journey. Reading the Civil ID, watching and taking back a paper are
// the same as in package fines and are taken from there: fines.ReadCard,
// fines.WatchPaper, fines.Retract with their answers.
type (
	// Ask asks central for the person's applications and open fines; without central it
	// looks into the manifest. Answer: Asked or AskFailed.
	Ask struct{ Civil string }
	// Prepare asks every device, leases the application and draws its card, before
	// anything is taken from the person, and reads the Civil ID once more: a card that was
	// swapped in a blink belongs to somebody else. The drawing stays in memory, under the journey's
	// id, for as long as the program runs: after a restart nothing can be printed again.
	// Answer: Prepared or NotPrepared.
	Prepare struct {
		Application Application
		Civil       string // who has to be there still
	}
	// Admit opens the gate for the old licence. Answer: OldIn, OldWrong or OldNone.
	Admit struct{}
	// CloseGate ends Admit early; its answer is Admit's.
	CloseGate struct{}
	// Feed brings a blank inside. Answer: Fed.
	Feed struct{}
	// PrintCard prints the blank and verifies it. Answer: CardPrinted.
	PrintCard struct{}
	// CaptureOld moves the old licence into the retain bin. Answer: OldCaptured.
	CaptureOld struct{}
	// PresentCard moves the new licence out. Answer: CardPresented.
	PresentCard struct{}
	// WatchCard waits until it is taken, at most TakeFor. Answer: CardWent.
	WatchCard struct{}
	// RetractCard takes it back in. Answer: CardRetracted.
	RetractCard struct{}
	// RejectCard puts the card inside into the reject box. Answer: CardRejected.
	RejectCard struct{}
	// ReturnOld gives the old licence back, waits until it is taken, and captures it as
	// found property if it is not. Answer: OldReturned.
	ReturnOld struct{}
	// Locate asks both units where every card is, and moves nothing. Answer: Located.
	Locate struct{}
	// Print prints a paper. Answer: fines.Printed.
	Print struct{ Slip Slip }
)

// Kind names the effect.
func (Ask) Kind() journey.Kind         { return "pickup.ask" }
func (Prepare) Kind() journey.Kind     { return "pickup.prepare" }
func (Admit) Kind() journey.Kind       { return "old.admit" }
func (CloseGate) Kind() journey.Kind   { return "old.gate" }
func (Feed) Kind() journey.Kind        { return "card.feed" }
func (PrintCard) Kind() journey.Kind   { return "card.print" }
func (CaptureOld) Kind() journey.Kind  { return "old.capture" }
func (PresentCard) Kind() journey.Kind { return "card.present" }
func (WatchCard) Kind() journey.Kind   { return "card.watch" }
func (RetractCard) Kind() journey.Kind { return "card.retract" }
func (RejectCard) Kind() journey.Kind  { return "card.reject" }
func (ReturnOld) Kind() journey.Kind   { return "old.return" }
func (Locate) Kind() journey.Kind      { return "locate" }
func (Print) Kind() journey.Kind       { return "print" }

// Events: the answers.
type (
	// Asked: Fines are the person's open fines; Offline says that they were not asked for
	// and that Applications are the manifest's.
	Asked struct {
		Applications []Application
		Fines        []fines.Fine
		Offline      bool
	}
	AskFailed struct{ Code front.ProblemCode }
	// Prepared: nothing is missing. Batch is the batch of the next blank; Located is what
	// the units said just now.
	Prepared struct {
		Batch string
		Located
	}
	NotPrepared struct{ Code front.ProblemCode }
	OldIn       struct{}
	OldWrong    struct{ Why WrongObject }
	// OldNone: the gate is closed and nothing is inside. Fault: it is because the unit
	// failed.
	OldNone       struct{ Fault bool }
	Fed           struct{ Proof cardprinter.Proof }
	CardPrinted   struct{ Proof cardprinter.Proof }
	OldCaptured   struct{ Proof capture.Proof }
	CardPresented struct{ Custody devices.Custody }
	CardWent      struct{ Custody devices.Custody } // taken, presented still, unknown
	CardRetracted struct{ Custody devices.Custody } // retracted, taken, unknown
	CardRejected  struct{ Custody devices.Custody } // rejected, inside, unknown
	// OldReturned: taken by the person, retained as found property, inside when it could
	// not be moved, or unknown.
	OldReturned struct{ Custody devices.Custody }
	// Located is where the cards are. A unit that did not answer leaves its part nil.
	Located struct {
		New *cardprinter.Location
		Old *capture.State
	}
)

// WrongObject is why something in the gate was given back.
type WrongObject string

const (
	TooLong  WrongObject = "too_long"
	TooShort WrongObject = "too_short"
	Pulled   WrongObject = "pulled"
)

// Kinds of the answers.
const (
	KindAsked         journey.Kind = "pickup.asked"
	KindAskFailed     journey.Kind = "pickup.ask.failed"
	KindPrepared      journey.Kind = "pickup.prepared"
	KindNotPrepared   journey.Kind = "pickup.prepared.not"
	KindOldIn         journey.Kind = "old.in"
	KindOldWrong      journey.Kind = "old.wrong"
	KindOldNone       journey.Kind = "old.none"
	KindFed           journey.Kind = "card.fed"
	KindCardPrinted   journey.Kind = "card.printed"
	KindOldCaptured   journey.Kind = "old.captured"
	KindCardPresented journey.Kind = "card.presented"
	KindCardWent      journey.Kind = "card.went"
	KindCardRetracted journey.Kind = "card.retracted"
	KindCardRejected  journey.Kind = "card.rejected"
	KindOldReturned   journey.Kind = "old.returned"
	KindLocated       journey.Kind = "located"
)

// Kind names the event.
func (Asked) Kind() journey.Kind         { return KindAsked }
func (AskFailed) Kind() journey.Kind     { return KindAskFailed }
func (Prepared) Kind() journey.Kind      { return KindPrepared }
func (NotPrepared) Kind() journey.Kind   { return KindNotPrepared }
func (OldIn) Kind() journey.Kind         { return KindOldIn }
func (OldWrong) Kind() journey.Kind      { return KindOldWrong }
func (OldNone) Kind() journey.Kind       { return KindOldNone }
func (Fed) Kind() journey.Kind           { return KindFed }
func (CardPrinted) Kind() journey.Kind   { return KindCardPrinted }
func (OldCaptured) Kind() journey.Kind   { return KindOldCaptured }
func (CardPresented) Kind() journey.Kind { return KindCardPresented }
func (CardWent) Kind() journey.Kind      { return KindCardWent }
func (CardRetracted) Kind() journey.Kind { return KindCardRetracted }
func (CardRejected) Kind() journey.Kind  { return KindCardRejected }
func (OldReturned) Kind() journey.Kind   { return KindOldReturned }
func (Located) Kind() journey.Kind       { return KindLocated }
