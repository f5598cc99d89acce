package pickup

import (
	"fmt"
	"time"

	"murur/devices"
	"murur/kiosk/front"
	"murur/kiosk/journey"
	"murur/kiosk/journey/fines"
)

// Rules of the end. Each journey that has begun ends as exactly one of: issued, released,
// promised, retracted, unknown.

// issued: the person has the new licence.
func issued(s State, evidence string, at time.Time) (State, journey.Out) {
	s.Failure = ""
	s, taken := s.has(devices.CustodyTaken, evidence)
	s.Slip = s.slip(SlipIssued, at)
	s, out := write(s)
	out = before(out, taken, s.pickupRecord(RecordIssued))
	out.Marks = append(out.Marks, s.mark(MarkIssued, at))
	return s, out
}

// conclude ends a journey without a licence, once the new card has come to an end: an old
// licence that is held is given back first.
func conclude(s State, at time.Time) (State, journey.Out) {
	if s.Old.Custody == devices.CustodyInside {
		s, r := s.intendOld(ActReturn)
		return act(s, Returning, r, ReturnOld{})
	}
	switch {
	case s.New.Custody == devices.CustodyUnknown:
		return withoutLicence(s, RecordUnclear, MarkUnknown, front.ProblemLicenceUnknown, at)
	case s.New.Custody == devices.CustodyRetracted:
		return withoutLicence(s, RecordRetracted, MarkRetracted, front.ProblemNotTaken, at)
	case s.Spoilt > 0 || s.Old.Custody == devices.CustodyRetained || s.Old.Custody == devices.CustodyUnknown:
		return withoutLicence(s, RecordPromised, MarkPromised, front.ProblemLicenceFailed, at)
	}
	return released(s)
}

// released: no blank was used and the old licence is with the person. The application can
// be served again, here or elsewhere.
func released(s State) (State, journey.Out) {
	record := s.pickupRecord(RecordReleased)
	unmark := journey.Mark{List: journey.ListPickups, Key: s.Application.ID}
	if s.Failure == "" { // the person wanted to go
		return s, journey.Out{Records: []journey.Record{record}, Marks: []journey.Mark{unmark}, Stop: true, Next: journey.NextLobby}
	}
	s, out := trouble(s, Problem{Code: s.Failure})
	out.Records, out.Marks = []journey.Record{record}, []journey.Mark{unmark}
	return s, out
}

// withoutLicence opens a case and prints its number: what the person holds instead.
func withoutLicence(s State, kind string, state MarkState, code front.ProblemCode, at time.Time) (State, journey.Out) {
	s.Failure = code
	s.Problem = Problem{Code: code, Card: s.cardState(), Case: s.caseNumber()}
	s.Slip = s.slip(SlipPromise, at)
	opened := fines.Case{Number: s.caseNumber(), Reason: code, At: at, Application: s.Application.ID}
	if s.New.Custody == devices.CustodyUnknown {
		opened.Card, opened.Batch = s.card(), s.Batch
	}
	s, out := write(s)
	out = before(out, s.pickupRecord(kind), journey.Record{Kind: fines.RecordCase, Payload: opened})
	out.Marks = append(out.Marks, s.mark(state, at),
		journey.Mark{List: journey.ListCases, Key: opened.Number, Value: opened})
	return s, out
}

// oldReturned: the person has it, or it was kept as found property, or nobody knows.
func oldReturned(s State, e journey.Event, at time.Time) (State, journey.Out) {
	custody := e.(OldReturned).Custody
	evidence := "its answer is lost"
	switch custody {
	case devices.CustodyTaken:
		evidence = "taken at the gate"
	case devices.CustodyRetained:
		evidence = "nobody took it: in the bin as found property"
	case devices.CustodyInside: // a technician has to look
		evidence = "it cannot be moved out"
		custody = devices.CustodyUnknown
	default:
		custody = devices.CustodyUnknown
	}
	s, r := s.hasOld(custody, evidence)
	s, out := conclude(s, at)
	return s, before(out, r)
}

// InFeeder, as a technician's finding, means that the blank never left the feeder.
const InFeeder devices.Custody = "feeder"

// Settled is what a technician's finding about a lost card means for its custody: taken by
// its owner, rejected when it was found and destroyed, or InFeeder. Other cases take no
// finding. Errors: fines.ErrSettle.
func Settled(c fines.Case, found devices.Custody) ([]journey.Record, error) {
	r := CustodyRecord{Object: Blank, Card: c.Card, Batch: c.Batch, Custody: found, Evidence: "found by a technician: " + c.Number}
	switch {
	case c.Card == "" && found == "":
		return nil, nil
	case c.Card == "":
		return nil, fmt.Errorf("%w: no card is in doubt", fines.ErrSettle)
	case found == InFeeder:
		r.Custody = ""
	case found != devices.CustodyTaken && found != devices.CustodyRejected:
		return nil, fmt.Errorf("%w: say where the card is: taken, rejected or feeder", fines.ErrSettle)
	}
	return []journey.Record{{Kind: RecordCustody, Payload: r}}, nil
}
