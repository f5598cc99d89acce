// Package profile reads the holder's data from identity cards by card profiles:
// data files that say by which answer to reset a card is known, how its
// application is selected, which files are read and where the fields lie in them.
//
// The layout of the Kuwaiti Civil ID is not public, so no layout is in this code.
// The operator supplies a production profile; the embedded development profile
// fits only the cards of our own simulator, and is refused unless the caller
// allows it. A profile can only select and read: there is no way to write one that
// changes a card.
//
// # Profile files, schema 1
//
// A file is strict TOML: an unknown key, a wrong type and a bad value are errors
// with file and line. development.toml is a complete example.
//
//	schema   1
//	id       name of the profile
//	version  of the profile
//	kind     "production" or "development"
//	title    { en, ar } for people
//	atr      list of { value, mask }: a card matches when (its answer AND mask) = (value AND mask)
//	file     list of files to read:
//	  name      by which fields refer to it
//	  path      EF identifiers for SELECT, one after the other
//	  sfi       short file identifier 1 to 30, instead of path
//	  tag       object to fetch with GET DATA
//	  read      "binary", "binary-sfi", "record" or "getdata"
//	  records   "1-8", for "record"; reading stops at 6A83; a text gets a line for each
//	  chunk     bytes in one command, at most 256, which is the default
//	  max       bytes in all, at most 64 KiB
//	  layout    "ber-tlv", "fixed", "text" or "raw"
//	  charset   "utf-8", "ascii", "iso-8859-6" or "windows-1256"
//	  media     what a raw file holds
//	  when      the file is read only for this purpose; such files are not read yet
//	  required  the card must have it
//	field    list of fields:
//	  name      civil_number, name_ar, name_en, birth_date and expiry_date fill a Holder;
//	            others are only looked for when they are required
//	  from      the file
//	  tag       "E1/C1", in a ber-tlv file
//	  offset, length   in a fixed file
//	  type      "civil-number", "text", "ascii", "date-bcd", "date-ascii", "enum" or "bytes"
//	  values    of an enum: { M = "male", … }
//	  trim      of "space", "00", "FF": cut from both ends
//	  required  the card must have it
//	checks   of "birth-date-matches-civil-number", "not-expired"; one that fails, or whose date
//	         the card does not have, refuses the card
//	[select] aid, p2 ("00", "04" or "0C"), expect and next_profile_on (status words, "61xx" for any 61)
//	[auth]   method: "none"
//
// Signed keeps out files that the operator has not signed. An unknown card is told by
// its answer to reset alone, and a driving licence by name, so that the person can be
// told which card is wanted.
//
// What is read is plain data. Anybody can make a card that gives it: until a
// profile brings a signature and the card proves that it has a key, the data name
// the holder but do not prove it.
package profile
