package control

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"murur/kiosk/engine"
	"murur/kiosk/journey/fines"
	"murur/kiosk/ledger"
	"murur/kiosk/stock"
)

// source answers with what a test wants.
type source struct {
	written string
	err     error
}

func (source) Status() Status { return Status{Kiosk: "KW01", Process: Self()} }

func (s source) Dump(w io.Writer, from uint64) error {
	if s.written != "" {
		fmt.Fprintf(w, "%s from %d\n", s.written, from)
	}
	return s.err
}

func (s source) Cases() ([]fines.Case, error)                    { return nil, s.err }
func (s source) EndOfDay(context.Context) error                  { return s.err }
func (s source) Settle(context.Context, engine.Settlement) error { return s.err }

func (s source) Stock() ([]stock.Batch, error)              { return []stock.Batch{{ID: "B1", Loaded: 5}}, s.err }
func (s source) Load(_ context.Context, l stock.Load) error { return errors.Join(l.Check(), s.err) }

func (s source) Verify(context.Context) (ledger.Report, error) {
	return ledger.Report{Records: 7}, s.err
}

func TestAnswers(t *testing.T) {
	broken := fmt.Errorf("cannot: %w: record 7", ledger.ErrCorrupt)
	tests := []struct {
		name, method, path string
		source             source
		code               int
		body, trailer      string
	}{
		{"status", "GET", "/status", source{}, 200, `"kiosk":"KW01"`, ""},
		{"dump", "GET", "/ledger", source{written: "records"}, 200, "records from 0", ""},
		{"dump from", "GET", "/ledger?from=12", source{written: "records"}, 200, "records from 12", ""},
		{"dump from nonsense", "GET", "/ledger?from=x", source{}, 400, "from must be", ""},
		{"nothing to dump", "GET", "/ledger", source{}, 200, "", ""},
		{"cannot dump", "GET", "/ledger", source{err: ledger.ErrClosed}, 500, ledger.ErrClosed.Error(), ""},
		{"dump breaks off", "GET", "/ledger", source{"records", errors.New("bad\npage")}, 200, "records", "bad page"},
		{"verify", "POST", "/ledger/verify", source{}, 200, `"records":7`, ""},
		{"not sound", "POST", "/ledger/verify", source{err: broken}, 409, "record 7", ""},
		{"cannot verify", "POST", "/ledger/verify", source{err: ledger.ErrClosed}, 500, "closed", ""},
		{"verify is not read", "GET", "/ledger/verify", source{}, 405, "", ""},
		{"cases", "GET", "/cases", source{}, 200, "[]", ""},
		{"no cases to be had", "GET", "/cases", source{err: ledger.ErrClosed}, 500, "closed", ""},
		{"settle nonsense", "POST", "/cases/settle", source{}, 400, "cannot be read", ""},
		{"stock", "GET", "/stock", source{}, 200, `"batch":"B1"`, ""},
		{"no stock to be had", "GET", "/stock", source{err: ledger.ErrClosed}, 500, "closed", ""},
		{"load nonsense", "POST", "/stock/load", source{}, 400, "cannot be read", ""},
		{"end of day", "POST", "/terminal/end-of-day", source{}, 200, "{}", ""},
		{"end of day, not now", "POST", "/terminal/end-of-day", source{err: engine.ErrBusy}, 503, "not now", ""},
		{"no such thing", "GET", "/journeys", source{}, 404, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := httptest.NewServer(Handler(tt.source, slog.New(slog.DiscardHandler)))
			defer server.Close()
			req, err := http.NewRequestWithContext(t.Context(), tt.method, server.URL+tt.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := server.Client().Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if err != nil || resp.StatusCode != tt.code || !strings.Contains(string(body), tt.body) {
				t.Errorf("got %d %q, %v; want %d %q", resp.StatusCode, body, err, tt.code, tt.body)
			}
			if got := resp.Trailer.Get(TrailerError); got != tt.trailer {
				t.Errorf("trailer %q, want %q", got, tt.trailer)
			}
		})
	}
}

func TestSelf(t *testing.T) {
	if p := Self(); p.PID == 0 || p.RSS < 1<<20 || p.Goroutines == 0 {
		t.Errorf("got %+v", p)
	}
}
