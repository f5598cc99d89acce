package fines

import (
	"time"

	"murur/kiosk/front"
	"murur/kiosk/journey"
)

// rule and on are those of this machine.
type rule = journey.Rule[State]

func on(name string, do rule) journey.Decision[State] { return journey.On(name, do) }
func ignored(why string) journey.Decision[State]      { return journey.Ignored[State](why) }

const (
	notOffered = "not offered on this screen"
	late       = "answer to an effect that was stopped"
	ownClock   = "the running effect has its own deadline"
)

// Kinds lists every event that can reach this machine.
var Kinds = []journey.Kind{
	input(front.ActLanguage), input(front.ActTouch), input(front.ActMore),
	input(front.ActWay), input(front.ActNumber), input(front.ActToggle), input(front.ActAll),
	input(front.ActNext), input(front.ActRetry), input(front.ActBack), input(front.ActCancel),
	journey.KindTimeUp, journey.KindCardIn, journey.KindCardOut, journey.KindInterrupted,
	KindCardRead, KindCardFailed, KindFinesFound, KindLookupFailed, KindReady, KindNotReady,
	KindReserved, KindReserveFailed, KindGuided, KindApproved,
	KindDeliverable, KindUndeliverable, KindUnsure, KindPayEnded, KindFoundOut, KindUndone,
	KindPrinted, KindPaperWent,
}

var input = journey.InputKind

// Rules that stand in several phases.
var (
	asks   = on("askOrLeave", askOrLeave)
	leaves = on("leave", leave)
	reads  = on("readCard", readCard)
	way    = on("chooseWay", chooseWay)
)

// everywhere is decided for all phases that do not decide it themselves.
var everywhere = journey.Decisions[State]{
	input(front.ActLanguage): on("speak", speak),
	input(front.ActTouch):    on("stay", stay),
	input(front.ActMore):     on("stay", stay),
	input(front.ActWay):      ignored(notOffered),
	input(front.ActNumber):   ignored(notOffered),
	input(front.ActToggle):   ignored(notOffered),
	input(front.ActAll):      ignored(notOffered),
	input(front.ActNext):     ignored(notOffered),
	input(front.ActRetry):    ignored(notOffered),
	input(front.ActBack):     ignored(notOffered),
	input(front.ActCancel):   ignored(notOffered),
	journey.KindTimeUp:       ignored(ownClock),
	journey.KindCardIn:       ignored("no card is asked for now"),
	journey.KindCardOut:      on("hideHolder", hideHolder),
	journey.KindInterrupted:  on("giveUp", giveUp),
	KindCardRead:             ignored(late),
	KindCardFailed:           ignored(late),
	KindFinesFound:           ignored(late),
	KindLookupFailed:         ignored(late),
	KindReady:                ignored(late),
	KindNotReady:             ignored(late),
	KindReserved:             ignored(late),
	KindReserveFailed:        ignored(late),
	KindGuided:               ignored(late),
	KindApproved:             on("voteDown", voteDown),
	KindDeliverable:          ignored(late),
	KindUndeliverable:        ignored(late),
	KindUnsure:               ignored(late),
	KindPayEnded:             ignored(late),
	KindFoundOut:             ignored(late),
	KindUndone:               ignored(late),
	KindPrinted:              ignored(late),
	KindPaperWent:            ignored(late),
}

// table decides the rest. What is on disk when the machine is interrupted is only
// what stands from Reserving on; before that nothing has begun.
var table = map[Phase]journey.Decisions[State]{
	Identify: {
		input(front.ActWay):    way,
		input(front.ActBack):   leaves,
		input(front.ActCancel): leaves,
		journey.KindCardIn:     reads,
		journey.KindTimeUp:     asks,
	},
	Number: {
		input(front.ActWay):    way,
		input(front.ActNumber): on("takeNumber", takeNumber),
		input(front.ActBack):   on("identifyAgain", identifyAgain),
		input(front.ActCancel): leaves,
		journey.KindCardIn:     reads,
		journey.KindTimeUp:     asks,
	},
	Reading: {
		journey.KindCardOut: on("cardPulled", cardPulled),
		KindCardRead:        on("lookUpHolder", lookUpHolder),
		KindCardFailed:      on("cardTrouble", cardTrouble),
	},
	Looking: {
		input(front.ActCancel): leaves,
		KindFinesFound:         on("showFines", showFines),
		KindLookupFailed:       on("lookupTrouble", lookupTrouble),
	},
	List: {
		input(front.ActToggle): on("toggle", toggle),
		input(front.ActAll):    on("toggleAll", toggleAll),
		input(front.ActNext):   on("confirm", confirm),
		input(front.ActBack):   on("identifyAgain", identifyAgain),
		input(front.ActCancel): leaves,
		journey.KindTimeUp:     asks,
	},
	Confirm: {
		input(front.ActNext):   on("checkReady", checkReady),
		input(front.ActBack):   on("listAgain", listAgain),
		input(front.ActCancel): leaves,
		journey.KindTimeUp:     asks,
	},
	Checking: {
		input(front.ActCancel): on("listAgain", listAgain),
		KindReady:              on("reserve", reserve),
		KindNotReady:           on("notReady", notReady),
	},
	Reserving: {
		KindReserved:            on("pay", pay),
		KindReserveFailed:       on("reserveTrouble", reserveTrouble),
		journey.KindInterrupted: on("releaseAndLeave", releaseAndLeave),
	},
	Paying: {
		input(front.ActCancel):  on("abortPay", abortPay),
		KindGuided:              on("guide", guide),
		KindApproved:            on("saveApproval", saveApproval),
		KindPayEnded:            on("payEnded", payEnded),
		journey.KindInterrupted: on("findOut", findOut),
	},
	Holding: {
		KindGuided:              on("guide", guide),
		KindApproved:            on("saveApproval", saveApproval),
		KindDeliverable:         on("commitPayment", commitPayment),
		KindUndeliverable:       on("failPayment", failPayment),
		KindUnsure:              on("commitWhileReserved", commitWhileReserved),
		KindPayEnded:            on("settled", settled),
		journey.KindInterrupted: on("findOut", findOut),
	},
	Settling: {
		KindGuided:              on("guide", guide),
		KindApproved:            on("saveApproval", saveApproval),
		KindPayEnded:            on("settled", settled),
		journey.KindInterrupted: on("findOut", findOut),
	},
	Finding: {
		KindFoundOut:            on("foundOut", foundOut),
		journey.KindInterrupted: on("findOut", findOut),
	},
	Reversing: {
		KindUndone:              on("undone", undone),
		journey.KindInterrupted: on("undo", undo),
	},
	Printing: {
		KindPrinted:             on("printed", printed),
		journey.KindInterrupted: on("printInterrupted", printInterrupted),
	},
	Taking: {
		KindPaperWent:           on("paperWent", paperWent),
		journey.KindInterrupted: on("takeBack", takeBack),
	},
	Trouble: {
		input(front.ActRetry):  on("retry", retry),
		input(front.ActBack):   on("stepBack", stepBack),
		input(front.ActNext):   leaves,
		input(front.ActCancel): leaves,
		journey.KindCardIn:     on("cardAgain", cardAgain),
		journey.KindTimeUp:     asks,
		KindPaperWent:          on("notePaper", notePaper),
	},
	Thanks: {
		input(front.ActNext):   on("goOn", goOn),
		input(front.ActCancel): leaves,
		journey.KindTimeUp:     on("goOn", goOn),
	},
}

// Table is the whole machine, for its test and its review.
func Table() journey.Table[State, Phase] {
	return journey.Table[State, Phase]{Phases: Phases, Kinds: Kinds, Everywhere: everywhere, In: table}
}

// Step is the machine: what an event does in a state. It is pure.
func Step(s State, e journey.Event, at time.Time) (State, journey.Out) {
	return Table().Step(s, s.Phase, e, at, func(s State) State { s.Asking = false; return s })
}
