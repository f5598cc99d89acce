package zvt

import (
	"bytes"
	"encoding/hex"
	"testing"
)

func TestCRCIsKermit(t *testing.T) {
	if got := crc16(0, []byte("123456789")); got != 0x2189 {
		t.Errorf("check value %04X, want 2189", got)
	}
}

func TestDecoder(t *testing.T) {
	ok := "10 02 80 00 00 10 03 F5 1F"
	for _, c := range []struct {
		name   string
		in     string
		events []Event
		apdu   string // of the last block
		noise  int
	}{
		{"ACK and block in one read", "06 " + ok, []Event{EventAck, EventBlock}, "80 00 00", 0},
		{"NAK", "15", []Event{EventNak}, "", 0},
		{"two blocks", ok + " 06 10 02 05 01 00 10 03 10 06", []Event{EventBlock, EventAck, EventBlock}, "05 01 00", 0},
		{"noise around", "00 FF 10 55 " + ok + " 41", []Event{EventBlock}, "80 00 00", 5},
		{"one bit of the check sum", "10 02 80 00 00 10 03 F5 1E", []Event{EventBad}, "", 0},
		{"check sum bytes swapped", "10 02 80 00 00 10 03 1F F5", []Event{EventBad}, "", 0},
		{"check sum of the other XMODEM", "10 02 80 00 00 10 03 5B ED", []Event{EventBad}, "", 0},
		{"after a bad one", "10 02 80 00 00 10 03 F5 1E " + ok, []Event{EventBad, EventBlock}, "80 00 00", 0},
		{"length too large", block("80 00 01"), []Event{EventBad}, "", 0},
		{"length too small", block("80 00 00 00"), []Event{EventBad}, "", 0},
		{"long length cut short", block("06 D3 FF 01"), []Event{EventBad}, "", 0},
		{"no header", block("80 00"), []Event{EventBad}, "", 0},
		{"empty", block(""), []Event{EventBad}, "", 0},
		{"a new start inside a block", "10 02 04 FF 01 " + ok, []Event{EventBlock}, "80 00 00", 0},
		{"unfinished", "10 02 80 00", nil, "", 0},
		{"broken framing swallows the rest", "10 02 80 10 41 " + ok, nil, "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, step := range []int{1, 2, 1 << 20} {
				var d Decoder
				var events []Event
				var last []byte
				for in := unhex(c.in); len(in) > 0; in = in[min(step, len(in)):] {
					for p := in[:min(step, len(in))]; len(p) > 0; {
						n, e := d.Next(p)
						p = p[n:]
						if e != EventNone {
							events = append(events, e)
						}
						if e == EventBlock {
							last = append([]byte(nil), d.APDU()...)
						}
					}
				}
				if !bytes.Equal(bytesOf(events), bytesOf(c.events)) || !bytes.Equal(last, unhex(c.apdu)) || d.Noise() != c.noise {
					t.Errorf("step %d: events %v, apdu % X, noise %d", step, events, last, d.Noise())
				}
			}
		})
	}
}

// block is the serial block that carries p, sound but for what p says.
func block(p string) string { return hex.EncodeToString(AppendBlock(nil, unhex(p))) }

func bytesOf(events []Event) (p []byte) {
	for _, e := range events {
		p = append(p, byte(e))
	}
	return p
}

func TestEndlessBlockIsGivenUp(t *testing.T) {
	var d Decoder
	d.Next([]byte{dle, stx})
	junk := bytes.Repeat([]byte{0x41}, 4096)
	for range 2 * MaxAPDU / len(junk) {
		if _, e := d.Next(junk); e != EventNone {
			t.Fatalf("event %d", e)
		}
	}
	if len(d.buf) > MaxAPDU || d.Idle() {
		t.Errorf("kept %d bytes, idle %v", len(d.buf), d.Idle())
	}
	d.Reset()
	if _, e := d.Next(AppendBlock(nil, AppendAPDU(nil, AnswerOK))); e != EventBlock {
		t.Error("the next block is not seen")
	}
}

func TestLongLengths(t *testing.T) {
	for _, n := range []int{0, 1, 0xFE, 0xFF, 0x100, 0x210, 0xFFFF} {
		a := APDU(AppendAPDU(nil, MsgPrintText, bytes.Repeat([]byte{dle}, n)...))
		var d Decoder
		if _, e := d.Next(AppendBlock(nil, a)); e != EventBlock || len(d.APDU().Data()) != n || d.APDU().Command() != MsgPrintText {
			t.Errorf("%d bytes: event %d, %d bytes back", n, e, len(d.APDU().Data()))
		}
	}
}
