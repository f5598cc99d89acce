package cabinet

import (
	"io"
	"slices"

	"murur/devices"
)

// State is what a person in front of the cabinet can see, and what was set.
type State struct {
	Reader   ReaderState   `json:"reader"`
	Terminal TerminalState `json:"terminal"`
	Printer  PrinterState  `json:"printer"`
	Licence  LicenceState  `json:"licence"`
	Capture  CaptureState  `json:"capture"`
}

// ReaderState is the card reader.
type ReaderState struct {
	Plugged bool       `json:"plugged"`
	Card    *CardState `json:"card,omitempty"`
}

// CardState is the card in the slot.
type CardState struct {
	Kind  string `json:"kind"`
	Title string `json:"title"`
	Civil string `json:"civil,omitempty"`
	Name  string `json:"name,omitempty"`
}

// PrinterState is the receipt printer.
type PrinterState struct {
	Plugged   bool          `json:"plugged"`
	Paper     devices.Level `json:"paper"`
	Jammed    bool          `json:"jammed"`
	Cover     bool          `json:"cover"` // open
	Silent    bool          `json:"silent"`
	Presented bool          `json:"presented"`
	Papers    []PaperState  `json:"papers"` // oldest first
}

// PaperState is one paper that came out, or was cut.
type PaperState struct {
	Number   int             `json:"number"` // from 1; also the name of its picture
	Width    int             `json:"width"`  // dots
	Height   int             `json:"height"`
	Custody  devices.Custody `json:"custody"`
	Complete bool            `json:"complete"`
}

// State is the cabinet as it is now.
func (c *Cabinet) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := State{
		Reader: ReaderState{Plugged: !c.noReader},
		Printer: PrinterState{
			Plugged: c.lines[PrinterName] != nil, Paper: c.paper, Jammed: c.jammed, Cover: c.cover,
			Silent: c.silent, Presented: c.printer.Presented(), Papers: []PaperState{},
		},
		Terminal: c.terminal.state(c.lines[TerminalName] != nil),
		Licence:  c.licences.state(),
		Capture:  c.licences.captureState(c.lines[CaptureName] != nil),
	}
	if c.reader.Occupied() {
		s.Reader.Card = c.card
	}
	for i, p := range c.printer.Papers() {
		s.Printer.Papers = append(s.Printer.Papers, PaperState{
			Number: i + 1, Width: p.Image.W, Height: p.Image.H, Custody: p.Custody, Complete: p.Complete,
		})
	}
	return s
}

// WritePaper writes the picture of a paper as PNG. It reports whether there is one
// of that number.
func (c *Cabinet) WritePaper(w io.Writer, number int) (bool, error) {
	papers := c.printer.Papers()
	if number < 1 || number > len(papers) {
		return false, nil
	}
	return true, papers[number-1].Image.WritePNG(w)
}

// Violations are what the kiosk's drivers did against the wires' rules, as far as
// the devices noticed.
func (c *Cabinet) Violations() []string {
	return slices.Concat(c.terminal.Violations(), c.printer.Violations(), c.licences.printer.Violations(), c.licences.capture.Violations())
}
