// Package template draws a driving licence from a template, a folder with one TOML
// file and its drawings, so that the department's own artwork needs no program. The
// template that comes with the program (Specimen) is an obvious specimen; its fields
// and their numbers follow the list of ISO/IEC 18013-1.
//
// # What is drawn
//
// A card is ID-1 at 300 dpi, two sides of 1016×648 dots (86.02×54.86 mm: a little
// more than the card, so that grounds reach over its edge). Each element is printed
// in dye (colour, continuous tone) or in resin (black, sharp, on or off). The
// template decides which, never the colours of a picture: a photograph is dye even
// where it is black. Under resin there is no dye. Varnish lies everywhere but in
// windows. The result is a cardprinter.Artwork; Preview shows how it will look.
//
// # Text
//
// A text is set on one line, as large as its box allows, down to its smallest size;
// then on two lines, and so on up to its lines. Words are never broken, nothing is
// clipped or left out. What still does not fit is ErrOverflow, a letter that the
// fonts do not have is ErrGlyph; both name the field. Shaping and both directions are
// package typeset's.
//
// # The file
//
// Strict TOML: an unknown key, a value out of bounds, an element that reaches beyond
// the card, an element that lies on another are errors with the line. Lengths are mm
// from the top left corner, type sizes points.
//
//	format = 1                  this version
//	name   = "…"                of the template
//	dates  = "DD-MM-YYYY"       or DD/MM/YYYY, DD.MM.YYYY, YYYY-MM-DD
//	[colours]                   names for colours, "#RRGGBB"
//	[[front]], [[back]]         the elements of a side, in the order of drawing;
//	                            no [[back]]: the card has one side
//
// Fixed elements at the beginning are drawn once, when the template is loaded: put
// them first. Every element has
//
//	kind                        one of those below
//	at = [x, y], size = [w, h]  its box; contents stay 1 mm inside the card
//	overlap = true              it may lie on others; boxes, guilloches and specimen
//	                            overprints always may
//
// and those that are printed in one ink have
//
//	ink = "dye" | "resin"       dye if not given
//	colour, to                  of dye; to: it changes to that colour …
//	towards = "right" | "down"  … in this direction
//	opacity                     of dye, 0.02 to 1
//
// The kinds:
//
//	box         colour (with to, opacity), or border and its width, or both; radius
//	guilloche   fine curves: lines, their width, and waves = [{height, period, drift}],
//	            which are added up; drift is how many turns later each line begins.
//	            shape = "waves": period in mm. shape = "rosette": around the middle,
//	            period is a whole number of times around, inner and outer the radii of
//	            the first and the last line; with one radius and drift = 1/lines the
//	            lines close to a ring
//	picture     file: an SVG drawing in one ink (svg with viewBox; path, circle, rect;
//	            filled, or stroked with fill="none"), or a PNG in its own colours, dye
//	text        field, or text = "…"; lang = "ar" | "en"; pt = size or [most, least];
//	            bold, lines, align = "left" | "centre" | "right", spacing (pt, not in
//	            Arabic), optional = true for a field that may be missing; when = field:
//	            drawn only if that field is there
//	microtext   text, repeated over the whole width; lang; pt 1.5 to 4
//	portrait    the photograph, cropped to its box; radius
//	ghost       the photograph again, small and faint: colour, opacity
//	signature   the scanned signature in one ink; optional
//	qr          a code on white, modules at least 0.25 mm: number, issue and a digest
//	            of what is printed (nothing of the person can be read from it; it is
//	            not signed and proves nothing by itself)
//	categories  a table: rows = [{code, picture}], columns = left edges in mm of code,
//	            pictogram, issued, expires, restrictions; pt, ink, and faint, the
//	            colour of what the licence does not have. A category that the template
//	            has no row for is an error
//	window      nothing is laid there, varnish included: for the contacts of a chip;
//	            radius
//	specimen    text across the box, from lower left to upper right; pt, colour
//
// The fields: number, civil_number, country, name, surname, given, birth, birth_place,
// issued, expires, authority, nationality, blood, copy. See Licence.
//
// The code is QR: PDF417, which many licences carry, has no well-kept encoder among
// the libraries of this program. An official template may need one, and a chip; both
// are unverified here, as is every colour on a real printer.
package template
