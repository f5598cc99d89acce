package zvtsim

import (
	"time"
)

// mark is something that happens when so many more bytes have crossed the wire.
type mark struct {
	left int
	do   func() // nil cuts the terminal's power
}

// Traffic is how many bytes crossed the wire since New: from the kiosk, to the kiosk.
// Together they say where a death can strike.
func (t *Terminal) Traffic() (in, out int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.in, t.out
}

// CutPowerAt cuts the terminal's power when n more bytes (at least 1) have crossed the
// wire, whoever sent them. The n-th has arrived; nobody has acted on it when it was the
// kiosk's.
func (t *Terminal) CutPowerAt(n int) { t.addMark(n, nil) }

// KillKioskAt calls kill when n more bytes (at least 1) have crossed the wire. What the
// kiosk had written behind the n-th byte never arrives. In a synctest bubble the kiosk
// has come to rest with what it received. kill runs on the serving goroutine; it may
// close the kiosk's end of the line but must not wait for Serve.
func (t *Terminal) KillKioskAt(n int, kill func()) { t.addMark(n, kill) }

func (t *Terminal) addMark(n int, do func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.marks = append(t.marks, &mark{left: max(n, 1), do: do})
}

// room is how many of n bytes may cross before the next mark.
func (t *Terminal) room(n int) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, m := range t.marks {
		n = min(n, m.left)
	}
	return n
}

// crossed counts n bytes, at most room, and strikes the marks that are reached. It
// reports whether the kiosk died.
func (l *line) crossed(counter *int, n int) (kioskDied bool, err error) {
	l.mu.Lock()
	*counter += n
	var due []*mark
	left := l.marks[:0]
	for _, m := range l.marks {
		if m.left -= n; m.left > 0 {
			left = append(left, m)
		} else {
			due = append(due, m)
		}
	}
	l.marks = left
	l.struck += len(due)
	l.mu.Unlock()
	for _, m := range due {
		if m.do == nil {
			return kioskDied, ErrPowerLost
		}
		l.pause(time.Nanosecond) // lets the kiosk act on what it has
		m.do()
		kioskDied, l.killed = true, time.Now()
	}
	return kioskDied, nil
}

// atOnce is how late this side may be by the scheduler of its machine. It is made good:
// the wire's times are counted from when things should have happened, so that what
// remains is the kiosk's own.
const atOnce = 3 * time.Millisecond

// char is how long one byte is on the wire: eleven bit times.
func (l *line) char(n int) time.Duration {
	if l.o.Baud == 0 {
		return 0
	}
	return time.Duration(n) * 11 * time.Second / time.Duration(l.o.Baud)
}

// received is a chunk that came, and when.
type received struct {
	p  []byte
	at time.Time
}

// arrive lets a chunk take its time on the wire and hands over what may be looked at.
func (l *line) arrive(c received) error {
	if c.at.Before(l.killed) {
		return nil // written by a kiosk that died before it left
	}
	for rest := c.p; len(rest) > 0; {
		n := l.room(len(rest))
		if l.o.Baud > 0 {
			if at := c.at.Add(-l.late); l.rxFree.Before(at) {
				l.rxFree = at
			}
			l.rxFree = l.rxFree.Add(l.char(n))
			l.pause(time.Until(l.rxFree))
		}
		died, err := l.crossed(&l.Terminal.in, n)
		if err != nil {
			return err
		}
		l.pending = append(l.pending, rest[:n]...)
		if rest = rest[n:]; died {
			return nil
		}
	}
	return nil
}

// put sends bytes, each when it is due.
func (l *line) put(p []byte) error {
	now := time.Now()
	if l.o.Baud > 0 && now.Sub(l.rxFree) < atOnce {
		now = l.rxFree
	}
	if l.txFree.Before(now) {
		l.txFree = now
	}
	for len(p) > 0 {
		n := l.room(len(p))
		if l.o.Baud > 0 {
			n = min(n, max(1, int(time.Since(l.txFree)/l.char(1))))
			l.txFree = l.txFree.Add(l.char(n))
			l.pause(time.Until(l.txFree))
			l.late = min(max(time.Since(l.txFree), 0), atOnce)
		}
		if _, err := l.rw.Write(p[:n]); err != nil {
			return err
		}
		if _, err := l.crossed(&l.Terminal.out, n); err != nil {
			return err
		}
		p = p[n:]
	}
	return nil
}
