package stage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// stopDeadline is how long a program may take to end when it is asked to.
const stopDeadline = 10 * time.Second

// Process is a program that was started here and is ended by its handle.
type Process struct {
	name string
	cmd  *exec.Cmd
	done chan struct{}
	err  error // how it ended; good when done is closed

	mu      sync.Mutex
	expects bool // it was told to end
}

// Start runs a program; its two outputs are appended to the file log. Should this
// program die, the kernel ends the other one too.
func Start(name, log string, env []string, path string, args ...string) (*Process, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("cannot start %s: %w", name, err)
	}
	defer out.Close()
	cmd := exec.Command(path, args...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.Env = append(os.Environ(), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := startOnOwnThread(cmd); err != nil {
		return nil, fmt.Errorf("cannot start %s: %w", name, err)
	}
	p := &Process{name: name, cmd: cmd, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		p.err = cmd.Wait()
	}()
	return p, nil
}

// Done is closed when the program has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Ended reports an end that nobody asked for.
func (p *Process) Ended() error {
	select {
	case <-p.done:
	default:
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.expects {
		return nil
	}
	return fmt.Errorf("%s ended by itself: %v", p.name, p.cmd.ProcessState)
}

// Kill ends the program at once, as a power cut would.
func (p *Process) Kill() {
	p.expect()
	p.signal(syscall.SIGKILL)
	<-p.done
}

// signal reaches the program and what it started itself, which are a process group.
// A program that has ended is left alone: its number may be another's by now.
func (p *Process) signal(s syscall.Signal) {
	select {
	case <-p.done:
	default:
		syscall.Kill(-p.cmd.Process.Pid, s)
	}
}

// Stop asks the program to end and waits. It reports an end other than a good one.
func (p *Process) Stop() error {
	p.expect()
	p.signal(syscall.SIGTERM)
	ctx, cancel := context.WithTimeout(context.Background(), stopDeadline)
	defer cancel()
	select {
	case <-p.done:
		return p.bad()
	case <-ctx.Done():
		p.Kill()
		return fmt.Errorf("%s did not end within %v", p.name, stopDeadline)
	}
}

func (p *Process) expect() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expects = true
}

// bad is how the program ended, unless well or by a signal sent from here.
func (p *Process) bad() error {
	var exit *exec.ExitError
	if errors.As(p.err, &exit) {
		if s, ok := exit.Sys().(syscall.WaitStatus); ok && s.Signaled() {
			return nil
		}
	}
	if p.err != nil {
		return fmt.Errorf("%s ended badly: %w", p.name, p.err)
	}
	return nil
}
