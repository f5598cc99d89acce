package gpio

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"periph.io/x/conn/v3/gpio"

	"murur/devices/cabinet"
)

// Input is a contact. A nil Pin is not fitted.
type Input struct {
	Pin       gpio.PinIn
	ActiveLow bool
}

// Output is a lamp. A nil Pin is not fitted.
type Output struct {
	Pin       gpio.PinOut
	ActiveLow bool
}

// Pins are what the cabinet's wires end at.
type Pins struct {
	Door  Input // active: open
	Mains Input // active: failing
	Lamps map[cabinet.Lamp]Output
}

// Driver is a cabinet.Cabinet on pins.
type Driver struct {
	inputs  []Input
	lamps   map[cabinet.Lamp]Output
	orders  chan order
	life    context.Context
	end     context.CancelFunc
	running sync.WaitGroup

	mu      sync.Mutex
	state   cabinet.State
	changed chan struct{} // closed at the next change
}

var _ cabinet.Cabinet = (*Driver)(nil)

// errClosed answers whoever asks after Close.
var errClosed = errors.New("the cabinet is closed")

// New takes the pins over: lamps go dark, contacts are watched. Close gives them back.
func New(p Pins) (*Driver, error) {
	d := &Driver{lamps: make(map[cabinet.Lamp]Output), orders: make(chan order), changed: make(chan struct{})}
	for lamp, out := range p.Lamps {
		if out.Pin == nil {
			continue
		}
		if err := out.set(false); err != nil {
			return nil, fmt.Errorf("cannot use the lamp at the %s: %w", lamp, err)
		}
		d.lamps[lamp] = out
	}
	contacts := []struct {
		name string
		in   Input
		note func(active bool)
	}{
		{"the door", p.Door, d.noteDoor},
		{"the mains", p.Mains, d.noteMains},
	}
	d.life, d.end = context.WithCancel(context.Background())
	for _, c := range contacts {
		if c.in.Pin == nil {
			continue
		}
		edges, err := c.in.begin()
		if err != nil {
			return nil, errors.Join(fmt.Errorf("cannot watch %s: %w", c.name, err), d.Close())
		}
		d.inputs = append(d.inputs, c.in)
		active := c.in.active()
		c.note(active)
		d.running.Go(func() { c.in.watch(d.life, edges, active, c.note) })
	}
	d.running.Go(d.shine)
	return d, nil
}

// Close ends the watching, waits for it, and leaves every lamp dark.
func (d *Driver) Close() error {
	d.end()
	d.running.Wait()
	var failed []error
	for lamp, out := range d.lamps {
		if err := out.set(false); err != nil {
			failed = append(failed, fmt.Errorf("cannot darken the lamp at the %s: %w", lamp, err))
		}
	}
	for _, in := range d.inputs {
		failed = append(failed, in.Pin.Halt()) // no more interrupts
	}
	return errors.Join(failed...)
}

// Status is what the contacts last said.
func (d *Driver) Status(context.Context) (cabinet.State, error) {
	if d.life.Err() != nil {
		return cabinet.State{}, errClosed
	}
	state, _ := d.now()
	return state, nil
}

// Watch sends the present state and every newer one.
func (d *Driver) Watch(ctx context.Context) <-chan cabinet.State {
	out := make(chan cabinet.State)
	d.running.Go(func() {
		defer close(out)
		for {
			state, changed := d.now()
			select {
			case out <- state:
			case <-changed:
				continue // nobody took it, and it is over
			case <-ctx.Done():
				return
			case <-d.life.Done():
				return
			}
			select {
			case <-changed:
			case <-ctx.Done():
				return
			case <-d.life.Done():
				return
			}
		}
	})
	return out
}

func (d *Driver) now() (cabinet.State, <-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.state, d.changed
}

func (d *Driver) noteDoor(open bool) {
	door := cabinet.DoorClosed
	if open {
		door = cabinet.DoorOpen
	}
	d.note(func(s *cabinet.State) { s.Door = door })
}

func (d *Driver) noteMains(failing bool) {
	mains := cabinet.MainsOK
	if failing {
		mains = cabinet.MainsFailing
	}
	d.note(func(s *cabinet.State) { s.Mains = mains })
}

func (d *Driver) note(change func(*cabinet.State)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change(&d.state)
	close(d.changed)
	d.changed = make(chan struct{})
}

const (
	settle = 20 * time.Millisecond  // longer than a door contact bounces
	look   = 250 * time.Millisecond // how often a level is read without an edge
)

// begin makes the pin an input, as well as the chip can, and says whether it has edges.
func (in Input) begin() (edges bool, err error) {
	pull := gpio.PullUp
	if in.ActiveLow {
		pull = gpio.PullDown
	}
	for _, try := range []struct {
		pull gpio.Pull
		edge gpio.Edge
	}{
		{pull, gpio.BothEdges}, {gpio.PullNoChange, gpio.BothEdges},
		{pull, gpio.NoEdge}, {gpio.PullNoChange, gpio.NoEdge},
	} {
		if err = in.Pin.In(try.pull, try.edge); err == nil {
			return try.edge != gpio.NoEdge, nil
		}
	}
	return false, err
}

func (in Input) active() bool { return bool(in.Pin.Read()) != in.ActiveLow }

// watch notes every change of the contact until ctx ends.
func (in Input) watch(ctx context.Context, edges, known bool, note func(active bool)) {
	for ctx.Err() == nil {
		next := time.Now().Add(look)
		if edge := edges && in.Pin.WaitForEdge(look); !edge {
			pause(ctx, time.Until(next)) // a pin that fails answers at once
			if in.active() == known {
				continue
			}
		}
		pause(ctx, settle)
		if active := in.active(); active != known && ctx.Err() == nil {
			known = active
			note(active)
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
