package cabinet

import (
	"fmt"

	"murur/devices/smartcard/cardsim"
	"murur/kiosk/kwd"
	"murur/sync/api"
	"murur/sync/central"
	"murur/sync/central/demo"
)

// Choices are the cards that can be put in, and the people they can be made out to.
type Choices struct {
	People []PersonChoice `json:"people"`
	Cards  []CardChoice   `json:"cards"`
}

// PersonChoice is a demo person with what the department knows at the start.
type PersonChoice struct {
	Civil   string     `json:"civil"`
	NameEn  string     `json:"nameEn"`
	NameAr  string     `json:"nameAr"`
	Payable int        `json:"payable"` // fines that can be paid here
	Other   int        `json:"other"`   // fines that need a visit
	Total   kwd.Amount `json:"total"`   // fils, of the payable ones
	Plate   string     `json:"plate"`   // "class/code/number"
	Fine    string     `json:"fine"`    // number of the first violation
	// Licences are what the person applied for, such as "renewal" or "lost, not ready".
	Licences []string `json:"licences,omitempty"`
}

// CardChoice is a sort of card.
type CardChoice struct {
	Kind  string `json:"kind"`
	Title string `json:"title"`
}

// AllChoices lists the demo people and every sort of card.
func AllChoices() Choices {
	var all Choices
	for _, k := range cardsim.Kinds() {
		all.Cards = append(all.Cards, CardChoice{k.Name, k.Title})
	}
	applied := make(map[string][]string)
	for _, a := range demo.Applications(demo.Day) {
		applied[a.Civil] = append(applied[a.Civil], tell(a))
	}
	for _, p := range demo.People() {
		person := PersonChoice{
			Civil: string(p.Civil), NameEn: p.Name.En, NameAr: p.Name.Ar,
			Plate:    fmt.Sprintf("%s/%s/%s", p.Plate.Class, p.Plate.Code, p.Plate.Number),
			Licences: applied[string(p.Civil)],
		}
		for _, f := range demo.FinesOf(p.Civil) {
			if person.Fine == "" {
				person.Fine = f.ID
			}
			if f.NotHere {
				person.Other++
				continue
			}
			person.Payable++
			person.Total += f.Amount
		}
		all.People = append(all.People, person)
	}
	return all
}

// tell says what an application is, and why it does not go here like any other.
func tell(a central.Application) string {
	switch {
	case a.Standing == api.StandingVisit:
		return string(a.Kind) + ", needs a visit"
	case a.Standing == api.StandingNotReady:
		return string(a.Kind) + ", not ready"
	case a.Assigned && a.Kiosk == demo.Here:
		return string(a.Kind) + ", also offline"
	case a.Assigned:
		return string(a.Kind) + ", at " + a.Kiosk
	}
	return string(a.Kind)
}
