package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"murur/kiosk/config"
	"murur/kiosk/control"
	"murur/kiosk/front"
	"murur/kiosk/ledger"
	centrald "murur/sync/central/config"
)

// settings writes a configuration whose folders are in dir. Nothing answers at its
// devices and its central server.
func settings(t *testing.T, dir string, change ...string) string {
	t.Helper()
	text := strings.NewReplacer(
		"/var/lib/murur", dir, "/run/murur", dir, "/dev/ttyS0", dir+"/tty0", "/dev/ttyS1", dir+"/tty1",
	).Replace(config.Example)
	text = strings.NewReplacer(change...).Replace(text)
	path := filepath.Join(dir, "kioskd.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestBadConfiguration(t *testing.T) {
	var out bytes.Buffer
	code := run(t.Context(), settings(t, t.TempDir(), "max_mib = 256", "max_mib = 1"), false, &out)
	if code != exitConfig || strings.Count(out.String(), "\n") != 1 || !strings.Contains(out.String(), "ledger.max_mib") {
		t.Errorf("exit %d, said %q", code, out.String())
	}
}

// TestExampleFindsCentral: kioskd's example asks where centrald's default listens.
func TestExampleFindsCentral(t *testing.T) {
	c, err := config.Parse(config.Example)
	if want := "http://" + centrald.Default().Listen; err != nil || c.Central.URL != want {
		t.Errorf("%q, want %q; %v", c.Central.URL, want, err)
	}
}

// kiosk runs kioskd until the test ends and returns clients of its two sockets.
func kiosk(t *testing.T, dir string) (screen, technician *http.Client) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan int, 1)
	path := settings(t, dir)
	go func() { done <- run(ctx, path, false, t.Output()) }()
	t.Cleanup(func() {
		stop()
		if code := <-done; code != exitOK {
			t.Errorf("exit %d", code)
		}
	})
	return dial(t, dir, "front.sock"), dial(t, dir, "control.sock")
}

func dial(t *testing.T, dir, name string) *http.Client {
	c := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		for { // until the socket is there
			conn, err := (&net.Dialer{}).DialContext(ctx, "unix", filepath.Join(dir, name))
			if err == nil || ctx.Err() != nil {
				return conn, err
			}
		}
	}}, Timeout: 20 * time.Second}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

func firstScreen(t *testing.T, c *http.Client) front.Screen {
	t.Helper()
	answer, err := c.Get("http://kiosk/screen")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	line, err := bufio.NewReader(answer.Body).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	var s front.Screen
	if err := json.Unmarshal([]byte(strings.TrimPrefix(line, "data: ")), &s); err != nil {
		t.Fatalf("%v: %q", err, line)
	}
	return s
}

// Without a single device and without central the kiosk starts and says what it lacks.
func TestStartsWithNothing(t *testing.T) {
	screen, technician := kiosk(t, t.TempDir())
	if s := firstScreen(t, screen); s.Name != front.Welcome || s.Lang != front.Arabic || !s.Development {
		t.Errorf("got %+v", s)
	}
	answer, err := technician.Get("http://kiosk/status")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var status control.Status
	if err := json.NewDecoder(answer.Body).Decode(&status); err != nil {
		t.Fatal(err)
	}
	if status.Kiosk != "KW01" || status.Ledger == nil || status.Process.RSS == 0 {
		t.Errorf("got %+v", status)
	}
}

// A ledger that must not be used: out of service, with a reason, and untouched.
func TestLedgerRefused(t *testing.T) {
	tests := []struct {
		name, code string
		spoil      func(t *testing.T, path string)
	}{
		{"in use by another program", "ledger_locked", func(t *testing.T, path string) {
			key, err := sealKey(filepath.Dir(path))
			if err != nil {
				t.Fatal(err)
			}
			other, err := ledger.Open(path, ledger.Options{Kiosk: "KW01", Key: key})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { other.Close() })
		}},
		{"damaged", "ledger_corrupt", func(t *testing.T, path string) {
			if err := os.WriteFile(path, bytes.Repeat([]byte("not a ledger "), 5000), 0o600); err != nil {
				t.Fatal(err)
			}
		}},
		{"of another kiosk", "ledger_failed", func(t *testing.T, path string) {
			key, err := sealKey(filepath.Dir(path))
			if err != nil {
				t.Fatal(err)
			}
			other, err := ledger.Open(path, ledger.Options{Kiosk: "KW99", Key: key})
			if err != nil {
				t.Fatal(err)
			}
			if err := other.Close(); err != nil {
				t.Fatal(err)
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "ledger.db")
			tt.spoil(t, path)
			before, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			screen, technician := kiosk(t, dir)
			s := firstScreen(t, screen)
			if s.Name != front.OutOfService || s.Outage.Code != tt.code || s.Outage.Detail == "" {
				t.Errorf("got %s %+v", s.Name, s.Outage)
			}
			touch, err := screen.Post("http://kiosk/input", "application/json", strings.NewReader(`{"screen":1,"action":"start"}`))
			if err != nil {
				t.Fatal(err)
			}
			touch.Body.Close()
			if touch.StatusCode != http.StatusBadRequest {
				t.Errorf("a touch was answered %d", touch.StatusCode)
			}
			verify, err := technician.Post("http://kiosk/ledger/verify", "", nil)
			if err != nil {
				t.Fatal(err)
			}
			verify.Body.Close()
			if verify.StatusCode == http.StatusOK {
				t.Error("a ledger that is not open was verified")
			}
			after, err := os.ReadFile(path)
			if err != nil || !bytes.Equal(before, after) {
				t.Errorf("the file was touched: %v", err)
			}
		})
	}
}
