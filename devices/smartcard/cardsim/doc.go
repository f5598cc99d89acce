// Package cardsim holds contact smart cards that a simulated reader can be given:
// microprocessor cards of ISO/IEC 7816-3 with the protocols T=0 and T=1, seen from
// the reader at the level of what crosses the contacts: transport units (header, P3,
// data; answer data, SW1 SW2), blocks, and requests for another speed (PPS).
//
// Model: a card has an answer to reset and applications, each selected by its
// identifier, with elementary files and data objects in it. The card keeps the
// protocol and speed, the selected application, the current file and the response
// data that wait for GET RESPONSE; a reset clears them all. Known instructions:
// SELECT, READ BINARY, READ RECORD, GET DATA, GET RESPONSE.
//
// The cards are stricter than many real ones, so that a program which passes here
// has no sloppy habits. With T=0 a length field after command data is refused with
// 6700, a template is announced with 61xx and must be fetched, and a wrong expected
// length is answered with 6Cxx (or with 6282 and what there is). With T=1 a block
// longer than the card's field size is refused, a slow card asks for waiting time,
// and every number and check code is looked at. Reading without a selected file is
// answered with 6986, and a voltage that the card does not know with silence.
//
// The layout of a real Civil ID is not public. CivilID is the layout of our own
// development card under the platform's public answer to reset; nothing about a
// real card may be concluded from it.
//
// # Card files
//
// A card can be described in a strict TOML file: an unknown key, a wrong type and a
// bad value are errors with file and line. Examples has complete ones.
//
//	schema    1
//	title     for a person
//	atr       answer to reset, hexadecimal
//	protocol  "T=0" or "T=1"; it must be the first one that atr offers, and may be left out
//	volts     of "5", "3", "1.8": all when left out
//	[holder]  civil_number, name_ar, name_en, birth, expiry: puts the development card's
//	          application with this person's data on the card
//	[[application]]
//	  aid     identifier, 5 to 16 bytes
//	  file    list of files:
//	    id, sfi    four hexadecimal digits; 1 to 30
//	    hex, text  the bytes, or a text in charset (utf-8, iso-8859-6 or windows-1256)
//	    records    list of { hex } or { text }, instead of these
//	    size       padded with FF to so many bytes
//	  object  list of { tag, hex or text } for GET DATA
//	[faults]
//	  mute           no answer to reset
//	  removed_after  leaves the slot at the command after so many
//	  slow           time that each command takes, "1.5s"; a T=1 card asks for it
//	  short_reads    6282 at the end of a file, not 6Cxx
//	  truncated      every file is cut in half
//	  garbage        every file is filled with nonsense
//	  no_pps         silence to a request for another speed
//	  answers        list of { command, sw }: the n-th command is answered so
//	  aborts         a T=1 card aborts the n-th command
//	  asks_ifs       a T=1 card announces another block size, 1 to 254
//	  wrong_check_digit, expired   of the [holder]
package cardsim
