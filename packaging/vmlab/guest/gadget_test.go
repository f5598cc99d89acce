//go:build vmlab

package guest

import (
	"os"
	"path/filepath"
	"testing"
)

const configfs = "/sys/kernel/config"

// gadget is a USB device that the kernel plays itself, at the far end of its
// loopback controller. Format: Documentation/usb/gadget_configfs.rst.
type gadget struct {
	t    *testing.T
	path string
}

// newGadget describes a device with one function; configure gets the function's
// folder. Nothing is plugged in yet.
func newGadget(t *testing.T, function string, configure func(folder string)) *gadget {
	t.Helper()
	g := &gadget{t, filepath.Join(configfs, "usb_gadget", "lab")}
	folder := filepath.Join(g.path, "functions", function)
	for _, dir := range []string{g.path, g.path + "/strings/0x409", folder, g.path + "/configs/c.1"} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	g.write("idVendor", "0x1d6b")
	g.write("idProduct", "0x0104")
	g.write("strings/0x409/product", "VM lab")
	configure(folder)
	link := g.path + "/configs/c.1/" + function
	if err := os.Symlink(folder, link); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		g.unplug()
		for _, path := range []string{link, g.path + "/configs/c.1", folder, g.path + "/strings/0x409", g.path} {
			if err := os.Remove(path); err != nil {
				t.Error(err)
			}
		}
	})
	return g
}

func (g *gadget) write(attribute, value string) {
	g.t.Helper()
	if err := os.WriteFile(filepath.Join(g.path, attribute), []byte(value+"\n"), 0); err != nil {
		g.t.Fatal(err)
	}
}

func (g *gadget) plug() { g.t.Helper(); g.write("UDC", "dummy_udc.0") }

// unplug is good also when nothing is plugged in.
func (g *gadget) unplug() { os.WriteFile(filepath.Join(g.path, "UDC"), []byte("\n"), 0) }
