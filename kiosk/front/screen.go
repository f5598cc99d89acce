// Package front is what crosses the front socket between kioskd and the screen:
// a Screen out, an Input in. A Screen says what is asked, never how it looks; it
// carries codes and numbers, and the words are in the screen's own catalogue.
//
// The wire is HTTP on a Unix socket: GET /screen is a stream of server-sent
// events, each one Screen as JSON; POST /input takes one Input and answers 204
// (taken), 409 (for another screen: ignored) or 400.
package front

import "time"

// Lang is a screen language, ISO 639-1.
type Lang string

const (
	Arabic  Lang = "ar"
	English Lang = "en"
)

// Name names a kind of screen. Each has its own part of Screen, if it needs one.
type Name string

const (
	Welcome      Name = "welcome"
	ServiceMenu  Name = "service"
	Identify     Name = "identify"
	NumberPad    Name = "number"
	Busy         Name = "busy"
	FineList     Name = "fines"
	Confirm      Name = "confirm"
	Pay          Name = "pay"
	Receipt      Name = "receipt"
	Applications Name = "applications" // which licence?
	Owing        Name = "owing"        // open fines stand before a licence
	PlaceOld     Name = "place_old"    // put the old licence into the gate
	ReturnOld    Name = "return_old"   // take the old licence back
	Making       Name = "making"       // the new licence is being made
	TakeLicence  Name = "take_licence"
	Thanks       Name = "thanks"
	Problem      Name = "problem"
	OutOfService Name = "out_of_service"
)

// Step is the place on the step bar. Empty: no bar.
type Step string

const (
	StepIdentify Step = "identify"
	StepChoose   Step = "choose"
	StepPay      Step = "pay"
	StepMake     Step = "make" // of a pickup: from the old licence to the new one
	StepTake     Step = "take"
)

// Screen is everything the person may see now.
type Screen struct {
	Seq     uint64   `json:"seq"` // an Input must carry it
	Name    Name     `json:"name"`
	Lang    Lang     `json:"lang"`
	Step    Step     `json:"step,omitempty"`
	Actions []Action `json:"actions,omitempty"` // what is accepted now, beside language and touch
	// Cancels says what the cancel action ends: "visit" or "payment".
	Cancels string    `json:"cancels,omitempty"`
	Since   time.Time `json:"since"` // when this wait or question began
	// MoreTime, when set, lies over the screen: "Do you need more time?".
	MoreTime *MoreTimeView `json:"moreTime,omitempty"`
	// Notices are the machine's limits in one line each (welcome, service).
	Notices []Notice `json:"notices,omitempty"`
	// CardIn is set while a card is in the slot: it must be taken at the end.
	CardIn bool `json:"cardIn,omitempty"`
	// Development is set while made-up cards or devices are accepted: a permanent
	// banner.
	Development bool `json:"development,omitempty"`

	Services []Service        `json:"services,omitempty"` // ServiceMenu
	Ways     []Way            `json:"ways,omitempty"`     // Identify: what works now
	Number   *NumberView      `json:"number,omitempty"`   // NumberPad
	Doing    Doing            `json:"doing,omitempty"`    // Busy
	Fines    *FinesView       `json:"fines,omitempty"`    // FineList, Confirm
	Payment  *PaymentView     `json:"payment,omitempty"`  // Pay
	Paper    *ReceiptView     `json:"paper,omitempty"`    // Receipt, Thanks
	Pickups  *PickupsView     `json:"pickups,omitempty"`  // Applications
	Owing    *OwingView       `json:"owing,omitempty"`    // Owing
	Licence  *LicenceView     `json:"licence,omitempty"`  // PlaceOld to Thanks of a pickup
	Trouble  *ProblemView     `json:"trouble,omitempty"`  // Problem
	Outage   *OutOfServiceOut `json:"outage,omitempty"`   // OutOfService
}

// Action is one thing a person can do. An Input names it.
type Action string

const (
	// ActStart leaves the welcome screen; Value is the language chosen there.
	ActStart Action = "start"
	// ActLanguage switches the language; Value is the Lang. Always accepted.
	ActLanguage Action = "language"
	// ActTouch says that somebody is there; it only restarts the patience clock.
	// Always accepted.
	ActTouch Action = "touch"
	// ActService chooses a service; Value is Service.ID.
	ActService Action = "service"
	// ActWay chooses to type a number; Value is the Way.
	ActWay Action = "way"
	// ActNumber submits a typed number; Value as described at NumberView.
	ActNumber Action = "number"
	// ActToggle selects or deselects one fine; Value is Fine.ID.
	ActToggle Action = "toggle"
	// ActAll selects every payable fine, or none if all are selected.
	ActAll Action = "all"
	// ActNext goes on: pay these, confirm, done.
	ActNext Action = "next"
	// ActChoose chooses a licence to collect; Value is Pickup.ID.
	ActChoose Action = "choose"
	// ActRetry tries a failed step again, where that is safe.
	ActRetry  Action = "retry"
	ActBack   Action = "back"
	ActCancel Action = "cancel"
	// ActMore answers "more time?" with yes.
	ActMore Action = "more"
)

// Input is one touch.
type Input struct {
	Screen uint64 `json:"screen"` // Screen.Seq it answers
	Action Action `json:"action"`
	Value  string `json:"value,omitempty"`
}

// MoreTimeView is the question before a time-out. ActMore or ActTouch keeps the visit.
type MoreTimeView struct {
	Seconds int `json:"seconds"` // until the visit ends
}

// Notice is one limit of the machine, by code: "no_card_reader", "no_terminal",
// "no_printer", "paper_low", "central_offline".
type Notice string

const (
	NoticeNoReader   Notice = "no_card_reader"
	NoticeNoTerminal Notice = "no_terminal"
	NoticeNoPrinter  Notice = "no_printer"
	NoticePaperLow   Notice = "paper_low"
	NoticeNoCentral  Notice = "central_offline"
	NoticeCardLeft   Notice = "card_left" // somebody's card is still in the slot

	// Why licences cannot be collected now.
	NoticeNoCardPrinter Notice = "no_licence_printer"
	NoticeNoBlanks      Notice = "no_blanks"
	NoticeNoRibbon      Notice = "no_ribbon"
	NoticeRejectFull    Notice = "reject_full"
	NoticeNoCapture     Notice = "no_capture" // the unit that takes old licences in
	NoticeRetainFull    Notice = "retain_full"
)

// Service is one entry of the service menu. ID: "fines", "licence", "clearance", "residence".
type Service struct {
	ID        string `json:"id"`
	Available bool   `json:"available"`
	// Reason is set when not available: a Notice, or "later" for a service that
	// this kiosk does not offer yet.
	Reason Notice `json:"reason,omitempty"`
}

// ReasonLater marks a service that this kiosk does not offer.
const ReasonLater Notice = "later"

// Way is a way to identify.
type Way string

const (
	ByCard      Way = "card"
	ByCivil     Way = "civil"
	ByPlate     Way = "plate"
	ByViolation Way = "violation"
)

// NumberView is a number pad. The value submitted is, by Mode: twelve digits
// (civil); "class/code/number" with a class of PlateClasses (plate); the violation
// number's digits (violation). CheckNumber checks it as it is typed.
type NumberView struct {
	Mode    Way           `json:"mode"`
	Problem NumberProblem `json:"problem,omitempty"` // why the last one was not taken
}

// Doing is what the machine is busy with.
type Doing string

const (
	DoingReadCard  Doing = "reading_card" // keep the card in
	DoingLookup    Doing = "looking_up"
	DoingChecking  Doing = "checking"  // terminal and printer before the payment
	DoingReserving Doing = "reserving" // nothing charged yet
	DoingRecording Doing = "recording" // approved; being saved
	DoingFinding   Doing = "finding"   // finding out what became of a payment
	DoingPreparing Doing = "preparing" // devices and central, before a licence is made
	DoingGate      Doing = "gate"      // the gate is being closed
	DoingLocating  Doing = "locating"  // finding out where the cards are
)

// FinesView is the list (FineList) or the chosen ones (Confirm).
type FinesView struct {
	// Holder is the name from the card in the slot; empty for a typed number.
	Holder   *Words `json:"holder,omitempty"`
	Payable  []Fine `json:"payable"`
	Other    []Fine `json:"other,omitempty"` // not payable here, each with its reason
	Total    int64  `json:"total"`           // fils, of the selected
	Selected int    `json:"selected"`
}

// Words is one text in both languages, as the department wrote it.
type Words struct {
	Ar string `json:"ar"`
	En string `json:"en"`
}

// In is the text in lang, or the other one if it is missing.
func (w Words) In(lang Lang) string {
	if lang == Arabic && w.Ar != "" || w.En == "" {
		return w.Ar
	}
	return w.En
}

// Fine is a fine as a screen may show it: plate masked unless the owner's card is in.
type Fine struct {
	ID       string    `json:"id"` // violation number
	What     Words     `json:"what"`
	Where    Words     `json:"where"`
	At       time.Time `json:"at"`
	Plate    string    `json:"plate,omitempty"`
	Amount   int64     `json:"amount"` // fils
	Selected bool      `json:"selected,omitempty"`
	State    FineState `json:"state"`
	Reason   *Words    `json:"reason,omitempty"` // why not here, and
	GoTo     *Words    `json:"goTo,omitempty"`   // where to go
}

// FineState says whether a fine can be paid now.
type FineState string

const (
	FinePayable   FineState = "payable"
	FineNotHere   FineState = "not_here"  // needs a visit or a legal step first
	FineRecording FineState = "recording" // paid, being recorded
	FineReserved  FineState = "reserved"  // being paid somewhere else now
	FineUnclear   FineState = "unclear"   // an earlier payment is being cleared up: a case
)

// PaymentView mirrors the terminal.
type PaymentView struct {
	Total    int64  `json:"total"`
	Guidance string `json:"guidance"` // terminal.Guidance
}

// ReceiptView is the receipt's screen and the thanks.
type ReceiptView struct {
	Number string     `json:"number"` // receipt number
	Total  int64      `json:"total"`
	State  PaperState `json:"state"`
	Case   string     `json:"case,omitempty"` // case number when the paper failed
}

// PaperState is where the receipt is.
type PaperState string

const (
	PaperPrinting PaperState = "printing"
	PaperTake     PaperState = "take"    // in the slot
	PaperTaken    PaperState = "taken"   // the person has it, as far as the printer can tell
	PaperUnknown  PaperState = "unknown" // sent, not confirmed
	PaperFailed   PaperState = "failed"  // certainly not printed
)

// PickupsView is the choice among a person's licences, at most six.
type PickupsView struct {
	Holder *Words   `json:"holder,omitempty"` // while the card is in
	List   []Pickup `json:"list"`
}

// Pickup is one licence to collect. Kind: "renewal", "damaged", "lost".
type Pickup struct {
	ID    string `json:"id"`
	Kind  string `json:"kind"`
	What  Words  `json:"what"` // class of licence
	Ready bool   `json:"ready"`
	// Standing says why not ready: "not_ready", "visit", "elsewhere", "unclear".
	Standing string `json:"standing,omitempty"`
	Reason   *Words `json:"reason,omitempty"`
	GoTo     *Words `json:"goTo,omitempty"`
}

// OwingView says that fines stand before the licence; ActNext leads to paying them.
type OwingView struct {
	Count int   `json:"count"`
	Total int64 `json:"total"` // fils, of those payable here
	// Other counts fines that cannot be paid here: they need a visit first.
	Other int `json:"other,omitempty"`
}

// LicenceView is the making and handing over of one licence.
type LicenceView struct {
	Kind  string       `json:"kind"`
	State LicenceState `json:"state"`
	Again int          `json:"again,omitempty"` // how often it had to be begun anew
	// Wrong is why the last thing in the gate was given back: "too_long", "too_short",
	// "pulled".
	Wrong string `json:"wrong,omitempty"`
	// Hurry: take it, it is soon drawn back in.
	Hurry bool   `json:"hurry,omitempty"`
	Case  string `json:"case,omitempty"`
}

// LicenceState is where the making of a licence stands.
type LicenceState string

const (
	LicencePlace      LicenceState = "place"      // PlaceOld
	LicenceFeeding    LicenceState = "feeding"    // Making
	LicencePrinting   LicenceState = "printing"   // Making
	LicenceRetaining  LicenceState = "retaining"  // Making: the old one goes into the bin
	LicencePresenting LicenceState = "presenting" // Making
	LicenceRejecting  LicenceState = "rejecting"  // Making: spoilt, another one follows
	LicenceTake       LicenceState = "take"       // TakeLicence
	LicenceRetracting LicenceState = "retracting" // Busy-like Making: it was not taken
	LicenceReturn     LicenceState = "return"     // ReturnOld
	LicenceTaken      LicenceState = "taken"      // Receipt, Thanks
)

// CardState says, at a problem, what became of the person's old licence.
type CardState string

const (
	CardUntouched CardState = "untouched" // it was never taken in
	CardReturned  CardState = "returned"  // given back
	CardKept      CardState = "kept"      // retained: the paper is the promise
	CardUnknown   CardState = "unknown"
)

// ProblemView is what happened, what it means and what to do, by code.
type ProblemView struct {
	Code  ProblemCode `json:"code"`
	Money MoneyState  `json:"money"`
	Total int64       `json:"total,omitempty"`
	Case  string      `json:"case,omitempty"`
	// Card is set for a pickup instead of Money; Reason and GoTo are the department's.
	Card   CardState `json:"card,omitempty"`
	Reason *Words    `json:"reason,omitempty"`
	GoTo   *Words    `json:"goTo,omitempty"`
}

// MoneyState says what happened to the person's money.
type MoneyState string

const (
	MoneyUntouched MoneyState = "untouched" // nothing was charged
	MoneyCharged   MoneyState = "charged"
	MoneyReturned  MoneyState = "returned" // charged and undone
	MoneyUnknown   MoneyState = "unknown"
)

// ProblemCode has a title, a meaning and an advice in the catalogue.
type ProblemCode string

const (
	ProblemCardRemoved    ProblemCode = "card_removed"
	ProblemCardWrong      ProblemCode = "card_wrong"      // not a Civil ID
	ProblemCardLicence    ProblemCode = "card_licence"    // a driving licence, where the Civil ID belongs
	ProblemCardUnreadable ProblemCode = "card_unreadable" // garbage or mute
	ProblemCardExpired    ProblemCode = "card_expired"
	ProblemReader         ProblemCode = "reader_offline"
	ProblemCentral        ProblemCode = "central_offline"
	ProblemNoFines        ProblemCode = "no_fines"  // good news
	ProblemNotFound       ProblemCode = "not_found" // no such number
	ProblemTaken          ProblemCode = "reserved"  // chosen fine is being paid elsewhere or was paid
	ProblemTerminal       ProblemCode = "terminal_offline"
	ProblemNoPaper        ProblemCode = "printer_out" // said before any money moves
	ProblemDeclined       ProblemCode = "declined"
	ProblemFunds          ProblemCode = "declined_funds"
	ProblemPIN            ProblemCode = "declined_pin"
	ProblemPayCard        ProblemCode = "pay_card"
	ProblemCancelled      ProblemCode = "pay_cancelled"
	ProblemPayLine        ProblemCode = "pay_line"
	ProblemPayFailed      ProblemCode = "pay_failed" // not charged
	ProblemPayUnknown     ProblemCode = "pay_unknown"
	ProblemReceiptFailed  ProblemCode = "receipt_failed" // paid, paper not proved
	ProblemInternal       ProblemCode = "internal"

	// Of a pickup.
	ProblemNoLicence      ProblemCode = "no_licence"      // no application is known
	ProblemNotReady       ProblemCode = "not_ready"       // not yet
	ProblemVisit          ProblemCode = "visit"           // Reason and GoTo say why and where
	ProblemElsewhere      ProblemCode = "elsewhere"       // waits at another kiosk: GoTo
	ProblemUnclear        ProblemCode = "pickup_unclear"  // an earlier attempt is being cleared up
	ProblemFinesFirst     ProblemCode = "fines_first"     // open fines that cannot be paid here
	ProblemNotLeased      ProblemCode = "not_leased"      // cannot be had at this kiosk now
	ProblemNoCardPrinter  ProblemCode = "licence_printer" // or its supplies; nothing was taken
	ProblemNoCapture      ProblemCode = "capture_unit"    // cannot take an old licence in
	ProblemCannotDraw     ProblemCode = "cannot_draw"     // the data do not fit on a card: visit
	ProblemNothingPlaced  ProblemCode = "nothing_placed"  // no old licence came
	ProblemWrongObject    ProblemCode = "wrong_object"    // three times not a card
	ProblemLicenceFailed  ProblemCode = "licence_failed"  // printed promise
	ProblemNotTaken       ProblemCode = "licence_not_taken"
	ProblemLicenceUnknown ProblemCode = "licence_unknown" // who has it is not known: case
)

// OutOfServiceOut says why nothing works, and what staff can do.
type OutOfServiceOut struct {
	Code   string `json:"code"`   // health code: "ledger_corrupt", "disk_full", …
	Remedy string `json:"remedy"` // a devices.Remedy
	Detail string `json:"detail"` // one line for staff, small print
}
