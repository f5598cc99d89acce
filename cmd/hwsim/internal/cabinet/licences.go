package cabinet

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"sync"
	"time"

	"murur/devices/capture/crt571sim"
	"murur/devices/cardprinter/evolissim"
)

// licences are the licence printer and the capture unit, and what was last set at them.
type licences struct {
	printer *evolissim.Printer
	capture *crt571sim.Unit

	mu     sync.Mutex // may be taken with a device locked: nobody who holds it asks the printer
	number int        // of the last object that was put into the gate
	silent bool       // the capture unit says nothing
	takes  bool       // somebody takes at once what it gives back
	drifts bool       // the licence printer's exit sensor
	spans  []Span
}

// Span is a time in which mechanics worked.
type Span struct{ Began, Ended time.Time }

// moved notes a movement of either device.
func (l *licences) moved(began, ended time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.spans = append(l.spans, Span{began, ended})
}

// Mechanics are the times in which the licence printer or the capture unit moved
// something, by the order of their ends.
func (c *Cabinet) Mechanics() []Span {
	c.licences.mu.Lock()
	defer c.licences.mu.Unlock()
	return slices.Clone(c.licences.spans)
}

// Blanks is how many blanks are in the feeder when a cabinet is opened.
const Blanks = 60

// LicenceState is the licence printer.
type LicenceState struct {
	Plugged   bool        `json:"plugged"`
	Powered   bool        `json:"powered"`
	Moving    bool        `json:"moving"`
	Feeder    int         `json:"feeder"`
	Ribbon    int         `json:"ribbon"`
	RejectBox int         `json:"rejectBox"`
	BoxFull   bool        `json:"boxFull"`
	Cover     bool        `json:"cover"` // open
	Jammed    bool        `json:"jammed"`
	Hot       bool        `json:"hot"`    // the head
	Drifts    bool        `json:"drifts"` // the exit sensor
	Inside    int         `json:"inside"` // the number of the card there, or 0
	Exit      int         `json:"exit"`
	Cards     []CardPlace `json:"cards"` // that left the feeder, oldest first
}

// CardPlace is one card that left the feeder.
type CardPlace struct {
	Number int             `json:"number"` // from 1; also the name of its pictures
	Place  evolissim.Place `json:"place"`
	Whole  bool            `json:"whole"`
	Back   bool            `json:"back"`   // something is printed there
	Layers string          `json:"layers"` // panels laid, front/back, such as "ymcko/ym"
}

// CaptureState is the unit that takes old licences in.
type CaptureState struct {
	Plugged bool `json:"plugged"`
	Silent  bool `json:"silent"`
	Takes   bool `json:"takes"` // somebody takes at once what it gives back
	crt571sim.State
}

func (l *licences) captureState(plugged bool) CaptureState {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := CaptureState{plugged, l.silent, l.takes, l.capture.State()}
	for _, list := range []*[]crt571sim.Object{&s.Bin, &s.Taken, &s.Removed} {
		if *list == nil {
			*list = []crt571sim.Object{} // a list in JSON too
		}
	}
	return s
}

func (l *licences) state() LicenceState {
	v := l.printer.View()
	l.mu.Lock()
	drifts := l.drifts
	l.mu.Unlock()
	s := LicenceState{
		Plugged: v.Plugged, Powered: v.Powered, Moving: v.Moving, Feeder: v.Feeder, Ribbon: v.Ribbon, RejectBox: v.RejectBox,
		BoxFull: v.RejectFull, Cover: v.Cover, Jammed: v.Jam, Hot: v.Hot, Drifts: drifts, Inside: v.Inside, Exit: v.Exit, Cards: []CardPlace{},
	}
	for _, c := range l.printer.Cards() {
		s.Cards = append(s.Cards, CardPlace{c.Number, c.Place, c.Complete, c.Back.Layers() != "", c.Front.Layers() + "/" + c.Back.Layers()})
	}
	return s
}

// WriteCard writes the picture of one side of a card as PNG. It reports whether there is
// one of that number.
func (c *Cabinet) WriteCard(w io.Writer, number int, back bool) (bool, error) {
	cards := c.licences.printer.Cards()
	i := slices.IndexFunc(cards, func(card evolissim.Card) bool { return card.Number == number })
	switch {
	case i < 0:
		return false, nil
	case back:
		return true, cards[i].Back.WritePNG(w)
	}
	return true, cards[i].Front.WritePNG(w)
}

// Issued counts the licences that people have taken; Bin lists the old ones in the bin.
func (c *Cabinet) Issued() int { return c.licences.printer.View().Taken }

// Bin lists what is in the retain bin, by its name.
func (c *Cabinet) Bin() []string {
	var names []string
	for _, o := range c.licences.capture.State().Bin {
		names = append(names, o.ID)
	}
	return names
}

var printerFaults = map[string]evolissim.Kind{
	"cover": evolissim.CoverOpens, "ribbon": evolissim.RibbonEnds, "jam": evolissim.Jams, "hot": evolissim.HeadHeats,
	"power": evolissim.PowerFails, "cable": evolissim.Unplugged, "box": evolissim.BoxFills, "sensor": evolissim.SensorDrift,
	"pull": evolissim.HandPulls, "feeder": evolissim.FeederRuns,
}

func (l *licences) doPrinter(verb string, args []string) error {
	number := func() (int, error) {
		n, err := strconv.Atoi(arg(args, 0))
		if err != nil || n < 0 || n > 1000 {
			return 0, ErrCommand
		}
		return n, nil
	}
	p := l.printer
	switch verb + " " + arg(args, 0) {
	case "cover open", "cover closed":
		p.Cover(arg(args, 0) == "open")
		return nil
	case "sensor ok":
		p.Sensor("")
		l.drift(false)
		return nil
	case "hot on", "hot off":
		p.HeadHot(arg(args, 0) == "on")
		return nil
	case "box empty":
		p.EmptyRejectBox()
		return nil
	case "power off":
		p.PowerCut()
		return nil
	case "power on":
		p.PowerOn()
		return nil
	case "take ":
		if !p.Take() {
			return errors.New("there is no licence to take")
		}
		return nil
	case "unjam ":
		p.ClearJam()
		return nil
	case "clear ":
		p.RemoveInside()
		return nil
	}
	switch verb {
	case "ribbon":
		n, err := number()
		if err == nil {
			p.LoadRibbon(n)
		}
		return err
	case "load":
		n, err := number()
		if err == nil {
			p.LoadFeeder(n)
		}
		return err
	case "jam": // as a card is moved so
		p.Inject(evolissim.Fault{Kind: evolissim.Jams, Moves: arg(args, 0)})
		return nil
	case "fault":
		kind, ok := printerFaults[arg(args, 0)]
		if !ok {
			return ErrCommand
		}
		f := evolissim.Fault{Kind: kind}
		if len(args) > 1 {
			panel, err := strconv.Atoi(args[1])
			if err != nil || panel < 1 {
				return ErrCommand
			}
			f.Panel = panel
		}
		p.Inject(f)
		if kind == evolissim.SensorDrift {
			l.drift(true)
		}
		return nil
	}
	return ErrCommand
}

func (l *licences) drift(on bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.drifts = on
}

var objects = map[string]crt571sim.Kind{
	"licence": crt571sim.Card, "damaged": crt571sim.Card, "paper": crt571sim.TooLong, "coin": crt571sim.TooShort,
}

func (l *licences) doCapture(verb string, args []string) error {
	u := l.capture
	l.mu.Lock()
	defer l.mu.Unlock()
	switch what := arg(args, 0); verb + " " + what {
	case "take ":
		if !u.Take() {
			return errors.New("there is nothing to take in the gate")
		}
		return nil
	case "pull ":
		u.PullByHand()
		return nil
	case "bin full", "bin room":
		u.SetBinFull(what == "full")
		return nil
	case "bin empty":
		u.EmptyBin()
		return nil
	case "jam ":
		u.Jam(crt571sim.FirstHalf)
		return nil
	case "unjam ":
		u.ClearJam()
		return nil
	case "silent on", "silent off":
		l.silent = what == "on"
		u.Silence(l.silent)
		return nil
	case "power off":
		u.SwitchOff()
		return nil
	case "power on":
		u.SwitchOn()
		return nil
	case "person takes", "person ignores":
		l.takes = what == "takes"
		u.SetPerson(crt571sim.Person{Takes: l.takes})
		return nil
	}
	if kind, ok := objects[arg(args, 0)]; ok && verb == "insert" {
		l.number++
		return u.Insert(crt571sim.Object{ID: fmt.Sprintf("%s %d", arg(args, 0), l.number), Kind: kind})
	}
	return ErrCommand
}
