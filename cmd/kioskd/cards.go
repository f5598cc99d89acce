package main

import (
	"context"
	"errors"
	"time"

	"murur/devices/smartcard"
	"murur/devices/smartcard/ccid"
	"murur/devices/smartcard/profile"
	"murur/kiosk/civilid"
	"murur/kiosk/engine"
	"murur/kiosk/front"
	"murur/kiosk/journey/fines"
)

// cards is the reader together with the card profiles: engine.Cards.
type cards struct {
	*ccid.Reader
	profiles    profile.Set
	development bool
}

// Holder reads the Civil ID in the slot.
func (c cards) Holder(ctx context.Context) (fines.Holder, error) {
	card, err := c.Connect(ctx)
	if err != nil {
		return fines.Holder{}, cardError(err)
	}
	defer card.Close()
	now := time.Now()
	h, err := c.profiles.Read(ctx, card, profile.Checks{
		CivilNumber:      func(s string) error { _, err := civilid.Parse(s, now); return err },
		Now:              now,
		AllowDevelopment: c.development,
	})
	if err != nil {
		return fines.Holder{}, cardError(err)
	}
	return fines.Holder{Civil: h.CivilNumber, Name: front.Words{Ar: h.NameAr, En: h.NameEn}}, nil
}

// cardError says what a failure means for the person.
func cardError(err error) error {
	code := front.ProblemReader
	for _, c := range []struct {
		is   error
		code front.ProblemCode
	}{
		{smartcard.ErrRemoved, front.ProblemCardRemoved},
		{smartcard.ErrNoCard, front.ProblemCardRemoved},
		{smartcard.ErrMute, front.ProblemCardUnreadable},
		{profile.ErrUnreadable, front.ProblemCardUnreadable},
		{profile.ErrDrivingLicence, front.ProblemCardLicence},
		{profile.ErrUnknownCard, front.ProblemCardWrong},
		{profile.ErrExpired, front.ProblemCardExpired},
	} {
		if errors.Is(err, c.is) {
			code = c.code
			break
		}
	}
	return &engine.CardError{Code: code, Err: err}
}
