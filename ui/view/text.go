package view

import (
	"fmt"
	"strings"

	"murur/ui/i18n"
)

// Spoken is the whole screen as one text to be read aloud, in reading order: what
// is asked, what is shown, what can be touched.
func (v View) Spoken() string {
	if v.Overlay != nil {
		return sentences(append(append([]string{v.Overlay.Title}, v.Overlay.Text...), labels(v.Overlay.Primary, v.Overlay.Second)...))
	}
	say := []string{v.Title, v.Lead, v.Wait}
	if v.Total != nil {
		say = append(say, v.Total.Label+": "+v.Total.Amount, v.Total.Line)
	}
	for _, p := range v.Parts {
		say = append(say, spoken(p)...)
	}
	say = append(say, v.Small...)
	say = append(say, labels(append([]*Control{v.Primary, v.Second}, v.Bar[:]...)...)...)
	return sentences(say)
}

func spoken(p Part) []string {
	switch p := p.(type) {
	case Heading:
		return append([]string{p.Text}, labels(p.Button)...)
	case Notice:
		return []string{p.Text}
	case Card:
		return []string{p.Title, p.Line}
	case Row:
		return append(append([]string{p.What}, p.Lines...), p.Amount, p.Note)
	case Pager:
		return append([]string{p.Label}, labels(&p.Up, &p.Down)...)
	case Facts:
		var say []string
		for _, f := range p {
			say = append(say, f.Label+": "+f.Value)
		}
		return say
	case Stages:
		return []string{p.Line}
	case Fields:
		var say []string
		for _, f := range p {
			say = append(say, f.Label+": "+f.Value)
		}
		return say
	}
	return nil // the pad's keys are found by touch
}

// labels of the controls that can be touched.
func labels(controls ...*Control) []string {
	var out []string
	for _, c := range controls {
		if c != nil && c.Enabled {
			out = append(out, c.Label)
		}
	}
	return out
}

func sentences(parts []string) string {
	var b strings.Builder
	for _, p := range parts {
		if p = i18n.Plain(p); p == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(p)
		if !strings.ContainsAny(p[len(p)-1:], ".?!") && !strings.HasSuffix(p, "؟") {
			b.WriteByte('.')
		}
	}
	return b.String()
}

// Text draws the view in plain text for transcripts: [button], (button that is
// off), [x] and [ ] for check boxes.
func (v View) Text() string {
	var b strings.Builder
	line := func(format string, args ...any) {
		fmt.Fprintln(&b, strings.TrimRight(i18n.Plain(fmt.Sprintf(format, args...)), " "))
	}
	line("=== %s · %s", v.Name, v.Lang)
	if v.Development != "" {
		line("    %s", v.Development)
	}
	if len(v.Steps) > 0 {
		var steps []string
		for _, s := range v.Steps {
			if s.Here {
				s.Label = "‹" + s.Label + "›"
			}
			steps = append(steps, s.Label)
		}
		line("    %s", strings.Join(steps, " – "))
	}
	line("# %s", v.Title)
	for _, s := range []string{v.Also, v.Lead, v.Wait} {
		if s != "" {
			line("  %s", s)
		}
	}
	if v.Picture != "" {
		line("  {picture: %s}", v.Picture)
	}
	if v.Total != nil {
		line("  %s  %s  %s", v.Total.Label, v.Total.Amount, v.Total.Line)
	}
	for _, p := range v.Parts {
		partText(p, line)
	}
	for _, s := range v.Small {
		line("  %s", s)
	}
	if bar := buttons(v.Primary, v.Second); bar != "" {
		line("  %s", bar)
	}
	line("  ---- %s", buttons(v.Bar[:]...))
	if o := v.Overlay; o != nil {
		line("  over it: # %s", o.Title)
		for _, s := range o.Text {
			line("    %s", s)
		}
		line("    %s", buttons(o.Primary, o.Second))
	}
	return b.String()
}

func partText(p Part, line func(string, ...any)) {
	switch p := p.(type) {
	case Heading:
		line("  %s  %s", p.Text, buttons(p.Button))
	case Notice:
		sign := map[Tone]string{Info: "i", Attention: "!", Good: "✓"}[p.Tone]
		line("  (%s) %s", sign, p.Text)
	case Card:
		c := p.Control
		c.Label = p.Title
		line("  %s  %s", buttons(&c), p.Line)
	case Row:
		box := "-"
		if p.Control != nil {
			if box = "[ ]"; p.Control.Pressed {
				box = "[x]"
			}
		}
		line("  %s %s  %s", box, p.What, p.Amount)
		for _, s := range p.Lines {
			line("      %s", s)
		}
		if p.Note != "" {
			line("      ! %s", p.Note)
		}
	case Pager:
		line("  %s %s", p.Label, buttons(&p.Up, &p.Down))
	case Facts:
		for _, f := range p {
			line("  %s: %s", f.Label, f.Value)
		}
	case Stages:
		for _, s := range p.Steps {
			sign := " "
			if s.Done {
				sign = "✓"
			}
			if s.Here {
				sign = "›"
			}
			line("  %s %s", sign, s.Label)
		}
	case Fields:
		for _, f := range p {
			here := ""
			if f.Here {
				here = "_"
			}
			line("  %s: %s%s", f.Label, f.Value, here)
		}
	case Pad:
		for i := 0; i < len(p); i += 3 {
			line("    %s", buttons(&p[i], &p[i+1], &p[i+2]))
		}
	}
}

func buttons(controls ...*Control) string {
	var out []string
	for _, c := range controls {
		switch {
		case c == nil:
		case c.Enabled:
			out = append(out, "["+c.Label+"]")
		default:
			out = append(out, "("+c.Label+")")
		}
	}
	return strings.Join(out, " ")
}
