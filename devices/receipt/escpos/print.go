package escpos

import (
	"context"
	"errors"
	"fmt"
	"time"

	"murur/devices"
	"murur/devices/receipt"
	"murur/devices/receipt/bitmap"
)

const (
	// pollSending is how often the printer is looked at while strips are sent.
	pollSending = 500 * time.Millisecond
	// pollProof is how often it is looked at while the paper comes out: faster than
	// a person takes it.
	pollProof = 100 * time.Millisecond
	// secondLook is how long a printer without an output sensor must stay clean.
	secondLook = 2 * time.Second
)

// Print prints one job. The outcome is Refused with an error when nothing of it
// reached the paper, Confirmed without one, Unknown otherwise. Unknown is never
// followed by a second attempt.
func (p *Printer) Print(ctx context.Context, j receipt.Job) (receipt.Proof, error) {
	refused := receipt.Proof{Outcome: devices.Refused, Custody: devices.CustodyInside}
	cannot := func(err error) error { return fmt.Errorf("cannot print receipt %s: %w", j.Number, err) }
	picture, err := p.o.Renderer.Render(j, p.o.Profile.Dots, p.o.Profile.DPI)
	if err != nil {
		return refused, cannot(err)
	}
	op, done, err := p.begin(ctx)
	if err != nil {
		return refused, cannot(err)
	}
	defer done()
	p.setBusy(true)
	defer p.setBusy(false)
	if err := p.prepare(op); err != nil {
		return refused, cannot(err)
	}
	// From here on something may be on the paper.
	p.suspect, p.half, p.custody = true, true, devices.CustodyUnknown
	evidence, err := p.run(op, picture)
	if err != nil {
		return receipt.Proof{Outcome: devices.Unknown, Custody: p.custody, Evidence: evidence},
			fmt.Errorf("cannot prove that receipt %s is printed: %w", j.Number, err)
	}
	p.suspect, p.half = false, false
	return receipt.Proof{Outcome: devices.Confirmed, Custody: p.custody, Evidence: evidence}, nil
}

// prepare makes sure that a job can begin: clean, free of faults, output empty.
func (p *Printer) prepare(ctx context.Context) error {
	if p.suspect {
		if err := p.settle(ctx); err != nil {
			return err
		}
	}
	r, err := p.reach(ctx)
	switch {
	case err != nil:
		return err
	case r.fault != nil:
		return r.fault
	case r.output:
		return fault(PaperNotTaken, "the last paper is in the output")
	}
	return nil
}

// run sends the picture, cuts, presents and collects the evidence.
func (p *Printer) run(ctx context.Context, picture *bitmap.Bitmap) (evidence string, err error) {
	profile := &p.o.Profile
	looked := time.Now()
	sent := 0
	for _, c := range profile.Encode(picture) {
		if err := p.link.write(ctx, c, false); err != nil {
			return "", p.explain(ctx, err)
		}
		sent += len(c)
		if time.Since(looked) > pollSending {
			r, err := p.insist(ctx)
			if err != nil {
				return "", err
			}
			if r.fault != nil {
				return "", r.fault
			}
			looked = time.Now()
		}
	}
	tail := append(profile.feed(profile.Blade), profile.Cut...)
	if err := p.link.write(ctx, append(tail, profile.Present...), false); err != nil {
		return "", p.explain(ctx, err)
	}
	wire := time.Duration(sent) * time.Second / time.Duration(profile.ByteRate)
	paper := time.Duration(picture.H+profile.Blade) * time.Second / time.Duration(profile.Speed*profile.DPI*10/254)
	limit := 2*max(wire, paper) + p.o.ProofTimeout
	if profile.FullStatus {
		return p.proveByOutput(ctx, limit)
	}
	return p.proveByReply(ctx, limit)
}

// explain asks the printer why a write failed, if it still answers.
func (p *Printer) explain(ctx context.Context, err error) error {
	if ctx.Err() != nil || p.link.dead() {
		return err
	}
	if r, lookErr := p.look(ctx); lookErr == nil && r.fault != nil {
		return r.fault
	}
	return err
}

// clock counts down a limit, but not while the printer has said XOFF.
type clock struct {
	l    *link
	left time.Duration
	last time.Time
}

func (c *clock) expired() bool {
	now := time.Now()
	if stopped, _ := c.l.flowing(); !stopped {
		c.left -= now.Sub(c.last)
	}
	c.last = now
	return c.left <= 0
}

var errNoProof = errors.New("no reply in time")

// proveByOutput is evidence B: the paper is seen in the output, then the probe
// shows that nothing is left in the buffer.
func (p *Printer) proveByOutput(ctx context.Context, limit time.Duration) (string, error) {
	c := clock{p.link, limit, time.Now()}
	for !c.expired() {
		if err := p.link.pause(ctx, pollProof); err != nil {
			return "", err
		}
		r, err := p.insist(ctx)
		if err != nil {
			return "", err
		}
		if r.fault != nil {
			return "", r.fault
		}
		if !r.output || r.motor {
			continue
		}
		p.custody = devices.CustodyPresented
		if !p.probe(ctx, c.left) {
			break
		}
		if r, err = p.insist(ctx); err != nil {
			return "", err
		}
		if r.fault != nil {
			return "", r.fault
		}
		return "B: paper in the output, probe answered, status clean", nil
	}
	return "", errNoProof
}

// proveByReply is evidence A, the process id, or C, an ordered probe and two clean
// looks.
func (p *Printer) proveByReply(ctx context.Context, limit time.Duration) (string, error) {
	request, m := p.orderedRequest()
	if err := p.link.order(ctx, request, m); err != nil {
		return "", err
	}
	c := clock{p.link, limit, time.Now()}
	for !p.link.awaitOrdered(ctx, pollSending) {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		if p.link.dead() {
			return "", fmt.Errorf("%w: link lost", devices.ErrLink)
		}
		if c.expired() {
			return "", errNoProof
		}
		if p.o.Profile.Ordered != ProcessID {
			continue // replies could not be told apart
		}
		r, err := p.insist(ctx)
		if err != nil {
			return "", err
		}
		if r.fault != nil {
			return "", r.fault
		}
	}
	for second := range 2 {
		if second == 1 {
			if p.o.Profile.Ordered == ProcessID {
				return "A: process id answered, status clean", nil
			}
			if err := p.link.pause(ctx, secondLook); err != nil {
				return "", err
			}
		}
		r, err := p.insist(ctx)
		if err != nil {
			return "", err
		}
		if r.fault != nil {
			return "", r.fault
		}
	}
	const weak = "C: probe answered, status clean twice"
	if !p.o.Profile.Weak {
		return weak, errors.New("the evidence is too weak for this printer")
	}
	return weak, nil
}

// orderedRequest is the profile's request that is answered behind printing.
func (p *Printer) orderedRequest() ([]byte, match) {
	switch p.o.Profile.Ordered {
	case ProcessID:
		// Four base-36 characters; ids must not come again within a day.
		p.serial = max(p.serial+1, int(time.Now().Unix()))
		id := base36(p.serial)
		return askProcess(id), matchBlock(0x22, id)
	case QueuedEOT:
		return askEOT(1), matchEOT(true)
	}
	return askProbe, matchProbe(p.o.Profile.Loose)
}

// probe sends an ordered request and waits for its reply.
func (p *Printer) probe(ctx context.Context, limit time.Duration) bool {
	request, m := p.orderedRequest()
	defer func() { p.link.ordered = nil }()
	return p.link.order(ctx, request, m) == nil && p.link.awaitOrdered(ctx, limit)
}
