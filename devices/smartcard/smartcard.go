// Package smartcard is the capability interface of a contact smart card reader
// with one slot, and the ISO/IEC 7816-4 command and response pair that travels
// through it. Drivers stand below it (ccid), card layouts in profile.
package smartcard

import (
	"context"
	"errors"
	"fmt"

	"murur/devices"
)

// Slot is what the reader's slot holds.
type Slot string

const (
	SlotEmpty    Slot = "empty"
	SlotOccupied Slot = "occupied"
	SlotGone     Slot = "gone" // the reader itself is not there
)

// Reader is a contact reader with one slot.
type Reader interface {
	// Status asks the reader; it never touches the card.
	Status(ctx context.Context) (devices.Status, error)
	// Watch sends the slot's present state and then every change of it until ctx
	// ends; then it closes the channel. A reader that is unplugged sends SlotGone
	// and is attached again by itself.
	Watch(ctx context.Context) <-chan Slot
	// Connect powers the card. Errors: ErrNoCard, ErrMute, devices.ErrLink.
	Connect(ctx context.Context) (Card, error)
}

// Card is a powered card. It is good until Close or until the card leaves.
type Card interface {
	ATR() []byte
	// Transmit sends one command and returns all response data with the final
	// status word (61xx and 6Cxx are followed up below). Errors: ErrRemoved,
	// ErrMute, devices.ErrLink; a status word other than 9000 is no error.
	Transmit(ctx context.Context, c Command) (Response, error)
	// Close powers the card off.
	Close() error
}

// Errors that callers match with errors.Is.
var (
	ErrNoCard  = errors.New("no card in the slot")
	ErrRemoved = errors.New("card was removed")
	ErrMute    = errors.New("card does not answer")
)

// Command is an ISO/IEC 7816-4 command. Le: -1 none expected, 0 means 256.
type Command struct {
	CLA, INS, P1, P2 byte
	Data             []byte
	Le               int
}

// Response is the answer to a Command.
type Response struct {
	Data []byte
	SW   SW
}

// SW is a status word, SW1 in the high byte.
type SW uint16

// OK is the status word 9000.
const OK SW = 0x9000

func (s SW) String() string { return fmt.Sprintf("%04X", uint16(s)) }
