package bench

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"murur/devices/transport"
)

// frame is one line of a wire trace.
type frame struct {
	at    time.Time
	dir   transport.Direction
	bytes []byte
}

// readWire reads a trace; its times count from began.
func readWire(path string, began time.Time) ([]frame, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var frames []frame
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		fields := strings.SplitN(strings.TrimSpace(lines.Text()), " ", 3)
		if len(fields) != 3 {
			continue // the tail of a frame without bytes
		}
		at, err := strconv.ParseFloat(fields[0], 64)
		if err != nil {
			return nil, fmt.Errorf("cannot read %s: %w", path, err)
		}
		bytes, err := hex.DecodeString(strings.ReplaceAll(fields[2], " ", ""))
		if err != nil {
			return nil, fmt.Errorf("cannot read %s: %w", path, err)
		}
		frames = append(frames, frame{began.Add(time.Duration(at * float64(time.Second))), transport.Direction(fields[1][0]), bytes})
	}
	return frames, lines.Err()
}

// lists are the times from each card's ATR to the list that followed, less the time
// that the simulated reader and card took for their answers.
func lists(reader []frame, shown []time.Time) []time.Duration {
	var took []time.Duration
	for i, f := range reader {
		if !isATR(f) {
			continue
		}
		next := slices.IndexFunc(shown, func(t time.Time) bool { return t.After(f.at) })
		if next < 0 {
			break
		}
		end := shown[next]
		later := slices.IndexFunc(reader[i+1:], isATR)
		if later >= 0 && reader[i+1+later].at.Before(end) {
			continue // this card had no list
		}
		var card time.Duration
		var asked time.Time
		for _, g := range reader[i+1:] {
			switch {
			case g.at.After(end):
			case g.dir == transport.ToDevice:
				asked = g.at
			case !asked.IsZero():
				card += g.at.Sub(asked)
				asked = time.Time{}
			}
		}
		took = append(took, end.Sub(f.at)-card)
	}
	return took
}

// isATR finds the DataBlock that brings an ATR: TS is direct or inverse convention.
func isATR(f frame) bool {
	return f.dir == transport.FromDevice && len(f.bytes) > 12 && f.bytes[0] == 0x80 && (f.bytes[10] == 0x3B || f.bytes[10] == 0x3F)
}

// receipts are the times from each approval on the terminal's wire to the first byte
// of the receipt that followed it; questions for the printer's status are no receipt.
func receipts(terminal, printer []frame) []time.Duration {
	var took []time.Duration
	next := 0
	for i, f := range terminal {
		if !isResult(f) {
			continue
		}
		end := len(terminal)
		if n := slices.IndexFunc(terminal[i+1:], isResult); n >= 0 {
			end = i + 1 + n
		}
		for ; next < len(printer) && (printer[next].at.Before(f.at) || !isPrint(printer[next])); next++ {
		}
		if next == len(printer) {
			break
		}
		if end < len(terminal) && printer[next].at.After(terminal[end].at) {
			continue // a refusal: nothing was printed
		}
		took = append(took, printer[next].at.Sub(f.at))
	}
	return took
}

// isResult finds the status information 04 0F in its serial block.
func isResult(f frame) bool {
	return f.dir == transport.FromDevice && len(f.bytes) > 4 && f.bytes[0] == 0x10 && f.bytes[1] == 0x02 && f.bytes[2] == 0x04 && f.bytes[3] == 0x0F
}

// isPrint finds what moves or marks paper: neither a real-time question nor a probe.
func isPrint(f frame) bool {
	return f.dir == transport.ToDevice && len(f.bytes) > 0 && f.bytes[0] != 0x10
}
