package panel

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"image"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"murur/cmd/hwsim/internal/cabinet"
	"murur/devices/cardprinter"
	"murur/devices/cardprinter/evolis"
	"murur/devices/transport/usbpipe"
)

func serve(t *testing.T) (*cabinet.Cabinet, *httptest.Server) {
	t.Helper()
	c, err := cabinet.Open(cabinet.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(Handler(c))
	t.Cleanup(func() { s.Close(); c.Close() })
	return c, s
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

func do(t *testing.T, s *httptest.Server, command string) int {
	t.Helper()
	body, err := json.Marshal(map[string]string{"do": command})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.Post(s.URL+"/api/do", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	return answer.StatusCode
}

func TestDo(t *testing.T) {
	c, s := serve(t)
	for _, step := range []struct {
		command string
		want    int
	}{
		{"reader insert civil-id 288012098012", 204},
		{"reader insert bank-card", 409}, // a card is in the slot
		{"reader juggle", 400},
		{"printer paper low", 204},
		{"printer take", 409},
	} {
		if got := do(t, s, step.command); got != step.want {
			t.Errorf("%q answered %d, not %d", step.command, got, step.want)
		}
	}
	if card := c.State().Reader.Card; card == nil || card.Civil != "288012098012" {
		t.Errorf("the slot holds %+v", card)
	}
}

func TestEventsShowEachChange(t *testing.T) {
	_, s := serve(t)
	answer, err := http.Get(s.URL + "/api/events")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	lines := bufio.NewScanner(answer.Body)
	next := func(holds func(cabinet.State) bool) {
		t.Helper()
		for lines.Scan() {
			data, ok := strings.CutPrefix(lines.Text(), "data: ")
			if !ok {
				continue
			}
			var state cabinet.State
			if err := json.Unmarshal([]byte(data), &state); err != nil {
				t.Fatal(err)
			}
			if holds(state) {
				return
			}
		}
		t.Fatal("the events ended")
	}
	next(func(s cabinet.State) bool { return s.Reader.Plugged && s.Reader.Card == nil })
	do(t, s, "reader insert driving-licence")
	next(func(s cabinet.State) bool { return s.Reader.Card != nil && s.Reader.Card.Kind == "driving-licence" })
	do(t, s, "printer unplug")
	next(func(s cabinet.State) bool { return !s.Printer.Plugged })
}

func TestStrangersAreKeptOut(t *testing.T) {
	_, s := serve(t)
	form, err := http.PostForm(s.URL+"/api/do", nil)
	if err != nil {
		t.Fatal(err)
	}
	form.Body.Close()
	if form.StatusCode != http.StatusUnsupportedMediaType {
		t.Errorf("a form was answered %s", form.Status)
	}
	req := httptest.NewRequest(http.MethodGet, "/api/state", nil)
	req.Host = "evil.example"
	answer := httptest.NewRecorder()
	s.Config.Handler.ServeHTTP(answer, req)
	if answer.Code != http.StatusForbidden {
		t.Errorf("another host name was answered %d", answer.Code)
	}
	for _, address := range []string{"0.0.0.0:0", ":8490", "192.0.2.1:80", "nowhere"} {
		if l, err := Listen(address); err == nil {
			l.Close()
			t.Errorf("listens at %s", address)
		}
	}
}

func TestPapers(t *testing.T) {
	_, s := serve(t)
	for _, path := range []string{"/api/papers/1.png", "/api/papers/0.png", "/api/papers/x.png"} {
		if code, _ := get(t, s.URL+path); code != http.StatusNotFound {
			t.Errorf("%s answered %d", path, code)
		}
	}
}

// A card can be seen as soon as it has left the feeder, also while nothing is on it.
func TestCards(t *testing.T) {
	c, s := serve(t)
	kiosk := evolis.New(usbpipe.Open(c.LicenceSocket()), evolis.Options{})
	defer kiosk.Close()
	if _, err := kiosk.Locate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := kiosk.Feed(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, side := range []string{"front", "back"} {
		code, body := get(t, s.URL+"/api/cards/1-"+side+".png")
		if code != http.StatusOK {
			t.Fatalf("the %s answered %d", side, code)
		}
		picture, err := png.Decode(strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if size := picture.Bounds().Size(); size != (image.Point{X: cardprinter.Width, Y: cardprinter.Height}) {
			t.Errorf("the %s is %v dots", side, size)
		}
	}
	for _, name := range []string{"2-front.png", "0-front.png", "x-front.png", "1.png", "1-side.png", "1-front", "front.png"} {
		if code, _ := get(t, s.URL+"/api/cards/"+name); code != http.StatusNotFound {
			t.Errorf("%s answered %d", name, code)
		}
	}
}

// The page is complete in itself: every element that the script names is there, and
// nothing comes from elsewhere.
func TestPage(t *testing.T) {
	_, s := serve(t)
	_, page := get(t, s.URL+"/")
	_, script := get(t, s.URL+"/panel.js")
	for _, m := range regexp.MustCompile(`\$\("([a-z-]+)"\)`).FindAllStringSubmatch(script, -1) {
		if !strings.Contains(page, `id="`+m[1]+`"`) {
			t.Errorf("the script uses #%s, which the page has not", m[1])
		}
	}
	for _, text := range []string{page, script} {
		if regexp.MustCompile(`https?://`).MatchString(text) {
			t.Error("something comes from elsewhere")
		}
	}
	c, _ := serve(t)
	for _, m := range regexp.MustCompile(`data-(?:do|toggle)="([^"]+)"`).FindAllStringSubmatch(page, -1) {
		for command := range strings.SplitSeq(m[1], "|") {
			if err := c.Do(command); errors.Is(err, cabinet.ErrCommand) {
				t.Errorf("button: %v", err)
			}
		}
	}
	for _, command := range []string{
		"licence take", "licence load 20", "licence ribbon 300", "licence jam feed", "licence jam eject", "licence jam reject",
		"licence fault cover 1", "licence fault ribbon 1", "licence fault jam 1", "licence fault hot 1", "licence fault power 1",
		"licence fault cable 1", "licence fault box", "licence fault feeder", "licence fault sensor", "licence fault pull",
		"licence sensor ok", "licence unjam", "licence clear", "licence cover open", "licence hot on", "licence box empty", "licence power off",
		"capture insert licence", "capture insert damaged", "capture insert paper", "capture insert coin", "capture take", "capture pull",
		"capture bin full", "capture bin empty", "capture jam", "capture unjam", "capture silent on", "capture power off",
		"capture person takes", "capture person ignores",
	} {
		if !regexp.MustCompile(`"([^"|]+\|)?` + command + `[|"]`).MatchString(page) {
			t.Errorf("no button does %q", command)
		}
	}
}
