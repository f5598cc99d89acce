package evolis

import (
	"bytes"
	"context"
	"testing"
	"time"

	"murur/devices/cardprinter"
	"murur/devices/transport"
)

// mouth is a printer that says what it was told to, in pieces, whatever it is asked.
type mouth struct {
	transport.Pipes
	says [][]byte
}

func (m *mouth) MaxPacket() int { return 64 }

func (m *mouth) BulkOut(context.Context, []byte) error { return nil }

func (m *mouth) BulkIn(ctx context.Context, p []byte) (int, error) {
	if len(m.says) == 0 {
		return 0, context.DeadlineExceeded
	}
	n := copy(p, m.says[0])
	if m.says[0] = m.says[0][n:]; len(m.says[0]) == 0 {
		m.says = m.says[1:]
	}
	return n, nil
}

// FuzzReplies feeds what a printer says to the reader of replies and to all that
// interpret them: it must end, never find a fault without a remedy, and never take an
// odd text for a fact.
func FuzzReplies(f *testing.F) {
	f.Add([]byte("OK\x00"), uint8(1))
	f.Add([]byte("\r\n4,92 Volts\r\n"), uint8(3))
	f.Add([]byte("ERR  RIB DETECTION\x00123\x00"), uint8(64))
	f.Add([]byte("8C000000 02800081 09000000 00000000 80000100 00010000 0001\x00"), uint8(20))
	f.Fuzz(func(t *testing.T, data []byte, size uint8) {
		m := &mouth{}
		for b := data; len(b) > 0; {
			n := min(len(b), int(size)+1)
			m.says, b = append(m.says, bytes.Clone(b[:n])), b[n:]
		}
		m.says = append(m.says, []byte{0}) // nobody waits for a silence
		l := &link{pipes: m, trace: func(transport.Direction, []byte) {}}
		for len(m.says) > 0 {
			reply, err := l.reply(t.Context(), time.Hour)
			if err != nil {
				continue
			}
			if len(reply) > maxReply+256 || bytes.ContainsAny([]byte(reply), "\x00\r\n") {
				t.Fatalf("reply %q", reply)
			}
			if fault := refusal(reply); fault != nil && (fault.Code == "" || fault.Remedy == "") {
				t.Fatalf("%+v", fault)
			}
			v, ok := volts(reply)
			if seen := sensed(reply); seen != cardprinter.SeenUnknown && (!ok || v >= dark && v < light) {
				t.Fatalf("%q is %s", reply, seen)
			}
			if seen := printPosition(reply, false); seen == cardprinter.SeenNone && !bytes.Contains(bytes.ToUpper([]byte(reply)), []byte("N")) {
				t.Fatalf("%q is no card", reply)
			}
			if count(reply) < -1 || errorMode(reply) < -1 {
				t.Fatalf("%q counts", reply)
			}
			if w, err := ParseStatusWords(reply); err == nil {
				w.Fault()
				w.Supplies()
			}
		}
	})
}
