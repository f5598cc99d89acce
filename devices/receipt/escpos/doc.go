// Package escpos drives kiosk receipt printers of the ESC/POS family, 80 mm, over
// a byte stream (serial or USB printer class).
//
// # Family and wire
//
// "ESC/POS" is not one protocol: every maker drops, renames and redefines
// commands. A Profile is the data of one family (bytes, limits, what its replies
// are worth); the code is the same for all. The receipt is one 1-bit picture (see
// package layout), cut at blank rows into strips of at most 256 rows, each cropped
// to its ink and sent as GS v 0; blank rows are fed. A strip that is a picture of
// half the size with every dot doubled, such as the QR code, is sent at half size.
// Vertical units are set to one dot where the printer has GS P.
//
// Some printers obey real-time commands (DLE EOT, DLE ENQ, DLE DC4) wherever the
// bytes occur, inside a picture too. The encoder looks for them across row ends
// and headers and drops one black dot to break a hit.
//
// # Replies
//
// One request is outstanding at a time; a reply is decoded by what was asked, and
// a byte that nobody asked for is counted, never guessed. XON and XOFF are taken
// out of the stream first (no reply that the driver asks for can contain them);
// the tty must be raw, with its own flow control off. Automatic status sending is
// left off: status is polled.
//
// # Truth
//
// Before the first strip the printer must be free of faults and its output empty,
// else the job is Refused. After the last byte a job is Confirmed only by
// evidence, in this order of strength:
//
//	A  the process id that was sent behind the cut comes back, status clean
//	B  the paper reaches the output sensor, the motor is off, then an ordered
//	   probe is answered, status clean
//	C  the ordered probe is answered, status clean then and two seconds later; only
//	   where the profile says that this must do
//
// Everything else is Unknown, and the printer is suspect: before the next job
// what is left of the old one is cleared or flushed with white dots, cut and
// retracted. Nothing is ever sent twice. The deadline is twice the time of wire
// and paper plus ten seconds; the time in XOFF does not count.
//
// # Presenter
//
//	not presented --present, sensor rises--> presented --sensor falls--> taken
//	presented --retract sent, sensor falls--> retracted
//	any of them --jam--> fault "paper-jam", custody unknown
//
// # Faults
//
//	paper-out   replenish      paper-jam  clear        cover-open     clear
//	cutter      maintenance    head-hot   wait         voltage        maintenance
//	offline     reset          paper-not-taken clear   printer-error  maintenance
//
// # Unverified without a device in hand
//
// NUL at command level and inside a half-sent command; blade distances; buffer
// sizes and XOFF marks; whether GS L moves pictures on each Custom-style unit (so
// the left is not cropped there); the head width of Phoenix; the step of "present"
// on units other than the KPM.
package escpos
