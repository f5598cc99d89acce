package scenario

import (
	"fmt"
	"slices"
	"strings"

	"murur/kiosk/front"
	"murur/kiosk/kwd"
)

// Facts are what a screen says, by key, for the conditions of "expect":
//
//	lang step cancels action more notice card development
//	service way                  those that are available; service.ID its reason if not
//	mode mistake                 number pad
//	doing guidance
//	holder payable other selected total fine state
//	number paper case            receipt
//	licence kind again wrong     from the old licence to the new one; hurry
//	ready standing               applications, by id and by standing
//	code money old               problem and out of service; old: what became of the old licence
//
// Amounts are written as "25.000"; payable and other are counts, fine the numbers
// and state the states of all fines on the list.
func Facts(s front.Screen) map[string][]string {
	facts := map[string][]string{}
	add := func(key string, values ...string) {
		for _, v := range values {
			if v != "" {
				facts[key] = append(facts[key], v)
			}
		}
	}
	add("lang", string(s.Lang))
	add("step", string(s.Step))
	add("cancels", s.Cancels)
	add("action", texts(s.Actions)...)
	add("notice", texts(s.Notices)...)
	add("way", texts(s.Ways)...)
	add("doing", string(s.Doing))
	if s.MoreTime != nil {
		add("more", fmt.Sprint(s.MoreTime.Seconds))
	}
	if s.CardIn {
		add("card", "in")
	}
	if s.Development {
		add("development", "yes")
	}
	for _, v := range s.Services {
		if v.Available {
			add("service", v.ID)
		}
		add("service."+v.ID, string(v.Reason))
	}
	if n := s.Number; n != nil {
		add("mode", string(n.Mode))
		add("mistake", string(n.Problem))
	}
	if f := s.Fines; f != nil {
		if f.Holder != nil {
			add("holder", strings.ReplaceAll(f.Holder.En, " ", "_"))
		}
		add("payable", fmt.Sprint(len(f.Payable)))
		add("other", fmt.Sprint(len(f.Other)))
		add("selected", fmt.Sprint(f.Selected))
		add("total", amount(f.Total))
		for _, fine := range slices.Concat(f.Payable, f.Other) {
			add("fine", fine.ID)
			add("state", string(fine.State))
		}
	}
	if p := s.Payment; p != nil {
		add("guidance", p.Guidance)
		add("total", amount(p.Total))
	}
	if p := s.Paper; p != nil {
		add("number", p.Number)
		add("paper", string(p.State))
		add("total", amount(p.Total))
		add("case", p.Case)
	}
	if l := s.Licence; l != nil {
		add("licence", string(l.State))
		add("kind", l.Kind)
		add("wrong", l.Wrong)
		if l.Again > 0 {
			add("again", fmt.Sprint(l.Again))
		}
		if l.Hurry {
			add("hurry", "yes")
		}
	}
	if p := s.Pickups; p != nil {
		for _, one := range p.List {
			if one.Ready {
				add("ready", one.ID)
			}
			add("standing", one.Standing)
		}
	}
	if o := s.Owing; o != nil {
		add("payable", fmt.Sprint(o.Count))
		add("other", fmt.Sprint(o.Other))
		add("total", amount(o.Total))
	}
	if t := s.Trouble; t != nil {
		add("old", string(t.Card))
		add("code", string(t.Code))
		add("money", string(t.Money))
		add("case", t.Case)
	}
	if o := s.Outage; o != nil {
		add("code", o.Code)
		add("remedy", o.Remedy)
	}
	return facts
}

// amount writes fils as "25.000".
func amount(fils int64) string { return kwd.Amount(fils).String() }

func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}

// meets checks a screen against the words of "expect": its name and the facts.
func meets(s front.Screen, name string, conditions []string) bool {
	if string(s.Name) != name {
		return false
	}
	facts := Facts(s)
	for _, c := range conditions {
		key, value, valued := strings.Cut(c, "=")
		absent := strings.HasPrefix(key, "!")
		have := facts[strings.TrimPrefix(key, "!")]
		holds := len(have) > 0
		if valued {
			holds = slices.Contains(have, value)
		}
		if holds == absent {
			return false
		}
	}
	return true
}

// tell writes a screen in one line, for messages.
func tell(s front.Screen) string {
	facts := Facts(s)
	var keys []string
	for key := range facts {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	line := string(s.Name)
	for _, key := range keys {
		line += " " + key + "=" + strings.Join(facts[key], ",")
	}
	return line
}
