package cabinet

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"murur/devices"
	"murur/devices/receipt/escpossim"
	"murur/devices/smartcard/cardsim"
	"murur/devices/smartcard/ccidsim"
	"murur/sync/central/demo"
)

// ErrCommand is wrapped by the errors of Do that are the caller's fault.
var ErrCommand = errors.New("no such command")

// cardExpiry is printed on the demo people's cards; none expires in our time.
var cardExpiry = time.Date(2035, 12, 31, 0, 0, 0, 0, time.UTC)

// Do carries out one command, a line of words:
//
//	reader insert KIND [CIVIL]     put a card in: a cardsim kind, made out to CIVIL
//	reader card FILE               put in a card that a file describes: civil-id-worn.toml and
//	                               others are built in, any other name is a file of yours
//	reader remove                  take the card out
//	reader fault FAULT             at the next command to the card: silent, pulled,
//	                               stale, slow or noise
//	terminal …                     see doTerminal
//	printer paper ok|low|out       change the roll
//	printer jam [ROWS]             now, or after so many more rows
//	printer unjam
//	printer cover open|closed
//	printer silent on|off          on: takes everything, says nothing
//	printer person takes|ignores   who stands there: takes each paper at once, or never
//	printer take                   take the paper that is presented
//	licence take                   take the new licence that is presented
//	licence load N | ribbon N      blanks into the feeder; a ribbon for N prints
//	licence jam feed|eject|reject  the next time a card is moved so
//	licence fault FAULT [PANEL]    now, or in the middle of a panel from now: cover, ribbon,
//	                               jam, hot, power, cable, box, feeder, sensor or pull
//	licence sensor ok              its exit sensor says the truth again
//	licence unjam | clear          clear ends what a card inside blocks: it is taken out
//	licence cover open|closed, hot on|off, box empty, power off|on
//	capture insert licence|damaged|paper|coin   something goes into the gate
//	capture take | pull            take what it gives back; pull at what it takes in
//	capture bin full|room|empty, jam, unjam, silent on|off, power off|on
//	capture person takes|ignores   whether what comes back is taken at once
//	DEVICE unplug | plug           pull its cable, put it back
//
// Errors: ErrCommand, or why it cannot be done now.
func (c *Cabinet) Do(command string) error {
	words := strings.Fields(command)
	if len(words) < 2 {
		return fmt.Errorf("cannot do %q: %w", command, ErrCommand)
	}
	var err error
	switch device, verb, args := words[0], words[1], words[2:]; {
	case verb == "unplug" && known(device):
		c.unplug(device)
	case verb == "plug" && known(device):
		err = c.plug(device)
	case device == ReaderName:
		err = c.doReader(verb, args)
	case device == TerminalName:
		err = c.doTerminal(verb, args)
	case device == PrinterName:
		err = c.doPrinter(verb, args)
	case device == LicenceName:
		err = c.licences.doPrinter(verb, args)
	case device == CaptureName:
		err = c.licences.doCapture(verb, args)
	default:
		err = ErrCommand
	}
	if err != nil {
		return fmt.Errorf("cannot do %q: %w", command, err)
	}
	c.change()
	return nil
}

func known(device string) bool {
	return device == ReaderName || device == LicenceName || slices.Contains(serials, device)
}

func arg(args []string, i int) string {
	if i < len(args) {
		return args[i]
	}
	return ""
}

func (c *Cabinet) doReader(verb string, args []string) error {
	switch verb {
	case "insert":
		return c.insert(arg(args, 0), arg(args, 1))
	case "card":
		return c.insertFile(arg(args, 0))
	case "remove":
		c.reader.Remove()
	case "fault":
		f, ok := readerFaults[arg(args, 0)]
		if !ok {
			return ErrCommand
		}
		c.reader.Inject(f)
	default:
		return ErrCommand
	}
	return nil
}

var readerFaults = map[string]ccidsim.Fault{
	"silent": ccidsim.Silent,
	"pulled": ccidsim.Pulled,
	"stale":  ccidsim.StaleSeq,
	"slow":   ccidsim.TimeExtension,
	"noise":  ccidsim.Noise,
}

func (c *Cabinet) insert(kind, civil string) error {
	for _, k := range cardsim.Kinds() {
		if k.Name != kind {
			continue
		}
		p := holder(civil)
		if err := c.reader.Insert(k.New(p)); err != nil {
			return err
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.card = &CardState{Kind: k.Name, Title: k.Title}
		if strings.HasPrefix(k.Name, "civil-id") {
			c.card.Civil, c.card.Name = p.CivilNumber, p.NameEn
		}
		return nil
	}
	return ErrCommand
}

// insertFile puts in a card that a file describes.
func (c *Cabinet) insertFile(name string) error {
	text, err := fs.ReadFile(cardsim.Examples(), name)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = os.ReadFile(name)
	}
	if err != nil {
		return err
	}
	described, err := cardsim.ReadCard(name, text)
	if err != nil {
		return err
	}
	if err := c.reader.Insert(described.New()); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.card = &CardState{Kind: name, Title: described.Title}
	return nil
}

// holder is the demo person of that civil number, or somebody without a name.
func holder(civil string) cardsim.Person {
	p := cardsim.Person{CivilNumber: civil, NameAr: "مواطن تجريبي", NameEn: "DEMO CITIZEN", Expiry: cardExpiry}
	if civil == "" {
		p.CivilNumber = string(demo.Typical)
	}
	for _, d := range demo.People() {
		if string(d.Civil) == p.CivilNumber {
			p.NameAr, p.NameEn, p.Birth = d.Name.Ar, d.Name.En, d.Birth
		}
	}
	return p
}

// supplies is what was last set at the printer.
type supplies struct {
	paper                 devices.Level
	jammed, cover, silent bool
	takes                 bool
}

func newSupplies() supplies { return supplies{paper: devices.LevelOK} }

func (c *Cabinet) doPrinter(verb string, args []string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	what := arg(args, 0)
	switch verb + " " + what {
	case "paper ok", "paper low", "paper out":
		c.paper = devices.Level(what)
		c.printer.SetPaper(c.paper)
		return nil
	case "cover open":
		c.cover = true
		c.printer.OpenCover()
		return nil
	case "cover closed":
		c.cover = false
		c.printer.CloseCover()
		return nil
	case "silent on", "silent off":
		c.silent = what == "on"
		c.printer.Silence(c.silent)
		return nil
	case "person takes", "person ignores":
		c.takes = what == "takes"
		c.printer.SetPerson(escpossim.Person{Takes: c.takes})
		return nil
	case "jam ":
		c.jammed = true
		c.printer.Jam()
		return nil
	case "unjam ":
		c.jammed = false
		c.printer.ClearJam()
		return nil
	case "take ":
		if !c.printer.Take() {
			return errors.New("there is no paper to take")
		}
		return nil
	}
	if rows, err := strconv.Atoi(what); verb == "jam" && err == nil && rows >= 0 {
		c.jammed = true
		c.printer.JamAfter(rows)
		return nil
	}
	return ErrCommand
}
