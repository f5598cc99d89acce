package pickup

import (
	"murur/devices"
	"murur/devices/cardprinter"
)

// Kinds of the records that this journey leaves, beside those of a paper
// (fines.RecordPrinting and the like) and of a case (fines.RecordCase). The central
// server acts on those marked with an arrow.
const (
	RecordBegun     = "pickup.begun"     // → before the first act with a card
	RecordIssued    = "pickup.issued"    // → the new licence was taken
	RecordReleased  = "pickup.released"  // → no blank was used; the lease may end
	RecordPromised  = "pickup.promised"  // → no licence; the person has a number in print
	RecordRetracted = "pickup.retracted" // → printed, not taken, destroyed: central decides
	RecordUnclear   = "pickup.unknown"   // → nobody knows who has the card: central decides
	RecordIntent    = "custody.intent"   // before a command that moves a card
	RecordCustody   = "custody.changed"  // who has a card now, and by what evidence
)

// PickupRecord is the payload of the pickup records.
type PickupRecord struct {
	Application string `json:"application"`
	Issue       int    `json:"issue"`
	Kind        Kind   `json:"kind"`
	Case        string `json:"case,omitempty"`
	Reason      string `json:"reason,omitempty"` // a front.ProblemCode
}

// Object says which card a custody record is about.
type Object string

const (
	Blank Object = "blank" // becomes the new licence
	Old   Object = "old"   // the old licence
)

// Act is a command that moves a card.
type Act string

const (
	ActFeed    Act = "feed"
	ActPrint   Act = "print"
	ActPresent Act = "present"
	ActRetract Act = "retract"
	ActReject  Act = "reject"
	ActAdmit   Act = "admit"
	ActCapture Act = "capture"
	ActReturn  Act = "return"
)

// IntentRecord is the payload of RecordIntent: what is about to be done to which card,
// and what the counters said before.
type IntentRecord struct {
	Object   Object               `json:"object"`
	Card     string               `json:"card"` // "KW01-1000042/1": journey and blank; "…/old"
	Batch    string               `json:"batch,omitempty"`
	Act      Act                  `json:"act"`
	Counters cardprinter.Counters `json:"counters,omitzero"`
	Captured int                  `json:"captured,omitempty"`
}

// CustodyRecord is the payload of RecordCustody; each intent is followed by one. For a
// blank it is what stock is counted by: inside (it left the feeder), then one of taken,
// rejected, retracted or unknown. No custody and no batch: it did not happen, no blank
// left the feeder and nothing came in at the gate.
type CustodyRecord struct {
	Object   Object          `json:"object"`
	Card     string          `json:"card"`
	Batch    string          `json:"batch,omitempty"`
	Custody  devices.Custody `json:"custody,omitempty"`
	Evidence string          `json:"evidence,omitempty"`
}
