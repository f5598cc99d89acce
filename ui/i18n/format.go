package i18n

import (
	"fmt"
	"strings"
	"time"

	"murur/kiosk/front"
	"murur/kiosk/kwd"
)

// Digits chooses how numbers look in Arabic text.
type Digits string

const (
	Western Digits = "western" // 20.000
	Indic   Digits = "arabic"  // ٢٠٫٠٠٠
)

// Isolates (Unicode UAX #9): what stands between them is laid out by itself.
const (
	ltr, rtl, first, end = "\u2066", "\u2067", "\u2068", "\u2069"
	space                = "\u00a0" // keeps number and unit on one line
)

// Kuwait is the kiosk's time zone; it has no summer time.
var Kuwait = time.FixedZone("+03", 3*60*60)

// Locale is a language and its digits. Digits matter in Arabic only.
type Locale struct {
	Lang   front.Lang
	Digits Digits
}

// Text is Text in the locale's language.
func (l Locale) Text(id string, args ...any) string {
	text := in(l.Lang).get(id)
	if l.indic() {
		text = indic(text)
	}
	return fill(text, args)
}

// Plural is the form of id that belongs to n. A form with a place for the number
// gets it.
func (l Locale) Plural(id string, n int) string {
	text := in(l.Lang).plural(id, n)
	if strings.Contains(text, "%s") {
		return fill(text, []any{l.Number(n)})
	}
	return text
}

// Money is an amount with three decimals and its unit: "KD 20.000", "20.000 د.ك",
// "٢٠٫٠٠٠ د.ك". It stays on one line.
func (l Locale) Money(a kwd.Amount) string {
	if l.Lang == front.English {
		return ltr + "KD" + space + a.String() + end
	}
	return rtl + l.Amount(a) + space + "د.ك" + end
}

// Amount is an amount with three decimals and no unit.
func (l Locale) Amount(a kwd.Amount) string {
	s := a.String()
	if l.indic() {
		s = strings.ReplaceAll(indic(s), ".", "٫")
	}
	return ltr + s + end
}

// Number is a plain number.
func (l Locale) Number(n int) string {
	s := fmt.Sprint(n)
	if l.indic() {
		s = indic(s)
	}
	return ltr + s + end
}

// Code is an identifier (violation number, case number, plate), left to right and
// with the digits it was issued with.
func (l Locale) Code(s string) string { return ltr + s + end }

// Words is a text from elsewhere (a name, a place), isolated in its own direction.
func (l Locale) Words(s string) string { return first + s + end }

// Date is a day in Kuwait: "14 March 2026", "14 مارس 2026".
func (l Locale) Date(t time.Time) string {
	t = t.In(Kuwait)
	s := fmt.Sprintf("%d %s %d", t.Day(), in(l.Lang).get(fmt.Sprintf("month.%d", t.Month())), t.Year())
	if l.indic() {
		s = indic(s)
	}
	return l.isolate(s)
}

// Clock is a time of day in Kuwait, 24 hours: "09:30".
func (l Locale) Clock(t time.Time) string {
	s := t.In(Kuwait).Format("15:04")
	if l.indic() {
		s = indic(s)
	}
	return ltr + s + end
}

// DateTime is Date and Clock.
func (l Locale) DateTime(t time.Time) string {
	return l.Text("date.time", l.Date(t), l.Clock(t))
}

func (l Locale) isolate(s string) string {
	if l.Lang == front.English {
		return ltr + s + end
	}
	return rtl + s + end
}

func (l Locale) indic() bool { return l.Lang == front.Arabic && l.Digits == Indic }

func indic(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return '٠' + r - '0'
		}
		return r
	}, s)
}

// Plain is s without isolates and no-break spaces, for files and comparisons.
func Plain(s string) string {
	return strings.NewReplacer(ltr, "", rtl, "", first, "", end, "", space, " ").Replace(s)
}
