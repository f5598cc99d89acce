//go:build broken

package engine

import (
	"slices"
	"time"

	"murur/devices"
	"murur/devices/cardprinter"
	"murur/kiosk/journey"
	"murur/kiosk/journey/fines"
	"murur/kiosk/journey/pickup"
)

// Defect is a way in which an engine is broken on purpose. A campaign must notice each
// of them; no product is built with the tag broken.
type Defect string

const (
	ActsFirst     Defect = "acts-first"      // effects begin, the commit follows seconds later
	ForgetsPaid   Defect = "forgets-paid"    // nothing is put on the paid list
	ReversesOnJam Defect = "reverses-on-jam" // a payment without a proved receipt is called refused
	PrintsAgain   Defect = "prints-again"    // after a restart the licence is made once more
	PresentsFirst Defect = "presents-first"  // the new licence comes out before the old one is kept
	LosesRejected Defect = "loses-rejected"  // a rejected blank is not counted
	commitLag            = 3 * time.Second   // of ActsFirst
)

// Broken is the defect of every engine of this process.
var Broken Defect

// spoil breaks what a step wants, before it is committed.
func (e *Engine) spoil(out journey.Out) journey.Out {
	switch Broken {
	case ActsFirst:
		if len(out.Effects) == 0 || len(out.Records) == 0 || out.Stop {
			break
		}
		for _, effect := range out.Effects {
			e.start(effect)
		}
		out.Effects = nil
		time.Sleep(commitLag)
	case ForgetsPaid:
		out.Marks = slices.DeleteFunc(slices.Clone(out.Marks), func(m journey.Mark) bool { return m.List == journey.ListPaid })
	case ReversesOnJam:
		for _, r := range out.Records {
			p, _ := r.Payload.(fines.PaperRecord)
			if r.Kind == fines.RecordPrinted && p.Slip == fines.SlipReceipt && p.Outcome != devices.Confirmed {
				undo := fines.PaymentRecord{Reservation: p.Number + "-1"}
				out.Records = append(slices.Clone(out.Records), journey.Record{Kind: fines.RecordRefused, Payload: undo})
				break
			}
		}
	case PrintsAgain:
		l := e.o.Hands.Licences
		if has[pickup.Locate](out) && l != nil && l.studio.get() == nil { // nothing is drawn: it was restarted
			e.printsAgain(l)
		}
	case PresentsFirst:
		if has[pickup.CaptureOld](out) {
			e.o.Hands.Licences.Printer.Present(e.effects)
		}
	case LosesRejected:
		out.Records = slices.DeleteFunc(slices.Clone(out.Records), func(r journey.Record) bool {
			c, ok := r.Payload.(pickup.CustodyRecord)
			return ok && c.Object == pickup.Blank && c.Custody == devices.CustodyRejected
		})
	}
	return out
}

// has reports whether a step wants an effect of that sort.
func has[E journey.Effect](out journey.Out) bool {
	return slices.ContainsFunc(out.Effects, func(f journey.Effect) bool { _, ok := f.(E); return ok })
}

// printsAgain makes another card and hands it out, whatever became of the first.
func (e *Engine) printsAgain(l *Licences) {
	art, err := l.Artist.Draw(pickup.Licence{})
	if err != nil {
		return
	}
	if at, err := l.Printer.Locate(e.effects); err == nil && at.Inside == cardprinter.SeenCard {
		l.Printer.Reject(e.effects)
	}
	l.Printer.Feed(e.effects)
	l.Printer.Print(e.effects, art)
	l.Printer.Present(e.effects)
}
