package zvtsim

// Mode is what a customer does.
type Mode byte

const (
	Approve     Mode = iota // card, PIN, and the bank agrees
	Decline                 // card, PIN, and the bank refuses with Code
	Cancel                  // presses the red key instead of giving a card
	Manual                  // waits for Tap, Decline or CancelKey
	Absent                  // does nothing until the terminal gives up
	Removes                 // takes the card out while the PIN is asked for
	CancelsLate             // presses the red key as the bank approves; the terminal undoes it
)

// Customer stands at the terminal. The zero value pays with a KNET card.
type Customer struct {
	Mode     Mode
	Code     byte   // of the bank's refusal; 05 when 0
	WrongPIN int    // how often the PIN is wrong before it is right
	Card     string // scheme; "KNET" when empty
	Last4    string // last four digits of the card; "1234" when empty
}

func (c Customer) withDefaults() Customer {
	if c.Code == 0 {
		c.Code = 0x05
	}
	if c.Card == "" {
		c.Card = "KNET"
	}
	if len(c.Last4) != 4 {
		c.Last4 = "1234"
	}
	return c
}

type keyKind byte

const (
	keyNone keyKind = iota
	keyTap
	keyDecline
	keyCancel
	keyAbort   // 06 B0, taken
	keyTimeout // nobody did anything
)

// key is what ends a wait of the terminal.
type key struct {
	kind keyKind
	code byte
}
