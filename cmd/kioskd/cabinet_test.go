package main

import (
	"bytes"
	"strings"
	"testing"
)

// A pin that this machine does not have is a mistake of whoever set the kiosk up, and
// is said in words.
func TestUnknownPin(t *testing.T) {
	var out bytes.Buffer
	path := settings(t, t.TempDir(), `driver = "none"                 # "gpio"`, `driver = "gpio" # "gpio"`, `"GPIO17"`, `"NO_SUCH_PIN"`)
	code := run(t.Context(), path, false, &out)
	if want := `kioskd: cannot open the cabinet: cannot find pin "NO_SUCH_PIN"`; code != exitFailed || !strings.Contains(out.String(), want) {
		t.Errorf("exit %d, said %q", code, out.String())
	}
}
