package gtk

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

// accessibility is the bus on which the window tells what it shows, as a screen
// reader sees it.
type accessibility struct {
	session string // address, for the program under test
	bus     *dbus.Conn
}

const (
	atspiRegistry = "org.a11y.atspi.Registry"
	atspiRoot     = dbus.ObjectPath("/org/a11y/atspi/accessible/root")
	accessible    = "org.a11y.atspi.Accessible"
)

// node is one accessible object.
type node struct {
	ref        ref
	Name, Role string
	Enabled    bool
	Checked    bool
}

type ref struct {
	Bus  string
	Path dbus.ObjectPath
}

// startAccessibility starts a session bus and the accessibility bus beside it.
func startAccessibility(t testing.TB, display string) *accessibility {
	t.Helper()
	const launcher = "/usr/libexec/at-spi-bus-launcher"
	if _, err := os.Stat(launcher); err != nil {
		t.Fatalf("at-spi2-core is not installed: run packaging/setup (%v)", err)
	}
	daemon := exec.Command("dbus-daemon", "--session", "--nofork", "--print-address=1")
	daemon.Env = append(withoutDesktop(), "DISPLAY="+display)
	out, err := daemon.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	run(t, daemon)
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("dbus-daemon gives no address: %v", err)
	}
	a := &accessibility{session: strings.TrimSpace(address)}
	at := exec.Command(launcher, "--launch-immediately")
	at.Env = append(withoutDesktop(), "DISPLAY="+display, "DBUS_SESSION_BUS_ADDRESS="+a.session, "XDG_RUNTIME_DIR="+t.TempDir())
	run(t, at)

	session, err := dbus.Connect(a.session)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() })
	within(t, "the accessibility bus", func() bool {
		var bus string
		if err := session.Object("org.a11y.Bus", "/org/a11y/bus").Call("org.a11y.Bus.GetAddress", 0).Store(&bus); err != nil {
			return false
		}
		a.bus, err = dbus.Connect(bus)
		return err == nil
	})
	t.Cleanup(func() { a.bus.Close() })
	return a
}

// run starts cmd and ends it with the test.
func run(t testing.TB, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// Asked kindly, the launcher takes its own children with it.
		_ = cmd.Process.Signal(syscall.SIGTERM)
		hard := time.AfterFunc(5*time.Second, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
		hard.Stop()
	})
}

// within waits for ok, which other processes bring about.
func within(t testing.TB, what string, ok func() bool) {
	t.Helper()
	const patience = 20 * time.Second // a busy machine; usually it takes milliseconds
	for end := time.Now().Add(patience); ; {
		if ok() {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("waited %v for %s", patience, what)
		}
		<-time.After(5 * time.Millisecond)
	}
}

// tree is all that is shown, in reading order; the first node is the window.
func (a *accessibility) tree() []node {
	var all []node
	for _, app := range a.children(ref{atspiRegistry, atspiRoot}) {
		for _, window := range a.children(app) {
			a.walk(window, &all)
		}
	}
	return all
}

func (a *accessibility) walk(r ref, all *[]node) {
	n, shown := a.node(r)
	if !shown {
		return
	}
	*all = append(*all, n)
	for _, c := range a.children(r) {
		a.walk(c, all)
	}
}

func (a *accessibility) children(r ref) (refs []ref) {
	_ = a.bus.Object(r.Bus, r.Path).Call(accessible+".GetChildren", 0).Store(&refs) // gone: none
	return refs
}

// Bits of the AT-SPI state set.
const (
	stateChecked   = 4
	stateSensitive = 24
	stateShowing   = 25
)

func (a *accessibility) node(r ref) (n node, shown bool) {
	obj := a.bus.Object(r.Bus, r.Path)
	n.ref = r
	name, err := obj.GetProperty(accessible + ".Name")
	if err != nil {
		return n, false
	}
	n.Name, _ = name.Value().(string)
	if err := obj.Call(accessible+".GetRoleName", 0).Store(&n.Role); err != nil {
		return n, false
	}
	var state []uint32
	if err := obj.Call(accessible+".GetState", 0).Store(&state); err != nil || len(state) == 0 {
		return n, false
	}
	n.Enabled = state[0]&(1<<stateSensitive) != 0
	n.Checked = state[0]&(1<<stateChecked) != 0
	return n, state[0]&(1<<stateShowing) != 0
}

// find is the enabled control called name.
func (a *accessibility) find(name string) (node, bool) {
	for _, n := range a.tree() {
		if n.Name == name && n.Enabled && (n.Role == "push button" || n.Role == "check box") {
			return n, true
		}
	}
	return node{}, false
}

// press uses the control as assistive software does.
func (a *accessibility) press(n node) error {
	var done bool
	err := a.bus.Object(n.ref.Bus, n.ref.Path).Call("org.a11y.atspi.Action.DoAction", 0, int32(0)).Store(&done)
	if err == nil && !done {
		err = fmt.Errorf("cannot press %q", n.Name)
	}
	return err
}

// middle is the middle of n on the screen.
func (a *accessibility) middle(n node) (x, y int, err error) {
	var box struct{ X, Y, W, H int32 }
	err = a.bus.Object(n.ref.Bus, n.ref.Path).Call("org.a11y.atspi.Component.GetExtents", 0, uint32(0)).Store(&box)
	return int(box.X + box.W/2), int(box.Y + box.H/2), err
}
