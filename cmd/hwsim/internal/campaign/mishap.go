package campaign

import (
	"math"
	"math/rand/v2"
	"time"

	"murur/devices"
	"murur/devices/terminal/zvt"
	"murur/devices/terminal/zvtsim"
	"murur/sync/central"
)

// later does something at a random time within the visit.
func (w *world) later(within time.Duration, what string, do func()) {
	w.after(w.upTo(within), what, do)
}

func (w *world) after(d time.Duration, what string, do func()) {
	w.chaos.Go(func() {
		time.Sleep(d)
		w.script.say(mishap, "%s", what)
		do()
	})
}

// mishaps decides what goes wrong in the coming visit.
func (w *world) mishaps(licence bool) {
	if licence {
		if w.chance(0.4) {
			w.cardFault()
		}
		if w.chance(0.35) {
			w.unitFault()
		}
	}
	if w.chance(0.5) {
		for range 1 + w.rnd.IntN(3) {
			w.terminalFault()
		}
	}
	if w.chance(0.2) {
		w.terminalState()
	}
	if w.chance(0.3) {
		w.paperFault()
	}
	if w.chance(0.35) {
		w.networkFault()
	}
	if w.chance(0.1) {
		w.later(40*time.Second, "a clerk books payments for what "+w.visitor.Name.En+" owes", w.clerk)
	}
	if w.chance(0.45) {
		w.powerFault(licence)
	}
}

var (
	terminalFaults = []zvtsim.Kind{
		zvtsim.NoAck, zvtsim.LostAck, zvtsim.Nak, zvtsim.DieReceiving,
		zvtsim.NoAnswer, zvtsim.BadCRC, zvtsim.Garbage, zvtsim.Gap, zvtsim.Late, zvtsim.Bytewise, zvtsim.Truncate, zvtsim.DieSending,
		zvtsim.OtherAmount, zvtsim.OtherCurrency, zvtsim.NoCurrency, zvtsim.UnknownFirst, zvtsim.UnknownLast,
		zvtsim.ResultTwice, zvtsim.PreviousResult, zvtsim.FailsAfterVote,
		zvtsim.Duplicate, zvtsim.Prints, zvtsim.LateStatus, zvtsim.LateResult,
		zvtsim.TotalsDiffer, zvtsim.TotalsContradict, zvtsim.TotalsDamaged, zvtsim.RestartsAfterDay,
	}
	// A stream loses and spoils nothing.
	tcpFaults = []zvtsim.Kind{
		zvtsim.DieReceiving, zvtsim.NoAnswer, zvtsim.Gap, zvtsim.Late, zvtsim.Bytewise, zvtsim.DieSending,
		zvtsim.OtherAmount, zvtsim.OtherCurrency, zvtsim.NoCurrency, zvtsim.UnknownFirst, zvtsim.UnknownLast,
		zvtsim.ResultTwice, zvtsim.PreviousResult, zvtsim.FailsAfterVote,
		zvtsim.Prints, zvtsim.LateStatus, zvtsim.LateResult,
		zvtsim.TotalsDiffer, zvtsim.TotalsContradict, zvtsim.TotalsDamaged, zvtsim.RestartsAfterDay,
	}
	struck = []zvt.Command{
		zvt.MsgStatusInfo, zvt.MsgStatusInfo, zvt.MsgStatusInfo, zvt.CmdPay, zvt.CmdPay, zvt.MsgIntermediate, zvt.MsgCompletion,
		zvt.MsgAborted, zvt.CmdRepeat, zvt.CmdStatus, zvt.CmdRegister, zvt.CmdAbort, zvt.CmdReverse, zvt.CmdEndOfDay, 0, 0,
	}
)

func (w *world) terminalFault() {
	kinds := terminalFaults
	if w.framing == zvt.TCP {
		kinds = tcpFaults
	}
	f := zvtsim.Fault{
		Kind: pick(w.rnd, kinds...), On: pick(w.rnd, struck...), Skip: w.rnd.IntN(2), Times: 1 + w.rnd.IntN(4),
		Delay: time.Duration(float64(50*time.Millisecond) * math.Pow(800, w.rnd.Float64())), Byte: w.rnd.IntN(40),
	}
	if f.Kind == zvtsim.LateStatus || f.Kind == zvtsim.LateResult {
		f.On, w.latecomers = zvt.CmdPay, true
	}
	if f.Kind == zvtsim.DieReceiving || f.Kind == zvtsim.DieSending {
		f.Times = 1
	}
	w.script.say(mishap, "terminal will meet %s on %v, after %d, %d times (delay %v, byte %d)", f.Kind, f.On, f.Skip, f.Times, f.Delay, f.Byte)
	w.terminal.Inject(f)
}

func (w *world) terminalState() {
	t, lasts := w.terminal, 5*time.Second+w.upTo(4*time.Minute)
	begin := 5*time.Second + w.upTo(50*time.Second)
	on := func(what string, set func(bool)) {
		w.after(begin, what, func() { set(true) })
		w.after(begin+lasts, what+" no more", func() { set(false) })
	}
	switch w.rnd.IntN(6) {
	case 0:
		on("terminal has no line to the bank", t.SetOffline)
	case 1:
		on("terminal is busy", t.SetBusy)
	case 2, 3:
		on("terminal is mute", t.SetSilent)
	case 4, 5:
		w.after(begin, "terminal loses its power", t.CutPower)
	}
}

func (w *world) paperFault() {
	p, lasts := w.printer, 3*time.Second+w.upTo(3*time.Minute)
	begin := w.upTo(90 * time.Second)
	on := func(what string, set, end func()) {
		w.after(begin, what, set)
		if w.chance(0.9) {
			w.after(begin+lasts, what+": mended", end)
		}
	}
	with := func(set func(bool), v bool) func() { return func() { set(v) } }
	switch w.rnd.IntN(10) {
	case 0, 1:
		on("paper jams", p.Jam, p.ClearJam)
	case 2:
		rows := 1 + w.rnd.IntN(200)
		w.script.say(mishap, "paper will jam in %d rows", rows)
		p.JamAfter(rows)
		w.after(2*time.Minute+lasts, "jam cleared", p.ClearJam)
	case 3:
		on("paper is out", func() { p.SetPaper(devices.LevelOut) }, func() { p.SetPaper(devices.LevelOK) })
	case 4:
		on("paper is low", func() { p.SetPaper(devices.LevelLow) }, func() { p.SetPaper(devices.LevelOK) })
	case 5:
		on("printer is open", p.OpenCover, p.CloseCover)
	case 6:
		on("cutter is stuck", with(p.SetCutterFault, true), with(p.SetCutterFault, false))
	case 7:
		on("printer is mute", with(p.Silence, true), with(p.Silence, false))
	case 8:
		w.after(begin, "printer loses its power", p.PowerCut)
	case 9:
		w.after(begin, "printer cable pulled", p.Unplug)
	}
}

func (w *world) networkFault() {
	what := pick(w.rnd, outages...)
	path := pick(w.rnd, "/v1", "/v1/records", "/v1/records", "/v1/records", "/v1/reservations", "/v1/applications", "/v1/leases", "/v1/manifest")
	begin, lasts := w.upTo(time.Minute)-20*time.Second, 10*time.Second+w.upTo(10*time.Minute)
	begin = max(begin, time.Nanosecond) // what is sent at this instant still goes
	w.after(begin, "central: "+string(what)+" for "+path, func() { w.office.set(what, path) })
	if lasts < 3*time.Minute || w.chance(0.3) {
		w.after(begin+lasts, "central is back", func() { w.office.set("", "") })
	}
}

// few is a number up to most, small ones as often as large ones.
func few(rnd *rand.Rand, most float64) int { return int(math.Pow(most, rnd.Float64())) }

// powerFault plans one power cut: at a commit, or in a byte to one of the devices that
// the visit needs.
func (w *world) powerFault(licence bool) {
	l := w.life
	few := func(most float64) int { return few(w.rnd, most) }
	where := w.rnd.IntN(6)
	if licence && where > 1 {
		where = 6 + w.rnd.IntN(6)
	}
	switch where {
	default:
		l.cut.Store(&cutPlan{commit: l.commits.Load() + 1 + w.rnd.Int64N(18), after: w.chance(0.5), all: licence && w.chance(0.4)})
	case 9, 10:
		n := few(60000)
		w.cardCable.cutAfter(n, func() { w.cutPower(l, "in a command of the licence printer") })
	case 11:
		n := few(4000)
		w.unitWire.cutAfter(n, func() { w.cutPower(l, "in a frame of the capture unit") })
	case 3, 4:
		n := few(3000)
		w.payWire.cutAfter(n, func() { w.cutPower(l, "in a frame of the terminal") })
	case 5:
		n := few(4000)
		w.paperWire.cutAfter(n, func() { w.cutPower(l, "in a command of the printer") })
	}
}

// clerk books payments at a counter for what the visitor owes, whatever is reserved: the
// kiosk must not keep money for it.
func (w *world) clerk() {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now().UTC().Truncate(time.Microsecond)
	err := w.office.store.Update(w.ctx, func(tx central.Tx) error {
		for _, mine := range w.visitor.fines {
			f, err := tx.Fine(mine.ID)
			if err != nil {
				return err
			}
			if f.NotHere || !f.Paid.IsZero() {
				continue
			}
			p := central.Posting{
				Place: central.Place{Kiosk: "COUNTER-7"}, Received: now,
				Payment: central.Payment{Fines: []string{f.ID}, Amount: f.Amount, At: now},
			}
			if f.Posting, err = tx.AddPosting(p); err != nil {
				return err
			}
			f.Paid, w.elsewhere[f.ID] = now, true
			if err := tx.PutFine(f); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.script.say(mishap, "the clerk cannot: %v", err)
	}
}
