package fines

import (
	"time"

	"murur/devices/receipt"
	"murur/devices/terminal"
	"murur/kiosk/civilid"
	"murur/kiosk/front"
	"murur/kiosk/kwd"
)

// SlipKind is a kind of paper.
type SlipKind string

const (
	SlipReceipt SlipKind = "receipt" // proof of payment
	SlipCase    SlipKind = "case"    // a promise: what is known and what is not
)

// Slip is what a paper says, before it is words.
type Slip struct {
	Kind   SlipKind        `json:"kind"`
	Number string          `json:"number"` // receipt or case number
	Fines  []Fine          `json:"fines"`
	Total  kwd.Amount      `json:"total"`
	Result terminal.Result `json:"result,omitzero"`
	Civil  string          `json:"civil,omitempty"` // masked
	At     time.Time       `json:"at"`
}

// slip describes the paper for the chosen fines.
func (s State) slip(kind SlipKind, number string, at time.Time) Slip {
	slip := Slip{Kind: kind, Number: number, Fines: s.Chosen(), Total: s.Total(), Result: s.Result, At: at}
	if s.Query.By == front.ByCard || s.Query.By == front.ByCivil {
		slip.Civil = civilid.Number(s.Query.Number).Masked()
	}
	return slip
}

// Words are the catalogue's words for paper; a Text in both languages.
type Words interface {
	Text(id string) receipt.Text
	Money(a kwd.Amount) (ar, en string)
	Time(t time.Time) string
}

// Issuer is who prints: the kiosk's id and place.
type Issuer struct {
	Kiosk string
	Place front.Words
}

// Document lays the slip out in words. The QR holds the number only.
func (s Slip) Document(w Words, by Issuer) receipt.Document {
	text := func(id string) *receipt.Text { t := w.Text(id); return &t }
	field := func(id, value string) receipt.Block {
		return receipt.Block{Field: &receipt.Field{Label: w.Text(id), Value: value}}
	}
	money := func(id string, a kwd.Amount) *receipt.Field {
		ar, en := w.Money(a)
		return &receipt.Field{Label: w.Text(id), Value: en, ArValue: ar}
	}
	rule := receipt.Block{Rule: true}
	title, number, notes := "receipt.title", "receipt.number", []string{"receipt.delay"}
	if s.Kind == SlipCase {
		title, number, notes = "receipt.case.title", "receipt.case", []string{"receipt.case.text", "receipt.case.keep"}
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
	blocks = append(blocks, rule)
	for i, f := range s.Fines {
		if i > 0 {
			blocks = append(blocks, receipt.Block{Space: 1})
		}
		blocks = append(blocks,
			receipt.Block{Text: &receipt.Text{Ar: f.What.Ar, En: f.What.En}},
			field("receipt.violation", f.ID),
			receipt.Block{Field: money("receipt.amount", f.Amount)})
	}
	blocks = append(blocks, rule, receipt.Block{Money: money("receipt.total", s.Total)})
	for _, f := range []struct{ id, value string }{
		{"receipt.card", joined(s.Result.Card, s.Result.PAN)},
		{"receipt.terminal", s.Result.Mark.Terminal},
		{"receipt.trace", s.Result.Mark.Trace},
	} {
		if f.value != "" {
			blocks = append(blocks, field(f.id, f.value))
		}
	}
	for _, line := range s.terminalLines() {
		blocks = append(blocks, receipt.Block{Text: &receipt.Text{En: line}})
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

// terminalLines are what the terminal wants its customer to have in print: on this paper,
// never on a second one.
func (s Slip) terminalLines() []string {
	var lines []string
	for _, slip := range s.Result.Slips {
		if slip.Kind != terminal.SlipCustomer && slip.Kind != terminal.SlipUnknown {
			continue
		}
		for _, l := range slip.Lines {
			if l.Text != "" {
				lines = append(lines, l.Text)
			}
		}
	}
	return lines
}

func joined(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + " " + b
}
