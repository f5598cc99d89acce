// Package scenario plays scripted visits at a whole kiosk and checks what became of
// them: what the citizen saw, what the bank booked, what reached the central server,
// which papers came out, and that the ledger is sound.
//
// A script is read as prose, one line a step; what happens is a word, the rest are
// its arguments:
//
//	scenario NAME: TITLE          begins a scenario; the next one ends it
//	steps NAME                    begins steps that scenarios share
//	do NAME ARG…                  plays them; $1, $2, … stand for the arguments
//
//	expect SCREEN FACT… [within D]  waits for a screen; a fact is key=value, key (there
//	                              is one), !key=value or !key (there is none), see Facts
//	tap ACTION [VALUE]            touches what the screen offers
//	choose N…                     touches the check boxes of these payable fines, from 1
//	mistap ACTION [VALUE]         touches what is not offered: it must be refused
//	doubletap ACTION [VALUE]      touches twice before the screen can change
//	reader|terminal|printer|licence|capture …  somebody at the cabinet, see cabinet.Do
//	technician loads N            puts N blanks on the account, and waits for the service
//	await terminal DOING          until the terminal does that
//	await record KIND             until the kiosk's ledger has such a record
//	await paper                   until a paper is in the output
//	await gate                    until an old licence can be put in
//	await licence                 until the new one can be taken
//	await warning CODE            until the kiosk's health says so
//	await devices                 until the kiosk finds all devices ready
//	await delivered               until central has everything the kiosk wrote
//	central fault MODE [PATH [TIMES]] | clear | stop | start
//	central take RESERVATION FINE   the reservation is gone, another kiosk has the fine
//	kiosk kill | start            a power cut, and what follows
//	kiosk end-of-day              a technician asks for the terminal's end of day
//	front garbage                 strangers at the front socket
//
//	bank AMOUNT… | none           who was charged, in order: KD with three decimals
//	papers N | any                so many whole papers came out
//	recorded KIND [N]             the ledger has (so many of) such records
//	issued N                      so many new licences were taken
//	retained N                    so many old ones are in the retain bin
//	stock LOADED ISSUED REJECTED RETRACTED REMAINING   of the batch; it must add up
//	difference WHY                central has this for staff; else it must have nothing
//
// The checks stand anywhere and are made at the end; without a bank line nothing may
// be charged, without a papers line nothing printed, without an issued line no licence
// taken, without a retained line none kept. Whatever the script says, at the
// end each charge of the bank is exactly one posting at central, the ledger verifies,
// no device saw its protocol violated, and no program ended by itself.
package scenario

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

//go:embed scripts/*.txt tour/*.txt
var scripts embed.FS

// Scenario is one scripted visit.
type Scenario struct {
	Name  string
	Title string
	Lines []Line
}

// Line is one step of a script.
type Line struct {
	Place string // file:line, for messages
	Words []string
}

func (l Line) String() string { return strings.Join(l.Words, " ") }

// All are the scenarios of every file, in the order of the files.
func All() ([]Scenario, error) { return load(scripts, "scripts/*.txt") }

// Tour is the visit through the real window that shows every screen of the journey.
func Tour() (Scenario, error) {
	all, err := load(scripts, "tour/*.txt")
	if err == nil {
		err = all[0].check()
	}
	if err != nil {
		return Scenario{}, err
	}
	return all[0], nil
}

func load(files fs.FS, pattern string) ([]Scenario, error) {
	names, err := fs.Glob(files, pattern)
	if err != nil {
		return nil, err
	}
	p := parser{steps: make(map[string][]Line)}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		if err := p.file(path.Base(name), string(text)); err != nil {
			return nil, err
		}
	}
	for i, s := range p.scenarios {
		if p.scenarios[i].Lines, err = p.expand(s.Lines, 0); err != nil {
			return nil, err
		}
	}
	return p.scenarios, nil
}

type parser struct {
	scenarios []Scenario
	steps     map[string][]Line
}

// file reads one file into scenarios and steps.
func (p *parser) file(name, text string) error {
	seen := make(map[string]bool)
	for _, s := range p.scenarios {
		seen[s.Name] = true
	}
	add := func(Line) bool { return false }
	number := 0
	for line := range strings.Lines(text) {
		number++
		if before, _, found := strings.Cut(line, "#"); found {
			line = before
		}
		l := Line{fmt.Sprintf("%s:%d", name, number), strings.Fields(line)}
		switch {
		case len(l.Words) == 0:
		case l.Words[0] == "scenario":
			id, title, _ := strings.Cut(strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "scenario")), ":")
			if seen[id] || title == "" {
				return fmt.Errorf("cannot read %s: a scenario needs a name of its own and a title", l.Place)
			}
			seen[id] = true
			p.scenarios = append(p.scenarios, Scenario{Name: id, Title: strings.TrimSpace(title)})
			i := len(p.scenarios) - 1
			add = func(l Line) bool { p.scenarios[i].Lines = append(p.scenarios[i].Lines, l); return true }
		case l.Words[0] == "steps" && len(l.Words) == 2:
			id := l.Words[1]
			add = func(l Line) bool { p.steps[id] = append(p.steps[id], l); return true }
		case !add(l):
			return fmt.Errorf("cannot read %s: this belongs to no scenario", l.Place)
		}
	}
	return nil
}

// maxDepth bounds steps that use steps.
const maxDepth = 8

// expand puts the shared steps where they are used.
func (p *parser) expand(lines []Line, depth int) ([]Line, error) {
	var out []Line
	for _, l := range lines {
		if l.Words[0] != "do" {
			out = append(out, l)
			continue
		}
		if len(l.Words) < 2 || p.steps[l.Words[1]] == nil || depth == maxDepth {
			return nil, fmt.Errorf("cannot read %s: no such steps: %s", l.Place, l)
		}
		var inner []Line
		for _, s := range p.steps[l.Words[1]] {
			words := make([]string, len(s.Words))
			for i, w := range s.Words {
				words[i] = fill(w, l.Words[2:])
			}
			inner = append(inner, Line{l.Place + ", " + s.Place, words})
		}
		inner, err := p.expand(inner, depth+1)
		if err != nil {
			return nil, err
		}
		out = append(out, inner...)
	}
	return out, nil
}

// fill replaces $1 to $9 in a word.
func fill(word string, args []string) string {
	for i, a := range args {
		word = strings.ReplaceAll(word, fmt.Sprintf("$%d", i+1), a)
	}
	return word
}
