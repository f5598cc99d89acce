// Package xvfb starts a display in memory (Xvfb) for machines without a monitor:
// for tests and for the command that draws the contact sheets.
package xvfb

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// Display is a running Xvfb.
type Display struct {
	Name string // ":7", for the environment variable DISPLAY
	cmd  *exec.Cmd
}

// ErrMissing says that the program is not installed.
var ErrMissing = errors.New("cannot find the program Xvfb: run packaging/setup")

// Start starts a display of the given size on the first free number. It is ready
// when Start returns.
func Start(width, height int) (*Display, error) {
	path, err := exec.LookPath("Xvfb")
	if err != nil {
		return nil, ErrMissing
	}
	ready, number, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("cannot start Xvfb: %w", err)
	}
	defer ready.Close()
	size := fmt.Sprintf("%dx%dx24", width, height)
	cmd := exec.Command(path, "-displayfd", "3", "-screen", "0", size, "-nolisten", "tcp", "-noreset")
	cmd.ExtraFiles = []*os.File{number}
	if err := cmd.Start(); err != nil {
		number.Close()
		return nil, fmt.Errorf("cannot start Xvfb: %w", err)
	}
	number.Close()
	// Xvfb writes its number when it accepts connections, or ends without a word.
	line, err := bufio.NewReader(ready).ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("cannot start Xvfb: it ended at once: %w", cmd.Wait())
	}
	return &Display{Name: ":" + strings.TrimSpace(line), cmd: cmd}, nil
}

// Close ends the display.
func (d *Display) Close() {
	_ = d.cmd.Process.Kill() // it may have ended by itself
	_ = d.cmd.Wait()
}
