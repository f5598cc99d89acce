package window

import (
	"context"
	"errors"
	"fmt"
	"image"

	"github.com/godbus/dbus/v5"

	"murur/ui/i18n"
)

// tree is the tree of what a screen reader sees (AT-SPI 2): every control of the
// window with its name and place.
type tree struct{ bus *dbus.Conn }

// Names on the bus.
const (
	registry   = "org.a11y.atspi.Registry"
	rootPath   = "/org/a11y/atspi/accessible/root"
	accessible = "org.a11y.atspi.Accessible"
	component  = "org.a11y.atspi.Component"
)

// States of a control, as bits of AtspiStateType.
const (
	stateSensitive = 1 << 24
	stateShowing   = 1 << 25
)

// maxDepth bounds the walk; the window's own tree is far less deep.
const maxDepth = 40

// openTree finds the accessibility bus behind the session bus at address.
func openTree(ctx context.Context, address string) (*tree, error) {
	session, err := dial(ctx, address)
	if err != nil {
		return nil, err
	}
	defer session.Close()
	var where string
	if err := session.Object("org.a11y.Bus", "/org/a11y/bus").CallWithContext(ctx, "org.a11y.Bus.GetAddress", 0).Store(&where); err != nil {
		return nil, fmt.Errorf("cannot find the accessibility bus: %w", err)
	}
	bus, err := dial(ctx, where)
	if err != nil {
		return nil, err
	}
	return &tree{bus}, nil
}

func dial(ctx context.Context, address string) (*dbus.Conn, error) {
	c, err := dbus.Connect(address, dbus.WithContext(ctx))
	if err != nil {
		return nil, fmt.Errorf("cannot reach the bus at %s: %w", address, err)
	}
	return c, nil
}

func (t *tree) close() { t.bus.Close() }

// node is one accessible object.
type node struct {
	Owner string
	Path  dbus.ObjectPath
}

var errNotThere = errors.New("the window does not show it")

// find is the place on the screen of the control with that name that can be touched
// now. Errors: errNotThere.
func (t *tree) find(ctx context.Context, name string) (image.Rectangle, error) {
	return t.search(ctx, node{registry, rootPath}, name, 0)
}

// search walks the tree in reading order. A part that disappears meanwhile is not
// there.
func (t *tree) search(ctx context.Context, n node, name string, depth int) (image.Rectangle, error) {
	o := t.bus.Object(n.Owner, n.Path)
	if got, err := o.GetProperty(accessible + ".Name"); err == nil {
		if said, ok := got.Value().(string); ok && i18n.Plain(said) == i18n.Plain(name) {
			if place, ok := t.touchable(ctx, o); ok {
				return place, nil
			}
		}
	}
	var children []node
	if depth == maxDepth || o.CallWithContext(ctx, accessible+".GetChildren", 0).Store(&children) != nil {
		return image.Rectangle{}, errNotThere
	}
	for _, c := range children {
		if place, err := t.search(ctx, c, name, depth+1); err == nil {
			return place, nil
		}
	}
	return image.Rectangle{}, errNotThere
}

// roles that take a touch: check box, push button, toggle button, radio button.
var roles = map[uint32]bool{7: true, 43: true, 62: true, 44: true}

func (t *tree) touchable(ctx context.Context, o dbus.BusObject) (image.Rectangle, bool) {
	var role uint32
	var states []uint32
	if o.CallWithContext(ctx, accessible+".GetRole", 0).Store(&role) != nil || !roles[role] ||
		o.CallWithContext(ctx, accessible+".GetState", 0).Store(&states) != nil || len(states) == 0 {
		return image.Rectangle{}, false
	}
	var box struct{ X, Y, W, H int32 }
	const onScreen = uint32(0)
	if o.CallWithContext(ctx, component+".GetExtents", 0, onScreen).Store(&box) != nil {
		return image.Rectangle{}, false
	}
	place := image.Rect(int(box.X), int(box.Y), int(box.X+box.W), int(box.Y+box.H))
	const needed = stateSensitive | stateShowing
	return place, states[0]&needed == needed && !place.Empty()
}
