package evolis

import (
	"context"
	"errors"

	"murur/devices"
	"murur/devices/cardprinter"
)

const (
	ribbonLow   = 20
	ribbonLeast = 2 // with fewer no card is begun
)

// Status implements cardprinter.Printer. A printer that does not answer is a state,
// not an error; the error is ctx's. While another call is under way, the state is
// what was seen last.
func (p *Printer) Status(ctx context.Context) (cardprinter.State, error) {
	select {
	case <-p.turn:
	default:
		return p.seen(), ctx.Err()
	}
	op, done, err := p.enter(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return p.seen(), ctx.Err()
		}
		if errors.Is(err, errClosed) {
			return offline(err), nil
		}
		return p.seen(), nil
	}
	defer done()
	return p.state(op), ctx.Err()
}

// state asks for everything that Status tells, and publishes it. When ctx ends
// meanwhile, it is what was seen last.
func (p *Printer) state(ctx context.Context) cardprinter.State {
	profile := &p.o.Profile
	s := cardprinter.State{Ribbon: -1, Blanks: -1}
	s.Link, s.Model, s.Supplies = devices.Online, p.link.model, map[string]devices.Level{}

	s.Fault = refusal(p.query(ctx, "Rok"))
	if s.Fault != nil && s.Fault.Code == BlanksOut {
		s.Fault, s.Supplies[cardprinter.SupplyBlanks] = nil, devices.LevelOut
	}
	if f := refusal(p.query(ctx, "Rlr;r")); s.Fault == nil && f != nil && f.Code == Cleaning {
		s.Fault = f // other refusals mean that the question is not known
	}
	if profile.CoverSensor && sensed(p.query(ctx, "Rse;o")) == cardprinter.SeenNone {
		s.Fault = fault(CoverOpen, "Rse;o")
	}
	if profile.FeederSensor && s.Supplies[cardprinter.SupplyBlanks] == "" {
		s.Supplies[cardprinter.SupplyBlanks] = p.blanks(ctx)
	}
	if profile.RejectFull {
		s.Supplies[cardprinter.SupplyRejectBox] = p.rejectBox(ctx)
	}
	if profile.RibbonCount != "" {
		s.Ribbon = p.ribbon(ctx)
		if p.size > 0 {
			s.Ribbon = min(s.Ribbon, p.size)
		}
		s.Supplies[cardprinter.SupplyRibbon] = p.ribbonLevel(s.Ribbon)
		if s.Ribbon < 0 && s.Fault == nil && p.link != nil {
			if f := refusal(p.query(ctx, profile.RibbonCount)); f != nil {
				s.Fault, s.Supplies[cardprinter.SupplyRibbon] = f, devices.LevelOut
			}
		}
	}
	if profile.StatusRequest != "" {
		p.words(ctx, &s)
	}
	if s.Fault == nil && profile.PortStatus && p.link != nil {
		if f, ok := p.link.mayPrint(ctx).(*devices.Fault); ok {
			s.Fault = f
		}
	}
	if p.link == nil || ctx.Err() != nil {
		return p.seen()
	}
	p.publish(s)
	return s
}

func (p *Printer) blanks(ctx context.Context) devices.Level {
	switch sensed(p.query(ctx, "Rse;f")) {
	case cardprinter.SeenNone:
		return devices.LevelOut
	case cardprinter.SeenUnknown:
		return devices.LevelUnknown
	}
	if p.o.Profile.NearEmpty != "" {
		v, ok := volts(p.query(ctx, "Rse;n"))
		if ok && v > 2 == (p.o.Profile.NearEmpty == "high") {
			return devices.LevelLow
		}
	}
	return devices.LevelOK
}

func (p *Printer) rejectBox(ctx context.Context) devices.Level {
	switch squeeze(p.query(ctx, "Rlr;h")) {
	case "CARD":
		return devices.LevelFull
	case "NOCARD":
		return devices.LevelOK
	}
	return devices.LevelUnknown
}

func (p *Printer) ribbonLevel(n int) devices.Level {
	switch {
	case n < 0 || p.doubtful:
		return devices.LevelUnknown
	case n < ribbonLeast:
		return devices.LevelOut
	case n <= ribbonLow:
		return devices.LevelLow
	}
	return devices.LevelOK
}

// words adds what the status words tell.
func (p *Printer) words(ctx context.Context, s *cardprinter.State) {
	w, err := ParseStatusWords(p.query(ctx, p.o.Profile.StatusRequest))
	if err != nil {
		return
	}
	if f := w.Fault(); f != nil && s.Fault == nil {
		s.Fault = f
	}
	for supply, level := range w.Supplies() {
		if have := s.Supplies[supply]; level != devices.LevelLow || have == "" || have == devices.LevelOK {
			s.Supplies[supply] = level
		}
	}
}

// obstacle is why no card can be begun; nil when one can.
func obstacle(s cardprinter.State) error {
	switch {
	case s.Link != devices.Online:
		return fault(Offline, "link %s", s.Link)
	case s.Fault != nil:
		return s.Fault
	case s.Supplies[cardprinter.SupplyBlanks] == devices.LevelOut:
		return fault(BlanksOut, "feeder sensor")
	case s.Supplies[cardprinter.SupplyRejectBox] == devices.LevelFull:
		return fault(RejectBoxFull, "Rlr;h")
	}
	if level, told := s.Supplies[cardprinter.SupplyRibbon]; told && s.Ribbon < ribbonLeast {
		return fault(RibbonOut, "%d prints left, level %s", s.Ribbon, level)
	}
	return nil
}
