package front

import (
	"errors"
	"strings"
	"time"

	"murur/kiosk/civilid"
)

// NumberProblem says what is wrong with a number, by code; empty: nothing.
type NumberProblem string

const (
	NumberIncomplete NumberProblem = "incomplete" // so far so good
	NumberDigits     NumberProblem = "digits"     // digits only
	NumberTooLong    NumberProblem = "too_long"
	NumberCentury    NumberProblem = "century"
	NumberDate       NumberProblem = "date"
	NumberFuture     NumberProblem = "future"
	NumberCheck      NumberProblem = "check"
	NumberClass      NumberProblem = "class" // not one of PlateClasses
)

// PlateClasses are the plate classes the pad offers, in this order.
var PlateClasses = []string{"private", "taxi", "transport", "motorcycle"}

// Lengths of a violation number and of the parts of a plate, in digits.
const (
	violationMin, violationMax   = 6, 12
	plateCodeMax, plateNumberMax = 2, 6
)

// CheckNumber checks what is typed so far and returns it in plain digits. The
// screen calls it at every key, the kiosk again when the number is submitted. The
// problem is NumberIncomplete while the number can still become right.
func CheckNumber(mode Way, typed string, today time.Time) (string, NumberProblem) {
	typed = civilid.Digits(typed)
	switch mode {
	case ByCivil:
		return typed, checkCivil(typed, today)
	case ByViolation:
		return typed, checkLength(typed, violationMin, violationMax)
	case ByPlate:
		return typed, checkPlate(typed)
	}
	return typed, NumberDigits
}

func checkCivil(typed string, today time.Time) NumberProblem {
	n, err := civilid.Parse(typed, today)
	switch {
	case err == nil && n != "":
		return ""
	case errors.Is(err, civilid.ErrDigit):
		return NumberDigits
	case errors.Is(err, civilid.ErrLength):
		if len(typed) > 12 {
			return NumberTooLong
		}
		return civilPrefix(typed)
	case errors.Is(err, civilid.ErrCentury):
		return NumberCentury
	case errors.Is(err, civilid.ErrDate):
		return NumberDate
	case errors.Is(err, civilid.ErrFuture):
		return NumberFuture
	}
	return NumberCheck
}

// civilPrefix finds what is already wrong in an unfinished civil number.
func civilPrefix(typed string) NumberProblem {
	if typed != "" && (typed[0] < '1' || typed[0] > '3') {
		return NumberCentury
	}
	if len(typed) >= 5 {
		if m := typed[3:5]; m < "01" || m > "12" {
			return NumberDate
		}
	}
	if len(typed) >= 7 {
		century := [...]string{"18", "19", "20"}[typed[0]-'1']
		if _, err := time.Parse("20060102", century+typed[1:7]); err != nil {
			return NumberDate
		}
	}
	return NumberIncomplete
}

func checkLength(typed string, shortest, longest int) NumberProblem {
	for _, r := range typed {
		if r < '0' || r > '9' {
			return NumberDigits
		}
	}
	switch {
	case len(typed) < shortest:
		return NumberIncomplete
	case len(typed) > longest:
		return NumberTooLong
	}
	return ""
}

func checkPlate(typed string) NumberProblem {
	part := strings.Split(typed, "/")
	if len(part) != 3 {
		return NumberIncomplete
	}
	known := false
	for _, c := range PlateClasses {
		known = known || c == part[0]
	}
	if !known {
		return NumberClass
	}
	if p := checkLength(part[1], 1, plateCodeMax); p != "" {
		return p
	}
	return checkLength(part[2], 1, plateNumberMax)
}
