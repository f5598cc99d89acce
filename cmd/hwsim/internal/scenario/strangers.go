package scenario

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"murur/cmd/hwsim/internal/stage"
)

// Sizes of what strangers send.
const (
	huge  = 10 << 20
	crowd = 100
)

// front lets strangers at the front socket: garbage, a body of ten megabytes, a
// hundred connections that say nothing. Each must be refused or closed; the scenario
// goes on with the citizen, who must not notice.
func (p *player) front(ctx context.Context, args []string) error {
	if args[0] != "garbage" {
		return errors.New("nobody does that")
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	path := p.stage.FrontSocket()
	if err := rawGarbage(ctx, path); err != nil {
		return err
	}
	client := stage.UnixClient(path)
	defer client.CloseIdleConnections()
	for _, body := range []io.Reader{
		strings.NewReader("\x00\xff not json"),
		strings.NewReader(`{"screen":1,"action":"next","surprise":true}`),
		strings.NewReader(`{"screen":"one"}`),
		io.LimitReader(endless('x'), huge),
	} {
		if err := refusedBody(ctx, client, body); err != nil {
			return err
		}
	}
	return p.crowd(ctx, path)
}

// rawGarbage sends bytes that are no HTTP and waits for the end of the connection.
func rawGarbage(ctx context.Context, path string) error {
	c, err := dial(ctx, path)
	if err != nil {
		return err
	}
	defer c.Close()
	c.Write([]byte("\x16\x03\x01 this is no request\r\n\r\n"))
	if _, err := io.Copy(io.Discard, c); errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("the front socket keeps a connection that sent garbage: %w", err)
	}
	return nil
}

func refusedBody(ctx context.Context, client *http.Client, body io.Reader) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://kiosk/input", body)
	if err != nil {
		return err
	}
	answer, err := client.Do(req)
	if err != nil {
		return ctx.Err() // closed in the middle: refused as well
	}
	defer answer.Body.Close()
	if answer.StatusCode < 400 || answer.StatusCode >= 500 {
		return fmt.Errorf("the front socket answered %s to garbage", answer.Status)
	}
	return nil
}

// crowd opens many connections at once; while they stand the citizen's own goes on.
func (p *player) crowd(ctx context.Context, path string) error {
	for range crowd {
		c, err := dial(ctx, path)
		if err != nil {
			return err
		}
		defer c.Close()
	}
	return p.tap(ctx, []string{"touch"})
}

func dial(ctx context.Context, path string) (net.Conn, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("cannot reach the front socket: %w", err)
	}
	if end, ok := ctx.Deadline(); ok {
		err = c.SetDeadline(end)
	} else {
		err = c.SetDeadline(time.Now().Add(patience))
	}
	return c, err
}

// endless is a reader of one byte for ever.
type endless byte

func (e endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(e)
	}
	return len(p), nil
}
