// Package evolissim is the card printer at the other end of the Evolis wire: a
// machine that is fed bytes through the pipes of a USB printer class interface, moves
// cards, and keeps what is printed on each as a picture.
//
// It is not derived from the driver: a Model says what a family of machines calls
// things and answers, and the panels are unpacked by its own code, so that a mirrored
// or shifted picture shows on the card.
//
// Received bytes wait in a buffer and are worked off one command at a time. A movement
// takes its time (Options.Speed makes it shorter), and as a rule the next command waits
// for it. The printer keeps five bitmaps; each download starts the printing of the one
// before, and the end of the sequence prints the last. In error mode 0 a job that was
// interrupted is printed again on a new card when the fault is gone, from the bitmaps:
// a driver that leaves the mode there meets a second card.
//
// Faults strike at once, at a byte, at a command, or in the middle of a panel. A cut
// cable lets the printer work off what it has received, and leaves it in the middle of
// a download; a power cut makes it forget all but the cards and the counters.
//
// What no driver may do is kept as violations: a second card fed behind one, a card
// printed twice or reprinted from memory, one handed out unfinished or before anybody
// asked whether it is finished, ejection while it was forbidden, a movement before
// anybody asked where the cards are.
//
// Not simulated: magnetic stripes, partial panels (Dbp, Dbmp), serial and network
// links, the service's status words.
package evolissim
