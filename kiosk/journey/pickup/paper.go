package pickup

import (
	"time"

	"murur/devices"
	"murur/devices/receipt"
	"murur/kiosk/front"
	"murur/kiosk/journey"
	"murur/kiosk/journey/fines"
)

// SlipKind is a kind of paper.
type SlipKind string

const (
	SlipIssued  SlipKind = "issued"  // what was handed over, and what was kept
	SlipPromise SlipKind = "promise" // no licence: a number, and what comes next
)

// Slip is what a paper says, before it is words.
type Slip struct {
	Kind        SlipKind          `json:"kind"`
	Number      string            `json:"number"` // of the journey, or of the case
	Application string            `json:"application"`
	Licence     Kind              `json:"licence"`
	What        front.Words       `json:"what"`
	Civil       string            `json:"civil,omitempty"` // masked
	Old         front.CardState   `json:"old,omitempty"`   // what became of the old licence
	Why         front.ProblemCode `json:"why,omitempty"`
	At          time.Time         `json:"at"`
}

func (s State) slip(kind SlipKind, at time.Time) Slip {
	slip := Slip{Kind: kind, Number: s.Journey, Application: s.Application.ID, Licence: s.Application.Kind,
		What: s.Application.What, Civil: s.Masked, At: at, Why: s.Failure}
	if s.Application.Kind.TakesOld() {
		slip.Old = s.cardState()
	}
	if kind == SlipPromise {
		slip.Number = s.caseNumber()
	}
	return slip
}

// Document lays the slip out in words. The QR holds the number only.
func (s Slip) Document(w fines.Words, by fines.Issuer) receipt.Document {
	text := func(id string) *receipt.Text { t := w.Text(id); return &t }
	field := func(id, value string) receipt.Block {
		return receipt.Block{Field: &receipt.Field{Label: w.Text(id), Value: value}}
	}
	both := func(id string, value receipt.Text) receipt.Block {
		return receipt.Block{Field: &receipt.Field{Label: w.Text(id), Value: value.En, ArValue: value.Ar}}
	}
	rule := receipt.Block{Rule: true}
	title, number, notes := "receipt.pickup.title", "receipt.pickup.number", []string{"receipt.pickup.issued"}
	if s.Kind == SlipPromise {
		number = "receipt.case"
		title, notes = s.promise()
	}
	blocks := []receipt.Block{
		{Heading: text("receipt.department")},
		{Heading: text(title)},
		rule,
		field(number, s.Number),
		field("receipt.date", w.Time(s.At)),
	}
	if s.Civil != "" {
		blocks = append(blocks, field("receipt.civil", s.Civil))
	}
	blocks = append(blocks, rule,
		field("receipt.pickup.application", s.Application),
		both("receipt.pickup.kind", w.Text("receipt.pickup.kind."+string(s.Licence))),
		both("receipt.pickup.class", receipt.Text{Ar: s.What.Ar, En: s.What.En}))
	if s.Old != "" {
		blocks = append(blocks, both("receipt.pickup.old", w.Text("receipt.pickup.old."+string(s.Old))))
	}
	blocks = append(blocks, rule)
	for _, id := range notes {
		blocks = append(blocks, receipt.Block{Text: text(id)})
	}
	return receipt.Document{Blocks: append(blocks,
		receipt.Block{QR: s.Number},
		field("receipt.kiosk", by.Kiosk),
		receipt.Block{Text: &receipt.Text{Ar: by.Place.Ar, En: by.Place.En}},
	)}
}

// promise is what comes next, and no more than is known: where the screen has said it, the
// paper says the same.
func (s Slip) promise() (title string, notes []string) {
	problem := "problem." + string(s.Why)
	switch s.Why {
	case front.ProblemNotTaken:
		return problem + ".title", []string{"receipt.pickup.notaken.text", "receipt.promise.keep"}
	case front.ProblemLicenceUnknown:
		return problem + ".title", []string{problem + ".text", problem + ".do", "receipt.promise.keep"}
	}
	return "receipt.promise.title", []string{"receipt.promise.text", "receipt.promise.keep"}
}

// Rules of the paper. A licence is never doubted because paper failed.

func write(s State) (State, journey.Out) {
	s.Phase, s.Sheet, s.Asking, s.Hurry = Writing, front.PaperPrinting, false, false
	return s, journey.Out{
		Records: []journey.Record{s.paperRecord(fines.RecordPrinting, receipt.Proof{})},
		Effects: []journey.Effect{Print{s.Slip}},
	}
}

func (s State) paperRecord(kind string, p receipt.Proof) journey.Record {
	slip := fines.SlipReceipt
	if s.Slip.Kind == SlipPromise {
		slip = fines.SlipCase
	}
	return journey.Record{Kind: kind, Payload: fines.PaperRecord{
		Number: s.Slip.Number, Slip: slip, Outcome: p.Outcome, Custody: p.Custody, Evidence: p.Evidence,
	}}
}

func printed(s State, e journey.Event, _ time.Time) (State, journey.Out) {
	proof := e.(fines.Printed).Proof
	record := s.paperRecord(fines.RecordPrinted, proof)
	if proof.Outcome == devices.Confirmed {
		s.Phase, s.Sheet = Paper, front.PaperTake
		return s, journey.Out{Records: []journey.Record{record}, Effects: []journey.Effect{fines.WatchPaper{}}}
	}
	s.Sheet = front.PaperUnknown
	if proof.Outcome == devices.Refused {
		s.Sheet = front.PaperFailed
	}
	s, out := afterPaper(s)
	return s, before(out, record)
}

// printInterrupted: how far the paper came is not known. What lies in the output is taken
// back, because nobody can say who stands there now.
func printInterrupted(s State, _ journey.Event, _ time.Time) (State, journey.Out) {
	proof := receipt.Proof{Outcome: devices.Unknown, Custody: devices.CustodyUnknown, Evidence: "interrupted"}
	s.Phase, s.Sheet, s.Holder = Paper, front.PaperUnknown, nil
	return s, journey.Out{
		Records: []journey.Record{s.paperRecord(fines.RecordPrinted, proof)},
		Effects: []journey.Effect{fines.Retract{}},
	}
}

func takeBack(s State, _ journey.Event, _ time.Time) (State, journey.Out) {
	s.Holder = nil
	return s, journey.Out{Effects: []journey.Effect{fines.Retract{}}}
}

func paperWent(s State, e journey.Event, _ time.Time) (State, journey.Out) {
	proof := receipt.Proof{Custody: e.(fines.PaperWent).Custody}
	record := s.paperRecord(fines.RecordPaper, proof)
	if s.Sheet == front.PaperTake {
		s.Sheet = front.PaperTaken
	}
	s, out := afterPaper(s)
	if proof.Custody == devices.CustodyRetracted && s.Slip.Kind == SlipIssued {
		out.Next = journey.NextLobby // nobody is there any more
	}
	return s, before(out, record)
}

// afterPaper is the last screen: thanks, or the case that the paper is about.
func afterPaper(s State) (State, journey.Out) {
	if s.Slip.Kind == SlipIssued {
		s.Phase = Thanks
		return s, journey.Out{}
	}
	return trouble(s, s.Problem)
}
