package ccid

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"murur/devices/smartcard"
)

func unhex(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

func TestEncode(t *testing.T) {
	got := request{kind: typeXfrBlock, data: unhex("00A4040009A00000030800001000")}.encode(5)
	if want := unhex("6F 0E 00 00 00 00 05 00 00 00 00A4040009A00000030800001000"); !bytes.Equal(got, want) {
		t.Errorf("got % X", got)
	}
}

func TestDecode(t *testing.T) {
	for name, c := range map[string]struct {
		message string
		slot    slotState
		failed  bool
		data    string
		err     error // of the reply
	}{
		"no card":             {"81 00000000 00 00 02 00 00", slotEmpty, false, "", nil},
		"answer to reset":     {"80 0E000000 00 01 00 00 00 3B6A00008065A20145013D72D643", slotActive, false, "3B6A00008065A20145013D72D643", nil},
		"data of no card":     {"80 0F000000 00 01 42 FE 00 3BD518FF8091FE1FC38073C8211308", slotEmpty, true, "3BD518FF8091FE1FC38073C8211308", smartcard.ErrRemoved},
		"more than announced": {"82 00000000 00 02 00 00 00 000000000000FE", slotActive, false, "", nil},
		"mute":                {"80 00000000 00 03 41 FE 00", slotInactive, true, "", smartcard.ErrMute},
		"not supported":       {"81 00000000 00 03 42 00 00", slotEmpty, true, "", smartcard.ErrRemoved},
		"parity":              {"80 00000000 00 03 40 FD 00", slotActive, true, "", smartcard.ErrMute},
	} {
		a, err := decode(unhex(c.message), 271)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if a.slot() != c.slot || a.failed() != c.failed || !bytes.Equal(a.data, unhex(c.data)) || !errors.Is(a.err(), c.err) {
			t.Errorf("%s: %+v, %v", name, a, a.err())
		}
	}
	for name, s := range map[string]string{
		"empty": "", "half a header": "80 00 00", "too long": "80 06010000 00 00 00 00 00", "huge": "80 FFFFFFFF 00 00 00 00 00",
		"cut": "80 02000000 00 00 00 00 00 90", "not a reply": "6F 00000000 00 00 00 00 00",
	} {
		if _, err := decode(unhex(s), 271); !errors.Is(err, errGarbage) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The rest of a message may be a card's data: an error, which is logged, does not tell them.
func TestGarbageIsNotTold(t *testing.T) {
	if _, err := decode([]byte("FAHAD"), 271); err == nil || strings.Contains(err.Error(), "46 41 48") {
		t.Error(err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := decode(b, 271)
		if err != nil {
			return
		}
		a.err()
		n := int(binary.LittleEndian.Uint32(b[1:]))
		if len(a.data) != n || n > 271-headerLen || !bytes.Equal(a.data, b[headerLen:headerLen+n]) {
			t.Errorf("% X: %+v", b, a)
		}
	})
}

// config is a configuration descriptor: interface, and class descriptor before or
// after an endpoint.
func config(class, protocol byte, behind bool, change func(c []byte)) []byte {
	c := make([]byte, classLen)
	c[0], c[1], c[5], c[6], c[10] = classLen, 0x21, 7, 3, 0xA0
	binary.LittleEndian.PutUint32(c[40:], 0x000100BA)
	binary.LittleEndian.PutUint32(c[44:], 271)
	if change != nil {
		change(c)
	}
	b := append([]byte{9, 2, 0, 0, 1, 1, 0, 0x80, 50}, 9, 4, 2, 0, 1, class, 0, protocol, 0)
	endpoint := []byte{7, 5, 0x82, 2, 64, 0, 0}
	if behind {
		return append(append(b, endpoint...), c...)
	}
	return append(append(b, c...), endpoint...)
}

func TestParseClass(t *testing.T) {
	for _, behind := range []bool{false, true} {
		c, err := parseClass(config(0x0B, 0, behind, nil))
		if err != nil || c.iface != 2 || !c.has(levelTPDU) || c.maxMessage != 271 || !c.has(autoVoltage) {
			t.Errorf("behind the endpoint %v: %+v, %v", behind, c, err)
		}
	}
	for name, b := range map[string][]byte{
		"keyboard":      config(3, 0, false, nil),
		"token":         config(0x0B, 1, false, nil),
		"character":     config(0x0B, 0, false, func(c []byte) { c[42] = 0 }),
		"only T=1":      config(0x0B, 0, false, func(c []byte) { c[6] = 2 }),
		"tiny messages": config(0x0B, 0, false, func(c []byte) { c[44], c[45] = 20, 0 }),
		"cut":           config(0x0B, 0, false, nil)[:40],
		"zero length":   {9, 2, 0, 0, 1, 1, 0, 0x80, 50, 0, 0},
		"another's":     append(config(0x0B, 0, false, nil)[:18], config(3, 0, false, nil)[9:]...),
		"nothing":       nil,
	} {
		if c, err := parseClass(b); !errors.Is(err, errUnsupported) {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
	}
}

func FuzzParseClass(f *testing.F) {
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, err := parseClass(b); err == nil && (c.maxMessage < headerLen+33 || c.maxMessage > 65544) {
			t.Errorf("%+v", c)
		}
	})
}

func TestCommandCases(t *testing.T) {
	data := []byte{0xAA, 0xBB}
	for name, c := range map[string]struct {
		command    smartcard.Command
		tpdu, apdu string
	}{
		"case 1":         {smartcard.Command{INS: 0xA4, Le: -1}, "00A4000000", "00A40000"},
		"case 2":         {smartcard.Command{INS: 0xB0, Le: 16}, "00B0000010", "00B0000010"},
		"case 2, 256":    {smartcard.Command{INS: 0xB0, Le: 256}, "00B0000000", "00B0000000"},
		"case 2, zero":   {smartcard.Command{INS: 0xB0, Le: 0}, "00B0000000", "00B0000000"},
		"case 3":         {smartcard.Command{INS: 0xA4, Data: data, Le: -1}, "00A4000002AABB", "00A4000002AABB"},
		"case 4, no Le!": {smartcard.Command{INS: 0xA4, Data: data, Le: 0}, "00A4000002AABB", "00A4000002AABB00"},
	} {
		if got := tpdu(c.command); !bytes.Equal(got, unhex(c.tpdu)) {
			t.Errorf("%s: TPDU %X", name, got)
		}
		if got := apdu(c.command); !bytes.Equal(got, unhex(c.apdu)) {
			t.Errorf("%s: APDU %X", name, got)
		}
	}
	for _, c := range []smartcard.Command{{INS: 0x61}, {INS: 0x9F}, {INS: 0xA4, Data: make([]byte, 256)}, {INS: 0xB0, Le: 257}, {INS: 0xB0, Le: -2}} {
		if check(c, false) == nil {
			t.Errorf("%+v is sent", c)
		}
	}
}

// What is sent and answered, command by command.
func TestComplete(t *testing.T) {
	for name, c := range map[string]struct {
		command smartcard.Command
		script  []string // "sent=answer"
		want    string   // data and status word
	}{
		"plain":                   {smartcard.Command{INS: 0xB0, Le: 2}, []string{"00B0000002=AABB9000"}, "AABB9000"},
		"wrong length":            {smartcard.Command{INS: 0xB0, Le: 0}, []string{"00B0000000=6C02", "00B0000002=AABB9000"}, "AABB9000"},
		"wrong length, but once":  {smartcard.Command{INS: 0xB0, Le: 0}, []string{"00B0000000=6C02", "00B0000002=6C03"}, "6C03"},
		"more":                    {smartcard.Command{INS: 0xCB, Data: []byte{1}, Le: 0}, []string{"00CB00000101=6102", "00C0000002=AABB6101", "00C0000001=CC9000"}, "AABBCC9000"},
		"more, wrong length":      {smartcard.Command{INS: 0xCB, Data: []byte{1}, Le: 0}, []string{"00CB00000101=6100", "00C0000000=6C02", "00C0000002=AABB9000"}, "AABB9000"},
		"more, of a chained one":  {smartcard.Command{CLA: 0x10, INS: 0xCB, Data: []byte{1}, Le: 0}, []string{"10CB00000101=6101", "00C0000001=AA9000"}, "AA9000"},
		"more, not wanted":        {smartcard.Command{INS: 0xA4, Data: []byte{1}, Le: -1}, []string{"00A400000101=6120"}, "6120"},
		"end of file":             {smartcard.Command{INS: 0xB0, Le: 0}, []string{"00B0000000=AA6282"}, "AA6282"},
		"refused with data field": {smartcard.Command{INS: 0xA4, Data: []byte{1}, Le: 0}, []string{"00A400000101=6C05"}, "6C05"},
	} {
		script := c.script
		resp, err := complete(c.command, func(c smartcard.Command) ([]byte, error) {
			if len(script) == 0 {
				return nil, fmt.Errorf("%X was not expected", tpdu(c))
			}
			sent, answer, _ := strings.Cut(script[0], "=")
			if got := fmt.Sprintf("%X", tpdu(c)); got != sent {
				return nil, fmt.Errorf("sent %s, expected %s", got, sent)
			}
			script = script[1:]
			return unhex(answer), nil
		})
		if got := fmt.Sprintf("%X%v", resp.Data, resp.SW); err != nil || got != c.want || len(script) != 0 {
			t.Errorf("%s: %s, %v, left %q", name, got, err, script)
		}
	}
	rounds := 0
	_, err := complete(smartcard.Command{INS: 0xB0}, func(smartcard.Command) ([]byte, error) {
		rounds++
		return []byte{0x61, 0x00}, nil
	})
	if !errors.Is(err, smartcard.ErrMute) || rounds != maxRounds {
		t.Errorf("endless: %v after %d rounds", err, rounds)
	}
}
