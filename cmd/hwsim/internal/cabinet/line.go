package cabinet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// reopenPoll is how often a line that nobody holds looks whether somebody opened
// it: the kernel tells of a closing, but not of an opening.
const reopenPoll = 5 * time.Millisecond

// line is the device's end of a serial line: the master of a pseudo-terminal, the
// other end of which the kiosk opens by its link. As on a real line the device does
// not notice whether anybody listens: what it sends meanwhile is lost, and nothing
// of it is left over for the next one who opens the port.
type line struct {
	master *os.File
	link   string
	open   atomic.Bool // the kiosk holds its end
}

// newLine makes a pseudo-terminal in raw mode and links it at link.
func newLine(link string) (*line, error) {
	blocking, slave, err := pty.Open()
	if err != nil {
		return nil, fmt.Errorf("cannot open a pseudo-terminal: %w", err)
	}
	defer slave.Close()
	defer blocking.Close()
	master, err := closable(blocking)
	if err != nil {
		return nil, fmt.Errorf("cannot open a pseudo-terminal: %w", err)
	}
	l := &line{master: master, link: link}
	if err = l.ioctl(raw); err == nil {
		err = relink(slave.Name(), link)
	}
	if err != nil {
		master.Close()
		return nil, fmt.Errorf("cannot set up serial line %s: %w", link, err)
	}
	return l, nil
}

// closable is f again, such that Close ends a Read that waits; the library leaves f
// in blocking mode, where it would not.
func closable(f *os.File) (*os.File, error) {
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return nil, err
	}
	return os.NewFile(uintptr(fd), f.Name()), nil
}

// relink points link at target in one step, so that nobody finds it missing.
func relink(target, link string) error {
	next := link + ".new"
	if err := os.Remove(next); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Symlink(target, next); err != nil {
		return err
	}
	return os.Rename(next, link)
}

func (l *line) ioctl(do func(fd int) error) error {
	c, err := l.master.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	if err := c.Control(func(fd uintptr) { failed = do(int(fd)) }); err != nil {
		return err
	}
	return failed
}

// raw makes the line carry all 256 byte values as they are.
func raw(fd int) error {
	t, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return err
	}
	t.Iflag, t.Oflag, t.Lflag = 0, 0, 0
	t.Cflag = t.Cflag&^unix.PARENB | unix.CS8
	t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
	return unix.IoctlSetTermios(fd, unix.TCSETS, t)
}

// held reports whether the kiosk's end is open.
func held(fd int) bool {
	p := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	_, err := unix.Poll(p, 0)
	return err == nil && p[0].Revents&unix.POLLHUP == 0
}

// Read waits through the times when nobody holds the other end; it ends with the
// line itself.
func (l *line) Read(b []byte) (int, error) {
	for {
		n, err := l.master.Read(b)
		if n > 0 {
			l.open.Store(true)
			return n, nil
		}
		if !errors.Is(err, syscall.EIO) {
			if err == nil || errors.Is(err, fs.ErrClosed) {
				err = io.EOF
			}
			return 0, err
		}
		l.open.Store(false)
		if err := l.awaitOpen(); err != nil {
			return 0, io.EOF
		}
	}
}

// awaitOpen drops what was sent to the closed port, then waits for the next opening.
func (l *line) awaitOpen() error {
	tick := time.NewTicker(reopenPoll)
	defer tick.Stop()
	flush := func(fd int) error { return unix.IoctlSetInt(fd, unix.TCFLSH, unix.TCOFLUSH) }
	if err := l.ioctl(flush); err != nil {
		return err
	}
	for {
		open := false
		if err := l.ioctl(func(fd int) error { open = held(fd); return nil }); err != nil {
			return err
		}
		if open {
			l.open.Store(true)
			return nil
		}
		<-tick.C
	}
}

// Write loses the bytes when nobody holds the other end.
func (l *line) Write(b []byte) (int, error) {
	if !l.open.Load() {
		return len(b), nil
	}
	n, err := l.master.Write(b)
	if errors.Is(err, syscall.EIO) || errors.Is(err, syscall.EAGAIN) {
		return len(b), nil
	}
	return n, err
}

// Close pulls the cable: the kiosk's end hangs up.
func (l *line) Close() error { return l.master.Close() }

// server is what a serial device's simulator does with a line.
type server interface {
	Serve(ctx context.Context, link io.ReadWriteCloser) error
}
