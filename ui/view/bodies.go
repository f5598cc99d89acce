package view

import (
	"slices"
	"strings"
	"time"

	"murur/kiosk/front"
	"murur/ui/i18n"
)

// body fills in what is particular to the screen.
func (b *builder) body() {
	switch b.Name {
	case front.Welcome:
		b.welcome()
	case front.ServiceMenu:
		b.services()
	case front.Identify:
		b.identify()
	case front.NumberPad:
		b.number()
	case front.Busy:
		b.busy()
	case front.FineList:
		b.fineList()
	case front.Confirm:
		b.confirm()
	case front.Pay:
		b.pay()
	case front.Receipt:
		b.receipt()
	case front.Thanks:
		b.thanks()
	case front.Problem:
		b.problem()
	case front.OutOfService:
		b.outOfService()
	default: // Connecting, or a screen this program is too old for
		b.say("connecting", "wait")
		b.reassure()
	}
}

// say sets title and lead from one id, and the picture.
func (b *builder) say(id, picture string) {
	b.v.Title, b.v.Lead, b.v.Picture = b.text(id+".title"), b.text(id+".lead"), picture
}

// notices are those that no greyed service gives as its reason.
func (b *builder) notices() {
	for _, n := range b.Notices {
		if slices.ContainsFunc(b.Services, func(s front.Service) bool { return s.Reason == n }) {
			continue
		}
		b.add(Notice{Attention, b.text("notice." + string(n))})
	}
}

func (b *builder) welcome() {
	b.say("welcome", "welcome")
	b.v.Also = i18n.Text(front.English, "welcome.title")
	if b.Lang == front.English {
		b.v.Also = i18n.Text(front.Arabic, "welcome.title")
	}
	b.notices()
	for _, lang := range i18n.Languages {
		c := b.send("", i18n.Text(lang, "lang."+string(lang)), front.ActStart, string(lang))
		b.add(Card{Control: *c, Title: c.Label, Line: i18n.Text(lang, "welcome.start"), Lang: lang})
	}
}

func (b *builder) services() {
	b.v.Title = b.text("service.title")
	b.v.Picture = "services"
	b.notices()
	for _, s := range b.Services {
		c := b.send(s.ID, b.text("service."+s.ID), front.ActService, s.ID)
		line := b.text("service." + s.ID + ".line")
		if !s.Available {
			c.Enabled = false
			line = b.text("reason." + string(s.Reason))
		}
		b.add(Card{Control: *c, Title: c.Label, Line: line})
	}
}

func (b *builder) identify() {
	card := false
	for _, w := range b.Ways {
		card = card || w == front.ByCard
	}
	if card {
		b.say("identify", "card")
		b.add(Heading{Text: b.text("identify.or")})
	} else {
		b.say("identify.typed", "services")
		b.notices()
	}
	for _, w := range b.Ways {
		if w == front.ByCard {
			continue
		}
		c := b.send(string(w), b.text("way."+string(w)), front.ActWay, string(w))
		b.add(Card{Control: *c, Title: c.Label, Line: b.text("way." + string(w) + ".line")})
	}
}

// busyPictures show where the person's things are meanwhile.
var busyPictures = map[front.Doing]string{
	front.DoingReadCard:  "reading",
	front.DoingLookup:    "searching",
	front.DoingChecking:  "terminal",
	front.DoingReserving: "searching",
	front.DoingRecording: "recording",
	front.DoingFinding:   "finding",
}

func (b *builder) busy() {
	b.say("busy."+string(b.Doing), busyPictures[b.Doing])
	b.reassure()
}

// reassure speaks up when a wait gets long.
func (b *builder) reassure() {
	const long = 8 * time.Second
	b.v.Waits = true
	if waited := b.o.Now.Sub(b.Since); !b.Since.IsZero() && waited >= long {
		b.v.Wait = b.text("busy.slow") + " " + b.l.Plural("busy.since", int(waited/time.Second))
	}
}

// payPictures draw the terminal as it is now.
var payPictures = map[string]string{
	"insert_card": "pay-insert", "try_again": "pay-insert", "other_card": "pay-insert",
	"enter_pin": "pay-pin", "wrong_pin": "pay-pin",
	"remove_card": "pay-remove", "declined": "pay-remove",
}

func (b *builder) pay() {
	if b.Payment == nil {
		return
	}
	b.say("pay."+b.Payment.Guidance, payPictures[b.Payment.Guidance])
	if b.v.Picture == "" {
		b.v.Picture = "terminal"
	}
	b.v.Total = &Total{Label: b.text("fines.total"), Amount: b.money(b.Payment.Total)}
	switch b.Payment.Guidance {
	case "connecting", "wait", "undoing": // the person cannot do anything about it
		b.reassure()
	}
}

func (b *builder) receipt() {
	if b.Paper == nil {
		return
	}
	b.say("paper."+string(b.Paper.State), map[front.PaperState]string{
		front.PaperPrinting: "printing", front.PaperTake: "receipt", front.PaperTaken: "done",
		front.PaperUnknown: "receipt", front.PaperFailed: "case",
	}[b.Paper.State])
	b.v.Total = &Total{Label: b.text("paper.paid"), Amount: b.money(b.Paper.Total)}
	b.paperFacts()
	b.next(b.text("button.finish"))
}

func (b *builder) paperFacts() {
	var facts Facts
	if b.Paper.Case != "" {
		facts = append(facts, Fact{b.text("case.number"), b.l.Code(b.Paper.Case), true})
	}
	if b.Paper.Number != "" {
		facts = append(facts, Fact{b.text("paper.number"), b.l.Code(b.Paper.Number), b.Paper.Case == ""})
	}
	if len(facts) > 0 {
		b.add(facts)
	}
	b.add(Notice{Info, b.text("paper.delay")})
}

func (b *builder) thanks() {
	b.say("thanks", "done")
	if b.Paper != nil {
		if b.Paper.State == front.PaperFailed {
			b.v.Lead = b.text("thanks.lead.nopaper")
		}
		b.v.Total = &Total{Label: b.text("paper.paid"), Amount: b.money(b.Paper.Total)}
		b.paperFacts()
	}
	b.next(b.text("button.finish"))
}

// problemPictures: the rest shows the machine asking for patience.
var problemPictures = map[front.ProblemCode]string{
	front.ProblemCardRemoved: "card", front.ProblemCardUnreadable: "card",
	front.ProblemCardWrong: "card-out", front.ProblemCardExpired: "card-out", front.ProblemReader: "card-out", front.ProblemNoFines: "done",
	front.ProblemNotFound: "searching", front.ProblemTaken: "searching",
	front.ProblemTerminal: "terminal", front.ProblemDeclined: "terminal", front.ProblemFunds: "terminal",
	front.ProblemPIN: "terminal", front.ProblemPayCard: "terminal", front.ProblemCancelled: "terminal",
	front.ProblemPayLine: "terminal", front.ProblemPayFailed: "terminal",
	front.ProblemPayUnknown: "case", front.ProblemReceiptFailed: "case", front.ProblemNoPaper: "printing",
}

func (b *builder) problem() {
	if b.Trouble == nil {
		return
	}
	t, id := b.Trouble, "problem."+string(b.Trouble.Code)
	b.v.Title, b.v.Lead = b.text(id+".title"), b.text(id+".text")
	if b.v.Picture = problemPictures[t.Code]; b.v.Picture == "" {
		b.v.Picture = "problem"
	}
	if t.Code != front.ProblemNoFines {
		b.moneyNotice(t)
	}
	b.add(Notice{Info, b.text(id + ".do")})
	if t.Case != "" {
		b.add(Facts{{b.text("case.number"), b.l.Code(t.Case), true}})
		b.v.Small = append(b.v.Small, b.text("case.keep"))
	}
	on := b.text("button.continue")
	if t.Code == front.ProblemNoFines || t.Case != "" {
		on = b.text("button.finish")
	}
	b.next(on)
	if b.accepts(front.ActRetry) {
		b.v.Second = b.v.Primary
		b.v.Primary = b.send("", b.text("button.retry"), front.ActRetry, "")
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

func (b *builder) outOfService() {
	b.say("outage", "resting")
	if b.Outage == nil {
		return
	}
	small := []string{b.text("outage.staff"), b.l.Code(b.Outage.Code)}
	if b.Outage.Remedy != "" {
		small = append(small, b.text("outage.remedy."+b.Outage.Remedy))
	}
	b.v.Small = []string{strings.Join(small, " · ")}
	detail := b.Outage.Detail
	if b.Outage.Code == "no_service" {
		detail = b.text("connecting.staff")
	}
	if detail != "" {
		b.v.Small = append(b.v.Small, b.l.Words(detail))
	}
}
