package pickup

import (
	"time"

	"murur/kiosk/front"
	"murur/kiosk/journey"
	"murur/kiosk/journey/fines"
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
	input(front.ActLanguage), input(front.ActTouch), input(front.ActMore), input(front.ActChoose),
	input(front.ActNext), input(front.ActRetry), input(front.ActBack), input(front.ActCancel),
	journey.KindTimeUp, journey.KindCardIn, journey.KindCardOut, journey.KindInterrupted,
	fines.KindCardRead, fines.KindCardFailed, KindAsked, KindAskFailed, KindPrepared, KindNotPrepared,
	KindOldIn, KindOldWrong, KindOldNone, KindFed, KindCardPrinted, KindOldCaptured, KindCardPresented,
	KindCardWent, KindCardRetracted, KindCardRejected, KindOldReturned, KindLocated,
	fines.KindPrinted, fines.KindPaperWent,
}

var input = journey.InputKind

// Rules that stand in several phases.
var (
	asks    = on("askOrLeave", askOrLeave)
	leaves  = on("leave", leave)
	locates = on("restart", restart)
)

// everywhere is decided for all phases that do not decide it themselves.
var everywhere = journey.Decisions[State]{
	input(front.ActLanguage): on("speak", speak),
	input(front.ActTouch):    on("stay", stay),
	input(front.ActMore):     on("stay", stay),
	input(front.ActChoose):   ignored(notOffered),
	input(front.ActNext):     ignored(notOffered),
	input(front.ActRetry):    ignored(notOffered),
	input(front.ActBack):     ignored(notOffered),
	input(front.ActCancel):   ignored(notOffered),
	journey.KindTimeUp:       ignored(ownClock),
	journey.KindCardIn:       ignored("no Civil ID is asked for now"),
	journey.KindCardOut:      on("hideHolder", hideHolder),
	journey.KindInterrupted:  on("giveUp", leave),
	fines.KindCardRead:       ignored(late),
	fines.KindCardFailed:     ignored(late),
	KindAsked:                ignored(late),
	KindAskFailed:            ignored(late),
	KindPrepared:             ignored(late),
	KindNotPrepared:          ignored(late),
	KindOldIn:                ignored(late),
	KindOldWrong:             ignored(late),
	KindOldNone:              ignored(late),
	KindFed:                  ignored(late),
	KindCardPrinted:          ignored(late),
	KindOldCaptured:          ignored(late),
	KindCardPresented:        ignored(late),
	KindCardWent:             ignored(late),
	KindCardRetracted:        ignored(late),
	KindCardRejected:         ignored(late),
	KindOldReturned:          ignored(late),
	KindLocated:              ignored(late),
	fines.KindPrinted:        ignored(late),
	fines.KindPaperWent:      ignored(late),
}

// table decides the rest. What is on disk when the machine is interrupted is only what
// stands from placing on; before that nothing has begun.
var table = map[Phase]journey.Decisions[State]{
	Identify: {
		input(front.ActBack):   leaves,
		input(front.ActCancel): leaves,
		journey.KindCardIn:     on("readCard", readCard),
		journey.KindTimeUp:     asks,
	},
	Reading: {
		journey.KindCardOut:  on("cardPulled", cardPulled),
		fines.KindCardRead:   on("ask", ask),
		fines.KindCardFailed: on("cardTrouble", cardTrouble),
	},
	Looking: {
		input(front.ActCancel): leaves,
		journey.KindCardOut:    on("cardPulled", cardPulled),
		KindAsked:              on("asked", asked),
		KindAskFailed:          on("askTrouble", askTrouble),
	},
	Choosing: {
		input(front.ActChoose): on("choose", choose),
		input(front.ActBack):   on("identifyAgain", identifyAgain),
		input(front.ActCancel): leaves,
		journey.KindCardOut:    on("cardPulled", cardPulled),
		journey.KindTimeUp:     asks,
	},
	Owing: {
		input(front.ActNext):   on("payFirst", payFirst),
		input(front.ActBack):   on("identifyAgain", identifyAgain),
		input(front.ActCancel): leaves,
		journey.KindCardOut:    on("cardPulled", cardPulled),
		journey.KindTimeUp:     asks,
	},
	Checking: {
		input(front.ActCancel): leaves,
		journey.KindCardOut:    on("cardPulled", cardPulled),
		KindPrepared:           on("begin", begin),
		KindNotPrepared:        on("notPrepared", notPrepared),
	},
	Placing: {
		input(front.ActCancel):  on("closeGate", closeGate),
		journey.KindCardOut:     on("pulledWhilePlacing", pulledWhilePlacing),
		journey.KindTimeUp:      on("askOrCloseGate", askOrCloseGate),
		KindOldIn:               on("oldIn", oldIn),
		KindOldWrong:            on("oldWrong", oldWrong),
		KindOldNone:             on("oldNone", oldNone),
		journey.KindInterrupted: locates,
	},
	Feeding: {
		KindFed:                 on("fed", fed),
		journey.KindInterrupted: locates,
	},
	Printing: {
		KindCardPrinted:         on("cardPrinted", cardPrinted),
		journey.KindInterrupted: locates,
	},
	Retaining: {
		KindOldCaptured:         on("oldCaptured", oldCaptured),
		journey.KindInterrupted: locates,
	},
	Presenting: {
		KindCardPresented:       on("cardPresented", cardPresented),
		journey.KindInterrupted: locates,
	},
	Taking: {
		KindCardWent:            on("cardWent", cardWent),
		journey.KindTimeUp:      on("hurry", hurry),
		journey.KindInterrupted: locates,
	},
	Retracting: {
		KindCardRetracted:       on("cardRetracted", cardRetracted),
		journey.KindInterrupted: locates,
	},
	Rejecting: {
		KindCardRejected:        on("cardRejected", cardRejected),
		journey.KindInterrupted: locates,
	},
	Locating: {
		KindLocated:             on("located", located),
		journey.KindInterrupted: locates,
	},
	Returning: {
		KindOldReturned:         on("oldReturned", oldReturned),
		journey.KindInterrupted: locates,
	},
	Writing: {
		fines.KindPrinted:       on("printed", printed),
		journey.KindInterrupted: on("printInterrupted", printInterrupted),
	},
	Paper: {
		fines.KindPaperWent:     on("paperWent", paperWent),
		journey.KindInterrupted: on("takeBack", takeBack),
	},
	Trouble: {
		input(front.ActRetry):  on("retry", retry),
		input(front.ActBack):   on("identifyAgain", identifyAgain),
		input(front.ActNext):   leaves,
		input(front.ActCancel): leaves,
		journey.KindCardIn:     on("cardAgain", cardAgain),
		journey.KindTimeUp:     asks,
	},
	Thanks: {
		input(front.ActNext):   leaves,
		input(front.ActCancel): leaves,
		journey.KindTimeUp:     leaves,
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
