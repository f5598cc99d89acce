package gtk

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
)

// The brief of the screen, in pixels.
const (
	leastTouch = 80
	leastText  = 28
	keyWidth   = 140
	keyHeight  = 120
)

// TestSizes lays out every sample in every language, layout and size of text, and
// walks the real widgets: everything fits on the monitor, everything to touch is
// large enough and within reach, every text is large enough.
func TestSizes(t *testing.T) {
	t.Parallel()
	cmd := child(t, "measure", display(t, 640, 480))
	cmd.Env = append(cmd.Env, "NO_AT_BRIDGE=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	screens := 0
	for dec := json.NewDecoder(out); ; screens++ {
		var m measured
		if err := dec.Decode(&m); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		check(t, m)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if screens < 200 {
		t.Errorf("measured only %d screens", screens)
	}
}

func check(t *testing.T, m measured) {
	where := m.Sample + " " + m.Lang + " " + m.Variant
	lower := strings.HasSuffix(m.Sample, "-lower")
	for i, b := range m.Boxes {
		if i == 0 && (b.Width > m.Width || b.Height > m.Height) {
			t.Errorf("%s: needs %d×%d on %d×%d", where, b.Width, b.Height, m.Width, m.Height)
		}
		if b.Kind == "text" {
			if b.FontSize < leastText {
				t.Errorf("%s: text %q is %.0f px high", where, b.Name, b.FontSize)
			}
			continue
		}
		if b.W < leastTouch || b.H < leastTouch {
			t.Errorf("%s: %s is %d×%d", where, b.Name, b.W, b.H)
		}
		if strings.HasPrefix(b.Name, "do:digit") && (b.W < keyWidth || b.H < keyHeight) {
			t.Errorf("%s: key %s is %d×%d", where, b.Name, b.W, b.H)
		}
		if m.Width > m.Height {
			continue
		}
		switch middle := b.Y + b.H/2; {
		case strings.HasPrefix(b.Name, "lower"), strings.HasPrefix(b.Name, "contrast"), strings.HasPrefix(b.Name, "large"):
		case lower && middle < m.Height/2:
			t.Errorf("%s: %s is at %d, above the lower half", where, b.Name, b.Y)
		case !lower && (middle < m.Height*4/10 || b.Y+b.H > m.Height*9/10) && !outOfReach[b.Name]:
			t.Errorf("%s: %s is at %d to %d, out of reach", where, b.Name, b.Y, b.Y+b.H)
		}
	}
}

// outOfReach need not be within reach: nobody needs them to finish.
var outOfReach = map[string]bool{"all": true}
