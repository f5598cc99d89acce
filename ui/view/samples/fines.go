package samples

import (
	"time"

	"murur/kiosk/front"
	"murur/ui/view"
)

// kinds of fines, at made-up places; the longest wordings are among them.
var kinds = []struct {
	what, where front.Words
	amount      int64
}{
	{front.Words{Ar: "تجاوز السرعة المقررة", En: "Speeding"}, front.Words{Ar: "طريق الدائري الرابع", En: "Fourth Ring Road"}, 20000},
	{front.Words{Ar: "الوقوف في مكان ممنوع", En: "Parking where it is not allowed"}, front.Words{Ar: "السالمية، شارع سالم المبارك", En: "Salmiya, Salem Al-Mubarak Street"}, 15000},
	{front.Words{Ar: "استخدام الهاتف أثناء القيادة", En: "Using a phone while driving"}, front.Words{Ar: "شارع الخليج العربي", En: "Arabian Gulf Street"}, 75000},
	{front.Words{Ar: "عدم ربط حزام الأمان", En: "No seat belt"}, front.Words{Ar: "حولي", En: "Hawalli"}, 30000},
	{front.Words{Ar: "تجاوز السرعة المقررة بأكثر من عشرين كيلومترًا في الساعة", En: "Exceeding the speed limit by more than twenty kilometres an hour"}, front.Words{Ar: "طريق الملك فهد بن عبدالعزيز", En: "King Fahd bin Abdulaziz Road"}, 50000},
	{front.Words{Ar: "عدم تجديد دفتر المركبة", En: "Vehicle registration not renewed"}, front.Words{Ar: "الفروانية", En: "Farwaniya"}, 10000},
	{front.Words{Ar: "ترك المركبة على الرصيف", En: "Vehicle left on the pavement"}, front.Words{Ar: "مدينة الكويت", En: "Kuwait City"}, 15000},
	{front.Words{Ar: "تلوين الزجاج دون تصريح", En: "Tinted windows without a permit"}, front.Words{Ar: "الجهراء", En: "Jahra"}, 25000},
}

// payable are the first n kinds, with the given ones selected.
func payable(n int, selected ...int) *front.FinesView {
	v := &front.FinesView{}
	for i := range n {
		k := kinds[i%len(kinds)]
		f := front.Fine{
			ID: "20260044" + string(rune('1'+i/9)) + string(rune('1'+i%9)), What: k.what, Where: k.where, Amount: k.amount,
			At: now.Add(-time.Duration(i*31+5) * 25 * time.Hour), Plate: "•• / •••45", State: front.FinePayable,
		}
		for _, s := range selected {
			if s == i {
				f.Selected = true
				v.Selected++
				v.Total += f.Amount
			}
		}
		v.Payable = append(v.Payable, f)
	}
	return v
}

// other are fines that cannot be paid, one for each reason.
func other() []front.Fine {
	visit := &front.Words{Ar: "تتطلب مراجعة قسم التحقيق أولًا", En: "The investigation section must see you first"}
	where := &front.Words{Ar: "إدارة مرور محافظتك، قسم المخالفات", En: "Your governorate's traffic department, violations desk"}
	at := now.Add(-40 * 24 * time.Hour)
	return []front.Fine{
		{ID: "2026003901", What: front.Words{Ar: "قيادة المركبة برعونة", En: "Reckless driving"}, At: at, Amount: 100000, Plate: "•• / •••45",
			State: front.FineNotHere, Reason: visit, GoTo: where},
		{ID: "2026003902", What: kinds[1].what, At: at, Amount: 15000, Plate: "•• / •••45", State: front.FineRecording},
		{ID: "2026003903", What: kinds[3].what, At: at, Amount: 30000, Plate: "•• / •••45", State: front.FineReserved},
		{ID: "2026003904", What: kinds[0].what, At: at, Amount: 20000, Plate: "•• / •••45", State: front.FineUnclear},
	}
}

func choose(add adder) {
	list := func(v *front.FinesView) front.Screen {
		return front.Screen{Name: front.FineList, Step: front.StepChoose, Cancels: "visit", Fines: v,
			Actions: visit(front.ActToggle, front.ActAll, front.ActNext)}
	}
	named := func(v *front.FinesView, ar, en string) *front.FinesView {
		v.Holder = &front.Words{Ar: ar, En: en}
		return v
	}
	add("fines", list(named(payable(3, 0, 1), "مواطن تجريبي", "Demo Citizen")))
	add("fines-none-selected", list(payable(2)))
	add("fines-one", list(payable(1, 0)))
	both := payable(2, 0, 1)
	both.Other = other()[:1]
	add("fines-both", list(both))
	many := named(payable(11, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
		"عبدالرحمن التجريبي بن عبدالعزيز المثال آل نموذج الطويل", "Abdulrahman Demo bin Abdulaziz Example Al-Sample the Long")
	many.Other = other()
	add("fines-many-1", list(many))
	add("fines-many-2", list(many), state(view.State{Page: 2}))
	add("fines-many-3", list(many), state(view.State{Page: 4}))
	add("fines-lower", list(named(payable(4, 0), "مواطن تجريبي", "Demo Citizen")), state(view.State{Lower: true}))
	none := &front.FinesView{Other: other()[:2]}
	s := list(none)
	s.Actions = []front.Action{front.ActCancel, front.ActBack}
	add("fines-not-payable", s)
	dev := list(payable(2, 1))
	dev.Development = true
	add("fines-development", dev)

	confirm := func(v *front.FinesView) front.Screen {
		return front.Screen{Name: front.Confirm, Step: front.StepPay, Actions: visit(front.ActNext), Cancels: "visit", Fines: v}
	}
	add("confirm", confirm(payable(2, 0, 1)))
	add("confirm-many", confirm(payable(8, 0, 1, 2, 3, 4, 5, 6, 7)))
}
