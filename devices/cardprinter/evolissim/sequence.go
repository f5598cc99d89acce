package evolissim

// download stores a panel and prints the one before.
func (p *Printer) download(c *command, answer func(string)) {
	letter := c.word(1)[0]
	bits := depths[c.word(2)]
	b := &bitmap{bits, c.data}
	var err error
	switch {
	case (letter == 'k' || letter == 'o') != (bits == 1):
		err = errData
	case c.word(0) == "Dbc" && bits == 1:
		b, err = unpackMono(c.data)
	case c.word(0) == "Dbc":
		b, err = unpackDye(bits, c.data, p.o.Model.RunsCross)
	}
	if err != nil {
		answer(badValue)
		return
	}
	if !p.job.open || p.job.dead {
		return // a job that died swallows what was meant for it
	}
	p.printLast(func(trouble string) {
		if trouble == "" {
			p.bitmaps[letter] = b
			p.job.last = &panel{letter, p.job.back}
		}
		if p.o.Model.DownloadReplies {
			if trouble == "" {
				trouble = ok
			}
			answer(trouble)
		}
	})
}

// sequence does the S-commands.
func (p *Printer) sequence(c *command, answer func(string)) {
	word := c.word(0)
	if !p.known && !p.leftover && word != "Scs" {
		p.violate("%s was sent before anybody asked where cards are", word)
	}
	// over answers at the end of a movement, or at its beginning where this is the way.
	over := func(trouble string) {
		if trouble == "" {
			trouble = ok
		}
		answer(trouble)
	}
	if p.o.Model.EarlyReplies && word != "Sr" && word != "Sv" && p.condition() == "" && !(word == "Si" && p.feeder == 0) {
		answer(ok)
		over = func(string) {}
	}
	switch word {
	case "Ss":
		if p.condition() != "" {
			over(p.condition())
			return
		}
		p.job, p.latched = job{open: true}, ""
		if p.o.Model.FeedsAtStart && p.inside == nil {
			p.feed(func(trouble string) {
				p.job.open = trouble == ""
				over(trouble)
			})
			return
		}
		over("")
	case "Sr", "Sv":
		p.printLast(func(trouble string) {
			p.job.back = word == "Sv"
			over(trouble)
		})
	case "Se":
		p.printLast(func(trouble string) {
			if trouble != "" {
				p.job.open = false
				over(trouble)
				return
			}
			p.end(over)
		})
	case "Ser":
		p.job.open = false
		p.reject(over)
	case "Seb":
		p.violate("Seb was sent")
		if p.o.Model.SebOut {
			p.eject(over)
		} else {
			p.reject(over)
		}
	case "Si":
		switch {
		case p.settings.insert == 'F', p.settings.insert == 'B' && p.exit == nil:
			p.feed(over)
		default:
			p.takeIn(over)
		}
	case "Sib":
		if p.exit == nil && p.settings.insert != 'M' {
			p.violate("a blank was fed instead of the card in the exit")
			p.feed(over)
			return
		}
		p.takeIn(over)
	case "Sis", "Sic":
		station := func(trouble string) {
			if trouble != "" {
				over(trouble)
				return
			}
			p.start(movement{takes: stationTime, card: p.inside}, func() { over(p.condition()) })
		}
		if p.inside == nil {
			p.feed(station)
			return
		}
		station(p.condition())
	case "Sie":
		p.feed(func(trouble string) {
			if trouble != "" {
				over(trouble)
				return
			}
			p.eject(over)
		})
	case "Scs":
		p.latched = ""
		over("")
	case "Srs":
		p.powerUp()
		over("")
	case "Sp", "Ssd", "Sc":
		p.violate("%s was sent: it prints what is in memory", word)
		if letter := c.word(1); word != "Sc" && len(letter) == 1 && p.bitmaps[letter[0]] != nil {
			p.job.last = &panel{letter[0], p.job.back}
		}
		over("")
	default:
		answer(unknown)
	}
}

// end is the end of a sequence: what was printed is done, and the card leaves if it
// may.
func (p *Printer) end(over func(string)) {
	printed := len(p.job.done) > 0
	p.job.open = false
	if c := p.inside; c != nil && printed {
		c.Complete = p.complete(c)
		c.verified, p.asked = false, map[string]bool{}
	}
	if p.settings.allowed == "0" || p.settings.allowed == "" && !p.settings.eject {
		over("")
		return
	}
	if p.settings.exit == 'k' || p.settings.exit == 'N' {
		p.reject(over)
		return
	}
	c := p.inside
	p.eject(func(trouble string) {
		if trouble != "" || p.settings.async || c == nil || p.exit != c {
			over(trouble)
			return
		}
		// It answers when a hand has come, or too late.
		p.start(movement{takes: handTime, hand: func() {
			if p.exit != c {
				p.finish(func() { over("") })
			}
		}}, func() { over("ERROR TIME OUT") })
	})
}
