package engine_test

import (
	"encoding/json"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"murur/devices"
	"murur/devices/receipt/escpossim"
	"murur/devices/smartcard"
	"murur/devices/terminal/zvt"
	"murur/devices/terminal/zvtsim"
	"murur/kiosk/engine"
	"murur/kiosk/front"
	"murur/kiosk/journey/fines"
	"murur/kiosk/ledger"
	"murur/sync/central/demo"
)

const typical = string(demo.Typical)

// inBubble runs a test with a kiosk in virtual time.
func inBubble(t *testing.T, f func(t *testing.T, r *rig)) {
	loadFonts() // read outside: they outlive the bubble
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.start()
		f(t, r)
		r.end()
	})
}

func TestPaysAndForgets(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		total := r.toPay(typical, 2)
		r.sees(front.Receipt)
		r.sees(front.Thanks)
		r.sees(front.Welcome)
		if times, sum := r.charged(); times != 1 || sum != total {
			t.Errorf("the bank charged %d times %s, want once %s", times, sum, total)
		}
		if papers := r.printer.Papers(); len(papers) != 1 || papers[0].Custody != devices.CustodyTaken {
			t.Errorf("papers: %+v", papers)
		}
		for _, kind := range []string{fines.RecordIntent, fines.RecordApproved, fines.RecordCompleted, fines.RecordPaper, engine.RecordEnded} {
			if !r.has(kind) {
				t.Errorf("no record %s in %v", kind, r.kinds())
			}
		}
		open := 0
		r.kiosk.book.Each(ledger.Journeys, func(string, json.RawMessage) error { open++; return nil })
		if open != 0 {
			t.Errorf("%d journeys are still open", open)
		}
		// The 15-minute rule by the kiosk's own list: central has not heard of it yet.
		list := r.toList(typical)
		recording := 0
		for _, f := range list.Fines.Other {
			if f.State == front.FineRecording {
				recording++
			}
		}
		if recording != 2 {
			t.Errorf("%d fines are shown as being recorded, want 2", recording)
		}
		if v := r.terminal.Violations(); len(v) > 0 {
			t.Errorf("protocol violations at the terminal: %v", v)
		}
	})
}

func TestNothingIsOnDiskBeforeMoney(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.toList(typical)
		r.touch(front.ActAll, "")
		r.touch(front.ActNext, "")
		r.touch(front.ActCancel, "")
		r.sees(front.Welcome)
		if kinds := r.kinds(); len(kinds) != 0 {
			t.Errorf("records: %v", kinds)
		}
	})
}

func TestDoubleTapDoesNothing(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		list := r.toList(typical)
		in := front.Input{Screen: list.Seq, Action: front.ActToggle, Value: list.Fines.Payable[0].ID}
		if err := r.kiosk.engine.Input(r.life, in); err != nil {
			t.Fatal(err)
		}
		if err := r.kiosk.engine.Input(r.life, in); !errors.Is(err, engine.ErrStale) {
			t.Errorf("the second tap: %v", err)
		}
		now := r.sees(front.FineList)
		if now.Fines.Selected != 1 {
			t.Errorf("%d selected", now.Fines.Selected)
		}
		err := r.kiosk.engine.Input(r.life, front.Input{Screen: now.Seq, Action: front.ActStart})
		if !errors.Is(err, engine.ErrNotOffered) {
			t.Errorf("an action of another screen: %v", err)
		}
	})
}

func TestSilenceAsksThenEnds(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.toList(typical)
		wait := func() front.Screen {
			for {
				s, changed := r.kiosk.engine.Board().Now()
				if s.MoreTime != nil || s.Name == front.Welcome {
					return s
				}
				<-changed
			}
		}
		if s := wait(); s.MoreTime == nil {
			t.Fatalf("no question before the end: %+v", s)
		}
		r.touch(front.ActMore, "")
		if s := wait(); s.MoreTime == nil || s.Name != front.FineList {
			t.Fatalf("more time was not given: %+v", s)
		}
		began := time.Now()
		r.sees(front.Welcome)
		if waited := time.Since(began); waited > time.Minute {
			t.Errorf("the question stood %v", waited)
		}
	})
}

func TestCards(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.cards.holder = fines.Holder{Civil: typical, Name: front.Words{En: "DEMO"}}
		r.sees(front.Welcome)
		r.cards.changes <- smartcard.SlotEmpty
		r.touch(front.ActStart, "ar")
		r.touch(front.ActService, "fines")
		r.cards.changes <- smartcard.SlotOccupied
		if s := r.sees(front.FineList); s.Fines.Holder == nil || !s.CardIn {
			t.Errorf("holder not shown: %+v", s)
		}
		r.touch(front.ActCancel, "")
		// The card was forgotten: it is not the next visitor's.
		if s := r.sees(front.Welcome); !s.CardIn || !hasNotice(s, front.NoticeCardLeft) {
			t.Errorf("nobody is told of the card: %+v", s)
		}
		r.touch(front.ActStart, "en")
		r.touch(front.ActService, "fines")
		if s := r.sees(front.Identify); len(s.Ways) == 0 || s.Ways[0] == front.ByCard {
			t.Errorf("the forgotten card is offered: %v", s.Ways)
		}
		r.cards.changes <- smartcard.SlotEmpty
		r.cards.err = &engine.CardError{Code: front.ProblemCardWrong, Err: errors.New("a bank card")}
		r.cards.changes <- smartcard.SlotOccupied
		if s := r.sees(front.Problem); s.Trouble.Code != front.ProblemCardWrong {
			t.Errorf("got %+v", s.Trouble)
		}
	})
}

func hasNotice(s front.Screen, n front.Notice) bool {
	for _, have := range s.Notices {
		if have == n {
			return true
		}
	}
	return false
}

func TestProblems(t *testing.T) {
	tests := []struct {
		name    string
		before  func(r *rig) // when the list is shown
		code    front.ProblemCode
		charged int
		record  string
	}{
		{"declined", func(r *rig) { r.terminal.SetCustomer(zvtsim.Customer{Mode: zvtsim.Decline, Code: 0x33}) },
			front.ProblemFunds, 0, fines.RecordRefused},
		{"cancelled", func(r *rig) { r.terminal.SetCustomer(zvtsim.Customer{Mode: zvtsim.Cancel}) },
			front.ProblemCancelled, 0, fines.RecordRefused},
		{"terminal silent", func(r *rig) { r.terminal.SetSilent(true) }, front.ProblemTerminal, 0, ""},
		{"paper out", func(r *rig) { r.printer.SetPaper(devices.LevelOut) }, front.ProblemNoPaper, 0, ""},
		{"printer silent", func(r *rig) { r.printer.Silence(true) }, front.ProblemNoPaper, 0, ""},
		{"central gone", func(r *rig) { r.central.cut(true) }, front.ProblemCentral, 0, fines.RecordReleased},
		{"jam while printing", func(r *rig) { r.printer.JamAfter(100) }, front.ProblemReceiptFailed, 1, fines.RecordCase},
		{"other amount", func(r *rig) { r.terminal.Inject(zvtsim.Fault{Kind: zvtsim.OtherAmount}) },
			front.ProblemPayFailed, 0, fines.RecordRefused},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				list := r.toList(typical)
				r.touch(front.ActToggle, list.Fines.Payable[0].ID)
				tt.before(r)
				r.touch(front.ActNext, "")
				r.touch(front.ActNext, "")
				s := r.sees(front.Problem)
				if s.Trouble.Code != tt.code {
					t.Errorf("got %s, want %s", s.Trouble.Code, tt.code)
				}
				if times, _ := r.charged(); times != tt.charged {
					t.Errorf("charged %d times, want %d", times, tt.charged)
				}
				if tt.record != "" && !r.has(tt.record) {
					t.Errorf("no record %s in %v", tt.record, r.kinds())
				}
				r.sees(front.Welcome) // silence ends it
			})
		})
	}
}

// The ledger fails at the very commit that saves an approval: the terminal must hear
// "no", and the kiosk closes.
func TestApprovalThatCannotBeSavedIsVotedDown(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.toPay(typical, 1)
		r.sees(front.Pay)
		r.kiosk.book.Close()
		if s := r.sees(front.OutOfService); s.Outage.Code != "ledger_failed" {
			t.Errorf("got %+v", s.Outage)
		}
		r.later(2 * time.Minute) // the terminal finishes
		if times, _ := r.charged(); times != 0 {
			t.Errorf("charged %d times", times)
		}
	})
}

// The terminal loses its power at the vote; after a restart of the kiosk it is asked
// what became of the payment, by each of its documented policies.
func TestStopsWhilePayingAndFindsOut(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.toPay(typical, 1)
		r.sees(front.Pay)
		r.end() // like a power cut: nothing is finished
		r.start()
		s := r.sees(front.Problem)
		if times, _ := r.charged(); times != 0 || s.Trouble.Money == front.MoneyCharged {
			t.Errorf("charged %d times, screen %+v", times, s.Trouble)
		}
		r.sees(front.Welcome)
		if _, err := r.kiosk.book.Verify(r.life); err != nil {
			t.Error(err)
		}
	})
}

func TestUnknownOpensACase(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.terminal.Inject(zvtsim.Fault{Kind: zvtsim.DieSending, On: zvt.MsgStatusInfo})
		r.toPay(typical, 1)
		r.sees(front.Pay)
		s := r.sees(front.Problem)
		switch s.Trouble.Code {
		case front.ProblemPayUnknown:
			if s.Trouble.Case == "" || !r.has(fines.RecordUnknown) {
				t.Errorf("no case: %+v %v", s.Trouble, r.kinds())
			}
		case front.ProblemPayFailed:
			if times, _ := r.charged(); times != 0 {
				t.Error("charged, but the screen says it was not")
			}
		default:
			t.Errorf("got %+v", s.Trouble)
		}
		r.sees(front.Welcome)
	})
}

func TestReceiptNotTakenIsRetracted(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.printer.SetPerson(escpossim.Person{})
		r.toPay(typical, 1)
		r.sees(front.Receipt)
		r.sees(front.Welcome)
		papers := r.printer.Papers()
		if len(papers) != 1 || papers[0].Custody != devices.CustodyRetracted {
			t.Errorf("papers: %+v", papers)
		}
	})
}

func TestHealthClosesTheService(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.sees(front.Welcome)
		r.printer.SetPaper(devices.LevelOut)
		r.later(15 * time.Second) // one round of checks
		r.touch(front.ActStart, "en")
		s := r.sees(front.ServiceMenu)
		if s.Services[0].Available || s.Services[0].Reason != front.NoticeNoPrinter {
			t.Errorf("got %+v", s.Services[0])
		}
	})
}
