package scenario

import (
	"bytes"
	"fmt"
	"sync"
	"time"

	"murur/kiosk/front"
	"murur/ui/view"
)

// story is the transcript of a visit: what was done and what was on the screen, in
// the words the citizen saw. It is safe for concurrent use.
type story struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func newStory(s Scenario) *story {
	var t story
	fmt.Fprintf(&t.text, "%s: %s\n", s.Name, s.Title)
	return &t
}

func (t *story) did(l Line) {
	t.mu.Lock()
	defer t.mu.Unlock()
	fmt.Fprintf(&t.text, "\n> %s\n", l)
}

func (t *story) saw(s front.Screen) {
	text := view.Of(s, view.Options{Now: s.Since, Arrived: time.Now()}).Text()
	t.mu.Lock()
	defer t.mu.Unlock()
	fmt.Fprintf(&t.text, "\n%s", text)
}

func (t *story) bytes() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return bytes.Clone(t.text.Bytes())
}
