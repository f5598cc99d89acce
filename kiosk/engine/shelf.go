package engine

import (
	"encoding/json"
	"time"

	"murur/kiosk/front"
	"murur/kiosk/journey/fines"
	"murur/kiosk/journey/pickup"
	"murur/kiosk/ledger"
	"murur/kiosk/stock"
)

// shelf is what effects look up in the ledger; reading it needs no turn of the loop.
type shelf struct{ *ledger.Ledger }

// paid looks a fine up in the paid list.
func (s shelf) paid(id string) (fines.PaidMark, bool) {
	var mark fines.PaidMark
	ok, err := s.Get(ledger.Paid, id, &mark)
	if err != nil { // better not payable than payable twice
		return fines.PaidMark{State: front.FineUnclear}, true
	}
	return mark, ok
}

// pickup looks up what was done here with an application.
func (s shelf) pickup(id string) (pickup.Mark, bool) {
	var mark pickup.Mark
	ok, err := s.Get(ledger.Pickups, id, &mark)
	if err != nil { // better not printed than printed twice
		return pickup.Mark{Issue: neverAgain, State: pickup.MarkUnknown}, true
	}
	return mark, ok
}

// neverAgain is an issue that central does not reach.
const neverAgain = 1 << 30

// leases are the leases of the manifest that have not ended, of one person, or of all
// with an empty civil number.
func (s shelf) leases(civil string, at time.Time) ([]pickup.Lease, error) {
	var list []pickup.Lease
	err := s.Each(ledger.Manifest, func(_ string, value json.RawMessage) error {
		var l pickup.Lease
		if err := json.Unmarshal(value, &l); err != nil {
			return err
		}
		if at.Before(l.Until) && (civil == "" || l.Civil == civil) {
			list = append(list, l)
		}
		return nil
	})
	return list, err
}

// lease is the lease of one application, if the manifest has it and it has not ended.
func (s shelf) lease(application string, at time.Time) (pickup.Lease, bool) {
	var l pickup.Lease
	ok, err := s.Get(ledger.Manifest, application, &l)
	return l, ok && err == nil && at.Before(l.Until)
}

// batches are the accounts of the blanks.
func (s shelf) batches() ([]stock.Batch, error) {
	var list []stock.Batch
	err := s.Each(ledger.Stock, func(_ string, value json.RawMessage) error {
		var b stock.Batch
		if err := json.Unmarshal(value, &b); err != nil {
			return err
		}
		list = append(list, b)
		return nil
	})
	return list, err
}
