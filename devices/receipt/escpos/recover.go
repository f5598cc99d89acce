package escpos

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"murur/devices"
	"murur/devices/receipt"
)

// settle brings a suspect printer back to a known state: no half command, empty
// buffers, no paper of an old job inside or in the output. It never prints what was
// lost. It waits for nobody: a fault ends it and the printer stays suspect.
//
//	alive? → ordered probe answered? else clear or flush, ESC @, probe again
//	→ old paper in the output: retract → cut what is on the head: retract
func (p *Printer) settle(ctx context.Context) (err error) {
	defer func() {
		if s, _ := p.seen(); err != nil && ctx.Err() == nil && s.Ready() {
			p.publish(devices.Status{Link: devices.Offline, Fault: fault(Offline, "%v", err), Supplies: s.Supplies})
		}
	}()
	r, err := p.reach(ctx)
	if err != nil && (p.o.Profile.Ordered != QueuedEOT || p.link == nil || p.link.dead()) {
		return err // where questions wait in the buffer, a half command swallows them
	}
	if r.fault != nil {
		return r.fault
	}
	if err := p.resync(ctx); err != nil {
		return err
	}
	if err := p.sweep(ctx); err != nil {
		return err
	}
	p.suspect, p.half = false, false
	return nil
}

// probeLimit is the time an ordered probe has to come through what is in the
// buffer.
const probeLimit = 2 * time.Second

// resync ends a half-sent command. A probe that is answered shows that there is
// none; one that is not has become a few dots of a paper that is void anyway.
func (p *Printer) resync(ctx context.Context) error {
	if p.probe(ctx, probeLimit) {
		return p.link.write(ctx, p.o.Profile.initialise(), false)
	}
	if !p.o.Profile.Clear || !p.cleared(ctx) {
		// In a picture NULs are white rows, between commands they are skipped.
		largest := maxStrip * (p.o.Profile.Dots + 7) / 8
		if err := p.link.write(ctx, make([]byte, largest+8), false); err != nil {
			return err
		}
	}
	if err := p.link.write(ctx, p.o.Profile.initialise(), false); err != nil {
		return err
	}
	if !p.probe(ctx, probeLimit+p.o.ProofTimeout) {
		return p.explain(ctx, fmt.Errorf("%w: it answers, but does not work off its buffer", devices.ErrLink))
	}
	return nil
}

// cleared empties the buffers and cancels the command in progress.
func (p *Printer) cleared(ctx context.Context) bool {
	_, err := p.link.ask(ctx, clearAll, matchBlock(0x25, ""), time.Second)
	return err == nil
}

// sweep gets rid of paper of an old job: personal data must not reach the next
// citizen. Without a retract the piece is marked void.
func (p *Printer) sweep(ctx context.Context) error {
	profile := &p.o.Profile
	cut := append(profile.feed(profile.Blade), profile.Cut...)
	if profile.Retract == nil {
		if p.half {
			if err := p.void(ctx); err != nil {
				return err
			}
		}
		if err := p.link.write(ctx, cut, false); err != nil {
			return err
		}
		p.probe(ctx, probeLimit)
		return nil
	}
	r, err := p.insist(ctx)
	if err != nil {
		return err
	}
	if r.output {
		if err := p.pullIn(ctx); err != nil {
			return err
		}
		p.custody = devices.CustodyRetracted
	}
	if err := p.link.write(ctx, cut, false); err != nil {
		return err
	}
	return p.pullIn(ctx)
}

// void marks what comes out as worthless, in both languages.
func (p *Printer) void(ctx context.Context) error {
	mark := receipt.Document{Blocks: []receipt.Block{
		{Rule: true}, {Heading: &receipt.Text{Ar: "ملغى", En: "VOID"}}, {Rule: true},
	}}
	picture, err := p.o.Renderer.Render(receipt.Job{Document: mark}, p.o.Profile.Dots, p.o.Profile.DPI)
	if err != nil {
		return err
	}
	for _, c := range p.o.Profile.Encode(picture) {
		if err := p.link.write(ctx, c, false); err != nil {
			return err
		}
	}
	return nil
}

// base36 is the last four digits of n in base 36.
func base36(n int) string {
	s := "000" + strings.ToUpper(strconv.FormatInt(int64(n), 36))
	return s[len(s)-4:]
}
