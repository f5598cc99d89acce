package engine

import (
	"context"

	"murur/devices/cabinet"
	"murur/devices/terminal"
	"murur/kiosk/front"
)

// Cabinet tells of door and mains: the present state first, then every change, until
// ctx ends.
type Cabinet interface {
	Watch(ctx context.Context) <-chan cabinet.State
}

// Lamps lead the eye to where something is to be done. Light must not wait.
type Lamps interface {
	Light(l cabinet.Lamp, s cabinet.Signal)
}

func (e *Engine) watchCabinet(ctx context.Context) {
	if e.o.Hands.Cabinet == nil {
		return
	}
	for state := range e.o.Hands.Cabinet.Watch(ctx) {
		if e.post(ctx, message{cabinet: &state}) != nil {
			return
		}
	}
}

// light is the one lamp that is not off. The zero value is darkness.
type light struct {
	lamp   cabinet.Lamp
	signal cabinet.Signal
}

// lightFor is the lamp that a screen speaks of: blinking where the person has to do
// something, steady where something is going on.
func lightFor(s front.Screen) light {
	switch s.Name {
	case front.Identify:
		for _, way := range s.Ways {
			if way == front.ByCard {
				return light{cabinet.LampReader, cabinet.Blink}
			}
		}
	case front.Busy:
		if s.Doing == front.DoingReadCard {
			return light{cabinet.LampReader, cabinet.On}
		}
	case front.Pay:
		if s.Payment == nil {
			return light{}
		}
		switch terminal.Guidance(s.Payment.Guidance) {
		case terminal.GuideInsertCard, terminal.GuideEnterPIN, terminal.GuideWrongPIN, terminal.GuideLook,
			terminal.GuideOtherCard, terminal.GuideTryAgain, terminal.GuideRemoveCard:
			return light{cabinet.LampTerminal, cabinet.Blink}
		}
		return light{cabinet.LampTerminal, cabinet.On}
	case front.PlaceOld, front.ReturnOld:
		return light{cabinet.LampGate, cabinet.Blink}
	case front.TakeLicence:
		return light{cabinet.LampLicence, cabinet.Blink}
	case front.Receipt:
		if s.Paper != nil && s.Paper.State == front.PaperTake {
			return light{cabinet.LampReceipt, cabinet.Blink}
		}
	}
	return light{}
}

// shine lights the lamp of the screen that stands now and darkens the one before.
func (e *Engine) shine(s front.Screen) {
	lamps, want := e.o.Hands.Lamps, lightFor(s)
	if lamps == nil || want == e.lit {
		return
	}
	if e.lit.lamp != "" && e.lit.lamp != want.lamp {
		lamps.Light(e.lit.lamp, cabinet.Off)
	}
	if want.lamp != "" {
		lamps.Light(want.lamp, want.signal)
	}
	e.lit = want
}
