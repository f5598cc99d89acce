//go:build vmlab

package vmlab

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// limit is for all tests of a machine, which take some ten seconds.
const limit = 3 * time.Minute

// machine is what one test wants to be run.
type machine struct {
	modules []string                 // of the kernel
	args    string                   // for the kernel: parameters of its modules
	run     string                   // the guest's tests, as a regular expression
	devices []string                 // of QEMU; a socket's path is given relative to dir
	dir     string                   // for sockets and logs; below 80 bytes
	obey    func(order string) error // does what the guest asks for; nil: it asks for nothing
	monitor *monitor                 // valid while obey runs
}

// boot starts the machine, waits for its end and judges what its console shows.
func (m *machine) boot(t *testing.T) {
	l := prepared(t)
	var list []module
	for _, name := range m.modules {
		var err error
		if list, err = l.kernel.load(list, name); err != nil {
			t.Skip(err)
		}
	}
	root, err := initramfs(l.guest, list)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(m.dir, "root"), root, 0o644); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if err := m.start(t, l); err != nil {
		t.Error(err)
	}
	took := time.Since(start)
	log, _ := os.ReadFile(filepath.Join(m.dir, "console"))
	verdict(t, string(log))
	t.Logf("the machine ran for %.1f s", took.Seconds())
}

// start runs QEMU until it ends. QEMU connects to our sockets, so there is nothing
// to wait for.
func (m *machine) start(t *testing.T, l *lab) error {
	ctx, cancel := context.WithTimeout(t.Context(), limit+20*time.Second)
	defer cancel()
	var sockets [2]net.Listener
	for i, name := range []string{"monitor", "orders"} {
		var err error
		if sockets[i], err = net.Listen("unix", filepath.Join(m.dir, name)); err != nil {
			return err
		}
		defer sockets[i].Close()
	}
	qemu := exec.CommandContext(ctx, "qemu-system-x86_64",
		"-accel", "tcg", "-machine", "q35", "-cpu", "qemu64", "-m", "512", "-nodefaults", "-display", "none", "-no-reboot",
		"-kernel", l.kernel.image, "-initrd", "root",
		"-append", "console=ttyS0 quiet loglevel=3 panic=-1 random.trust_cpu=on mitigations=off tsc=reliable "+m.args+
			" -- -test.v -test.timeout="+limit.String()+" -test.run="+m.run,
		"-serial", "file:console",
		"-chardev", "socket,id=orders,path=orders", "-serial", "chardev:orders",
		"-qmp", "unix:monitor")
	qemu.Args = append(qemu.Args, m.devices...)
	qemu.Dir = m.dir
	qemu.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	ended := make(chan error, 1)
	go func() {
		_, err := output(qemu)
		for _, s := range sockets {
			s.Close()
		}
		ended <- err
	}()

	c, err := sockets[0].Accept()
	if err != nil {
		return <-ended
	}
	defer c.Close()
	if m.monitor, err = newMonitor(c); err != nil {
		cancel()
		return errors.Join(err, <-ended)
	}
	orders, err := sockets[1].Accept()
	if err != nil {
		return <-ended
	}
	defer orders.Close()
	for s := bufio.NewScanner(orders); s.Scan(); {
		answer := "ok"
		if err := m.obey(s.Text()); err != nil {
			answer = err.Error()
			t.Errorf("%s: %v", s.Text(), err)
		}
		fmt.Fprintln(orders, answer)
	}
	return <-ended
}

var broken = regexp.MustCompile(`Kernel panic|Oops|BUG:|WARNING:|FAIL`)

// verdict reads the console: QEMU's own exit status is 0 whatever happened inside.
func verdict(t *testing.T, console string) {
	var said strings.Builder
	for line := range strings.Lines(strings.ReplaceAll(console, "\r", "")) {
		if !strings.HasPrefix(line, "=== ") { // a test begins
			said.WriteString(line)
		}
	}
	t.Logf("the console:\n%s", said.String())
	if s := said.String(); !strings.Contains(s, "--- PASS") || !strings.Contains(s, "\nEXIT 0\n") || broken.MatchString(s) {
		t.Error("the console does not show a good end")
	}
}

// monitor is QEMU's monitor, by which devices come and go.
type monitor struct {
	to   *json.Encoder
	from *json.Decoder
}

type said struct {
	Return *json.RawMessage
	Error  *struct{ Desc string }
	Event  string
	Data   struct{ Device string }
}

func newMonitor(c net.Conn) (*monitor, error) {
	m := &monitor{json.NewEncoder(c), json.NewDecoder(c)}
	var greeting said
	if err := m.from.Decode(&greeting); err != nil {
		return nil, err
	}
	return m, m.do("qmp_capabilities", nil)
}

// do runs a command. A device that is deleted is gone when do returns.
func (m *monitor) do(command string, arguments map[string]any) error {
	if arguments == nil {
		arguments = map[string]any{}
	}
	if err := m.to.Encode(map[string]any{"execute": command, "arguments": arguments}); err != nil {
		return err
	}
	for returned, deleted := false, command != "device_del"; !returned || !deleted; {
		var s said
		if err := m.from.Decode(&s); err != nil {
			return err
		}
		switch {
		case s.Error != nil:
			return fmt.Errorf("cannot %s %v: %s", command, arguments, s.Error.Desc)
		case s.Return != nil:
			returned = true
		case s.Event == "DEVICE_DELETED" && s.Data.Device == arguments["id"]:
			deleted = true
		}
	}
	return nil
}
