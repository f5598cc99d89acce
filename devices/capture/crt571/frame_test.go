package crt571

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"murur/devices"
	"murur/devices/capture"
)

func unhex(t testing.TB, s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The check sums are worked out by hand.
func TestFrames(t *testing.T) {
	for _, c := range []struct {
		address byte
		c       command
		want    string
	}{
		{0, askStatus, "F2 00 00 03 43 31 30 03 B0"},
		{0, initialise, "F2 00 00 03 43 30 33 03 B2"},
		{0, initialiseCount, "F2 00 00 03 43 30 37 03 B6"},
		{0, moveBin, "F2 00 00 03 43 32 33 03 B0"},
		{0, moveOut, "F2 00 00 03 43 32 39 03 BA"},
		{0, openGate, "F2 00 00 03 43 33 30 03 B2"},
		{0, closeGate, "F2 00 00 03 43 33 31 03 B3"},
		{15, askCounter, "F2 0F 00 03 43 A5 30 03 2B"},
		{0, clearCounter, "F2 00 00 06 43 A5 31 30 30 30 03 10"},
	} {
		if got := AppendFrame(nil, c.address, c.c.text()); !bytes.Equal(got, unhex(t, c.want)) {
			t.Errorf("%s: % X, want %s", c.c, got, c.want)
		}
	}
}

func TestDecoder(t *testing.T) {
	const status = "F2 00 00 06 50 31 30 32 30 31 03 95"
	for _, c := range []struct {
		name, in string
		want     []Event
		idle     bool
	}{
		{"acknowledged and answered", "06" + status, []Event{EventACK, EventFrame}, true},
		{"control bytes", "15 04 06", []Event{EventNAK, EventEOT, EventACK}, true},
		{"noise before", "00 FF 03" + status, []Event{EventFrame}, true},
		{"two", status + status, []Event{EventFrame, EventFrame}, true},
		{"control bytes inside", "F2 00 00 03 06 15 04 03 E5", []Event{EventFrame}, true},
		{"cut off", status[:20], nil, false},
		{"check sum", strings.Replace(status, "95", "94", 1) + "06", nil, false},
		{"no end", "F2 00 00 03 43 31 30 02 B1 06", nil, false},
		{"no text", "F2 00 00 00 03 F1 06", nil, false},
		{"endless", "F2 00 FF FF 06 06 06 06", nil, false},
	} {
		var d Decoder
		var got []Event
		for p := unhex(t, c.in); len(p) > 0; {
			n, e := d.Next(p)
			if p = p[n:]; e != EventNone {
				got = append(got, e)
			}
		}
		if len(got) != len(c.want) || d.Idle() != c.idle {
			t.Errorf("%s: %v, idle %t", c.name, got, d.Idle())
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%s: %v, want %v", c.name, got, c.want)
			}
		}
		d.Reset()
		if _, e := d.Next(unhex(t, status)); e != EventFrame {
			t.Errorf("%s: no frame after a reset", c.name)
		}
	}
}

func TestReplies(t *testing.T) {
	r, err := parseReply([]byte("\x50\x31\x302010123"))
	if err != nil || r.cm != 0x31 || r.pm != 0x30 || r.code != "" || string(r.st[:]) != "201" || string(r.data) != "0123" {
		t.Errorf("%+v, %v", r, err)
	}
	for _, text := range []string{"\x45\x32\x3310", "\x4E\x32\x3310"} {
		if r, err := parseReply([]byte(text)); err != nil || r.code != "10" || r.cm != 0x32 {
			t.Errorf("%+v, %v", r, err)
		}
	}
	for _, text := range []string{"", "\x50", "\x50\x31\x3020", "\x45\x31\x301", "\x43\x31\x30000"} {
		if r, err := parseReply([]byte(text)); err == nil {
			t.Errorf("%q: %+v", text, r)
		}
	}
}

// TestCodes: every code of the family is a thing in the gate, a chip's, or a fault with a
// remedy, and one that nobody knows is a fault too.
func TestCodes(t *testing.T) {
	for _, code := range strings.Fields("00 01 02 03 04 05 10 12 13 14 16 40 41 43 45 50 51 60 61 62 65 66 67 68 69 A0 A1 B0 7Z") {
		err := error(&refusal{moveBin, code})
		f, object := faultOf(err), objectOf(err)
		known := 0
		if f != nil {
			known++
			if f.Code == "" || f.Remedy == "" || f.Detail == "" {
				t.Errorf("%s: %+v", code, f)
			}
		}
		if object != nil {
			known++
		}
		if chip[code] != "" {
			known++
		}
		if known != 1 {
			t.Errorf("%s: %v, %v, %q", code, f, object, chip[code])
		}
	}
}

func TestCount(t *testing.T) {
	for digits, want := range map[string]int{"000": 0, "007": 7, "999": 999, "12": 12, "": -1, "0x1": -1, "1234567": -1, " 12": -1} {
		n, ok := count([]byte(digits))
		if ok != (want >= 0) || ok && n != want {
			t.Errorf("%q: %d, %t", digits, n, ok)
		}
	}
}

// TestJudge: which facts prove what.
func TestJudge(t *testing.T) {
	held := capture.State{Card: capture.PlaceInside, Captured: 4}
	gone := reply{st: [3]byte{'0', '0', '0'}}
	after := func(at capture.Place, n int) capture.State { return capture.State{Card: at, Captured: n} }
	for _, c := range []struct {
		name  string
		r     reply
		moved error
		after capture.State
		want  devices.Outcome
	}{
		{"all three", gone, nil, after(capture.PlaceNone, 5), devices.Confirmed},
		{"not counted", gone, nil, after(capture.PlaceNone, 4), devices.Unknown},
		{"counted twice", gone, nil, after(capture.PlaceNone, 6), devices.Unknown},
		{"counter unreadable", gone, nil, after(capture.PlaceNone, -1), devices.Unknown},
		{"said to be inside", reply{st: [3]byte{'2', '0', '0'}}, nil, after(capture.PlaceNone, 5), devices.Unknown},
		{"seen inside afterwards", gone, nil, after(capture.PlaceInside, 5), devices.Unknown},
		{"in the gate", gone, nil, after(capture.PlaceGate, 4), devices.Unknown},
		{"no reply, but counted", reply{}, errLost, after(capture.PlaceNone, 5), devices.Unknown},
		{"no reply, still inside", reply{}, errLost, after(capture.PlaceInside, 4), devices.Refused},
		{"refused, still inside", reply{code: "10"}, fault(CardJam, ""), after(capture.PlaceInside, 4), devices.Refused},
		{"refused, nothing seen", reply{code: "10"}, fault(CardJam, ""), after(capture.PlaceNone, 4), devices.Unknown},
		{"refused, status unknown", reply{code: "10"}, fault(CardJam, ""), after(capture.PlaceUnknown, -1), devices.Unknown},
		{"done, still inside", gone, nil, after(capture.PlaceInside, 4), devices.Refused},
	} {
		if p := judge(c.r, c.moved, held, c.after); p.Outcome != c.want || p.Evidence == "" {
			t.Errorf("%s: %+v, want %s", c.name, p, c.want)
		}
	}
}
