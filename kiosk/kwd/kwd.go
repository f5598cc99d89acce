// Package kwd is money in Kuwaiti dinars: whole fils, 1000 to the dinar.
package kwd

import (
	"errors"
	"fmt"
)

// Amount is an amount in fils. It may be negative only as a difference.
type Amount int64

// Dinar is one dinar in fils.
const Dinar Amount = 1000

// ErrOverflow is returned when a sum does not fit.
var ErrOverflow = errors.New("sum of amounts is too large")

// String is the amount with three decimals and a point: "20.000".
func (a Amount) String() string {
	sign := ""
	u := uint64(a)
	if a < 0 {
		sign, u = "-", -u
	}
	return fmt.Sprintf("%s%d.%03d", sign, u/1000, u%1000)
}

// Add returns a+b, or ErrOverflow.
func (a Amount) Add(b Amount) (Amount, error) {
	s := a + b
	if (s > a) != (b > 0) && b != 0 {
		return 0, ErrOverflow
	}
	return s, nil
}

// Sum adds all amounts, or returns ErrOverflow.
func Sum(amounts ...Amount) (Amount, error) {
	var total Amount
	var err error
	for _, a := range amounts {
		if total, err = total.Add(a); err != nil {
			return 0, err
		}
	}
	return total, nil
}
