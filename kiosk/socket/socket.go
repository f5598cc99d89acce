// Package socket serves HTTP on Unix sockets: how other programs of the same machine
// reach kioskd. Who may connect is decided by the file's mode and group, nothing else.
package socket

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"time"
)

// ErrInUse means that another program listens on the socket.
var ErrInUse = errors.New("another program listens on it")

// Listen makes the socket at path with the permission bits mode. It never stands
// there with other bits, and a socket left behind by a program that died is replaced.
// Closing the listener removes it. Errors: ErrInUse and those of the system.
func Listen(path string, mode fs.FileMode) (net.Listener, error) {
	l, err := listen(path, mode)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w", path, err)
	}
	return l, nil
}

func listen(path string, mode fs.FileMode) (net.Listener, error) {
	if c, err := net.DialTimeout("unix", path, time.Second); err == nil {
		c.Close()
		return nil, ErrInUse
	}
	temp := path + ".new" // so that it has its mode before it has its name
	if err := os.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: temp, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false)
	if err := errors.Join(os.Chmod(temp, mode), os.Rename(temp, path)); err != nil {
		return nil, errors.Join(err, l.Close(), os.Remove(temp))
	}
	return &listener{UnixListener: l, path: path}, nil
}

type listener struct {
	*net.UnixListener
	path string
}

func (l *listener) Close() error {
	err := l.UnixListener.Close()
	if err == nil { // the first Close; a later owner may have the name by the next
		err = os.Remove(l.path)
	}
	return err
}

// Serve answers with h until ctx ends. Then it ends the contexts of the requests that
// are still running, waits for them a moment, and returns nil.
func Serve(ctx context.Context, l net.Listener, h http.Handler) error {
	s := &http.Server{
		Handler:           h,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
	}
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(stopped)
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		if s.Shutdown(last) != nil {
			s.Close()
		}
	})
	err := s.Serve(l)
	if !stop() {
		<-stopped
		return nil
	}
	return fmt.Errorf("cannot serve %s: %w", l.Addr(), errors.Join(err, s.Close()))
}
