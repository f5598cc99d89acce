package ccid_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"murur/devices"
	"murur/devices/smartcard"
	"murur/devices/smartcard/cardsim"
	"murur/devices/smartcard/ccid"
	"murur/devices/smartcard/ccidsim"
	"murur/devices/smartcard/smartcardtest"
	"murur/devices/transport"
)

var (
	selectApplication = smartcard.Command{INS: 0xA4, P1: 0x04, P2: 0x0C, Data: []byte{0xF0, 0x4B, 0x57, 0x44, 0x45, 0x56, 0x01}, Le: -1}
	selectHolder      = smartcard.Command{INS: 0xA4, P1: 0x02, P2: 0x0C, Data: []byte{0x01, 0x01}, Le: -1}
	readAll           = smartcard.Command{INS: 0xB0, Le: 0}
)

// connected is a driver with a powered Civil ID.
func connected(t *testing.T, o ccidsim.Options, faults ...cardsim.Fault) (smartcard.Card, *ccid.Reader, *ccidsim.Reader) {
	t.Helper()
	r, sim := drive(t, o)
	if err := sim.Insert(cardsim.CivilID(smartcardtest.Fahad, faults...)); err != nil {
		t.Fatal(err)
	}
	c, err := r.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c, r, sim
}

// works checks that the reader is of use again.
func works(t *testing.T, r *ccid.Reader) {
	t.Helper()
	c, err := r.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := c.Transmit(t.Context(), selectApplication); err != nil || resp.SW != smartcard.OK {
		t.Fatal(resp, err)
	}
}

// A fault of the reader at a command ends in the right error, within a bounded
// time, and the reader works again afterwards.
func TestReaderFaults(t *testing.T) {
	for name, c := range map[string]struct {
		options ccidsim.Options
		fault   ccidsim.Fault
		want    error
		within  time.Duration
	}{
		"old reply first":           {ccidsim.Options{}, ccidsim.StaleSeq, nil, time.Second},
		"busy":                      {ccidsim.Options{}, ccidsim.Busy, nil, time.Second},
		"time extension":            {ccidsim.Options{}, ccidsim.TimeExtension, nil, 2 * time.Second},
		"no reply":                  {ccidsim.Options{}, ccidsim.Silent, smartcard.ErrMute, 4 * time.Second},
		"no reply, no ABORT":        {ccidsim.Options{NoAbort: true}, ccidsim.Silent, smartcard.ErrMute, 6 * time.Second},
		"noise":                     {ccidsim.Options{}, ccidsim.Noise, devices.ErrLink, 4 * time.Second},
		"noise, no ABORT":           {ccidsim.Options{NoAbort: true}, ccidsim.Noise, devices.ErrLink, 6 * time.Second},
		"pulled":                    {ccidsim.Options{}, ccidsim.Pulled, smartcard.ErrRemoved, time.Second},
		"pulled, no ABORT":          {ccidsim.Options{NoAbort: true}, ccidsim.Pulled, smartcard.ErrRemoved, 3 * time.Second},
		"pulled, polled":            {ccidsim.Options{NoInterrupt: true}, ccidsim.Pulled, smartcard.ErrRemoved, 4 * time.Second},
		"pulled, polled, no ABORT":  {ccidsim.Options{NoInterrupt: true, NoAbort: true}, ccidsim.Pulled, smartcard.ErrRemoved, 6 * time.Second},
		"old reply, APDU level":     {ccidsim.Options{Level: ccidsim.ShortAPDU}, ccidsim.StaleSeq, nil, time.Second},
		"no reply, big packets":     {ccidsim.Options{MaxPacket: 512}, ccidsim.Silent, smartcard.ErrMute, 4 * time.Second},
		"noise, polled, APDU level": {ccidsim.Options{Level: ccidsim.ExtendedAPDU, NoInterrupt: true}, ccidsim.Noise, devices.ErrLink, 4 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				card, r, sim := connected(t, c.options)
				sim.Inject(c.fault)
				start := time.Now()
				_, err := card.Transmit(t.Context(), selectApplication)
				if !errors.Is(err, c.want) {
					t.Errorf("error %v, want %v", err, c.want)
				}
				if d := time.Since(start); d > c.within {
					t.Errorf("took %v, at most %v", d, c.within)
				}
				if c.fault == ccidsim.Pulled {
					sim.Insert(cardsim.CivilID(smartcardtest.Fahad))
				}
				works(t, r)
			})
		})
	}
}

func TestSlowCardIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		card, _, _ := connected(t, ccidsim.Options{}, cardsim.Slow(20*time.Second))
		if resp, err := card.Transmit(t.Context(), selectApplication); err != nil || resp.SW != smartcard.OK {
			t.Error(resp, err)
		}
	})
}

func TestEndlessTimeExtension(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		card, r, sim := connected(t, ccidsim.Options{}, cardsim.Slow(time.Hour))
		start := time.Now()
		if _, err := card.Transmit(t.Context(), selectApplication); !errors.Is(err, smartcard.ErrMute) {
			t.Error(err)
		}
		if d := time.Since(start); d != 30*time.Second {
			t.Errorf("took %v", d)
		}
		sim.Remove()
		sim.Insert(cardsim.CivilID(smartcardtest.Fahad))
		works(t, r)
	})
}

// A reader that another program holds, or that cannot be used, says so in its status.
func TestStatusFaults(t *testing.T) {
	for name, c := range map[string]struct {
		open transport.PipesOpener
		link devices.Link
		code string
	}{
		"absent": {func(context.Context) (transport.Pipes, error) { return nil, transport.ErrGone }, devices.Absent, ""},
		"busy": {func(context.Context) (transport.Pipes, error) { return nil, fmt.Errorf("no: %w", transport.ErrBusy) },
			devices.Offline, "reader-busy"},
		"no rights": {func(context.Context) (transport.Pipes, error) { return nil, errors.New("no rights") },
			devices.Offline, "reader-failed"},
		"character level": {func(context.Context) (transport.Pipes, error) {
			p, err := ccidsim.New(ccidsim.Options{}).Pipes()
			return characterLevel{p}, err
		}, devices.Offline, "reader-unsupported"},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := ccid.New(c.open, ccid.Options{})
			defer r.Close()
			s, err := r.Status(t.Context())
			if err != nil || s.Link != c.link || (s.Fault == nil) != (c.code == "") || s.Fault != nil && s.Fault.Code != c.code {
				t.Errorf("%s: %+v %v, %v", name, s, s.Fault, err)
			}
			if _, err := r.Connect(t.Context()); !errors.Is(err, devices.ErrLink) {
				t.Errorf("%s: Connect: %v", name, err)
			}
		})
	}
}

type characterLevel struct{ transport.Pipes }

func (c characterLevel) Descriptors() []byte {
	d := c.Pipes.Descriptors()
	d[18+42] = 0 // the level in dwFeatures
	return d
}

// A reader that never answers is reset, given up, and tried again; the driver can
// be closed at any time.
func TestDeadReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var attempts atomic.Int32
		r := ccid.New(func(context.Context) (transport.Pipes, error) {
			attempts.Add(1)
			p, err := ccidsim.New(ccidsim.Options{NoAbort: true}).Pipes()
			return deaf{p}, err
		}, ccid.Options{})
		s, err := r.Status(t.Context())
		if err != nil || s.Link != devices.Offline || s.Fault == nil || s.Fault.Code != "reader-failed" {
			t.Errorf("%+v, %v", s, err)
		}
		time.Sleep(time.Minute)
		if n := attempts.Load(); n < 4 || n > 60 {
			t.Errorf("%d attempts in a minute", n)
		}
		r.Close()
	})
}

// deaf takes messages and answers none.
type deaf struct{ transport.Pipes }

func (deaf) BulkOut(context.Context, []byte) error { return nil }

// The card has power only during a session.
func TestPower(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		card, r, sim := connected(t, ccidsim.Options{})
		if !sim.Powered() {
			t.Error("no power after Connect")
		}
		card.Close()
		if sim.Powered() {
			t.Error("power after the card's Close")
		}
		works(t, r)
		r.Close()
		if sim.Powered() {
			t.Error("power after the reader's Close")
		}
	})
}

// A command that fails or is given up ends the session, and with it the card's power.
func TestPowerAfterFailure(t *testing.T) {
	for name, fail := range map[string]func(c smartcard.Card, r *ccid.Reader, sim *ccidsim.Reader){
		"mute": func(c smartcard.Card, _ *ccid.Reader, sim *ccidsim.Reader) {
			sim.Inject(ccidsim.Silent)
			c.Transmit(context.Background(), selectApplication)
		},
		"given up": func(c smartcard.Card, _ *ccid.Reader, _ *ccidsim.Reader) {
			ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
			defer cancel()
			c.Transmit(ctx, selectApplication)
		},
		"closed": func(c smartcard.Card, r *ccid.Reader, _ *ccidsim.Reader) {
			go c.Transmit(context.Background(), selectApplication)
			synctest.Wait()
			r.Close()
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				card, r, sim := connected(t, ccidsim.Options{}, cardsim.Slow(500*time.Millisecond))
				fail(card, r, sim)
				synctest.Wait()
				if sim.Powered() {
					t.Error("the card has power")
				}
				if !sim.Occupied() {
					t.Error("the card is gone")
				}
			})
		})
	}
}

// A card whose contacts bounce is not there yet.
func TestBounce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, sim := drive(t, ccidsim.Options{})
		states := r.Watch(t.Context())
		if s := <-states; s != smartcard.SlotEmpty {
			t.Error(s)
		}
		for range 3 {
			sim.Insert(cardsim.CivilID(smartcardtest.Fahad))
			time.Sleep(50 * time.Millisecond)
			sim.Remove()
			time.Sleep(20 * time.Millisecond)
		}
		synctest.Wait()
		select {
		case s := <-states:
			t.Errorf("the slot is %q", s)
		default:
		}
	})
}

// A command longer than a message goes in parts, where the reader can take them.
func TestChainedCommand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		long := smartcard.Command{INS: 0xA4, P1: 0x04, P2: 0x0C, Data: make([]byte, 200), Le: -1}
		card, _, _ := connected(t, ccidsim.Options{Level: ccidsim.ExtendedAPDU, MaxMessage: 50})
		if resp, err := card.Transmit(t.Context(), long); err != nil || resp.SW != 0x6A82 {
			t.Error(resp, err)
		}
		card, _, _ = connected(t, ccidsim.Options{MaxMessage: 50})
		if resp, err := card.Transmit(t.Context(), long); err == nil {
			t.Error("sent to a reader that cannot take it", resp)
		}
	})
}

func TestCloseDuringCommand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		card, r, sim := connected(t, ccidsim.Options{}, cardsim.Slow(time.Hour))
		failed := make(chan error)
		go func() {
			_, err := card.Transmit(context.Background(), selectApplication)
			failed <- err
		}()
		synctest.Wait()
		go r.Close()
		if err := <-failed; err == nil {
			t.Error("the command succeeded")
		}
		if err := card.Close(); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if _, err := sim.Pipes(); err != nil {
			t.Errorf("the reader is still claimed: %v", err)
		}
		if _, err := r.Connect(t.Context()); !errors.Is(err, devices.ErrLink) {
			t.Errorf("Connect after Close: %v", err)
		}
	})
}

// log collects messages as text, with the sequence number blanked.
type log struct{ lines []string }

func (l *log) trace(d transport.Direction, frame []byte) {
	s := strings.Split(fmt.Sprintf("% X", frame), " ")
	if len(s) > 6 {
		s[6] = "--"
	}
	l.lines = append(l.lines, string(d)+" "+strings.Join(s, " "))
}

// The bytes of a reading, written down before the code was: T=0 at the TPDU level.
func TestGoldenTranscript(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var host, device log
		sim := ccidsim.New(ccidsim.Options{NoInterrupt: true, Trace: device.trace}) // notices cross the replies
		r := ccid.New(func(context.Context) (transport.Pipes, error) { return sim.Pipes() }, ccid.Options{Trace: host.trace})
		defer r.Close()
		sim.Insert(cardsim.CivilID(smartcardtest.Fahad))
		card, err := r.Connect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		from := len(host.lines)
		for _, c := range []smartcard.Command{selectApplication, selectHolder, readAll} {
			if resp, err := card.Transmit(t.Context(), c); err != nil || resp.SW != smartcard.OK {
				t.Fatal(resp, err)
			}
		}
		want := []string{
			"> 6F 0C 00 00 00 00 -- 00 00 00 00 A4 04 0C 07 F0 4B 57 44 45 56 01",
			"< 80 02 00 00 00 00 -- 00 00 00 90 00",
			"> 6F 07 00 00 00 00 -- 00 00 00 00 A4 02 0C 02 01 01",
			"< 80 02 00 00 00 00 -- 00 00 00 90 00",
			"> 6F 05 00 00 00 00 -- 00 00 00 00 B0 00 00 00",
			"< 80 02 00 00 00 00 -- 00 00 00 6C 4E",
			"> 6F 05 00 00 00 00 -- 00 00 00 00 B0 00 00 4E",
			"< 80 50 00 00 00 00 -- 00 00 00" +
				" E1 4C C1 0C 32 38 38 30 31 32 30 39 38 30 31 32 C2 0F D9 81 D9 87 D8 AF 20 D8 B3 D8 A7 D9 84 D9 85" +
				" C3 0B 46 41 48 41 44 20 53 41 4C 45 4D C4 04 19 88 01 20 C5 04 20 30 01 31 C6 03 4B 57 54 C7 01 4D" +
				" C8 0A 44 45 56 30 30 30 30 30 30 31 90 00",
		}
		if d := cmp.Diff(want, host.lines[from:]); d != "" {
			t.Error(d)
		}
		if d := cmp.Diff(host.lines, device.lines); d != "" {
			t.Errorf("the two ends saw different messages: %s", d)
		}
	})
}

func TestTraceBlanksPIN(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var host log
		sim := ccidsim.New(ccidsim.Options{})
		r := ccid.New(func(context.Context) (transport.Pipes, error) { return sim.Pipes() }, ccid.Options{Trace: host.trace})
		defer r.Close()
		sim.Insert(cardsim.CivilID(smartcardtest.Fahad))
		card, err := r.Connect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		resp, err := card.Transmit(t.Context(), smartcard.Command{INS: 0x20, P2: 0x80, Data: []byte("123456\xFF\xFF"), Le: -1})
		if err != nil || resp.SW != 0x6D00 {
			t.Error(resp, err)
		}
		all := strings.Join(host.lines, "\n")
		if !strings.Contains(all, "00 20 00 80 08 EE EE EE EE EE EE EE EE") || strings.Contains(all, "31 32 33") {
			t.Error(all)
		}
	})
}
