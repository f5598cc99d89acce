package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"

	"murur/kiosk/control"
	"murur/kiosk/ledger"
	"murur/kiosk/ledger/record"
)

// errNoAnswer means that kioskd cannot be reached.
var errNoAnswer = errors.New("kioskd does not answer")

// client asks a running kioskd.
type client struct{ http http.Client }

func newClient(socket string) *client {
	return &client{http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		},
	}}}
}

// ask sends a request and returns the answer if it is 200.
func (c *client) ask(ctx context.Context, method, path string, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://kioskd"+path, body)
	if err != nil {
		return nil, err
	}
	resp, err := c.http.Do(req)
	var dial *net.OpError
	switch {
	case errors.As(err, &dial):
		return nil, fmt.Errorf("%w: %w", errNoAnswer, dial)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", errNoAnswer, err)
	case resp.StatusCode == http.StatusOK:
		return resp, nil
	}
	defer resp.Body.Close()
	var refusal control.Refusal
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&refusal); err != nil {
		return nil, fmt.Errorf("kioskd answered %s", resp.Status)
	}
	if resp.StatusCode == http.StatusConflict {
		return nil, corrupt(refusal.Error)
	}
	return nil, errors.New(refusal.Error)
}

// corrupt is ledger.ErrCorrupt in kioskd's own words.
type corrupt string

func (c corrupt) Error() string   { return string(c) }
func (corrupt) Is(err error) bool { return err == ledger.ErrCorrupt }

func (c *client) read(ctx context.Context, method, path string, into any) error {
	resp, err := c.ask(ctx, method, path, nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		return fmt.Errorf("cannot read kioskd's answer: %w", err)
	}
	return nil
}

func (c *client) status(ctx context.Context) (control.Status, error) {
	var s control.Status
	err := c.read(ctx, http.MethodGet, "/status", &s)
	return s, err
}

// The client is a book.

func (c *client) Head(ctx context.Context) (record.Head, error) {
	s, err := c.status(ctx)
	if err == nil && s.Ledger == nil {
		err = errors.New("kioskd has no ledger open; see kioskctl status")
	}
	if err != nil {
		return record.Head{}, err
	}
	return s.Ledger.Head, nil
}

func (c *client) Dump(ctx context.Context, w io.Writer, from uint64) error {
	resp, err := c.ask(ctx, http.MethodGet, "/ledger?from="+strconv.FormatUint(from, 10), nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(w, resp.Body); err != nil {
		return fmt.Errorf("cannot read kioskd's answer: %w", err)
	}
	if why := resp.Trailer.Get(control.TrailerError); why != "" {
		return errors.New(why)
	}
	return nil
}

func (c *client) Verify(ctx context.Context) (ledger.Report, error) {
	var r ledger.Report
	err := c.read(ctx, http.MethodPost, "/ledger/verify", &r)
	return r, err
}

func (c *client) Close() error {
	c.http.CloseIdleConnections()
	return nil
}
