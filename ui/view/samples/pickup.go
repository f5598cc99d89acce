package samples

import (
	"time"

	"murur/kiosk/front"
	"murur/ui/view"
)

var (
	private = front.Words{Ar: "مركبة خاصة", En: "Private vehicle"}
	cycle   = front.Words{Ar: "دراجة نارية", En: "Motorcycle"}
	heavy   = front.Words{Ar: "مركبات النقل الثقيل ومعدات الإنشاء", En: "Heavy transport vehicles and construction equipment"}
	eyes    = front.Words{Ar: "نتيجة فحص النظر غير مرفقة بالطلب", En: "The result of the eye test is missing from the application"}
	desk    = front.Words{Ar: "إدارة مرور محافظتك، قسم رخص القيادة", En: "Your governorate's traffic department, driving licences desk"}
	mall    = front.Words{Ar: "مجمع الأفنيوز، المدخل الثالث", En: "The Avenues mall, gate 3"}
)

// begun is a pickup of which nothing is known yet.
func begun() *front.LicenceView { return &front.LicenceView{} }

func pickup(add adder) {
	menu := func(reason front.Notice) front.Screen {
		s := front.Screen{Name: front.ServiceMenu, Actions: visit(front.ActService), Cancels: "visit", Services: []front.Service{
			{ID: "fines", Available: true},
			{ID: "licence", Available: reason == "", Reason: reason},
			{ID: "clearance", Reason: front.ReasonLater},
			{ID: "residence", Reason: front.ReasonLater},
		}}
		if reason != "" {
			s.Notices = []front.Notice{reason}
		}
		return s
	}
	add("service-licence", menu(""))
	for _, n := range []front.Notice{front.NoticeNoCardPrinter, front.NoticeNoBlanks, front.NoticeNoRibbon,
		front.NoticeRejectFull, front.NoticeNoCapture, front.NoticeRetainFull} {
		add("service-"+string(n), menu(n))
	}
	add("welcome-no-licences", front.Screen{Name: front.Welcome, Actions: []front.Action{front.ActStart},
		Notices: []front.Notice{front.NoticeNoBlanks}})

	identify := front.Screen{Name: front.Identify, Step: front.StepIdentify, Actions: visit(), Cancels: "visit",
		Ways: []front.Way{front.ByCard}, Licence: begun()}
	add("identify-pickup", identify)
	add("identify-pickup-help", identify, state(view.State{Help: true}))
	identify.Ways, identify.Notices = nil, []front.Notice{front.NoticeCardLeft, front.NoticePaperLow}
	add("identify-pickup-card-left", identify)
	identify.Notices = []front.Notice{front.NoticeNoReader}
	add("identify-pickup-no-reader", identify)

	busy := func(d front.Doing, step front.Step, actions ...front.Action) {
		add("busy-pickup-"+string(d), front.Screen{Name: front.Busy, Step: step, Doing: d, Licence: begun(), Actions: actions, Cancels: "visit"})
	}
	busy(front.DoingReadCard, front.StepIdentify)
	busy(front.DoingLookup, front.StepIdentify, front.ActCancel)
	busy(front.DoingPreparing, front.StepChoose, front.ActCancel)
	busy(front.DoingGate, front.StepMake)
	busy(front.DoingLocating, front.StepMake)

	applications(add)
	owing(add)
	licence(add)
	handedOver(add)
	pickupTrouble(add)
}

func applications(add adder) {
	choose := func(list ...front.Pickup) front.Screen {
		return front.Screen{Name: front.Applications, Step: front.StepChoose, Actions: visit(front.ActChoose), Cancels: "visit",
			Licence: begun(), Pickups: &front.PickupsView{Holder: &front.Words{Ar: "مواطن تجريبي", En: "Demo Citizen"}, List: list}}
	}
	renewal := front.Pickup{ID: "A-1", Kind: "renewal", What: private, Ready: true}
	lost := front.Pickup{ID: "A-2", Kind: "lost", What: cycle, Ready: true}
	damaged := front.Pickup{ID: "A-3", Kind: "damaged", What: heavy, Ready: true}
	later := front.Pickup{ID: "A-4", Kind: "damaged", What: cycle, Standing: "not_ready"}
	missing := front.Pickup{ID: "A-5", Kind: "renewal", What: heavy, Standing: "visit", Reason: &eyes, GoTo: &desk}
	elsewhere := front.Pickup{ID: "A-6", Kind: "lost", What: private, Standing: "elsewhere", GoTo: &mall}
	unclear := front.Pickup{ID: "A-7", Kind: "renewal", What: cycle, Standing: "unclear"}
	add("applications", choose(renewal, lost))
	add("applications-not-all", choose(renewal, missing))
	add("applications-six", choose(renewal, damaged, later, missing, elsewhere, unclear))
	add("applications-six-2", choose(renewal, damaged, later, missing, elsewhere, unclear), state(view.State{Page: 1}))
	add("applications-lower", choose(renewal, damaged), state(view.State{Lower: true}))
	none := choose(missing, elsewhere)
	none.Pickups.Holder = nil
	add("applications-none", none)
}

func owing(add adder) {
	owe := func(count int, total int64, other int) front.Screen {
		return front.Screen{Name: front.Owing, Step: front.StepChoose, Actions: visit(front.ActNext), Cancels: "visit",
			Licence: begun(), Owing: &front.OwingView{Count: count, Total: total, Other: other}}
	}
	add("owing", owe(3, 110000, 0))
	add("owing-one", owe(1, 5000, 0))
	add("owing-other", owe(2, 35000, 1))
	// The fines journey in between.
	add("owing-paid", front.Screen{Name: front.Thanks, Step: front.StepTake, Actions: []front.Action{front.ActNext}, CardIn: true,
		Owing: &front.OwingView{}, Paper: &front.ReceiptView{Number: "K07-000123", Total: 35000, State: front.PaperTaken}})
}

func licence(add adder) {
	place := func(kind, wrong string) front.Screen {
		return front.Screen{Name: front.PlaceOld, Step: front.StepMake, Actions: []front.Action{front.ActCancel}, Cancels: "visit", CardIn: true,
			Licence: &front.LicenceView{Kind: kind, State: front.LicencePlace, Wrong: wrong}}
	}
	add("place-old", place("renewal", ""))
	add("place-damaged", place("damaged", ""))
	for _, wrong := range []string{"too_long", "too_short", "pulled"} {
		add("place-old-"+wrong, place("renewal", wrong))
	}
	more := place("renewal", "")
	more.MoreTime = &front.MoreTimeView{Seconds: 20}
	add("place-old-more-time", more)

	work := func(kind string, s front.LicenceState, again int) front.Screen {
		return front.Screen{Name: front.Making, Step: front.StepMake, CardIn: true,
			Licence: &front.LicenceView{Kind: kind, State: s, Again: again}}
	}
	for _, s := range []front.LicenceState{front.LicenceFeeding, front.LicencePrinting, front.LicenceRetaining,
		front.LicencePresenting, front.LicenceRejecting, front.LicenceRetracting} {
		add("making-"+string(s), work("renewal", s, 0))
	}
	add("making-lost", work("lost", front.LicencePrinting, 0))
	add("making-again", work("renewal", front.LicenceFeeding, 1))
	add("making-slow", work("renewal", front.LicencePrinting, 0), after(38*time.Second))

	take := front.Screen{Name: front.TakeLicence, Step: front.StepTake, CardIn: true,
		Licence: &front.LicenceView{Kind: "renewal", State: front.LicenceTake}}
	add("take-licence", take)
	take.Licence = &front.LicenceView{Kind: "renewal", State: front.LicenceTake, Hurry: true}
	add("take-licence-hurry", take)

	back := front.Screen{Name: front.ReturnOld, Step: front.StepMake, CardIn: true,
		Licence: &front.LicenceView{Kind: "renewal", State: front.LicenceReturn}}
	add("return-old", back)
	back.Licence = &front.LicenceView{Kind: "renewal", State: front.LicenceReturn, Case: "C-KW01-1000042"}
	add("return-old-case", back)
}

func handedOver(add adder) {
	paper := func(p front.PaperState) front.Screen {
		return front.Screen{Name: front.Receipt, Step: front.StepTake, Licence: &front.LicenceView{Kind: "renewal", State: front.LicenceTaken},
			Paper: &front.ReceiptView{Number: "KW01-1000042", State: p}}
	}
	for _, p := range []front.PaperState{front.PaperPrinting, front.PaperTake, front.PaperUnknown, front.PaperFailed} {
		add("receipt-pickup-"+string(p), paper(p))
	}
	for _, p := range []front.PaperState{front.PaperTaken, front.PaperUnknown, front.PaperFailed} {
		s := paper(p)
		s.Name, s.Actions = front.Thanks, []front.Action{front.ActNext}
		add("thanks-pickup-"+string(p), s)
		if p == front.PaperTaken {
			s.CardIn = true
			add("thanks-pickup-card-in", s)
		}
	}
}

// caseNumber is as long as they get.
const caseNumber = "C-KW01-1000042"

func pickupTrouble(add adder) {
	back := []front.Action{front.ActBack, front.ActCancel}
	again := []front.Action{front.ActRetry, front.ActBack, front.ActCancel}
	end := []front.Action{front.ActNext}
	show := func(name string, actions []front.Action, v front.ProblemView) {
		add(name, front.Screen{Name: front.Problem, Actions: actions, Cancels: "visit", Licence: begun(), Trouble: &v})
	}
	untouched := front.CardUntouched
	for _, p := range []struct {
		code    front.ProblemCode
		actions []front.Action
	}{
		{front.ProblemCardRemoved, back}, {front.ProblemCardWrong, back}, {front.ProblemCardLicence, back}, {front.ProblemCardUnreadable, back},
		{front.ProblemCardExpired, back}, {front.ProblemReader, back}, {front.ProblemCentral, again}, {front.ProblemNoPaper, again},
		{front.ProblemNoLicence, back}, {front.ProblemNotReady, back}, {front.ProblemUnclear, back}, {front.ProblemNotLeased, back},
		{front.ProblemNoCardPrinter, again}, {front.ProblemNoCapture, again}, {front.ProblemCannotDraw, back},
		{front.ProblemNothingPlaced, end}, {front.ProblemInternal, end},
	} {
		show("problem-pickup-"+string(p.code), p.actions, front.ProblemView{Code: p.code, Card: untouched})
	}
	show("problem-visit", back, front.ProblemView{Code: front.ProblemVisit, Card: untouched, Reason: &eyes, GoTo: &desk})
	show("problem-elsewhere", back, front.ProblemView{Code: front.ProblemElsewhere, Card: untouched, GoTo: &mall})
	show("problem-fines_first", back, front.ProblemView{Code: front.ProblemFinesFirst, Card: untouched, GoTo: &desk})
	show("problem-wrong_object", end, front.ProblemView{Code: front.ProblemWrongObject, Card: untouched})
	show("problem-capture-returned", end, front.ProblemView{Code: front.ProblemNoCapture, Card: front.CardReturned})
	for _, p := range []struct {
		code front.ProblemCode
		card front.CardState
	}{
		{front.ProblemLicenceFailed, front.CardUntouched}, {front.ProblemLicenceFailed, front.CardReturned},
		{front.ProblemLicenceFailed, front.CardKept}, {front.ProblemLicenceFailed, front.CardUnknown},
		{front.ProblemNotTaken, front.CardKept}, {front.ProblemNotTaken, front.CardUntouched},
		{front.ProblemLicenceUnknown, front.CardKept}, {front.ProblemLicenceUnknown, front.CardUnknown},
	} {
		show("problem-"+string(p.code)+"-"+string(p.card), end, front.ProblemView{Code: p.code, Card: p.card, Case: caseNumber})
	}
	for _, p := range []front.PaperState{front.PaperPrinting, front.PaperTake, front.PaperTaken, front.PaperUnknown, front.PaperFailed} {
		s := front.Screen{Name: front.Problem, Licence: begun(), Paper: &front.ReceiptView{Number: caseNumber, State: p},
			Trouble: &front.ProblemView{Code: front.ProblemLicenceFailed, Card: front.CardReturned, Case: caseNumber}}
		if p != front.PaperPrinting && p != front.PaperTake {
			s.Actions = end
		}
		add("problem-promise-"+string(p), s)
	}
}
