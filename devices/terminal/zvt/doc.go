// Package zvt drives payment terminals that speak ZVT, the cash register protocol of
// German-speaking countries, unattended. The transport is that of document PA00P016
// (rev. 04), the messages those of PA00P015 (rev. 13.08).
//
// # Layers
//
//	Driver               terminal.Terminal
//	  payment, hold      06 01 with its votes; reversal 06 30; end of day 06 50; jobs
//	  dialogue           one command at a time: command, answer, messages, completion
//	  link               one APDU out or in: serialLink (blocks, CRC, ACK, repeats) or tcpLink
//	  wire               bytes, with a goroutine for each direction
//	Decoder, AppendBlock       DLE STX apdu DLE ETX crc crc
//	APDU, Fields, TLV          class, instruction, length, data; bitmaps; tags
//	StatusInfo, Intermediate, … what a message says
//
// The codecs are pure and exported: the simulator builds on them too. Between two
// calls a goroutine keeps listening and answers what the terminal still has to say;
// a call takes the line over from it. Close waits for all of them.
//
// # A payment
//
//	kiosk                          terminal
//	06 01 amount, currency  ──▶
//	                        ◀──   80 00
//	                        ◀──   04 FF   what the person should do → Observer.Guidance
//	80 00                   ──▶
//	                        ◀──   04 0F   the result
//	   Observer.Approved saves it and makes sure that it can be delivered
//	84 9C                   ──▶           not yet: the terminal sends its 04 0F again, 2 s later
//	80 00 or 84 66          ──▶           the commit vote
//	                        ◀──   06 0F or 06 1E
//	80 00                   ──▶
//
// What is known when it ends, by the last 04 0F and by the end:
//
//	                 06 0F        06 1E        silence, broken link
//	none             unknown      refused      unknown
//	declined         refused      refused      unknown
//	voted for        confirmed    unknown      unknown
//	voted down       unknown      refused      unknown
//
// The hold needs Payment.Hold: fields 01 and 02 of the 06 01 agree how long the terminal
// waits for an answer and how often that may be 84 9C. The first 04 0F waits a second for
// the decision, so that a mere save shows no hold. When the time is over the vote is no.
//
// Unknown is for Query: it waits until the line was quiet for 15 s (three
// transmissions of a colliding terminal), enquires the status until there is an
// answer, registers, and asks for the last transaction (06 20); decide matches it.
//
// The vote is no (84 66, the terminal reverses) when amount or currency are not those
// of the payment or were not readable, when the terminal id is another one, when the
// kiosk could not save, and for an approval that arrives when nobody waits for one. An
// unknown bitmap alone is no reason: result, amount and currency decide. A 04 0F that
// repeats one already voted for gets the same vote; one of the transaction before the
// payment is acknowledged and otherwise ignored.
//
// # Reversal, end of day, jobs
//
// A reversal (06 30) names the receipt and carries amount and currency as a safeguard.
// B4 says that it was done before, so it may be sent again until it is proved; nothing
// else finds out what became of an interrupted one. The terminal's 04 0F must name the
// same amount, currency and payment (37), else it is voted down.
//
// The totals of the end of day (06 50) are reported as they were said. A terminal does
// not repeat them: an interrupted end of day stays Unknown, and the next one is another
// batch. 27 E0 or FC in its 06 0F means that the terminal goes away for a while.
//
// Due names the cure of a status: 51 initialisation (06 93), C2 diagnosis (06 70), 62 and
// C1 the clock (06 91), F0, B1 and 6A the end of day; F6 and the defects are for staff.
//
// # Slips
//
// With Options.Columns the registration asks for config BE, and the terminal sends what
// it would have printed (06 D1, 06 D3). The lines come back in the results, whole card
// numbers masked. The answers to them count for the commit with some terminals, which is
// why the default leaves receipts to the kiosk.
//
// # Safety
//
// The 06 01 is sent once by Pay, repeated only as a block on the serial line (at most
// twice, byte for byte, when it was not acknowledged), and never again by anything
// else. It is certain that it was not taken when nothing was written, or when the
// terminal answered each of the three transmissions with NAK; everything else that
// goes wrong is unknown. An answer that comes instead of the acknowledgement stands
// for it, so that a lost ACK does not put a second 06 01 on the line.
//
// A message that equals the one being answered, before that answer was acknowledged, is
// a repeat: it is acknowledged and not answered again, since a second answer would pass
// for that to the next message. With numbered messages (1F73) every repeat is known.
//
// Card numbers appear in results and traces with their last four digits only; track
// data, and whatever follows an unknown bitmap, never.
//
// # Choices where the documents leave one
//
//   - Registration asks for config 3E unless slips are wanted: the answer to the 04 0F
//     is then the only commit point.
//   - T4 restarts with every message, not only with 04 FF and 04 0F.
//   - 06 B0 during a payment is sent, because an unattended machine needs it and most
//     terminals take it; Options.NoAbort leaves it out. Its answer proves nothing.
//   - A container in 04 FF without the minutes before it is understood.
//   - Situations "and take the card out" (code + 40) guide to the card.
//   - Field A0 beside a good field 27 is a refusal by the host: voted down.
//   - Tags 1F80..1F83 count as two bytes; bitmap 92 as LLLVAR.
//   - A declined last transaction that matches the payment proves the refusal.
//   - 1F1F (unique transaction id) is sent only with Options.Tokens, and never with an
//     end of day: a stale one makes the terminal undo the payment before.
//   - A message whose number cannot be read has the next one.
//   - 08 40 is sent only with Options.Fast; when blocks stay unacknowledged the other
//     speed is tried.
//   - The status enquiry carries no password, except as room for a number; some
//     terminals want one.
//
// # Not verified
//
// No terminal was at hand. To be asked of the chosen one: three decimals on display
// and receipt; which of the contradicting rules about lost votes it follows; what 06 20
// returns after a decline or a reversal, and how a terminal without any transaction
// answers (here: completes without a 04 0F, or aborts); until when it takes 06 B0; TLS,
// and what it does with a second connection; whether it takes 84 9C outside vending mode;
// how it refuses a reversal of what it does not store; whether 1F1F is binary or BCD.
package zvt
