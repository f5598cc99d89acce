package escpos

import (
	"testing"

	"murur/devices"
	"murur/devices/transport"
)

// FuzzReplies feeds a printer's bytes to the decoder in every mode: it must end, use
// up or keep every byte, and never find a fault without a remedy.
func FuzzReplies(f *testing.F) {
	f.Add([]byte{0x10, 0x0F, 0x24, 0, 0, 0}, byte(0))
	f.Add([]byte{0x12, 0x1A, 0x72, 0x7E}, byte(1))
	f.Add([]byte{0x37, 0x22, '0', '0', '0', '1', 0}, byte(2))
	f.Fuzz(func(t *testing.T, data []byte, mode byte) {
		m := []match{matchFull, matchEOT(false), matchEOT(true), matchProbe(false), matchProbe(true), nil}[mode%6]
		l := &link{buf: data, trace: func(transport.Direction, []byte) {}}
		if mode&0x80 != 0 {
			l.ordered = matchBlock(0x22, "0001")
		}
		left := len(data)
		for {
			frame := l.take(m)
			if frame == nil {
				break
			}
			if left -= len(frame); left < 0 || len(frame) == 0 {
				t.Fatal("a frame out of nothing")
			}
			var r report
			if len(frame) == 6 {
				r, _ = decodeFull(frame)
			} else {
				r = decodeEOT([5]byte{0, frame[0], frame[0], frame[0], frame[0]})
			}
			if r.fault != nil && (r.fault.Code == "" || r.fault.Remedy == "") {
				t.Fatalf("fault %+v", r.fault)
			}
			if r.paper == devices.Level("") && len(frame) == 1 {
				t.Fatal("no word about paper")
			}
		}
		if len(l.buf) > 0 && m == nil && l.ordered == nil {
			t.Fatal("bytes kept for nobody")
		}
	})
}
