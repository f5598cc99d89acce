package zvtsim

import (
	"time"

	"murur/devices/terminal/zvt"
)

// Kind is a sort of fault.
type Kind string

// Faults of receiving. They strike blocks of the kiosk.
const (
	NoAck        Kind = "no-ack"        // the block is not heard
	LostAck      Kind = "lost-ack"      // the block is taken, its ACK is lost
	Nak          Kind = "nak"           // the block is answered NAK
	DieReceiving Kind = "die-receiving" // power fails before the block is taken
)

// Faults of sending. They strike blocks of the terminal.
const (
	NoAnswer   Kind = "no-answer"   // the message is never sent, as if it had been
	BadCRC     Kind = "bad-crc"     // one bit of the check sum is wrong
	Garbage    Kind = "garbage"     // noise before the block
	Gap        Kind = "gap"         // a pause of Delay inside the block
	Late       Kind = "late"        // a pause of Delay before the block
	Bytewise   Kind = "bytewise"    // every byte in a write of its own
	Duplicate  Kind = "duplicate"   // the block comes twice; not over TCP
	Truncate   Kind = "truncate"    // only Byte bytes are sent
	DieSending Kind = "die-sending" // power fails after Byte bytes of the block
)

// Faults of the result. They strike a good 04 0F of a payment.
const (
	OtherAmount    Kind = "other-amount"     // one fils more than asked
	OtherCurrency  Kind = "other-currency"   // EUR
	NoCurrency     Kind = "no-currency"      // bitmap 49 is missing
	UnknownFirst   Kind = "unknown-first"    // an unknown bitmap before all others
	UnknownLast    Kind = "unknown-last"     // an unknown bitmap after all others
	ResultTwice    Kind = "result-twice"     // the 04 0F is sent and answered twice
	PreviousResult Kind = "previous-result"  // the 04 0F of the payment before comes first
	FailsAfterVote Kind = "fails-after-vote" // the vote is taken, yet the payment is undone and ends with 06 1E
)

// Faults of a dialogue. They strike before or after the message they name.
const (
	Prints     Kind = "prints"      // prints a line and a block before the message
	LateStatus Kind = "late-status" // one more 04 FF after the 06 0F or 06 1E is answered
	LateResult Kind = "late-result" // the last 04 0F once more after that
)

// Faults of the end of day. They strike its 04 0F.
const (
	TotalsDiffer     Kind = "totals-differ"     // one payment more than the bank booked
	TotalsContradict Kind = "totals-contradict" // groups and grand total do not add up
	TotalsDamaged    Kind = "totals-damaged"    // field 60 is cut short
	RestartsAfterDay Kind = "restarts"          // 27 FC in the 06 0F, and the power goes
)

// Fault strikes once or several times, then it is used up.
type Fault struct {
	Kind Kind
	// On names the command it strikes; for an answer, the command or message that is
	// answered: {DieReceiving, On: zvt.MsgStatusInfo} kills the terminal before it
	// takes the kiosk's vote. 0 is any.
	On    zvt.Command
	Skip  int           // lets so many pass before
	Times int           // strikes so often; 0 is once, -1 for ever
	Delay time.Duration // of Gap and Late
	Byte  int           // of DieSending and Truncate
}

// Inject adds a fault.
func (t *Terminal) Inject(f Fault) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if f.Times == 0 {
		f.Times = 1
	}
	t.faults = append(t.faults, &f)
}

// KillAt cuts the power after so many bytes of the frame-th block from now on (1 is
// the next one) that the terminal sends.
func (t *Terminal) KillAt(frame, bytes int) {
	t.Inject(Fault{Kind: DieSending, Skip: frame - 1, Byte: bytes})
}

// ClearFaults removes all faults and deaths that are not used up, and the states offline,
// busy and silent.
func (t *Terminal) ClearFaults() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.faults, t.marks, t.offline, t.busy, t.silent, t.status = nil, nil, false, false, false, 0
}

// Faults is what is still to strike.
func (t *Terminal) Faults() []Fault {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []Fault
	for _, f := range t.faults {
		out = append(out, *f)
	}
	return out
}

// strike returns the fault that strikes now, if one does. Every fault of the kinds
// that matches on counts the pass.
func (t *Terminal) strike(on zvt.Command, kinds ...Kind) *Fault {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, f := range t.faults {
		if f.On != 0 && f.On != on || !f.Kind.in(kinds) {
			continue
		}
		if f.Skip > 0 {
			f.Skip--
			continue
		}
		if f.Times > 0 {
			if f.Times--; f.Times == 0 {
				t.faults = append(t.faults[:i], t.faults[i+1:]...)
			}
		}
		t.struck++
		return f
	}
	return nil
}

func (k Kind) in(kinds []Kind) bool {
	for _, other := range kinds {
		if k == other {
			return true
		}
	}
	return false
}
