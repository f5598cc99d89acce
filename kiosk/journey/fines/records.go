package fines

import (
	"time"

	"murur/devices"
	"murur/devices/terminal"
	"murur/kiosk/front"
	"murur/kiosk/kwd"
)

// Kinds of the records that this journey leaves. The central server acts on those
// marked with an arrow.
const (
	RecordReserving = "fines.reserving"   // before central is asked
	RecordReleased  = "fines.released"    // → the reservation ends
	RecordIntent    = "payment.intent"    // before the first byte to the terminal
	RecordApproved  = "payment.approved"  // before the approval is acknowledged
	RecordFailing   = "payment.failing"   // before the terminal is told to undo an approval
	RecordCompleted = "payment.completed" // → posted; the reservation ends
	RecordReversing = "payment.reversing" // before the terminal is asked to reverse a booked payment
	RecordReversed  = "payment.reversed"  // → charged and given back; the reservation ends
	RecordRefused   = "payment.refused"   // → nothing was charged; the reservation ends
	RecordUnknown   = "payment.unknown"   // → the fines are blocked until somebody finds out
	RecordPrinting  = "receipt.printing"  // before the first byte to the printer
	RecordPrinted   = "receipt.printed"   // what is proved
	RecordPaper     = "receipt.custody"   // who has the paper
	RecordCase      = "case.opened"       // something a person must clear up
	RecordClosed    = "case.closed"       // by evidence, or by a technician's decision
	RecordRejected  = "fine.rejected"     // → central sent a fine that makes no sense
)

// ReservationRecord is the payload of RecordReserving and RecordReleased.
type ReservationRecord struct {
	Reservation string     `json:"reservation"`
	Fines       []string   `json:"fines,omitempty"`
	Amount      kwd.Amount `json:"amount,omitempty"`
}

// PaymentRecord is the payload of every payment record; what is not known yet is
// left out.
type PaymentRecord struct {
	Reservation     string          `json:"reservation"`
	Fines           []string        `json:"fines"`
	Amount          kwd.Amount      `json:"amount"` // fils
	Receipt         string          `json:"receipt,omitempty"`
	Terminal        string          `json:"terminal,omitempty"`
	Trace           string          `json:"trace,omitempty"`
	TerminalReceipt string          `json:"terminalReceipt,omitempty"`
	Card            string          `json:"card,omitempty"`
	PAN             string          `json:"pan,omitempty"` // masked by the terminal
	At              time.Time       `json:"at,omitzero"`
	Before          terminal.Mark   `json:"before,omitzero"`
	Reason          terminal.Reason `json:"reason,omitempty"`
	Code            string          `json:"code,omitempty"`
	Case            string          `json:"case,omitempty"`
}

// PaperRecord is the payload of the receipt records.
type PaperRecord struct {
	Number   string          `json:"number"`
	Slip     SlipKind        `json:"slip"`
	Outcome  devices.Outcome `json:"outcome,omitempty"`
	Custody  devices.Custody `json:"custody,omitempty"`
	Evidence string          `json:"evidence,omitempty"`
}

// RejectedRecord is the payload of RecordRejected.
type RejectedRecord struct {
	Fines []string `json:"fines"`
}

// PaidMark is an entry of the paid list: a fine that must not be paid again here.
type PaidMark struct {
	State   front.FineState `json:"state"` // recording, unclear
	Journey string          `json:"journey"`
	At      time.Time       `json:"at"`
}

// ApplyPaid shows fines that are on the kiosk's own paid list as such, whatever
// central says: its records may be up to 15 minutes behind.
func ApplyPaid(found Found, paid func(id string) (PaidMark, bool)) Found {
	for i, f := range found.Fines {
		if mark, ok := paid(f.ID); ok {
			found.Fines[i].State = mark.State
		}
	}
	return found
}
