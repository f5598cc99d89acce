package cabinet

import (
	"fmt"

	"murur/devices/smartcard/cardsim"
	"murur/kiosk/kwd"
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
	for _, p := range demo.People() {
		person := PersonChoice{
			Civil: string(p.Civil), NameEn: p.Name.En, NameAr: p.Name.Ar,
			Plate: fmt.Sprintf("%s/%s/%s", p.Plate.Class, p.Plate.Code, p.Plate.Number),
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
