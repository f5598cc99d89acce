//go:build vmlab

package guest

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"murur/devices/transport"
	"murur/devices/transport/serial"
)

func TestMain(m *testing.M) {
	if os.Getpid() != 1 {
		fmt.Println("these tests are for the machines of packaging/vmlab: make vmlab")
		return
	}
	if err := start(); err != nil {
		fmt.Println("FAIL", err)
	} else {
		fmt.Println("EXIT", m.Run())
	}
	syscall.Reboot(syscall.LINUX_REBOOT_CMD_POWER_OFF)
}

// start does what an init does.
func start() error {
	for _, fs := range []struct{ kind, at string }{{"proc", "/proc"}, {"sysfs", "/sys"}, {"devtmpfs", "/dev"}, {"tmpfs", "/tmp"}} {
		if err := mount(fs.kind, fs.at); err != nil {
			return err
		}
	}
	var name unix.Utsname
	unix.Uname(&name)
	uptime, _ := os.ReadFile("/proc/uptime")
	fmt.Printf("BOOT Linux %s, up %s s\n", unix.ByteSliceToString(name.Release[:]), strings.Fields(string(uptime))[0])
	modules, _ := os.ReadDir("/modules") // sorted: in the order to load
	for _, m := range modules {
		if err := load(m.Name()); err != nil {
			return fmt.Errorf("cannot load module %s: %w", m.Name(), err)
		}
	}
	if _, err := os.Stat(configfs); err == nil {
		return mount("configfs", configfs)
	}
	return nil
}

func mount(kind, at string) error {
	os.MkdirAll(at, 0o755)
	if err := unix.Mount("none", at, kind, 0, ""); err != nil {
		return fmt.Errorf("cannot mount %s: %w", at, err)
	}
	return nil
}

func load(name string) error {
	f, err := os.Open("/modules/" + name)
	if err != nil {
		return err
	}
	defer f.Close()
	return unix.FinitModule(int(f.Fd()), parameters(name), 0)
}

// parameters takes a module's parameters from the kernel's command line, where
// they stand as name.parameter=value.
func parameters(file string) string {
	_, name, _ := strings.Cut(file, "-")
	line, _ := os.ReadFile("/proc/cmdline")
	var list []string
	for word := range strings.FieldsSeq(string(line)) {
		if p, ok := strings.CutPrefix(word, name+"."); ok {
			list = append(list, p)
		}
	}
	return strings.Join(list, " ")
}

// patience is for whatever a test waits for: an emulated machine beside others is slow.
const patience = 20 * time.Second

// bounded is the test's context with a limit.
func bounded(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

var line struct { // to the host
	transport.Stream
	*bufio.Scanner
}

// order asks the host to do something at the machine's outside, and waits until it
// is done. It goes over the second serial line.
func order(t *testing.T, what string) {
	t.Helper()
	if line.Stream == nil {
		s, err := serial.Open(serial.Config{Name: "/dev/ttyS1", Baud: 115200})(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		line.Stream, line.Scanner = s, bufio.NewScanner(s)
	}
	if _, err := fmt.Fprintln(line, what); err != nil {
		t.Fatal(err)
	}
	if !line.Scan() || line.Text() != "ok" {
		t.Fatalf("order %q: %q %v", what, line.Text(), line.Err())
	}
}

// until looks again and again, until it is done. There is nothing to wait for
// where the kernel only changes files.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	ctx := bounded(t)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%s: not in %v", what, patience)
		}
	}
}
