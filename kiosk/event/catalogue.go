package event

import "log/slog"

// Levels: debug is for whoever looks for a fault, info is normal life, warn heals by
// itself or waits for somebody, error needs somebody now.
const (
	debug = slog.LevelDebug
	info  = slog.LevelInfo
	warn  = slog.LevelWarn
	alarm = slog.LevelError
)

// Catalogue has every event. "journey" is a journey's id, "device" the kind of
// device ("reader", "terminal", "printer"), "ms" milliseconds, "amount" fils, "error"
// a text without anything personal.
var Catalogue = map[Name]Entry{
	KioskStarted:  {info, "the program began; nothing is open yet", "version kiosk pid"},
	KioskReady:    {info, "everything is open and the welcome screen can be shown", "ms"},
	KioskStopped:  {info, "the program ended in order", "reason"},
	HealthRaised:  {warn, "something does not work; code and remedy as in the health list", "code device severity remedy error"},
	HealthCleared: {info, "it works again", "code device"},

	LedgerOpened:  {info, "the ledger is open and its end is verified", "epoch seq open ms"},
	LedgerRefused: {alarm, "the ledger is locked, corrupt or of a newer schema; the file is untouched", "error"},
	LedgerFailed:  {alarm, "a commit failed; nothing of that step was begun", "journey error"},

	JourneyBegan:   {info, "somebody chose a service", "journey name"},
	JourneyEnded:   {info, "the journey is over and everything of the citizen is gone", "journey name phase ms"},
	JourneyResumed: {warn, "a journey that was open when the program died goes on by finding out", "journey name phase"},
	JourneyBroken:  {alarm, "a machine met an event that it calls impossible, or a state that cannot be read", "journey name phase event error"},
	EffectStarted:  {debug, "something was begun on behalf of a journey; it is on disk", "journey effect"},
	EffectEnded:    {debug, "its answer came; late: the journey that asked is over, it was dropped", "journey effect ms late"},
	EffectFailed:   {warn, "its answer is a failure, or its deadline passed", "journey effect ms error"},
	InputStale:     {debug, "a touch on a screen that is gone; it did nothing", "seq screen action"},
	InputRefused:   {warn, "a touch that this screen does not have; it did nothing", "screen action error"},

	PaymentIntent:    {info, "a payment is on disk and is about to be asked for", "journey attempt amount"},
	PaymentApproved:  {info, "the terminal approved it; the approval is on disk", "journey attempt amount"},
	PaymentCompleted: {info, "an approved payment is in the record that goes to the central server", "journey attempt amount receipt"},
	PaymentRefused:   {info, "nothing was charged", "journey attempt amount reason code"},
	PaymentFailing:   {warn, "approved, but central does not have the fines for us any more: the terminal is told to undo it", "journey attempt amount"},
	PaymentReversing: {warn, "booked, but not deliverable: the terminal is asked to reverse it", "journey attempt amount"},
	PaymentReversed:  {info, "the terminal proved the reversal", "journey attempt amount"},
	PaymentUnknown:   {alarm, "nobody knows whether it was charged; a case is open until there is evidence", "journey attempt amount case"},
	ReceiptPrinted:   {info, "the printer proved the paper", "journey receipt evidence"},
	ReceiptFailed:    {warn, "the paper is not proved; the citizen has a case number", "journey receipt outcome case error"},
	CaseOpened:       {warn, "something is to be settled by a person", "journey case"},
	CaseClosed:       {info, "it is settled, by evidence or by a technician", "journey case"},

	CustodyIntent:   {info, "a card is about to be moved; it is on disk", "journey object card act"},
	CustodyChanged:  {info, "who has a card now, and by what evidence", "journey object card custody evidence"},
	PickupBegun:     {info, "an application is about to be served", "journey application kind"},
	PickupIssued:    {info, "the new licence was taken", "journey application"},
	PickupReleased:  {info, "it ended before a blank was used", "journey application reason"},
	PickupPromised:  {alarm, "no licence was made; the citizen holds a case number", "journey application case reason"},
	PickupRetracted: {warn, "the new licence was not taken and is in the reject box", "journey application case"},
	PickupUnknown:   {alarm, "nobody knows who has the new licence; central decides", "journey application case"},
	StockLoaded:     {info, "a technician loaded or counted blanks", "batch count feeder"},

	FineRejected: {warn, "the central server sent a fine that cannot be; it is not shown", "error"},
	UplinkSent:   {debug, "the central server has the records up to seq", "records seq"},
	UplinkOK:     {info, "records can be sent again", ""},
	UplinkFailed: {warn, "records could not be sent; they wait in the ledger", "code error"},
	UplinkFork:   {alarm, "the central server has other records under our numbers, or finds ours changed; sending stopped", "code"},
	FrontRefused: {warn, "a client of the front socket sent what is not allowed, or there are too many", "error"},
	ControlAsked: {info, "somebody asked for something on the control socket", "request"},
}
