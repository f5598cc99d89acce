// Package client is the screen's side of the front socket (see package front): it
// follows the stream of Screens and sends Inputs. It never gives up: when the
// kiosk goes away it tries again for ever, a little slower each time.
package client

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"murur/kiosk/front"
)

// What Send can say.
var (
	// ErrStale: the Input was for a screen that is gone. Nothing happened.
	ErrStale = errors.New("this screen is gone")
	// ErrRefused: the kiosk does not take this Input.
	ErrRefused = errors.New("the kiosk refuses this input")
)

const (
	firstPause = 100 * time.Millisecond
	longPause  = 2 * time.Second
	answerTime = 5 * time.Second
	maxEvent   = 1 << 20 // a Screen is a few kilobytes
	// The kiosk says something at least every ten seconds, if only a comment. After
	// this much silence it is stuck, and the stream is opened again.
	longSilence = 30 * time.Second
)

// Client talks to one kiosk.
type Client struct{ http *http.Client }

// New makes a client that reaches the kiosk with dial.
func New(dial func(context.Context) (net.Conn, error)) *Client {
	return &Client{&http.Client{Transport: &http.Transport{
		DialContext:           func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) },
		ResponseHeaderTimeout: answerTime,
	}}}
}

// Unix dials the Unix socket at path.
func Unix(path string) func(context.Context) (net.Conn, error) {
	return func(ctx context.Context) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", path)
	}
}

// Run follows the kiosk until ctx ends. It calls show for each Screen and lost each
// time the kiosk cannot be reached or goes away, both from its own goroutine.
func (c *Client) Run(ctx context.Context, show func(front.Screen), lost func(error)) {
	pause := firstPause
	for {
		err := c.follow(ctx, func(s front.Screen) {
			pause = firstPause
			show(s)
		})
		if ctx.Err() != nil {
			return
		}
		lost(err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		pause = min(2*pause, longPause)
	}
}

// follow reads one stream to its end. Its error is never nil.
func (c *Client) follow(ctx context.Context, show func(front.Screen)) error {
	ctx, hangUp := context.WithCancelCause(ctx)
	defer hangUp(nil)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://kiosk/screen", nil)
	if err != nil {
		return fmt.Errorf("cannot follow the kiosk: %w", err)
	}
	req.Header.Set("Accept", "text/event-stream")
	resp, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("cannot follow the kiosk: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("cannot follow the kiosk: it answers %s", resp.Status)
	}
	silence := time.AfterFunc(longSilence, func() { hangUp(errSilence) })
	defer silence.Stop()
	err = events(awake{resp.Body, silence}, func(data []byte) error {
		var s front.Screen
		if err := json.Unmarshal(data, &s); err != nil {
			return fmt.Errorf("cannot read a screen: %w", err)
		}
		show(s)
		return nil
	})
	if context.Cause(ctx) == errSilence {
		return errSilence
	}
	return err
}

var errSilence = errors.New("cannot follow the kiosk: it has been silent for too long")

// awake puts off the timer whenever something is read.
type awake struct {
	io.Reader
	silence *time.Timer
}

func (a awake) Read(p []byte) (int, error) {
	n, err := a.Reader.Read(p)
	if n > 0 {
		a.silence.Reset(longSilence)
	}
	return n, err
}

// events cuts a stream of server-sent events and hands over the data of each. It
// ends with the stream (io.ErrUnexpectedEOF) or with take's error.
func events(stream io.Reader, take func(data []byte) error) error {
	lines := bufio.NewScanner(stream)
	lines.Buffer(make([]byte, 0, 16<<10), maxEvent)
	var data []byte
	for lines.Scan() {
		line := lines.Bytes()
		field, value, _ := bytes.Cut(line, []byte(":"))
		switch {
		case len(line) == 0 && len(data) > 0:
			if err := take(data); err != nil {
				return err
			}
			data = nil
		case string(field) == "data":
			if len(data)+len(value) > maxEvent {
				return fmt.Errorf("cannot read a screen: more than %d bytes", maxEvent)
			}
			if data != nil {
				data = append(data, '\n')
			}
			data = append(data, bytes.TrimPrefix(value, []byte(" "))...)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("cannot read a screen: %w", err)
	}
	return io.ErrUnexpectedEOF
}

// Send sends one Input. Errors: ErrStale, ErrRefused, or that of the connection.
func (c *Client) Send(ctx context.Context, in front.Input) error {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("cannot send input: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://kiosk/input", bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("cannot send input: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("cannot send input: %w", err)
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, 4<<10) // so that the connection is used again
	switch resp.StatusCode {
	case http.StatusNoContent:
		return nil
	case http.StatusConflict:
		return ErrStale
	}
	return fmt.Errorf("%w: %s", ErrRefused, resp.Status)
}
