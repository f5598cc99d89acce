// Package health turns what devices, disk and network say into warnings: what does
// not work, what it blocks, and who can end it. Warnings are data; screens, kioskctl
// and the log show the same ones.
package health

import (
	"fmt"
	"sort"
	"strings"
	"time"

	"murur/devices"
	"murur/devices/cabinet"
	"murur/devices/capture"
	"murur/devices/cardprinter"
	"murur/kiosk/front"
)

// Severity says how urgent a warning is.
type Severity string

const (
	Info  Severity = "info"  // works with a limit
	Warn  Severity = "warn"  // a service is closed
	Alarm Severity = "alarm" // the whole kiosk is closed
)

// Warning is one thing that does not work.
type Warning struct {
	Code     string         `json:"code"` // "printer-paper-out"
	Device   string         `json:"device"`
	Severity Severity       `json:"severity"`
	Blocks   []string       `json:"blocks,omitempty"` // what is closed: "fines", "pickup", "card", "all"
	Remedy   devices.Remedy `json:"remedy"`
	Detail   string         `json:"detail,omitempty"`
	// Notice is what the public is told, if anything.
	Notice front.Notice `json:"notice,omitempty"`
}

// Names of the devices.
const (
	Reader   = "reader"
	Terminal = "terminal"
	Printer  = "printer"
	Licence  = "licence-printer"
	Capture  = "capture"
	Cabinet  = "cabinet"
	Storage  = "storage"
	Central  = "central"
)

// Facts are what is known now.
type Facts struct {
	At      time.Time                 `json:"at"` // when they were asked for
	Devices map[string]devices.Status `json:"devices"`
	// Cabinet is what door and mains say; a kiosk without such contacts cannot tell.
	Cabinet cabinet.State `json:"cabinet,omitzero"`
	// Counts are how many are left of a supply, or in a bin, by device and supply:
	// "licence-printer-blanks". What is not counted is not in it.
	Counts map[string]int `json:"counts,omitempty"`
	// StorageFull is set when there is too little room for a whole journey.
	StorageFull bool `json:"storageFull"`
	// Unclear counts payments of which nobody knows whether they were charged.
	Unclear int `json:"unclear,omitempty"`
	// Closing is set while the terminal makes its end of day or gives a payment back.
	Closing bool `json:"closing,omitempty"`
	// CentralError is why the central server does not get our log, a code of the uplink;
	// empty: it does.
	CentralError string `json:"centralError,omitempty"`
}

// roles says what each device is needed for and how its absence is told.
var roles = map[string]struct {
	blocks []string
	notice front.Notice
}{
	Reader:   {[]string{"card", "pickup"}, front.NoticeNoReader},
	Terminal: {[]string{"fines"}, front.NoticeNoTerminal},
	Printer:  {[]string{"fines", "pickup"}, front.NoticeNoPrinter},
	Licence:  {[]string{"pickup"}, front.NoticeNoCardPrinter},
	Capture:  {[]string{"pickup"}, front.NoticeNoCapture},
}

// noticeOf is what the public is told when a supply is out, or a bin full, where that is
// not the device's own notice.
var noticeOf = map[string]front.Notice{
	Licence + "-" + cardprinter.SupplyBlanks:    front.NoticeNoBlanks,
	Licence + "-" + cardprinter.SupplyRibbon:    front.NoticeNoRibbon,
	Licence + "-" + cardprinter.SupplyRejectBox: front.NoticeRejectFull,
	Capture + "-" + capture.SupplyBin:           front.NoticeRetainFull,
}

// Judge turns facts into warnings, most severe first, then by code.
func Judge(f Facts) []Warning {
	var list []Warning
	for device, role := range roles {
		status, known := f.Devices[device]
		if !known {
			continue // not asked yet
		}
		w := Warning{Device: device, Severity: Warn, Blocks: role.blocks, Notice: role.notice}
		switch {
		case status.Link != devices.Online:
			w.Code, w.Remedy = device+"-"+string(status.Link), devices.RemedyReset
		case status.Fault != nil:
			w.Code, w.Remedy, w.Detail = device+"-"+strings.TrimPrefix(status.Fault.Code, device+"-"), status.Fault.Remedy, status.Fault.Detail
		default:
			list = append(list, supplies(w, status, f.Counts)...)
			continue
		}
		list = append(list, w)
	}
	if f.Cabinet.Door == cabinet.DoorOpen { // whoever mends something tries it with the door open
		list = append(list, Warning{Code: "cabinet-door-open", Device: Cabinet, Severity: Info, Remedy: devices.RemedyClear})
	}
	if f.Cabinet.Mains == cabinet.MainsFailing {
		list = append(list, Warning{Code: "cabinet-mains-failing", Device: Cabinet, Severity: Alarm,
			Blocks: []string{"all"}, Remedy: devices.RemedyWait})
	}
	if f.StorageFull {
		list = append(list, Warning{Code: "storage-full", Device: Storage, Severity: Alarm,
			Blocks: []string{"all"}, Remedy: devices.RemedyMaintenance})
	}
	if f.Unclear > 0 {
		list = append(list, Warning{Code: "payment-unclear", Device: Terminal, Severity: Warn,
			Blocks: []string{"fines"}, Remedy: devices.RemedyMaintenance, Notice: front.NoticeNoTerminal,
			Detail: fmt.Sprintf("%d open: kioskctl case list", f.Unclear)})
	}
	if f.Closing {
		list = append(list, Warning{Code: "terminal-working", Device: Terminal, Severity: Warn,
			Blocks: []string{"fines"}, Remedy: devices.RemedyWait, Notice: front.NoticeNoTerminal})
	}
	switch f.CentralError {
	case "":
	case "fork", "broken":
		list = append(list, Warning{Code: "central-refuses-log", Device: Central, Severity: Warn, Blocks: []string{"fines", "pickup"},
			Remedy: devices.RemedyMaintenance, Detail: f.CentralError, Notice: front.NoticeNoCentral})
	default:
		list = append(list, Warning{Code: "central-offline", Device: Central, Severity: Info,
			Remedy: devices.RemedyWait, Detail: f.CentralError, Notice: front.NoticeNoCentral})
	}
	rank := map[Severity]int{Alarm: 0, Warn: 1, Info: 2}
	sort.Slice(list, func(i, j int) bool {
		if list[i].Severity != list[j].Severity {
			return rank[list[i].Severity] < rank[list[j].Severity]
		}
		return list[i].Code < list[j].Code
	})
	return list
}

// supplies judges the supplies of a device that works otherwise. w is prepared with
// what the device blocks.
func supplies(w Warning, status devices.Status, counts map[string]int) []Warning {
	var list []Warning
	for name, level := range status.Supplies {
		supply, key := w, w.Device+"-"+name
		supply.Code, supply.Remedy = key+"-"+string(level), devices.RemedyReplenish
		if n, counted := counts[key]; counted {
			supply.Detail = fmt.Sprint(n)
		}
		if notice, own := noticeOf[key]; own {
			supply.Notice = notice
		}
		switch level {
		case devices.LevelOut, devices.LevelFull:
		case devices.LevelJammed:
			supply.Remedy = devices.RemedyClear
		case devices.LevelLow:
			supply.Severity, supply.Blocks, supply.Notice = Info, nil, ""
			if w.Device == Printer {
				supply.Notice = front.NoticePaperLow
			}
		default:
			continue
		}
		list = append(list, supply)
	}
	return list
}

// Notices are what the public is told, each once.
func Notices(list []Warning) []front.Notice {
	var notices []front.Notice
	seen := map[front.Notice]bool{"": true}
	for _, w := range list {
		if !seen[w.Notice] {
			seen[w.Notice] = true
			notices = append(notices, w.Notice)
		}
	}
	return notices
}

// Closed returns the warning that closes the whole kiosk, if there is one.
func Closed(list []Warning) (Warning, bool) {
	for _, w := range list {
		if w.Severity == Alarm {
			return w, true
		}
	}
	return Warning{}, false
}
