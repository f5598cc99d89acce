package engine

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"murur/devices"
	"murur/devices/capture"
	"murur/devices/cardprinter"
	"murur/kiosk/event"
	"murur/kiosk/front"
	"murur/kiosk/health"
	"murur/kiosk/journey"
	"murur/kiosk/journey/fines"
	"murur/kiosk/ledger"
)

// tidyEvery is how often the ledger is pruned and compacted while nobody is there;
// paidFor is how long a settled fine stays on the paid list.
const (
	tidyEvery = 6 * time.Hour
	paidFor   = 24 * time.Hour
)

// check asks every device how it is, but only while nobody uses them, and tidies the
// ledger now and then.
func (e *Engine) check(ctx context.Context) {
	if e.machine.Name() != journey.NextLobby || e.failed != nil {
		return
	}
	e.findOutAgain(ctx)
	e.endOfDayDue(ctx)
	e.giveBackDue(ctx)
	e.manifestDue(ctx)
	if e.closing || e.returning || e.gathering {
		return // the devices are busy, and everything is asked again afterwards
	}
	e.gathering = true
	e.running.Go(func() {
		facts := e.gather(ctx)
		e.post(ctx, message{facts: &facts})
	})
	if e.tidied.IsZero() || time.Since(e.tidied) > tidyEvery {
		e.tidied = time.Now()
		e.running.Go(e.tidy)
	}
}

// recheck checks when something has just changed: what is being gathered at this moment
// may not know of it yet.
func (e *Engine) recheck(ctx context.Context) {
	e.again = e.gathering
	e.check(ctx)
}

// gathered takes what was found.
func (e *Engine) gathered(ctx context.Context, facts health.Facts) {
	e.gathering = false
	facts.Cabinet = e.facts.Cabinet // tells its changes by itself
	e.judge(facts)
	if e.again {
		e.again = false
		e.check(ctx)
	}
}

// gather asks devices, disk and uplink; each device has ten seconds.
func (e *Engine) gather(ctx context.Context) health.Facts {
	h := e.o.Hands
	asks := map[string]func(context.Context) (devices.Status, error){
		health.Reader: h.Cards.Status, health.Terminal: h.Terminal.Status, health.Printer: h.Printer.Status,
	}
	facts := health.Facts{
		At:           now(),
		Devices:      make(map[string]devices.Status),
		StorageFull:  !e.o.Ledger.Room().OK,
		CentralError: e.o.CentralError(),
	}
	var mu sync.Mutex
	var all sync.WaitGroup
	if l := h.Licences; l != nil {
		facts.Counts = make(map[string]int)
		counted := func(key string, n int) {
			if n >= 0 {
				mu.Lock()
				defer mu.Unlock()
				facts.Counts[key] = n
			}
		}
		asks[health.Licence] = func(ctx context.Context) (devices.Status, error) {
			state, err := l.Printer.Status(ctx)
			counted(health.Licence+"-"+cardprinter.SupplyRibbon, state.Ribbon)
			if err == nil && state.Ready() { // nobody is there: no card should be either
				at, failed := l.Printer.Locate(ctx)
				if err = failed; at.Inside == cardprinter.SeenCard || at.Exit == cardprinter.SeenCard {
					state.Fault = &devices.Fault{Code: "card-left", Remedy: devices.RemedyClear}
				}
			}
			return e.blanks(ribbon(state), counted), err
		}
		asks[health.Capture] = func(ctx context.Context) (devices.Status, error) {
			state, err := l.Capture.Status(ctx)
			counted(health.Capture+"-"+capture.SupplyBin, state.Captured)
			if state.Ready() && (state.Card == capture.PlaceInside || state.Card == capture.PlaceGate) {
				state.Fault = &devices.Fault{Code: "card-left", Remedy: devices.RemedyClear}
			}
			return state.Status, err
		}
	}
	for name, ask := range asks {
		all.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
			defer cancel()
			status, err := ask(ctx)
			if err != nil && status.Link == "" {
				status.Link = devices.Offline
			}
			mu.Lock()
			defer mu.Unlock()
			facts.Devices[name] = status
		})
	}
	all.Wait()
	return facts
}

// judge takes new facts; what changed goes to the log and to the screen.
func (e *Engine) judge(facts health.Facts) {
	before := e.warnings
	facts.Unclear, facts.Closing = len(e.unclear()), e.closing || e.returning
	e.facts, e.warnings = facts, health.Judge(facts)
	for _, w := range missing(e.warnings, before) {
		event.Log(e.o.Log, event.HealthRaised, "code", w.Code, "device", w.Device, "severity", w.Severity, "remedy", w.Remedy, "error", w.Detail)
	}
	for _, w := range missing(before, e.warnings) {
		event.Log(e.o.Log, event.HealthCleared, "code", w.Code, "device", w.Device)
	}
	e.show()
}

// missing are the warnings of list that others does not have.
func missing(list, others []health.Warning) []health.Warning {
	have := make(map[string]bool)
	for _, w := range others {
		have[w.Code] = true
	}
	var m []health.Warning
	for _, w := range list {
		if !have[w.Code] {
			m = append(m, w)
		}
	}
	return m
}

// tidy prunes what central has acknowledged and what the paid list no longer needs.
func (e *Engine) tidy() {
	l := e.o.Ledger
	if l.Watermark() == l.Head() {
		e.expirePaid()
	}
	if err := tidyLedger(l); err != nil {
		event.Log(e.o.Log, event.LedgerFailed, "error", err.Error())
	}
}

func tidyLedger(l *ledger.Ledger) error {
	if _, err := l.Prune(time.Now()); err != nil {
		return err
	}
	return l.Compact()
}

// expirePaid takes fines off the paid list that central has known as paid for long.
// What is unclear stays until somebody has found out.
func (e *Engine) expirePaid() {
	var step ledger.Step
	err := e.o.Ledger.Each(ledger.Paid, func(id string, value json.RawMessage) error {
		var mark fines.PaidMark
		if err := json.Unmarshal(value, &mark); err != nil {
			return err
		}
		if mark.State == front.FineRecording && time.Since(mark.At) > paidFor {
			step.Put = append(step.Put, ledger.Projection{Table: ledger.Paid, Key: id})
		}
		return nil
	})
	if err == nil && len(step.Put) > 0 {
		_, err = e.o.Ledger.Append(step)
	}
	if err != nil {
		event.Log(e.o.Log, event.LedgerFailed, "error", err.Error())
	}
}
