package stage

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"murur/kiosk/front"
	"murur/kiosk/journey/fines"
	"murur/sync/api"
	"murur/sync/central/faults"
	"murur/sync/downlink"
)

// central is a running centrald with its second, faulty face.
type central struct {
	dir, path, log string
	process        *Process
	address        string // host:port, kept over a restart
	faults         string
}

// appear waits for a file that a program writes in one step when it is ready.
func appear(p *Process, file string, deadline time.Duration) (string, error) {
	end := time.NewTimer(deadline)
	defer end.Stop()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for {
		if text, err := os.ReadFile(file); err == nil {
			return strings.TrimSpace(string(text)), nil
		}
		select {
		case <-look.C:
		case <-p.Done():
			return "", fmt.Errorf("%s ended before it was ready; see its log", p.name)
		case <-end.C:
			return "", fmt.Errorf("%s was not ready within %v", p.name, deadline)
		}
	}
}

func (c *central) start() error {
	listen := "127.0.0.1:0"
	if c.address != "" {
		listen = c.address
	}
	addr, fault := filepath.Join(c.dir, "central.addr"), filepath.Join(c.dir, "central.faults")
	p, err := Start("centrald", c.log, nil, c.path, "-listen", listen, "-data", filepath.Join(c.dir, "central.db"),
		"-demo", "-addr-file", addr, "-faults", "127.0.0.1:0", "-faults-file", fault)
	if err != nil {
		return err
	}
	c.process = p
	if c.address, err = appear(p, addr, startDeadline); err == nil {
		c.faults, err = appear(p, fault, startDeadline)
	}
	return err
}

// stop ends centrald; its address stays its own for the next start.
func (c *central) stop() error {
	if c.process == nil {
		return nil
	}
	err := c.process.Stop()
	c.process = nil
	for _, name := range []string{"central.addr", "central.faults"} {
		os.Remove(filepath.Join(c.dir, name))
	}
	return err
}

// Fault lets requests to paths that begin with path meet a fault; an empty mode ends
// it.
func (s *Stage) Fault(ctx context.Context, mode, path string, times int) error {
	method, body := http.MethodDelete, []byte(nil)
	if mode != "" {
		var err error
		method = http.MethodPut
		if body, err = json.Marshal(faults.Fault{Mode: faults.Mode(mode), Path: path, Times: times}); err != nil {
			return err
		}
	}
	_, err := s.ask(ctx, method, "http://"+s.central.faults+"/fault", body)
	return err
}

// TakeAway ends this kiosk's reservation and lets another kiosk reserve the fine, as
// when the reservation had run out.
func (s *Stage) TakeAway(ctx context.Context, reservation, fine string) error {
	url := "http://" + s.central.address + "/v1/reservations/"
	if _, err := s.ask(ctx, http.MethodDelete, url+reservation, nil); err != nil {
		return err
	}
	ask, err := downlink.New(downlink.Options{URL: "http://" + s.central.address, Kiosk: "KW02"})
	if err != nil {
		return err
	}
	found, err := ask.Fines(ctx, fines.Query{By: front.ByViolation, Number: fine})
	if err != nil || len(found.Fines) != 1 {
		return fmt.Errorf("cannot find fine %s: %w", fine, err)
	}
	_, err = ask.Reserve(ctx, fines.Reservation{ID: "KW02-1000001-1", Fines: []string{fine}, Amount: found.Fines[0].Amount})
	return err
}

// Postings are the payments that central has of this kiosk.
func (s *Stage) Postings(ctx context.Context) ([]api.Posting, error) {
	var list api.Postings
	err := s.get(ctx, "/v1/postings", &list)
	return list.Postings, err
}

// Differences are what central wants staff to settle.
func (s *Stage) Differences(ctx context.Context) ([]api.Difference, error) {
	var list api.Differences
	err := s.get(ctx, "/v1/differences", &list)
	return list.Differences, err
}

func (s *Stage) get(ctx context.Context, path string, into any) error {
	body, err := s.ask(ctx, http.MethodGet, "http://"+s.central.address+path, nil)
	if err != nil {
		return err
	}
	return json.Unmarshal(body, into)
}

func (s *Stage) ask(ctx context.Context, method, url string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Murur-Kiosk", Kiosk)
	req.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("cannot ask centrald: %w", err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 1<<22))
	if err != nil {
		return nil, fmt.Errorf("cannot ask centrald: %w", err)
	}
	if answer.StatusCode >= 300 {
		return nil, fmt.Errorf("cannot ask centrald: %s: %s", answer.Status, bytes.TrimSpace(text))
	}
	return text, nil
}
