package faults

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

func TestSwitch(t *testing.T) {
	var s Switch
	var served atomic.Int32
	server := httptest.NewServer(s.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		served.Add(1)
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusAccepted)
		_, _ = w.Write([]byte(`{"got":"` + string(body) + `"}`))
	})))
	defer server.Close()
	admin := httptest.NewServer(s.Admin())
	defer admin.Close()

	switchTo := func(method, body string, want int) {
		t.Helper()
		q, err := http.NewRequest(method, admin.URL+"/fault", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		a, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		a.Body.Close()
		if a.StatusCode != want {
			t.Errorf("%s %s: %s", method, body, a.Status)
		}
	}
	ask := func(path string) (int, string, error) {
		a, err := http.Post(server.URL+path, "text/plain", strings.NewReader("x"))
		if err != nil {
			return 0, "", err
		}
		defer a.Body.Close()
		body, err := io.ReadAll(a.Body)
		return a.StatusCode, string(body), err
	}
	const good = `{"got":"x"}`
	for _, c := range []struct {
		fault  string
		status int // 0: the connection breaks
		body   string
		serves int32
	}{
		{`{"mode":"status"}`, 500, "fault\n", 0},
		{`{"mode":"garbage"}`, 200, "\x00\xff{{ this is no JSON", 0},
		{`{"mode":"offline"}`, 0, "", 0},
		{`{"mode":"lost"}`, 0, "", 1},
		{`{"mode":"truncated"}`, 202, good[:5], 1},
		{`{"mode":"unknown"}`, 202, `{"unknown":{"member":[1,null]},"got":"x"}`, 1},
		{`{"mode":"slow","delay":1000000}`, 202, good, 1},
		{`{"mode":"status","path":"/other"}`, 202, good, 1},
	} {
		switchTo("PUT", c.fault, http.StatusNoContent)
		served.Store(0)
		status, body, err := ask("/v1/records")
		broken := c.status == 0 || c.fault == `{"mode":"truncated"}`
		if status != c.status || body != c.body || served.Load() != c.serves || (err != nil) != broken {
			t.Errorf("%s: %d %q %v, served %d", c.fault, status, body, err, served.Load())
		}
	}
	switchTo("PUT", `{"mode":"magic"}`, http.StatusBadRequest)
	switchTo("PUT", `{`, http.StatusBadRequest)
	if err := s.Set(Fault{Mode: "magic"}); !errors.Is(err, ErrMode) {
		t.Error(err)
	}

	switchTo("PUT", `{"mode":"status","times":2}`, http.StatusNoContent)
	for i, want := range []int{500, 500, 202} {
		if status, _, _ := ask("/"); status != want {
			t.Errorf("request %d of a fault for two: %d", i+1, status)
		}
	}
	a, err := http.Get(admin.URL + "/fault")
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	var f Fault
	if err := json.NewDecoder(a.Body).Decode(&f); err != nil || f.Met != 2 || f.Mode != Status {
		t.Errorf("%+v %v", f, err)
	}
	switchTo("DELETE", "", http.StatusNoContent)
	if status, body, err := ask("/"); status != 202 || body != good || err != nil {
		t.Errorf("cleared: %d %q %v", status, body, err)
	}
}

// TestSilenceEnds: whoever waits is cut off when the fault is cleared.
func TestSilenceEnds(t *testing.T) {
	var s Switch
	server := httptest.NewServer(s.Wrap(http.NotFoundHandler()))
	defer server.Close()
	if err := s.Set(Fault{Mode: Silence}); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() {
		_, err := http.Post(server.URL, "text/plain", strings.NewReader("x"))
		ended <- err
	}()
	for s.current().Met == 0 {
		select {
		case err := <-ended:
			t.Fatalf("answered: %v", err)
		default:
		}
	}
	s.Clear()
	if err := <-ended; err == nil {
		t.Error("answered after all")
	}
}
