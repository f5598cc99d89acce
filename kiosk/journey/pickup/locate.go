package pickup

import (
	"fmt"
	"time"

	"murur/devices"
	"murur/devices/capture"
	"murur/devices/cardprinter"
	"murur/kiosk/front"
	"murur/kiosk/journey"
)

// Rules of doubt: the units are asked where every card is, then the last intent and the
// evidence decide. Nothing moves on a guess.

func locate(s State) (State, journey.Out) {
	s.Phase, s.Asking, s.Hurry = Locating, false, false
	s.New.Doubts++
	return s, journey.Out{Effects: []journey.Effect{Locate{}}}
}

// restart: the power was gone. Whoever stands there now may be somebody else.
func restart(s State, _ journey.Event, _ time.Time) (State, journey.Out) {
	s.Restarted, s.Holder, s.New.Doubts = true, nil, 0
	if s.Failure == "" {
		s.Failure = front.ProblemInternal
	}
	return locate(s)
}

// located settles the old licence first, because that moves nothing, then the new card.
func located(s State, e journey.Event, at time.Time) (State, journey.Out) {
	where := e.(Located)
	s, records := settleOld(s, where.Old)
	s, out := settleNew(s, where.New, at)
	return s, before(out, records...)
}

// settleOld says where the old licence is, if that was open.
func settleOld(s State, at *capture.State) (State, []journey.Record) {
	switch s.Old.Custody {
	case devices.CustodyTaken, devices.CustodyRetained, devices.CustodyUnknown:
		return s, nil
	}
	if s.Old.Act == "" {
		return s, nil
	}
	custody, evidence := devices.CustodyUnknown, "the capture unit does not answer"
	if at != nil {
		custody = oldCustody(s.Old, *at)
		evidence = fmt.Sprintf("card %s, counter %d before, %d now", at.Card, s.Old.Captured, at.Captured)
	}
	switch {
	case custody == "":
		return s, []journey.Record{s.stayed(Old, evidence)}
	case custody == s.Old.Custody && s.Old.Act == ActAdmit:
		return s, nil // it is held as before
	case s.Failure != "":
	case custody == devices.CustodyInside && s.Old.Act == ActCapture: // as if refused: no new one without it
		s.Failure = front.ProblemNoCapture
	case custody == devices.CustodyUnknown:
		s.Failure = front.ProblemLicenceFailed
	}
	s, r := s.hasOld(custody, evidence)
	return s, []journey.Record{r}
}

// oldCustody is what the unit's word means after the last act with the old licence. Empty:
// there never was one.
func oldCustody(old OldCard, at capture.State) devices.Custody {
	counted := at.Captured >= 0 && old.Captured >= 0
	switch {
	case at.Card == capture.PlaceInside || at.Card == capture.PlaceGate:
		return devices.CustodyInside
	case at.Card != capture.PlaceNone:
		return devices.CustodyUnknown
	case old.Act != ActAdmit && counted && at.Captured == old.Captured+1:
		return devices.CustodyRetained
	case old.Act == ActAdmit && old.Custody == "" && (!counted || at.Captured == old.Captured):
		return ""
	case old.Act == ActReturn && counted && at.Captured == old.Captured:
		return devices.CustodyTaken
	}
	return devices.CustodyUnknown
}

// settleNew says where the new card is, if that was open, and does what is safe.
func settleNew(s State, at *cardprinter.Location, now time.Time) (State, journey.Out) {
	if !s.New.open() {
		return conclude(s, now)
	}
	if at == nil {
		return lost(s, "the licence printer does not answer", now)
	}
	evidence := fmt.Sprintf("after %s: inside %s, exit %s, fed %d before, %d now", s.New.Act, at.Inside, at.Exit, s.New.Before.Inserted, at.Counters.Inserted)
	switch {
	case at.Inside == cardprinter.SeenUnknown || at.Exit == cardprinter.SeenUnknown, at.Inside == cardprinter.SeenCard && at.Exit == cardprinter.SeenCard:
		return lost(s, evidence, now)
	case s.New.Doubts > mostDoubts && (at.Inside == cardprinter.SeenCard || at.Exit == cardprinter.SeenCard):
		return lost(s, evidence+": it stays there", now)
	case at.Exit == cardprinter.SeenCard && (s.New.Act == ActPresent || s.New.Act == ActRetract):
		return presented(s, evidence)
	case at.Exit == cardprinter.SeenCard: // it was never meant to be there
		s, r := s.has(devices.CustodyPresented, evidence)
		s.Failure = front.ProblemLicenceFailed
		s, out := retract(s)
		return s, before(out, r)
	case at.Inside == cardprinter.SeenCard && s.New.Act == ActReject:
		return lost(s, evidence+": it cannot be rejected", now)
	case at.Inside == cardprinter.SeenCard && s.presentable():
		return present(s)
	case at.Inside == cardprinter.SeenCard:
		s, r := s.has(devices.CustodyInside, evidence)
		s, out := reject(s)
		return s, before(out, r)
	}
	// It is nowhere.
	switch s.New.Act {
	case ActFeed:
		if at.Counters.Inserted >= 0 && at.Counters.Inserted == s.New.Before.Inserted {
			s.New.Act = "" // nothing was fed
			if s.Failure == "" {
				s.Failure = front.ProblemNoCardPrinter
			}
			s, out := conclude(s, now)
			return s, before(out, s.stayed(Blank, evidence))
		}
	case ActReject: // in the box, but its answer is lost: no other one follows
		if s.Failure == "" {
			s.Failure = front.ProblemLicenceFailed
		}
		return rejected(s, evidence, now)
	case ActPresent:
		if s.New.Custody == devices.CustodyPresented && !s.Restarted {
			return issued(s, evidence, now)
		}
	}
	return lost(s, evidence, now)
}

// presentable: the doubt was about the old licence alone, and it is in the bin. The new
// one is verified, and the same person stands there.
func (s State) presentable() bool {
	return s.New.Verified && s.New.Act == ActPrint && !s.Restarted && s.Failure == "" && s.Old.Custody == devices.CustodyRetained
}

// lost: nobody knows who has the card. The department decides.
func lost(s State, evidence string, at time.Time) (State, journey.Out) {
	s, r := s.has(devices.CustodyUnknown, evidence)
	s, out := conclude(s, at)
	return s, before(out, r)
}
