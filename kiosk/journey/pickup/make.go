package pickup

import (
	"time"

	"murur/devices"
	"murur/devices/cardprinter"
	"murur/kiosk/front"
	"murur/kiosk/journey"
)

// Rules of the second half: cards. Every step before an act returns the record that says
// so; the engine commits it first.

// intend is the record before an act with the new card.
func (s State) intend(act Act) (State, journey.Record) {
	s.New.Act = act
	return s, journey.Record{Kind: RecordIntent, Payload: IntentRecord{
		Object: Blank, Card: s.card(), Batch: s.Batch, Act: act, Counters: s.New.Before,
	}}
}

// intendOld is the record before an act with the old one.
func (s State) intendOld(act Act) (State, journey.Record) {
	s.Old.Act = act
	return s, journey.Record{Kind: RecordIntent, Payload: IntentRecord{
		Object: Old, Card: s.Journey + "/old", Act: act, Captured: s.Old.Captured,
	}}
}

// has is who has the new card now.
func (s State) has(c devices.Custody, evidence string) (State, journey.Record) {
	s.New.Custody = c
	return s, journey.Record{Kind: RecordCustody, Payload: CustodyRecord{
		Object: Blank, Card: s.card(), Batch: s.Batch, Custody: c, Evidence: evidence,
	}}
}

// hasOld is who has the old one now.
func (s State) hasOld(c devices.Custody, evidence string) (State, journey.Record) {
	s.Old.Custody = c
	return s, journey.Record{Kind: RecordCustody, Payload: CustodyRecord{
		Object: Old, Card: s.Journey + "/old", Custody: c, Evidence: evidence,
	}}
}

// stayed is the answer to an act that did not happen: no blank left the feeder, nothing
// came in at the gate.
func (s State) stayed(o Object, evidence string) journey.Record {
	card := s.Journey + "/old"
	if o == Blank {
		card = s.card()
	}
	return journey.Record{Kind: RecordCustody, Payload: CustodyRecord{Object: o, Card: card, Evidence: evidence}}
}

// pickupRecord is a record about the application.
func (s State) pickupRecord(kind string) journey.Record {
	r := PickupRecord{Application: s.Application.ID, Issue: s.Application.Issue, Kind: s.Application.Kind, Reason: string(s.Failure)}
	switch kind {
	case RecordPromised, RecordRetracted, RecordUnclear:
		r.Case = s.caseNumber()
	}
	return journey.Record{Kind: kind, Payload: r}
}

// mark is the entry of the list of pickups.
func (s State) mark(state MarkState, at time.Time) journey.Mark {
	return journey.Mark{List: journey.ListPickups, Key: s.Application.ID,
		Value: Mark{Issue: s.Application.Issue, State: state, Journey: s.Journey, At: at}}
}

// act is a phase with one record and one effect, which is what most steps are.
func act(s State, p Phase, r journey.Record, e journey.Effect) (State, journey.Out) {
	s.Phase, s.Asking, s.Hurry = p, false, false
	return s, journey.Out{Records: []journey.Record{r}, Effects: []journey.Effect{e}}
}

// before puts records in front of what a step wants.
func before(out journey.Out, r ...journey.Record) journey.Out {
	out.Records = append(r, out.Records...)
	return out
}

// untold are the counters of a unit that does not tell; nothing is proved by them.
var untold = cardprinter.Counters{Inserted: -1, Panels: -1, Ribbon: -1}

// begin: nothing is missing. From here on the application is being served.
func begin(s State, e journey.Event, at time.Time) (State, journey.Out) {
	p := e.(Prepared)
	s.Begun, s.Batch = true, p.Batch
	s.New.Before, s.Old.Captured = untold, -1
	if p.New != nil {
		s.New.Before = p.New.Counters
	}
	if p.Old != nil {
		s.Old.Captured = p.Old.Captured
	}
	next := feed
	if s.Application.Kind.TakesOld() {
		next = place
	}
	s, out := next(s)
	out = before(out, s.pickupRecord(RecordBegun))
	out.Marks = append(out.Marks, s.mark(MarkOpen, at))
	return s, out
}

func place(s State) (State, journey.Out) {
	s, r := s.intendOld(ActAdmit)
	return act(s, Placing, r, Admit{})
}

// closeGate: the person wants to leave. What has slipped in meanwhile is given back, so
// Admit's answer is waited for.
func closeGate(s State, _ journey.Event, _ time.Time) (State, journey.Out) {
	if s.Leaving {
		return s, journey.Out{}
	}
	s.Leaving, s.Asking = true, false
	return s, journey.Out{Effects: []journey.Effect{CloseGate{}}}
}

func pulledWhilePlacing(s State, e journey.Event, at time.Time) (State, journey.Out) {
	s.Holder, s.Failure = nil, front.ProblemCardRemoved
	return closeGate(s, e, at)
}

func askOrCloseGate(s State, e journey.Event, at time.Time) (State, journey.Out) {
	if s.Asking {
		s.Failure = front.ProblemNothingPlaced
		return closeGate(s, e, at)
	}
	s.Asking = !s.Leaving
	return s, journey.Out{}
}

func oldIn(s State, _ journey.Event, at time.Time) (State, journey.Out) {
	s.Old.Wrong = ""
	s, r := s.hasOld(devices.CustodyInside, "taken in at the gate")
	next := feed
	if s.Leaving {
		next = func(s State) (State, journey.Out) { return conclude(s, at) }
	}
	s, out := next(s)
	return s, before(out, r)
}

// oldWrong: it is with the person, who may try again.
func oldWrong(s State, e journey.Event, at time.Time) (State, journey.Out) {
	s.Old.Wrong = e.(OldWrong).Why
	s.Old.Wrongs++
	r := s.stayed(Old, "not taken in: "+string(s.Old.Wrong))
	next := place
	if s.Leaving || s.Old.Wrongs >= mostWrong {
		if s.Failure == "" && !s.Leaving {
			s.Failure = front.ProblemWrongObject
		}
		next = func(s State) (State, journey.Out) { return conclude(s, at) }
	}
	s, out := next(s)
	return s, before(out, r)
}

// oldNone: nothing came, or the unit failed and has to be asked what it has.
func oldNone(s State, e journey.Event, at time.Time) (State, journey.Out) {
	if e.(OldNone).Fault {
		s.Failure = front.ProblemNoCapture
		return locate(s)
	}
	if s.Failure == "" && !s.Leaving {
		s.Failure = front.ProblemNothingPlaced
	}
	s, out := conclude(s, at)
	return s, before(out, s.stayed(Old, "nothing came"))
}

func feed(s State) (State, journey.Out) {
	s.New = NewCard{Number: s.New.Number + 1, Before: s.New.Before}
	s, r := s.intend(ActFeed)
	return act(s, Feeding, r, Feed{})
}

func fed(s State, e journey.Event, at time.Time) (State, journey.Out) {
	proof := e.(Fed).Proof
	switch proof.Outcome {
	case devices.Confirmed:
		s.New.Before = proof.Counters
		s, inside := s.has(devices.CustodyInside, proof.Evidence)
		s, r := s.intend(ActPrint)
		s, out := act(s, Printing, r, PrintCard{})
		return s, before(out, inside)
	case devices.Refused: // nothing moved
		s.New.Act = ""
		s.Failure = front.ProblemNoCardPrinter
		s, out := conclude(s, at)
		return s, before(out, s.stayed(Blank, proof.Evidence))
	}
	return locate(s)
}

func cardPrinted(s State, e journey.Event, _ time.Time) (State, journey.Out) {
	proof := e.(CardPrinted).Proof
	switch {
	case proof.Outcome == devices.Confirmed:
		s.New.Before, s.New.Verified = proof.Counters, true
		s, inside := s.has(devices.CustodyInside, "verified: "+proof.Evidence)
		next := present
		if s.Old.Custody == devices.CustodyInside {
			next = retain
		}
		s, out := next(s)
		return s, before(out, inside)
	case proof.Outcome == devices.Refused && proof.Custody == devices.CustodyInside:
		s, spoilt := s.has(devices.CustodyInside, "not verified: "+proof.Evidence)
		s, out := reject(s)
		return s, before(out, spoilt)
	}
	return locate(s)
}

func retain(s State) (State, journey.Out) {
	s, r := s.intendOld(ActCapture)
	return act(s, Retaining, r, CaptureOld{})
}

func oldCaptured(s State, e journey.Event, _ time.Time) (State, journey.Out) {
	proof := e.(OldCaptured).Proof
	switch proof.Outcome {
	case devices.Confirmed:
		s, kept := s.hasOld(devices.CustodyRetained, proof.Evidence)
		s, out := present(s)
		return s, before(out, kept)
	case devices.Refused: // it is still held: no new one without it
		s.Failure = front.ProblemNoCapture
		s, held := s.hasOld(devices.CustodyInside, proof.Evidence)
		s, out := reject(s)
		return s, before(out, held)
	}
	return locate(s)
}

func present(s State) (State, journey.Out) {
	s, r := s.intend(ActPresent)
	return act(s, Presenting, r, PresentCard{})
}

func cardPresented(s State, e journey.Event, at time.Time) (State, journey.Out) {
	switch e.(CardPresented).Custody {
	case devices.CustodyPresented:
		return presented(s, "exit sensor")
	case devices.CustodyTaken:
		s, out := s.has(devices.CustodyPresented, "exit sensor")
		s, rest := issued(s, "exit sensor fell", at)
		return s, before(rest, out)
	}
	return locate(s)
}

// presented waits for the person, from now.
func presented(s State, evidence string) (State, journey.Out) {
	s, r := s.has(devices.CustodyPresented, evidence)
	return act(s, Taking, r, WatchCard{})
}

// hurry asks the person to take it; the time that is left goes on running.
func hurry(s State, _ journey.Event, _ time.Time) (State, journey.Out) {
	s.Hurry = true
	return s, journey.Out{}
}

func cardWent(s State, e journey.Event, at time.Time) (State, journey.Out) {
	switch e.(CardWent).Custody {
	case devices.CustodyTaken:
		return issued(s, "exit sensor fell", at)
	case devices.CustodyPresented:
		return retract(s)
	}
	return locate(s)
}

func retract(s State) (State, journey.Out) {
	if s.Failure == "" {
		s.Failure = front.ProblemNotTaken
	}
	s, r := s.intend(ActRetract)
	return act(s, Retracting, r, RetractCard{})
}

func cardRetracted(s State, e journey.Event, at time.Time) (State, journey.Out) {
	switch e.(CardRetracted).Custody {
	case devices.CustodyRetracted:
		s, r := s.has(devices.CustodyRetracted, "taken back and in the reject box")
		s, out := conclude(s, at)
		return s, before(out, r)
	case devices.CustodyTaken:
		s.Failure = ""
		return issued(s, "gone from the exit", at)
	}
	return locate(s)
}

func reject(s State) (State, journey.Out) {
	s, r := s.intend(ActReject)
	return act(s, Rejecting, r, RejectCard{})
}

// cardRejected: a card that is proved rejected may be followed by another one, while the
// person is still there and nothing else is wrong.
func cardRejected(s State, e journey.Event, at time.Time) (State, journey.Out) {
	if e.(CardRejected).Custody != devices.CustodyRejected {
		return locate(s)
	}
	return rejected(s, "reject box", at)
}

func rejected(s State, evidence string, at time.Time) (State, journey.Out) {
	s, r := s.has(devices.CustodyRejected, evidence)
	s.Spoilt++
	if s.Failure == "" && !s.Restarted && s.Spoilt < mostBlanks {
		s, out := feed(s)
		return s, before(out, r)
	}
	if s.Failure == "" {
		s.Failure = front.ProblemLicenceFailed
	}
	s, out := conclude(s, at)
	return s, before(out, r)
}
