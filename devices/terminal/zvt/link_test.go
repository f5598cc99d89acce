package zvt

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"murur/devices"
	"murur/devices/transport"
)

// far is the terminal's end of a line, played by hand.
type far struct {
	t *testing.T
	net.Conn
}

func (f far) expect(want string) {
	f.t.Helper()
	got := make([]byte, len(unhex(want)))
	if _, err := io.ReadFull(f, got); err != nil || !bytes.Equal(got, unhex(want)) {
		f.t.Errorf("got % X, %v\nwant %s", got, err, want)
	}
}

func (f far) say(p string) {
	f.t.Helper()
	if _, err := f.Write(unhex(p)); err != nil {
		f.t.Error(err)
	}
}

// onLine runs body in virtual time with a link and its far end.
func onLine(t *testing.T, framing Framing, body func(t *testing.T, l link, f far)) {
	synctest.Test(t, func(t *testing.T) {
		kiosk, end := net.Pipe()
		defer end.Close()
		timers := Options{}.withDefaults().Timers
		var l link
		if framing == TCP {
			l = newTCPLink(kiosk, timers, nil)
		} else {
			l = newSerialLink(kiosk, timers, nil)
		}
		defer l.shut()
		body(t, l, far{t, end})
	})
}

var (
	okBlock  = block("80 00 00")
	guide    = block("04 FF 01 0A")
	enquiry  = AppendAPDU(nil, CmdStatus)
	enquired = block("05 01 00")
)

func TestGapInsideABlock(t *testing.T) {
	onLine(t, Serial, func(t *testing.T, l link, f far) {
		go func() {
			f.say("10 02 80 00")
			start := time.Now()
			f.expect("15")
			if d := time.Since(start); d != 200*time.Millisecond {
				t.Errorf("NAK after %v", d)
			}
			f.say(okBlock)
			f.expect("06")
		}()
		if a, err := l.recv(nil, time.Minute); err != nil || !a.Positive() {
			t.Errorf("% X, %v", []byte(a), err)
		}
	})
}

func TestThreeTransmissions(t *testing.T) {
	onLine(t, Serial, func(t *testing.T, l link, f far) {
		go func() {
			f.expect(enquired)
			f.say("15")
			f.expect(enquired)
			f.expect(enquired) // after T2
		}()
		start := time.Now()
		err := l.send(nil, enquiry)
		if !errors.Is(err, errNoAck) || !errors.Is(err, devices.ErrLink) || time.Since(start) != 10*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

func TestRefusedThreeTimes(t *testing.T) {
	onLine(t, Serial, func(t *testing.T, l link, f far) {
		go func() {
			for range 3 {
				f.expect(enquired)
				f.say("15")
			}
		}()
		if err := l.send(nil, enquiry); !errors.Is(err, errRefused) {
			t.Error(err)
		}
	})
}

// A block can be glued to the awaited ACK, come instead of it, or come from before.
func TestBlocksAroundTheAck(t *testing.T) {
	t.Run("glued", func(t *testing.T) {
		onLine(t, Serial, func(t *testing.T, l link, f far) {
			go func() {
				f.expect(enquired)
				f.say("06" + okBlock)
				f.expect("06")
			}()
			if err := l.send(nil, enquiry); err != nil {
				t.Error(err)
			}
			if a, err := l.recv(nil, time.Second); err != nil || !a.Positive() {
				t.Errorf("% X, %v", []byte(a), err)
			}
		})
	})
	t.Run("instead", func(t *testing.T) {
		onLine(t, Serial, func(t *testing.T, l link, f far) {
			go func() {
				f.expect(enquired)
				f.say(guide) // a late one: no answer to the enquiry
				f.expect("06")
				f.say(okBlock)
				f.expect("06")
			}()
			if err := l.send(nil, enquiry); err != nil {
				t.Error(err)
			}
			for _, want := range []Command{MsgIntermediate, AnswerOK} {
				if a, err := l.recv(nil, time.Second); err != nil || a.Command() != want {
					t.Errorf("% X, %v; want %v", []byte(a), err, want)
				}
			}
		})
	})
	t.Run("before", func(t *testing.T) {
		onLine(t, Serial, func(t *testing.T, l link, f far) {
			f.say("06") // a late ACK: not of what follows
			synctest.Wait()
			go func() {
				f.expect(enquired)
				f.expect(enquired) // T2 later
				f.say("06")
			}()
			if err := l.send(nil, enquiry); err != nil {
				t.Error(err)
			}
		})
	})
}

func TestDamagedBlocksAreGivenUp(t *testing.T) {
	onLine(t, Serial, func(t *testing.T, l link, f far) {
		go func() {
			for range 3 {
				f.say("10 02 80 00 00 10 03 F5 1E")
				f.expect("15")
			}
		}()
		if _, err := l.recv(nil, time.Minute); !errors.Is(err, errDamaged) {
			t.Error(err)
		}
	})
}

func TestSegments(t *testing.T) {
	onLine(t, TCP, func(t *testing.T, l link, f far) {
		long := AppendAPDU(nil, MsgPrintText, textBlock()...)
		go func() {
			f.say("80 00 00 04 FF 01") // one and a half
			f.say("0A")
			for i := range long {
				f.Write(long[i : i+1])
			}
			f.say("80")
		}()
		for _, want := range []Command{AnswerOK, MsgIntermediate, MsgPrintText} {
			if a, err := l.recv(nil, time.Second); err != nil || a.Command() != want || a.Check() != nil {
				t.Errorf("% X, %v; want %v", []byte(a), err, want)
			}
		}
		start := time.Now()
		if _, err := l.recv(nil, time.Hour); !errors.Is(err, errTrickle) || time.Since(start) != 5*time.Second {
			t.Errorf("half a message: %v after %v", err, time.Since(start))
		}
	})
}

func TestStuckWriteEnds(t *testing.T) {
	onLine(t, Serial, func(t *testing.T, l link, f far) {
		start := time.Now()
		if err := l.send(nil, enquiry); !errors.Is(err, devices.ErrLink) || time.Since(start) != 5*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

// registered plays the registration of a driver that has just opened its link.
func (f far) registered() {
	f.t.Helper()
	f.expect(block("06 00 1D 00 00 00 3E 04 14 03 01 06 13 26 08 0A 02 06 D3 0A 02 04 01 27 03 14 01 FE 1A 02 04 00"))
	f.say("06" + okBlock)
	f.expect("06")
	f.tell("06 0F 00", "80 00 00")
}

// tell sends a message and expects the kiosk's answer.
func (f far) tell(apdu, answer string) {
	f.t.Helper()
	f.say(block(apdu))
	f.expect("06" + block(answer))
	f.say("06")
}

// TestStrayMessages is what an idle kiosk answers.
func TestStrayMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kiosk, end := net.Pipe()
		defer end.Close()
		d := New(func(context.Context) (transport.Stream, error) { return kiosk, nil }, Options{})
		defer d.Close()
		f := far{t, end}
		done := make(chan struct{})
		go func() {
			defer close(done)
			f.registered()
			f.expect(enquired)
			f.say("06" + okBlock)
			f.expect("06")
			f.tell("06 0F 01 00", "80 00 00")
		}()
		if st, err := d.Status(t.Context()); err != nil || !st.Ready() {
			t.Fatalf("%+v, %v", st, err)
		}
		<-done
		f.tell("04 FF 01 0E", "80 00 00")
		f.tell("04 01 08 AA 26 03 01 0C 10 15 03", "80 00 00")
		f.tell("06 D1 03 00 48 69", "80 00 00")
		f.tell("06 D3 00", "80 00 00")
		f.tell("04 0D 00", "84 83 00")
		f.tell("04 0F 02 27 33", "80 00 00")                                           // nothing to vote on
		f.tell("04 0F 0C 27 00 04 00 00 00 02 00 00 49 04 14", "84 66 00")             // nobody is there to save it
		f.tell("04 0F 03 C0 27 00", "84 66 00")                                        // not even readable
		f.tell("04 0F 10 27 00 04 00 00 00 02 00 00 49 04 14 37 00 04 12", "80 00 00") // a reversal
		f.tell("06 0F 00", "80 00 00")
	})
}
