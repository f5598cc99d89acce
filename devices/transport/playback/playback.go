// Package playback records the traffic of a stream and plays it back in a test.
// The played steps are strict: a byte that the driver writes otherwise than
// recorded, a step that is left over, and a read where the device said nothing
// are failures.
//
// A recording is text, made to be read and edited: one step a line, "> 10 02" for
// bytes to the device, "< 06" for bytes from it; empty lines and what follows a #
// are skipped.
package playback

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"murur/devices/transport"
)

// Step is bytes that went one way.
type Step struct {
	Direction transport.Direction
	Bytes     []byte
}

// Parse reads a recording.
func Parse(r io.Reader) ([]Step, error) {
	var steps []Step
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line, _, _ := strings.Cut(lines.Text(), "#")
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		d := transport.Direction(line[0])
		b, err := hex.DecodeString(strings.Join(strings.Fields(line[1:]), ""))
		if d != transport.ToDevice && d != transport.FromDevice || err != nil || len(b) == 0 {
			return nil, fmt.Errorf("cannot read recording: line %d is not a direction and bytes: %q", n, line)
		}
		steps = append(steps, Step{d, b})
	}
	return steps, lines.Err()
}

// Record opens streams whose traffic is written to w as it passes.
func Record(open transport.Opener, w io.Writer) transport.Opener {
	return func(ctx context.Context) (transport.Stream, error) {
		s, err := open(ctx)
		if err != nil {
			return nil, err
		}
		return &recorder{Stream: s, w: w}, nil
	}
}

type recorder struct {
	transport.Stream
	mu sync.Mutex
	w  io.Writer
}

func (r *recorder) Read(p []byte) (int, error) {
	n, err := r.Stream.Read(p)
	r.note(transport.FromDevice, p[:n])
	return n, err
}

func (r *recorder) Write(p []byte) (int, error) {
	n, err := r.Stream.Write(p)
	r.note(transport.ToDevice, p[:n])
	return n, err
}

func (r *recorder) note(d transport.Direction, b []byte) {
	if len(b) > 0 {
		r.mu.Lock()
		defer r.mu.Unlock()
		fmt.Fprintf(r.w, "%c % X\n", d, b)
	}
}

// TB is the part of testing.TB that Play needs.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
	Cleanup(func())
}

// Play opens one stream that is the device of the recording. Bytes from the
// device come when everything before them was written. At the end of the test all
// steps must be done.
func Play(t TB, steps []Step) transport.Opener {
	t.Helper()
	p := &player{t: t, steps: slices.Clone(steps), moved: make(chan struct{}), closed: make(chan struct{})}
	t.Cleanup(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if len(p.steps) > 0 {
			t.Errorf("%d steps were not played, the next is %c % X", len(p.steps), p.steps[0].Direction, p.steps[0].Bytes)
		}
	})
	return func(context.Context) (transport.Stream, error) { return p, nil }
}

type player struct {
	t    TB
	once sync.Once

	mu     sync.Mutex
	steps  []Step // what is still to come; the first may be half done
	moved  chan struct{}
	closed chan struct{}
}

func (p *player) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for rest := b; len(rest) > 0; {
		if len(p.steps) == 0 || p.steps[0].Direction != transport.ToDevice {
			p.t.Errorf("written, but not in the recording: % X", rest)
			return len(b), nil
		}
		want := p.steps[0].Bytes
		n := min(len(want), len(rest))
		if !bytes.Equal(want[:n], rest[:n]) {
			p.t.Errorf("written % X, recorded % X", rest, want)
		}
		p.advance(n)
		rest = rest[n:]
	}
	return len(b), nil
}

func (p *player) Read(b []byte) (int, error) {
	for {
		p.mu.Lock()
		if len(p.steps) > 0 && p.steps[0].Direction == transport.FromDevice {
			n := copy(b, p.steps[0].Bytes)
			p.advance(n)
			p.mu.Unlock()
			return n, nil
		}
		moved := p.moved
		p.mu.Unlock()
		select {
		case <-moved:
		case <-p.closed:
			return 0, fs.ErrClosed
		}
	}
}

// advance marks n bytes of the first step as done and wakes a reader.
func (p *player) advance(n int) {
	step := &p.steps[0]
	step.Bytes = step.Bytes[n:]
	if len(step.Bytes) == 0 {
		p.steps = p.steps[1:]
	}
	close(p.moved)
	p.moved = make(chan struct{})
}

func (p *player) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}
