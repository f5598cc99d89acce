package view

import (
	"murur/kiosk/front"
	"murur/ui/i18n"
)

// pickup reports whether the screen belongs to the collection of a licence. Its screens
// have a part that says so; the first ones may lack it and are known by what they ask.
func (b *builder) pickup() bool {
	switch {
	case b.Licence != nil, b.Pickups != nil, b.Step == front.StepMake,
		b.Trouble != nil && b.Trouble.Card != "",
		b.Name == front.Owing:
		return true
	case b.Name == front.Identify: // nothing can be typed
		return len(b.Ways) == 0 || len(b.Ways) == 1 && b.Ways[0] == front.ByCard
	}
	return b.Doing == front.DoingPreparing || b.Doing == front.DoingGate || b.Doing == front.DoingLocating
}

// words is the text id, in the wording for a pickup if it has one and this is a pickup.
func (b *builder) words(id string) string {
	if b.pickup() && i18n.Has(b.Lang, id+".pickup") {
		id += ".pickup"
	}
	return b.text(id)
}

// foreign is a text of the department's; empty when there is none.
func (b *builder) foreign(w *front.Words) string {
	if w == nil || w.In(b.Lang) == "" {
		return ""
	}
	return b.l.Words(w.In(b.Lang))
}

func nonempty(texts ...string) (out []string) {
	for _, t := range texts {
		if t != "" {
			out = append(out, t)
		}
	}
	return out
}

// identifyHolder asks for the card itself: a number proves nothing about who stands here.
func (b *builder) identifyHolder() {
	b.say("identify", "card")
	if len(b.Ways) > 0 {
		b.add(Notice{Info, b.text("identify.why")})
		return
	}
	for _, n := range b.Notices {
		switch n {
		case front.NoticeCardLeft:
			b.v.Picture = "card-out"
			b.add(Notice{Attention, b.text("notice." + string(n))})
		case front.NoticeNoReader:
			b.add(Notice{Attention, b.words("notice." + string(n))})
		}
	}
}

// applications: what is ready can be touched; the rest says why not and where to go.
func (b *builder) applications() {
	if b.Pickups == nil {
		return
	}
	b.say("applications", "licences")
	if h := b.Pickups.Holder; h != nil {
		b.v.Lead = b.l.Words(h.In(b.Lang)) + " — " + b.v.Lead
	}
	var ready, other []Part
	for _, p := range b.Pickups.List {
		kind, class := b.text("kind."+p.Kind), b.foreign(&p.What)
		if p.Ready {
			label := kind
			if class != "" {
				label += b.text("list.comma") + class
			}
			ready = append(ready, Card{Control: *b.send("licence", label, front.ActChoose, p.ID), Title: kind, Line: class})
			continue
		}
		if len(other) == 0 {
			other = append(other, Heading{Text: b.text("applications.other")})
		}
		row := Row{What: kind, Note: b.text("standing." + p.Standing)}
		if class != "" {
			row.What += " — " + class
		}
		row.Lines = nonempty(b.foreign(p.Reason))
		if where := b.foreign(p.GoTo); where != "" {
			row.Lines = append(row.Lines, b.text("fine.goto", where))
		}
		other = append(other, row)
	}
	if len(ready) == 0 {
		b.v.Title = b.text("applications.none.title")
	}
	b.paged(append(ready, other...))
}

func (b *builder) owing() {
	o := b.Owing
	if o == nil {
		return
	}
	b.say("owing", "owing")
	b.v.Total = &Total{Label: b.text("fines.total"), Amount: b.money(o.Total), Line: b.l.Plural("owing.count", o.Count)}
	pay := b.text("button.owing")
	if o.Other > 0 { // the licence has to wait for those
		b.v.Lead, pay = b.text("owing.lead.some"), b.text("button.owing.some")
		b.add(Notice{Attention, b.l.Plural("owing.other", o.Other)})
	}
	b.next(pay)
}

func (b *builder) placeOld() {
	if b.Licence == nil {
		return
	}
	b.v.Title, b.v.Lead, b.v.Picture = b.text("place.title"), b.text("place.renewal.lead"), "place-old"
	if b.Licence.Kind == "damaged" {
		b.v.Lead, b.v.Picture = b.text("place.damaged.lead"), "place-damaged"
	}
	b.wrong()
	b.add(Notice{Info, b.text("place.kept")})
}

// wrong is the friendly word about what was given back.
func (b *builder) wrong() {
	if w := b.Licence.Wrong; w != "" {
		b.add(Notice{Attention, b.text("wrong." + w)})
	}
}

func (b *builder) returnOld() {
	b.say("return", "return-old")
	b.v.Chime = "old"
	if b.Licence != nil && b.Licence.Case != "" {
		b.add(Facts{{b.text("case.number"), b.l.Code(b.Licence.Case), true}})
	}
}

// makingPictures look into the machine.
var makingPictures = map[front.LicenceState]string{
	front.LicenceFeeding: "feeding", front.LicencePrinting: "printing-licence", front.LicenceRetaining: "retaining",
	front.LicencePresenting: "presenting", front.LicenceRejecting: "rejecting", front.LicenceRetracting: "retracting",
}

func (b *builder) making() {
	if b.Licence == nil {
		return
	}
	state := b.Licence.State
	b.say("making."+string(state), makingPictures[state])
	if b.Licence.Again > 0 && (state == front.LicenceFeeding || state == front.LicencePrinting) {
		b.v.Lead = b.text("making.again.lead")
	}
	b.stages(state)
	b.reassure()
}

// stages shows how far the work is. What was not taken any more has no stage.
func (b *builder) stages(state front.LicenceState) {
	all := []front.LicenceState{front.LicenceFeeding, front.LicencePrinting, front.LicenceRetaining, front.LicencePresenting}
	if b.Licence.Kind == "lost" { // nothing is kept
		all = append(all[:2], front.LicencePresenting)
	}
	var s Stages
	here := -1
	for i, at := range all {
		step := Step{Label: b.text("stage." + string(at)), Here: at == state}
		if step.Here {
			here = i
			s.Line = b.text("step.spoken", b.l.Number(i+1), b.l.Number(len(all)), step.Label)
		}
		s.Steps = append(s.Steps, step)
	}
	for i := range s.Steps {
		s.Steps[i].Done = i < here
	}
	if state != front.LicenceRetracting {
		b.add(s)
	}
}

func (b *builder) takeLicence() {
	b.say("take", "take-licence")
	b.v.Chime = "licence"
	if b.Licence != nil && b.Licence.Hurry {
		b.v.Title, b.v.Lead = b.text("take.hurry.title"), b.text("take.hurry.lead")
		b.v.Alert, b.v.Chime = true, "licence, now"
	}
}

// handedOver is the paper and the thanks of a pickup. The licence counts, whatever
// becomes of the paper.
func (b *builder) handedOver() {
	b.say("pickup.done", "licence-done")
	if b.CardIn {
		b.v.Picture = "card-out"
		b.add(Notice{Attention, b.text("pickup.civil")})
	}
	if b.Paper != nil {
		b.v.Lead = b.text("pickup.paper." + string(b.Paper.State) + ".lead")
		switch b.Paper.State {
		case front.PaperPrinting:
			b.v.Picture = "printing"
		case front.PaperTake:
			b.v.Picture = "receipt"
		}
		if b.Paper.Number != "" {
			b.add(Facts{{b.text("pickup.number"), b.l.Code(b.Paper.Number), true}})
		}
	}
	b.next(b.text("button.finish"))
}
