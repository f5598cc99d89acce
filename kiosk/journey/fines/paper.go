package fines

import (
	"time"

	"murur/devices"
	"murur/devices/receipt"
	"murur/kiosk/front"
	"murur/kiosk/journey"
)

// Rules of the paper: printing it, and who has it. A payment is never undone
// because paper failed.

func printSlip(s State) (State, journey.Out) {
	s.Phase, s.Paper = Printing, front.PaperPrinting
	return s, journey.Out{
		Records: []journey.Record{s.paperRecord(RecordPrinting, receipt.Proof{})},
		Effects: []journey.Effect{Print{s.Slip}},
	}
}

func (s State) paperRecord(kind string, p receipt.Proof) journey.Record {
	return journey.Record{Kind: kind, Payload: PaperRecord{
		Number: s.Slip.Number, Slip: s.Slip.Kind, Outcome: p.Outcome, Custody: p.Custody, Evidence: p.Evidence,
	}}
}

func printed(s State, e journey.Event, at time.Time) (State, journey.Out) {
	proof := e.(Printed).Proof
	record := s.paperRecord(RecordPrinted, proof)
	if proof.Outcome != devices.Confirmed {
		return noPaper(s, proof, record, at)
	}
	s.Phase, s.Paper = Taking, front.PaperTake
	return s, journey.Out{
		Records: []journey.Record{record},
		Effects: []journey.Effect{WatchPaper{}},
	}
}

// noPaper: the paper is not proved. For a receipt that is a case of its own; a case
// slip stays on the screen, which says the same.
func noPaper(s State, proof receipt.Proof, record journey.Record, at time.Time) (State, journey.Out) {
	s.Paper = front.PaperUnknown
	if proof.Outcome == devices.Refused {
		s.Paper = front.PaperFailed
	}
	records, marks := []journey.Record{record}, []journey.Mark(nil)
	if s.Slip.Kind == SlipReceipt {
		opened, mark := s.openCase(front.ProblemReceiptFailed, at)
		records, marks = append(records, opened), []journey.Mark{mark}
		s.Problem = Problem{Code: front.ProblemReceiptFailed, Money: front.MoneyCharged, Case: s.caseNumber()}
	}
	s, out := trouble(s, s.Problem)
	out.Records, out.Marks = records, marks
	return s, out
}

// printInterrupted: the power went while printing. How far the paper came is not
// known; what lies in the output is taken back, because nobody can say who stands
// there now.
func printInterrupted(s State, _ journey.Event, at time.Time) (State, journey.Out) {
	proof := receipt.Proof{Outcome: devices.Unknown, Custody: devices.CustodyUnknown, Evidence: "interrupted"}
	s, out := noPaper(s, proof, s.paperRecord(RecordPrinted, proof), at)
	out.Effects = []journey.Effect{Retract{}}
	return s, out
}

func takeBack(s State, _ journey.Event, _ time.Time) (State, journey.Out) {
	return s, journey.Out{Effects: []journey.Effect{Retract{}}}
}

func paperWent(s State, e journey.Event, at time.Time) (State, journey.Out) {
	s, out := notePaper(s, e, at)
	if s.Slip.Kind == SlipCase {
		s, _ = trouble(s, s.Problem) // the screen says the rest
		return s, out
	}
	if e.(PaperWent).Custody == devices.CustodyRetracted {
		out.Next = journey.NextLobby // nobody is there any more
		return s, out
	}
	s.Phase, s.Paper = Thanks, front.PaperTaken
	return s, out
}

// notePaper only records who has the paper.
func notePaper(s State, e journey.Event, _ time.Time) (State, journey.Out) {
	proof := receipt.Proof{Custody: e.(PaperWent).Custody}
	return s, journey.Out{Records: []journey.Record{s.paperRecord(RecordPaper, proof)}}
}
