// Package engine runs journeys. One goroutine owns everything: it takes an event,
// lets the machine step, commits state and records in one transaction, and only then
// starts the effects; their answers come back as events. After a crash an open
// journey goes on with one event, Interrupted, and must find out.
//
// A step without records and effects is not committed: before a reservation nothing
// of a citizen is on disk, and a crash there leads back to the welcome screen.
package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"murur/devices/cabinet"
	"murur/devices/smartcard"
	"murur/devices/terminal"
	"murur/kiosk/event"
	"murur/kiosk/front"
	"murur/kiosk/health"
	"murur/kiosk/journey"
	"murur/kiosk/journey/fines"
	"murur/kiosk/journey/lobby"
	"murur/kiosk/journey/pickup"
	"murur/kiosk/ledger"
	"murur/kiosk/stock"
)

// Options are what an Engine needs.
type Options struct {
	Ledger      *ledger.Ledger
	Hands       Hands
	Development bool
	Log         *slog.Logger
	// CentralError says why the central server cannot be reached; "" if it can.
	CentralError func() string
	// EndOfDay is the time of day, since midnight in Zone, from which the terminal's end of
	// day is made as soon as nobody is there; 0: only on demand.
	EndOfDay time.Duration
	Zone     *time.Location // default UTC
	// CheckEvery is how often devices are asked while nobody is there; default 10 s.
	CheckEvery time.Duration
}

// Engine runs one kiosk. Make it with New, run it with Run.
type Engine struct {
	o     Options
	board *front.Board
	inbox chan message

	// The rest belongs to Run's goroutine.
	machine    journey.Machine
	began      time.Time
	onDisk     bool               // the open journey has a state in the ledger
	generation int                // answers to effects of an older one are dropped
	stop       context.CancelFunc // ends the effects of this generation
	effects    context.Context
	patience   *time.Timer
	slot       slot
	lit        light
	facts      health.Facts
	warnings   []health.Warning
	failed     *front.OutOfServiceOut // the ledger failed: nothing is begun any more
	tidied     time.Time
	gathering  bool      // the devices are being asked how they are
	again      bool      // and will be once more
	closing    bool      // the terminal makes its end of day
	returning  bool      // the terminal gives a payment back
	returned   time.Time // when central was last asked for payments to give back
	asked      time.Time // when the terminal was last asked about an unclear payment
	leased     time.Time // when the manifest was last asked for
	running    sync.WaitGroup

	status statusBox
}

// message is one entry of the inbox.
type message struct {
	event      journey.Event
	screen     uint64 // for an Input
	generation int    // for an answer
	facts      *health.Facts
	slot       smartcard.Slot
	cabinet    *cabinet.State
	settle     *Settlement
	found      *found
	endOfDay   bool
	day        *closedDay
	twice      []fines.PaidTwice
	undone     *terminal.Result
	manifest   *[]pickup.Lease
	load       *stock.Load
	done       chan error // answered when the event is committed, or refused
}

// New makes an engine; nothing runs yet.
func New(o Options) *Engine {
	if o.CheckEvery == 0 {
		o.CheckEvery = 10 * time.Second
	}
	if o.CentralError == nil {
		o.CentralError = func() string { return "" }
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	o.Hands.decision = make(decision, 1)
	return &Engine{o: o, board: front.NewBoard(), inbox: make(chan message)}
}

// Board is where the present screen stands, for the front socket.
func (e *Engine) Board() *front.Board { return e.board }

// Errors of Input.
var (
	ErrStale      = front.ErrStale
	ErrNotOffered = errors.New("the screen does not offer this")
	errStopped    = errors.New("the kiosk is stopping")
	errFailed     = errors.New("the kiosk is out of service: its ledger failed")
)

// Input takes a touch. It returns when the touch has had its effect on the screen.
// Errors: ErrStale (for another screen), ErrNotOffered.
func (e *Engine) Input(ctx context.Context, in front.Input) error {
	return e.post(ctx, message{event: journey.Input{Input: in}, screen: in.Screen, done: make(chan error, 1)})
}

// post hands a message to the loop; with done it waits for the answer.
func (e *Engine) post(ctx context.Context, m message) error {
	select {
	case e.inbox <- m:
	case <-ctx.Done():
		return errStopped
	}
	if m.done == nil {
		return nil
	}
	select {
	case err := <-m.done:
		return err
	case <-ctx.Done():
		return errStopped
	}
}

// Run runs the kiosk until ctx ends; then it waits for its goroutines. Open journeys
// are continued first.
func (e *Engine) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer e.running.Wait()
	defer cancel()
	e.patience = time.NewTimer(time.Hour)
	e.patience.Stop()
	e.newGeneration(ctx)
	e.machine = lobby.New()
	if err := errors.Join(e.endOfDayInterrupted(), e.resume(ctx)); err != nil {
		return err
	}
	e.running.Go(func() { e.watchSlot(ctx) })
	e.running.Go(func() { e.watchCabinet(ctx) })
	check := time.NewTicker(e.o.CheckEvery)
	defer check.Stop()
	e.judge(e.facts)
	e.check(ctx)

	for {
		select {
		case <-ctx.Done():
			e.stop()
			return nil
		case m := <-e.inbox:
			err := e.take(ctx, m)
			if m.done != nil {
				m.done <- err
			}
		case <-e.patience.C:
			e.step(ctx, journey.TimeUp{})
		case <-check.C:
			e.check(ctx)
		}
	}
}

// take handles one message.
func (e *Engine) take(ctx context.Context, m message) error {
	switch {
	case m.facts != nil:
		e.gathered(ctx, *m.facts)
		return nil
	case m.cabinet != nil:
		facts := e.facts
		facts.Cabinet = *m.cabinet
		e.judge(facts)
		return nil
	case m.slot != "":
		e.slotChanged(ctx, m.slot)
		return nil
	case m.settle != nil:
		return e.settle(*m.settle)
	case m.found != nil:
		return e.resolve(*m.found)
	case m.endOfDay:
		return e.startEndOfDay(ctx)
	case m.day != nil:
		return e.endDay(*m.day)
	case m.twice != nil:
		return e.giveBack(ctx, m.twice)
	case m.undone != nil:
		return e.gaveBack(*m.undone)
	case m.manifest != nil:
		return e.keepManifest(*m.manifest)
	case m.load != nil:
		err := e.load(*m.load)
		e.recheck(ctx) // what was out may be there now
		return err
	}
	if in, ok := m.event.(journey.Input); ok {
		if err := e.allowed(m.screen, in.Input); err != nil {
			return err
		}
	} else if m.generation != e.generation {
		event.Log(e.o.Log, event.EffectEnded, "journey", e.machine.ID(), "effect", m.event.Kind(), "late", true)
		return errors.New("the journey that asked is over")
	}
	return e.step(ctx, m.event)
}

// allowed checks that a touch is for the screen that stands, and that it offers it.
func (e *Engine) allowed(seq uint64, in front.Input) error {
	screen, _ := e.board.Now()
	if seq != screen.Seq {
		event.Log(e.o.Log, event.InputStale, "seq", seq, "screen", screen.Name, "action", in.Action)
		return ErrStale
	}
	if in.Action == front.ActLanguage || in.Action == front.ActTouch {
		return nil
	}
	closed := in.Action == front.ActService && slices.ContainsFunc(screen.Services, func(s front.Service) bool {
		return s.ID == in.Value && !s.Available
	})
	if !closed && slices.Contains(screen.Actions, in.Action) {
		return nil
	}
	event.Log(e.o.Log, event.InputRefused, "screen", screen.Name, "action", in.Action, "error", ErrNotOffered.Error())
	return ErrNotOffered
}

// step lets the machine take an event, commits, and starts what is wanted.
func (e *Engine) step(ctx context.Context, ev journey.Event) error {
	if e.failed != nil {
		return errFailed
	}
	stage := e.machine.ID() + e.machine.Stage()
	next, out := e.machine.Step(ev, now())
	if out.Refuse != nil {
		return out.Refuse
	}
	out = e.spoil(out)
	if err := e.commit(next, out); err != nil {
		return err
	}
	e.machine = next
	if opensCase(out) {
		e.judge(e.facts) // what a case closes is closed for the next citizen at once
	}
	if out.Stop || out.Next != "" {
		e.newGeneration(ctx)
	}
	for _, effect := range out.Effects {
		e.start(effect)
	}
	if out.Next != "" {
		e.change(ctx, out.Next)
	}
	e.show()
	_, touched := ev.(journey.Input)
	_, silent := ev.(journey.TimeUp)
	if touched || silent || stage != e.machine.ID()+e.machine.Stage() {
		e.wait()
	}
	return nil
}

// commit writes records, marks and the journey's state. Without records, and without
// effects of a journey that is on disk already, there is nothing to write.
func (e *Engine) commit(next journey.Machine, out journey.Out) error {
	ends := out.Next != "" && e.onDisk
	if len(out.Records) == 0 && !ends && (!e.onDisk || len(out.Effects) == 0) {
		return nil
	}
	row := ledger.Projection{Table: ledger.Journeys, Key: next.ID()}
	if out.Next != "" {
		out.Records = append(slices.Clone(out.Records), journey.Record{Kind: RecordEnded, Payload: ended{next.Name()}})
	} else {
		row.Value, row.Sealed = saved{Name: next.Name(), State: next}, true
	}
	if err := e.append(next.ID(), out, row); err != nil {
		return err
	}
	e.onDisk = out.Next == ""
	return nil
}

// append commits records and marks, and rows beside them, under a journey's id.
func (e *Engine) append(id string, out journey.Out, rows ...ledger.Projection) error {
	step := ledger.Step{Journey: id}
	for _, r := range out.Records {
		step.Records = append(step.Records, ledger.Draft{Kind: r.Kind, Payload: r.Payload})
	}
	for _, m := range out.Marks {
		step.Put = append(step.Put, ledger.Projection{Table: ledger.Table(m.List), Key: m.Key, Value: m.Value})
	}
	step.Put = append(step.Put, rows...)
	counted, err := e.count(out)
	if err != nil {
		return err
	}
	step.Put = append(step.Put, counted...)
	if _, err := e.o.Ledger.Append(step); err != nil {
		e.fail(err)
		return fmt.Errorf("cannot save: %w", err)
	}
	for _, r := range out.Records {
		e.logRecord(id, r)
	}
	return nil
}

// RecordEnded is the kind of the record that closes a journey which left records.
const RecordEnded = "journey.ended"

// ended is its payload.
type ended struct {
	Name string `json:"name"`
}

// saved is an open journey in the ledger.
type saved struct {
	Name  string `json:"name"`
	State any    `json:"state"`
}

// fail closes the kiosk: what cannot be saved must not be done. The open journey is
// continued after a restart.
func (e *Engine) fail(err error) {
	code := "ledger_failed"
	if errors.Is(err, ledger.ErrFull) {
		code = "storage_full"
	}
	event.Log(e.o.Log, event.LedgerFailed, "journey", e.machine.ID(), "error", err.Error())
	e.failed = &front.OutOfServiceOut{Code: code, Remedy: "maintenance", Detail: err.Error()}
	e.show()
}

// change begins the journey that was chosen, or goes back to the lobby. Whatever was
// known of the citizen goes with the old machine.
func (e *Engine) change(ctx context.Context, name string) {
	if id := e.machine.ID(); id != "" {
		event.Log(e.o.Log, event.JourneyEnded, "journey", id, "name", e.machine.Name(), "ms", time.Since(e.began).Milliseconds())
	}
	screen, _ := e.board.Now()
	head := e.o.Ledger.Head()
	begin := journey.Begin{
		ID:   fmt.Sprintf("%s-%d%06d", e.o.Ledger.Kiosk(), max(head.Epoch, 1), head.Seq+1),
		Lang: screen.Lang,
	}
	visiting := e.machine.Name() != journey.NextLobby // one journey leads to the next
	switch name {
	case fines.Name:
		if e.machine.Name() == pickup.Name {
			begin.Then = pickup.Name
		}
		e.machine = fines.New(begin)
	case pickup.Name:
		e.machine = pickup.New(begin)
	default:
		e.machine = lobby.New()
		e.slot.visitEnded()
		e.o.Hands.forget()
		e.recheck(ctx)
		return
	}
	e.began = time.Now()
	event.Log(e.o.Log, event.JourneyBegan, "journey", begin.ID, "name", name)
	if e.slot.fresh(now()) || visiting && e.slot.mine() {
		e.step(ctx, journey.CardIn{})
	}
}

// restore continues a journey from its saved state.
func restore(name string, state json.RawMessage) (journey.Machine, error) {
	switch name {
	case fines.Name:
		return fines.Restore(state)
	case pickup.Name:
		return pickup.Restore(state)
	}
	return nil, errors.New("no such journey")
}

// resume continues the journeys that were open when the program died. There is at
// most one; should there be more, the rest is continued at the next start.
func (e *Engine) resume(ctx context.Context) error {
	var open *saved
	var raw json.RawMessage
	err := e.o.Ledger.Each(ledger.Journeys, func(_ string, value json.RawMessage) error {
		if open == nil {
			open, raw = &saved{State: &raw}, nil
			return json.Unmarshal(value, open)
		}
		return nil
	})
	if err != nil || open == nil {
		return err
	}
	machine, err := restore(open.Name, raw)
	if err != nil {
		event.Log(e.o.Log, event.JourneyBroken, "name", open.Name, "error", fmt.Sprint(err))
		return fmt.Errorf("cannot continue open journey %q: %w", open.Name, err)
	}
	event.Log(e.o.Log, event.JourneyResumed, "journey", machine.ID(), "name", open.Name, "phase", machine.Stage())
	e.machine, e.onDisk, e.began = machine, true, time.Now()
	return e.step(ctx, journey.Interrupted{})
}

func (e *Engine) newGeneration(ctx context.Context) {
	if e.stop != nil {
		e.stop()
	}
	e.generation++
	e.effects, e.stop = context.WithCancel(ctx)
}

// start runs an effect in a goroutine of its own. Its answers carry the generation.
func (e *Engine) start(effect journey.Effect) {
	ctx, generation, id := e.effects, e.generation, e.machine.ID()
	event.Log(e.o.Log, event.EffectStarted, "journey", id, "effect", effect.Kind())
	begun := time.Now()
	e.running.Go(func() {
		e.o.Hands.do(ctx, effect, func(ev journey.Event, wait bool) error {
			m := message{event: ev, generation: generation}
			if wait {
				m.done = make(chan error, 1)
			}
			return e.post(ctx, m)
		}, shelf{e.o.Ledger})
		event.Log(e.o.Log, event.EffectEnded, "journey", id, "effect", effect.Kind(), "ms", time.Since(begun).Milliseconds())
	})
}

// wait starts the machine's patience anew.
func (e *Engine) wait() {
	e.patience.Stop()
	if d := e.machine.Patience(); d > 0 && e.failed == nil {
		e.patience.Reset(d)
	}
}

// show puts the machine's screen on the board.
func (e *Engine) show() {
	world := journey.World{
		Notices: health.Notices(e.warnings), CardIn: e.slot.occupied(),
		Licences: e.o.Hands.Licences != nil, Development: e.o.Development,
	}
	if e.slot.left() {
		world.Notices = append(world.Notices, front.NoticeCardLeft)
	}
	screen := e.machine.Screen(world)
	if outage := e.outage(); outage != nil {
		screen = front.Screen{Name: front.OutOfService, Lang: screen.Lang, Outage: outage}
	}
	screen.CardIn, screen.Development = world.CardIn, world.Development
	e.board.Show(screen, now())
	e.shine(screen)
	e.status.set(e.snapshot(screen))
}

// outage is why nothing works: at once when the ledger failed, otherwise only while
// nobody is in the middle of something.
func (e *Engine) outage() *front.OutOfServiceOut {
	if e.failed != nil {
		return e.failed
	}
	if closed, ok := health.Closed(e.warnings); ok && e.machine.Name() == journey.NextLobby {
		return &front.OutOfServiceOut{Code: closed.Code, Remedy: string(closed.Remedy), Detail: closed.Detail}
	}
	return nil
}

// now is the time as the log keeps it.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
