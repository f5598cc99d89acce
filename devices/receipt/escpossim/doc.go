// Package escpossim is the printer at the other end of the ESC/POS wire: a machine
// that is fed bytes and keeps what comes out of it as pictures.
//
// It is not derived from the driver's profiles: a Model says what a family of
// machines understands, how its units and sensors behave and when it answers.
// Received bytes go into a buffer with XON/XOFF; real-time commands are obeyed when
// they are received, wherever they stand, on the models that do so; everything else
// is worked off at the speed of paper. Ink lands on rows of dots under the head,
// the blade stands some rows further, and a cut paper goes into the presenter,
// where a person takes it or does not.
//
// Faults can be set at any moment: no paper, jam (at once or after some rows),
// cover, cutter, head temperature, supply voltage, power cut, silence, unplugged
// cable. What a real printer does to a receipt then (half papers, a rest that is
// printed when the fault is gone) happens here too. What a driver must not do is
// kept as violations.
//
// Not simulated: text (a printed character is a black block), page mode, stored
// graphics, native QR codes, automatic status sending.
package escpossim
