package front

import (
	"bytes"
	"encoding/json"
	"errors"
	"sync"
	"time"
)

// ErrStale answers an Input for a screen that is gone.
var ErrStale = errors.New("the touch was for another screen")

// Board holds the present screen for whoever shows it. It is safe for concurrent use.
type Board struct {
	mu      sync.Mutex
	screen  Screen
	content []byte        // the screen without number and time, to see a change
	changed chan struct{} // closed at the next change
}

// NewBoard is an empty board; its screen has the number 0 and no name.
func NewBoard() *Board { return &Board{changed: make(chan struct{})} }

// Now is the present screen, and a channel that is closed when it changes.
func (b *Board) Now() (Screen, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.screen, b.changed
}

// Show puts a screen up. The same content again changes nothing; other content gets
// the next number. Since is when a screen of this name began.
func (b *Board) Show(s Screen, at time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s.Seq, s.Since = 0, time.Time{}
	content, _ := json.Marshal(s) // a Screen has nothing that cannot be marshalled
	if bytes.Equal(content, b.content) {
		return
	}
	s.Seq, s.Since = b.screen.Seq+1, at
	if s.Name == b.screen.Name && s.Doing == b.screen.Doing {
		s.Since = b.screen.Since
	}
	b.screen, b.content = s, content
	close(b.changed)
	b.changed = make(chan struct{})
}
