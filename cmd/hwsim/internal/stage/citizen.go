package stage

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
	"strings"
	"sync"
	"time"

	"murur/kiosk/front"
)

// redial is how soon the citizen's eyes open again after the front socket was lost.
const redial = 10 * time.Millisecond

// Citizen looks at the kiosk's screen through the front socket and touches it. It
// remembers every screen it saw. When kioskd dies it connects again by itself.
type Citizen struct {
	http   *http.Client
	cancel context.CancelFunc
	done   chan struct{}

	mu      sync.Mutex
	seen    []front.Screen
	changed chan struct{} // closed at the next screen
	noted   func(front.Screen)
}

// NewCitizen begins to look at the front socket at path. noted, when set, is told of
// every screen in order.
func NewCitizen(path string, noted func(front.Screen)) *Citizen {
	ctx, cancel := context.WithCancel(context.Background())
	c := &Citizen{http: UnixClient(path), cancel: cancel, done: make(chan struct{}), changed: make(chan struct{}), noted: noted}
	go c.look(ctx)
	return c
}

// UnixClient is an HTTP client for the Unix socket at path; the host in its URLs
// means nothing.
func UnixClient(path string) *http.Client {
	return &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", path)
		},
	}}
}

// Close returns when the citizen no longer looks.
func (c *Citizen) Close() {
	c.cancel()
	<-c.done
	c.http.CloseIdleConnections()
}

func (c *Citizen) look(ctx context.Context) {
	defer close(c.done)
	for ctx.Err() == nil {
		c.stream(ctx)
		select {
		case <-ctx.Done():
		case <-time.After(redial):
		}
	}
}

// stream follows the screens until the connection ends.
func (c *Citizen) stream(ctx context.Context) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://kiosk/screen", nil)
	if err != nil {
		return
	}
	answer, err := c.http.Do(req)
	if err != nil {
		return
	}
	defer answer.Body.Close()
	lines := bufio.NewScanner(answer.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		var s front.Screen
		if ok && json.Unmarshal([]byte(data), &s) == nil {
			c.saw(s)
		}
	}
}

func (c *Citizen) saw(s front.Screen) {
	c.mu.Lock()
	c.seen = append(c.seen, s)
	close(c.changed)
	c.changed = make(chan struct{})
	c.mu.Unlock()
	if c.noted != nil {
		c.noted(s)
	}
}

// Seen are the screens from the n-th on, and a channel that is closed at the next one.
func (c *Citizen) Seen(n int) ([]front.Screen, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]front.Screen(nil), c.seen[min(n, len(c.seen)):]...), c.changed
}

// Errors of Touch.
var (
	ErrStale      = errors.New("the screen has changed")
	ErrNotOffered = errors.New("the screen does not offer this")
)

// Touch sends one input.
func (c *Citizen) Touch(ctx context.Context, in front.Input) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://kiosk/input", bytes.NewReader(body))
	if err != nil {
		return err
	}
	answer, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("cannot touch the screen: %w", err)
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(answer.Body, 1<<10))
	switch answer.StatusCode {
	case http.StatusNoContent:
		return nil
	case http.StatusConflict:
		return ErrStale
	}
	return fmt.Errorf("%w: %s", ErrNotOffered, bytes.TrimSpace(text))
}
