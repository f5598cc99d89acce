// Package ccid drives contact smart card readers of the USB device class CCID,
// revision 1.10, interface class 0B/00/00, through transport.Pipes. It uses the
// reader's first slot and cards of the protocol T=0 (ISO/IEC 7816-3).
//
// Exchange levels: at the TPDU level the driver does T=0 (expected length never
// sent with data, 6Cxx and 61xx followed up); at the short and extended APDU
// levels the reader does, and parts of long messages are chained. Readers at the
// character level are refused. A card whose first protocol is T=1 is connected,
// so that its answer to reset can be shown, but commands to it are refused with
// ErrProtocol.
//
// One goroutine owns the reader. Its states:
//
//	absent    no reader; the opener is tried again after 250 ms, then less often up to 2 s
//	empty     a reader, no card
//	occupied  a card, no power
//	session   a powered card; ends by Close, removal, a failed command, or Connect
//
// The slot is watched through the interrupt pipe, if there is one, and by asking.
// A notice is only a reason to ask: a late one about a card that was there before
// is no new card. A notice of removal during a command shortens the wait for the
// reply, which some readers never send.
//
// Every command carries a sequence number. A reply with another one is old and is
// dropped. After a command without a good reply the numbers are brought together
// again: ABORT request, Abort message, and when that fails within 2 s, a reset of
// the device, after which it is attached anew.
//
// Deviations of real readers that are tolerated: data beyond the announced length;
// a slot status where another reply is due, when it says "failed"; an empty
// transfer after a full packet, or none; no ABORT; success without data to a
// command for a card that is not there.
//
// A card that is swapped between two looks at the slot shows by its lost power.
// Readers that power a new card by themselves hide this when they have no
// interrupt pipe: a caller reads the holder's number again before an act that
// cannot be undone.
//
// Speed is never negotiated by the driver: where the reader does not do it, the
// card stays at its default speed.
//
// Unverified on hardware: the voltage procedure, readers with several slots, and
// the extended APDU level have met only the simulated reader.
package ccid
