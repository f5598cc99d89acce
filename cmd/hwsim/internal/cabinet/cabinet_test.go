package cabinet

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"murur/devices"
	"murur/devices/smartcard"
	"murur/devices/smartcard/ccid"
	"murur/devices/terminal/zvt"
	"murur/devices/transport"
	"murur/devices/transport/serial"
	"murur/devices/transport/usbpipe"
)

func open(t *testing.T) *Cabinet {
	t.Helper()
	c, err := Open(Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func do(t *testing.T, c *Cabinet, commands ...string) {
	t.Helper()
	for _, command := range commands {
		if err := c.Do(command); err != nil {
			t.Fatal(err)
		}
	}
}

func port(t *testing.T, path string) transport.Stream {
	t.Helper()
	s, err := serial.Open(serial.Config{Name: path, Baud: 115200})(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// status asks the printer for its full status, six bytes.
func status(t *testing.T, s transport.Stream) []byte {
	t.Helper()
	if _, err := s.Write([]byte{0x10, 0x04, 0x14}); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 6)
	if _, err := io.ReadFull(s, answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

func TestPrinterAnswersOnItsPort(t *testing.T) {
	c := open(t)
	s := port(t, c.PrinterTTY())
	if got := status(t, s)[2]; got != 0 {
		t.Fatalf("paper status is %02X, not 00", got)
	}
	do(t, c, "printer paper out")
	if got := status(t, s)[2]; got&0x01 == 0 {
		t.Fatalf("paper status is %02X without paper", got)
	}
	if got := c.State().Printer.Paper; got != devices.LevelOut {
		t.Fatalf("state says paper %s", got)
	}
}

// What a device sent to a port that nobody held is lost, as on a real line.
func TestNothingIsLeftOverInAClosedPort(t *testing.T) {
	c := open(t)
	first := port(t, c.PrinterTTY())
	first.Write([]byte{0x10, 0x04, 0x14}) // its answer is not read
	first.Close()
	second := port(t, c.PrinterTTY())
	status(t, second)
	if answer := status(t, second); answer[0] != 0x10 || answer[1] != 0x0F {
		t.Fatalf("answer is % X", answer)
	}
}

func TestUnplugAndPlug(t *testing.T) {
	c := open(t)
	s := port(t, c.PrinterTTY())
	do(t, c, "printer unplug")
	if c.State().Printer.Plugged {
		t.Fatal("still plugged")
	}
	if _, err := s.Read(make([]byte, 1)); !errors.Is(err, transport.ErrGone) {
		t.Fatalf("read of a pulled port: %v", err)
	}
	if _, err := serial.Open(serial.Config{Name: c.PrinterTTY()})(t.Context()); !errors.Is(err, transport.ErrGone) {
		t.Fatalf("open of a pulled port: %v", err)
	}
	do(t, c, "printer plug", "printer plug")
	status(t, port(t, c.PrinterTTY()))
}

func TestReaderOnItsSocket(t *testing.T) {
	c := open(t)
	r := ccid.New(usbpipe.Open(c.ReaderSocket()), ccid.Options{})
	t.Cleanup(func() { r.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	slots := r.Watch(ctx)
	do(t, c, "reader insert civil-id")
	for slot := range slots {
		if slot == smartcard.SlotOccupied {
			break
		}
	}
	card, err := r.Connect(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if len(card.ATR()) == 0 {
		t.Fatal("no answer to reset")
	}
	card.Close()
	if got := c.State().Reader.Card; got == nil || got.Name != "DEMO CITIZEN ONE" {
		t.Fatalf("the slot holds %+v", got)
	}
	if err := c.Do("reader insert bank-card"); err == nil || errors.Is(err, ErrCommand) {
		t.Fatalf("a second card: %v", err)
	}
	do(t, c, "reader remove")
	for slot := range slots {
		if slot == smartcard.SlotEmpty {
			return
		}
	}
	t.Fatal("the kiosk did not see the card leave")
}

// enquire asks the terminal how it is, as kioskd does.
func enquire(t *testing.T, c *Cabinet) {
	t.Helper()
	open := serial.Open(serial.Config{Name: c.TerminalTTY(), Baud: 115200, StopBits: 2})
	d := zvt.New(open, zvt.Options{Framing: zvt.Serial, Password: "000000"})
	t.Cleanup(func() { d.Close() })
	got, err := d.Status(t.Context())
	if err != nil || !got.Ready() {
		t.Fatalf("status %+v, %v", got, err)
	}
}

func TestTerminalAnswersOnItsPort(t *testing.T) {
	c := open(t)
	enquire(t, c)
	if v := c.Violations(); len(v) > 0 {
		t.Fatal(v)
	}
	text, err := os.ReadFile(filepath.Join(c.WireDir(), "terminal.txt"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	registers := func(l string) bool { return strings.Contains(l, " > ") && strings.Contains(l, "06 00") }
	if !slices.ContainsFunc(lines, registers) {
		t.Fatalf("no registration on the wire:\n%s", text)
	}
}

func TestPowerCut(t *testing.T) {
	c := open(t)
	enquire(t, c) // it is on
	changes, stop := c.Watch()
	defer stop()
	do(t, c, "terminal power cut")
	for c.State().Terminal.Plugged {
		select {
		case <-changes:
		case <-time.After(5 * time.Second):
			t.Fatal("the terminal kept its power")
		}
	}
	do(t, c, "terminal plug")
	if !c.State().Terminal.Plugged {
		t.Fatal("the terminal has no power")
	}
}

func TestWrongCommands(t *testing.T) {
	c := open(t)
	for _, command := range []string{
		"", "printer", "scanner plug", "reader eat", "reader insert", "reader insert paper", "reader fault fire",
		"printer paper blue", "printer jam -1", "printer cover", "terminal", "terminal customer",
		"terminal customer decline zz", "terminal decline 100", "terminal fault", "terminal fault fire",
		"terminal fault late 060F x", "terminal fault late 060F 1 soon", "terminal power", "terminal noise small",
	} {
		if err := c.Do(command); !errors.Is(err, ErrCommand) {
			t.Errorf("%q: %v", command, err)
		}
	}
	if err := c.Do("printer take"); err == nil || errors.Is(err, ErrCommand) {
		t.Errorf("taking a paper that is not there: %v", err)
	}
}

// Every command that a button of the state offers is one.
func TestButtons(t *testing.T) {
	c := open(t)
	s := c.State().Terminal
	for _, b := range slices.Concat(s.Customer, s.Next, s.Faults) {
		if err := c.Do(b.Do); errors.Is(err, ErrCommand) {
			t.Errorf("button %q: %v", b.Label, err)
		}
	}
	for _, k := range AllChoices().Cards {
		do(t, c, "reader insert "+k.Kind, "reader remove")
	}
}
