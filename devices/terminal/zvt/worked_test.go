package zvt

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"murur/devices/terminal"
)

func unhex(s string) []byte {
	p, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return p
}

// worked are frames computed independently of this package. Their check sums hold
// bytes that look like ACK, DLE, ETX and STX, and their lengths and amounts need
// doubling.
var worked = []struct {
	name   string
	apdu   []byte
	serial string
}{
	{"F1 registration", AppendRegistration(nil, Registration{Password: "000000", Currency: 414}),
		"10 02 06 00 1D 00 00 00 3E 04 14 03 01 06 13 26 08 0A 02 06 D3 0A 02 04 01 27 03 14 01 FE 1A 02 04 00 10 03 80 0D"},
	{"F2 its completion", AppendAPDU(nil, MsgCompletion, join(
		AppendField(nil, 0x19, 0x10), AppendField(nil, 0x29, 0x40, 0x00, 0x10, 0x27), AppendField(nil, 0x49, 0x04, 0x14),
		AppendField(nil, 0x06, join(AppendTLV(nil, TagCharsets, AppendTLV(nil, TagCharset, 0xFE)...), AppendTLV(nil, TagMaxAPDU, 4, 0))...))...),
		"10 02 06 0F 15 19 10 10 29 40 00 10 10 27 49 04 14 06 09 27 03 14 01 FE 1A 02 04 00 10 03 86 A0"},
	{"F3 status enquiry", AppendAPDU(nil, CmdStatus), "10 02 05 01 00 10 03 10 06"},
	{"F3 its completion", AppendAPDU(nil, MsgCompletion, append([]byte("\xF0\xF0\xF8SIM 1.10"), 0)...),
		"10 02 06 0F 0C F0 F0 F8 53 49 4D 20 31 2E 31 30 00 10 03 19 C5"},
	{"F3 its completion without version", AppendAPDU(nil, MsgCompletion, 0), "10 02 06 0F 01 00 10 03 26 E1"},
	{"F4 payment of 35.000", AppendPayment(nil, Authorisation{Amount: 35_000, Currency: 414}),
		"10 02 06 01 0C 04 00 00 00 03 50 00 49 04 14 19 40 10 03 10 40"},
	{"F5 payment of 1.010 with goods", AppendPayment(nil, Authorisation{Amount: 1_010, Currency: 414, Wait: 90 * time.Second, Holds: 15}),
		"10 02 06 01 10 10 04 00 00 00 00 10 10 10 10 49 04 14 19 40 01 5A 02 0F 10 03 B1 04"},
	{"F6 payment of 41.000", AppendPayment(nil, Authorisation{Amount: 41_000, Currency: 414}),
		"10 02 06 01 0C 04 00 00 00 04 10 10 00 49 04 14 19 40 10 03 03 CC"},
	{"F7 reversal of 7143", AppendAPDU(nil, CmdReverse, AppendField([]byte{0, 0, 0}, 0x87, 0x71, 0x43)...),
		"10 02 06 30 06 00 00 00 87 71 43 10 03 10 03"},
	{"F8 reversal of 1256", AppendAPDU(nil, CmdReverse, AppendField([]byte{0, 0, 0}, 0x87, 0x12, 0x56)...),
		"10 02 06 30 06 00 00 00 87 12 56 10 03 10 02"},
	{"F9 intermediate status", AppendAPDU(nil, MsgIntermediate, AppendField([]byte{0x0A, 0x02}, 0x06,
		AppendTLV(nil, TagDisplay, AppendTLV(nil, TagText, []byte("Insert card")...)...)...)...),
		"10 02 04 FF 13 0A 02 06 0F 24 0D 07 0B 49 6E 73 65 72 74 20 63 61 72 64 10 03 67 16"},
	{"F10 approval", AppendAPDU(nil, MsgStatusInfo, approval()...),
		"10 02 04 0F 52 27 00 04 00 00 00 03 50 00 49 04 14 0B 00 04 12 0C 10 10 15 03 0D 11 03 87 03 11 29 40 00 10 10 27 22 F0 F8 EE EE EE EE EE EE 12 34 3B 41 31 42 32 43 33 00 00 19 70 8B F0 F5 4B 4E 45 54 00 06 13 1F 1F 02 01 37 2F 0C 1F 10 10 01 02 1F 11 01 01 1F 12 01 01 10 03 D2 27"},
	{"F11 decline", AppendAPDU(nil, MsgStatusInfo, join(AppendField(nil, 0x27, 0x33),
		AppendField(nil, 0x04, AppendBCD(nil, 35_000, 6)...), AppendField(nil, 0x49, 0x04, 0x14))...),
		"10 02 04 0F 0C 27 33 04 00 00 00 03 50 00 49 04 14 10 03 ED 7B"},
	{"F11 its abort", AppendAPDU(nil, MsgAborted, 0x33), "10 02 06 1E 01 33 10 03 F6 A2"},
	{"F12 repeat receipt", AppendRepeat(nil, "000000"), "10 02 06 20 05 00 00 00 03 03 10 03 DB 15"},
	{"F13 text block", AppendAPDU(nil, MsgPrintText, textBlock()...),
		"10 02 06 D3 FF 10 10 02 06 82 02 0C 25 82 02 08" + strings.Repeat(" 07 18"+strings.Repeat(" 2D", 24), 20) + " 10 03 61 1B"},
	{"F14 end of day", unhex("04 0F 4D 27 00 04 00 00 00 32 67 50 60 F0 F5 F3 03 01 03 11 00 00 00 00 00 00 00 00 00 00 00 00 00 00 02 00 00 00 04 50 00 00 00 00 00 00 00 00 03 00 00 00 07 12 50 00 00 00 00 00 00 00 06 00 00 00 21 05 00 0B 00 04 13 0C 23 50 00 0D 11 03"),
		"10 02 04 0F 4D 27 00 04 00 00 00 32 67 50 60 F0 F5 F3 03 01 03 11 00 00 00 00 00 00 00 00 00 00 00 00 00 00 02 00 00 00 04 50 00 00 00 00 00 00 00 00 03 00 00 00 07 12 50 00 00 00 00 00 00 00 06 00 00 00 21 05 00 0B 00 04 13 0C 23 50 00 0D 11 03 10 03 72 32"},
	{"F15 payment with a known transaction", AppendPayment(nil, Authorisation{Amount: 35_000, Currency: 414, TLV: AppendTLV(nil, TagUnique, 0x01, 0x37)}),
		"10 02 06 01 13 04 00 00 00 03 50 00 49 04 14 19 40 06 05 1F 1F 02 01 37 10 03 42 82"},
	{"F15 payment with no known transaction", AppendPayment(nil, Authorisation{Amount: 35_000, Currency: 414, TLV: AppendTLV(nil, TagUnique)}),
		"10 02 06 01 11 04 00 00 00 03 50 00 49 04 14 19 40 06 03 1F 1F 00 10 03 67 2F"},
	{"F16 answer with a sequence id", AppendAPDU(nil, AnswerOK, AppendField(nil, 0x06, AppendTLV(nil, TagSequence, 0, 0, 1)...)...),
		"10 02 80 00 08 06 06 1F 73 03 00 00 01 10 03 89 2D"},
	{"80 00", AppendAPDU(nil, AnswerOK), "10 02 80 00 00 10 03 F5 1F"},
	{"84 00", AppendAPDU(nil, AnswerErr), "10 02 84 00 00 10 03 19 6D"},
	{"84 83", AppendAPDU(nil, AnswerErr|codeUnsupported), "10 02 84 83 00 10 03 91 8E"},
	{"84 9C", AppendAPDU(nil, AnswerErr|codePleaseWait), "10 02 84 9C 00 10 03 C3 41"},
	{"84 CC", AppendAPDU(nil, AnswerErr|0xCC), "10 02 84 CC 00 10 03 20 C2"},
	{"84 66", AppendAPDU(nil, AnswerErr|voteNo), "10 02 84 66 00 10 03 8D BE"},
	{"06 0F", AppendAPDU(nil, MsgCompletion), "10 02 06 0F 00 10 03 C6 33"},
	{"06 B0", AppendAPDU(nil, CmdAbort), "10 02 06 B0 00 10 03 43 F3"},
	{"06 02", AppendAPDU(nil, CmdLogOff), "10 02 06 02 00 10 03 B9 CC"},
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func approval() []byte {
	tlv := AppendTLV(nil, TagUnique, 0x01, 0x37)
	tlv = AppendTLV(tlv, TagPayment, join(
		AppendTLV(nil, TagVerified, 0x02), AppendTLV(nil, TagOnline, 0x01), AppendTLV(nil, TagSource, 0x01))...)
	return join(
		AppendField(nil, 0x27, 0x00),
		AppendField(nil, 0x04, AppendBCD(nil, 35_000, 6)...),
		AppendField(nil, 0x49, AppendBCD(nil, 414, 2)...),
		AppendField(nil, 0x0B, AppendBCD(nil, 412, 3)...),
		AppendField(nil, 0x0C, AppendBCD(nil, 101503, 3)...),
		AppendField(nil, 0x0D, AppendBCD(nil, 1103, 2)...),
		AppendField(nil, 0x87, AppendBCD(nil, 311, 2)...),
		AppendField(nil, 0x29, AppendBCD(nil, 40001027, 4)...),
		AppendField(nil, 0x22, unhex("EEEEEEEEEEEE1234")...),
		AppendField(nil, 0x3B, []byte("A1B2C3\x00\x00")...),
		AppendField(nil, 0x19, 0x70),
		AppendField(nil, 0x8B, []byte("KNET\x00")...),
		AppendField(nil, 0x06, tlv...))
}

func textBlock() []byte {
	line := AppendTLV(nil, TagText, bytes.Repeat([]byte("-"), 24)...)
	return AppendField(nil, 0x06, AppendTLV(nil, TagPrint, bytes.Repeat(line, 20)...)...)
}

func TestWorkedFrames(t *testing.T) {
	for _, w := range worked {
		t.Run(w.name, func(t *testing.T) {
			serial := unhex(w.serial)
			if got := AppendBlock(nil, w.apdu); !bytes.Equal(got, serial) {
				t.Errorf("built  % X\nwanted % X", got, serial)
			}
			var whole Decoder
			if n, e := whole.Next(serial); n != len(serial) || e != EventBlock || !bytes.Equal(whole.APDU(), w.apdu) {
				t.Errorf("read %d bytes, event %d: % X", n, e, []byte(whole.APDU()))
			}
			var bytewise Decoder
			for i, b := range serial {
				_, e := bytewise.Next([]byte{b})
				if last := i == len(serial)-1; (e == EventBlock) != last || !last && e != EventNone {
					t.Fatalf("event %d at byte %d", e, i)
				}
			}
			if !bytes.Equal(bytewise.APDU(), w.apdu) || bytewise.Noise() != 0 {
				t.Errorf("bytewise % X, noise %d", []byte(bytewise.APDU()), bytewise.Noise())
			}
		})
	}
}

func TestWorkedMeanings(t *testing.T) {
	data := func(name string) []byte {
		for _, w := range worked {
			if w.name == name {
				return APDU(w.apdu).Data()
			}
		}
		t.Fatal("no frame " + name)
		return nil
	}
	same := func(name string, got, want any, err error) {
		t.Helper()
		if d := cmp.Diff(want, got, cmp.AllowUnexported(StatusInfo{})); d != "" || err != nil {
			t.Errorf("%s: error %v, -want +got\n%s", name, err, d)
		}
	}
	reg, err := ParseRegistered(data("F2 its completion"))
	same("F2", reg, Registered{Status: 0x10, Terminal: "40001027", Currency: 414, Charset: 0xFE}, err)
	st, err := ParseState(data("F3 its completion"))
	same("F3", st, State{Version: "SIM 1.10"}, err)
	st, err = ParseState(data("F3 its completion without version"))
	same("F3 short", st, State{}, err)
	m := ParseIntermediate(data("F9 intermediate status"))
	same("F9", m, Intermediate{Code: 0x0A, Minutes: 2, TLV: unhex("24 0D 07 0B 49 6E 73 65 72 74 20 63 61 72 64")}, nil)

	s, err := ParseStatusInfo(data("F10 approval"))
	same("F10", s, StatusInfo{
		Has:     HasResult | HasAmount | HasCurrency | HasTrace | HasTime | HasDate | HasReceipt | HasTerminal | HasPAN | HasPayment | HasCard,
		Payment: 0x70, Receipt: 311, Date: 1103, Currency: 414, Time: 101503, Terminal: 40001027, Trace: 412, Amount: 35_000,
		PAN: unhex("EEEEEEEEEEEE1234"), Card: []byte("KNET"), Unique: []byte{0x01, 0x37},
	}, err)
	same("F10 mark", s.Mark(), terminal.Mark{Terminal: "40001027", Trace: "000412", Receipt: "0311"}, nil)
	same("F10 PAN", s.MaskedPAN(), "************1234", nil)
	now := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	same("F10 time", s.At(now), time.Date(2025, 11, 3, 10, 15, 3, 0, time.UTC), nil)

	s, err = ParseStatusInfo(data("F11 decline"))
	same("F11", s, StatusInfo{Has: HasResult | HasAmount | HasCurrency, Result: 0x33, Amount: 35_000, Currency: 414}, err)
	s, err = ParseStatusInfo(data("F14 end of day"))
	same("F14", s, StatusInfo{Has: HasResult | HasAmount | HasTrace | HasTime | HasDate, Amount: 326_750, Trace: 413, Time: 235000, Date: 1103, Totals: s.Totals}, err)
	totals, err := ParseTotals(s.Totals)
	same("F14 totals", totals, Totals{First: 301, Last: 311, Groups: [7]Total{2: {2, 45_000}, 4: {3, 71_250}, 6: {6, 210_500}}}, err)
}
