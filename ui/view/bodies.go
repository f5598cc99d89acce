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
	case front.Applications:
		b.applications()
	case front.Owing:
		b.owing()
	case front.PlaceOld:
		b.placeOld()
	case front.ReturnOld:
		b.returnOld()
	case front.Making:
		b.making()
	case front.TakeLicence:
		b.takeLicence()
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
	if b.pickup() {
		b.identifyHolder()
		return
	}
	if slices.Contains(b.Ways, front.ByCard) {
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
	front.DoingPreparing: "feeding",
	front.DoingGate:      "gate",
	front.DoingLocating:  "locating",
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
	if b.Paper.State == front.PaperTake {
		b.v.Chime = "paper"
	}
	if b.Licence != nil {
		b.handedOver()
		return
	}
	b.say("paper."+string(b.Paper.State), map[front.PaperState]string{
		front.PaperPrinting: "printing", front.PaperTake: "receipt", front.PaperTaken: "done",
		front.PaperUnknown: "receipt", front.PaperFailed: "case",
	}[b.Paper.State])
	b.v.Total = &Total{Label: b.text("paper.paid"), Amount: b.money(b.Paper.Total)}
	b.paperFacts()
	b.next(b.finish())
}

// finish is the last button. After fines that stood before a licence, it is not the end.
func (b *builder) finish() string {
	if b.Owing != nil {
		return b.text("button.licence")
	}
	return b.text("button.finish")
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
	if b.Licence != nil {
		b.handedOver()
		return
	}
	b.say("thanks", "done")
	if b.Paper != nil {
		if b.Paper.State == front.PaperFailed {
			b.v.Lead = b.text("thanks.lead.nopaper")
		} else if b.Owing != nil {
			b.v.Lead = b.text("thanks.lead.owing")
		}
		b.v.Total = &Total{Label: b.text("paper.paid"), Amount: b.money(b.Paper.Total)}
		b.paperFacts()
	}
	b.next(b.finish())
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
