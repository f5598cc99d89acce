package view

import (
	"strconv"
	"strings"

	"murur/kiosk/front"
)

func (b *builder) number() {
	if b.Number == nil {
		return
	}
	st, mode := b.o.State, b.Number.Mode
	if mode == front.ByPlate && st.Class == "" {
		b.say("number.class", "plate")
		for _, class := range front.PlateClasses {
			c := b.do("class-"+class, b.text("class."+class), OpClass, class)
			b.add(Card{Control: *c, Title: c.Label})
		}
		return
	}
	b.say("number."+string(mode), "")
	if mode == front.ByPlate {
		b.v.Lead = b.text("class."+st.Class) + " — " + b.v.Lead
	}
	value, problem := front.CheckNumber(mode, st.Value(mode), b.o.Now)
	b.hint(value, problem)

	b.fields(problem)
	b.add(b.pad())
	b.v.Primary = b.send("search", b.text("button.find"), front.ActNumber, value)
	b.v.Primary.Key = string(front.ActNumber)
	b.v.Primary.Enabled = problem == ""
}

// hint replaces the lead by what is still missing or wrong.
func (b *builder) hint(value string, problem front.NumberProblem) {
	st := b.o.State
	switch {
	case !st.sinceRefuse && b.Number.Problem != "":
		b.v.Lead, b.v.Alert = b.text("problem.number."+string(b.Number.Problem)), true
	case problem == front.NumberIncomplete || problem == "":
		if b.Number.Mode == front.ByCivil && value != "" {
			b.v.Lead = b.l.Plural("number.left", lengths[front.ByCivil]-len(value))
			if problem == "" {
				b.v.Lead = b.text("number.complete")
			}
		}
	default:
		b.v.Lead, b.v.Alert = b.text("problem.number."+string(problem)), true
	}
}

func (b *builder) fields(problem front.NumberProblem) {
	st := b.o.State
	wrong := problem != "" && problem != front.NumberIncomplete
	if b.Number.Mode != front.ByPlate {
		mode := string(b.Number.Mode)
		shown := st.Typed
		if b.Number.Mode == front.ByCivil {
			shown = grouped(st.Typed, lengths[front.ByCivil])
		} else if shown == "" {
			shown = strings.Repeat("•", 6)
		}
		b.add(Fields{{Label: b.text("field." + mode), Value: b.l.Code(shown), Here: true, Wrong: wrong}})
		return
	}
	var fields Fields
	for i, id := range []string{"field.code", "field.number"} {
		c := b.do("", b.text(id), OpField, strconv.Itoa(i))
		fields = append(fields, Field{
			Control: c, Label: c.Label, Here: st.Field == i,
			Value: b.l.Code(st.Plate[i]),
		})
	}
	b.add(fields)
}

// grouped is a number in groups of four, with a dot for each digit to come.
func grouped(typed string, length int) string {
	all := typed + strings.Repeat("•", max(0, length-len(typed)))
	var out strings.Builder
	for i, r := range []rune(all) {
		if i > 0 && i%4 == 0 {
			out.WriteString("\u2002") // wider than a space, and no break
		}
		out.WriteRune(r)
	}
	return out.String()
}

func (b *builder) pad() Pad {
	digit := func(n int) Control {
		c := *b.do("", b.l.Number(n), OpDigit, strconv.Itoa(n))
		return c
	}
	var pad Pad
	for n := 1; n <= 9; n++ {
		pad = append(pad, digit(n))
	}
	last := *b.do("", b.text("key.clear"), OpClear, "")
	if b.Number.Mode == front.ByPlate {
		last = *b.do("", b.text("key.next"), OpField, strconv.Itoa(1-b.o.State.Field))
	}
	return append(pad, *b.do("delete", b.text("key.delete"), OpDelete, ""), digit(0), last)
}
