package zvtsim

import (
	"context"
	"io"
	"net"
	"sync"
	"time"

	"murur/devices/transport"
)

// boot is how long a terminal needs after its power came back.
const boot = 3 * time.Second

// Cable is a serial cable between kiosk and terminal that outlives both: it has no
// ends that close. What is sent while the other side is not listening is lost. A
// terminal that lost its power is silent, and comes back by itself.
type Cable struct {
	term *Terminal

	mu    sync.Mutex
	near  net.Conn       // our end towards the terminal; nil while it boots
	kiosk *io.PipeWriter // towards the port that is open; nil when none is
	cut   chan struct{}
	wg    sync.WaitGroup
}

// NewCable joins a cable to a terminal that was just switched on.
func NewCable(t *Terminal) *Cable {
	c := &Cable{term: t, cut: make(chan struct{})}
	far := c.power()
	c.wg.Go(func() { c.run(far) })
	return c
}

func (c *Cable) power() net.Conn {
	near, far := net.Pipe()
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case <-c.cut:
		return nil
	default:
	}
	c.near = near
	return far
}

// run carries what the terminal sends, through all its lives.
func (c *Cable) run(far net.Conn) {
	buf := make([]byte, 4096)
	for far != nil {
		c.wg.Go(func() { c.term.Serve(context.Background(), far) })
		near := c.end()
		for {
			n, err := near.Read(buf)
			if err != nil {
				break
			}
			c.mu.Lock()
			kiosk := c.kiosk
			c.mu.Unlock()
			if kiosk != nil {
				kiosk.Write(buf[:n])
			}
		}
		c.mu.Lock()
		c.near = nil
		c.mu.Unlock()
		near.Close()
		select {
		case <-time.After(boot):
			far = c.power()
		case <-c.cut:
			return
		}
	}
}

func (c *Cable) end() net.Conn {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.near
}

// Close pulls the cable and waits for the terminal.
func (c *Cable) Close() {
	c.mu.Lock()
	close(c.cut)
	if c.near != nil {
		c.near.Close()
	}
	c.mu.Unlock()
	c.wg.Wait()
}

// Open opens the port on the kiosk's side; it is a transport.Opener.
func (c *Cable) Open(ctx context.Context) (transport.Stream, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r, w := io.Pipe()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kiosk = w
	return &port{r, c}, nil
}

type port struct {
	*io.PipeReader
	c *Cable
}

func (p *port) Write(b []byte) (int, error) {
	if near := p.c.end(); near != nil {
		near.Write(b) // a dead terminal hears nothing, and nobody knows
	}
	return len(b), nil
}
