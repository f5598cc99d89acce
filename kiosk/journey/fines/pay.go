package fines

import (
	"errors"
	"fmt"
	"time"

	"murur/devices"
	"murur/devices/terminal"
	"murur/kiosk/front"
	"murur/kiosk/journey"
)

// Rules of the second half: money. Every step that comes before an act in the world
// returns the record that says so; the engine commits it first.

func checkReady(s State, _ journey.Event, _ time.Time) (State, journey.Out) {
	s.Phase = Checking
	return s, journey.Out{Effects: []journey.Effect{CheckReady{}}}
}

func notReady(s State, e journey.Event, _ time.Time) (State, journey.Out) {
	return trouble(s, Problem{Code: e.(NotReady).Code, Retry: Checking, Back: List})
}

func reserve(s State, e journey.Event, _ time.Time) (State, journey.Out) {
	s.Attempt++
	s.Phase = Reserving
	s.Payment = terminal.Payment{
		Attempt: fmt.Sprintf("%s-%d", s.Journey, s.Attempt), Amount: int64(s.Total()),
		Currency: terminal.KWD, Lang: string(s.Lang), Before: e.(Ready).Before,
	}
	s.Guidance, s.Approved, s.Result = terminal.GuideConnecting, false, terminal.Result{}
	r := Reservation{ID: s.reservation(), Fines: ids(s.Chosen()), Amount: s.Total()}
	return s, journey.Out{
		Records: []journey.Record{{Kind: RecordReserving, Payload: ReservationRecord{Reservation: r.ID, Fines: r.Fines, Amount: r.Amount}}},
		Effects: []journey.Effect{Reserve{r}},
	}
}

func ids(fines []Fine) []string {
	list := make([]string, len(fines))
	for i, f := range fines {
		list[i] = f.ID
	}
	return list
}

// released gives the reservation back; central hears of it through the log.
func (s State) released() journey.Record {
	return journey.Record{Kind: RecordReleased, Payload: ReservationRecord{Reservation: s.reservation()}}
}

// reserveTrouble: nothing was charged. Whether central keeps a reservation is not
// known after silence, so it is given back in either case.
func reserveTrouble(s State, e journey.Event, _ time.Time) (State, journey.Out) {
	release := s.released()
	p := Problem{Code: e.(ReserveFailed).Code, Retry: Checking, Back: List}
	if p.Code == front.ProblemTaken {
		p.Retry, p.Back = "", Looking // a new list shows which ones are still open
	}
	s, out := trouble(s, p)
	out.Records = []journey.Record{release}
	return s, out
}

func releaseAndLeave(s State, e journey.Event, at time.Time) (State, journey.Out) {
	release := s.released()
	s, out := leave(s, e, at)
	out.Records = []journey.Record{release}
	return s, out
}

func pay(s State, _ journey.Event, at time.Time) (State, journey.Out) {
	s.Phase = Paying
	s.Payment.Started = at
	return s, journey.Out{
		Records: []journey.Record{s.paymentRecord(RecordIntent, at, nil)},
		Effects: []journey.Effect{Pay{s.Payment}},
	}
}

func guide(s State, e journey.Event, _ time.Time) (State, journey.Out) {
	s.Guidance = e.(Guided).Guidance
	return s, journey.Out{}
}

func abortPay(s State, _ journey.Event, _ time.Time) (State, journey.Out) {
	return s, journey.Out{Effects: []journey.Effect{AbortPay{}}}
}

// voteDown refuses an approval that no open payment waits for.
func voteDown(s State, _ journey.Event, _ time.Time) (State, journey.Out) {
	return s, journey.Out{Refuse: errors.New("no payment is open")}
}

// saveApproval is the step before the terminal hears "yes": the approval and the
// paid list are on disk first. A repeated approval of the same payment is saved
// again, since only the last one counts.
func saveApproval(s State, e journey.Event, at time.Time) (State, journey.Out) {
	s.Phase, s.Approved, s.Result = Settling, true, e.(Approved).Result
	return s, journey.Out{
		Records: []journey.Record{s.paymentRecord(RecordApproved, at, nil)},
		Marks:   s.paidMarks(front.FineRecording, at),
	}
}

// payEnded ends a payment that was never approved.
func payEnded(s State, e journey.Event, at time.Time) (State, journey.Out) {
	s.Result = e.(PayEnded).Result
	if s.Result.Outcome == devices.Refused {
		return refused(s, at)
	}
	return findOut(s, e, at) // unknown, or confirmed without the approval we must have seen
}

// settled ends a payment whose approval is saved and acknowledged.
func settled(s State, e journey.Event, at time.Time) (State, journey.Out) {
	if r := e.(PayEnded).Result; r.Outcome == devices.Confirmed {
		s.Result = r
		return completed(s, at)
	}
	return findOut(s, e, at)
}

// findOut asks the terminal; nothing is ever sent twice to make it certain.
func findOut(s State, _ journey.Event, _ time.Time) (State, journey.Out) {
	s.Phase = Finding
	return s, journey.Out{Effects: []journey.Effect{FindOut{s.Payment}}}
}

func foundOut(s State, e journey.Event, at time.Time) (State, journey.Out) {
	r := e.(FoundOut).Result
	switch r.Outcome {
	case devices.Confirmed:
		s.Result = r
		return completed(s, at)
	case devices.Refused:
		s.Result = r
		return refused(s, at)
	}
	return unknown(s, at)
}

// refused: certainly not charged, or charged and undone.
func refused(s State, at time.Time) (State, journey.Out) {
	record := s.paymentRecord(RecordRefused, at, func(p *PaymentRecord) {
		p.Reason, p.Code = s.Result.Reason, s.Result.Code
	})
	p := Problem{Code: reasons[s.Result.Reason], Retry: Checking, Back: List}
	if p.Code == "" {
		p.Code = front.ProblemPayFailed
	}
	var marks []journey.Mark
	if s.Approved {
		p.Money = front.MoneyReturned
		marks = s.paidMarks("", at)
	}
	s, out := trouble(s, p)
	out.Records, out.Marks = []journey.Record{record}, marks
	return s, out
}

// reasons says which problem a person sees for a refusal.
var reasons = map[terminal.Reason]front.ProblemCode{
	terminal.ReasonDeclined:    front.ProblemDeclined,
	terminal.ReasonFunds:       front.ProblemFunds,
	terminal.ReasonPIN:         front.ProblemPIN,
	terminal.ReasonCard:        front.ProblemPayCard,
	terminal.ReasonCancelled:   front.ProblemCancelled,
	terminal.ReasonLine:        front.ProblemPayLine,
	terminal.ReasonUnavailable: front.ProblemTerminal,
}

// completed: charged, and known to be. The receipt follows.
func completed(s State, at time.Time) (State, journey.Out) {
	s.Slip = s.slip(SlipReceipt, s.receipt(), at)
	record := s.paymentRecord(RecordCompleted, at, func(p *PaymentRecord) { p.Receipt = s.receipt() })
	marks := s.paidMarks(front.FineRecording, at)
	s, out := printSlip(s)
	out.Records = append([]journey.Record{record}, out.Records...)
	out.Marks = marks
	return s, out
}

// unknown: nobody can say. The fines stay blocked, a case is opened and printed.
func unknown(s State, at time.Time) (State, journey.Out) {
	s.Problem = Problem{Code: front.ProblemPayUnknown, Money: front.MoneyUnknown, Case: s.caseNumber()}
	s.Slip = s.slip(SlipCase, s.caseNumber(), at)
	records := []journey.Record{
		s.paymentRecord(RecordUnknown, at, func(p *PaymentRecord) { p.Case = s.caseNumber() }),
	}
	opened, mark := s.openCase(front.ProblemPayUnknown, at)
	marks := append(s.paidMarks(front.FineUnclear, at), mark)
	s, out := printSlip(s)
	out.Records = append(append(records, opened), out.Records...)
	out.Marks = marks
	return s, out
}

func (s State) paidMarks(state front.FineState, at time.Time) []journey.Mark {
	return paidMarks(ids(s.Chosen()), s.Journey, state, at)
}

// paymentRecord is a record of the payment as far as it is known.
func (s State) paymentRecord(kind string, at time.Time, more func(*PaymentRecord)) journey.Record {
	p := PaymentRecord{
		Reservation: s.reservation(), Fines: ids(s.Chosen()), Amount: s.Total(), At: at, Before: s.Payment.Before,
		Terminal: s.Result.Mark.Terminal, Trace: s.Result.Mark.Trace, TerminalReceipt: s.Result.Mark.Receipt,
		Card: s.Result.Card, PAN: s.Result.PAN,
	}
	if more != nil {
		more(&p)
	}
	return journey.Record{Kind: kind, Payload: p}
}
