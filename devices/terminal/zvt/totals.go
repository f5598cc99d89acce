package zvt

import (
	"errors"
	"fmt"
)

// Total is the count and the sum (minor units) of one group of cards.
type Total struct {
	Count int
	Sum   int64
}

// Totals is field 60 of the 04 0F of an end of day: the batch in seven groups. Count
// is binary, everything else BCD.
type Totals struct {
	First, Last int // receipt numbers of the batch
	Groups      [len(Schemes)]Total
}

// Schemes names the groups in their order. Whatever has no group of its own, as KNET,
// is expected among the others.
var Schemes = [...]string{"girocard", "jcb", "mastercard", "amex", "visa", "diners", "other"}

const totalsSize = 2 + 2 + len(Schemes)*(1+6)

var errTotals = errors.New("totals are no totals")

// ParseTotals reads the value of field 60.
func ParseTotals(p []byte) (Totals, error) {
	var t Totals
	if len(p) != totalsSize {
		return t, fmt.Errorf("%w: %d bytes instead of %d", errTotals, len(p), totalsSize)
	}
	first, ok1 := BCD(p[0:2])
	last, ok2 := BCD(p[2:4])
	if !ok1 || !ok2 {
		return t, fmt.Errorf("%w: receipt numbers % X", errTotals, p[:4])
	}
	t.First, t.Last = int(first), int(last)
	for k := range t.Groups {
		at := 4 + 7*k
		sum, ok := BCD(p[at+1 : at+7])
		if !ok {
			return t, fmt.Errorf("%w: group %d", errTotals, k)
		}
		t.Groups[k] = Total{Count: int(p[at]), Sum: int64(sum)}
	}
	return t, nil
}

// AppendTotals appends the value of field 60.
func AppendTotals(dst []byte, t Totals) []byte {
	dst = AppendBCD(dst, uint64(t.First), 2)
	dst = AppendBCD(dst, uint64(t.Last), 2)
	for _, g := range t.Groups {
		dst = AppendBCD(append(dst, byte(g.Count)), uint64(g.Sum), 6)
	}
	return dst
}
