package cardsim

import "time"

// Fault makes a card misbehave, or differ from what its description says.
type Fault func(*Card)

// Mute gives no answer to reset: a card put in upside down, or without a chip.
func Mute(c *Card) { c.mute = true }

// Volts makes a card that answers only to these voltages: bit 0 5 V, bit 1 3 V,
// bit 2 1.8 V.
func Volts(mask byte) Fault { return func(c *Card) { c.volts = mask } }

// Reset gives the card another answer to reset, and so another protocol.
func Reset(atr []byte) Fault { return func(c *Card) { c.desc.ATR = atr } }

// NoPPS is silent to a request for another speed, until the next reset.
func NoPPS(c *Card) { c.noPPS = true }

// Garbage fills the card's files with bytes that mean nothing.
func Garbage(c *Card) {
	c.eachFile(func(f *File) {
		for j := range f.Data {
			f.Data[j] = byte(0xA5 ^ 29*j)
		}
	})
}

// Truncated cuts the second half of every transparent file off, in the middle of
// whatever stands there.
func Truncated(c *Card) { c.eachFile(func(f *File) { f.Data = f.Data[:len(f.Data)/2] }) }

func (c *Card) eachFile(do func(*File)) {
	for i := range c.desc.Applications {
		for j := range c.desc.Applications[i].Files {
			do(&c.desc.Applications[i].Files[j])
		}
	}
}

// Slow lets each command take d. A T=1 card asks for that time.
func Slow(d time.Duration) Fault { return func(c *Card) { c.delay = d } }

// PulledAfter makes the card leave the slot at the command after the first n,
// which gets no answer. A card that is put in again does it again.
func PulledAfter(n int) Fault { return func(c *Card) { c.pullAfter = n } }

// ShortReads answers a read beyond the end of a file with the bytes that are left
// and 6282, where the card would otherwise say 6Cxx.
func ShortReads(c *Card) { c.shortReads = true }

// Answers gives the n-th command (the first is 1) this status word and nothing else.
func Answers(n int, sw uint16) Fault { return func(c *Card) { c.forced[n] = sw } }

// Aborts lets a T=1 card abort the n-th command instead of answering.
func Aborts(n int) Fault { return func(c *Card) { c.abortAt = n } }

// AsksIFS lets a T=1 card announce another block size before its first answer.
func AsksIFS(ifsc byte) Fault { return func(c *Card) { c.asksIFS = ifsc } }
