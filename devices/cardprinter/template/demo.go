package template

import (
	"time"

	"murur/devices/cardprinter/template/portrait"
)

// Demo is the licence of a made-up citizen.
func Demo() Licence {
	day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
	issued, expires := day(2025, 9, 1), day(2035, 8, 31)
	return Licence{
		Number: "9800 12045", CivilNumber: "288012098012", Country: "KWT", Copy: 1,
		Name:        Words{Ar: "مواطن تجريبي أول", En: "DEMO CITIZEN ONE"},
		Birth:       day(1988, 1, 20),
		Issued:      issued,
		Expires:     expires,
		Authority:   Words{Ar: "الإدارة العامة للمرور", En: "General Traffic Department"},
		Nationality: Words{Ar: "كويتي", En: "KUWAITI"},
		Blood:       "O+",
		Categories: []Category{
			{Code: "A", Issued: day(2012, 5, 14), Expires: expires, Restrictions: "01"},
			{Code: "B", Issued: day(2006, 3, 12), Expires: expires, Restrictions: "01"},
		},
		Portrait:  portrait.Demo(),
		Signature: portrait.DemoSignature(),
	}
}
