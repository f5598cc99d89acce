package crt571

import (
	"bytes"
	"testing"
)

// FuzzDecoder: however the bytes are cut, the same frames come out, each of them as it was
// sent; and a reply is read or refused.
func FuzzDecoder(f *testing.F) {
	f.Add(AppendFrame([]byte{ACK}, 0, []byte("\x50\x31\x30200")), byte(3))
	f.Fuzz(func(t *testing.T, data []byte, cut byte) {
		frames := func(chunk int) (events []Event, list [][]byte) {
			var d Decoder
			for rest := data; len(rest) > 0; {
				p := rest[:min(chunk, len(rest))]
				n, e := d.Next(p)
				if n < 1 || n > len(p) {
					t.Fatalf("used %d of %d bytes", n, len(p))
				}
				rest = rest[n:]
				switch e {
				case EventNone:
					continue
				case EventFrame:
					if !bytes.Equal(AppendFrame(nil, d.Address(), d.Text()), d.Frame()) || !d.Idle() {
						t.Fatalf("% X is no frame", d.Frame())
					}
					list = append(list, bytes.Clone(d.Frame()))
					r, err := parseReply(d.Text())
					if err == nil && r.code != "" {
						faultOf(&refusal{askStatus, r.code})
					}
				}
				events = append(events, e)
			}
			return events, list
		}
		whole, a := frames(len(data) + 1)
		pieces, b := frames(int(cut)%7 + 1)
		if len(whole) != len(pieces) || len(a) != len(b) {
			t.Fatalf("%v in one, %v in pieces", whole, pieces)
		}
		for i := range whole {
			if whole[i] != pieces[i] {
				t.Fatalf("%v in one, %v in pieces", whole, pieces)
			}
		}
		for i := range a {
			if !bytes.Equal(a[i], b[i]) {
				t.Fatalf("% X in one, % X in pieces", a[i], b[i])
			}
		}
	})
}
