package civilid

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var today = time.Date(2026, 1, 15, 0, 0, 0, 0, time.UTC)

func TestParse(t *testing.T) {
	tests := []struct {
		in, want string
		err      error
	}{
		{"288012098012", "288012098012", nil},
		{"295091598028", "295091598028", nil},
		{"304070198019", "304070198019", nil},
		{"272030898017", "272030898017", nil},
		{"300022998013", "300022998013", nil},
		{"٢٨٨٠١٢٠٩٨٠١٢", "288012098012", nil},
		{"۲۸۸۰۱۲۰۹۸۰۱۲", "288012098012", nil},
		{"2880 1209 8012", "288012098012", nil},
		{"288012098011", "", ErrCheck},
		{"300023098017", "", ErrDate},
		{"488012098012", "", ErrCentury},
		{"28801209801", "", ErrLength},
		{"2880120980122", "", ErrLength},
		{"28801209801x", "", ErrDigit},
		{"", "", ErrLength},
		{"327010198015", "", ErrFuture},
	}
	for _, tt := range tests {
		got, err := Parse(tt.in, today)
		if string(got) != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("%q: got %q, %v; want %q, %v", tt.in, got, err, tt.want, tt.err)
		}
	}
}

// Numbers whose remainder gives 10 or 11 were never issued, whatever the last digit.
func TestNeverIssued(t *testing.T) {
	for _, first := range []string{"28801209808", "28801209802"} {
		for k := range 10 {
			if n, err := Parse(first+fmt.Sprint(k), today); err == nil {
				t.Errorf("%s was accepted", n)
			}
		}
	}
}

// Every mistyped digit is found.
func TestSingleErrorsAreFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		born := time.Date(1950, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 18000).Draw(t, "day"))
		first := fmt.Sprintf("2%s%04d", born.Format("060102"), rapid.IntRange(0, 9999).Draw(t, "serial"))
		k, ok := CheckDigit(first)
		if !ok {
			t.Skip("never issued")
		}
		good := first + string(k)
		n, err := Parse(good, today)
		if err != nil || !n.Birth().Equal(born) {
			t.Fatalf("%s: %v, born %v", good, err, n)
		}
		at := rapid.IntRange(0, 11).Draw(t, "at")
		digit := byte('0' + rapid.IntRange(0, 9).Draw(t, "digit"))
		if digit == good[at] {
			t.Skip("no error")
		}
		if bad := good[:at] + string(digit) + good[at+1:]; bad != good {
			if _, err := Parse(bad, today); err == nil {
				t.Fatalf("%s was accepted for %s", bad, good)
			}
		}
	})
}

func TestMasked(t *testing.T) {
	if got := Number("288012098012").Masked(); got != "••••••••8012" {
		t.Errorf("got %s", got)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"288012098012", "٢٨٨٠١٢٠٩٨٠١٢", "", "2880120980", "300023098017", "\xff\xfe"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := Parse(s, today)
		if err != nil {
			return
		}
		if again, err := Parse(string(n), today); err != nil || again != n || len(n) != 12 {
			t.Errorf("%q gave %q, which gave %q, %v", s, n, again, err)
		}
	})
}
