// Package pickup is the journey of collecting a licence: identify, have the old licence
// taken in, have the new one printed, take it. It is a pure state machine: Step takes a
// State and an event and returns the new State and what is to be done.
//
//	identify → reading → looking ─→ choosing ─→ checking → placing → feeding → printing
//	                        │  └→ owing ═ fines ═╗             │                  │
//	                        └→ trouble           ╚═→ identify  │              retaining
//	                                                           │                  │
//	thanks ← paper ← writing ← issued ←──────── taking ←───────┼───────────── presenting
//	           ↑                                  │            │
//	           └──── promise ← returning ← retracting, rejecting ←─ locating ←─ any doubt
//
// Until checking has ended nothing is on disk and nothing was taken from anybody. Then
// pickup.begun is committed with the mark that this application is being served, and from
// there on each act that moves a card has its custody.intent on disk before the command
// leaves, and leaves custody.changed when its answer is in.
//
// The old licence is held while the new one is made, retained when the new one is
// verified, and only then is the new one presented. So a print that fails costs a blank
// but never the driver's licence: it is given back.
//
// A doubt (an answer that is unknown, or a power cut) leads to locating: the units are
// asked where every card is, and the last intent and the evidence decide:
//
//	last intent  a card is inside   in the exit        nowhere
//	feed         reject             retract            counter unmoved: nothing was fed; else unknown
//	print        reject, or present retract            unknown
//	             if it is verified
//	             and the old one kept
//	present      reject             wait, then retract taken, if it was seen in the exit before
//	                                                   and no power was lost; else unknown
//	retract      reject             wait, then retract unknown
//	reject       unknown            retract            rejected, and no other one follows
//
// and a unit that does not answer, or a sensor that cannot tell, is unknown; so is a card
// that is still where it should not stay after a few doubts. After a restart nothing is
// printed and nothing is presented that was not presented before. testdata/located.txt
// has every answer, for both units.
// Unknown is an end of its own: the department decides, this kiosk never prints again
// for that issue of the application.
//
// The whole table of phases and events, with the reason for everything that is ignored,
// stands in testdata/table.txt; a test proves that it is total and up to date.
package pickup
