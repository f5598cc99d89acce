package cardsim

import (
	"time"

	"murur/devices/smartcard/t1"
)

// blocks is the card's side of T=1 since its reset.
type blocks struct {
	ns, nr  byte
	ifsc    byte   // when the card has announced another one; 0: that of the answer to reset
	ifsd    int    // what the reader takes
	in      []byte // parts of a command
	out     []byte // what is left of the answer, from the block that is out
	size    int    // of that block
	sending bool   // it is out
	asked   *t1.Block
	due     time.Duration // what the answer still takes
	granted time.Duration // of it, by the request that is out
	said    bool          // the block size was announced
}

// Block gives a T=1 card one block and returns its own, which takes as long as it
// says. What the card cannot make out it asks for again. Errors: ErrMute when it has
// no power or speaks another protocol, ErrPulled.
func (c *Card) Block(raw []byte) ([]byte, time.Duration, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.powered || c.protocol != 1 {
		return nil, 0, ErrMute
	}
	c.fresh = false
	b, wait, err := c.block(raw)
	if err != nil {
		return nil, 0, err
	}
	return b.Encode(c.atr.CRC), wait, nil
}

func (c *Card) block(raw []byte) (t1.Block, time.Duration, error) {
	s := &c.blocks
	b, err := t1.Decode(raw, c.atr.CRC)
	switch {
	case err != nil:
		return c.again(t1.EDCError), 0, nil
	case b.PCB == t1.Resynch:
		*s = blocks{ifsd: 32}
		return t1.Block{PCB: t1.Resynch | t1.Response}, 0, nil
	case s.asked != nil:
		if b.PCB == s.asked.PCB|t1.Response && string(b.Inf) == string(s.asked.Inf) {
			return c.granted()
		}
		return *s.asked, 0, nil
	case b.PCB == t1.IFS:
		s.ifsd = int(b.Inf[0])
		return t1.Block{PCB: t1.IFS | t1.Response, Inf: b.Inf}, 0, nil
	case b.IsS():
		return c.again(t1.BadBlock), 0, nil
	case b.IsR() && s.sending && b.N() == s.ns:
		return c.part(), 0, nil
	case b.IsR() && s.sending && s.size < len(s.out):
		s.out, s.ns = s.out[s.size:], s.ns^1
		return c.part(), 0, nil
	case b.IsR(), b.N() != s.nr, len(b.Inf) > c.ifsc():
		return c.again(t1.BadBlock), 0, nil
	}
	if s.sending { // the new block says that the answer before has arrived
		s.sending, s.ns = false, s.ns^1
	}
	s.nr ^= 1
	if s.in = append(s.in, b.Inf...); b.PCB&t1.More != 0 {
		return t1.R(s.nr, 0), 0, nil
	}
	return c.carryOut()
}

// carryOut runs the command that has arrived.
func (c *Card) carryOut() (t1.Block, time.Duration, error) {
	s := &c.blocks
	cmd, ok := parse(s.in)
	s.in = nil
	if c.commands+1 == c.abortAt {
		c.commands++
		return c.ask(t1.Block{PCB: t1.Abort}), 0, nil
	}
	var err error
	if s.out = status(nil, 0x6700); ok {
		s.out, err = c.run(cmd)
	}
	if err != nil {
		return t1.Block{}, 0, err
	}
	s.due = c.delay
	return c.answer(), 0, nil
}

// answer begins the answer, or asks for something first.
func (c *Card) answer() t1.Block {
	s := &c.blocks
	switch {
	case c.asksIFS != 0 && !s.said:
		s.said = true
		return c.ask(t1.Block{PCB: t1.IFS, Inf: []byte{c.asksIFS}})
	case s.due > 0:
		unit := c.atr.BlockWaitingTime(4000)
		n := min((s.due+unit-1)/unit, 8)
		s.granted = min(s.due, n*unit)
		return c.ask(t1.Block{PCB: t1.WTX, Inf: []byte{byte(n)}})
	}
	return c.part()
}

func (c *Card) ask(b t1.Block) t1.Block {
	c.blocks.asked = &b
	return b
}

// granted goes on after the response to a request.
func (c *Card) granted() (t1.Block, time.Duration, error) {
	s := &c.blocks
	asked := *s.asked
	s.asked = nil
	switch asked.PCB {
	case t1.Abort:
		s.sending, s.out = false, nil
		return t1.R(s.nr, 0), 0, nil
	case t1.IFS:
		s.ifsc = asked.Inf[0]
	case t1.WTX:
		took := s.granted
		s.due, s.granted = s.due-took, 0
		return c.answer(), took, nil
	}
	return c.answer(), 0, nil
}

// part sends the part of the answer that is due.
func (c *Card) part() t1.Block {
	s := &c.blocks
	s.sending = true
	s.size = min(len(s.out), s.ifsd)
	return t1.I(s.ns, s.size < len(s.out), s.out[:s.size])
}

// again asks the reader for the block that is due.
func (c *Card) again(why byte) t1.Block {
	if c.blocks.asked != nil {
		return *c.blocks.asked
	}
	return t1.R(c.blocks.nr, why)
}

func (c *Card) ifsc() int {
	if c.blocks.ifsc != 0 {
		return int(c.blocks.ifsc)
	}
	return int(c.atr.IFSC)
}
