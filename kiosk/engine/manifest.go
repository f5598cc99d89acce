package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"murur/kiosk/journey/pickup"
	"murur/kiosk/ledger"
)

// manifestEvery is how often central is asked for the leases of this kiosk.
const manifestEvery = 5 * time.Minute

// manifestMost bounds the manifest in the ledger's file, whose room is for records first.
const manifestMost = 16 << 20

// manifestDue asks for the manifest while nobody is there.
func (e *Engine) manifestDue(ctx context.Context) {
	if e.o.Hands.Licences == nil || !e.leased.IsZero() && time.Since(e.leased) < manifestEvery {
		return
	}
	e.leased = time.Now()
	head := e.o.Ledger.Head().Hash.String()
	e.running.Go(func() {
		leases, err := e.o.Hands.Licences.Central.Manifest(ctx, head)
		if err != nil {
			e.o.Hands.Failed("manifest", err)
			return
		}
		e.post(ctx, message{manifest: &leases})
	})
}

// keepManifest makes the manifest what central says it is, sealed at rest. What central
// does not name any more, what has ended, and what is done here is erased.
func (e *Engine) keepManifest(leases []pickup.Lease) error {
	s := shelf{e.o.Ledger}
	wanted := make(map[string]json.RawMessage)
	room, left := manifestMost, 0
	for _, l := range leases {
		mark, done := s.pickup(l.Application.ID)
		if done && mark.State != pickup.MarkOpen && l.Application.Issue <= mark.Issue || !now().Before(l.Until) {
			continue
		}
		text, err := json.Marshal(l)
		if err != nil {
			return err
		}
		if room -= len(text); room < 0 {
			left++
			continue
		}
		wanted[l.Application.ID] = text
	}
	if left > 0 {
		e.o.Hands.Failed("manifest", fmt.Errorf("%d leases are left out: their pictures would take more than %d bytes", left, manifestMost))
	}
	var step ledger.Step
	err := s.Each(ledger.Manifest, func(id string, have json.RawMessage) error {
		want, keep := wanted[id]
		switch {
		case !keep:
			step.Put = append(step.Put, ledger.Projection{Table: ledger.Manifest, Key: id})
		case bytes.Equal(want, have):
			delete(wanted, id)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for id, lease := range wanted {
		step.Put = append(step.Put, ledger.Projection{Table: ledger.Manifest, Key: id, Value: lease, Sealed: true})
	}
	if len(step.Put) == 0 {
		return nil
	}
	_, err = e.o.Ledger.Append(step)
	return err
}
