package evolis

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"murur/devices"
	"murur/devices/cardprinter"
)

// Fault codes.
const (
	BlanksOut     = "blanks-out"
	RibbonOut     = "ribbon-out"
	RibbonJam     = "ribbon-jam"
	RibbonWrong   = "ribbon-wrong"
	RejectBoxFull = "reject-box-full"
	HopperFull    = "hopper"
	CoverOpen     = "cover-open"
	CardJam       = "card-jam"
	CardStuck     = "card-stuck" // a movement did not end in time
	HeadHot       = "head-hot"
	Cleaning      = "cleaning"
	PrinterError  = "printer-error"
	Settings      = "printer-settings"
	Offline       = "offline"
	Busy          = "printer-busy" // another program holds it
)

var remedies = map[string]devices.Remedy{
	BlanksOut:     devices.RemedyReplenish,
	RibbonOut:     devices.RemedyReplenish,
	RibbonJam:     devices.RemedyClear,
	RibbonWrong:   devices.RemedyConfiguration,
	RejectBoxFull: devices.RemedyClear,
	HopperFull:    devices.RemedyClear,
	CoverOpen:     devices.RemedyClear,
	CardJam:       devices.RemedyClear,
	CardStuck:     devices.RemedyClear,
	HeadHot:       devices.RemedyWait,
	Cleaning:      devices.RemedyMaintenance,
	PrinterError:  devices.RemedyMaintenance,
	Settings:      devices.RemedyConfiguration,
	Offline:       devices.RemedyReset,
	Busy:          devices.RemedyConfiguration,
}

func fault(code, format string, args ...any) *devices.Fault {
	return &devices.Fault{Code: code, Remedy: remedies[code], Detail: fmt.Sprintf(format, args...)}
}

// texts are what an error reply contains, squeezed; the first that fits counts.
var texts = []struct{ text, code string }{
	{"COVEROPEN", CoverOpen},
	{"FEEDEREMPTY", BlanksOut},
	{"HOPPER", HopperFull}, // FULL, DOOR, ERROR HOPPER
	{"CARDJAM", CardJam},
	{"RIBDETECTION", RibbonOut}, // absent, or its chip cannot be read
	{"ERRORRIBBON", RibbonOut},
	{"ERRORHEAD", HeadHot},
	{"NEEDCLEANING", Cleaning},
	{"TIMEOUT", CardStuck},
	{"OPTNOTAVAILABLE", Settings},
	{"ERRORCDE", Settings},
	{"ERRORPARAM", Settings},
	{"ERR", PrinterError}, // magnetic, checksum, unknown
}

// squeeze makes spellings comparable: capitals, no blanks, no control characters.
func squeeze(text string) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return -1
		}
		return unicode.ToUpper(r)
	}, text)
}

// refusal is the fault that a reply tells of; nil when it is none.
func refusal(reply string) *devices.Fault {
	s := squeeze(reply)
	for _, t := range texts {
		if strings.Contains(s, t.text) {
			return fault(t.code, "reply %q", reply)
		}
	}
	return nil
}

var errReply = errors.New("reply makes no sense")

// accepted is nil for OK, else the fault.
func accepted(reply string) error {
	if squeeze(reply) == "OK" {
		return nil
	}
	if f := refusal(reply); f != nil {
		return f
	}
	return fmt.Errorf("%w: %q", errReply, reply)
}

// count reads a decimal; -1 when the reply is none.
func count(reply string) int {
	n, err := strconv.Atoi(squeeze(reply))
	if err != nil || n < 0 {
		return -1
	}
	return n
}

// volts reads a sensor: "4,92 Volts".
func volts(reply string) (v float64, ok bool) {
	s := strings.TrimRight(squeeze(reply), "VOLTS")
	v, err := strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64)
	return v, err == nil && v >= 0 && v < 50
}

// Sensors see nothing below the first and something above the second.
const (
	dark  = 1.0
	light = 4.0
)

// sensed is what an exit or feeder sensor's reply means.
func sensed(reply string) cardprinter.Seen {
	v, ok := volts(reply)
	switch {
	case !ok:
		return cardprinter.SeenUnknown
	case v < dark:
		return cardprinter.SeenNone
	case v >= light:
		return cardprinter.SeenCard
	}
	return cardprinter.SeenUnknown
}

// printPosition is what the reply to Rlr;p means. Some firmware says OK when nothing
// is there, which is also what a late reply to another command says.
func printPosition(reply string, emptyIsOK bool) cardprinter.Seen {
	switch squeeze(reply) {
	case "NOCARD":
		return cardprinter.SeenNone
	case "OK":
		if emptyIsOK {
			return cardprinter.SeenNone
		}
	case "CARD", "SMARTCARD", "CONTACTLESSCARD", "ERRCARD", "ERRORCARD":
		return cardprinter.SeenCard
	}
	return cardprinter.SeenUnknown
}

// errorMode is the current mode of the reply to Rem, of which the first number is it.
func errorMode(reply string) int {
	s := strings.TrimSpace(reply)
	if i := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }); i >= 0 {
		s = s[:i]
	}
	return count(s)
}
