// Package crt571 drives card transports of the CRT-571 family over a serial line: a
// gate, one place for a card inside, and the bin for error cards, which a kiosk uses to
// retain old licences. The stacker of these units is not used.
//
// # Wire
//
// RS-232, 8N1, 38400 or 9600 baud, no handshake, half duplex. A command is
//
//	F2 address length(2, big-endian) 43 CM PM data… 03 BCC
//
// where length counts from 43 to the end of the data and BCC is the XOR of everything
// before it. Nothing is stuffed: the length alone ends a frame. The unit answers 06 (taken)
// or 15 (damaged), then sends
//
//	50 CM PM ST0 ST1 ST2 data…   done
//	45 CM PM E1 E0 data…         refused; some firmware says 4E
//
// in a frame of the same shape, which the kiosk answers with 06 or 15. 04 clears the line.
//
// # State model
//
//	                Admit: gate open, card comes, gate closed, drawn in
//	none ------------------------------------------------------------> inside
//	gate (ST0 31, a hand can take it)                                   |  |
//	  ^  ----------------- TakeIn: to the holding position -----------> |  |
//	  +-------------------- GiveBack: out of the gate ------------------+  |
//	                        Capture: into the bin, counter + 1 <-----------+
//
// The holding position is the RF position (or the IC position): the only ones that the
// unit's status tells apart from the gate, and out of reach of a hand. The position that
// the family calls "hold at the gate" is neither.
//
// The unit is initialised, without moving anything, when the line was opened or lost and
// when it says that it was not (B0); then the gate is closed and the status asked. The
// gate is open in Admit only.
//
// # Truth
//
// A question is sent three times at most. A command that moves a card is sent again only
// when the unit refused it as damaged, or when it said nothing at all and its status
// proves that nothing has moved. When it took the command and its reply is lost, the
// status is asked instead; a move that has begun is always waited for. A capture is
// Confirmed by three facts: the unit said so, no card is inside, the counter went up by
// one. It is Refused when the status shows the card inside and the counter did not move.
// Everything else is Unknown. No card is moved before its place was asked.
//
// A hand that holds or pulls the card is an event, not a fault. What is too long or too
// short is given back and not pulled at again.
//
// # Faults
//
//	card-jam       clear          sensor     maintenance   motor        maintenance
//	position       clear          contact    maintenance   counter      configuration
//	bin-full       replenish      command    configuration sequence     reset
//	device-error   maintenance    offline    reset
//
// A jam is over when the unit can be initialised again, which Status tries. Faults of
// sensors, motor and contacts last until a move succeeds or the unit was restarted.
//
// # Unverified without a device in hand
//
// The response time; the digits of the counter, whether initialising with 33 makes it
// count or only 37 (RetractCounter), and whether emptying the bin or only a command sets it
// back (Emptied); the bin's capacity; where an admitted card stops before it is told to
// move; whether a card that is moved out stays between the lips; whether 04 is echoed;
// how many bytes stand before the answer to reset (ATRSkip).
package crt571
