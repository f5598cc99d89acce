package cabinet

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"

	"murur/devices/terminal/zvt"
	"murur/devices/terminal/zvtsim"
	"murur/devices/transport"
	"murur/ui/i18n"
)

// TerminalState is the payment terminal, with what a person at it can do.
type TerminalState struct {
	Plugged  bool      `json:"plugged"`
	Doing    string    `json:"doing"`    // see zvtsim.Terminal.State
	Display  string    `json:"display"`  // line by line
	Waits    string    `json:"waits"`    // "card" while it waits for the customer
	Customer []Button  `json:"customer"` // at the terminal now
	Next     []Button  `json:"next"`     // who comes for the next payments
	Faults   []Button  `json:"faults"`
	Book     []Booking `json:"book"` // newest first
}

// Button is a command with its name; On says that it holds now.
type Button struct {
	Label string `json:"label"`
	Do    string `json:"do"`
	On    *bool  `json:"on,omitempty"`
}

// Booking is a line of the bank's book.
type Booking struct {
	Trace  string      `json:"trace"`
	Amount int64       `json:"amount"`
	State  zvtsim.Fate `json:"state"`
}

// customers are those who can stand at the terminal, by their name in commands.
var customers = map[string]zvtsim.Customer{
	"manual":  {Mode: zvtsim.Manual},
	"approve": {Mode: zvtsim.Approve},
	"fumble":  {Mode: zvtsim.Approve, WrongPIN: 1},
	"cancel":  {Mode: zvtsim.Cancel},
	"absent":  {Mode: zvtsim.Absent},
}

// hand is how long the simulated world takes when a person watches.
var hand = zvtsim.Pauses{Answer: 100 * time.Millisecond, Host: 2 * time.Second, Remove: time.Second}

// terminal is the simulated terminal and what was set at it.
type terminal struct {
	*zvtsim.Terminal
	customer              string
	offline, busy, silent bool
}

func newTerminal(trace transport.Trace, byHand bool) *terminal {
	t := &terminal{customer: "approve"}
	o := zvtsim.Options{Trace: trace, Location: i18n.Kuwait, VoteTimeout: 10 * time.Second}
	if byHand {
		o.Pauses = hand
		t.customer = "manual"
	}
	t.Terminal = zvtsim.New(o)
	t.SetCustomer(customers[t.customer])
	return t
}

// doTerminal carries out a command to the terminal:
//
//	customer approve|fumble|cancel|absent|manual   who pays from now on; fumble gets
//	                                the PIN wrong once, manual waits for the next three
//	customer decline CODE           the bank refuses, code in hex as in field 27
//	tap | decline CODE | cancel     card and PIN; a refused card; the red key
//	policy reverses|books|declines   what it does with an approval whose end it did not hear
//	offline|busy|silent on|off      no line to the bank; refuses all; mute
//	power cut                       until it is plugged again
//	fault KIND [COMMAND [TIMES [DELAY]]]   a fault of the wire, see zvtsim.Kind;
//	                                COMMAND in hex, 0000 for any
//	noise oversize                  a block that never ends, at once
//	faults clear
func (c *Cabinet) doTerminal(verb string, args []string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	t, what := c.terminal, arg(args, 0)
	switch verb {
	case "tap":
		t.Tap()
		return nil
	case "cancel":
		t.CancelKey()
		return nil
	case "decline":
		code, err := hex(what, 8)
		if err == nil {
			t.Decline(byte(code))
		}
		return err
	case "policy":
		policy, ok := policies[what]
		if !ok {
			return ErrCommand
		}
		t.SetPolicy(policy)
		return nil
	case "fault":
		return t.fault(args)
	case "customer":
		return t.welcome(what, arg(args, 1))
	}
	on := what == "on"
	switch verb + " " + what {
	case "offline on", "offline off":
		t.offline = on
		t.SetOffline(on)
	case "busy on", "busy off":
		t.busy = on
		t.SetBusy(on)
	case "silent on", "silent off":
		t.silent = on
		t.SetSilent(on)
	case "noise oversize":
		if l := c.lines[TerminalName]; l != nil {
			l.Write(oversize)
		}
	case "power cut":
		t.CutPower()
	case "faults clear":
		t.offline, t.busy, t.silent = false, false, false
		t.ClearFaults()
	default:
		return ErrCommand
	}
	return nil
}

func (t *terminal) welcome(name, code string) error {
	customer, ok := customers[name]
	if name == "decline" {
		n, err := hex(code, 8)
		if err != nil {
			return err
		}
		customer, ok = zvtsim.Customer{Mode: zvtsim.Decline, Code: byte(n)}, true
	}
	if !ok {
		return ErrCommand
	}
	t.customer = strings.TrimSpace(name + " " + code)
	t.SetCustomer(customer)
	return nil
}

func (t *terminal) fault(args []string) error {
	f := zvtsim.Fault{Kind: zvtsim.Kind(arg(args, 0)), Delay: faultDelay, Byte: faultByte}
	if len(args) > 1 {
		n, err := hex(args[1], 16)
		if err != nil {
			return err
		}
		f.On = zvt.Command(n)
	}
	if len(args) > 2 {
		n, err := strconv.Atoi(args[2])
		if err != nil {
			return ErrCommand
		}
		f.Times = n
	}
	if len(args) > 3 {
		d, err := time.ParseDuration(args[3])
		if err != nil {
			return ErrCommand
		}
		f.Delay = d
	}
	if !wireFaults[f.Kind] {
		return ErrCommand
	}
	t.Inject(f)
	return nil
}

// policies are the documented ways with a lost vote.
var policies = map[string]zvtsim.Policy{"reverses": zvtsim.AR1, "books": zvtsim.AR3, "declines": zvtsim.AR5}

// Of the faults that need them: longer than T1, and in the middle of a block.
const (
	faultDelay = 250 * time.Millisecond
	faultByte  = 4
)

// oversize begins a status information of the longest length there is, and goes on.
var oversize = append([]byte{0x10, 0x02, 0x04, 0x0F, 0xFF, 0xFF, 0xFF}, bytes.Repeat([]byte{0x55}, 70_000)...)

var wireFaults = map[zvtsim.Kind]bool{
	zvtsim.NoAck: true, zvtsim.LostAck: true, zvtsim.Nak: true, zvtsim.DieReceiving: true,
	zvtsim.NoAnswer: true, zvtsim.BadCRC: true, zvtsim.Garbage: true, zvtsim.Gap: true, zvtsim.Late: true,
	zvtsim.Bytewise: true, zvtsim.Truncate: true, zvtsim.DieSending: true,
	zvtsim.OtherAmount: true, zvtsim.OtherCurrency: true, zvtsim.NoCurrency: true,
	zvtsim.TotalsDiffer: true, zvtsim.TotalsContradict: true, zvtsim.Duplicate: true, zvtsim.FailsAfterVote: true,
	zvtsim.UnknownFirst: true, zvtsim.UnknownLast: true, zvtsim.ResultTwice: true, zvtsim.PreviousResult: true,
}

func hex(s string, bits int) (uint64, error) {
	n, err := strconv.ParseUint(s, 16, bits)
	if err != nil {
		return 0, fmt.Errorf("%q is not hex: %w", s, ErrCommand)
	}
	return n, nil
}

// Doing is what the terminal does now; see zvtsim.Terminal.State.
func (c *Cabinet) Doing() string { return c.terminal.State() }

// Book is the simulated bank's book, oldest first.
func (c *Cabinet) Book() []zvtsim.Transaction { return c.terminal.Book() }

func (t *terminal) state(plugged bool) TerminalState {
	s := TerminalState{
		Plugged: plugged, Doing: t.State(), Display: t.Display(),
		Customer: []Button{
			{Label: "Card and PIN", Do: "terminal tap"},
			{Label: "Bank refuses", Do: "terminal decline 05"},
			{Label: "Red key", Do: "terminal cancel"},
		},
		Book: []Booking{},
	}
	if s.Doing == "card" && t.customer == "manual" {
		s.Waits = "card"
	}
	is := func(b bool) *bool { return &b }
	for _, c := range []struct{ label, name string }{
		{"by hand", "manual"}, {"pays at once", "approve"}, {"wrong PIN first", "fumble"}, {"no funds", "decline 33"},
		{"cancels", "cancel"}, {"does nothing", "absent"},
	} {
		s.Next = append(s.Next, Button{c.label, "terminal customer " + c.name, is(t.customer == c.name)})
	}
	for _, c := range []struct {
		label, name string
		on          bool
	}{
		{"no line to the bank", "offline", t.offline}, {"busy", "busy", t.busy}, {"mute", "silent", t.silent},
	} {
		s.Faults = append(s.Faults, Button{c.label, "terminal " + c.name + map[bool]string{true: " off", false: " on"}[c.on], is(c.on)})
	}
	s.Faults = append(s.Faults,
		Button{Label: "noise", Do: "terminal fault garbage"},
		Button{Label: "wrong CRC", Do: "terminal fault bad-crc"},
		Button{Label: "lost ACK", Do: "terminal fault lost-ack"},
		Button{Label: "byte by byte", Do: "terminal fault bytewise"},
		Button{Label: "power cut", Do: "terminal power cut"})
	book := t.Book()
	for i := len(book) - 1; i >= 0; i-- {
		x := book[i]
		s.Book = append(s.Book, Booking{fmt.Sprintf("%06d", x.Trace), x.Amount, x.Fate})
	}
	return s
}
