// Package evolis drives direct-to-card licence printers of the Evolis command
// language at 300 dpi, through the bulk pipes of a USB printer class interface.
//
// # Family and wire
//
// A command is ESC, words and parameters joined by semicolons, CR. The language is
// that of the maker's programming guide of 2003 for its early models, with the words
// that the kiosk models of today have added. NUL between commands is skipped. Each
// download, and the end of the sequence, is padded with NULs to a multiple of 64
// bytes, because USB models were seen to lose every second card without it.
//
// A reply is text that ends with NUL, CR, LF or a short silence; spellings differ by
// firmware, so texts are compared in capitals, without blanks, by what they contain.
// One command is outstanding; what came unasked is thrown away before the next. A
// reply that did not come in time makes the link suspect: it is used again only when
// the printer's serial number answers, so that a late reply is not taken for another
// command's. If it does not answer, the class request SOFT_RESET ends a half-sent
// download, which would otherwise eat commands as dots.
//
// What differs by model, and what nobody has tried, is in a Profile.
//
// # Panels
//
// The wire's rows are the card's columns: row r is x = r, and the first bit of a row
// is the bottom edge (column c is y = 647−c). Dye is 255 minus blue, green, red for
// Y, M, C, cut to 5, 6 or 7 bits and packed as one stream of bits; resin and varnish
// are 1 bit. Nothing is taken from colours: what is resin is said by the Artwork, and
// no dye is laid under it. Every panel of the ribbon is sent for every card, also an
// empty one, and the printer's bitmaps are cleared before and after a job: else a card
// may show the citizen before. Only inside a sequence that was broken off they are not,
// because the printer must not be asked there; the end of the next one makes up for it.
//
// # Truth
//
// The host masters errors (Pem;2, and Rem says so before each act), because a printer
// that recovers by itself prints a second card. Ejection is forbidden before a job
// begins. What is told of a card rests on this:
//
//	Feed      reply, card inside at two looks 200 ms apart, nothing in the exit,
//	          counter of inserted cards + 1
//	Print     replies, ready again, card inside, same card counter, panel counter + n,
//	          ribbon count − 1; all of it or nothing
//	Present   exit sensor, twice; only a card that Print has verified
//	Taken     exit sensor fell, nothing inside, link unbroken since Present
//	Retract   back inside with no card fed, then as Reject
//	Reject    reply, nothing inside, nothing in the exit
//
// A card that no sensor sees after a movement was taken only if the printer is ready:
// else it may be jammed between two sensors.
//
// A sensor between 1 and 4 volts is unknown. After the link was opened, also again,
// nothing that moves a card is sent before Locate was called: ErrNotLocated.
// Locate sends only parameters and questions. A verified card is still one after a
// lost link when it is inside and no counter has moved.
//
//	       Feed          Print            Present          Taken
//	none ───────▶ fed ─────────▶ verified ───────▶ presented ─────▶ none
//	               │ anything less │                  │ Retract
//	               ▼               ▼                  ▼
//	              spoiled ────────────── Reject ───▶ none
//
// Words that reprint what is in the printer's memory or that hand out a card on one
// model and bin it on another are never sent; the link refuses them.
//
// # Faults
//
//	blanks-out      replenish  cover-open   clear          head-hot         wait
//	ribbon-out      replenish  card-jam     clear          cleaning         maintenance
//	reject-box-full clear      card-stuck   clear          printer-error    maintenance
//	hopper          clear      ribbon-jam   clear          printer-settings configuration
//	offline         reset      ribbon-wrong configuration  printer-busy     configuration
//
// # Not done
//
// Magnetic stripes; the serial and network links; half and third panel ribbons; dye on
// the back; compressed dye downloads, of which the rules are not known. Chip
// encoding is a hook (Options.Chip) between the printer's contact station and a reader
// of its own; nothing but the hook is here, and it is off unless the profile feeds to
// the contacts.
//
// # Unverified without a device in hand
//
// All of Profile; that Pcim;M keeps the feeder shut while a card is taken back; the
// wire form of the status words (StatusWords decodes a text that brings them, and
// nothing asks for it unless the profile says how); whether the bitmaps and the held
// ejection outlive a power cut; whether SOFT_RESET leaves a card where it is; the steps
// of the counters.
package evolis
