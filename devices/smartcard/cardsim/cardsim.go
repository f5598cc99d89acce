package cardsim

import (
	"bytes"
	"errors"
	"slices"
	"sync"
	"time"

	"murur/devices/smartcard/atr"
	"murur/devices/smartcard/t1"
)

// What a card can do besides answering.
var (
	ErrMute   = errors.New("the card gives no answer")
	ErrPulled = errors.New("the card has left the slot")
)

// Description is what a card is made of.
type Description struct {
	ATR          []byte // answer to reset
	Applications []Application
}

// Application is what SELECT by name finds.
type Application struct {
	AID     []byte
	Files   []File
	Objects []Object // for GET DATA
}

// File is an elementary file: transparent with Data, or linear with Records.
type File struct {
	ID      uint16
	SFI     byte // short file identifier 1 to 30; 0: none
	Data    []byte
	Records [][]byte
}

// Object is a data object; Data begins with its tag if GET DATA shall give it.
type Object struct{ Tag, Data []byte }

// Card is one simulated card. It is in one slot at a time; its methods are what
// the reader does with it and may be called from several goroutines.
type Card struct {
	desc       Description
	atr        atr.ATR // decoded
	volts      byte    // that it works with: bit 0 5 V, bit 1 3 V, bit 2 1.8 V
	mute       bool
	shortReads bool
	noPPS      bool
	delay      time.Duration
	pullAfter  int // -1: never
	abortAt    int // 0: never
	asksIFS    byte
	forced     map[int]uint16

	mu       sync.Mutex
	powered  bool
	fresh    bool // nothing came since the reset
	protocol byte
	speed    byte // as TA1
	commands int  // since it was put in
	selected *Application
	current  *File
	waiting  []byte // response data for GET RESPONSE
	blocks   blocks // of T=1
}

// New makes a card. The description is the card's own from now on.
func New(d Description, faults ...Fault) *Card {
	c := &Card{desc: d, volts: 7, pullAfter: -1, forced: map[int]uint16{}}
	for _, f := range faults {
		f(c)
	}
	var err error
	if c.atr, err = atr.Parse(c.desc.ATR); err != nil {
		c.atr = atr.ATR{Protocols: []byte{0}} // damaged; nobody will get further than this
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

// Reset powers the card with one of the voltages of the mask (bit 0 5 V, bit 1 3 V,
// bit 2 1.8 V) and returns its answer to reset, or ErrMute.
func (c *Card) Reset(volts byte) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.mute || c.volts&volts == 0 {
		return nil, ErrMute
	}
	c.powered, c.fresh, c.selected, c.current, c.waiting = true, true, nil, nil, nil
	c.protocol, c.speed = c.atr.Protocols[0], 0x11
	if c.atr.Specific {
		c.protocol = c.atr.Only
		if !c.atr.Implicit {
			c.speed = c.atr.TA1
		}
	}
	c.blocks = blocks{ifsd: 32}
	return bytes.Clone(c.desc.ATR), nil
}

// PowerOff ends the card's session.
func (c *Card) PowerOff() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.powered = false
}

// Line is how the card talks at present: its protocol, and its speed as in TA1.
func (c *Card) Line() (protocol, speed byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.protocol, c.speed
}

// Waiting is the card's block waiting time at a clock in kHz.
func (c *Card) Waiting(clock int) time.Duration { return c.atr.BlockWaitingTime(clock) }

// Blocks is what the answer to reset says of T=1.
func (c *Card) Blocks() t1.Config { return t1.Config{IFSC: int(c.atr.IFSC), CRC: c.atr.CRC} }

// PPS gives the card a request for another protocol or speed, which it understands
// only as the first thing after a reset. It answers by repeating it. Error: ErrMute.
func (c *Card) PPS(request []byte) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var x byte
	for _, v := range request {
		x ^= v
	}
	fresh := c.powered && c.fresh && !c.atr.Specific && !c.noPPS
	c.fresh = false
	if !fresh || x != 0 || len(request) < 3 || request[0] != 0xFF || request[1]&0xE0 != 0 ||
		!slices.Contains(c.atr.Protocols, request[1]&0x0F) {
		return nil, ErrMute
	}
	speed := byte(0x11)
	switch {
	case request[1]&0x10 != 0 && len(request) == 4:
		speed = request[2]
	case request[1]&0x10 != 0 || len(request) != 3:
		return nil, ErrMute
	}
	if speed != 0x11 && speed != c.atr.TA1 {
		return nil, ErrMute
	}
	c.protocol, c.speed = request[1]&0x0F, speed
	return bytes.Clone(request), nil
}

// TPDU gives a T=0 card one command: CLA INS P1 P2 P3 and the data, if any. The
// answer, the response data and the status word, takes as long as it says. Errors:
// ErrMute when the card has no power or speaks another protocol, ErrPulled.
func (c *Card) TPDU(t []byte) ([]byte, time.Duration, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.powered || c.protocol != 0 {
		return nil, 0, ErrMute
	}
	c.fresh = false
	if len(t) < 5 {
		return status(nil, 0x6700), c.delay, nil
	}
	cmd := command{cla: t[0], ins: t[1], p1: t[2], p2: t[3], p3: t[4], le: -1, data: t[5:]}
	if outgoing(cmd.ins) {
		if cmd.le = int(cmd.p3); cmd.le == 0 {
			cmd.le = 256
		}
	}
	a, err := c.run(cmd)
	return a, c.delay, err
}

func status(data []byte, sw uint16) []byte {
	return append(slices.Clip(data), byte(sw>>8), byte(sw))
}
