//go:build broken

package engine

import (
	"slices"
	"time"

	"murur/devices"
	"murur/kiosk/journey"
	"murur/kiosk/journey/fines"
	"murur/kiosk/journey/pickup"
	"murur/kiosk/ledger"
)

// Defect is a way in which an engine is broken on purpose. A campaign must notice each
// of them; no product is built with the tag broken.
type Defect string

const (
	ActsFirst     Defect = "acts-first"      // effects begin, the commit follows seconds later
	ForgetsPaid   Defect = "forgets-paid"    // nothing is put on the paid list
	ReversesOnJam Defect = "reverses-on-jam" // a payment without a proved receipt is called refused
	PrintsAgain   Defect = "prints-again"    // a pickup that was interrupted is forgotten, and begun anew
	LosesReject   Defect = "loses-reject"    // a rejected blank leaves no record
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
	case LosesReject:
		out.Records = slices.DeleteFunc(slices.Clone(out.Records), func(r journey.Record) bool {
			c, moved := r.Payload.(pickup.CustodyRecord)
			return moved && c.Custody == devices.CustodyRejected
		})
	case ReversesOnJam:
		for _, r := range out.Records {
			p, _ := r.Payload.(fines.PaperRecord)
			if r.Kind == fines.RecordPrinted && p.Slip == fines.SlipReceipt && p.Outcome != devices.Confirmed {
				undo := fines.PaymentRecord{Reservation: p.Number + "-1"}
				out.Records = append(slices.Clone(out.Records), journey.Record{Kind: fines.RecordRefused, Payload: undo})
				break
			}
		}
	}
	return out
}

// forgets drops what a restart should continue, for PrintsAgain.
func (e *Engine) forgets(m journey.Machine) bool {
	p, ok := m.(pickup.Machine)
	if Broken != PrintsAgain || !ok {
		return false
	}
	_, err := e.o.Ledger.Append(ledger.Step{Put: []ledger.Projection{
		{Table: ledger.Journeys, Key: p.ID()}, {Table: ledger.Pickups, Key: p.Application.ID},
	}})
	return err == nil
}
