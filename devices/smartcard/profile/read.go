package profile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"murur/devices/smartcard"
	"murur/devices/smartcard/tlv"
)

// Limits of one reading.
const (
	maxCommands = 200
	maxTime     = 60 * time.Second
)

// Read reads the holder's data. Errors: ErrUnknownCard (ErrDrivingLicence when it is
// that), ErrUnreadable, ErrExpired, and those of smartcard.Card.Transmit.
func (s Set) Read(ctx context.Context, card smartcard.Card, c Checks) (Holder, error) {
	r, err := s.read(ctx, card, c, false)
	if err != nil {
		return Holder{}, err
	}
	return r.Holder, nil
}

// Try reads every field of the profile, for somebody who tries one, and goes on where
// Read would give up: the Reading has what could be read, and each field its own
// error. The error is the one that Read would return.
func (s Set) Try(ctx context.Context, card smartcard.Card, c Checks) (Reading, error) {
	return s.read(ctx, card, c, true)
}

// Reading is what a profile finds on a card.
type Reading struct {
	Profile Info    // zero: no profile knows the card
	Fields  []Value // in the order of the profile
	Holder  Holder  // when there was no error
}

// Value is a field. The text of a date is 2006-01-02, that of bytes hexadecimal.
type Value struct {
	Name, Type, Text string
	Err              error // tlv.ErrAbsent: the card does not have it
}

func (s Set) read(ctx context.Context, card smartcard.Card, c Checks, all bool) (Reading, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, maxTime,
		fmt.Errorf("%w: not read within %v", ErrUnreadable, maxTime))
	defer cancel()
	session := &session{ctx: ctx, card: card}
	for _, p := range s.profiles {
		if p.development && !c.AllowDevelopment ||
			!slices.ContainsFunc(p.atr, func(m atrMatch) bool { return m.matches(card.ATR()) }) {
			continue
		}
		r, err := p.read(session, c, all)
		if !errors.Is(err, errNextProfile) {
			return r, err
		}
	}
	err := others[fmt.Sprintf("%X", card.ATR())]
	if err == nil {
		err = ErrUnknownCard
	}
	return Reading{}, fmt.Errorf("%w: answer to reset %X", err, card.ATR())
}

// errNextProfile says that the card has not the profile's application.
var errNextProfile = errors.New("the card has another application")

// read reads the card by one profile.
func (p *profile) read(s *session, c Checks, all bool) (Reading, error) {
	r := Reading{Profile: p.info()}
	le := -1
	if p.selectP2 != 0x0C {
		le = 0
	}
	answer, err := s.transmit(smartcard.Command{INS: 0xA4, P1: 0x04, P2: p.selectP2, Data: p.aid, Le: le})
	switch {
	case err != nil:
		return r, err
	case matches(p.nextOn, answer.SW):
		return r, errNextProfile
	case !matches(p.expect, answer.SW):
		return r, unreadable("application answers %v", answer.SW)
	}
	contents := map[string]content{}
	for _, f := range p.files {
		if f.when != "" || !all && !p.needs(f) {
			continue
		}
		k := content{file: f}
		k.bytes, k.err = s.file(f)
		if k.err == nil && f.layout == "ber-tlv" {
			if k.objects, err = tlv.Parse(k.bytes); err != nil {
				k.err = unreadable("%v", err)
			}
		}
		if errors.Is(k.err, errNoFile) && !f.required {
			continue
		}
		if k.err != nil {
			k.err = fmt.Errorf("file %q: %w", f.name, k.err)
		}
		if k.err != nil && (!all || !errors.Is(k.err, ErrUnreadable)) {
			return r, k.err
		}
		contents[f.name] = k
	}
	if all {
		for _, f := range p.fields {
			v := Value{Name: f.name, Type: f.kind}
			v.Text, v.Err = contents[f.from].decode(f)
			r.Fields = append(r.Fields, v)
		}
	}
	r.Holder, err = p.holder(contents, c)
	return r, err
}

// needs reports whether f must be read: for itself, for a field of a Holder, or
// for a field that the card must have.
func (p *profile) needs(f file) bool {
	if f.when != "" {
		return false
	}
	return f.required || slices.ContainsFunc(p.fields, func(o field) bool {
		return o.from == f.name && (o.required || wanted[o.name] != nil)
	})
}

func matches(patterns []swPattern, sw smartcard.SW) bool {
	return slices.ContainsFunc(patterns, func(p swPattern) bool { return uint16(sw)&p.mask == p.value })
}

// session counts the commands to a card.
type session struct {
	ctx      context.Context
	card     smartcard.Card
	commands int
}

func (s *session) transmit(c smartcard.Command) (smartcard.Response, error) {
	if s.commands++; s.commands > maxCommands {
		return smartcard.Response{}, unreadable("more than %d commands", maxCommands)
	}
	r, err := s.card.Transmit(s.ctx, c)
	if err != nil && errors.Is(context.Cause(s.ctx), ErrUnreadable) {
		err = context.Cause(s.ctx)
	}
	return r, err
}

var errNoFile = fmt.Errorf("%w: card has no such file", ErrUnreadable)

// file reads one file.
func (s *session) file(f file) ([]byte, error) {
	for _, id := range f.path {
		r, err := s.transmit(smartcard.Command{INS: 0xA4, P1: 0x02, P2: 0x0C, Data: id[:], Le: -1})
		switch {
		case err != nil:
			return nil, err
		case r.SW == swNotFound:
			return nil, errNoFile
		case r.SW != smartcard.OK && r.SW>>8 != 0x61:
			return nil, unreadable("SELECT answers %v", r.SW)
		}
	}
	switch f.read {
	case "record":
		return s.records(f)
	case "getdata":
		return s.object(f)
	}
	return s.binary(f)
}

// Status words that end a reading well, or say that there is nothing.
const (
	swEndOfFile   smartcard.SW = 0x6282
	swNotFound    smartcard.SW = 0x6A82
	swNoRecord    smartcard.SW = 0x6A83
	swNoObject    smartcard.SW = 0x6A88
	swWrongOffset smartcard.SW = 0x6B00
)

// binary reads a transparent file up to its end, or to the end of the data object
// that fills it.
func (s *session) binary(f file) ([]byte, error) {
	var all []byte
	size := f.max + 1 // until more is known; one byte too many shows a file that is too long
	for len(all) < size {
		offset, chunk := len(all), min(f.chunk, size-len(all))
		if offset > 0x7FFF {
			return nil, unreadable("longer than READ BINARY reaches")
		}
		c := smartcard.Command{INS: 0xB0, P1: byte(offset >> 8), P2: byte(offset), Le: chunk}
		if f.read == "binary-sfi" && offset == 0 {
			c.P1 = 0x80 | f.sfi // it selects the file; later reads use the offset
		}
		r, err := s.transmit(c)
		switch {
		case err != nil:
			return nil, err
		case r.SW == swNotFound && offset == 0:
			return nil, errNoFile
		case r.SW == swWrongOffset && offset > 0:
			return all, nil
		case r.SW != smartcard.OK && r.SW != swEndOfFile:
			return nil, unreadable("READ BINARY answers %v", r.SW)
		case len(r.Data) > chunk:
			return nil, unreadable("READ BINARY gave %d bytes for %d", len(r.Data), chunk)
		}
		all = append(all, r.Data...)
		if len(r.Data) < chunk || r.SW == swEndOfFile {
			break
		}
		if n, ok := tlv.Size(all); ok && f.layout == "ber-tlv" {
			size = min(size, n)
		}
	}
	if len(all) > f.max {
		return nil, unreadable("longer than %d bytes", f.max)
	}
	return all, nil
}

// records reads the records of a linear file: a line of a text each, and otherwise
// one after the other.
func (s *session) records(f file) ([]byte, error) {
	var all []byte
	for n := int(f.first); n <= int(f.last); n++ {
		r, err := s.transmit(smartcard.Command{INS: 0xB2, P1: byte(n), P2: f.sfi<<3 | 4, Le: 0})
		switch {
		case err != nil:
			return nil, err
		case r.SW == swNoRecord:
			return all, nil
		case r.SW == swNotFound && n == int(f.first):
			return nil, errNoFile
		case r.SW != smartcard.OK && r.SW != swEndOfFile:
			return nil, unreadable("READ RECORD answers %v", r.SW)
		}
		if f.layout == "text" {
			if bytes.IndexByte(r.Data, '\n') >= 0 {
				return nil, unreadable("record %d has a line end in it", n)
			}
			if len(all) > 0 {
				all = append(all, '\n')
			}
		}
		if all = append(all, r.Data...); len(all) > f.max {
			return nil, unreadable("longer than %d bytes", f.max)
		}
	}
	return all, nil
}

// object fetches a data object.
func (s *session) object(f file) ([]byte, error) {
	c := smartcard.Command{INS: 0xCA, Le: 0}
	switch len(f.tag) {
	case 1:
		c.P2 = f.tag[0]
	case 2:
		c.P1, c.P2 = f.tag[0], f.tag[1]
	default: // a list of tags as data
		c.INS, c.P1, c.P2 = 0xCB, 0x3F, 0xFF
		c.Data = append([]byte{0x5C, byte(len(f.tag))}, f.tag...)
	}
	r, err := s.transmit(c)
	switch {
	case err != nil:
		return nil, err
	case r.SW == swNotFound || r.SW == swNoObject:
		return nil, errNoFile
	case r.SW != smartcard.OK:
		return nil, unreadable("GET DATA answers %v", r.SW)
	case len(r.Data) > f.max:
		return nil, unreadable("longer than %d bytes", f.max)
	}
	return r.Data, nil
}

func unreadable(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrUnreadable, fmt.Sprintf(format, args...))
}
