package cabinet

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"murur/devices/transport"
)

// wires writes what crosses each device's wire to DIR/wire/<device>.txt: one line a
// frame, with the seconds since the cabinet was opened, the direction as seen from
// the kiosk (> to the device, < from it) and the bytes in hex.
type wires struct {
	dir   string
	start time.Time
	files []*os.File
}

// trace opens the file of one device; traced is called after each frame.
func (w *wires) trace(device string, traced func()) (transport.Trace, error) {
	f, err := os.Create(filepath.Join(w.dir, device+".txt"))
	if err != nil {
		return nil, fmt.Errorf("cannot trace %s: %w", device, err)
	}
	w.files = append(w.files, f)
	return func(d transport.Direction, frame []byte) {
		at := time.Since(w.start).Seconds()
		line := fmt.Appendf(nil, "%10.6f %c % X\n", at, d, frame)
		f.Write(line) // a full disk shows elsewhere
		traced()
	}, nil
}

func (w *wires) close() {
	for _, f := range w.files {
		f.Close()
	}
}
