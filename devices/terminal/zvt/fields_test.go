package zvt

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"murur/devices/terminal"
)

// TestEveryBitmapIsSkipped puts each known bitmap before a field that must be found.
func TestEveryBitmapIsSkipped(t *testing.T) {
	known := 0
	for n := range 256 {
		form := fieldForm[n]
		size := int(form)
		if form == unknownField {
			continue
		}
		known++
		if form >= berField {
			size = 37
		}
		data := AppendField(nil, byte(n), bytes.Repeat([]byte{0xFE}, size)...)
		data = AppendField(data, 0x27, 0x33)
		f := ReadFields(data)
		if !f.Next() || f.Number() != byte(n) || len(f.Value()) != size || !f.Next() || f.Number() != 0x27 || f.Next() || f.Err() != nil {
			t.Errorf("bitmap %02X: %v", n, f.Err())
		}
		for cut := 1; cut < len(data)-2; cut++ {
			f := ReadFields(data[:cut])
			for f.Next() {
			}
			if !errors.Is(f.Err(), ErrField) {
				t.Errorf("bitmap %02X cut to %d bytes: %v", n, cut, f.Err())
			}
		}
	}
	if known != 76 { // 74 of the bitmap chapter, 4C, 92
		t.Errorf("%d bitmaps are known", known)
	}
}

func TestStatusInfoOddities(t *testing.T) {
	amount := AppendField(nil, 0x04, AppendBCD(nil, 20_000, 6)...)
	for _, c := range []struct {
		name    string
		data    []byte
		has     StatusField
		err     error
		unknown byte
	}{
		{"unknown bitmap after the amount", append(amount[:7:7], 0xC0, 1, 2), HasAmount, nil, 0xC0},
		{"unknown bitmap first", append([]byte{0xC0}, amount...), 0, nil, 0xC0},
		{"amount is no BCD", unhex("04 00 00 00 0A 00 00 27 00"), HasResult, ErrField, 0},
		{"two amounts", join(amount, AppendField(nil, 0x04, AppendBCD(nil, 1, 6)...)), 0, ErrField, 0},
		{"three amounts", join(amount, AppendField(nil, 0x04, AppendBCD(nil, 1, 6)...), amount), 0, ErrField, 0},
		{"the same amount twice", join(amount, amount), HasAmount, nil, 0},
		{"no receipt number", unhex("87 FF FF"), 0, nil, 0},
		{"broken container", unhex("27 00 06 03 1F 1F 05"), HasResult, ErrField, 0},
		{"length byte is no digit", unhex("27 00 8B F0 FA 41"), HasResult, ErrField, 0},
	} {
		s, err := ParseStatusInfo(c.data)
		var unknown UnknownBitmapError
		errors.As(err, &unknown)
		if s.Has != c.has || byte(unknown) != c.unknown || c.unknown == 0 && !errors.Is(err, c.err) {
			t.Errorf("%s: has %b, error %v", c.name, s.Has, err)
		}
	}
	long, err := ParseStatusInfo(unhex("06 07 1F 2B 04 01 23 45 67 0B 00 00 00"))
	if err != nil || long.Trace != 1_234_567 {
		t.Errorf("long trace %d, %v", long.Trace, err)
	}
}

func TestMasking(t *testing.T) {
	for in, want := range map[string]string{
		"22 F0 F8 45 39 12 34 56 78 12 34":          "22 F0 F8 EE EE EE EE EE EE 12 34",
		"22 F0 F5 45 39 12 12 3F":                   "22 F0 F5 EE EE E2 12 3F", // five digits are left: the last four are 2 1 2 3
		"27 00 23 F0 F3 12 34 56":                   "27 00 23 F0 F3 EE EE EE",
		"06 05 1F 08 02 12 34":                      "06 05 1F 08 02 EE EE",
		"27 00 C0 45 39 12 34 56 78 12 34":          "27 00 C0 EE EE EE EE EE EE EE EE",
		"04 00 00 00 02 00 00 49 04 14 0B 00 04 12": "04 00 00 00 02 00 00 49 04 14 0B 00 04 12",
	} {
		a := APDU(AppendAPDU(nil, MsgStatusInfo, unhex(in)...))
		before := append([]byte(nil), a...)
		if got := masked(a); !bytes.Equal(got.Data(), unhex(want)) || !bytes.Equal(a, before) {
			t.Errorf("%s\n got % X\nwant %s", in, got.Data(), want)
		}
	}
	s := StatusInfo{PAN: unhex("45 39 12 34 56 78 12 3F")}
	if got := s.MaskedPAN(); got != "***********8123" {
		t.Errorf("unmasked card is shown as %s", got)
	}
}

func TestClock(t *testing.T) {
	at := func(date uint16, clock uint32, now time.Time) time.Time {
		s := StatusInfo{Has: HasDate | HasTime, Date: date, Time: clock}
		return s.At(now)
	}
	utc := time.UTC
	newYear := time.Date(2027, 1, 1, 0, 0, 5, 0, utc)
	if got := at(1231, 235959, newYear); !got.Equal(time.Date(2026, 12, 31, 23, 59, 59, 0, utc)) {
		t.Errorf("last second of the year read as %v", got)
	}
	if got := at(229, 120000, time.Date(2025, 3, 1, 0, 0, 0, 0, utc)); !got.Equal(time.Date(2024, 2, 29, 12, 0, 0, 0, utc)) {
		t.Errorf("leap day read as %v", got)
	}
	for _, bad := range []struct {
		date  uint16
		clock uint32
	}{{1332, 0}, {0, 0}, {101, 250000}, {231, 0}} {
		if got := at(bad.date, bad.clock, newYear); !got.IsZero() {
			t.Errorf("%04d %06d read as %v", bad.date, bad.clock, got)
		}
	}
}

func TestTags(t *testing.T) {
	deep := AppendTLV(nil, 0x1F80, 0xAA) // listed as two bytes, against BER
	deep = AppendTLV(deep, 0xDF01, bytes.Repeat([]byte{1}, 0x80)...)
	deep = AppendTLV(deep, 0xFF8101, bytes.Repeat([]byte{2}, 0x100)...)
	deep = AppendTLV(deep, TagUnique)
	var got []Tag
	r := ReadTLV(deep)
	for r.Next() {
		got = append(got, r.Tag())
	}
	want := []Tag{0x1F80, 0xDF01, 0xFF8101, TagUnique}
	if r.Err() != nil || len(got) != len(want) {
		t.Fatalf("tags %X, error %v", got, r.Err())
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("tag %X, want %X", got[i], want[i])
		}
	}
	for _, bad := range []string{"07", "07 05 41", "07 80", "07 83 00 00 01 41", "1F", "1F FF FF FF FF 00", "07 81", "07 82 01"} {
		r := ReadTLV(unhex(bad))
		for r.Next() {
		}
		if r.Err() != ErrTLV {
			t.Errorf("%s: %v", bad, r.Err())
		}
	}
}

func TestUnnumberedFields(t *testing.T) {
	for _, c := range []struct {
		in   string
		want State
		ok   bool
	}{
		{"F0", State{Status: 0xF0}, true},
		{"F6", State{Status: 0xF6}, true},
		{"F0 F0 F2 31 00 9C", State{Version: "1", Status: 0x9C}, true},
		{"F0 F0 F9 31 30 00", State{Status: 0xF0}, true}, // the length does not fit
		{"9C 06 02 45 00", State{Status: 0x9C}, true},
		{"", State{}, false},
	} {
		if got, err := ParseState(unhex(c.in)); got != c.want || (err == nil) != c.ok {
			t.Errorf("state %s: %+v, %v", c.in, got, err)
		}
	}
	for _, c := range []struct {
		in      string
		code    byte
		minutes int
		tlv     string
	}{
		{"0A", 0x0A, 0, ""},
		{"0E 06", 0x0E, 6, ""},
		{"0E 06 03 14 01 FE", 0x0E, 0, "14 01 FE"}, // 06 is the container here
		{"0E 05 06 03 14 01 FE", 0x0E, 5, "14 01 FE"},
		{"0E 1F", 0x0E, 0, ""},
		{"", 0xFF, 0, ""},
	} {
		m := ParseIntermediate(unhex(c.in))
		if m.Code != c.code || m.Minutes != c.minutes || !bytes.Equal(m.TLV, unhex(c.tlv)) {
			t.Errorf("04 FF %s: %+v", c.in, m)
		}
	}
}

func TestCodes(t *testing.T) {
	for code, want := range map[byte]terminal.Reason{
		0x05: terminal.ReasonDeclined, 0x33: terminal.ReasonFunds, 0x37: terminal.ReasonPIN, 0x4B: terminal.ReasonPIN,
		0x36: terminal.ReasonCard, 0x78: terminal.ReasonCard, 0x6C: terminal.ReasonCancelled, 0x5B: terminal.ReasonLine,
		0xA3: terminal.ReasonLine, 0x6F: terminal.ReasonUnavailable, 0xFF: terminal.ReasonUnavailable, 0x76: terminal.ReasonDeclined,
	} {
		if got := Reason(code); got != want {
			t.Errorf("code %02X is %s, want %s", code, got, want)
		}
	}
	for code, want := range map[byte]terminal.Guidance{
		0x0A: terminal.GuideInsertCard, 0x4A: terminal.GuideWait, 0x01: terminal.GuideEnterPIN, 0x15: terminal.GuideWrongPIN,
		0x0B: terminal.GuideRemoveCard, 0x55: terminal.GuideRemoveCard, 0x1C: terminal.GuideWait, 0x1D: terminal.GuideDeclined,
		0x05: terminal.GuideUndoing, 0x45: terminal.GuideUndoing, 0xFF: terminal.GuideWait, 0x99: terminal.GuideWait,
	} {
		if got := Guide(code); got != want {
			t.Errorf("situation %02X is %s, want %s", code, got, want)
		}
	}
}
