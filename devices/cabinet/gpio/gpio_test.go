package gpio

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/gpio/gpioreg"
	"periph.io/x/conn/v3/gpio/gpiotest"

	"murur/devices/cabinet"
)

// contact is a pin in memory with interrupts. After In it reads as its pull does,
// like one whose wire is cut.
func contact(name string) *gpiotest.Pin {
	return &gpiotest.Pin{N: name, Num: -1, EdgesChan: make(chan gpio.Level, 1)}
}

func open(t *testing.T, p Pins) *Driver {
	t.Helper()
	d, err := New(p)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func shut(t *testing.T, d *Driver) {
	t.Helper()
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}

// is checks the state after everything that happens now has happened.
func is(t *testing.T, d *Driver, want cabinet.State) {
	t.Helper()
	synctest.Wait()
	if got, err := d.Status(t.Context()); err != nil || got != want {
		t.Errorf("state %+v (%v), want %+v", got, err, want)
	}
}

func TestContacts(t *testing.T) {
	for _, tt := range []struct {
		name      string
		activeLow bool
		pull      gpio.Pull
	}{{"active high", false, gpio.PullUp}, {"active low", true, gpio.PullDown}} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				door, mains := contact("DOOR"), contact("MAINS")
				d := open(t, Pins{Door: Input{door, tt.activeLow}, Mains: Input{mains, tt.activeLow}})
				defer shut(t, d)
				good, bad := gpio.Level(tt.activeLow), gpio.Level(!tt.activeLow)
				if door.Pull() != tt.pull {
					t.Errorf("pulled by %v, want %v", door.Pull(), tt.pull)
				}
				is(t, d, cabinet.State{Door: cabinet.DoorOpen, Mains: cabinet.MainsFailing}) // wires cut
				door.EdgesChan <- good
				mains.EdgesChan <- good
				is(t, d, cabinet.State{Door: cabinet.DoorOpen, Mains: cabinet.MainsFailing}) // may be bouncing
				time.Sleep(settle)
				is(t, d, cabinet.State{Door: cabinet.DoorClosed, Mains: cabinet.MainsOK})
				mains.EdgesChan <- bad
				time.Sleep(settle)
				is(t, d, cabinet.State{Door: cabinet.DoorClosed, Mains: cabinet.MainsFailing})
			})
		})
	}
}

func TestBouncing(t *testing.T) {
	for _, tt := range []struct {
		name string
		ends gpio.Level
		want cabinet.Door
	}{{"a door that shuts", gpio.Low, cabinet.DoorClosed}, {"a disturbance", gpio.High, cabinet.DoorOpen}} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				door := contact("DOOR")
				d := open(t, Pins{Door: Input{Pin: door}})
				defer shut(t, d)
				seen := d.Watch(t.Context())
				if s := <-seen; s != (cabinet.State{Door: cabinet.DoorOpen}) {
					t.Errorf("began with %+v", s)
				}
				door.EdgesChan <- gpio.Low
				for _, l := range []gpio.Level{gpio.High, gpio.Low, tt.ends} {
					time.Sleep(settle / 4)
					door.Out(l)
				}
				time.Sleep(settle)
				is(t, d, cabinet.State{Door: tt.want})
				select {
				case s := <-seen:
					if s.Door != cabinet.DoorClosed || tt.want != cabinet.DoorClosed {
						t.Errorf("saw %+v", s)
					}
				default:
					if tt.want == cabinet.DoorClosed {
						t.Error("the change was not told")
					}
				}
			})
		})
	}
}

// failing is a pin whose waiting returns at once.
type failing struct {
	*gpiotest.Pin
	asked int
}

func (f *failing) WaitForEdge(time.Duration) bool { f.asked++; return false }

func TestWithoutEdges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		polled := &gpiotest.Pin{N: "DOOR"} // refuses edges
		broken := &failing{Pin: contact("MAINS")}
		d := open(t, Pins{Door: Input{Pin: polled}, Mains: Input{Pin: broken}})
		is(t, d, cabinet.State{Door: cabinet.DoorOpen, Mains: cabinet.MainsFailing})
		polled.Out(gpio.Low)
		broken.Out(gpio.Low)
		time.Sleep(look + settle)
		is(t, d, cabinet.State{Door: cabinet.DoorClosed, Mains: cabinet.MainsOK})
		time.Sleep(time.Second)
		shut(t, d)
		if broken.asked > 10 {
			t.Errorf("a broken pin was asked %d times in a second", broken.asked)
		}
	})
}

func TestNothingFitted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := open(t, Pins{})
		is(t, d, cabinet.State{})
		d.Light(cabinet.LampReader, cabinet.Blink)
		seen := d.Watch(t.Context())
		<-seen
		shut(t, d)
		if _, more := <-seen; more {
			t.Error("Watch goes on after Close")
		}
		if _, err := d.Status(t.Context()); !errors.Is(err, errClosed) {
			t.Errorf("after Close: %v", err)
		}
		d.Light(cabinet.LampReader, cabinet.On) // does nothing, and does not hang
	})
}

func TestUnusablePin(t *testing.T) {
	if _, err := New(Pins{Mains: Input{Pin: gpio.INVALID}}); err == nil || !strings.Contains(err.Error(), "the mains") {
		t.Errorf("contact: %v", err)
	}
	lamps := map[cabinet.Lamp]Output{cabinet.LampReceipt: {Pin: gpio.INVALID}}
	if _, err := New(Pins{Lamps: lamps}); err == nil || !strings.Contains(err.Error(), "receipt") {
		t.Errorf("lamp: %v", err)
	}
}

func TestLamps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reader, terminal := &gpiotest.Pin{N: "READER", L: gpio.High}, &gpiotest.Pin{N: "TERMINAL"}
		d := open(t, Pins{Lamps: map[cabinet.Lamp]Output{
			cabinet.LampReader: {Pin: reader}, cabinet.LampTerminal: {terminal, true}, cabinet.LampReceipt: {},
		}})
		shows := func(readerLit, terminalLit bool) {
			t.Helper()
			synctest.Wait()
			if r, m := bool(reader.Read()), !bool(terminal.Read()); r != readerLit || m != terminalLit {
				t.Errorf("lit: reader %v, terminal %v; want %v, %v", r, m, readerLit, terminalLit)
			}
		}
		shows(false, false)
		d.Light(cabinet.LampReader, cabinet.On)
		shows(true, false)
		time.Sleep(10 * blinkHalf)
		shows(true, false)
		d.Light(cabinet.LampTerminal, cabinet.Blink)
		d.Light(cabinet.LampReader, cabinet.Blink)
		for range 3 { // in step
			shows(true, true)
			time.Sleep(blinkHalf)
			shows(false, false)
			time.Sleep(blinkHalf)
		}
		d.Light(cabinet.LampReader, cabinet.Off)
		shows(false, true)
		shut(t, d)
		shows(false, false)
	})
}

func TestNames(t *testing.T) {
	for _, name := range []string{"DOOR_7", "LAMP_7"} {
		if err := gpioreg.Register(&gpiotest.Pin{N: name, Num: -1}); err != nil {
			t.Fatal(err)
		}
		defer gpioreg.Unregister(name)
	}
	d, err := connect(Config{Door: "!DOOR_7", LampReceipt: "LAMP_7"})
	if err != nil {
		t.Fatal(err)
	}
	defer shut(t, d)
	if s, err := d.Status(t.Context()); err != nil || s != (cabinet.State{Door: cabinet.DoorOpen}) {
		t.Errorf("%+v %v", s, err)
	}
	d.Light(cabinet.LampReceipt, cabinet.On)
	d.Light(cabinet.LampReceipt, cabinet.On) // taken when the first is done
	if pin := gpioreg.ByName("LAMP_7"); pin.(gpio.PinIn).Read() != gpio.High {
		t.Error("the lamp is dark")
	}
}

func TestUnknownName(t *testing.T) {
	for _, c := range []Config{{Mains: "NO_SUCH_PIN"}, {LampReader: "!NO_SUCH_PIN"}} {
		if _, err := Open(c); err == nil || !strings.Contains(err.Error(), `cannot find pin "NO_SUCH_PIN"`) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
