package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"murur/kiosk/front"
	"murur/kiosk/journey/fines"
	"murur/sync/central/demo"
	"murur/sync/downlink"
)

// output collects the log and tells when a line with a word came.
type output struct {
	mu   sync.Mutex
	all  bytes.Buffer
	word string
	seen chan struct{}
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	had := strings.Contains(o.all.String(), o.word)
	o.all.Write(b)
	if !had && strings.Contains(o.all.String(), o.word) {
		close(o.seen)
	}
	return len(b), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.all.String()
}

func TestRun(t *testing.T) {
	dir := t.TempDir()
	addr, admin, staff := filepath.Join(dir, "addr"), filepath.Join(dir, "faults"), filepath.Join(dir, "staff")
	args := []string{"--listen", "127.0.0.1:0", "--data", filepath.Join(dir, "c.db"), "--demo", "--addr-file", addr, "--faults", "127.0.0.1:0", "--faults-file", admin, "--staff", "127.0.0.1:0", "--staff-file", staff}
	for range 2 { // a second run finds the file of the first
		ctx, stop := context.WithCancel(t.Context())
		out := &output{word: "for=kiosks", seen: make(chan struct{})}
		ended := make(chan error, 1)
		go func() { ended <- run(ctx, args, out) }()
		select {
		case err := <-ended:
			t.Fatalf("%v\n%s", err, out)
		case <-out.seen:
		}
		faultsURL, url := "http://"+read(t, admin)+"/fault", "http://"+read(t, addr)
		d, err := downlink.New(downlink.Options{URL: url, Kiosk: "K-1"})
		if err != nil {
			t.Fatal(err)
		}
		query := fines.Query{By: front.ByCivil, Number: string(demo.Typical)}
		if found, err := d.Fines(t.Context(), query); err != nil || len(found.Fines) != 7 {
			t.Errorf("%+v %v", found, err)
		}
		if list, err := d.Applications(t.Context(), string(demo.AtOtherKiosk)); err != nil || list[0].GoTo.En != demo.Places()[demo.Elsewhere].En {
			t.Errorf("%+v %v", list, err)
		}
		decision := "/applications/A-1001/decision"
		for _, c := range []struct {
			at     string
			status int
		}{{read(t, staff), 409}, {read(t, addr), 401}} { // nothing to decide; nothing for kiosks
			a, err := http.Post("http://"+c.at+decision, "application/json", strings.NewReader(`{"decide":"reissue","reason":"x"}`))
			if err != nil {
				t.Fatal(err)
			}
			a.Body.Close()
			if a.StatusCode != c.status {
				t.Errorf("%s at %s: %s", decision, c.at, a.Status)
			}
		}
		put(t, faultsURL, `{"mode":"silence"}`)
		waiting := make(chan error, 1)
		go func() { _, err := d.Fines(context.Background(), query); waiting <- err }()
		for !strings.Contains(get(t, faultsURL), `"met":1`) {
		}
		stop()
		if err := <-ended; err != nil { // although a request hangs
			t.Error(err)
		}
		if err := <-waiting; !errors.Is(err, fines.ErrCentral) {
			t.Errorf("the hanging request: %v", err)
		}
	}
}

func TestBadCommandLines(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.toml")
	if err := os.WriteFile(file, []byte("colour = 1"), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"data: no file given":         {},
		"listen: \"x\" is not":        {"--listen", "x", "--data", "d"},
		"unknown key colour":          {"--config", file},
		"faults: \"0.0.0.0:0\" is":    {"--data", "d", "--faults", "0.0.0.0:0"},
		"staff: \":0\" is not a loop": {"--data", "d", "--staff", ":0"},
		"no such file or directory":   {"--config", "/nowhere.toml"},
		"reservation: 1s is not bet":  {"--config", write(t, "data = \"d\"\nreservation = \"1s\"")},
	} {
		err := run(t.Context(), args, io.Discard)
		if !errors.Is(err, errConfig) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v: %v", args, err)
		}
	}
	o, err := parse([]string{"--config", write(t, "data = \"d\"\nlisten = \"127.0.0.1:1\""), "--listen", "127.0.0.1:2"}, io.Discard)
	if err != nil || o.Listen != "127.0.0.1:2" || o.Data != "d" {
		t.Errorf("a flag goes before the file: %+v %v", o, err)
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	err = run(t.Context(), []string{"--data", filepath.Join(t.TempDir(), "c.db"), "--listen", taken.Addr().String()}, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "cannot listen for kiosks") {
		t.Errorf("address in use: %v", err)
	}
}

func write(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "c.toml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(b))
}

func put(t *testing.T, url, body string) {
	t.Helper()
	q, err := http.NewRequest(http.MethodPut, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	a.Body.Close()
}

func get(t *testing.T, url string) string {
	t.Helper()
	a, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
