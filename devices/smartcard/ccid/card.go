package ccid

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"murur/devices/smartcard"
	"murur/devices/smartcard/atr"
)

// card is a session with a powered card. Its fields beside atr belong to the
// owner's goroutine.
type card struct {
	r    *Reader
	atr  atr.ATR
	over error // why the session has ended; nil while it lasts
}

var errClosed = errors.New("card is closed")

func (c *card) ATR() []byte { return c.atr.Raw }

// Transmit implements smartcard.Card. Response data that a command without Le
// leaves behind stay on the card; the status word is then 61xx. When the reader or
// the card fails, or ctx ends during the command, the session is over.
func (c *card) Transmit(ctx context.Context, cmd smartcard.Command) (smartcard.Response, error) {
	if err := check(cmd); err != nil {
		return smartcard.Response{}, err
	}
	var resp smartcard.Response
	err := c.r.do(ctx, func(ctx context.Context, o *owner) (err error) {
		if c.over != nil {
			return c.over
		}
		if p := c.atr.Protocols[0]; p != 0 {
			return fmt.Errorf("%w: T=%d", ErrProtocol, p)
		}
		resp, err = o.transmit(ctx, cmd)
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
	o.link.wait = 2*a.WaitingTime(o.link.class.clock) + time.Second
	if a.Protocols[0] == 0 {
		if err := o.setParameters(ctx, a); err != nil {
			o.powerOff()
			return nil, err
		}
	}
	o.session = &card{r: o.r, atr: a}
	return o.session, nil
}

// powerOn tries the voltages, and each again once after a fault that may pass.
func (o *owner) powerOn(ctx context.Context) (atr.ATR, error) {
	var err error
	for _, voltage := range o.link.class.powerSelects() {
		for range 2 {
			var a atr.ATR
			var again bool
			a, again, err = o.powerOnWith(ctx, voltage)
			if err == nil || errors.Is(err, smartcard.ErrRemoved) || !errors.Is(err, smartcard.ErrMute) {
				return a, err
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

func (o *owner) powerOnWith(ctx context.Context, voltage byte) (a atr.ATR, again bool, err error) {
	rep, err := o.exchange(ctx, request{kind: typePowerOn, params: [3]byte{voltage}})
	if err != nil {
		return atr.ATR{}, false, err
	}
	if err := rep.err(); err != nil { // data beside a failure are not this card's
		return atr.ATR{}, rep.again(), err
	}
	if a, err = atr.Parse(rep.data); err != nil {
		return atr.ATR{}, true, fmt.Errorf("%w: %w", smartcard.ErrMute, err)
	}
	return a, false, nil
}

// powerOff ends the card's power, even when a caller's time is up.
func (o *owner) powerOff() error {
	_, err := o.exchange(o.r.ctx, request{kind: typePowerOff})
	return err
}

// powerSelects are the values of bPowerSelect to try.
func (c class) powerSelects() []byte {
	if c.has(autoVoltage) {
		return []byte{0}
	}
	var v []byte
	for _, p := range []byte{1, 3, 2} { // 5 V, 1.8 V, 3 V
		if c.voltages&[]byte{0, 1, 2, 4}[p] != 0 {
			v = append(v, p)
		}
	}
	return v
}

// setParameters tells the reader how to talk T=0, unless it finds out itself.
func (o *owner) setParameters(ctx context.Context, a atr.ATR) error {
	c := o.link.class
	if c.has(autoParameters | autoNegotiates) {
		return nil
	}
	rate := byte(0x11)
	if a.Specific && !a.Implicit || c.has(doesPPS) {
		rate = a.TA1
	}
	convention := byte(0)
	if a.Inverse {
		convention = 0x02
	}
	rep, err := o.exchange(ctx, request{
		kind: typeSetParameters,
		data: []byte{rate, convention, a.GuardTime, a.WI, 0},
	})
	if err != nil {
		return err
	}
	return rep.err()
}

// transmit sends one command to the card.
func (o *owner) transmit(ctx context.Context, c smartcard.Command) (smartcard.Response, error) {
	encode := apdu
	if o.link.class.has(levelTPDU) {
		encode = tpdu
	}
	resp, err := complete(c, func(c smartcard.Command) ([]byte, error) { return o.transfer(ctx, encode(c)) })
	switch {
	case errors.Is(err, smartcard.ErrRemoved):
		o.empty()
	case err != nil && o.session != nil:
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
func (o *owner) transfer(ctx context.Context, unit []byte) ([]byte, error) {
	room := o.link.class.maxMessage - headerLen
	level := uint16(chainWhole)
	if len(unit) > room {
		if !o.link.class.has(levelExtended) {
			return nil, fmt.Errorf("cannot send %d bytes: the reader takes %d", len(unit), room)
		}
		level = chainFirst
	}
	var answer []byte
	for {
		n := min(len(unit), room)
		rep, err := o.block(ctx, level, unit[:n])
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
		case len(answer) > maxResponse:
			return nil, fmt.Errorf("%w: the response does not end", smartcard.ErrMute)
		case rep.last == chainFirst, rep.last == chainMiddle:
			unit, level = nil, chainNext
		case len(answer) < 2:
			return nil, o.noStatus(ctx)
		default:
			return answer, nil
		}
	}
}

func (o *owner) block(ctx context.Context, level uint16, part []byte) (reply, error) {
	q := request{kind: typeXfrBlock, data: part}
	binary.LittleEndian.PutUint16(q.params[1:], level)
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
