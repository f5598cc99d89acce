// Package receipt is the capability interface of a receipt printer and the
// printer-neutral document that is printed. Package layout draws the document as a
// picture; drivers (escpos) turn the picture into bytes.
package receipt

import (
	"context"

	"murur/devices"
)

// Printer is a receipt printer, with or without a presenter. One job at a time.
type Printer interface {
	Status(ctx context.Context) (devices.Status, error)
	// Print prints one job and returns what is proved. It never prints twice. err
	// is set when something went wrong; Proof then says how far it got: Refused
	// means that nothing reached the paper.
	Print(ctx context.Context, j Job) (Proof, error)
	// Taken waits until a presented paper leaves the presenter, or ctx ends, and
	// says who has it. Without an output sensor it answers CustodyUnknown at once.
	Taken(ctx context.Context) (devices.Custody, error)
	// Retract takes a presented paper back in, where the printer can.
	Retract(ctx context.Context) (devices.Custody, error)
}

// Job is one document to print.
type Job struct {
	Number   string   `json:"number"` // receipt number; also the key of the proof
	Copy     int      `json:"copy"`   // 0 the original, 1 the first copy
	Document Document `json:"document"`
}

// Proof is what is known of a printed job.
type Proof struct {
	Outcome  devices.Outcome `json:"outcome"`
	Custody  devices.Custody `json:"custody"`
	Evidence string          `json:"evidence"` // which replies prove it, for the record
}

// Document is a bilingual paper, top to bottom. Arabic text is right-aligned and
// runs right to left, Latin text left-aligned; numbers never re-order.
type Document struct {
	Blocks []Block `json:"blocks"`
}

// Block is one piece of a Document; exactly one field is set.
type Block struct {
	Heading *Text  `json:"heading,omitempty"` // centred, large
	Text    *Text  `json:"text,omitempty"`    // a paragraph, wrapped
	Field   *Field `json:"field,omitempty"`   // label and value
	Money   *Field `json:"money,omitempty"`   // the largest thing on the paper
	QR      string `json:"qr,omitempty"`      // content; drawn by the host
	Rule    bool   `json:"rule,omitempty"`    // a horizontal line
	Space   int    `json:"space,omitempty"`   // millimetres
}

// Text is the same sentence in both languages; an empty one is left out. Arabic
// stands above English.
type Text struct {
	Ar string `json:"ar,omitempty"`
	En string `json:"en,omitempty"`
}

// Field is a label in both languages and one value between them. ArValue, when
// set, is the value of the Arabic side (for example an amount with د.ك).
type Field struct {
	Label   Text   `json:"label"`
	Value   string `json:"value"`
	ArValue string `json:"arValue,omitempty"`
}
