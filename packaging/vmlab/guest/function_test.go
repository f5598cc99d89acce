//go:build vmlab

package guest

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"murur/devices/transport"
)

// function is a simulator on the bus: the kernel hands the traffic of a USB
// function through FunctionFS to whatever is behind transport.Pipes. Format:
// include/uapi/linux/usb/functionfs.h.
type function struct {
	*gadget
	claim     func() (transport.Pipes, error)
	whole     func(message []byte) bool // false: more packets belong to it; nil: every packet is whole
	folder    string
	addresses []byte // of endpoints; the first is that of file ep1
	packet    int    // of the bulk endpoints
	ep0       *os.File

	pipes transport.Pipes // while the host has the function configured
	stop  context.CancelFunc
	pumps sync.WaitGroup

	enabled atomic.Int32 // how often: once at enumeration, and at every reset
}

const functionEndpoint, functionInterface = 5, 4

// newFunction takes the descriptors from the pipes that claim gives. Nothing is
// plugged in yet.
func newFunction(t *testing.T, claim func() (transport.Pipes, error), whole func([]byte) bool) *function {
	t.Helper()
	f := &function{claim: claim, whole: whole, folder: t.TempDir()}
	pipes, err := claim()
	if err != nil {
		t.Fatal(err)
	}
	descriptors := pipes.Descriptors()[9:] // without the configuration's own
	f.packet = pipes.MaxPacket()
	pipes.Close()
	served := make(chan struct{})
	t.Cleanup(func() {
		f.ep0.Close()
		<-served
		if err := unix.Unmount(f.folder, 0); err != nil {
			t.Error(err)
		}
	})
	f.gadget = newGadget(t, "ffs.lab", func(string) {
		if err := unix.Mount("lab", f.folder, "functionfs", 0, ""); err != nil {
			t.Fatal(err)
		}
		if f.ep0, err = os.OpenFile(f.folder+"/ep0", os.O_RDWR|syscall.O_NONBLOCK, 0); err != nil {
			t.Fatal(err)
		}
		f.describe(t, descriptors)
	})
	go func() {
		defer close(served)
		f.serve()
	}()
	return f
}

// describe gives the kernel the descriptors, for full speed only, and the name.
func (f *function) describe(t *testing.T, descriptors []byte) {
	count := uint32(0)
	for d := descriptors; len(d) > 2; d = d[d[0]:] {
		count++
		if d[1] == functionEndpoint {
			f.addresses = append(f.addresses, d[2])
		}
		if d[1] == functionInterface {
			d[8] = 1 // the kernel wants a name, at the end of the list of strings
		}
	}
	const descriptorsMagic, fullSpeed = 3, 1
	const stringsMagic, english = 2, 0x0409
	for _, head := range [][]uint32{
		{descriptorsMagic, uint32(16 + len(descriptors)), fullSpeed, count},
		{stringsMagic, 16 + 2 + 4, 1, 1},
	} {
		var b []byte
		for _, v := range head {
			b = binary.LittleEndian.AppendUint32(b, v)
		}
		if head[0] == descriptorsMagic {
			b = append(b, descriptors...)
		} else {
			b = append(binary.LittleEndian.AppendUint16(b, english), "Lab\x00"...)
		}
		if _, err := f.ep0.Write(b); err != nil {
			t.Fatal(err)
		}
	}
}

// serve takes the events of the control endpoint until it is closed.
func (f *function) serve() {
	const disable, enable, setup = 3, 2, 4
	defer f.disable()
	for {
		var event [12]byte
		if n, err := f.ep0.Read(event[:]); err != nil || n < len(event) {
			return
		}
		switch event[8] {
		case enable:
			if err := f.enable(); err != nil {
				fmt.Println("FAIL", err)
				return
			}
		case disable:
			f.disable()
		case setup:
			f.control(event[:8])
		}
	}
}

// enable starts to carry the traffic.
func (f *function) enable() (err error) {
	f.disable()
	f.enabled.Add(1)
	if f.pipes, err = f.claim(); err != nil {
		return err
	}
	var ctx context.Context
	ctx, f.stop = context.WithCancel(context.Background())
	from := []func(context.Context, []byte) (int, error){f.pipes.BulkIn, f.pipes.InterruptIn} // in this order
	for i, address := range f.addresses {
		fd, err := unix.Open(fmt.Sprintf("%s/ep%d", f.folder, i+1), unix.O_RDWR|unix.O_NONBLOCK, 0)
		if err != nil {
			return err
		}
		if address&0x80 == 0 {
			to := f.pipes.BulkOut
			f.pumps.Go(func() { f.pumpOut(ctx, fd, to) })
			continue
		}
		read := from[0]
		from = from[1:]
		f.pumps.Go(func() { f.pumpIn(ctx, fd, read) })
	}
	return nil
}

// disable is what a reset and a pulled cable do to a device: its power is gone.
func (f *function) disable() {
	if f.pipes == nil {
		return
	}
	f.stop()
	f.pipes.Reset()
	f.pipes.Close()
	f.pumps.Wait()
	f.pipes = nil
}

// pumpOut carries what the host sends, until the function is disabled.
func (f *function) pumpOut(ctx context.Context, fd int, send func(context.Context, []byte) error) {
	defer unix.Close(fd)
	var message []byte
	packet := make([]byte, f.packet)
	for {
		n, err := again(func() (int, error) { return unix.Read(fd, packet) })
		if err != nil {
			return
		}
		message = append(message, packet[:n]...)
		if n == f.packet && f.whole != nil && !f.whole(message) {
			continue
		}
		if send(ctx, message) != nil {
			return
		}
		message = nil
	}
}

// pumpIn carries what the host is to receive, packet by packet.
func (f *function) pumpIn(ctx context.Context, fd int, read func(context.Context, []byte) (int, error)) {
	defer unix.Close(fd)
	packet := make([]byte, f.packet)
	for {
		n, err := read(ctx, packet)
		if err == nil {
			_, err = again(func() (int, error) { return unix.Write(fd, packet[:n]) })
		}
		if err != nil {
			return
		}
	}
}

// control lets the simulator answer a request. Doing the opposite of what the
// request asks for refuses it.
func (f *function) control(setup []byte) {
	in, value, index := setup[0]&0x80 != 0, binary.LittleEndian.Uint16(setup[2:]), binary.LittleEndian.Uint16(setup[4:])
	data := make([]byte, binary.LittleEndian.Uint16(setup[6:]))
	raw, err := f.ep0.SyscallConn()
	if err != nil {
		return
	}
	raw.Control(func(fd uintptr) {
		read := func() (int, error) { return unix.Read(int(fd), data) }
		if !in && len(data) > 0 {
			again(read)
		}
		n, err := 0, error(transport.ErrGone)
		if f.pipes != nil {
			n, err = f.pipes.Control(context.Background(), setup[0], setup[1], value, index, data)
		}
		if in == (err == nil) {
			again(func() (int, error) { return unix.Write(int(fd), data[:n]) })
		} else if len(data) == 0 || in {
			again(read)
		}
	})
}

// again repeats what a signal has interrupted.
func again(do func() (int, error)) (int, error) {
	for {
		if n, err := do(); !errors.Is(err, unix.EINTR) {
			return n, err
		}
	}
}
