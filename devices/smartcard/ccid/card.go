package ccid

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"murur/devices"
	"murur/devices/smartcard"
	"murur/devices/smartcard/atr"
	"murur/devices/smartcard/t1"
)

// card is a session with a powered card. Its fields beside atr belong to the
// owner's goroutine.
type card struct {
	r        *Reader
	atr      atr.ATR
	protocol byte
	usable   bool        // there is a protocol that card and reader speak
	machine  *t1.Machine // of T=1, where the driver does it
	over     error       // why the session has ended; nil while it lasts
}

var errClosed = errors.New("card is closed")

func (c *card) ATR() []byte { return c.atr.Raw }

// Transmit implements smartcard.Card. Response data that a command without Le
// leaves behind stay on the card; the status word is then 61xx. When the reader or
// the card fails, or ctx ends during the command, the session is over.
func (c *card) Transmit(ctx context.Context, cmd smartcard.Command) (smartcard.Response, error) {
	var resp smartcard.Response
	err := c.r.do(ctx, func(ctx context.Context, o *owner) (err error) {
		switch {
		case c.over != nil:
			return c.over
		case !c.usable:
			return fmt.Errorf("%w: T=%d", ErrProtocol, c.atr.Protocols[0])
		}
		if err := check(cmd, c.protocol == 1 && !o.link.class.has(levelShort)); err != nil {
			return err
		}
		resp, err = o.transmit(ctx, c, cmd)
		return err
	})
	return resp, err
}

// Close implements smartcard.Card.
func (c *card) Close() error {
	err := c.r.do(context.Background(), func(_ context.Context, o *owner) error {
		if c.over != nil {
			return nil
		}
		o.end(errClosed)
		return o.powerOff()
	})
	if c.r.ctx.Err() != nil {
		return nil // Close of the reader powers the card off
	}
	return err
}

// connect powers the card in the slot.
func (o *owner) connect(ctx context.Context) (*card, error) {
	if o.link == nil {
		_, err := o.exchange(ctx, request{}) // says why
		return nil, err
	}
	o.end(errClosed)
	slot, err := o.observe(ctx)
	if err != nil {
		return nil, err
	}
	if slot == smartcard.SlotEmpty {
		return nil, smartcard.ErrNoCard
	}
	a, err := o.powerOn(ctx)
	if errors.Is(err, smartcard.ErrRemoved) {
		o.empty()
		return nil, smartcard.ErrNoCard
	}
	if err != nil {
		return nil, err
	}
	c := &card{r: o.r, atr: a}
	if err := o.agree(ctx, c); err != nil {
		if errors.Is(err, smartcard.ErrRemoved) {
			o.empty()
			return nil, smartcard.ErrNoCard
		}
		if o.link != nil {
			o.powerOff()
		}
		return nil, err
	}
	o.session = c
	return c, nil
}

// powerOn tries the voltages, and each again once after a fault that may pass. A
// reader whose hardware fails twice is reset.
func (o *owner) powerOn(ctx context.Context) (atr.ATR, error) {
	var err error
	for _, voltage := range o.link.class.powerSelects() {
		for try := range 2 {
			rep, e := o.exchange(ctx, request{kind: typePowerOn, params: [3]byte{voltage}})
			if e != nil {
				return atr.ATR{}, e
			}
			var a atr.ATR
			again := rep.again()
			if err = rep.err(); err == nil { // data beside a failure are not this card's
				if a, err = atr.Parse(rep.data); err == nil {
					return a, nil
				}
				err, again = fmt.Errorf("%w: %w", smartcard.ErrMute, err), true
			}
			if errors.Is(err, smartcard.ErrRemoved) {
				return atr.ATR{}, err
			}
			if rep.failed() && rep.code == codeHardware && try == 1 {
				o.restart(err)
				return atr.ATR{}, fmt.Errorf("%w: %w", devices.ErrLink, err)
			}
			if err := o.powerOff(); err != nil {
				return atr.ATR{}, err
			}
			if !again {
				break
			}
		}
	}
	return atr.ATR{}, err
}

// powerOff ends the card's power, even when a caller's time is up.
func (o *owner) powerOff() error {
	_, err := o.exchange(o.r.ctx, request{kind: typePowerOff})
	return err
}

// powerSelects are the values of bPowerSelect to try.
func (c class) powerSelects() []byte {
	switch {
	case c.has(autoVoltage):
		return []byte{0}
	case c.voltages&7 == 0: // it forgot to say
		return []byte{1}
	}
	var v []byte
	for _, p := range []byte{1, 3, 2} { // 5 V, 1.8 V, 3 V
		if c.voltages&[]byte{0, 1, 2, 4}[p] != 0 {
			v = append(v, p)
		}
	}
	return v
}

// transmit sends one command to the card.
func (o *owner) transmit(ctx context.Context, c *card, cmd smartcard.Command) (smartcard.Response, error) {
	resp, err := complete(cmd, func(cmd smartcard.Command) ([]byte, error) {
		secret := keepsPIN(cmd)
		switch {
		case c.machine != nil:
			answer, err := o.blocks(ctx, c, c.machine.Start(apdu(cmd), repeatable(cmd)), secret)
			if err == nil && len(answer) < 2 {
				err = o.noStatus(ctx)
			}
			return answer, err
		case o.link.class.has(levelTPDU):
			return o.transfer(ctx, tpdu(cmd), secret)
		}
		return o.transfer(ctx, apdu(cmd), secret)
	})
	switch {
	case errors.Is(err, smartcard.ErrRemoved):
		o.empty()
	case err != nil && o.r.ctx.Err() == nil: // else Close powers the card off
		o.end(err)
		o.powerOff() // best effort: the session is over anyway
	}
	return resp, err
}

// Level parameters of XfrBlock and chain parameters of its reply.
const (
	chainWhole  = 0x00
	chainFirst  = 0x01
	chainLast   = 0x02
	chainMiddle = 0x03
	chainNext   = 0x10
)

// maxResponse bounds a response and everything that is collected for it.
const maxResponse = 65535 + 2

// transfer gives the reader one unit and returns the card's answer to it, both in
// parts where they are longer than a message.
func (o *owner) transfer(ctx context.Context, unit []byte, secret bool) ([]byte, error) {
	room := o.link.class.maxMessage - headerLen
	level := uint16(chainWhole)
	if len(unit) > room {
		if !o.link.class.has(levelExtended) {
			return nil, fmt.Errorf("cannot send %d bytes: the reader takes %d", len(unit), room)
		}
		level = chainFirst
	}
	var answer []byte
	for shown := 5; ; shown = 0 { // the command's header
		n := min(len(unit), room)
		q := request{kind: typeXfrBlock, data: unit[:n], secret: secret, shown: shown}
		binary.LittleEndian.PutUint16(q.params[1:], level)
		rep, err := o.block(ctx, q)
		if err != nil {
			return nil, err
		}
		unit = unit[n:]
		answer = append(answer, rep.data...)
		switch {
		case rep.last == chainNext && len(unit) > 0:
			level = chainMiddle
			if len(unit) <= room {
				level = chainLast
			}
		case rep.last == chainFirst, rep.last == chainMiddle:
			if len(rep.data) == 0 || len(answer) > maxResponse {
				return nil, fmt.Errorf("%w: the response does not end", smartcard.ErrMute)
			}
			unit, level = nil, chainNext
		case len(answer) < 2:
			return nil, o.noStatus(ctx)
		default:
			return answer, nil
		}
	}
}

// block sends a message for the card; a reply that says "failed" is an error.
func (o *owner) block(ctx context.Context, q request) (reply, error) {
	rep, err := o.exchange(ctx, q)
	if err != nil {
		return reply{}, err
	}
	return rep, rep.err()
}

// noStatus finds out why a reader reported success without a status word.
func (o *owner) noStatus(ctx context.Context) error {
	if s, err := o.slotState(ctx); err == nil && s == slotEmpty {
		return smartcard.ErrRemoved
	}
	return fmt.Errorf("%w: answer without a status word", smartcard.ErrMute)
}
