package evolissim

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

const (
	ok       = "OK"
	unknown  = "ERROR CDE"
	badValue = "ERROR PARAMETRES"
)

// execute does one command and answers it, at once or when its movement is over.
func (p *Printer) execute(c *command) {
	word := c.word(0)
	answer := func(text string) { p.reply(c.text(), text) }
	switch {
	case c.bad != "":
		answer(c.bad)
	case word == "":
	case c.data != nil:
		p.download(c, answer)
	case word == "Psc":
		p.framing(c)
		answer(ok)
	case word == "Wcb":
		answer(p.fill(c))
	case word[0] == 'P':
		answer(p.parameter(c))
	case word[0] == 'R':
		answer(p.question(c))
	case word[0] == 'S':
		p.sequence(c, answer)
	case word == "Mr" && c.word(1) == "s":
		answer(ok)
	default:
		answer(unknown)
	}
}

// framing changes the characters that make commands, or sets them back.
func (p *Printer) framing(c *command) {
	p.violate("the framing characters were changed")
	fresh := newParser(p.o.Model.Four)
	for i, b := range []*byte{&fresh.start, &fresh.sep, &fresh.stop} {
		if v, err := strconv.ParseUint(c.word(i+1), 10, 8); err == nil {
			*b = byte(v)
		}
	}
	p.parser = fresh
}

// fill is Wcb: it paints bitmaps.
func (p *Printer) fill(c *command) string {
	if p.job.open {
		p.violate("bitmaps were filled inside a sequence")
	}
	letters, value := c.word(1), 0
	switch {
	case letters == "a" && p.o.Model.ClearAll:
		letters = "ymcko"
	case len(letters) != 1 || !strings.Contains("ymcko", letters):
		return badValue
	}
	if len(c.words) > 2 {
		v, err := strconv.Atoi(c.word(2))
		if err != nil || v < 0 || v > 255 {
			return badValue
		}
		value = v
	}
	p.wipe(letters, byte(value))
	return ok
}

// oneOf sets a setting to a letter that is allowed.
func oneOf(dst *byte, value, allowed string) string {
	if len(value) != 1 || !strings.Contains(allowed, value) {
		return badValue
	}
	*dst = value[0]
	return ok
}

func (p *Printer) parameter(c *command) string {
	s := &p.settings
	switch v := c.word(1); c.word(0) {
	case "Pem":
		n, err := strconv.Atoi(v)
		if err != nil || !strings.Contains(" 0 1 2 3 4 5 16 18 ", " "+v+" ") {
			return badValue
		}
		s.mode = n
	case "Psmgr":
		s.async = v == "2"
	case "Pcim", "Pmi":
		if v == "I" {
			return ok
		}
		return oneOf(&s.insert, v, "FMB")
	case "Pcem":
		return oneOf(&s.exit, v, string(p.o.Model.Exit)+"kN")
	case "Pcrm":
		if v != "D" {
			return badValue
		}
	case "Pneab":
		switch {
		case v == "E" || v == "D":
			s.eject = v == "D"
		case v == "A" && (c.word(2) == "0" || c.word(2) == "1"):
			s.allowed = c.word(2)
		default:
			return badValue
		}
	case "Pbc":
		if v == "A" {
			return oneOf(&s.bezel, c.word(2), "DNR")
		}
		n, err := strconv.Atoi(c.word(2))
		if v != "D" || err != nil || n < 0 || n > 3600 {
			return badValue
		}
		s.delay = time.Duration(n) * time.Second
	case "Pr":
		if !strings.Contains(" ymcko ymckos ymckok k kb kw kr kbl kgr kgo ksi ksc ko h ho Ktc Ktp Ka ", " "+v+" ") {
			return badValue
		}
		s.ribbonAs = v
	case "Pc", "Pl", "Pps", "Pwr", "Pdt", "Ppws", "Pos", "Poc":
	default:
		return unknown
	}
	return ok
}

// question answers a query; it moves nothing.
func (p *Printer) question(c *command) string {
	name := c.text()
	p.asked[name] = true
	if p.asked["Rlr;p"] && p.asked["Rse;"+string(p.o.Model.ExitSensor)] {
		p.known, p.leftover = true, false
		if in := p.inside; in != nil && p.asked["Rco;c"] && p.asked["Rco;p"] {
			in.verified = in.verified || !p.job.open
		}
	}
	switch name {
	case "Rem":
		return fmt.Sprintf("%d;0", p.settings.mode)
	case "Rok":
		switch {
		case p.condition() != "":
			return p.condition()
		case p.hot:
			return "ERROR  HEAD"
		case p.moving != nil:
			return "BUSY"
		}
		return ok
	case "Rsn":
		return p.o.Serial
	case "Rtp":
		return p.o.Model.Name
	case "Rfv":
		return "1826"
	case "Rlr;p":
		return p.printPosition()
	case "Rlr;h":
		if p.boxed >= p.o.RejectBox || p.full {
			return "CARD"
		}
		return "NO CARD"
	case "Rlr;r":
		return ok
	case "Rco;c":
		return strconv.Itoa(p.inserted)
	case "Rco;p":
		return strconv.Itoa(p.panels)
	case "Rco;l":
		return strconv.Itoa(p.ribbon)
	case "Rco;n", "Rco;a", "Rco;m", "Rco;r":
		return "0"
	case "Rcim":
		return string(p.settings.insert)
	case "Rcrm":
		return "D"
	case "Rr":
		return p.settings.ribbonAs
	case "Rcr":
		return ok
	}
	switch c.word(0) {
	case "Rrt":
		return p.chip(c.word(1))
	case "Rse":
		return p.sensor(c.word(1))
	}
	return unknown
}

func (p *Printer) chip(what string) string {
	switch {
	case !p.o.Model.RibbonChip:
		return unknown
	case p.ribbon < 0:
		return "ERR RIB DETECTION"
	}
	switch what {
	case "count":
		return strconv.Itoa(p.ribbon)
	case "qty":
		return strconv.Itoa(p.o.RibbonSize)
	case "type":
		return p.o.Ribbon
	}
	return badValue
}

// printPosition is the sensor inside. A card on its way out has left it half-way.
func (p *Printer) printPosition() string {
	there := p.inside != nil
	if m := p.moving; m != nil && m.card != nil && m.stopped != nil && m.card == p.inside && m.out {
		there = p.part() < 0.5
	}
	switch {
	case p.o.Model.Guide && there:
		return "ERR CARD"
	case p.o.Model.Guide:
		return "NO CARD"
	case there:
		return "CARD"
	}
	return ok
}

const (
	empty   = "0,02 Volts"
	covered = "4,92 Volts"
)

func (p *Printer) sensor(letter string) string {
	on := false
	switch letter {
	case string(p.o.Model.ExitSensor):
		if p.lie != "" {
			return p.lie
		}
		on = p.exit != nil
		if m := p.moving; m != nil && m.card != nil && m.out && m.card == p.inside {
			on = p.part() >= 0.5
		}
	case "f":
		on = p.feeder > 0
	case "o":
		on = !p.cover
	case "n":
		on = p.feeder > 10
	case "b", "M", "c", "m", "p", "r":
	default:
		return badValue
	}
	if on {
		return covered
	}
	return empty
}

// portStatus is the answer to the class request: selected, no error, paper.
func (p *Printer) portStatus() byte {
	s := byte(0x18)
	if p.condition() != "" || p.hot {
		s &^= 0x08
	}
	if p.feeder == 0 {
		s |= 0x20
	}
	return s
}
