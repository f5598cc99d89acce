// Package ccid drives contact smart card readers of the USB device class CCID,
// revision 1.10, interface class 0B/00/00, through transport.Pipes. It uses the
// reader's first slot and cards of the protocols T=0 and T=1 (ISO/IEC 7816-3).
//
// Exchange levels: at the TPDU level the driver does T=0 (expected length never
// sent with data) or T=1 (package t1); at the short and extended APDU levels the
// reader does, and parts of long messages are chained. 6Cxx and 61xx are followed up
// at each level. Readers at the character level are refused.
//
// Power-on: with automatic voltage, or with 5 V, 1.8 V and 3 V in this order, as far as
// the reader has them, and each again once after an error that may pass. The protocol
// is the card's first one that the reader speaks, or its only one in specific mode; a
// card without a common protocol is connected, so that its answer to reset can be
// shown, but commands to it are refused with ErrProtocol. At the TPDU level, where the
// reader does not negotiate, the driver asks the card for its best speed by PPS, if the
// reader is fast enough; a card that does not agree is powered anew and stays at the
// default. Parameters are set where the reader does not find them by itself, and after
// a PPS always. With T=1 the reader's block size is announced, unless it does so.
//
// With T=1, a block that the reader reports as silence, overrun or parity error is asked
// for again. A card may ask for more waiting time, and a reader for more time, but for
// no more than 30 s in all until the exchange goes on; then the command is aborted. A
// card that had to be resynchronised gets a command again only if it selects or reads.
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
// is no new card. A notice of removal ends the session, whatever the slot holds by then;
// during a command it shortens the wait for the reply, which some readers never send.
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
// Attaching anew calls the opener again each time; that a new USB context is made then
// is the opener's business, and package usb does it. The whole class descriptor is
// logged once for each attachment.
//
// Unverified on hardware: the voltage procedure, PPS, T=1, readers with several slots,
// and the extended APDU level have met only the simulated reader.
package ccid
