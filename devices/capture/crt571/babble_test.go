package crt571

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"murur/devices"
	"murur/devices/capture"
	"murur/devices/transport"
)

// talkative is a unit with a card inside that answers, until it is told to move the card:
// from then on the line never rests.
type talkative struct {
	*io.PipeReader
	out  *io.PipeWriter
	dec  Decoder
	stop chan struct{}
}

func (u *talkative) Write(p []byte) (int, error) {
	if n, e := u.dec.Next(p); n != len(p) || e != EventFrame {
		return len(p), nil
	}
	c := u.dec.Text()
	answer := append([]byte{kindPositive, c[1], c[2]}, "200007"...)
	reply := AppendFrame([]byte{ACK}, 0, answer)
	moves := c[1] == 0x32
	go func() {
		u.out.Write(reply[:5])
		for moves {
			select {
			case <-u.stop:
				return
			case <-time.After(gap / 2):
				u.out.Write([]byte{0xFF})
			}
		}
		u.out.Write(reply[5:])
	}()
	return len(p), nil
}

func (u *talkative) Close() error {
	select {
	case <-u.stop:
	default:
		close(u.stop)
	}
	return errors.Join(u.out.Close(), u.PipeReader.Close())
}

// TestBabble: a line that never rests ends an exchange that nothing else ends.
func TestBabble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var line *talkative
		u := New(func(context.Context) (transport.Stream, error) {
			r, w := io.Pipe()
			line = &talkative{PipeReader: r, out: w, stop: make(chan struct{})}
			return line, nil
		}, Options{})
		defer u.Close()
		if s, err := u.Status(t.Context()); err != nil || s.Card != capture.PlaceInside || s.Captured != 7 {
			t.Fatalf("%+v, %v", s, err)
		}
		ended := make(chan capture.Proof, 1)
		go func() {
			p, _ := u.Capture(t.Context())
			ended <- p
		}()
		select {
		case p := <-ended:
			if p.Outcome == devices.Confirmed {
				t.Errorf("%+v", p)
			}
		case <-time.After(10 * time.Minute):
			t.Error("a capture without end")
			line.Close()
		}
	})
}
