package zvt

import (
	"fmt"
	"time"

	"murur/devices"
	"murur/devices/transport"
)

var errTrickle = fmt.Errorf("message does not come to its end: %w", devices.ErrLink)

// tcpLink is the socket transport: bare APDUs, found by their length.
type tcpLink struct {
	*wire
	buf   []byte
	begun time.Time // when the first byte of buf came
}

func newTCPLink(s transport.Stream, t Timers, trace transport.Trace) *tcpLink {
	return &tcpLink{wire: newWire(s, t, trace)}
}

func (l *tcpLink) send(_ <-chan struct{}, a []byte) error {
	if l.trace != nil {
		l.trace(transport.ToDevice, a)
	}
	return l.put(a, l.timers.T3)
}

func (l *tcpLink) recv(wake <-chan struct{}, d time.Duration) (APDU, error) {
	limit := time.NewTimer(d)
	defer limit.Stop()
	if len(l.buf) > 0 && l.whole() { // the APDU that was handed out last
		l.buf = l.buf[:0]
	}
	for {
		for len(l.pending) > 0 {
			if len(l.buf) == 0 {
				l.begun = time.Now()
			}
			_, want, ok := apduSize(l.buf)
			switch {
			case ok:
			case len(l.buf) < 3:
				want = 3
			default:
				want = 5
			}
			n := min(want-len(l.buf), len(l.pending))
			l.buf = append(l.buf, l.pending[:n]...)
			l.pending = l.pending[n:]
			if l.whole() {
				if l.trace != nil {
					l.trace(transport.FromDevice, masked(l.buf))
				}
				return l.buf, nil
			}
		}
		t, w, late := limit.C, wake, (<-chan time.Time)(nil)
		if len(l.buf) > 0 {
			t, w, late = nil, nil, time.After(time.Until(l.begun.Add(l.timers.T3)))
		}
		select {
		case p, ok := <-l.in:
			if err := l.came(p, ok); err != nil {
				return nil, err
			}
		case <-late:
			l.close()
			return nil, errTrickle
		case <-t:
			return nil, errSilence
		case <-w:
			return nil, errWoken
		case <-l.done:
			return nil, errClosed
		}
	}
}

func (l *tcpLink) whole() bool {
	_, n, ok := apduSize(l.buf)
	return ok && len(l.buf) == n
}
