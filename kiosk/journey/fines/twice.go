package fines

import (
	"slices"
	"time"

	"murur/devices"
	"murur/devices/terminal"
	"murur/kiosk/front"
	"murur/kiosk/journey"
)

// PaidTwice is a fine that was paid elsewhere before our payment reached central.
type PaidTwice struct {
	Number uint64 // central's own; rising
	Seq    uint64 // of our record
	Fine   string
}

// ReasonPaidTwice is the reason of a case about a payment that should be given back and
// was not.
const ReasonPaidTwice front.ProblemCode = "paid_twice"

// Return is a booked payment that is to be given back, as it stands in the kiosk's
// settings while the terminal is asked.
type Return struct {
	Journey string        `json:"journey"`
	Payment PaymentRecord `json:"payment"`
}

// Reversal is what the terminal is asked.
func (r Return) Reversal() terminal.Reversal {
	p := r.Payment
	return terminal.Reversal{
		Payment: terminal.Mark{Terminal: p.Terminal, Trace: p.Trace, Receipt: p.TerminalReceipt},
		Amount:  int64(p.Amount), Currency: terminal.KWD,
	}
}

// Whole reports whether every fine of the payment was paid elsewhere. A terminal gives
// back a whole payment or nothing; where only a part is owed, a person must do it.
func (r Return) Whole(twice []string) bool {
	return !slices.ContainsFunc(r.Payment.Fines, func(id string) bool { return !slices.Contains(twice, id) })
}

// Begin is the record before the terminal is asked.
func (r Return) Begin(at time.Time) journey.Out {
	p := r.Payment
	p.At = at
	return journey.Out{Records: []journey.Record{{Kind: RecordReversing, Payload: p}}}
}

// End is what became of it: given back, or a case.
func (r Return) End(outcome devices.Outcome, code string, at time.Time) journey.Out {
	if outcome != devices.Confirmed {
		return r.Case(at)
	}
	p := r.Payment
	p.At, p.Code = at, code
	return journey.Out{Records: []journey.Record{{Kind: RecordReversed, Payload: p}}}
}

// Case leaves it to a person.
func (r Return) Case(at time.Time) journey.Out {
	c := Case{Number: "C-" + r.Journey + "-R", Reason: ReasonPaidTwice, Receipt: r.Payment.Receipt, Fines: r.Payment.Fines, Amount: r.Payment.Amount, At: at}
	return journey.Out{
		Records: []journey.Record{{Kind: RecordCase, Payload: c}},
		Marks:   []journey.Mark{{List: journey.ListCases, Key: c.Number, Value: c}},
	}
}
