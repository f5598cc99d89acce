package evolis

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"murur/devices"
	"murur/devices/transport"
)

// Deadlines by class of command.
const (
	askLimit   = 2 * time.Second
	setLimit   = 3 * time.Second
	busyLimit  = 20 * time.Second // for a question behind a panel that is printed
	moveLimit  = 60 * time.Second
	printLimit = 5 * time.Minute
	blockLimit = 60 * time.Second // of one chunk, which waits while a panel is printed
)

const (
	silence     = 50 * time.Millisecond  // ends a reply without a terminator
	longSilence = 500 * time.Millisecond // the same, where replies had one so far
	leftover    = 5 * time.Millisecond   // what is there within it came unasked
	quiet       = 300 * time.Millisecond // nothing late is to be expected after it
	chunk       = 16 << 10
	maxReply    = 256
)

var errNoReply = errors.New("no reply in time")

// link is a claimed printer.
type link struct {
	pipes      transport.Pipes
	iface      uint16
	trace      transport.Trace
	life       context.Context // ends with the driver; a block once begun ends only with it
	serial     string
	model      string
	stale      bool // a reply may still come
	terminated bool // replies end with a terminator
}

// attach claims the printer and learns its serial number, which shows that both sides
// agree on which reply belongs to which command.
func attach(ctx, life context.Context, open transport.PipesOpener, trace transport.Trace) (*link, error) {
	pipes, err := open(ctx)
	if err != nil {
		return nil, err
	}
	if trace == nil {
		trace = func(transport.Direction, []byte) {}
	}
	l := &link{pipes: pipes, iface: printerInterface(pipes.Descriptors()), trace: trace, life: life}
	if err := l.greet(ctx); err != nil {
		pipes.Close()
		return nil, err
	}
	return l, nil
}

// greet gets the same serial number twice. A printer that says nothing may be printing,
// or wait for the rest of a download: the class request ends that.
func (l *link) greet(ctx context.Context) error {
	last, silent := "", 0
	for range 8 {
		l.discard(ctx, quiet)
		limit := askLimit
		if silent > 0 {
			limit = busyLimit
		}
		serial, err := l.exchange(ctx, "Rsn", limit)
		switch {
		case err == nil && serial == last && refusal(serial) == nil && squeeze(serial) != "OK":
			l.serial, l.stale = serial, false
			l.model, _ = l.exchange(ctx, "Rtp", askLimit)
			return nil
		case err == nil:
			last = serial
		case !errors.Is(err, errNoReply) || silent == 3:
			return err
		default:
			if silent++; silent == 2 {
				l.pipes.Control(ctx, 0x21, 2, 0, l.iface, nil) // SOFT_RESET; where it is not known, silence goes on
			}
		}
	}
	return fmt.Errorf("%w: serial number %q", errReply, last)
}

// ask sends a command and returns its reply.
func (l *link) ask(ctx context.Context, command string, limit time.Duration) (string, error) {
	if l.stale {
		if err := l.resync(ctx); err != nil {
			return "", err
		}
	}
	l.discard(ctx, leftover)
	return l.exchange(ctx, command, limit)
}

// resync waits for late replies and makes sure that the next reply is the next
// command's. A printer that prints a panel may not answer meanwhile.
func (l *link) resync(ctx context.Context) error {
	limit := askLimit
	for silent, tries := 0, 0; silent < 3 && tries < 10; tries++ {
		l.discard(ctx, quiet)
		serial, err := l.exchange(ctx, "Rsn", limit)
		switch {
		case err == nil && serial == l.serial:
			return nil
		case err == nil: // the reply to something else
		case errors.Is(err, errNoReply):
			silent++
			limit = busyLimit
		default:
			return err
		}
		l.stale = true
	}
	return fmt.Errorf("%w: %w", devices.ErrLink, errNoReply)
}

func (l *link) exchange(ctx context.Context, command string, limit time.Duration) (string, error) {
	if forbidden(command) {
		return "", fmt.Errorf("cannot send %s: it is never sent", command)
	}
	b := frame(command)
	l.trace(transport.ToDevice, bytes.TrimRight(b, "\x00"))
	l.stale = true // until the reply is there
	if err := l.write(b); err != nil {
		return "", err
	}
	reply, err := l.reply(ctx, limit)
	// Up to eight late replies to greet or resync, which do not ask more often.
	for late := 0; err == nil && reply == l.serial && command != "Rsn" && late < 8; late++ {
		l.trace(transport.FromDevice, []byte(reply))
		reply, err = l.reply(ctx, limit)
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", command, err)
	}
	l.stale = false
	l.trace(transport.FromDevice, []byte(reply))
	return reply, nil
}

// frame is a command on the wire. The end of a sequence is padded as downloads are.
func frame(command string) []byte {
	b := []byte("\x1b" + command + "\r")
	if command == "Se" {
		return padded(b)
	}
	return b
}

// send sends a panel. The trace is told of its header only: what follows is a
// citizen's face and name.
func (l *link) send(p Panel) error {
	l.trace(transport.ToDevice, p.Block[:p.Header])
	return l.write(p.Block)
}

// write does not stop in the middle for a caller in a hurry: half a block swallows
// what is sent next.
func (l *link) write(p []byte) error {
	for len(p) > 0 {
		n := min(len(p), chunk)
		ctx, cancel := context.WithTimeout(l.life, blockLimit)
		err := l.pipes.BulkOut(ctx, p[:n])
		cancel()
		if err != nil {
			return fmt.Errorf("%w: %w", devices.ErrLink, err)
		}
		p = p[n:]
	}
	return nil
}

// reply reads one reply: text up to a terminator or a silence.
func (l *link) reply(ctx context.Context, limit time.Duration) (string, error) {
	deadline := time.Now().Add(limit)
	var text []byte
	for {
		until := deadline
		if len(text) > 0 {
			until = time.Now().Add(silence)
			if l.terminated {
				until = time.Now().Add(longSilence)
			}
		}
		more, err := l.read(ctx, until)
		text = append(text, more...)
		text = bytes.TrimLeft(text, "\x00\r\n ")
		if i := bytes.IndexAny(text, "\x00\r\n"); i >= 0 {
			l.terminated = true
			return string(text[:i]), nil
		}
		switch {
		case len(text) > maxReply:
			return "", fmt.Errorf("%w: %d bytes", errReply, len(text))
		case err == nil && len(more) > 0:
		case err == nil && len(text) > 0:
			return string(text), nil
		case err == nil:
			return "", errNoReply
		case ctx.Err() != nil:
			return "", ctx.Err()
		default:
			return "", fmt.Errorf("%w: %w", devices.ErrLink, err)
		}
	}
}

// read takes what comes until the time; nothing, and no error, when nothing does.
func (l *link) read(ctx context.Context, until time.Time) ([]byte, error) {
	ctx, cancel := context.WithDeadlineCause(ctx, until, errNoReply)
	defer cancel()
	buf := make([]byte, max(l.pipes.MaxPacket(), 64))
	for {
		n, err := l.pipes.BulkIn(ctx, buf)
		switch {
		case n > 0:
			return buf[:n], nil
		case err == nil:
			// An empty transfer. Some devices answer every question for data with one.
			if sleep(ctx, leftover) == nil {
				continue
			}
		}
		if ctx.Err() != nil && !errors.Is(err, transport.ErrGone) {
			if errors.Is(context.Cause(ctx), errNoReply) {
				return nil, nil
			}
			return nil, ctx.Err()
		}
		return nil, err
	}
}

// discard throws away what came unasked, until there is nothing for so long.
func (l *link) discard(ctx context.Context, pause time.Duration) {
	for range 64 {
		b, err := l.read(ctx, time.Now().Add(pause))
		if err != nil || len(b) == 0 {
			return
		}
		l.trace(transport.FromDevice, b)
	}
}

// mayPrint asks by the class request whether the printer takes data.
func (l *link) mayPrint(ctx context.Context) error {
	b := make([]byte, 1)
	n, err := l.pipes.Control(ctx, 0xA1, 1, 0, l.iface, b)
	if err != nil || n < 1 {
		return nil // not every device knows it, and the replies tell more
	}
	const selected, noError, ready = 0x10, 0x08, 0x18
	if b[0]&ready != ready {
		return fault(PrinterError, "port status %02X", b[0])
	}
	return nil
}

// printerInterface finds the number of the printer class interface in the raw
// configuration descriptor.
func printerInterface(d []byte) uint16 {
	const interfaceDescriptor, printerClass = 4, 7
	for len(d) >= 2 && int(d[0]) >= 2 && int(d[0]) <= len(d) {
		if d[0] >= 9 && d[1] == interfaceDescriptor && d[5] == printerClass {
			return uint16(d[2])
		}
		d = d[d[0]:]
	}
	return 0
}

// never are the words that print what is in memory, hand out or bin a card by model,
// or change the framing.
const never = " Seb Ssd Sc Sp Psc "

func forbidden(command string) bool {
	word, _, _ := strings.Cut(command, ";")
	return strings.Contains(never, " "+word+" ")
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
