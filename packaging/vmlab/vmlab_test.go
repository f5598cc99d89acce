//go:build vmlab

package vmlab

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// lab is what all machines share.
type lab struct {
	kernel *kernel
	guest  string // the program that is the guest's first and only process
	why    string // there is no lab
	err    error  // it should be there, but is broken
}

var work string // folder of this run

func TestMain(m *testing.M) {
	var err error
	if work, err = os.MkdirTemp("", "vmlab-"); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(work)
	os.Exit(code)
}

var prepare = sync.OnceValue(func() *lab {
	l := &lab{guest: filepath.Join(work, "guest")}
	devices, err := output(exec.Command("qemu-system-x86_64", "-device", "help"))
	switch {
	case err != nil:
		l.why = err.Error()
		return l
	case !strings.Contains(string(devices), `"usb-ccid"`) || !strings.Contains(string(devices), `"ccid-card-passthru"`):
		l.why = "this QEMU has no smart card reader"
		return l
	}
	if l.kernel, err = fetchKernel(); err != nil {
		l.why = err.Error()
		return l
	}
	_, l.err = output(exec.Command("go", "test", "-c", "-tags", "vmlab", "-ldflags", "-s -w", "-o", l.guest, "./guest"))
	return l
})

// prepared returns the lab, or skips the test with the reason why there is none.
func prepared(t *testing.T) *lab {
	t.Helper()
	start := time.Now()
	l := prepare()
	if l.err != nil {
		t.Fatal(l.err)
	}
	if l.why != "" {
		t.Skip(l.why)
	}
	if took := time.Since(start); took > time.Second {
		qemu, _ := output(exec.Command("qemu-system-x86_64", "--version"))
		libusb, _ := output(exec.Command("pkg-config", "--modversion", "libusb-1.0"))
		version, _, _ := strings.Cut(string(qemu), "\n")
		t.Logf("prepared in %.1f s: %s, %s, libusb %s", took.Seconds(), version, l.kernel.image, libusb)
	}
	return l
}

// folder is a machine's own; the path of a socket in it must stay short.
func folder(t *testing.T) string {
	dir, err := os.MkdirTemp(work, "machine-")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestReader: QEMU's own card reader, with our simulated cards behind it.
func TestReader(t *testing.T) {
	t.Parallel()
	m := &machine{
		modules: []string{"xhci-pci"},
		run:     "^TestReader",
		dir:     folder(t),
		devices: []string{"-device", "qemu-xhci,id=usb", "-chardev", "socket,id=slot,path=slot,server=on,wait=off"},
	}
	s := &slot{m: m}
	m.obey = s.obey
	m.boot(t)
}

// TestEmulatedCard: a card that is not ours, of certificates, by libcacard; reader
// and card are there when the kernel starts.
func TestEmulatedCard(t *testing.T) {
	t.Parallel()
	prepared(t)
	dir := folder(t)
	database := "sql:" + dir
	certificates := exec.Command("bash", "-c", `set -euo pipefail
		head -c 64 /dev/urandom >noise
		certutil -N -d "$0" --empty-password
		n=1
		for name in id-cert signing-cert encryption-cert; do
			certutil -S -d "$0" -s "CN=Lab $name" -n $name -x -t ,, -m $n -z noise
			n=$((n + 1))
		done`, database)
	certificates.Dir = dir
	if _, err := output(certificates); err != nil {
		t.Skip(err)
	}
	m := &machine{
		modules: []string{"xhci-pci"},
		run:     "^TestEmulatedCard",
		dir:     dir,
		devices: []string{"-device", "qemu-xhci,id=usb", "-device", "usb-ccid,bus=usb.0",
			"-device", "ccid-card-emulated,backend=certificates,db=" + database + ",cert1=id-cert,cert2=signing-cert,cert3=encryption-cert"},
	}
	m.boot(t)
}

// TestPrinter: the kernel's own printer gadget on its loopback controller.
func TestPrinter(t *testing.T) {
	t.Parallel()
	m := &machine{
		modules: []string{"dummy_hcd", "usb_f_printer", "usblp"},
		run:     "^TestPrinter",
		dir:     folder(t),
	}
	m.boot(t)
}

// TestSimulator: our own simulated reader as a device of the kernel's loopback
// controller, at full speed as real readers are.
func TestSimulator(t *testing.T) {
	for name, run := range map[string]string{"T0": "^TestSimulatorT0", "T1": "^TestSimulator(T1|SlowBlocks)", "faults": "^TestSimulator(Readers|Faults)"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := &machine{
				modules: []string{"dummy_hcd", "usb_f_fs"},
				args:    "dummy_hcd.is_high_speed=0",
				run:     run,
				dir:     folder(t),
			}
			m.boot(t)
		})
	}
}
