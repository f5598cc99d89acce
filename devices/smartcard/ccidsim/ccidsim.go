// Package ccidsim is a simulated USB smart card reader of the CCID device class
// (revision 1.10, interface class 0B/00/00) with one slot: the reader's side of
// the bulk, interrupt and control pipes.
//
// Model: the reader is plugged in or not; its interface is claimed by one program
// or by none; its slot is empty, or holds a card that is inactive or active. It
// answers one command at a time and says "slot busy" to a second one. Putting in
// and pulling a card raises NotifySlotChange; notices that nobody fetched run
// together into one, so a quick swap shows only as a card that is inactive.
//
// At the TPDU level it carries transport units of T=0, blocks of T=1 and requests
// for another speed to the card as they are. It understands the card only while its
// own parameters are those of the card: after a PPS the host has to set them, or the
// card is mute. At the APDU levels it speaks either protocol by itself. A T=1 card
// that takes longer than its waiting time, times the multiplier that came with the
// block, is mute too.
//
// It is strict where real readers are lax or hang: reserved header bytes must be
// zero, the length must fit, a level parameter must suit the exchange level, an
// Abort message is answered only after its control request. It has the bad habits
// of real readers too: a power-on that fails without a card still carries the
// last card's answer to reset, a message whose length is a multiple of the packet
// size is followed by an empty packet, a slow card brings time extensions.
package ccidsim

import (
	"errors"
	"sync"
	"time"

	"murur/devices/smartcard/cardsim"
	"murur/devices/smartcard/t1"
	"murur/devices/transport"
)

// Level is the exchange level of the reader.
type Level int

const (
	TPDU         Level = iota // the host does T=0
	ShortAPDU                 // the reader does T=0
	ExtendedAPDU              // the same, and long messages are chained
)

// Features that a reader may have besides those of Options.
const (
	AutoNegotiates = 0x40  // it agrees on the card's best speed at power-on
	DoesPPS        = 0x80  // it does so when the parameters are set
	AutoIFSD       = 0x400 // it announces its block size by itself
)

// Options are the reader's properties. The zero value is a common reader: TPDU
// level, interrupt pipe, automatic voltage, parameters and clock.
type Options struct {
	Level       Level
	NoInterrupt bool   // no interrupt pipe: the host must poll
	Manual      bool   // the host chooses the voltage and sets the parameters
	Features    uint32 // AutoNegotiates, DoesPPS, AutoIFSD
	Voltages    byte   // bVoltageSupport: bit 0 5 V, bit 1 3 V, bit 2 1.8 V; 0 means 5 V and 3 V
	MaxRate     int    // dwMaxDataRate in bit/s; 0 means 344086
	NoT1        bool   // dwProtocols names T=0 only
	NoAbort     bool   // ABORT stalls, and after a lost reply each reply carries the number of the command before
	MaxMessage  int    // dwMaxCCIDMessageLength; 0 means 271
	MaxPacket   int    // of the bulk pipes; 0 means 64
	Product     string // "" means "Simulated CCID reader"
	Trace       transport.Trace
}

// Fault is a one-time misbehaviour of the reader at a command to the card.
type Fault int

const (
	Silent        Fault = iota + 1 // no reply
	Pulled                         // the card leaves in the middle; no reply
	StaleSeq                       // a reply with an older number comes first
	TimeExtension                  // a request for more time comes first, the reply a second later
	Noise                          // bytes that are no message instead of the reply
	Busy                           // "slot busy" instead of the reply
	Hardware                       // "hardware error" instead of the reply; at power-on too
)

// ErrOccupied is returned when a card is put into a slot that holds one.
var ErrOccupied = errors.New("a card is in the slot")

// Reader is a simulated reader. Its methods may be called from any goroutine
// while a host talks to it. Trace is called with the reader locked: it must not
// call back.
type Reader struct {
	opts Options

	mu      sync.Mutex
	plugged bool
	pipes   *pipes // the claimed interface, or nil
	card    *cardsim.Card
	active  bool   // the card is powered
	lastATR []byte // of the card before
	params  params // how the reader talks to the card
	faults  []Fault
	machine *t1.Machine // of a T=1 card at an APDU level, since its reset
	cut     int         // the next reply of the card loses what follows so many bytes; -1: none
	wire    contacts

	pending  bool  // a command waits for its reply
	current  byte  // bSeq of the last command
	aborting *byte // bSeq of the last ABORT request
	lagging  *byte // the number that the next reply wrongly carries
	timer    *time.Timer
	chain    []byte // parts of a chained command
	rest     []byte // what is left of a chained response
}

// New makes a reader that is plugged in, with an empty slot.
func New(o Options) *Reader {
	if o.MaxMessage == 0 {
		o.MaxMessage = 271
	}
	if o.MaxPacket == 0 {
		o.MaxPacket = 64
	}
	if o.Product == "" {
		o.Product = "Simulated CCID reader"
	}
	if o.Voltages == 0 {
		o.Voltages = 3
	}
	if o.MaxRate == 0 {
		o.MaxRate = 344086
	}
	return &Reader{opts: o, plugged: true, cut: -1, wire: contacts{pullAt: -1}}
}

// Pipes claims the reader's interface. Errors: transport.ErrGone when it is not
// plugged in, transport.ErrBusy while it is claimed.
func (r *Reader) Pipes() (transport.Pipes, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case !r.plugged:
		return nil, transport.ErrGone
	case r.pipes != nil:
		return nil, transport.ErrBusy
	}
	r.pipes = &pipes{r: r, in: newQueue(), notice: newSignal(), dead: make(chan struct{})}
	if r.card != nil {
		r.pipes.notice.raise()
	}
	return r.pipes, nil
}

// Insert puts a card in.
func (r *Reader) Insert(c *cardsim.Card) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.card != nil {
		return ErrOccupied
	}
	c.Inserted()
	r.card, r.wire.crossed, r.wire.units = c, 0, 0
	r.wire.before = map[transport.Direction][]byte{}
	r.notify()
	return nil
}

// Remove pulls the card, if there is one. A command under way fails.
func (r *Reader) Remove() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.remove()
	if r.timer != nil { // a slow command is under way
		r.timer.Stop()
		r.timer = nil
		r.finish(r.failure(typeDataBlock, errMute))
	}
}

// Occupied reports whether a card is in the slot.
func (r *Reader) Occupied() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.card != nil
}

// Powered reports whether the card in the slot is active: the reader's lamp.
func (r *Reader) Powered() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.active
}

// Unplug pulls the reader's cable. A card stays in the slot.
func (r *Reader) Unplug() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.plugged = false
	r.restart()
}

// Plug puts the cable back.
func (r *Reader) Plug() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.plugged = true
}

// Inject lets f happen at the next command to the card; several are queued.
func (r *Reader) Inject(f Fault) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.faults = append(r.faults, f)
}

// Cut lets the next reply of the card end after n bytes of the message.
func (r *Reader) Cut(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cut = n
}

func (r *Reader) remove() {
	if r.card == nil {
		return
	}
	r.card.PowerOff()
	r.card, r.active = nil, false
	r.notify()
}

func (r *Reader) notify() {
	if r.pipes != nil {
		r.pipes.notice.raise()
	}
}

// restart is what a reset or the loss of power does to the reader.
func (r *Reader) restart() {
	if r.pipes != nil {
		r.pipes.die(transport.ErrGone)
	}
	r.idle()
	if r.card != nil {
		r.card.PowerOff()
	}
	r.active, r.params, r.aborting, r.lagging = false, params{}, nil, nil
}

// idle forgets the command under way.
func (r *Reader) idle() {
	if r.timer != nil {
		r.timer.Stop()
	}
	r.pending, r.timer, r.chain, r.rest = false, nil, nil, nil
}
