package escpos

import (
	"testing"

	"murur/devices"
	"murur/devices/transport"
)

func TestFullStatus(t *testing.T) {
	for _, c := range []struct {
		name          string
		b             [4]byte
		code          string
		paper         devices.Level
		output, motor bool
	}{
		{"idle", [4]byte{}, "", devices.LevelOK, false, false},
		{"ticket out, roll low", [4]byte{0x24}, "", devices.LevelLow, true, false},
		{"virtual end", [4]byte{0x40}, "", devices.LevelLow, false, false},
		{"paper out", [4]byte{0x05}, PaperOut, devices.LevelOut, false, false},
		{"jam", [4]byte{0, 0, 0x40}, PaperJam, devices.LevelJammed, false, false},
		{"head up", [4]byte{0, 0x01}, CoverOpen, devices.LevelOK, false, false},
		{"cover", [4]byte{0x01, 0x02}, CoverOpen, devices.LevelOut, false, false},
		{"motor", [4]byte{0, 0x08}, "", devices.LevelOK, false, true},
		{"head hot", [4]byte{0, 0, 0x01}, HeadHot, devices.LevelOK, false, false},
		{"voltage", [4]byte{0, 0, 0x08}, Voltage, devices.LevelOK, false, false},
		{"cutter", [4]byte{0, 0, 0, 0x01}, Cutter, devices.LevelOK, false, false},
		{"cutter cover", [4]byte{0, 0, 0, 0x02}, CoverOpen, devices.LevelOK, false, false},
		{"memory", [4]byte{0, 0, 0, 0x08}, PrinterError, devices.LevelOK, false, false},
	} {
		r, ok := decodeFull(append([]byte{0x10, 0x0F}, c.b[:]...))
		check(t, c.name, r, ok, c.code, c.paper)
		if r.output != c.output || r.motor != c.motor {
			t.Errorf("%s: %+v", c.name, r)
		}
	}
	for _, bad := range [][]byte{nil, {0x10, 0x0F, 0, 0, 0}, {0x10, 0x07, 0, 0, 0, 0}} {
		if _, ok := decodeFull(bad); ok {
			t.Errorf("% X was taken for a full status", bad)
		}
	}
}

func TestDLEEOT(t *testing.T) {
	for _, c := range []struct {
		name  string
		b     [5]byte
		code  string
		paper devices.Level
	}{
		{"fine", [5]byte{0, 0x12, 0x12, 0x12, 0x12}, "", devices.LevelOK},
		{"low", [5]byte{0, 0x12, 0x12, 0x12, 0x1E}, "", devices.LevelLow},
		{"out", [5]byte{0, 0x1A, 0x32, 0x12, 0x72}, PaperOut, devices.LevelOut},
		{"low and out", [5]byte{0, 0x1A, 0x32, 0x12, 0x7E}, PaperOut, devices.LevelOut},
		{"out, loose bits", [5]byte{0, 0, 0, 0, 0x6C}, PaperOut, devices.LevelOut},
		{"cover", [5]byte{0, 0x1A, 0x16, 0x12, 0x12}, CoverOpen, devices.LevelOK},
		{"cutter", [5]byte{0, 0x1A, 0x52, 0x1A, 0x12}, Cutter, devices.LevelOK},
		{"head", [5]byte{0, 0x1A, 0x52, 0x52, 0x12}, HeadHot, devices.LevelOK},
		{"unrecoverable", [5]byte{0, 0x1A, 0x52, 0x32, 0x12}, PrinterError, devices.LevelOK},
		{"offline, no reason", [5]byte{0, 0x1A, 0x12, 0x12, 0x12}, Offline, devices.LevelOK},
	} {
		check(t, c.name, decodeEOT(c.b), true, c.code, c.paper)
	}
}

func check(t *testing.T, name string, r report, ok bool, code string, paper devices.Level) {
	t.Helper()
	got := ""
	if r.fault != nil {
		got = r.fault.Code
		if r.fault.Remedy == "" {
			t.Errorf("%s: no remedy", name)
		}
	}
	if !ok || got != code || r.paper != paper {
		t.Errorf("%s: ok %t, fault %q, paper %s; want %q, %s", name, ok, got, r.paper, code, paper)
	}
}

// Replies of different kinds are told apart by what is asked, and a broken byte
// never costs more than itself.
func TestTake(t *testing.T) {
	l := &link{trace: func(transport.Direction, []byte) {}}
	l.buf = []byte{0xFF, 0x37, 0x22, '0', '0', '2', 'R', 0, 0x12}
	l.ordered = matchBlock(0x22, "002R") // 2 and R look like DLE EOT replies
	if got := l.take(matchEOT(false)); len(got) != 1 || got[0] != 0x12 || string(l.answer[2:6]) != "002R" || l.strays != 1 {
		t.Errorf("got % X, answer % X, %d strays", got, l.answer, l.strays)
	}
	l = &link{trace: func(transport.Direction, []byte) {}, buf: []byte{0x10, 0x0F, 0x20, 0, 0}}
	if got := l.take(matchFull); got != nil || len(l.buf) != 5 {
		t.Errorf("half a frame: got % X", got)
	}
	l.buf = append(l.buf, 0)
	if got := l.take(matchFull); len(got) != 6 {
		t.Errorf("whole frame: got % X", got)
	}
}
