package zvtsim

import (
	"time"

	"murur/devices/terminal/zvt"
)

// Fate is what became of a transaction at the bank.
type Fate string

const (
	Pending  Fate = "pending"  // authorised, the kiosk's vote is outstanding
	Booked   Fate = "booked"   // the customer is charged
	Reversed Fate = "reversed" // was charged, is undone
	Declined Fate = "declined" // never charged
)

// Transaction is one line of the bank's book.
type Transaction struct {
	Trace    int
	Receipt  int // 0 for a declined one
	Amount   int64
	Currency int
	At       time.Time
	Code     byte // 27
	Fate     Fate
	// Vote is how the kiosk answered the 04 0F: "80 00", "84 66", or "" for not at all.
	Vote string
	Card string
	PAN  string // last four digits
	// Undone says what reversed it: "vote", "silence", "terminal", "06 30" or "1F1F".
	Undone string
	Batch  int // the end of day that closed it; 0 is open

	reverses int // of a reversal, in the terminal's journal only: trace number
}

// Batch is one end of day in the bank's book.
type Batch struct {
	Number int
	Count  int
	Sum    int64
	Told   int64 // grand total that the kiosk was told
}

// Batches is every end of day that reached the bank, oldest first.
func (t *Terminal) Batches() []Batch {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]Batch(nil), t.batches...)
}

// Charged reports whether the customer's money is gone.
func (x Transaction) Charged() bool { return x.Fate == Booked || x.Fate == Pending }

// Book is every transaction that reached the bank, oldest first.
func (t *Terminal) Book() []Transaction {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := make([]Transaction, len(t.book))
	for i, x := range t.book {
		out[i] = *x
	}
	return out
}

// Transact puts a finished transaction into the book as if paid in the past, for
// tests and demonstrations that need a terminal with a history.
func (t *Terminal) Transact(amount int64, at time.Time) {
	x := t.enter(Customer{}.withDefaults(), amount, t.o.Currency, 0, at)
	t.settle(x, Booked, "80 00", "")
}

// enter opens a line in the book: the bank has decided.
func (t *Terminal) enter(c Customer, amount int64, currency int, code byte, at time.Time) *Transaction {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.trace = t.trace%999999 + 1
	x := &Transaction{
		Trace: t.trace, Amount: amount, Currency: currency,
		At: at.In(t.o.Location).Truncate(time.Second), Code: code, Fate: Declined, Card: c.Card, PAN: c.Last4,
	}
	if code == 0 {
		t.receipt = t.receipt%9999 + 1
		x.Receipt, x.Fate = t.receipt, Pending
	}
	t.book = append(t.book, x)
	if code != 0 && t.o.RepeatAll {
		t.last = x
	}
	return x
}

// settle closes a line.
func (t *Terminal) settle(x *Transaction, fate Fate, vote, undone string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	x.Fate, x.Vote, x.Undone = fate, vote, undone
	if fate == Booked || t.o.RepeatAll {
		t.last = x
	}
}

// lastTransaction is what 06 20 repeats.
func (t *Terminal) lastTransaction() *Transaction {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.last
}

// statusInfo is the data of the 04 0F of x, its fields in random order as the manual
// allows.
func (s *session) statusInfo(x *Transaction, lie Kind) []byte {
	amount, currency := x.Amount, x.Currency
	switch lie {
	case OtherAmount:
		amount++
	case OtherCurrency:
		currency = 978
	}
	at := x.At
	fields := [][]byte{
		zvt.AppendField(nil, 0x27, x.Code),
		bcdField(0x04, uint64(amount), 6),
		bcdField(0x0B, uint64(x.Trace), 3),
		bcdField(0x0C, uint64(at.Hour()*10000+at.Minute()*100+at.Second()), 3),
		bcdField(0x0D, uint64(int(at.Month())*100+at.Day()), 2),
		zvt.AppendField(nil, 0x29, digits(s.o.TerminalID)...),
		zvt.AppendField(nil, 0x22, append([]byte{0xEE, 0xEE, 0xEE, 0xEE, 0xEE, 0xEE}, digits(x.PAN)...)...),
		zvt.AppendField(nil, 0x19, 0x70),
		zvt.AppendField(nil, 0x8B, append([]byte(x.Card), 0)...),
	}
	if lie != NoCurrency {
		fields = append(fields, bcdField(0x49, uint64(currency), 2))
	}
	if x.Receipt != 0 {
		fields = append(fields, bcdField(0x87, uint64(x.Receipt), 2))
	}
	if x.reverses != 0 {
		fields = append(fields, bcdField(0x37, uint64(x.reverses), 3))
	} else if x.Fate == Reversed {
		fields = append(fields, bcdField(0x37, uint64(x.Trace), 3))
	}
	if s.tlv {
		var c []byte
		if x.Receipt != 0 {
			c = zvt.AppendTLV(c, zvt.TagUnique, byte(x.Receipt>>8), byte(x.Receipt))
		}
		kind := zvt.AppendTLV(nil, zvt.TagVerified, 0x02)
		kind = zvt.AppendTLV(kind, zvt.TagOnline, 0x01)
		kind = zvt.AppendTLV(kind, zvt.TagSource, 0x01)
		c = zvt.AppendTLV(c, zvt.TagPayment, kind...)
		c = zvt.AppendTLV(c, 0xDF01, 0x10, 0x03) // a private tag, to be skipped
		fields = append(fields, zvt.AppendField(nil, 0x06, c...))
	}
	s.rnd.Shuffle(len(fields), func(i, j int) { fields[i], fields[j] = fields[j], fields[i] })
	var data []byte
	unknown := []byte{0xC0, 0x10, 0x27, 0x66} // no such bitmap
	if lie == UnknownFirst {
		data = append(data, unknown...)
	}
	for _, f := range fields {
		data = append(data, f...)
	}
	if lie == UnknownLast {
		data = append(data, unknown...)
	}
	return data
}

func bcdField(number byte, v uint64, n int) []byte {
	return zvt.AppendField(nil, number, zvt.AppendBCD(nil, v, n)...)
}

// digits packs decimal digits, two to a byte.
func digits(s string) []byte {
	p := make([]byte, 0, len(s)/2)
	for i := 0; i+1 < len(s); i += 2 {
		p = append(p, (s[i]-'0')<<4|(s[i+1]-'0'))
	}
	return p
}
