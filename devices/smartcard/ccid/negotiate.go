package ccid

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"murur/devices/smartcard"
	"murur/devices/smartcard/atr"
	"murur/devices/smartcard/t1"
)

const defaultSpeed = 0x11 // as TA1: 372 clock cycles for a bit

// agree brings card and reader to one protocol and one speed. A card that speaks no
// protocol of the reader stays connected without any.
func (o *owner) agree(ctx context.Context, c *card) error {
	class := o.link.class
	if c.protocol, c.usable = c.atr.Choose(class.protocols); !c.usable {
		return nil
	}
	speed, asked := byte(defaultSpeed), false
	if c.atr.Specific && !c.atr.Implicit {
		speed = c.atr.TA1
	}
	if want := o.wanted(c.atr); class.has(levelTPDU) && !class.has(autoNegotiates|doesPPS) && !c.atr.Specific &&
		(want != defaultSpeed || c.protocol != c.atr.Protocols[0]) {
		ok, err := o.pps(ctx, c.protocol, want)
		switch {
		case err != nil:
			return err
		case ok:
			speed, asked = want, true
		default: // the card is lost until its next reset, and then as it was
			if err := o.powerOff(); err != nil {
				return err
			}
			if c.atr, err = o.powerOn(ctx); err != nil {
				return err
			}
			if c.usable = c.protocol == c.atr.Protocols[0]; !c.usable {
				return nil
			}
		}
	}
	if class.has(doesPPS) && !c.atr.Specific {
		speed = o.wanted(c.atr)
	}
	known := class.has(autoParameters|autoNegotiates) && c.protocol == c.atr.Protocols[0]
	if asked || !known && !class.has(autoNegotiates) {
		if err := o.setParameters(ctx, c, speed, asked); err != nil {
			return err
		}
	}
	o.link.wait = c.patience(class.clock, 1)
	if c.protocol == 1 && class.has(levelTPDU) {
		return o.beginBlocks(ctx, c)
	}
	return nil
}

// patience is how long the reader's reply may take when the card takes as long as it
// may, times n.
func (c *card) patience(clock, n int) time.Duration {
	wait := c.atr.WaitingTime(clock)
	if c.protocol == 1 {
		wait = c.atr.BlockWaitingTime(clock)
	}
	return 2*wait*time.Duration(n) + time.Second
}

// wanted is the speed to talk with: the card's best, if the reader can do it.
func (o *owner) wanted(a atr.ATR) byte {
	c := o.link.class
	if a.Di() == 1 && a.Fi() == 372 || a.Rate(c.clock) > c.maxRate {
		return defaultSpeed
	}
	return a.TA1
}

// pps asks the card for a protocol and a speed. A card that is silent, or says
// something else, has not agreed.
func (o *owner) pps(ctx context.Context, protocol, speed byte) (agreed bool, err error) {
	ask := []byte{0xFF, protocol}
	if speed != defaultSpeed {
		ask[1] |= 0x10
		ask = append(ask, speed)
	}
	var check byte
	for _, v := range ask {
		check ^= v
	}
	ask = append(ask, check)
	rep, err := o.block(ctx, request{kind: typeXfrBlock, data: ask})
	if errors.Is(err, smartcard.ErrMute) {
		return false, nil
	}
	return bytes.Equal(rep.data, ask), err
}

// setParameters tells the reader how to talk. A reader that cannot be told does not
// need it, unless the card has been talked into something.
func (o *owner) setParameters(ctx context.Context, c *card, speed byte, must bool) error {
	q := request{kind: typeSetParameters, params: [3]byte{c.protocol}}
	var convention byte
	if c.atr.Inverse {
		convention = 0x02
	}
	if c.protocol == 0 {
		q.data = []byte{speed, convention, c.atr.GuardTime, c.atr.WI, 0}
	} else {
		convention |= 0x10
		if c.atr.CRC {
			convention |= 0x01
		}
		q.data = []byte{speed, convention, c.atr.GuardTime, c.atr.BWI<<4 | c.atr.CWI, 0, c.atr.IFSC, 0}
	}
	rep, err := o.exchange(ctx, q)
	if err != nil || rep.failed() && rep.code == 0 && rep.slot() != slotEmpty && !must {
		return err
	}
	return rep.err()
}

// beginBlocks starts T=1 with a card that was just reset.
func (o *owner) beginBlocks(ctx context.Context, c *card) error {
	class := o.link.class
	epilogue := 1
	if c.atr.CRC {
		epilogue = 2
	}
	room := min(class.maxMessage-headerLen-3-epilogue, t1.MaxInf)
	c.machine = t1.New(t1.Config{IFSC: int(c.atr.IFSC), Room: room, CRC: c.atr.CRC})
	if class.has(autoIFSD) {
		return nil
	}
	ifsd := room
	if class.maxIFSD > 0 {
		ifsd = min(room, class.maxIFSD)
	}
	const initial = 32
	if ifsd == initial {
		return nil
	}
	_, err := o.blocks(ctx, c, c.machine.Announce(byte(ifsd)), false)
	return err
}

// blocks carries an exchange of T=1 to its end. The card may ask for more time, but
// for no more than mostWait without a block that brings the exchange on. The data of
// a secret command are kept from the trace.
func (o *owner) blocks(ctx context.Context, c *card, s t1.Step, secret bool) ([]byte, error) {
	const prologue = 3
	shown := prologue + 5 // the command's header
	for since := time.Now(); s.Send != nil; {
		if s.Wait == 0 {
			since = time.Now()
		}
		q := request{kind: typeXfrBlock, params: [3]byte{s.Wait}, data: s.Send, since: since, secret: secret, shown: shown}
		if s.Wait > 0 {
			q.wait = c.patience(o.link.class.clock, int(s.Wait))
		}
		rep, err := o.exchange(ctx, q)
		switch {
		case err != nil:
			return nil, err
		case rep.failed() && !rep.disturbed():
			return nil, rep.err()
		case rep.failed():
			rep.data = nil
		case len(rep.data) == 0:
			if state, err := o.slotState(ctx); err != nil || state == slotEmpty {
				return nil, errors.Join(smartcard.ErrRemoved, err)
			}
		}
		s, shown = c.machine.Receive(rep.data), prologue
	}
	if s.Err != nil {
		return nil, fmt.Errorf("%w: %w", smartcard.ErrMute, s.Err)
	}
	return s.Answer, nil
}
