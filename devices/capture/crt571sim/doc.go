// Package crt571sim is the card transport at the other end of the CRT-571 wire: a gate
// that grips cards when it is open, one path for one thing, a bin, a counter, and the
// hands in front of it and behind it.
//
// Every thing that is put in is an Object with an id, and is always in exactly one place:
// between the lips of the gate, at the RF or IC position, in the bin, in the person's
// hands again, or in a technician's. Moves take time; in the middle of a move the thing
// changes its place, at its end the unit counts and answers. A power cut before the middle
// leaves it where it was, one after the middle where it was going, uncounted. A unit that
// got its power back knows its card and its counter, but has to be initialised, and its
// gate is closed.
//
// Faults: any byte of the line, of either side, can be lost or changed, or be the last
// before the link or the power goes; a frame can be refused, not heard, carried out
// without an acknowledgement or without a reply; the path can jam in either half of a
// move; sensors can lie; the bin can be full. What a driver must not do is kept as
// violations: a move or an opened gate before the unit was initialised and asked for its
// status since it got power, a gate opened with a card in it, a move with an open gate, a
// capture into a full bin, a capture by initialising.
//
// Not simulated: the stacker, the sensor report, APDUs and RF cards.
package crt571sim
