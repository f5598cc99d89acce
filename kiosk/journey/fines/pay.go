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
		Currency: terminal.KWD, Lang: string(s.Lang), Before: e.(Ready).Before, Hold: holdFor,
	}
	s.Guidance, s.Approved, s.Result = terminal.GuideConnecting, false, terminal.Result{}
	s.Failing = false
	r := s.reservationOf()
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

// reservationOf is this attempt's reservation; asked for again it is renewed.
func (s State) reservationOf() Reservation {
	return Reservation{ID: s.reservation(), Fines: ids(s.Chosen()), Amount: s.Total()}
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

func pay(s State, e journey.Event, at time.Time) (State, journey.Out) {
	s.Phase, s.Until = Paying, e.(Reserved).Until
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

// saveApproval is the step before anything is promised: the approval and the paid list
// are on disk, and the terminal holds. Then central is asked once more, because the
// reservation may have run out while the person looked for the card. A repeated approval
// is saved again, since only the last one counts.
func saveApproval(s State, e journey.Event, at time.Time) (State, journey.Out) {
	s.Phase, s.Approved, s.Result = Holding, true, e.(Approved).Result
	s.Payment.Approval = s.Result.Mark
	return s, journey.Out{
		Records: []journey.Record{s.paymentRecord(RecordApproved, at, nil)},
		Marks:   s.paidMarks(front.FineRecording, at),
		Effects: []journey.Effect{Renew{s.reservationOf()}},
	}
}

// commitPayment lets the terminal book: saved, and still ours.
func commitPayment(s State, _ journey.Event, _ time.Time) (State, journey.Out) {
	s.Phase = Settling
	return s, journey.Out{Effects: []journey.Effect{Commit{}}}
}

// failPayment: a fine was paid elsewhere, or central refuses it for good. What is held
// is undone before it was ever booked.
func failPayment(s State, _ journey.Event, at time.Time) (State, journey.Out) {
	s.Phase, s.Failing = Settling, true
	return s, journey.Out{
		Records: []journey.Record{s.paymentRecord(RecordFailing, at, nil)},
		Effects: []journey.Effect{Fail{}},
	}
}

// commitWhileReserved: central is silent. Until the reservation ends nobody else can
// have the fines; after that the payment must not stand.
func commitWhileReserved(s State, e journey.Event, at time.Time) (State, journey.Out) {
	if at.Before(s.Until) {
		return commitPayment(s, e, at)
	}
	return failPayment(s, e, at)
}

// payEnded ends a payment that was never approved.
func payEnded(s State, e journey.Event, at time.Time) (State, journey.Out) {
	s.Result = e.(PayEnded).Result
	if s.Result.Outcome == devices.Refused {
		return refused(s, RecordRefused, at)
	}
	return findOut(s, e, at) // unknown, or confirmed without the approval we must have seen
}

// settled ends a payment whose approval is saved. Refused ends one that was to fail;
// anything else that does not fit is found out.
func settled(s State, e journey.Event, at time.Time) (State, journey.Out) {
	r := e.(PayEnded).Result
	switch {
	case r.Outcome == devices.Confirmed && !s.Failing:
		s.Result = r
		return completed(s, at)
	case r.Outcome == devices.Refused && s.Failing:
		s.Result = r
		return refused(s, RecordRefused, at)
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
	switch {
	case r.Outcome == devices.Confirmed && s.Failing:
		s.Result = r
		return undo(s, e, at)
	case r.Outcome == devices.Confirmed:
		s.Result = r
		return completed(s, at)
	case r.Outcome == devices.Refused:
		s.Result = r
		return refused(s, RecordRefused, at)
	}
	return unknown(s, at)
}

// undo gives back what was booked although it cannot be delivered.
func undo(s State, _ journey.Event, at time.Time) (State, journey.Out) {
	s.Phase = Reversing
	return s, journey.Out{
		Records: []journey.Record{s.paymentRecord(RecordReversing, at, nil)},
		Effects: []journey.Effect{Undo{terminal.Reversal{Payment: s.Result.Mark, Amount: s.Payment.Amount, Currency: s.Payment.Currency}}},
	}
}

// undone: a reversal that cannot be proved is a case.
func undone(s State, e journey.Event, at time.Time) (State, journey.Out) {
	if e.(Undone).Result.Outcome == devices.Confirmed {
		return refused(s, RecordReversed, at)
	}
	return unknown(s, at)
}

// refused: certainly not charged, or charged and undone.
func refused(s State, kind string, at time.Time) (State, journey.Out) {
	record := s.paymentRecord(kind, at, func(p *PaymentRecord) {
		p.Reason, p.Code = s.Result.Reason, s.Result.Code
	})
	p := Problem{Code: reasons[s.Result.Reason], Retry: Checking, Back: List}
	switch {
	case s.Failing:
		p.Code, p.Retry, p.Back = front.ProblemTaken, "", Looking
	case p.Code == "":
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
