package template

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"murur/devices/cardprinter/template/portrait"
)

// Licence is what is printed on one card. The numbers are those of the field list of
// ISO/IEC 18013-1. Of times only year, month and day count, as they stand.
type Licence struct {
	Surname     Words      // 1
	Given       Words      // 2
	Name        Words      // 1 and 2 as one; where empty, Given and Surname
	Birth       time.Time  // 3
	BirthPlace  Words      // 3
	Issued      time.Time  // 4a
	Expires     time.Time  // 4b
	Authority   Words      // 4c
	CivilNumber string     // 4d
	Number      string     // 5, of the licence
	Portrait    []byte     // 6, as package portrait takes it
	Signature   []byte     // 7, likewise
	Categories  []Category // 9 to 12, each code once
	Country     string     // distinguishing sign of the issuing country, "KWT"
	Nationality Words
	Blood       string // blood group, "O+"
	Copy        int    // 1 for the first card of this licence, 2 for its first replacement, …
}

// Words is one text in both languages.
type Words struct{ Ar, En string }

func (w Words) in(lang string) string {
	if lang == "ar" {
		return w.Ar
	}
	return w.En
}

// Category is what may be driven.
type Category struct {
	Code         string    // 9, as the template names it
	Issued       time.Time // 10
	Expires      time.Time // 11
	Restrictions string    // 12, codes
}

// Errors of Render stand in a FieldError, which says where.
var (
	ErrMissing  = errors.New("is missing")
	ErrGlyph    = errors.New("has characters that cannot be printed")
	ErrOverflow = errors.New("does not fit, even at the smallest size")
	ErrCategory = errors.New("is not in the template, or there twice")
	ErrPicture  = portrait.ErrUnusable // portrait or signature
)

// FieldError is why a licence cannot be printed.
type FieldError struct {
	Field string // as a template names it, "name.ar"; or "text" for a fixed one
	Err   error
}

func (e *FieldError) Error() string {
	return fmt.Sprintf("cannot print licence: %s: %v", e.Field, e.Err)
}

func (e *FieldError) Unwrap() error { return e.Err }

// value is the text of a field in a language; ok is false when there is no such field.
func (l *Licence) value(field, lang, dates string) (text string, ok bool) {
	day := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.Format(dates)
	}
	switch field {
	case "name":
		if text = l.Name.in(lang); text == "" {
			text = l.Given.in(lang) + " " + l.Surname.in(lang)
		}
	case "surname":
		text = l.Surname.in(lang)
	case "given":
		text = l.Given.in(lang)
	case "birth":
		text = day(l.Birth)
	case "birth_place":
		text = l.BirthPlace.in(lang)
	case "issued":
		text = day(l.Issued)
	case "expires":
		text = day(l.Expires)
	case "authority":
		text = l.Authority.in(lang)
	case "civil_number":
		text = l.CivilNumber
	case "number":
		text = l.Number
	case "country":
		text = l.Country
	case "nationality":
		text = l.Nationality.in(lang)
	case "blood":
		text = l.Blood
	case "copy":
		if l.Copy > 0 {
			text = fmt.Sprint(l.Copy)
		}
	default:
		return "", false
	}
	return strings.TrimSpace(text), true
}

// bilingual are the fields with a text in each language; errors name the language.
var bilingual = []string{"name", "surname", "given", "birth_place", "authority", "nationality"}

func fieldName(field, lang string) string {
	if slices.Contains(bilingual, field) {
		return field + "." + lang
	}
	return field
}

// maxText is more than any field that fits on a card.
const maxText = 200

// clean checks a text before it is shaped: nothing that breaks lines or steers.
func clean(s string) (string, error) {
	if len([]rune(s)) > maxText {
		return "", ErrOverflow
	}
	for _, c := range s {
		if unicode.IsControl(c) || c == unicode.ReplacementChar || c == '\u2028' || c == '\u2029' {
			return "", fmt.Errorf("%w: %U", ErrGlyph, c)
		}
	}
	return strings.Join(strings.Fields(s), " "), nil
}
