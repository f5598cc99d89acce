// Package civilid checks Kuwaiti civil numbers (الرقم المدني): twelve digits
// CYYMMDDNNNNK with the century C, the birth date, a serial and a check digit.
//
// The check finds typing errors; it is no proof of identity.
package civilid

import (
	"errors"
	"strings"
	"time"
)

// Number is a checked civil number, twelve ASCII digits.
type Number string

// What is wrong with a typed number. Each has its own message on screen.
var (
	ErrLength  = errors.New("a civil number has 12 digits")
	ErrDigit   = errors.New("a civil number has digits only")
	ErrCentury = errors.New("a civil number begins with 1, 2 or 3")
	ErrDate    = errors.New("the birth date in the number does not exist")
	ErrFuture  = errors.New("the birth date in the number is in the future")
	ErrCheck   = errors.New("the last digit does not fit the others")
)

var weights = [11]int{2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}

// Parse checks s as of today. Arabic-Indic and Persian digits are accepted.
// Errors: ErrLength, ErrDigit, ErrCentury, ErrDate, ErrFuture, ErrCheck.
func Parse(s string, today time.Time) (Number, error) {
	s = Digits(s)
	for _, r := range s {
		if r < '0' || r > '9' {
			return "", ErrDigit
		}
	}
	if len(s) != 12 {
		return "", ErrLength
	}
	if s[0] < '1' || s[0] > '3' {
		return "", ErrCentury
	}
	n := Number(s)
	born, err := time.Parse("20060102", n.century()+s[1:7])
	if err != nil {
		return "", ErrDate
	}
	if born.After(today) {
		return "", ErrFuture
	}
	if k, ok := CheckDigit(s[:11]); !ok || s[11] != k {
		return "", ErrCheck
	}
	return n, nil
}

// CheckDigit returns the check digit of the first eleven digits; ok is false for
// the combinations that are never issued.
func CheckDigit(first11 string) (digit byte, ok bool) {
	sum := 0
	for i, w := range weights {
		sum += int(first11[i]-'0') * w
	}
	k := 11 - sum%11
	if k > 9 {
		return 0, false
	}
	return byte('0' + k), true
}

// Birth is the birth date in the number.
func (n Number) Birth() time.Time {
	t, _ := time.Parse("20060102", n.century()+string(n[1:7])) // checked by Parse
	return t
}

// Masked shows the last four digits: "••••••••8012".
func (n Number) Masked() string { return strings.Repeat("•", len(n)-4) + string(n[len(n)-4:]) }

// century is the first two digits of the birth year: 1 is 18, 2 is 19, 3 is 20.
func (n Number) century() string { return [...]string{"18", "19", "20"}[n[0]-'1'] }

// Digits replaces Arabic-Indic (U+0660) and Persian (U+06F0) digits by ASCII ones
// and drops spaces and direction marks, as typed or pasted by a person.
func Digits(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '٠' && r <= '٩':
			return '0' + r - '٠'
		case r >= '۰' && r <= '۹':
			return '0' + r - '۰'
		case r == ' ', r == '\u200e', r == '\u200f':
			return -1
		}
		return r
	}, s)
}
