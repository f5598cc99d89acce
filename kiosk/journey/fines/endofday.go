package fines

import (
	"fmt"
	"slices"
	"time"

	"murur/devices"
	"murur/devices/terminal"
	"murur/kiosk/front"
	"murur/kiosk/journey"
	"murur/kiosk/kwd"
)

// ReasonEndOfDay is the reason of a case about totals that do not agree.
const ReasonEndOfDay front.ProblemCode = "end_of_day"

// Records of the terminal's end of day.
const (
	RecordDayEnding = "endofday.started" // before the terminal is asked; it is asked once
	RecordDayEnded  = "endofday.ended"   // what it counted, beside the ledger and central
)

// Totals are a number of payments and their sum.
type Totals struct {
	Count int        `json:"count"`
	Sum   kwd.Amount `json:"sum"`
}

func (t *Totals) add(a kwd.Amount) { t.Count, t.Sum = t.Count+1, t.Sum+a }

// Posting is a payment as central has it.
type Posting struct {
	Number  uint64 // central's own; rising
	Receipt string
	Amount  kwd.Amount
}

// Day is what is held against each other at an end of day.
type Day struct {
	Date     string          // "2026-03-01", Kuwait
	Payments []PaymentRecord // completed since the end of day before, from the ledger
	Returned []string        // receipts of those that were given back since; not in Payments
	Postings []Posting       // since then, from central
	Central  bool            // central was asked and answered
	Batch    terminal.Batch  // from the terminal
}

// DayRecord is the payload of both records.
type DayRecord struct {
	Date        string          `json:"date"`
	Outcome     devices.Outcome `json:"outcome,omitempty"` // of the terminal's end of day
	Code        string          `json:"code,omitempty"`
	Ledger      *Totals         `json:"ledger,omitempty"`
	Terminal    *Totals         `json:"terminal,omitempty"`
	Central     *Totals         `json:"central,omitempty"` // nil: not to be had
	Differences []string        `json:"differences,omitempty"`
	Case        string          `json:"case,omitempty"`
}

// Reconcile holds the three books against each other. Any difference, and an end of day
// whose outcome is unknown, becomes a case that lists every payment concerned.
func Reconcile(d Day, kiosk string, at time.Time) journey.Out {
	r := DayRecord{Date: d.Date, Outcome: d.Batch.Outcome, Code: d.Batch.Code, Ledger: &Totals{}}
	c := Case{Number: fmt.Sprintf("C-%s-%s", kiosk, at.Format("20060102-150405")), Reason: ReasonEndOfDay, At: at}
	amounts := map[string]kwd.Amount{}
	for _, p := range d.Payments {
		r.Ledger.add(p.Amount)
		amounts[p.Receipt] = p.Amount
		c.Receipts = append(c.Receipts, p.Receipt)
		c.Fines = append(c.Fines, p.Fines...)
	}
	differs := func(format string, args ...any) { r.Differences = append(r.Differences, fmt.Sprintf(format, args...)) }
	r.terminal(d.Batch, differs)
	if d.Central {
		r.Central = &Totals{}
		for _, p := range d.Postings {
			if slices.Contains(d.Returned, p.Receipt) {
				continue // central keeps the posting beside the reversal
			}
			r.Central.add(p.Amount)
			if a, ok := amounts[p.Receipt]; !ok || a != p.Amount {
				differs("central has receipt %s over %s, the ledger does not", p.Receipt, p.Amount)
			}
			delete(amounts, p.Receipt)
		}
		for _, p := range d.Payments {
			if _, missing := amounts[p.Receipt]; missing {
				differs("central does not have receipt %s", p.Receipt)
			}
		}
	}
	out := journey.Out{}
	if len(r.Differences) > 0 {
		c.Amount, r.Case = r.Ledger.Sum, c.Number
		out.Marks = []journey.Mark{{List: journey.ListCases, Key: c.Number, Value: c}}
	}
	out.Records = []journey.Record{{Kind: RecordDayEnded, Payload: r}}
	if r.Case != "" {
		out.Records = append(out.Records, journey.Record{Kind: RecordCase, Payload: c})
	}
	return out
}

// terminal compares with what the terminal counted.
func (r *DayRecord) terminal(b terminal.Batch, differs func(string, ...any)) {
	if b.Outcome != devices.Confirmed {
		differs("the terminal's end of day is %s", b.Outcome)
		return
	}
	count, sum := b.Sums()
	r.Terminal = &Totals{Count: count, Sum: kwd.Amount(b.Total)}
	if b.Groups != nil && sum != b.Total {
		differs("the terminal's groups add up to %s, its total is %s", kwd.Amount(sum), kwd.Amount(b.Total))
	}
	if r.Terminal.Sum != r.Ledger.Sum {
		differs("the terminal has %s, the ledger %s", r.Terminal.Sum, r.Ledger.Sum)
	}
	if b.Groups != nil && count != r.Ledger.Count {
		differs("the terminal has %d payments, the ledger %d", count, r.Ledger.Count)
	}
}
