package engine

import (
	"context"
	"maps"

	"murur/devices"
	"murur/devices/cardprinter"
	"murur/kiosk/event"
	"murur/kiosk/health"
	"murur/kiosk/journey"
	"murur/kiosk/journey/pickup"
	"murur/kiosk/ledger"
	"murur/kiosk/stock"
)

// blanksLow is from how few blanks on the technician is told.
const blanksLow = 20

// count is what a step changes beside its own marks: the account of every blank that it
// moves, and the manifest, where a licence that is done need not be known any more.
func (e *Engine) count(out journey.Out) ([]ledger.Projection, error) {
	var rows []ledger.Projection
	changed := make(map[string]stock.Batch)
	for _, r := range out.Records {
		moved, ok := r.Payload.(pickup.CustodyRecord)
		if !ok || moved.Object != pickup.Blank || moved.Batch == "" {
			continue
		}
		b, known := changed[moved.Batch]
		if !known {
			b.ID = moved.Batch
			if _, err := e.o.Ledger.Get(ledger.Stock, moved.Batch, &b); err != nil {
				e.fail(err)
				return nil, err
			}
		}
		changed[moved.Batch] = b.Take(moved)
	}
	for id, b := range changed {
		rows = append(rows, ledger.Projection{Table: ledger.Stock, Key: id, Value: b})
	}
	for _, m := range out.Marks {
		if mark, ok := m.Value.(pickup.Mark); ok && mark.State != pickup.MarkOpen {
			rows = append(rows, ledger.Projection{Table: ledger.Manifest, Key: m.Key})
		}
	}
	return rows, nil
}

// ribbonLeast is how many prints a ribbon must have left for a pickup to begin: a licence
// may cost three blanks, each printed on both sides.
const ribbonLeast = 6

// ribbon calls a ribbon out before it is: a pickup that has begun must be able to end.
func ribbon(s cardprinter.State) devices.Status {
	if s.Ribbon >= 0 && s.Ribbon < ribbonLeast && s.Link == devices.Online {
		s.Supplies = maps.Clone(s.Supplies)
		if s.Supplies == nil {
			s.Supplies = make(map[string]devices.Level)
		}
		s.Supplies[cardprinter.SupplyRibbon] = devices.LevelOut
	}
	return s.Status
}

// blanks adds what the ledger counts to what the feeder's sensor says: the worse counts.
func (e *Engine) blanks(s devices.Status, counted func(string, int)) devices.Status {
	batches, err := shelf{e.o.Ledger}.batches()
	if err != nil || s.Link != devices.Online {
		return s
	}
	left := stock.Feeder(batches)
	counted(health.Licence+"-"+cardprinter.SupplyBlanks, max(left, 0))
	s.Supplies = maps.Clone(s.Supplies)
	if s.Supplies == nil {
		s.Supplies = make(map[string]devices.Level)
	}
	switch {
	case left <= 0:
		s.Supplies[cardprinter.SupplyBlanks] = devices.LevelOut
	case left <= blanksLow && s.Supplies[cardprinter.SupplyBlanks] != devices.LevelOut:
		s.Supplies[cardprinter.SupplyBlanks] = devices.LevelLow
	}
	return s
}

// Stock are the accounts of the blanks, by batch.
func (e *Engine) Stock() ([]stock.Batch, error) { return shelf{e.o.Ledger}.batches() }

// Load puts blanks on the account that a technician put into the feeder. Errors:
// stock.ErrLoad.
func (e *Engine) Load(ctx context.Context, l stock.Load) error {
	return e.post(ctx, message{load: &l, done: make(chan error, 1)})
}

func (e *Engine) load(l stock.Load) error {
	if err := l.Check(); err != nil {
		return err
	}
	all, err := e.Stock()
	if err != nil {
		return err
	}
	b := stock.Add(all, l, now())
	out := journey.Out{Records: []journey.Record{{Kind: stock.RecordLoaded, Payload: l}}}
	if err := e.append("", out, ledger.Projection{Table: ledger.Stock, Key: b.ID, Value: b}); err != nil {
		return err
	}
	event.Log(e.o.Log, event.StockLoaded, "batch", b.ID, "count", l.Count, "feeder", stock.Feeder(all)+l.Count)
	return nil
}
