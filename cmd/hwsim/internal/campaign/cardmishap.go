package campaign

import (
	"time"

	"murur/devices/capture/crt571sim"
	"murur/devices/cardprinter/evolissim"
)

var (
	cardFaults = []evolissim.Kind{
		evolissim.Unplugged, evolissim.PowerFails, evolissim.CoverOpens, evolissim.RibbonEnds, evolissim.FeederRuns,
		evolissim.Jams, evolissim.Jams, evolissim.HeadHeats, evolissim.HeadHeats, evolissim.BoxFills, evolissim.HandPulls, evolissim.SensorDrift,
		evolissim.ReplyMissing, evolissim.ReplySplit, evolissim.ReplyTwice, evolissim.ReplyLate, evolissim.ReplyOK,
	}
	cardCommands = []string{
		"Si", "Ss", "Sr", "Se", "Se", "Ser", "Sib", "Db", "Pneab", "Pcim", "Wcb",
		"Rlr;p", "Rse;b", "Rco;c", "Rco;p", "Rrt;count", "Rem", "Rok", "Rsn",
	}
	unitCommands = []byte{0x30, 0x31, 0x32, 0x32, 0x32, 0x33, 0xA5, 0}
)

// cardFault is one thing that goes wrong with the licence printer.
func (w *world) cardFault() {
	f := evolissim.Fault{Kind: pick(w.rnd, cardFaults...)}
	begin, lasts := w.upTo(90*time.Second), 5*time.Second+w.upTo(3*time.Minute)
	n := w.rnd.IntN(6)
	if f.Kind >= evolissim.ReplyMissing {
		n = 0
	}
	switch n {
	case 0:
		f.Command = pick(w.rnd, cardCommands...)
	case 1:
		f.Panel = 1 + w.rnd.IntN(2)
	case 2:
		f.Nth = 1 + w.rnd.IntN(120)
	case 3:
		f.Bytes = 1 + few(w.rnd, 20000)
	case 4:
		if f.Kind == evolissim.Jams {
			f.Moves = pick(w.rnd, "feed", "eject", "reject", "return")
		}
	}
	w.after(begin, "the licence printer will meet a fault", func() {
		w.script.say(mishap, "licence printer: %+v", f)
		w.cards.Inject(f)
	})
	if w.chance(0.8) {
		w.after(begin+lasts, "the licence printer is mended", w.mendsPrinter)
	}
}

// mendsPrinter is a technician, or the printer itself, within minutes.
func (w *world) mendsPrinter() {
	p := w.cards
	p.Plug()
	p.PowerOn()
	p.Cover(false)
	p.ClearJam()
	p.HeadHot(false)
	p.Sensor("")
	if p.View().Ribbon < 50 {
		p.LoadRibbon(200)
	}
	w.restacks()
	p.EmptyRejectBox()
}

// unitFault is one thing that goes wrong with the capture unit.
func (w *world) unitFault() {
	u, begin, lasts := w.unit, w.upTo(80*time.Second), 2*time.Second+w.upTo(90*time.Second)
	on := func(what string, set, end func()) {
		w.after(begin, "capture unit: "+what, set)
		if w.chance(0.85) {
			w.after(begin+lasts, "capture unit: "+what+": mended", end)
		}
	}
	switch w.rnd.IntN(10) {
	case 0, 1, 2:
		n, f := 1+few(w.rnd, 1500), pick(w.rnd, crt571sim.Drop, crt571sim.Flip, crt571sim.CutLink, crt571sim.CutPower)
		w.after(begin, "capture unit: a byte will be struck", func() { u.AtByte(n, f) })
	case 3, 4:
		f := crt571sim.Fault{
			Kind: pick(w.rnd, crt571sim.NoAck, crt571sim.Nak, crt571sim.LostAck, crt571sim.LostReply, crt571sim.BadReply),
			CM:   pick(w.rnd, unitCommands...), Skip: w.rnd.IntN(4), Times: 1 + w.rnd.IntN(4),
		}
		w.after(begin, "capture unit: frames will be struck", func() { u.Inject(f) })
	case 5:
		half := pick(w.rnd, crt571sim.FirstHalf, crt571sim.SecondHalf)
		on("jams", func() { u.Jam(half) }, u.ClearJam)
	case 6:
		on("is mute", func() { u.Silence(true) }, func() { u.Silence(false) })
	case 7:
		on("loses its power", u.SwitchOff, u.SwitchOn)
	case 8:
		on("has a full bin", func() { u.SetBinFull(true) }, func() { u.SetBinFull(false) })
	case 9:
		st0 := pick(w.rnd, byte('0'), '1', '2')
		w.lied = true
		on("has a sensor that lies", func() { u.Lie(st0) }, func() { u.Lie(0) })
	}
}

// mains takes the power of the units too; revive gives it back.
func (w *world) mains() {
	w.cards.PowerCut()
	w.unit.SwitchOff()
}
