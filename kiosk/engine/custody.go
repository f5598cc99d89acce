package engine

import (
	"context"
	"errors"
	"time"

	"murur/devices"
	"murur/devices/capture"
	"murur/devices/cardprinter"
	"murur/kiosk/journey"
	"murur/kiosk/journey/pickup"
)

// The acts of a pickup that move cards, and the questions that end a doubt. No act is
// ever repeated here: what is not certain is asked.

func (l *Licences) printCard(ctx context.Context) (journey.Event, error) {
	artwork := l.studio.get()
	if artwork == nil { // drawn before a restart: it is not printed again
		proof := cardprinter.Proof{Outcome: devices.Refused, Custody: devices.CustodyInside, Evidence: "nothing was sent"}
		return pickup.CardPrinted{Proof: proof}, errors.New("the drawing is gone")
	}
	proof, err := l.Printer.Print(ctx, *artwork)
	return pickup.CardPrinted{Proof: provedCard(proof)}, err
}

// objects are the reasons why something in the gate is no old licence.
var objects = []struct {
	is  error
	why pickup.WrongObject
}{
	{capture.ErrTooLong, pickup.TooLong}, {capture.ErrTooShort, pickup.TooShort}, {capture.ErrPulled, pickup.Pulled},
}

// admit waits for the old licence. When the unit fails meanwhile it is asked what it has.
func (l *Licences) admit(ctx context.Context) (journey.Event, error) {
	open, closing := context.WithCancel(ctx)
	defer closing()
	l.gate.opened(closing)
	err := l.Capture.Admit(open)
	l.gate.opened(nil)
	switch {
	case err == nil:
		return pickup.OldIn{}, nil
	case errors.Is(err, capture.ErrNothing):
		return pickup.OldNone{}, nil
	}
	for _, o := range objects {
		if errors.Is(err, o.is) {
			return pickup.OldWrong{Why: o.why}, nil
		}
	}
	return pickup.OldNone{Fault: true}, err // the machine locates it
}

// returnOld gives the old licence back, and keeps it as found property when nobody takes
// it: what lies in a gate is for anybody.
func (l *Licences) returnOld(ctx context.Context) (journey.Event, error) {
	move := func(act func(context.Context) (devices.Custody, error)) (devices.Custody, error) {
		ctx, cancel := context.WithTimeout(ctx, moveDeadline)
		defer cancel()
		custody, err := act(ctx)
		return knownCustody(custody), err
	}
	custody, err := move(l.Capture.GiveBack)
	if custody == devices.CustodyPresented {
		waiting, cancel := context.WithTimeout(ctx, cardTakeFor)
		custody, err = l.Capture.Taken(waiting)
		cancel()
	}
	if custody == devices.CustodyPresented {
		custody, err = move(l.Capture.TakeIn)
		if custody == devices.CustodyInside {
			capturing, cancel := context.WithTimeout(ctx, moveDeadline)
			defer cancel()
			proof, failed := l.Capture.Capture(capturing)
			custody, err = proof.Custody, failed
		}
	}
	return pickup.OldReturned{Custody: knownCustody(custody)}, err
}

// locate asks both units until each has answered or the time is over: what lost its
// power comes back after a while, and asking moves nothing.
func (l *Licences) locate(ctx context.Context) (journey.Event, error) {
	var where pickup.Located
	for {
		var errs []error
		if where.New == nil {
			if at, err := l.Printer.Locate(ctx); err == nil {
				where.New = &at
			} else {
				errs = append(errs, err)
			}
		}
		if where.Old == nil {
			if at, err := l.Capture.Status(ctx); err == nil {
				where.Old = &at
			} else {
				errs = append(errs, err)
			}
		}
		if len(errs) == 0 {
			return where, nil
		}
		select {
		case <-ctx.Done():
			return where, errors.Join(errs...)
		case <-time.After(locatePause):
		}
	}
}
