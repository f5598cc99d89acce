package gtk

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"murur/kiosk/front"
	"murur/ui/i18n"
	"murur/ui/view"
	"murur/ui/view/samples"
)

// kioskd is a small front server: it shows what the test says and notes each Input.
type kioskd struct {
	t      testing.TB
	socket string
	inputs chan front.Input

	mu      sync.Mutex
	srv     *http.Server
	screen  front.Screen
	answer  int // status of the next inputs; 0: by Screen.Seq
	changed chan struct{}
}

func startKioskd(t testing.TB) *kioskd {
	k := &kioskd{t: t, socket: filepath.Join(t.TempDir(), "front"), inputs: make(chan front.Input, 100), changed: make(chan struct{})}
	k.start()
	t.Cleanup(k.stop)
	return k
}

func (k *kioskd) start() {
	l, err := net.Listen("unix", k.socket)
	if err != nil {
		k.t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /screen", k.follow)
	mux.HandleFunc("POST /input", k.input)
	k.srv = &http.Server{Handler: mux}
	go func(srv *http.Server) { _ = srv.Serve(l) }(k.srv) // ends with stop
}

func (k *kioskd) stop() { _ = k.srv.Close() }

// show shows the sample with the next number.
func (k *kioskd) show(name string, lang front.Lang, change ...func(*front.Screen)) front.Screen {
	s, ok := samples.Find(lang, name)
	if !ok {
		k.t.Fatalf("no sample %q", name)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	s.Screen.Seq = k.screen.Seq + 1
	for _, c := range change {
		c(&s.Screen)
	}
	k.screen, k.answer = s.Screen, 0
	close(k.changed)
	k.changed = make(chan struct{})
	return k.screen
}

func (k *kioskd) follow(w http.ResponseWriter, r *http.Request) {
	for {
		k.mu.Lock()
		data, err := json.Marshal(k.screen)
		changed := k.changed
		k.mu.Unlock()
		if err != nil {
			k.t.Error(err)
			return
		}
		if _, err := fmt.Fprintf(w, "data: %s\n\n", data); err != nil {
			return
		}
		w.(http.Flusher).Flush()
		select {
		case <-changed:
		case <-r.Context().Done():
			return
		}
	}
}

func (k *kioskd) input(w http.ResponseWriter, r *http.Request) {
	var in front.Input
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		k.t.Errorf("bad input: %v", err)
	}
	k.mu.Lock()
	answer, seq := k.answer, k.screen.Seq
	k.mu.Unlock()
	if in.Action == front.ActTouch {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if answer == 0 {
		answer = http.StatusNoContent
		if in.Screen != seq {
			answer = http.StatusConflict
		}
	}
	k.inputs <- in
	w.WriteHeader(answer)
}

// underTest is the program under test with everything around it.
type underTest struct {
	*kioskd
	*accessibility
	display string
	trace   chan string // lines "tap 3", "painted 4"
}

func open(t testing.TB, width, height int) *underTest {
	t.Helper()
	u := &underTest{display: display(t, width, height), kioskd: startKioskd(t), trace: make(chan string, 1000)}
	u.accessibility = startAccessibility(t, u.display)
	cmd := child(t, "window", u.display, u.socket, fmt.Sprint(width), fmt.Sprint(height))
	cmd.Env = append(cmd.Env, "DBUS_SESSION_BUS_ADDRESS="+u.session)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	run(t, cmd)
	go func() {
		defer close(u.trace)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			select {
			case u.trace <- lines.Text():
			default: // nobody measures
			}
		}
	}()
	return u
}

// title waits for the screen with this title; its window carries it.
func (u *underTest) title(t testing.TB, title string) {
	t.Helper()
	within(t, "the screen "+title, func() bool {
		all := u.tree()
		return len(all) > 0 && all[0].Name == title
	})
}

// control waits for an enabled control.
func (u *underTest) control(t testing.TB, name string) node {
	t.Helper()
	var found node
	within(t, "the button "+name, func() (ok bool) { found, ok = u.find(name); return ok })
	return found
}

// pressName uses a control by its name and gives what the kiosk was told.
func (u *underTest) pressName(t testing.TB, name string) front.Input {
	t.Helper()
	if err := u.press(u.control(t, name)); err != nil {
		t.Fatal(err)
	}
	return <-u.inputs
}

// touch taps with a finger, times times without a pause.
func (u *underTest) touch(t testing.TB, n node, times int) {
	t.Helper()
	x, y, err := u.middle(n)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("xdotool", "mousemove", fmt.Sprint(x), fmt.Sprint(y), "click", "--repeat", fmt.Sprint(times), "--delay", "1", "1")
	cmd.Env = append(withoutDesktop(), "DISPLAY="+u.display)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("xdotool: %v: %s", err, out)
	}
}

func en(id string, args ...any) string { return i18n.Plain(i18n.Text(front.English, id, args...)) }
func ar(id string, args ...any) string { return i18n.Plain(i18n.Text(front.Arabic, id, args...)) }

// TestVisit drives the real window by its accessible names, from the welcome screen
// to the receipt.
func TestVisit(t *testing.T) {
	u := open(t, 1080, 1920)
	welcome := u.show("welcome", front.Arabic)
	u.title(t, ar("welcome.title"))
	if in := u.pressName(t, "English"); in.Action != front.ActLanguage && in.Action != front.ActStart || in.Value != "en" || in.Screen != welcome.Seq {
		t.Errorf("told the kiosk %+v", in)
	}
	for _, c := range []struct {
		sample, press string
		want          front.Input
	}{
		{"service", en("service.fines"), front.Input{Action: front.ActService, Value: "fines"}},
		{"identify", en("way.violation"), front.Input{Action: front.ActWay, Value: "violation"}},
		{"fines-one", en("button.choose"), front.Input{Action: front.ActNext}},
		{"confirm", en("button.pay", "KD 35.000"), front.Input{Action: front.ActNext}},
		{"pay-insert_card", en("button.cancel.payment"), front.Input{Action: front.ActCancel}},
		{"problem-declined", en("button.retry"), front.Input{Action: front.ActRetry}},
		{"receipt-take", en("button.finish"), front.Input{Action: front.ActNext}},
		{"identify-more-time", en("more.yes"), front.Input{Action: front.ActMore}},
		{"applications", en("kind.lost") + ", Motorcycle", front.Input{Action: front.ActChoose, Value: "A-2"}},
		{"owing", en("button.owing"), front.Input{Action: front.ActNext}},
		{"place-old", en("button.cancel.visit"), front.Input{Action: front.ActCancel}},
		{"problem-pickup-licence_printer", en("button.retry"), front.Input{Action: front.ActRetry}},
	} {
		s := u.show(c.sample, front.English)
		u.title(t, i18n.Plain(view.Of(s, view.Options{}).Title))
		c.want.Screen = s.Seq
		if in := u.pressName(t, c.press); in != c.want {
			t.Errorf("%s: told the kiosk %+v, want %+v", c.sample, in, c.want)
		}
	}
}

// TestTypeANumber types a number on the pad: only the complete number goes to the kiosk.
func TestTypeANumber(t *testing.T) {
	u := open(t, 1080, 1920)
	s := u.show("number-violation", front.English)
	u.title(t, en("number.violation.title"))
	for _, digit := range "2026044" {
		if err := u.press(u.control(t, string(digit))); err != nil {
			t.Fatal(err)
		}
	}
	if err := u.press(u.control(t, en("key.delete"))); err != nil {
		t.Fatal(err)
	}
	want := front.Input{Screen: s.Seq, Action: front.ActNumber, Value: "202604"}
	if in := u.pressName(t, en("button.find")); in != want {
		t.Errorf("told the kiosk %+v, want %+v", in, want)
	}
	// The next person finds an empty pad.
	u.show("welcome", front.English)
	u.title(t, en("welcome.title"))
	u.show("number-violation", front.English)
	u.title(t, en("number.violation.title"))
	for _, n := range u.tree() {
		if strings.Contains(n.Name, "2026") {
			t.Errorf("the number is still shown: %q", n.Name)
		}
	}
}

// TestDoubleTap: five quick touches are one Input; the page works again when the
// kiosk says 409.
func TestDoubleTap(t *testing.T) {
	u := open(t, 1080, 1920)
	s := u.show("fines-none-selected", front.English)
	u.title(t, en("fines.title"))
	u.touch(t, u.control(t, en("button.all")), 5)
	if in := <-u.inputs; in.Action != front.ActAll || in.Screen != s.Seq {
		t.Errorf("told the kiosk %+v", in)
	}
	u.show("fines-one", front.English)
	pay := u.control(t, en("button.choose")) // it was off on the page before
	if len(u.inputs) > 0 {
		t.Errorf("a double tap told the kiosk %+v", <-u.inputs)
	}
	// A tap that is answered with 409 changes nothing, and the page goes on working.
	u.mu.Lock()
	u.answer = http.StatusConflict
	u.mu.Unlock()
	u.touch(t, pay, 1)
	<-u.inputs
	u.mu.Lock()
	u.answer = 0
	u.mu.Unlock()
	if in := u.pressName(t, en("button.choose")); in.Action != front.ActNext {
		t.Errorf("after a stale tap: %+v", in)
	}
}

// TestChecksAreCheckBoxes: a fine is a check box with all its words as its name.
func TestChecksAreCheckBoxes(t *testing.T) {
	u := open(t, 1920, 1080)
	s := u.show("fines", front.Arabic)
	u.title(t, ar("fines.title"))
	u.control(t, ar("button.choose")) // stands below them: the whole page is there
	var names []string
	checked := 0
	for _, n := range u.tree() {
		if n.Role == "check box" {
			names = append(names, n.Name)
			if n.Checked {
				checked++
			}
		}
	}
	if len(names) != len(s.Fines.Payable) || checked != s.Fines.Selected {
		t.Errorf("%d check boxes, %d checked: %q", len(names), checked, names)
	}
	for i, f := range s.Fines.Payable {
		if i < len(names) && (!strings.Contains(names[i], f.ID) || !strings.Contains(names[i], f.What.Ar)) {
			t.Errorf("check box %d is called %q", i, names[i])
		}
	}
	u.touch(t, u.control(t, names[2]), 1)
	if in := <-u.inputs; in.Action != front.ActToggle || in.Value != s.Fines.Payable[2].ID {
		t.Errorf("told the kiosk %+v", in)
	}
}

// TestMirror: in Arabic, Back is at the right; in English, at the left.
func TestMirror(t *testing.T) {
	u := open(t, 1080, 1920)
	place := func(lang front.Lang, title, back string) int {
		u.show("identify", lang)
		u.title(t, title)
		x, _, err := u.middle(u.control(t, back))
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	if x := place(front.Arabic, ar("identify.title"), ar("button.back")); x < 540 {
		t.Errorf("Arabic: Back is at %d", x)
	}
	if x := place(front.English, en("identify.title"), en("button.back")); x > 540 {
		t.Errorf("English: Back is at %d", x)
	}
	if in := u.pressName(t, "العربية"); in.Action != front.ActLanguage || in.Value != "ar" {
		t.Errorf("told the kiosk %+v", in)
	}
}

// TestKioskGone: while kioskd is away nothing of the person is left on the screen;
// when it is back, the screen is.
func TestKioskGone(t *testing.T) {
	u := open(t, 1080, 1920)
	u.show("fines", front.English)
	u.title(t, en("fines.title"))
	u.stop()
	u.title(t, en("connecting.title"))
	if slices.ContainsFunc(u.tree(), func(n node) bool { return strings.Contains(n.Name, "Demo Citizen") }) {
		t.Error("the name is still shown")
	}
	u.start()
	u.title(t, en("fines.title"))
}

// TestEveryNodeHasAName: a screen reader has words for every control.
func TestEveryNodeHasAName(t *testing.T) {
	u := open(t, 1080, 1920)
	for _, name := range []string{"service", "identify", "number-plate-class", "fines-many-1", "confirm", "problem-declined", "thanks",
		"applications-not-all", "owing", "place-old", "making-printing", "take-licence", "problem-visit"} {
		for _, lang := range i18n.Languages {
			s := u.show(name, lang)
			u.title(t, i18n.Plain(view.Of(s, view.Options{}).Title))
			for _, n := range u.tree() {
				if (n.Role == "push button" || n.Role == "check box") && n.Name == "" {
					t.Errorf("%s %s has a %s without a name", name, lang, n.Role)
				}
			}
		}
	}
}
