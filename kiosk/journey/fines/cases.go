package fines

import (
	"errors"
	"fmt"
	"time"

	"murur/devices"
	"murur/devices/terminal"
	"murur/kiosk/front"
	"murur/kiosk/journey"
	"murur/kiosk/kwd"
)

// Case is something that a person, or later evidence, must clear up: the payload of
// RecordCase and the entry in the list of open cases.
type Case struct {
	Number string `json:"number"`
	// Reason is one of pay_unknown, receipt_failed, paid_twice, end_of_day, and of a pickup
	// licence_failed, licence_not_taken, licence_unknown.
	Reason  front.ProblemCode `json:"reason"`
	Receipt string            `json:"receipt,omitempty"`
	Fines   []string          `json:"fines,omitempty"`
	Amount  kwd.Amount        `json:"amount,omitempty"`
	At      time.Time         `json:"at"`
	// Receipts are all payments of a day whose totals do not agree.
	Receipts []string `json:"receipts,omitempty"`
	// Payment is what the terminal is asked about again, when nobody could say whether
	// it charged.
	Payment terminal.Payment `json:"payment,omitzero"`
	// Application is that of a pickup. Card and Batch name a blank of which nobody knows
	// who has it.
	Application string `json:"application,omitempty"`
	Card        string `json:"card,omitempty"`
	Batch       string `json:"batch,omitempty"`
}

// Unclear reports whether nobody knows if this case's payment was charged. Until it is
// closed the terminal takes no other payment: its last transaction is the evidence.
func (c Case) Unclear() bool { return c.Reason == front.ProblemPayUnknown }

// By says what closed a case.
type By string

const (
	ByTerminal   By = "terminal"   // its journal has the evidence
	ByTechnician By = "technician" // a person decided, with a reason
)

// ClosedRecord is the payload of RecordClosed.
type ClosedRecord struct {
	Number  string          `json:"number"`
	By      By              `json:"by"`
	Outcome devices.Outcome `json:"outcome,omitempty"` // of the payment: confirmed, refused
	Reason  string          `json:"reason,omitempty"`  // a technician's words
}

// ErrSettle is wrapped by what is wrong with a technician's decision.
var ErrSettle = errors.New("cannot settle the case")

// longestReason bounds a technician's words.
const longestReason = 500

// Resolve closes an unclear case by what the terminal says of its payment; without
// evidence it stays open and nothing is returned.
func Resolve(c Case, r terminal.Result, at time.Time) journey.Out {
	if !c.Unclear() || r.Outcome == devices.Unknown {
		return journey.Out{}
	}
	return c.close(ClosedRecord{Number: c.Number, By: ByTerminal, Outcome: r.Outcome}, r, at)
}

// Settle closes a case by a technician's decision. An unclear one needs the outcome of
// its payment, confirmed or refused; others take none. Errors: ErrSettle.
func Settle(c Case, outcome devices.Outcome, reason string, at time.Time) (journey.Out, error) {
	decided := outcome == devices.Confirmed || outcome == devices.Refused
	switch {
	case reason == "" || len(reason) > longestReason:
		return journey.Out{}, fmt.Errorf("%w: a reason of 1 to %d bytes is needed", ErrSettle, longestReason)
	case c.Unclear() && !decided:
		return journey.Out{}, fmt.Errorf("%w: say whether it was charged: confirmed or refused", ErrSettle)
	case !c.Unclear() && outcome != "":
		return journey.Out{}, fmt.Errorf("%w: its payment is not in doubt", ErrSettle)
	}
	return c.close(ClosedRecord{Number: c.Number, By: ByTechnician, Outcome: outcome, Reason: reason}, terminal.Result{}, at), nil
}

// close ends the case and, where its payment was unclear, the payment.
func (c Case) close(end ClosedRecord, r terminal.Result, at time.Time) journey.Out {
	out := journey.Out{Marks: []journey.Mark{{List: journey.ListCases, Key: c.Number}}}
	if c.Unclear() {
		p := PaymentRecord{
			Reservation: c.Payment.Attempt, Fines: c.Fines, Amount: c.Amount, At: at, Case: c.Number,
			Terminal: r.Mark.Terminal, Trace: r.Mark.Trace, TerminalReceipt: r.Mark.Receipt, Card: r.Card, PAN: r.PAN,
		}
		kind, state := RecordRefused, front.FineState("")
		if end.Outcome == devices.Confirmed {
			kind, state, p.Receipt = RecordCompleted, front.FineRecording, c.Receipt
		}
		out.Records = append(out.Records, journey.Record{Kind: kind, Payload: p})
		out.Marks = append(out.Marks, paidMarks(c.Fines, c.Receipt, state, at)...)
	}
	out.Records = append(out.Records, journey.Record{Kind: RecordClosed, Payload: end})
	return out
}

// openCase is the record of a case and its entry in the list of cases.
func (s State) openCase(reason front.ProblemCode, at time.Time) (journey.Record, journey.Mark) {
	c := Case{Number: s.caseNumber(), Reason: reason, Receipt: s.receipt(), Fines: ids(s.Chosen()), Amount: s.Total(), At: at}
	if c.Unclear() {
		c.Payment = s.Payment
	}
	return journey.Record{Kind: RecordCase, Payload: c}, journey.Mark{List: journey.ListCases, Key: c.Number, Value: c}
}

// paidMarks puts fines on the paid list, or with an empty state takes them off it.
func paidMarks(ids []string, of string, state front.FineState, at time.Time) []journey.Mark {
	var marks []journey.Mark
	for _, id := range ids {
		m := journey.Mark{List: journey.ListPaid, Key: id}
		if state != "" {
			m.Value = PaidMark{State: state, Journey: of, At: at}
		}
		marks = append(marks, m)
	}
	return marks
}
