package zvt

import "testing"

// BenchmarkStatusInfo is the frame path of a typical approval: the block decoded and
// its fields read, the same APDU encoded again.
func BenchmarkStatusInfo(b *testing.B) {
	apdu := AppendAPDU(nil, MsgStatusInfo, approval()...)
	wire := AppendBlock(nil, apdu)
	out := make([]byte, 0, 2*len(wire))
	var d Decoder
	d.Next(wire) // grows its buffer
	b.SetBytes(int64(2 * len(wire)))
	b.ReportAllocs()
	for b.Loop() {
		if _, e := d.Next(wire); e != EventBlock {
			b.Fatal(e)
		}
		if s, err := ParseStatusInfo(d.APDU().Data()); err != nil || s.Amount != 35_000 {
			b.Fatal(s, err)
		}
		out = AppendBlock(out[:0], d.APDU())
	}
}

func TestFramePathAllocatesNothing(t *testing.T) {
	apdu := AppendAPDU(nil, MsgStatusInfo, approval()...)
	wire := AppendBlock(nil, apdu)
	out := make([]byte, 0, 2*len(wire))
	var d Decoder
	d.Next(wire)
	if n := testing.AllocsPerRun(100, func() {
		d.Next(wire)
		ParseStatusInfo(d.APDU().Data())
		out = AppendBlock(out[:0], d.APDU())
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
