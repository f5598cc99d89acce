//go:build vmlab

package guest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"murur/devices/transport"
	"murur/devices/transport/usb"
)

// The kernel's printer gadget gives what the host sends to whoever reads this file,
// and what is written there to the host.
const gadgetPrinter = "/dev/g_printer0"

// identity is cut by two bytes in the gadget of Linux 6.1, hence the spaces.
const identity = "MFG:VM lab;MDL:Printer;CLS:PRINTER;"

// printer is the gadget and its far side. The file must not block: a blocked read
// keeps the gadget's lock, and no write comes through.
func printer(t *testing.T) (*gadget, *os.File) {
	t.Helper()
	g := newGadget(t, "printer.0", func(folder string) {
		for name, value := range map[string]string{"pnp_string": identity + "  ", "q_len": "10"} {
			if err := os.WriteFile(filepath.Join(folder, name), []byte(value+"\n"), 0); err != nil {
				t.Fatal(err)
			}
		}
	})
	g.plug()
	return g, inside(t)
}

func inside(t *testing.T) *os.File {
	t.Helper()
	var f *os.File
	until(t, "the host configures the printer", func() bool {
		var err error
		f, err = os.OpenFile(gadgetPrinter, os.O_RDWR|syscall.O_NONBLOCK, 0)
		return err == nil
	})
	t.Cleanup(func() { f.Close() })
	return f
}

// claim opens the printer through the production transport, once it is enumerated.
func claim(t *testing.T) transport.Pipes {
	t.Helper()
	var p transport.Pipes
	until(t, "claim", func() bool {
		var err error
		p, err = usb.Open(usb.Printer)(bounded(t))
		if err != nil && !errors.Is(err, transport.ErrGone) {
			t.Fatal(err)
		}
		return err == nil
	})
	t.Cleanup(func() { p.Close() })
	return p
}

type taken struct {
	b   []byte
	err error
}

// take reads n bytes that come to the printer. The gadget receives only while
// somebody reads.
func take(f *os.File, n int) <-chan taken {
	done := make(chan taken, 1)
	go func() {
		f.SetReadDeadline(time.Now().Add(patience))
		b := make([]byte, n)
		got, err := io.ReadFull(f, b)
		done <- taken{b[:got], err}
	}()
	return done
}

func noise(n int) []byte {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{1}).Read(b)
	return b
}

// The kernel's printer driver has the device first; the claim takes it over, and
// gives it back.
func TestPrinterClaimed(t *testing.T) {
	_, far := printer(t)
	attached := func() bool { _, err := os.Stat("/dev/usb/lp0"); return err == nil }
	until(t, "the kernel's driver has the printer", attached)
	p := claim(t)
	if attached() {
		t.Error("the kernel's driver has it still")
	}
	if p.MaxPacket() != 512 || p.HasInterrupt() {
		t.Errorf("packet %d, interrupt pipe %v", p.MaxPacket(), p.HasInterrupt())
	}
	if _, err := usb.Open(usb.Printer)(bounded(t)); !errors.Is(err, transport.ErrBusy) {
		t.Errorf("second claim: %v", err)
	}

	b := make([]byte, 256)
	n, err := p.Control(bounded(t), 0xA1, 0, 0, 0, b)
	if err != nil || n < 2 || !strings.HasPrefix(string(b[2:n]), identity) {
		t.Errorf("identity %q, %v", b[:n], err)
	}
	for _, status := range []uintptr{0x18, 0x38} { // paper, and none
		raw, err := far.SyscallConn()
		if err != nil {
			t.Fatal(err)
		}
		raw.Control(func(fd uintptr) {
			const setStatus = 0xC0016722 // with the value itself instead of its address
			if _, _, e := unix.Syscall(unix.SYS_IOCTL, fd, setStatus, status); e != 0 {
				t.Error(e)
			}
		})
		if n, err := p.Control(bounded(t), 0xA1, 1, 0, 0, b[:1]); err != nil || n != 1 || b[0] != byte(status) {
			t.Errorf("port status %X: %X, %v", status, b[:n], err)
		}
	}
	if _, err := p.Control(bounded(t), 0x21, 2, 0, 0, nil); err != nil {
		t.Errorf("soft reset: %v", err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	until(t, "the kernel's driver has the printer back", attached)
}

// As many bytes as a licence has, in chunks, each filled up with NULs to whole
// packets or not.
func TestPrinterBytes(t *testing.T) {
	_, far := printer(t)
	p := claim(t)
	sent := noise(1_900_000)
	for i := 100_000; i < len(sent); i += 100_000 {
		clear(sent[i : i+45])
	}
	arrived := take(far, len(sent))
	start := time.Now()
	const chunk = 16 << 10
	for rest := sent; len(rest) > 0; {
		n := min(chunk, len(rest))
		if err := p.BulkOut(bounded(t), rest[:n]); err != nil {
			t.Fatal(err)
		}
		rest = rest[n:]
	}
	r := <-arrived
	if r.err != nil || !bytes.Equal(r.b, sent) {
		t.Fatalf("%d of %d bytes arrived, intact: %v, %v", len(r.b), len(sent), bytes.HasPrefix(sent, r.b), r.err)
	}
	t.Logf("%d bytes intact in %v", len(sent), time.Since(start).Round(time.Millisecond))
}

// A read that ends without an answer does not lose the answer that comes later.
func TestPrinterAnswers(t *testing.T) {
	_, far := printer(t)
	p := claim(t)
	b := make([]byte, 512)
	for range 20 {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		n, err := p.BulkIn(ctx, b)
		cancel()
		if n != 0 || !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("silence: %d bytes, %v", n, err)
		}
		if _, err := far.WriteString("SERIAL 1\x00"); err != nil {
			t.Fatal(err)
		}
		if n, err := p.BulkIn(bounded(t), b); err != nil || string(b[:n]) != "SERIAL 1\x00" {
			t.Fatalf("answer: %q, %v", b[:n], err)
		}
	}
}

// A printer that takes nothing stops the host; what the host was told is sent is
// what arrives.
func TestPrinterBackPressure(t *testing.T) {
	_, far := printer(t)
	p := claim(t)
	sent := noise(1 << 20)
	const chunk = 8 << 10
	accepted := 0
	for {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		err := p.BulkOut(ctx, sent[accepted:accepted+chunk])
		cancel()
		if err != nil {
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Fatal(err)
			}
			break
		}
		accepted += chunk
	}
	if r := <-take(far, accepted); r.err != nil || !bytes.Equal(r.b, sent[:accepted]) {
		t.Fatalf("%d of %d bytes arrived, %v", len(r.b), accepted, r.err)
	}
	if accepted == 0 {
		t.Error("nothing is buffered")
	}
	t.Logf("stopped after %d bytes", accepted)
	says(t, p, far, "more")
}

// says sends a text and sees it arrive.
func says(t *testing.T, p transport.Pipes, far *os.File, text string) {
	t.Helper()
	arrived := take(far, len(text))
	if err := p.BulkOut(bounded(t), []byte(text)); err != nil {
		t.Fatal(err)
	}
	if r := <-arrived; r.err != nil || string(r.b) != text {
		t.Errorf("%q, %v", r.b, r.err)
	}
}

// A pulled cable may show as a broken transfer first.
func TestPrinterUnplugged(t *testing.T) {
	g, far := printer(t)
	p := claim(t)
	ended := make(chan error, 1)
	go func() {
		_, err := p.BulkIn(bounded(t), make([]byte, 512))
		ended <- err
	}()
	far.Close()
	g.unplug()
	if err := <-ended; !errors.Is(err, transport.ErrGone) && !errors.Is(err, transport.ErrStalled) {
		t.Errorf("a read under way: %v", err)
	}
	until(t, "a write says that the printer is gone", func() bool {
		return errors.Is(p.BulkOut(bounded(t), []byte("x")), transport.ErrGone)
	})
	if _, err := usb.Open(usb.Printer)(bounded(t)); !errors.Is(err, transport.ErrGone) {
		t.Errorf("a claim: %v", err)
	}
	p.Close()
	g.plug()
	far = inside(t)
	p = claim(t)
	says(t, p, far, "again")
}

// Close ends what is under way.
func TestPrinterClosed(t *testing.T) {
	_, _ = printer(t)
	p := claim(t)
	started, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		close(started)
		_, err := p.BulkIn(t.Context(), make([]byte, 512))
		ended <- err
	}()
	<-started
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; !errors.Is(err, os.ErrClosed) {
		t.Errorf("%v", err)
	}
}
