package view

import (
	"murur/kiosk/front"
)

// problemPictures: the rest shows the machine asking for patience.
var problemPictures = map[front.ProblemCode]string{
	front.ProblemCardRemoved: "card", front.ProblemCardUnreadable: "card",
	front.ProblemCardWrong: "card-out", front.ProblemCardLicence: "card-out", front.ProblemCardExpired: "card-out", front.ProblemReader: "card-out", front.ProblemNoFines: "done",
	front.ProblemNotFound: "searching", front.ProblemTaken: "searching",
	front.ProblemTerminal: "terminal", front.ProblemDeclined: "terminal", front.ProblemFunds: "terminal",
	front.ProblemPIN: "terminal", front.ProblemPayCard: "terminal", front.ProblemCancelled: "terminal",
	front.ProblemPayLine: "terminal", front.ProblemPayFailed: "terminal",
	front.ProblemPayUnknown: "case", front.ProblemReceiptFailed: "case", front.ProblemNoPaper: "printing",

	front.ProblemNoLicence: "searching", front.ProblemNotReady: "licence-later", front.ProblemUnclear: "licence-later",
	front.ProblemNotLeased: "licence-later", front.ProblemVisit: "visit", front.ProblemFinesFirst: "visit",
	front.ProblemCannotDraw: "visit", front.ProblemElsewhere: "services", front.ProblemNoCapture: "gate",
	front.ProblemNothingPlaced: "gate", front.ProblemWrongObject: "return-old", front.ProblemLicenceFailed: "case",
	front.ProblemNotTaken: "case", front.ProblemLicenceUnknown: "case",
}

func (b *builder) problem() {
	if b.Trouble == nil {
		return
	}
	t, id := b.Trouble, "problem."+string(b.Trouble.Code)
	b.v.Title, b.v.Lead = b.words(id+".title"), b.words(id+".text")
	if b.v.Picture = problemPictures[t.Code]; b.v.Picture == "" {
		b.v.Picture = "problem"
	}
	if t.Code != front.ProblemNoFines {
		b.moneyNotice(t)
	}
	b.cardNotice(t)
	b.decision(t)
	b.add(Notice{Info, b.words(id + ".do")})
	if t.Case != "" {
		b.add(Facts{{b.text("case.number"), b.l.Code(t.Case), true}})
		b.caseNote()
	}
	on := b.text("button.continue")
	if t.Code == front.ProblemNoFines || t.Case != "" || b.pickup() {
		on = b.text("button.finish")
	}
	b.next(on)
	if b.accepts(front.ActRetry) {
		b.v.Second = b.v.Primary
		b.v.Primary = b.send("", b.text("button.retry"), front.ActRetry, "")
	}
}

// caseNote says where the number stays: on paper, if one comes, or in a photo.
func (b *builder) caseNote() {
	if b.Paper == nil {
		b.v.Small = append(b.v.Small, b.text("case.keep"))
		return
	}
	b.v.Small = append(b.v.Small, b.text("case.paper."+string(b.Paper.State)))
	switch b.Paper.State {
	case front.PaperPrinting:
		b.v.Picture = "printing"
	case front.PaperTake:
		b.v.Picture, b.v.Chime = "receipt", "paper"
	}
}

// moneyNotice says first what became of the money.
func (b *builder) moneyNotice(t *front.ProblemView) {
	switch t.Money {
	case "":
	case front.MoneyUntouched:
		b.add(Notice{Good, b.text("money.untouched")})
	case front.MoneyUnknown:
		b.add(Notice{Attention, b.text("money.unknown", b.money(t.Total))})
	default:
		b.add(Notice{Good, b.text("money."+string(t.Money), b.money(t.Total))})
	}
}

// cardTroubles are about the Civil ID: the old licence is not yet spoken of.
var cardTroubles = map[front.ProblemCode]bool{
	front.ProblemCardRemoved: true, front.ProblemCardWrong: true, front.ProblemCardLicence: true, front.ProblemCardUnreadable: true,
	front.ProblemCardExpired: true, front.ProblemReader: true,
}

// cardNotice says first what became of the old licence.
func (b *builder) cardNotice(t *front.ProblemView) {
	tone := map[front.CardState]Tone{
		front.CardUntouched: Good, front.CardReturned: Good, front.CardKept: Info, front.CardUnknown: Attention,
	}[t.Card]
	if tone != "" && !(t.Card == front.CardUntouched && cardTroubles[t.Code]) {
		b.add(Notice{tone, b.text("card." + string(t.Card))})
	}
}

// decision is why the department wants it so, and where to go, in its own words.
func (b *builder) decision(t *front.ProblemView) {
	row := Row{What: b.foreign(t.Reason)}
	if where := b.foreign(t.GoTo); where != "" {
		where = b.text("fine.goto", where)
		if row.What == "" {
			row.What, where = where, ""
		}
		row.Lines = nonempty(where)
	}
	if row.What != "" {
		b.add(row)
	}
}
