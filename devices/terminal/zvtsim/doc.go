// Package zvtsim is the far side of package zvt: a payment terminal with display,
// keys and card reader, its journal, and the bank behind it. It speaks the wire
// (serial blocks or TCP) byte by byte and holds the kiosk to the manual: what the
// kiosk does against it is noted in Violations, and refused where a terminal would.
//
//	term := zvtsim.New(zvtsim.Options{Seed: 1})
//	go term.Serve(ctx, line)                  // a pty, a socket, a pipe
//	term.SetCustomer(zvtsim.Customer{Mode: zvtsim.Manual})
//	term.Tap()                                // the panel's card
//	term.Inject(zvtsim.Fault{Kind: zvtsim.DieReceiving, On: zvt.MsgStatusInfo})
//	term.Book()                               // what the bank charged
//	term.CutPowerAt(217)                      // dies when 217 more bytes crossed the wire
//	cable := zvtsim.NewCable(term)            // a line that outlives both its ends
//
// # States
//
//	idle ─06 01─▶ card ─▶ pin ─▶ host ─▶ vote ─80 00─▶ remove ─▶ idle (06 0F)
//	                │       │       │     │ ▲ ├─84 xx──▶ undoing ─▶ idle (06 1E)
//	                │       │       │ 84 9C 2 s └─silence─▶ Policy
//	                │       │       │    hold
//	                └───────┴───────┴─ cancelled, declined, no bank ─▶ idle (06 1E)
//
// The book has a line for every transaction that the bank decided: declined, or pending
// until the kiosk's vote makes it booked or reversed. What becomes of it without a
// vote is the Policy, because the manual's chapters contradict each other there; the same
// holds for a reversal (06 30) whose 04 0F is not answered. Undone says what reversed a
// payment. The last transaction that stands is repeated by 06 20; Options.RepeatAll
// repeats the last one of any kind. An end of day closes the bank's batch before the kiosk
// hears of the totals; Batches is what the bank counted.
//
// Fields of a 04 0F come in an order shuffled by the seed, with a private tag that a
// kiosk must skip. A block that the kiosk repeats because a fault swallowed its ACK is
// acknowledged and not carried out twice. Power loss forgets registration, line speed and
// the running payment, never the journal. The same seed and the same acts give the same
// bytes; CutPowerAt and KillKioskAt count bytes of both directions.
//
// # What it is not
//
// It knows the commands that the driver sends; others are noted and answered 84 83. It
// asks no bank beyond yes and no, and no card beyond a scheme and four digits. Its own
// timers are the manual's (T1 200 ms, T2 and T3 5 s). A kiosk that falls silent is no
// violation, only wrong bytes are; neither is a status enquiry during recovery, which a
// busy terminal leaves unanswered. The clock that a kiosk sets is not kept.
package zvtsim
