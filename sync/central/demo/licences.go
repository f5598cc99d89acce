package demo

import (
	"fmt"
	"strings"
	"time"

	"murur/kiosk/civilid"
	"murur/sync/api"
	"murur/sync/central"
)

// Civil numbers of the people who come for a licence. None of them owes anything, but
// Indebted.
const (
	Indebted     civilid.Number = "272020398107" // a renewal, and one payable fine before it
	Renewal      civilid.Number = "273030798117"
	Damaged      civilid.Number = "278082998164"
	Lost         civilid.Number = "281121398194"
	TwoLicences  civilid.Number = "304120898401" // a renewal and a lost one, both ready
	NotEligible  civilid.Number = "290091498278" // the department wants to see them
	NotYet       civilid.Number = "296030598328" // not ready yet
	AtOtherKiosk civilid.Number = "299061898351" // leased to Elsewhere
	InAdvance    civilid.Number = "287060298241" // leased to Here in advance: works offline
	LongName     civilid.Number = "306011298414" // a renewal; the name fits on the card only when it is shrunk and wrapped
)

// Here is the kiosk of the demonstration; Elsewhere another one.
const (
	Here      = "KW01"
	Elsewhere = "KW02"
)

// Places are where the two kiosks stand.
func Places() map[string]central.Words {
	return map[string]central.Words{
		Here:      {Ar: "المجمع التجريبي، الطابق الأرضي", En: "Demo Mall, ground floor"},
		Elsewhere: {Ar: "المخفر التجريبي، قاعة المراجعين", En: "Demo Police Station, public hall"},
	}
}

// application is one line of the demonstration.
type application struct {
	id       string
	civil    civilid.Number
	kind     api.ApplicationKind
	standing api.ApplicationStanding
	kiosk    string // leased in advance to
}

var applications = []application{
	{"A-1001", Renewal, api.KindRenewal, api.StandingReady, ""},
	{"A-1002", Damaged, api.KindDamaged, api.StandingReady, ""},
	{"A-1003", Lost, api.KindLost, api.StandingReady, ""},
	{"A-1004", TwoLicences, api.KindRenewal, api.StandingReady, ""},
	{"A-1005", TwoLicences, api.KindLost, api.StandingReady, ""},
	{"A-1006", Indebted, api.KindRenewal, api.StandingReady, ""},
	{"A-1007", NotEligible, api.KindRenewal, api.StandingVisit, ""},
	{"A-1008", NotYet, api.KindRenewal, api.StandingNotReady, ""},
	{"A-1009", AtOtherKiosk, api.KindRenewal, api.StandingReady, Elsewhere},
	{"A-1010", InAdvance, api.KindRenewal, api.StandingReady, Here},
	{"A-1011", Typical, api.KindRenewal, api.StandingReady, ""}, // fines of both sorts before it
	{"A-1012", NoFines, api.KindRenewal, api.StandingReady, ""}, // with a name that no card can hold
	{"A-1013", LongName, api.KindRenewal, api.StandingReady, ""},
}

// Applications are the applications for licences. Leases in advance last until a year
// after now.
func Applications(now time.Time) []central.Application {
	people := make(map[civilid.Number]Person)
	for _, p := range People() {
		people[p.Civil] = p
	}
	var all []central.Application
	for i, d := range applications {
		a := central.Application{
			ID: d.id, Civil: string(d.civil), Kind: d.kind, Standing: d.standing, Issue: 1,
			What:    central.Words{Ar: "رخصة خصوصي", En: "Private vehicle"},
			Licence: licence(people[d.civil], i),
		}
		if d.kind == api.KindLost && d.civil == TwoLicences {
			a.What = central.Words{Ar: "رخصة دراجة آلية", En: "Motorcycle"}
		}
		switch d.standing {
		case api.StandingVisit:
			a.Reason = central.Words{Ar: "يلزم تجديد الفحص الطبي", En: "A new medical test is needed"}
			a.GoTo = central.Words{Ar: "إدارة مرور المحافظة، قسم الرخص", En: "Governorate Traffic Department, Licences section"}
		case api.StandingNotReady:
			a.Reason = central.Words{Ar: "الطلب قيد المراجعة", En: "The application is still being checked"}
		}
		if d.kiosk != "" {
			a.Kiosk, a.Assigned, a.Until = d.kiosk, true, now.UTC().AddDate(1, 0, 0).Truncate(time.Microsecond)
		}
		all = append(all, a)
	}
	return all
}

// licence is what stands on a person's card.
func licence(p Person, n int) api.Licence {
	issued := time.Date(2025, 9, 1, 0, 0, 0, 0, time.UTC) // a day, as it stands
	expires := issued.AddDate(10, 0, 0)
	given := api.Words(p.Name)
	switch p.Civil {
	case NoFines:
		given = api.Words{Ar: strings.Repeat("تجريبية ", 40), En: strings.Repeat("DEMO ", 60)}
	case LongName:
		given = api.Words{
			Ar: "عبدالرحمن عبدالمحسن عبداللطيف التجريبي المستعار ابن المواطنين التجريبيين المستعارين",
			En: "ABDULRAHMAN ABDULMOHSEN ABDULLATEEF ALTAJREEBI DEMONSTRATION-CITIZEN",
		}
	}
	grown := p.Birth.AddDate(18, 0, 0)
	since := func(years int) time.Time {
		if t := issued.AddDate(-years, 0, 0); t.After(grown) {
			return t
		}
		return grown
	}
	categories := []api.Category{{Code: "B", Issued: since(8), Expires: expires}}
	if n%2 == 1 {
		categories = append(categories, api.Category{Code: "A", Issued: since(3), Expires: expires, Restrictions: "01"})
	}
	return api.Licence{
		Number: fmt.Sprintf("98%06d", 1001+n), Civil: string(p.Civil),
		Surname: api.Words{Ar: "العينة", En: "SPECIMEN"}, Given: given,
		Nationality: api.Words{Ar: "الكويت", En: "KWT"},
		Authority:   api.Words{Ar: "الإدارة العامة للمرور", En: "General Traffic Department"},
		Birth:       p.Birth, Issued: issued, Expires: expires, Categories: categories, Blood: "O+",
		Portrait: pictures()[n][0], Signature: pictures()[n][1],
	}
}
