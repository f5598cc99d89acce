// Package t1 is the block protocol T=1 of contact cards, ISO/IEC 7816-3:2006 §11,
// seen from the reader's side, as a machine without clock and wire: it says which
// block to send, and is told what came back.
//
// Its states, and what moves it:
//
//	sending    an I-block with a part of the command is out
//	             R with the next number      the next part, still sending
//	             R with the block's number   the block again
//	             I with the due number       to receiving, or the end
//	receiving  an R-block asked for the next part of the answer
//	             I with the due number       the next R-block, or the end
//	             R                           the R-block again
//	requested  an S-request of ours is out: RESYNCH or IFS
//	             its response                on
//	in each    S(WTX), S(IFS) or S(ABORT) request: its response; after ABORT, the end
//	           nothing or anything else: R with the due number, and for a request,
//	           the request again
//
// After three bad blocks in a row comes RESYNCH, after three bad answers to that the
// end: the card is to be powered off. A resynchronised card has forgotten the
// command; it is sent again where the caller allows it, and otherwise the exchange
// ends with ErrLost, because nobody knows whether the card carried it out.
//
// Unverified: the CRC. It is that of ISO/IEC 13239 (complemented, low byte first),
// as the standard refers to it; widespread open drivers send it uncomplemented and
// high byte first. No card that asks for a CRC was at hand.
package t1

import (
	"errors"
	"fmt"
)

// Why an exchange ended without an answer.
var (
	ErrLost    = errors.New("blocks do not come through")
	ErrAborted = errors.New("card aborted the command")
)

const (
	maxBad      = 3     // bad blocks in a row, and RESYNCH requests in a row
	maxRestarts = 3     // of one command
	maxAsked    = 256   // requests of the card without progress
	maxAnswer   = 65538 // bytes
)

// Step is what to do next: send a block, or, when Send is nil, take the answer or
// the error.
type Step struct {
	Send   []byte
	Wait   byte // the card wants this many block waiting times for its reply; 0: the usual one
	Answer []byte
	Err    error
}

// Config is what the protocol depends on.
type Config struct {
	IFSC int  // bytes that the card takes in a block, by its answer to reset
	Room int  // bytes that the reader can carry in a block; 0 means 254
	CRC  bool // blocks end with a CRC, not an LRC
}

// Machine is the reader's side of the protocol with one card since its reset.
type Machine struct {
	conf   Config
	ifsc   int // the most in a block to the card
	ns, nr byte

	ifs       byte   // what to announce in an IFS exchange; 0: a command is under way
	command   []byte // the whole
	repeat    bool   // it may be sent again
	rest      []byte // of the command, from the block that is out
	out       int    // how much of it the block has
	receiving bool
	answer    []byte

	pending  Block // our S-request that is out
	ask      bool  // there is one
	bad      int   // bad blocks in a row
	restarts int
	asked    int
	aborted  bool
}

// New makes a machine for a card that was just reset.
func New(c Config) *Machine {
	if c.Room == 0 {
		c.Room = MaxInf
	}
	m := &Machine{conf: c}
	m.limit(c.IFSC)
	return m
}

// limit notes what the card takes in a block.
func (m *Machine) limit(ifsc int) { m.ifsc = min(max(ifsc, 1), m.conf.Room, MaxInf) }

// Announce begins an exchange that tells the card how long a block the reader takes,
// 1 to 254. A card that was resynchronised instead keeps to 32.
func (m *Machine) Announce(ifsd byte) Step {
	m.begin()
	m.ifs = ifsd
	return m.request(Block{IFS, []byte{ifsd}})
}

// Start begins a command. A command that is not to be repeated is never sent to the
// card a second time as a new one.
func (m *Machine) Start(command []byte, repeat bool) Step {
	m.begin()
	m.command, m.rest, m.repeat = command, command, repeat
	return m.part()
}

func (m *Machine) begin() {
	*m = Machine{conf: m.conf, ifsc: m.ifsc, ns: m.ns, nr: m.nr}
}

// Receive takes what came back for the block that was sent: the raw bytes, or nil
// for silence or for what the reader could not make out.
func (m *Machine) Receive(raw []byte) Step {
	if m.aborted {
		return Step{Err: ErrAborted}
	}
	b, err := Decode(raw, m.conf.CRC)
	switch {
	case errors.Is(err, ErrEDC):
		return m.reject(EDCError)
	case err != nil:
		return m.reject(BadBlock)
	case b.IsS() && b.PCB&Response != 0:
		return m.responded(b)
	case m.ask: // only the response ends a request
		return m.reject(BadBlock)
	case b.IsS():
		return m.asks(b)
	case b.IsR():
		return m.receiveR(b)
	}
	return m.receiveI(b)
}

func (m *Machine) receiveI(b Block) Step {
	if b.N() != m.nr || !m.receiving && m.out < len(m.rest) {
		return m.reject(BadBlock)
	}
	m.progress()
	if !m.receiving { // it says, too, that the card has the whole command
		m.receiving = true
		m.ns ^= 1
	}
	m.nr ^= 1
	if m.answer = append(m.answer, b.Inf...); len(m.answer) > maxAnswer {
		return Step{Err: fmt.Errorf("%w: the answer does not end", ErrLost)}
	}
	if b.PCB&More == 0 {
		return Step{Answer: m.answer}
	}
	return m.send(R(m.nr, 0))
}

func (m *Machine) receiveR(b Block) Step {
	switch {
	case m.receiving:
		return m.reject(BadBlock)
	case b.N() == m.ns: // the card has not got the block
		if m.bad++; m.bad > maxBad {
			return m.resynch()
		}
		return m.again()
	case m.out == len(m.rest): // there is nothing that it could ask for
		return m.reject(BadBlock)
	}
	m.progress()
	m.rest = m.rest[m.out:]
	m.ns ^= 1
	return m.part()
}

// asks answers a request of the card.
func (m *Machine) asks(b Block) Step {
	if m.asked++; m.asked > maxAsked {
		return Step{Err: fmt.Errorf("%w: the card only makes requests", ErrLost)}
	}
	s := m.send(Block{b.PCB | Response, b.Inf})
	switch b.PCB {
	case WTX:
		s.Wait = b.Inf[0]
	case IFS:
		m.limit(int(b.Inf[0]))
	case Abort:
		m.aborted = true
	default: // RESYNCH is the reader's to ask for
		return m.reject(BadBlock)
	}
	return s
}

// responded takes the response to a request of ours.
func (m *Machine) responded(b Block) Step {
	if !m.ask || b.PCB != m.pending.PCB|Response || string(b.Inf) != string(m.pending.Inf) {
		return m.reject(BadBlock)
	}
	m.ask = false
	m.progress()
	if b.PCB == IFS|Response {
		return Step{}
	}
	m.ns, m.nr = 0, 0
	m.limit(m.conf.IFSC)
	if m.ifs != 0 {
		return Step{}
	}
	if m.restarts++; !m.repeat || m.restarts > maxRestarts {
		return Step{Err: fmt.Errorf("%w: the card was resynchronised in the middle of the command", ErrLost)}
	}
	m.rest, m.receiving, m.answer = m.command, false, nil
	return m.part()
}

// part sends the next part of the command.
func (m *Machine) part() Step {
	m.out = min(len(m.rest), m.ifsc)
	return m.again()
}

// again sends the part that is out.
func (m *Machine) again() Step {
	return m.send(I(m.ns, m.out < len(m.rest), m.rest[:m.out]))
}

// reject asks for the due block again.
func (m *Machine) reject(why byte) Step {
	if m.bad++; m.bad > maxBad {
		return m.resynch()
	}
	if m.ask {
		return m.send(m.pending)
	}
	return m.send(R(m.nr, why))
}

func (m *Machine) resynch() Step {
	if m.ask && m.pending.PCB == Resynch {
		return Step{Err: fmt.Errorf("%w: the card cannot be resynchronised", ErrLost)}
	}
	m.bad = 1 // two more tries
	return m.request(Block{PCB: Resynch})
}

func (m *Machine) request(b Block) Step {
	m.pending, m.ask = b, true
	return m.send(b)
}

func (m *Machine) progress() { m.bad, m.asked = 0, 0 }

func (m *Machine) send(b Block) Step { return Step{Send: b.Encode(m.conf.CRC)} }
