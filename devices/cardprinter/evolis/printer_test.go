package evolis_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"murur/devices"
	"murur/devices/cardprinter/cardprintertest"
	"murur/devices/cardprinter/evolis"
	"murur/devices/cardprinter/evolissim"
	"murur/devices/transport"
)

// A printer that was off for a moment, behind a link that stayed up, has forgotten its
// error mode: nothing moves until somebody has looked.
func TestReboot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := kind{"black", evolissim.KC200B, evolis.KC200B, evolis.K, 0}
		b, sim := k.bench(t)
		defer func() { b.Printer.Close() }()
		b.Printer.Locate(t.Context())
		b.Printer.Feed(t.Context())
		sim.Reboot()
		proof, err := b.Printer.Print(t.Context(), cardprintertest.Black("1"))
		if proof.Outcome != devices.Refused || !errors.Is(err, evolis.ErrNotLocated) {
			t.Errorf("%+v, %v", proof, err)
		}
		if custody, err := b.Printer.Reject(t.Context()); !errors.Is(err, evolis.ErrNotLocated) {
			t.Errorf("%s, %v", custody, err)
		}
		if at, err := b.Printer.Locate(t.Context()); at.Inside != "card" || err != nil {
			t.Errorf("%+v, %v", at, err)
		}
		if custody, err := b.Printer.Reject(t.Context()); custody != devices.CustodyRejected || err != nil {
			t.Errorf("%s, %v", custody, err)
		}
	})
}

// A second program on the same printer is a status, and no guess.
func TestBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := evolissim.New(evolissim.Options{})
		other, err := sim.Pipes()
		if err != nil {
			t.Fatal(err)
		}
		p := evolis.New(func(context.Context) (transport.Pipes, error) { return sim.Pipes() }, evolis.Options{})
		defer p.Close()
		s, err := p.Status(t.Context())
		if err != nil || s.Link != devices.Offline || s.Fault == nil || s.Fault.Code != evolis.Busy {
			t.Errorf("%+v, %v", s, err)
		}
		other.Close()
		if s, _ = p.Status(t.Context()); !s.Ready() {
			t.Errorf("%+v", s)
		}
	})
}

// What the driver itself needs for a card, beside the printer's mechanics and the hand.
func TestMachineTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := evolissim.New(evolissim.Options{Speed: 1e6})
		p := evolis.New(func(context.Context) (transport.Pipes, error) { return sim.Pipes() }, evolis.Options{})
		defer p.Close()
		p.Locate(t.Context())
		start := time.Now()
		p.Feed(t.Context())
		p.Print(t.Context(), cardprintertest.Sample("1"))
		p.Present(t.Context())
		sim.Take()
		custody, err := p.Taken(t.Context())
		took := time.Since(start)
		t.Logf("%v of waiting between feed and taken", took)
		if custody != devices.CustodyTaken || took > 2*time.Second {
			t.Errorf("%s, %v after %v", custody, err, took)
		}
	})
}

// A chip that cannot be written costs a blank and no ribbon; one that cannot be read
// back costs the card.
func TestChip(t *testing.T) {
	for _, c := range []struct {
		encode, verify error
		feed, print    devices.Outcome
	}{
		{nil, nil, devices.Confirmed, devices.Confirmed},
		{errors.New("mute"), nil, devices.Unknown, ""},
		{nil, errors.New("other serial number"), devices.Confirmed, devices.Unknown},
	} {
		synctest.Test(t, func(t *testing.T) {
			sim := evolissim.New(evolissim.Options{Ribbon: "k"})
			profile := evolis.KC200B
			profile.Feed = "Sis"
			p := evolis.New(func(context.Context) (transport.Pipes, error) { return sim.Pipes() },
				evolis.Options{Profile: profile, Ribbon: evolis.K, Chip: chip{c.encode, c.verify}})
			defer p.Close()
			p.Locate(t.Context())
			proof, err := p.Feed(t.Context())
			if proof.Outcome != c.feed || proof.Custody != devices.CustodyInside {
				t.Fatalf("%+v, %v", proof, err)
			}
			if c.print != "" {
				if proof, err = p.Print(t.Context(), cardprintertest.Black("1")); proof.Outcome != c.print {
					t.Fatalf("%+v, %v", proof, err)
				}
			}
			if custody, err := p.Reject(t.Context()); custody != devices.CustodyRejected {
				t.Errorf("%s, %v", custody, err)
			}
			if v := sim.Violations(); len(v) > 0 {
				t.Error(v)
			}
		})
	}
}

type chip struct{ encode, verify error }

func (c chip) Encode(context.Context) error { return c.encode }
func (c chip) Verify(context.Context) error { return c.verify }

// What is not asked because the caller has gone is neither a fault nor none.
func TestCancelledStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := evolissim.New(evolissim.Options{})
		after, cancel := 0, func() {}
		p := evolis.New(func(context.Context) (transport.Pipes, error) { return sim.Pipes() },
			evolis.Options{Trace: func(d transport.Direction, b []byte) {
				if d == transport.ToDevice && string(b) == "\x1bRok\r" {
					if after--; after == 0 {
						cancel()
					}
				}
			}})
		defer p.Close()
		p.Locate(t.Context())
		sim.Cover(true)
		if s, err := p.Status(t.Context()); err != nil || s.Fault == nil || s.Fault.Code != evolis.CoverOpen {
			t.Fatalf("%+v, %v", s, err)
		}
		ctx, stop := context.WithCancel(t.Context())
		after, cancel = 1, stop
		if s, err := p.Status(ctx); !errors.Is(err, context.Canceled) || s.Fault == nil || s.Fault.Code != evolis.CoverOpen {
			t.Errorf("%+v, %v", s, err)
		}

		sim.Cover(false)
		ctx, stop = context.WithCancel(t.Context())
		after, cancel = 2, stop // after the one that waits for rest
		proof, err := p.Feed(ctx)
		var f *devices.Fault
		if proof.Outcome != devices.Refused || !errors.Is(err, context.Canceled) || errors.As(err, &f) {
			t.Errorf("%+v, %v", proof, err)
		}
	})
}

// A new ribbon may print more cards than it says; each of them is one less.
func TestGenerousRibbon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := evolissim.New(evolissim.Options{Ribbon: "k", RibbonSize: 300})
		sim.LoadRibbon(302)
		p := evolis.New(func(context.Context) (transport.Pipes, error) { return sim.Pipes() }, evolis.Options{Ribbon: evolis.K})
		defer p.Close()
		p.Locate(t.Context())
		if s, err := p.Status(t.Context()); err != nil || s.Ribbon != 300 {
			t.Errorf("%+v, %v", s, err)
		}
		p.Feed(t.Context())
		if proof, err := p.Print(t.Context(), cardprintertest.Black("1")); proof.Outcome != devices.Confirmed {
			t.Errorf("%+v, %v", proof, err)
		}
	})
}

// A serial number that comes late, after another was taken for it, is no reply to the
// command that brings a blank.
func TestLateSerialNumber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := evolissim.New(evolissim.Options{})
		p := evolis.New(func(context.Context) (transport.Pipes, error) { return sim.Pipes() }, evolis.Options{})
		defer p.Close()
		p.Locate(t.Context())
		sim.Inject(evolissim.Fault{Kind: evolissim.ReplyMissing, Command: "Pcim"})
		sim.Inject(evolissim.Fault{Kind: evolissim.ReplyLate, Command: "Rsn"})
		if proof, err := p.Feed(t.Context()); proof.Outcome != devices.Confirmed {
			t.Errorf("%+v, %v", proof, err)
		}
	})
}
