// Package demo makes up the people, companies and fines of the demonstration. Names
// say plainly that they are invented; civil numbers are well-formed with serials
// 98xx; nothing is random and every date hangs on Day, so pictures and tests stay
// the same. The first people have a role that scenarios name by constant.
package demo

import (
	"fmt"
	"strings"
	"time"

	"murur/kiosk/civilid"
	"murur/sync/central"
)

// Civil numbers of the people with a role.
const (
	Typical     civilid.Number = "288012098012" // five payable fines, two not payable here
	NoFines     civilid.Number = "291031598028" // known, nothing open
	NonePayable civilid.Number = "279072298038" // three fines, each needs a visit
	Many        civilid.Number = "285110598041" // sixteen fines, fourteen payable
	Recording   civilid.Number = "293090998055" // one paid just before Load, one payable
	Reserved    civilid.Number = "287061798061" // one being paid elsewhere, two payable
	BadAmounts  civilid.Number = "290022898075" // one payable, one negative, one absurd
	Single      civilid.Number = "299121298084" // one small fine
	Large       civilid.Number = "276041998097" // two payable fines of hundreds of dinars
)

// Day is the day the demonstration takes place, 00:00 in Kuwait.
var Day = time.Date(2025, 9, 1, 0, 0, 0, 0, kuwait)

var kuwait = time.FixedZone("+03", 3*60*60)

// Person is a made-up person.
type Person struct {
	Civil civilid.Number
	Name  central.Words
	Birth time.Time
	Plate central.Plate // of the person's car
}

// Company is a made-up company.
type Company struct {
	Unified string // unified number
	Name    central.Words
	Plates  []central.Plate
}

// People are the forty-one people, those with a role first, in the order of the
// constants.
func People() []Person {
	people := make([]Person, 0, 41)
	for i, birth := range births() {
		n := i + 1
		people = append(people, Person{
			Civil: civil(birth, 9800+n), Name: name(n), Birth: birth,
			Plate: central.Plate{Class: "private", Code: fmt.Sprint(10 + n), Number: fmt.Sprint(98000 + 7*n)},
		})
	}
	return people
}

// Companies are the six companies. The last one has no fines.
func Companies() []Company {
	ar := []string{"الأولى", "الثانية", "الثالثة", "الرابعة", "الخامسة", "السادسة"}
	en := []string{"ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX"}
	companies := make([]Company, 6)
	for i := range companies {
		c := Company{
			Unified: fmt.Sprintf("98000%03d", i+1),
			Name:    central.Words{Ar: "الشركة التجريبية " + ar[i], En: "DEMO COMPANY " + en[i]},
		}
		for v := range 3 {
			c.Plates = append(c.Plates, central.Plate{Class: "transport", Code: fmt.Sprint(70 + i), Number: fmt.Sprint(98100 + 10*i + v)})
		}
		companies[i] = c
	}
	return companies
}

// births are the birth dates; the first nine stand in the constants.
func births() []time.Time {
	days := []string{
		"1988-01-20", "1991-03-15", "1979-07-22", "1985-11-05", "1993-09-09",
		"1987-06-17", "1990-02-28", "1999-12-12", "1976-04-19",
	}
	var all []time.Time
	for _, d := range days {
		t, _ := time.Parse(time.DateOnly, d) // constants
		all = append(all, t)
	}
	for t := time.Date(1972, 2, 3, 0, 0, 0, 0, time.UTC); len(all) < 41; t = t.AddDate(1, 1, 4) {
		for civil(t, 9800+len(all)+1) == "" {
			t = t.AddDate(0, 0, 1)
		}
		all = append(all, t)
	}
	return all
}

// civil is the civil number, or empty when its check digit is never issued.
func civil(birth time.Time, serial int) civilid.Number {
	century := '0' + rune(birth.Year()/100-17)
	first := fmt.Sprintf("%c%s%04d", century, birth.Format("060102"), serial)
	k, ok := civilid.CheckDigit(first)
	if !ok {
		return ""
	}
	return civilid.Number(first + string(k))
}

// name is "Demo citizen N", in Arabic for men and women by turns.
func name(n int) central.Words {
	en := []string{"ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT", "NINE", "TEN"}
	he := []string{"أول", "ثانٍ", "ثالث", "رابع", "خامس", "سادس", "سابع", "ثامن", "تاسع", "عاشر"}
	she := []string{"أولى", "ثانية", "ثالثة", "رابعة", "خامسة", "سادسة", "سابعة", "ثامنة", "تاسعة", "عاشرة"}
	who, ordinals := "مواطن تجريبي ", he
	if n%2 == 0 {
		who, ordinals = "مواطنة تجريبية ", she
	}
	if n <= len(en) {
		return central.Words{Ar: who + ordinals[n-1], En: "DEMO CITIZEN " + en[n-1]}
	}
	number := fmt.Sprintf("%02d", n)
	return central.Words{Ar: who + arabicDigits(number), En: "DEMO CITIZEN " + number}
}

func arabicDigits(s string) string {
	return strings.Map(func(r rune) rune { return r - '0' + '٠' }, s)
}
