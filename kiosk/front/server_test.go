package front

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"murur/kiosk/socket"
)

// desk takes every touch on the present screen and shows the next.
type desk struct{ board *Board }

func (d desk) Board() *Board { return d.board }

func (d desk) Input(_ context.Context, in Input) error {
	screen, _ := d.board.Now()
	switch {
	case in.Screen != screen.Seq:
		return ErrStale
	case in.Action != ActNext:
		return errors.New("not offered")
	}
	d.board.Show(Screen{Name: Thanks, Services: []Service{{ID: fmt.Sprint(screen.Seq)}}}, time.Now())
	return nil
}

type client struct {
	*http.Client
	path string
}

func start(t *testing.T) (client, *Board) {
	t.Helper()
	d := desk{NewBoard()}
	d.board.Show(Screen{Name: Welcome, Lang: Arabic}, time.Now())
	path := filepath.Join(t.TempDir(), "front.sock")
	l, err := socket.Listen(path, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- Serve(ctx, l, d, func(error) {}) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	c := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}}}
	t.Cleanup(c.CloseIdleConnections)
	return client{c, path}, d.board
}

func (c client) post(t *testing.T, body string) int {
	t.Helper()
	r, err := c.Post("http://kiosk/input", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	return r.StatusCode
}

// stream reads screens until ctx ends.
func (c client) stream(t *testing.T, ctx context.Context) <-chan Screen {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, "GET", "http://kiosk/screen", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	screens := make(chan Screen, 8)
	go func() {
		defer answer.Body.Close()
		lines := bufio.NewScanner(answer.Body)
		for lines.Scan() {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				var s Screen
				json.Unmarshal([]byte(data), &s)
				screens <- s
			}
		}
		close(screens)
	}()
	return screens
}

func TestScreensAndInputs(t *testing.T) {
	c, _ := start(t)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	screens := c.stream(t, ctx)
	first := <-screens
	if first.Name != Welcome || first.Seq != 1 {
		t.Fatalf("got %+v", first)
	}
	touch := fmt.Sprintf(`{"screen":%d,"action":"next"}`, first.Seq)
	if code := c.post(t, touch); code != http.StatusNoContent {
		t.Errorf("touch: %d", code)
	}
	if s := <-screens; s.Name != Thanks || s.Seq != 2 {
		t.Errorf("got %+v", s)
	}
	if code := c.post(t, touch); code != http.StatusConflict {
		t.Errorf("the same touch again: %d", code)
	}
	cancel()
	for range screens {
	}
}

func TestBadInputs(t *testing.T) {
	c, _ := start(t)
	for name, body := range map[string]string{
		"garbage":       "\x00\xff not json",
		"empty":         "",
		"unknown field": `{"screen":1,"action":"next","price":0}`,
		"not offered":   `{"screen":1,"action":"all"}`,
		"ten megabytes": `{"screen":1,"action":"` + strings.Repeat("x", 10<<20) + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			r, err := c.Post("http://kiosk/input", "application/json", strings.NewReader(body))
			if err != nil { // the server may hang up before it has read all of it
				return
			}
			r.Body.Close()
			if r.StatusCode != http.StatusBadRequest {
				t.Errorf("got %d", r.StatusCode)
			}
		})
	}
	if code := c.post(t, `{"screen":1,"action":"next"}`); code != http.StatusNoContent {
		t.Errorf("a good touch afterwards: %d", code)
	}
}

// A hundred idle connections do not keep the screen from going on.
func TestManyConnections(t *testing.T) {
	c, board := start(t)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	screens := c.stream(t, ctx)
	<-screens
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() {
			conn, err := net.Dial("unix", c.path)
			if err != nil {
				return
			}
			defer conn.Close()
			fmt.Fprint(conn, "GARBAGE\r\n\r\n")
			conn.SetReadDeadline(time.Now().Add(10 * time.Second))
			for buf := make([]byte, 512); ; {
				if _, err := conn.Read(buf); err != nil {
					return
				}
			}
		})
	}
	all.Wait()
	board.Show(Screen{Name: Thanks}, time.Now())
	if s := <-screens; s.Name != Thanks {
		t.Errorf("got %+v", s)
	}
}

func TestBoardNumbersChangesOnly(t *testing.T) {
	b, at := NewBoard(), time.Unix(1000, 0)
	b.Show(Screen{Name: Pay, Payment: &PaymentView{Guidance: "insert_card"}}, at)
	b.Show(Screen{Name: Pay, Payment: &PaymentView{Guidance: "insert_card"}}, at.Add(time.Second))
	if s, _ := b.Now(); s.Seq != 1 {
		t.Errorf("the same screen again has number %d", s.Seq)
	}
	b.Show(Screen{Name: Pay, Payment: &PaymentView{Guidance: "enter_pin"}}, at.Add(2*time.Second))
	if s, _ := b.Now(); s.Seq != 2 || !s.Since.Equal(at) {
		t.Errorf("got number %d since %v", s.Seq, s.Since)
	}
}
