package demo

import (
	"fmt"
	"time"

	"murur/kiosk/civilid"
	"murur/kiosk/kwd"
	"murur/sync/central"
)

// kind is a sort of violation. One with a goTo cannot be paid electronically.
type kind struct {
	what         central.Words
	amount       kwd.Amount
	reason, goTo central.Words
}

var (
	speeding     = kind{what: central.Words{Ar: "تجاوز السرعة المقررة", En: "Exceeding the speed limit"}, amount: 20 * kwd.Dinar}
	farTooFast   = kind{what: central.Words{Ar: "تجاوز السرعة المقررة بأكثر من ٢٠ كم/س", En: "More than 20 km/h over the speed limit"}, amount: 30 * kwd.Dinar}
	phone        = kind{what: central.Words{Ar: "استخدام الهاتف أثناء القيادة", En: "Using a phone while driving"}, amount: 5 * kwd.Dinar}
	seatBelt     = kind{what: central.Words{Ar: "عدم ربط حزام الأمان", En: "Not wearing a seat belt"}, amount: 10 * kwd.Dinar}
	noParking    = kind{what: central.Words{Ar: "الوقوف في مكان ممنوع", En: "Parking where it is prohibited"}, amount: 15 * kwd.Dinar}
	pavement     = kind{what: central.Words{Ar: "الوقوف على الرصيف", En: "Parking on the pavement"}, amount: 15 * kwd.Dinar}
	registration = kind{what: central.Words{Ar: "القيادة بدفتر مركبة منتهي الصلاحية", En: "Driving with expired registration"}, amount: 15 * kwd.Dinar}
	lights       = kind{what: central.Words{Ar: "القيادة ليلاً دون أنوار", En: "Driving at night without lights"}, amount: 12*kwd.Dinar + 500}
	redLight     = kind{what: central.Words{Ar: "تجاوز الإشارة الضوئية الحمراء", En: "Crossing a red light"}, amount: 50 * kwd.Dinar}
	overload     = kind{what: central.Words{Ar: "زيادة الحمولة عن المسموح", En: "Load above the permitted weight"}, amount: 200 * kwd.Dinar}
	wrongWay     = kind{what: central.Words{Ar: "القيادة عكس اتجاه السير", En: "Driving against the traffic"}, amount: 100 * kwd.Dinar}
	absurd       = kind{what: speeding.what, amount: 987_654_321 * kwd.Dinar}
	negative     = kind{what: phone.what, amount: -5 * kwd.Dinar}

	investigation = central.Words{Ar: "يجب إنهاؤها لدى التحقيق المروري أولاً", En: "Traffic Investigations must close it first"}
	court         = central.Words{Ar: "محالة إلى المحكمة", En: "Referred to the court"}
	department    = central.Words{Ar: "إدارة مرور المحافظة، قسم المخالفات", En: "Governorate Traffic Department, Violations section"}
	investigators = central.Words{Ar: "إدارة التحقيقات المرورية", En: "Traffic Investigations Department"}
	trafficCourt  = central.Words{Ar: "محكمة المرور", En: "Traffic Court"}

	disabledBay = kind{
		what:   central.Words{Ar: "الوقوف في المواقف المخصصة لذوي الإعاقة", En: "Parking in a bay for disabled people"},
		amount: 150 * kwd.Dinar, goTo: department,
		reason: central.Words{Ar: "تتطلب مراجعة شخصية", En: "You must come in person"},
	}
	reckless  = kind{what: central.Words{Ar: "القيادة برعونة واستهتار", En: "Reckless driving"}, amount: 300 * kwd.Dinar, reason: investigation, goTo: investigators}
	noLicence = kind{what: central.Words{Ar: "القيادة دون رخصة سوق", En: "Driving without a licence"}, amount: 75 * kwd.Dinar, reason: investigation, goTo: investigators}
	racing    = kind{what: central.Words{Ar: "إقامة سباق على الطريق", En: "Racing on a public road"}, amount: 300 * kwd.Dinar, reason: court, goTo: trafficCourt}
)

var places = []central.Words{
	{Ar: "شارع الخليج العربي، السالمية", En: "Arabian Gulf Street, Salmiya"},
	{Ar: "الدائري الرابع، حولي", En: "Fourth Ring Road, Hawally"},
	{Ar: "شارع فهد السالم، مدينة الكويت", En: "Fahad Al-Salem Street, Kuwait City"},
	{Ar: "طريق الجهراء، الشويخ", En: "Jahra Road, Shuwaikh"},
	{Ar: "شارع حبيب مناور، الفروانية", En: "Habib Munawer Street, Farwaniya"},
	{Ar: "الدائري الخامس، الجابرية", En: "Fifth Ring Road, Jabriya"},
	{Ar: "شارع تونس، حولي", En: "Tunis Street, Hawally"},
	{Ar: "شارع مكة، الفحيحيل", En: "Mecca Street, Fahaheel"},
}

// roles are the fines of the people with a role, newest first.
var roles = map[civilid.Number][]kind{
	Typical:     {speeding, phone, disabledBay, farTooFast, registration, seatBelt, reckless},
	NoFines:     nil,
	NonePayable: {disabledBay, noLicence, racing},
	Many: {
		speeding, phone, noParking, seatBelt, farTooFast, pavement, redLight, reckless,
		speeding, lights, noParking, phone, disabledBay, registration, seatBelt, speeding,
	},
	Recording:  {speeding, seatBelt},
	Reserved:   {farTooFast, phone, noParking},
	BadAmounts: {seatBelt, negative, absurd},
	Single:     {phone},
	Large:      {overload, wrongWay, racing},
	LongName:   nil,
}

// others are what the people without a role have, by turns.
var others = [][]kind{
	{speeding, noParking}, {phone}, nil, {seatBelt, speeding, redLight},
	{farTooFast, disabledBay}, {registration}, {pavement, phone, lights, speeding}, nil,
}

// Fines are all fines, those of people first, in the order of People.
func Fines() []central.Fine {
	var all []central.Fine
	for i, p := range People() {
		kinds, role := roles[p.Civil]
		if !role {
			kinds = others[i%len(others)]
		}
		for n, k := range kinds {
			f := k.fine(n, 3*i+n)
			f.ID, f.Civil, f.Plate = fmt.Sprintf("2598%02d%03d", i+1, n+1), string(p.Civil), p.Plate
			all = append(all, f)
		}
	}
	for i, c := range Companies()[:5] {
		for n, k := range []kind{speeding, overload, noParking, registration, reckless, phone}[i%3 : i%3+3] {
			f := k.fine(n, i+n)
			f.ID, f.Company, f.Plate = fmt.Sprintf("2597%02d%03d", i+1, n+1), c.Unified, c.Plates[n]
			all = append(all, f)
		}
	}
	return all
}

// FinesOf are the fines of one person.
func FinesOf(p civilid.Number) []central.Fine {
	var of []central.Fine
	for _, f := range Fines() {
		if f.Civil == string(p) {
			of = append(of, f)
		}
	}
	return of
}

// fine is a fine of this kind, age steps before Day.
func (k kind) fine(age, turn int) central.Fine {
	at := Day.AddDate(0, 0, -9-17*age-turn%7).Add(time.Duration(7*60+turn*97%840) * time.Minute)
	return central.Fine{
		What: k.what, Where: places[turn%len(places)], At: at.UTC(), Amount: k.amount,
		NotHere: k.goTo != central.Words{}, Reason: k.reason, GoTo: k.goTo,
	}
}
