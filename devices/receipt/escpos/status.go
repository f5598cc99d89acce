package escpos

import (
	"fmt"
	"math/bits"

	"murur/devices"
)

// Requests. Real-time ones are answered at once, also while paper is out.
var (
	askFull  = []byte{0x10, 0x04, 0x14}
	askProbe = []byte{0x1D, 'r', 1}
	clearAll = []byte{0x10, 0x14, 8, 1, 3, 0x14, 1, 6, 2, 8}
)

func askEOT(n byte) []byte { return []byte{0x10, 0x04, n} }

func askProcess(id string) []byte {
	return append([]byte{0x1D, '(', 'H', 6, 0, 0x30, 0x30}, id...)
}

// match tells a reply from other bytes. b is what has come so far, at least one
// byte: ok is false when b cannot begin the reply, n is its length once complete.
type match func(b []byte) (n int, ok bool)

// matchEOT is the one byte of DLE EOT.
func matchEOT(loose bool) match {
	return func(b []byte) (int, bool) { return 1, loose || b[0]&0x93 == 0x12 }
}

// matchFull is 10, a mask and one byte for each bit of it.
func matchFull(b []byte) (int, bool) {
	if b[0] != 0x10 {
		return 0, false
	}
	if len(b) < 2 {
		return 0, true
	}
	if b[1] == 0 || b[1] > 0x3F {
		return 0, false
	}
	if n := 2 + bits.OnesCount8(b[1]); len(b) >= n {
		return n, true
	}
	return 0, true
}

// matchProbe is the one byte of GS r.
func matchProbe(loose bool) match {
	return func(b []byte) (int, bool) { return 1, loose || b[0]&0x90 == 0 }
}

// matchBlock is 37, kind, content, 00.
func matchBlock(kind byte, content string) match {
	want := append(append([]byte{0x37, kind}, content...), 0)
	return func(b []byte) (int, bool) {
		for i := range min(len(b), len(want)) {
			if b[i] != want[i] {
				return 0, false
			}
		}
		if len(b) >= len(want) {
			return len(want), true
		}
		return 0, true
	}
}

// report is one look at the printer.
type report struct {
	fault  *devices.Fault
	paper  devices.Level
	output bool // a paper stands in the output
	motor  bool // paper is moving
}

// Fault codes.
const (
	PaperOut      = "paper-out"
	PaperJam      = "paper-jam"
	CoverOpen     = "cover-open"
	Cutter        = "cutter"
	HeadHot       = "head-hot"
	Voltage       = "voltage"
	PrinterError  = "printer-error"
	Offline       = "offline"
	PaperNotTaken = "paper-not-taken"
)

var remedies = map[string]devices.Remedy{
	PaperOut:      devices.RemedyReplenish,
	PaperJam:      devices.RemedyClear,
	CoverOpen:     devices.RemedyClear,
	Cutter:        devices.RemedyMaintenance,
	HeadHot:       devices.RemedyWait,
	Voltage:       devices.RemedyMaintenance,
	PrinterError:  devices.RemedyMaintenance,
	Offline:       devices.RemedyReset,
	PaperNotTaken: devices.RemedyClear,
}

func fault(code, format string, args ...any) *devices.Fault {
	return &devices.Fault{Code: code, Remedy: remedies[code], Detail: fmt.Sprintf(format, args...)}
}

// bit says what one bit of a status byte means.
type bit struct {
	at   int // byte
	mask byte
	code string
}

// first is the fault of the first bit that is set. The order of a table is the
// order in which a person must act.
func first(table []bit, b []byte) *devices.Fault {
	for _, t := range table {
		if b[t.at]&t.mask != 0 {
			return fault(t.code, "status % X", b)
		}
	}
	return nil
}

// fullBits are those of the four bytes of the full status.
var fullBits = []bit{
	{1, 0x02, CoverOpen}, {1, 0x01, CoverOpen}, {3, 0x02, CoverOpen},
	{2, 0x40, PaperJam},
	{0, 0x01, PaperOut},
	{3, 0x01, Cutter},
	{2, 0x08, Voltage},
	{2, 0x01, HeadHot},
	{3, 0x0C, PrinterError},
}

// decodeFull reads a full status frame of mask 0F; ok is false for another mask.
func decodeFull(frame []byte) (r report, ok bool) {
	if len(frame) != 6 || frame[1] != 0x0F {
		return report{}, false
	}
	b := frame[2:]
	r = report{fault: first(fullBits, b), paper: devices.LevelOK, output: b[0]&0x20 != 0, motor: b[1]&0x08 != 0}
	switch {
	case b[2]&0x40 != 0:
		r.paper = devices.LevelJammed
	case b[0]&0x01 != 0:
		r.paper = devices.LevelOut
	case b[0]&0x44 != 0:
		r.paper = devices.LevelLow
	}
	return r, true
}

// eotBits are those of DLE EOT 1 to 4, at their n.
var eotBits = []bit{
	{2, 0x04, CoverOpen},
	{4, 0x60, PaperOut},
	{3, 0x04, PaperJam}, // recoverable mechanical
	{3, 0x08, Cutter},
	{3, 0x20, PrinterError},
	{3, 0x40, HeadHot}, // or voltage; ends by itself
	{1, 0x08, Offline},
}

// decodeEOT reads the DLE EOT bytes, each at its n; one that was not asked is 0.
func decodeEOT(b [5]byte) report {
	r := report{fault: first(eotBits, b[:]), paper: devices.LevelOK}
	switch {
	case b[4]&0x60 != 0:
		r.paper = devices.LevelOut
	case b[4]&0x0C != 0:
		r.paper = devices.LevelLow
	}
	return r
}
