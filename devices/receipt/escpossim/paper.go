package escpossim

import (
	"fmt"
	"time"

	"murur/devices"
	"murur/devices/receipt/bitmap"
)

// Paper is one piece of paper that came off the roll, with ink on it.
type Paper struct {
	Image    *bitmap.Bitmap
	Custody  devices.Custody
	Complete bool // cut by command, and nothing disturbed it while it was printed
}

// Person is who stands before the printer. The zero Person ignores the paper.
type Person struct {
	Takes bool
	After time.Duration // from the moment the paper is presented
}

// path is the paper's way: roll, head, blade, presenter, hands.
type path struct {
	model *Model

	page      *bitmap.Bitmap // rows since the last cut; the last Blade rows lie before the blade
	disturbed bool           // something happened to the page
	papers    []Paper
	blank     int // pieces without ink
	held      int // index in papers of the one in the presenter or mouth; -1 none
	blankHeld bool
	output    bool // the sensor sees a paper
	presented int  // counts, so that a person's timer knows its paper

	level    devices.Level
	jam      bool
	jamAfter int // rows until a jam; -1 none
	cover    bool
	cutter   bool
	hot      bool
	voltage  bool
	moving   bool // the motor is on

	counters   Counters
	violations []string
}

func newPath(m *Model) path {
	return path{model: m, page: bitmap.New(m.Dots, m.Blade), held: -1, level: devices.LevelOK, jamAfter: -1}
}

// blocked reports whether paper cannot move or be printed.
func (p *path) blocked() bool {
	return p.level == devices.LevelOut || p.jam || p.cover || p.cutter || p.hot || p.voltage
}

func (p *path) violation(format string, args ...any) {
	p.violations = append(p.violations, fmt.Sprintf(format, args...))
}

// print puts one row under the head and moves on.
func (p *path) print(row []byte) {
	p.page.AppendRow(row)
	p.counters.Rows++
	if p.jamAfter > 0 {
		p.jamAfter--
	}
	if p.jamAfter == 0 {
		p.setJam()
	}
}

func (p *path) setJam() { p.jam, p.jamAfter, p.disturbed = true, -1, true }

// rowTime is the time of one row.
func (p *path) rowTime(speed int) time.Duration {
	return time.Second * 254 / time.Duration(speed*p.model.DPI*10)
}

// used reports whether there is ink on the page.
func (p *path) used() bool { return p.page.Dots() > 0 }

// cut parts the page at the blade; what lies between head and blade stays.
func (p *path) cut() {
	p.counters.Cuts++
	at := max(p.page.H-p.model.Blade, 0)
	piece := p.page.Crop(0, at)
	p.page = p.page.Crop(at, p.page.H)
	disturbed := p.disturbed
	p.disturbed = false
	if p.held >= 0 {
		// The next paper pushes it out.
		if p.model.Presenter {
			p.violation("cut while a paper is in the presenter")
			p.papers[p.held].Custody = devices.CustodyUnknown
		} else {
			p.papers[p.held].Custody = devices.CustodyTaken
		}
		p.held, p.output = -1, false
	}
	p.blankHeld = piece.Dots() == 0
	if p.blankHeld {
		p.blank++
		return
	}
	p.papers = append(p.papers, Paper{Image: piece, Custody: devices.CustodyInside, Complete: !disturbed})
	p.held = len(p.papers) - 1
}

// torn is what happens to a half page when a person clears a jam.
func (p *path) torn() {
	if p.used() {
		p.papers = append(p.papers, Paper{Image: p.page, Custody: devices.CustodyRetained})
	}
	p.page = bitmap.New(p.model.Dots, p.model.Blade)
}

// present brings the held paper to the person.
func (p *path) present() {
	if p.held < 0 && !p.blankHeld {
		return
	}
	p.output = true
	p.presented++
	if p.held >= 0 {
		p.papers[p.held].Custody = devices.CustodyPresented
		p.counters.Presented++
	}
}

// leave ends the stay in the presenter.
func (p *path) leave(c devices.Custody) bool {
	if p.held < 0 && !p.blankHeld {
		return false
	}
	if p.held >= 0 {
		p.papers[p.held].Custody = c
		switch c {
		case devices.CustodyTaken:
			p.counters.Taken++
		case devices.CustodyRetracted:
			p.counters.Retracted++
		}
	}
	p.held, p.blankHeld, p.output = -1, false, false
	return true
}
