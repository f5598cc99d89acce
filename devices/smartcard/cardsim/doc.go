// Package cardsim holds contact smart cards that a simulated reader can be given:
// microprocessor cards of ISO/IEC 7816-3 protocol T=0, seen from the reader at
// the level of transport units (header, P3, data; answer data, SW1 SW2).
//
// Model: a card has an answer to reset, and either one application selected by
// its identifier with elementary files in it, or nothing that anybody may read.
// The card keeps the selected application, the current file and the response
// data that wait for GET RESPONSE; a reset clears all three. Known instructions:
// SELECT, READ BINARY, READ RECORD, GET RESPONSE.
//
// The cards are stricter than many real ones, so that a program which passes here
// has no sloppy habits: a length field after command data is refused with 6700, a
// template is announced with 61xx and must be fetched, a wrong expected length is
// answered with 6Cxx (or with 6282 and what there is), reading without a selected
// file with 6986.
//
// The layout of a real Civil ID is not public. CivilID is the layout of our own
// development card under the platform's public answer to reset; nothing about a
// real card may be concluded from it.
package cardsim
