package zvtsim_test

import (
	"context"
	"io"
	"net"
	"sync"

	"murur/devices/terminal/zvtsim"
	"murur/devices/transport"
)

// cable is a serial cable between a kiosk and a terminal: it has no ends that close.
// What is sent while the other side is not listening is lost; a terminal that lost
// its power is silent and comes back.
type cable struct {
	sim *zvtsim.Terminal

	mu    sync.Mutex
	near  net.Conn       // our end towards the terminal
	kiosk *io.PipeWriter // towards the open port; nil when nobody has it open
	cut   bool
	wg    sync.WaitGroup
}

func newCable(sim *zvtsim.Terminal) *cable {
	c := &cable{sim: sim}
	far := c.power()
	c.wg.Go(func() { c.run(far) })
	return c
}

// power joins the cable to a terminal that was just switched on.
func (c *cable) power() net.Conn {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cut {
		return nil
	}
	near, far := net.Pipe()
	c.near = near
	return far
}

func (c *cable) run(far net.Conn) {
	buf := make([]byte, 4096)
	for ; far != nil; far = c.power() {
		c.wg.Go(func() { c.sim.Serve(context.Background(), far) })
		near := c.near
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
		near.Close()
	}
}

func (c *cable) close() {
	c.mu.Lock()
	c.cut = true
	c.near.Close()
	c.mu.Unlock()
	c.wg.Wait()
}

// open is the port on the kiosk's side.
func (c *cable) open(context.Context) (transport.Stream, error) {
	r, w := io.Pipe()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kiosk = w
	return &port{r, c}, nil
}

type port struct {
	*io.PipeReader
	c *cable
}

func (p *port) Write(b []byte) (int, error) {
	p.c.mu.Lock()
	near := p.c.near
	p.c.mu.Unlock()
	near.Write(b) // a dead terminal hears nothing, and nobody knows
	return len(b), nil
}
