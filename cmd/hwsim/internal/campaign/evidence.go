package campaign

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"murur/devices"
	"murur/devices/terminal/zvtsim"
	"murur/kiosk/journey/fines"
	"murur/kiosk/journey/pickup"
	"murur/kiosk/ledger"
	"murur/kiosk/ledger/record"
)

// manners holds what the simulators complain about against the kiosk, but for the time
// after a start, when the kiosk cannot know what the terminal waits for.
func (w *world) manners() {
	all := w.terminal.Violations()
	for _, v := range all[w.heard.Load():] {
		if !w.crossed(v) {
			w.wrong(8, "terminal: %s", v)
		}
	}
	w.heard.Store(int64(len(all)))
}

// crossed reports whether a complaint is only that both sides spoke at once, or are out of
// step for seconds after an answer was lost or came too late: a question or an ACK too
// many does no harm then, and to vote against an old result is the safe side. A payment
// may be asked for only when a message that nobody could expect crosses it.
func (w *world) crossed(v string) bool {
	waits := strings.HasSuffix(v, "waits for its answer") && (w.latecomers || !strings.HasPrefix(v, "command 06 01"))
	late := v == "ACK of nothing" || v == "answer 80 00 00 to nothing" || v == "80 00 00 while the terminal is master"
	return waits || late || v == "04 0F is answered with 84 66 00"
}

// tidiness is the same for the printer. A power cut, its own or the kiosk's, can part a
// header from its picture, and leave a paper that was cut but not presented.
func (w *world) tidiness() {
	for _, v := range w.printer.Violations() {
		if !strings.HasPrefix(v, "raster of") && v != "cut while a paper is in the presenter" {
			w.wrong(8, "printer: %s", v)
		}
	}
}

// checkDays: every end of day ended, was asked for once, and agrees or is a case.
func (w *world) checkDays(a *account) {
	batches := w.terminal.Batches()
	if a.begun != len(a.days) {
		w.wrong(7, "%d ends of day were begun, %d ended", a.begun, len(a.days))
	}
	if len(batches) > a.begun {
		w.wrong(1, "the bank closed %d batches, the log has %d ends of day", len(batches), a.begun)
	}
	for _, d := range a.days {
		if len(d.Differences) > 0 {
			if a.cases[d.Case] == nil {
				w.wrong(5, "the end of day %s has differences and no case", d.Date)
			}
			continue
		}
		if !slices.ContainsFunc(batches, func(b zvtsim.Batch) bool { return b.Sum == int64(d.Ledger.Sum) && b.Count == d.Ledger.Count }) {
			w.wrong(4, "the end of day %s agrees in the log (%+v), not with the bank: %+v", d.Date, *d.Ledger, batches)
		}
	}
}

// checkPapers: a paper says what is true, and what the log has as printed is on paper.
func (w *world) checkPapers(a *account, book []zvtsim.Transaction) {
	whole := map[string]int{}
	for i, p := range w.printer.Papers() {
		text := read(p.Image)
		w.script.say(mishap, "paper %d, complete %v, %s: %s", i+1, p.Complete, p.Custody, strings.ReplaceAll(text, "\n", " | "))
		receipt, file := cmp.Or(line(text, "receipt.number"), line(text, "receipt.pickup.number")), line(text, "receipt.case")
		switch {
		case receipt != "" && a.cards.byID[receipt] != nil:
			if !slices.Contains(a.cards.byID[receipt].ends, pickup.RecordIssued) {
				w.wrong(4, "%s is on paper as handed over, the log has it as %v", receipt, a.cards.byID[receipt].ends)
			}
		case receipt != "":
			t := a.receipts[receipt]
			if t == nil {
				w.wrong(4, "receipt %s is on paper, the log has no such payment", receipt)
				continue
			}
			if charged, _ := a.charged(t, book); charged+a.givenBack(t, book) != 1 {
				w.wrong(4, "receipt %s is on paper, the bank has %d charges", receipt, charged)
			}
			if total := line(text, "receipt.total"); total != "" && total != t.amount.String() {
				w.wrong(4, "receipt %s says %s, charged was %s", receipt, total, t.amount)
			}
		case file != "" && a.cases[file] == nil:
			w.wrong(5, "case %s is on paper, but not in the log", file)
		}
		// What the printer calls complete is stricter: a jam before the first ink spoils
		// its page too.
		if strings.HasSuffix(text, "\n.") && p.Custody != devices.CustodyRetained {
			whole[receipt+file]++
		}
	}
	for number, n := range whole {
		if number != "" && n > 1 {
			w.wrong(4, "%s was printed %d times", number, n)
		}
	}
	for number := range a.proved {
		if whole[number] == 0 {
			w.wrong(4, "%s is printed in the log, but is on no paper", number)
		}
	}
}

// checkLog: the chain holds, the tables agree with it, and nothing in it is personal.
func (w *world) checkLog(records []record.Record) {
	if _, err := w.life.book.Verify(context.Background()); err != nil {
		w.wrong(5, "%v", err)
	}
	for i, r := range records {
		if r.Seq != uint64(i)+1 {
			w.wrong(5, "record %d is missing", i+1)
			return
		}
		for _, p := range w.guests {
			for _, token := range p.tokens[:5] { // violation numbers are no secret
				if strings.Contains(string(r.Payload), token) {
					w.wrong(6, "%s of %s stands in record %d", token, p.Name.En, r.Seq)
				}
			}
		}
	}
	a := accountOf(records)
	open := 0
	for _, c := range a.cases {
		switch {
		case len(c.closed) > 1:
			w.wrong(5, "case %s was closed %d times", c.Number, len(c.closed))
		case len(c.closed) == 0:
			open++
			var have fines.Case
			if ok, err := w.life.book.Get(ledger.Cases, c.Number, &have); !ok || err != nil {
				w.wrong(5, "case %s is open in the log, but not in the list: %v", c.Number, err)
			}
		}
	}
	if have := w.cases(); len(have) != open {
		w.wrong(5, "%d cases are open in the log, %d in the list", open, len(have))
	}
	w.count(a)
}

// count counts what the campaign reports.
func (w *world) count(a *account) {
	w.opened = len(a.cases)
	for _, c := range a.cases {
		if c.Unclear() && len(c.closed) > 0 && c.closed[0].By == fines.ByTerminal {
			w.resolved++
		}
	}
}
