// Package campaign tries to break the kiosk. One seed is one day of a kiosk in virtual
// time: the real engine, ledger and drivers, the far sides of all wires in memory, random
// citizens, random faults, and now and then the power goes. When everything is mended
// again and the kiosk has had its time, the bank's book, the central server's book, the
// paper, the screens and the ledger must tell one story (see check.go, which has the
// invariants by number).
//
//	go test ./cmd/hwsim/internal/campaign -run TestCampaign [-seeds n] [-first s] [-v]
//
// # One seed, one run
//
// Goroutines run in any order, so a run can be repeated only if their order does not
// matter. It does not, because nothing crosses from one part of the world to another
// without taking time (see pace), and no two such crossings end at the same nanosecond.
// At every instant there is one cause; all that follows from it settles before the clock
// goes on. Whoever looks at the world looks a moment later. The lines of a transcript are
// sorted by time and source.
//
// # A power cut
//
// The kiosk dies at a ledger commit, just before or after it is durable, or when a number
// of bytes has crossed a wire. From then on no commit of it succeeds, its wires are dead
// and its requests go nowhere. What was on the wire before has arrived.
//
// # What is not simulated
//
// A disk that loses what it has flushed (the ledger's own tests break files), the card
// reader's wire (cards are read at once and whole, or not), the screen program, and what
// paper looks like: a stand-in for the layout puts the words themselves on the paper, so
// that they can be read back from the dots.
package campaign
