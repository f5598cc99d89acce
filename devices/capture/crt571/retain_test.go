package crt571

import (
	"os"
	"testing"
	"testing/synctest"

	"murur/devices"
	"murur/devices/capture"
	"murur/devices/transport/playback"
)

// play runs body against a recording.
func play(t *testing.T, name string, body func(*testing.T, *Unit)) {
	file, err := os.Open("testdata/" + name + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	steps, err := playback.Parse(file)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		u := New(playback.Play(t, steps), Options{})
		defer u.Close()
		body(t, u)
	})
}

// TestRetain plays a visit from testdata that was written by hand from the protocol, not
// recorded from the simulator.
func TestRetain(t *testing.T) {
	play(t, "retain", func(t *testing.T, u *Unit) {
		if err := u.Admit(t.Context()); err != nil {
			t.Fatal(err)
		}
		p, err := u.Capture(t.Context())
		if err != nil || p.Outcome != devices.Confirmed || p.Captured != 8 {
			t.Fatalf("%+v, %v", p, err)
		}
		s, err := u.Status(t.Context())
		if err != nil || !s.Ready() || s.Card != capture.PlaceNone || s.Captured != 8 || s.Supplies[capture.SupplyBin] != devices.LevelFull {
			t.Fatalf("%+v, %v", s, err)
		}
	})
}

// TestLateReplies: a reply that comes too late, or was to another command, is not taken for
// the one that is waited for.
func TestLateReplies(t *testing.T) {
	play(t, "late", func(t *testing.T, u *Unit) {
		s, err := u.Status(t.Context())
		if err != nil || s.Card != capture.PlaceInside || s.Captured != 7 {
			t.Fatalf("%+v, %v", s, err)
		}
	})
}
