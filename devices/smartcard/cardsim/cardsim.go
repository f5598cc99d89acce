package cardsim

import (
	"bytes"
	"errors"
	"math/bits"
	"slices"
	"sync"
	"time"
)

// What a card can do besides answering.
var (
	ErrMute   = errors.New("the card gives no answer")
	ErrPulled = errors.New("the card has left the slot")
)

// Description is what a card is made of.
type Description struct {
	ATR   []byte // answer to reset
	AID   []byte // application identifier; nil: a card without an application
	Files []File // of the application
}

// File is an elementary file: transparent with Data, or linear with Records.
type File struct {
	ID      uint16
	SFI     byte // short file identifier 1 to 30; 0: none
	Data    []byte
	Records [][]byte
}

// Fault makes a card misbehave.
type Fault func(*Card)

// Mute gives no answer to reset: a card put in upside down, or without a chip.
func Mute(c *Card) { c.mute = true }

// Garbage fills the card's files with bytes that mean nothing.
func Garbage(c *Card) {
	for i := range c.desc.Files {
		for j := range c.desc.Files[i].Data {
			c.desc.Files[i].Data[j] = byte(0xA5 ^ 29*j)
		}
	}
}

// Truncated cuts the second half of every transparent file off, in the middle of
// whatever stands there.
func Truncated(c *Card) {
	for i, f := range c.desc.Files {
		c.desc.Files[i].Data = f.Data[:len(f.Data)/2]
	}
}

// Slow lets each command take d.
func Slow(d time.Duration) Fault { return func(c *Card) { c.delay = d } }

// PulledAfter makes the card leave the slot at the command after the first n,
// which gets no answer. A card that is put in again does it again.
func PulledAfter(n int) Fault { return func(c *Card) { c.pullAfter = n } }

// ShortReads answers a read beyond the end of a file with the bytes that are left
// and 6282, where the card would otherwise say 6Cxx.
func ShortReads(c *Card) { c.shortReads = true }

// Answers gives the n-th command (the first is 1) this status word and nothing else.
func Answers(n int, sw uint16) Fault { return func(c *Card) { c.forced[n] = sw } }

// Card is one simulated card. It is in one slot at a time; its methods are what
// the reader does with it and may be called from several goroutines.
type Card struct {
	desc       Description
	mute       bool
	shortReads bool
	delay      time.Duration
	pullAfter  int // -1: never
	forced     map[int]uint16
	foreign    bool // offers a protocol other than T=0: no transport unit reaches it

	mu       sync.Mutex
	powered  bool
	commands int // since it was put in
	selected bool
	current  *File
	waiting  []byte // response data for GET RESPONSE
}

// New makes a card. The description is the card's own from now on.
func New(d Description, faults ...Fault) *Card {
	c := &Card{desc: d, pullAfter: -1, forced: map[int]uint16{}, foreign: protocol(d.ATR) != 0}
	for _, f := range faults {
		f(c)
	}
	return c
}

// Inserted is called when the card is put into a slot.
func (c *Card) Inserted() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.commands = 0
	c.powered = false
}

// Reset powers the card and returns its answer to reset, or ErrMute.
func (c *Card) Reset() ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.mute {
		return nil, ErrMute
	}
	c.powered, c.selected, c.current, c.waiting = true, false, nil, nil
	return bytes.Clone(c.desc.ATR), nil
}

// PowerOff ends the card's session.
func (c *Card) PowerOff() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.powered = false
}

// Delay is how long a command takes.
func (c *Card) Delay() time.Duration { return c.delay }

// TPDU gives the card one command: CLA INS P1 P2 P3 and the data, if any. The
// answer is the response data and the status word. Errors: ErrMute when the card
// has no power or speaks another protocol, ErrPulled.
func (c *Card) TPDU(t []byte) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.powered || c.foreign {
		return nil, ErrMute
	}
	if c.pullAfter >= 0 && c.commands >= c.pullAfter {
		c.powered = false
		return nil, ErrPulled
	}
	c.commands++
	if sw, ok := c.forced[c.commands]; ok {
		return status(nil, sw), nil
	}
	if len(t) < 5 {
		return status(nil, 0x6700), nil
	}
	return c.run(header{t[0], t[1], t[2], t[3], t[4]}, t[5:]), nil
}

// find returns the application's file of this identifier.
func (c *Card) find(match func(File) bool) *File {
	i := slices.IndexFunc(c.desc.Files, match)
	if i < 0 {
		return nil
	}
	return &c.desc.Files[i]
}

func status(data []byte, sw uint16) []byte {
	return append(slices.Clip(data), byte(sw>>8), byte(sw))
}

// protocol is the first protocol that an answer to reset offers.
func protocol(atr []byte) byte {
	if len(atr) < 2 || atr[1]&0x80 == 0 {
		return 0
	}
	td1 := 2 + bits.OnesCount8(atr[1]&0x70)
	if td1 >= len(atr) {
		return 0
	}
	return atr[td1] & 0x0F
}
