// Package devices holds the words that every device kind shares: link, fault,
// supplies, custody and outcome. The capability interfaces stand beside it, one
// package per kind (smartcard, terminal, receipt, …); each has a driver that
// speaks a real wire protocol and a simulator that speaks the other side of it.
//
// The vocabulary follows CEN/XFS: a status is three separate facts (link, fault,
// supplies), never one "ready" flag.
package devices

import (
	"errors"
	"fmt"
)

// Link says whether the device can be talked to.
type Link string

const (
	Online  Link = "online"  // answers
	Offline Link = "offline" // connected, does not answer
	Absent  Link = "absent"  // not connected
)

// Level says how much of a supply is left. The empty string means that the
// device cannot tell; LevelUnknown that it can, but does not know now.
type Level string

const (
	LevelOK      Level = "ok"
	LevelLow     Level = "low"
	LevelOut     Level = "out"
	LevelFull    Level = "full" // of a bin: no room is left
	LevelJammed  Level = "jammed"
	LevelUnknown Level = "unknown"
)

// Remedy says who can end a fault, and how.
type Remedy string

const (
	RemedyWait          Remedy = "wait"          // ends by itself
	RemedyClear         Remedy = "clear"         // remove a jam, close a cover
	RemedyReplenish     Remedy = "replenish"     // paper, ribbon, blanks
	RemedyReset         Remedy = "reset"         // power-cycle or re-plug
	RemedyMaintenance   Remedy = "maintenance"   // a technician with parts
	RemedyConfiguration Remedy = "configuration" // wrong settings
)

// Custody says who holds a card or a paper.
type Custody string

const (
	CustodyInside    Custody = "inside"
	CustodyPresented Custody = "presented"
	CustodyTaken     Custody = "taken"
	CustodyRetracted Custody = "retracted"
	CustodyRetained  Custody = "retained"
	CustodyRejected  Custody = "rejected"
	CustodyUnknown   Custody = "unknown"
)

// Outcome is what is known of an act. The zero value is not an outcome.
type Outcome string

const (
	Confirmed Outcome = "confirmed" // evidence that it happened
	Refused   Outcome = "refused"   // evidence that it did not
	Unknown   Outcome = "unknown"   // no evidence either way
)

// Status is what a device says of itself.
type Status struct {
	Link     Link             `json:"link"`
	Fault    *Fault           `json:"fault,omitempty"`
	Supplies map[string]Level `json:"supplies,omitempty"` // by supply: "paper", "ribbon", …
	Model    string           `json:"model,omitempty"`    // what the device calls itself
}

// Ready reports whether the device is online without a fault. Supplies are the
// caller's judgement.
func (s Status) Ready() bool { return s.Link == Online && s.Fault == nil }

// Fault is an error with a remedy. Code is stable and is what callers compare.
type Fault struct {
	Code   string `json:"code"` // for example "paper-jam"
	Remedy Remedy `json:"remedy"`
	Detail string `json:"detail,omitempty"` // for the log: wire codes, never personal data
}

func (f *Fault) Error() string {
	if f.Detail == "" {
		return f.Code
	}
	return fmt.Sprintf("%s: %s", f.Code, f.Detail)
}

// ErrLink is wrapped by every error that means "the device does not answer".
var ErrLink = errors.New("device does not answer")
