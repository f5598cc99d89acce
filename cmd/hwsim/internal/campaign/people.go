package campaign

import (
	"fmt"
	"slices"
	"strings"

	"murur/kiosk/front"
	"murur/kiosk/journey/fines"
	"murur/sync/central"
	"murur/sync/central/demo"
)

// person is one of the demonstration's people, with everything that is theirs alone.
type person struct {
	demo.Person
	fines  []central.Fine
	tokens []string // what of them must not be seen by others
}

// population are the people who come to the kiosk, those with a role more often.
var population = func() []*person {
	var all []*person
	for _, p := range demo.People() {
		one := &person{Person: p, fines: demo.FinesOf(p.Civil)}
		one.tokens = []string{
			string(p.Civil), p.Name.Ar + `"`, p.Name.En + `"`, p.Plate.String(),
			fmt.Sprintf("%s / %s", p.Plate.Code, p.Plate.Number),
		}
		for _, f := range one.fines {
			one.tokens = append(one.tokens, `"`+f.ID+`"`)
		}
		all = append(all, one)
	}
	return all
}()

// payers have something that can be paid here.
var payers = slices.DeleteFunc(slices.Clone(population), func(p *person) bool {
	return !slices.ContainsFunc(p.fines, func(f central.Fine) bool { return !f.NotHere })
})

// theirs reports which of a person's things stand in a text.
func (p *person) theirs(text string) string {
	for _, token := range p.tokens {
		if strings.Contains(text, token) {
			return token
		}
	}
	return ""
}

func (p *person) holder() fines.Holder {
	return fines.Holder{Civil: string(p.Civil), Name: front.Words(p.Name)}
}

// number is what the person types.
func (p *person) number(way front.Way, fine int) string {
	switch way {
	case front.ByPlate:
		return p.Plate.String()
	case front.ByViolation:
		return p.fines[fine].ID
	}
	return string(p.Civil)
}
