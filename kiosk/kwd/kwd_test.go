package kwd

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestString(t *testing.T) {
	for a, want := range map[Amount]string{
		0: "0.000", 1: "0.001", 20 * Dinar: "20.000", 1010: "1.010", -1500: "-1.500",
		math.MaxInt64: "9223372036854775.807", math.MinInt64: "-9223372036854775.808",
	} {
		if got := a.String(); got != want {
			t.Errorf("%d: got %s, want %s", a, got, want)
		}
	}
}

func TestSumOverflows(t *testing.T) {
	if _, err := Sum(math.MaxInt64, 1); !errors.Is(err, ErrOverflow) {
		t.Errorf("got %v", err)
	}
	if _, err := Sum(math.MinInt64, -1); !errors.Is(err, ErrOverflow) {
		t.Errorf("got %v", err)
	}
}

func TestSumIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOf(rapid.Int64Range(0, int64(5000*Dinar))).Draw(t, "amounts")
		var amounts []Amount
		var want int64
		for _, a := range list {
			amounts, want = append(amounts, Amount(a)), want+a
		}
		if got, err := Sum(amounts...); err != nil || int64(got) != want {
			t.Fatalf("got %d, %v, want %d", got, err, want)
		}
	})
}
