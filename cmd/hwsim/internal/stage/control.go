package stage

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"murur/kiosk/control"
	"murur/kiosk/stock"
)

// Ready reports whether kioskd finds all devices ready; the error says why not.
func (s *Stage) Ready(ctx context.Context) (bool, error) {
	status, err := s.Status(ctx)
	if err != nil {
		return false, err
	}
	ready := 0
	for _, d := range status.Devices {
		if d.Status.Ready() {
			ready++
		}
	}
	return ready == 5, fmt.Errorf("%d of 5 devices are ready: %+v", ready, status.Health)
}

// AwaitReady waits until kioskd finds all devices ready, a minute at most.
func (s *Stage) AwaitReady(ctx context.Context) error {
	return await(ctx, func() (bool, error) { return s.Ready(ctx) })
}

// await asks until the answer is yes, a minute at most.
func await(ctx context.Context, holds func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		ok, err := holds()
		if ok {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return err
		}
	}
}

// Warns reports whether the kiosk's health has a warning of that code.
func (s *Stage) Warns(ctx context.Context, code string) (bool, error) {
	status, err := s.Status(ctx)
	if err != nil {
		return false, err
	}
	for _, w := range status.Health {
		if w.Code == code {
			return true, nil
		}
	}
	return false, fmt.Errorf("the kiosk's health is %+v", status.Health)
}

// Offers reports whether no warning blocks a service.
func (s *Stage) Offers(ctx context.Context, service string) (bool, error) {
	status, err := s.Status(ctx)
	if err != nil {
		return false, err
	}
	blocks := map[string]string{"licence": "pickup", "fines": "fines"}[service]
	for _, w := range status.Health {
		if slices.Contains(w.Blocks, blocks) {
			return false, fmt.Errorf("%s blocks it", w.Code)
		}
	}
	return true, nil
}

// Delivered reports whether central has every record that kioskd wrote.
func (s *Stage) Delivered(ctx context.Context) (bool, error) {
	status, err := s.Status(ctx)
	if err != nil {
		return false, err
	}
	if status.Ledger == nil {
		return false, errors.New("kioskd has no ledger open")
	}
	head, mark := status.Ledger.Head, status.Ledger.Watermark
	return head == mark, fmt.Errorf("kioskd is at record %d, central at %d", head.Seq, mark.Seq)
}

// Status is what kioskd says on its control socket.
func (s *Stage) Status(ctx context.Context) (status control.Status, err error) {
	text, err := s.askKiosk(ctx, http.MethodGet, "/status")
	if err != nil {
		return status, err
	}
	if err := json.Unmarshal(text, &status); err != nil {
		return status, fmt.Errorf("cannot read kioskd's status: %w", err)
	}
	return status, nil
}

// Records are the kinds of the records that the running kioskd has, in order.
func (s *Stage) Records(ctx context.Context) ([]string, error) {
	text, err := s.askKiosk(ctx, http.MethodGet, "/ledger?from=0")
	if err != nil {
		return nil, err
	}
	return kindsOf(text)
}

// EndOfDay asks kioskd for the terminal's end of day.
func (s *Stage) EndOfDay(ctx context.Context) error {
	_, err := s.askKiosk(ctx, http.MethodPost, "/terminal/end-of-day")
	return err
}

// LoadBlanks puts the blanks in the feeder on the account, as a technician does, and
// returns when licences are offered.
func (s *Stage) LoadBlanks(ctx context.Context, n int) error {
	body, err := json.Marshal(stock.Load{Batch: "DEMO-1", Count: n})
	if err != nil {
		return err
	}
	if _, err = s.tellKiosk(ctx, http.MethodPost, "/stock/load", bytes.NewReader(body)); err != nil {
		return err
	}
	return await(ctx, func() (bool, error) { return s.Offers(ctx, "licence") })
}

// Stock is the account of the blanks.
func (s *Stage) Stock(ctx context.Context) (list []stock.Batch, err error) {
	text, err := s.askKiosk(ctx, http.MethodGet, "/stock")
	if err != nil {
		return nil, err
	}
	return list, json.Unmarshal(text, &list)
}

func (s *Stage) askKiosk(ctx context.Context, method, path string) ([]byte, error) {
	return s.tellKiosk(ctx, method, path, nil)
}

func (s *Stage) tellKiosk(ctx context.Context, method, path string, body io.Reader) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://kioskd"+path, body)
	if err != nil {
		return nil, err
	}
	answer, err := s.control.Do(req)
	if err != nil {
		return nil, fmt.Errorf("cannot ask kioskd: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("cannot ask kioskd: %s", answer.Status)
	}
	return io.ReadAll(answer.Body)
}
