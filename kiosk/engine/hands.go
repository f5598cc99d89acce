package engine

import (
	"context"
	"errors"
	"time"

	"murur/devices"
	"murur/devices/receipt"
	"murur/devices/smartcard"
	"murur/devices/terminal"
	"murur/kiosk/front"
	"murur/kiosk/journey"
	"murur/kiosk/journey/fines"
)

// Cards is the card reader with the card profiles: it knows a Civil ID when it sees
// one. Errors of Holder are *CardError.
type Cards interface {
	Status(ctx context.Context) (devices.Status, error)
	Watch(ctx context.Context) <-chan smartcard.Slot
	Holder(ctx context.Context) (fines.Holder, error)
}

// CardError is why a card could not be read.
type CardError struct {
	Code front.ProblemCode
	Err  error
}

func (e *CardError) Error() string { return string(e.Code) + ": " + e.Err.Error() }

// Unwrap is the reader's own error.
func (e *CardError) Unwrap() error { return e.Err }

// Hands do what machines ask for: devices, central server and paper.
type Hands struct {
	Cards    Cards
	Terminal terminal.Terminal
	Printer  receipt.Printer
	Cabinet  Cabinet   // nil: no contacts
	Lamps    Lamps     // nil: none
	Licences *Licences // nil: this kiosk hands out none
	Central  fines.Central
	Words    fines.Words
	Issuer   fines.Issuer
	// Failed is told of every failure behind an answer, for the log.
	Failed func(effect journey.Kind, err error)

	decision decision // made by New
}

// How long each effect may take. A payment has no deadline here: the terminal's own
// protocol ends it, and only its word counts.
const (
	readDeadline    = 20 * time.Second
	checkDeadline   = 20 * time.Second
	findDeadline    = 75 * time.Second // a terminal that holds gives up before; later it goes on behind a case
	askPause        = 2 * time.Second  // between two questions to a terminal that is away
	printDeadline   = 90 * time.Second
	takeDeadline    = 30 * time.Second
	retractDeadline = 10 * time.Second
)

// answer delivers an event; with wait it returns when the event is committed.
type answer func(e journey.Event, wait bool) error

// do runs one effect to its answer.
func (h Hands) do(ctx context.Context, effect journey.Effect, reply answer, s shelf) {
	say := func(e journey.Event, err error) {
		if err != nil {
			h.Failed(effect.Kind(), err)
		}
		reply(e, false)
	}
	switch f := effect.(type) {
	case fines.ReadCard:
		say(h.readCard(ctx))
	case fines.Lookup:
		say(h.lookUp(ctx, f.Query, s.paid))
	case fines.CheckReady:
		say(h.checkReady(ctx))
	case fines.Reserve:
		say(h.reserve(ctx, f.Reservation))
	case fines.Pay:
		say(h.pay(ctx, f.Payment, reply))
	case fines.Renew:
		say(h.renew(ctx, f.Reservation))
	case fines.Commit:
		h.decision.set(nil)
	case fines.Fail:
		h.decision.set(errUndeliverable)
	case fines.AbortPay:
		if err := h.Terminal.Abort(ctx); err != nil {
			h.Failed(effect.Kind(), err)
		}
	case fines.FindOut:
		say(h.findOut(ctx, f.Payment))
	case fines.Undo:
		say(h.undo(ctx, f.Reversal))
	case fines.Print:
		say(h.print(ctx, f.Slip.Number, f.Slip))
	case fines.WatchPaper:
		say(h.watchPaper(ctx))
	case fines.Retract:
		say(h.retract(ctx))
	default:
		if !h.doPickup(ctx, effect, say, s) {
			h.Failed(effect.Kind(), errors.New("no hand does this"))
		}
	}
}

func (h Hands) readCard(ctx context.Context) (journey.Event, error) {
	ctx, cancel := context.WithTimeout(ctx, readDeadline)
	defer cancel()
	holder, err := h.Cards.Holder(ctx)
	if err != nil {
		return fines.CardFailed{Code: cardProblem(err)}, err
	}
	return fines.CardRead{Holder: holder}, nil
}

// cardProblem says why a card cannot be used; without an error it is another card.
func cardProblem(err error) front.ProblemCode {
	var bad *CardError
	switch {
	case err == nil:
		return front.ProblemCardRemoved
	case errors.As(err, &bad):
		return bad.Code
	}
	return front.ProblemCardUnreadable
}

func (h Hands) lookUp(ctx context.Context, q fines.Query, paid func(string) (fines.PaidMark, bool)) (journey.Event, error) {
	found, err := h.Central.Fines(ctx, q)
	switch {
	case errors.Is(err, fines.ErrNotFound):
		return fines.LookupFailed{Code: front.ProblemNotFound}, nil
	case err != nil:
		return fines.LookupFailed{Code: front.ProblemCentral}, err
	}
	return fines.FinesFound{Found: fines.ApplyPaid(found, paid)}, nil
}

// checkReady asks what money and its proof need, before any money: first the printer,
// then the terminal and the last transaction it knows.
func (h Hands) checkReady(ctx context.Context) (journey.Event, error) {
	ctx, cancel := context.WithTimeout(ctx, checkDeadline)
	defer cancel()
	if err := paperReady(h.Printer.Status(ctx)); err != nil {
		return fines.NotReady{Code: front.ProblemNoPaper}, err
	}
	status, err := h.Terminal.Status(ctx)
	if err != nil || !status.Ready() {
		return fines.NotReady{Code: front.ProblemTerminal}, err
	}
	before, err := h.Terminal.Last(ctx)
	if err != nil {
		return fines.NotReady{Code: front.ProblemTerminal}, err
	}
	return fines.Ready{Before: before}, nil
}

// paperReady says why the receipt printer cannot print now.
func paperReady(paper devices.Status, err error) error {
	level := paper.Supplies["paper"]
	if err == nil && (!paper.Ready() || level == devices.LevelOut || level == devices.LevelJammed) {
		return errors.New("the receipt printer is not ready")
	}
	return err
}

func (h Hands) reserve(ctx context.Context, r fines.Reservation) (journey.Event, error) {
	until, err := h.Central.Reserve(ctx, r)
	switch {
	case errors.Is(err, fines.ErrTaken):
		return fines.ReserveFailed{Code: front.ProblemTaken}, nil
	case err != nil:
		return fines.ReserveFailed{Code: front.ProblemCentral}, err
	}
	return fines.Reserved{Until: until}, nil
}

// renew asks central while an approval is held.
func (h Hands) renew(ctx context.Context, r fines.Reservation) (journey.Event, error) {
	until, err := h.Central.Reserve(ctx, r)
	switch {
	case errors.Is(err, fines.ErrTaken):
		return fines.Undeliverable{}, nil
	case err != nil:
		return fines.Unsure{}, err
	}
	return fines.Deliverable{Until: until}, nil
}

var errUndeliverable = errors.New("what was paid for cannot be delivered")

// decision is what the machine decided about a held approval; one at a time.
type decision chan error

// set decides; a decision that nobody took is replaced.
func (d decision) set(err error) {
	d.clear()
	d <- err
}

func (d decision) clear() {
	select {
	case <-d:
	default:
	}
}

// observer passes what the terminal says to the machine. An approval is saved, and then
// held until the machine has decided.
type observer struct {
	reply    answer
	decision decision
}

func (o observer) Guidance(g terminal.Guidance) { o.reply(fines.Guided{Guidance: g}, false) }

func (o observer) Approved(ctx context.Context, r terminal.Result) error {
	o.decision.clear()
	if err := o.reply(fines.Approved{Result: r}, true); err != nil {
		return err
	}
	select {
	case err := <-o.decision:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h Hands) pay(ctx context.Context, p terminal.Payment, reply answer) (journey.Event, error) {
	result, err := h.Terminal.Pay(ctx, p, observer{reply, h.decision})
	return fines.PayEnded{Result: known(result)}, err
}

// findOut asks until the terminal answers or the deadline has passed: one that lost its
// power or its cable comes back after a while, and asking moves no money.
func (h Hands) findOut(ctx context.Context, p terminal.Payment) (journey.Event, error) {
	ctx, cancel := context.WithTimeout(ctx, findDeadline)
	defer cancel()
	for {
		result, err := h.Terminal.Query(ctx, p)
		if result = known(result); result.Outcome != devices.Unknown || !errors.Is(err, devices.ErrLink) {
			return fines.FoundOut{Result: result}, err
		}
		select {
		case <-ctx.Done():
			return fines.FoundOut{Result: result}, err
		case <-time.After(askPause):
		}
	}
}

func (h Hands) undo(ctx context.Context, r terminal.Reversal) (journey.Event, error) {
	ctx, cancel := context.WithTimeout(ctx, findDeadline)
	defer cancel()
	result, err := h.Terminal.Reverse(ctx, r)
	return fines.Undone{Result: known(result)}, err
}

// known makes an outcome of whatever a driver left empty.
func known(r terminal.Result) terminal.Result {
	if r.Outcome == "" {
		r.Outcome = devices.Unknown
	}
	return r
}

// slip is a paper of any journey, before it is words.
type slip interface {
	Document(w fines.Words, by fines.Issuer) receipt.Document
}

func (h Hands) print(ctx context.Context, number string, s slip) (journey.Event, error) {
	ctx, cancel := context.WithTimeout(ctx, printDeadline)
	defer cancel()
	proof, err := h.Printer.Print(ctx, receipt.Job{Number: number, Document: s.Document(h.Words, h.Issuer)})
	if proof.Outcome == "" {
		proof.Outcome = devices.Unknown
	}
	return fines.Printed{Proof: proof}, err
}

// watchPaper waits for the person to take the paper and takes it back after a while:
// what one citizen left behind is not for the next.
func (h Hands) watchPaper(ctx context.Context) (journey.Event, error) {
	waiting, cancel := context.WithTimeout(ctx, takeDeadline)
	defer cancel()
	custody, err := h.Printer.Taken(waiting)
	if custody != devices.CustodyPresented && waiting.Err() == nil {
		return fines.PaperWent{Custody: custody}, err
	}
	return h.retract(ctx)
}

func (h Hands) retract(ctx context.Context) (journey.Event, error) {
	ctx, cancel := context.WithTimeout(ctx, retractDeadline)
	defer cancel()
	custody, err := h.Printer.Retract(ctx)
	if custody == "" {
		custody = devices.CustodyUnknown
	}
	return fines.PaperWent{Custody: custody}, err
}
