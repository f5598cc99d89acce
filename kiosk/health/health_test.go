package health

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"murur/devices"
	"murur/devices/cabinet"
	"murur/kiosk/front"
)

func TestJudge(t *testing.T) {
	ok := devices.Status{Link: devices.Online}
	supply := func(name string, l devices.Level) devices.Status {
		return devices.Status{Link: devices.Online, Supplies: map[string]devices.Level{name: l}}
	}
	paper := func(l devices.Level) devices.Status { return supply("paper", l) }
	tests := []struct {
		name    string
		facts   Facts
		codes   []string
		notices []front.Notice
		closed  bool
	}{
		{"nothing known", Facts{}, nil, nil, false},
		{"all well", Facts{Devices: map[string]devices.Status{Reader: ok, Terminal: ok, Printer: paper("ok")}}, nil, nil, false},
		{"no reader", Facts{Devices: map[string]devices.Status{Reader: {Link: devices.Absent}}},
			[]string{"reader-absent"}, []front.Notice{front.NoticeNoReader}, false},
		{"paper out", Facts{Devices: map[string]devices.Status{Printer: paper("out")}},
			[]string{"printer-paper-out"}, []front.Notice{front.NoticeNoPrinter}, false},
		{"paper low", Facts{Devices: map[string]devices.Status{Printer: paper("low")}},
			[]string{"printer-paper-low"}, []front.Notice{front.NoticePaperLow}, false},
		{"fault hides supplies", Facts{Devices: map[string]devices.Status{Printer: {Link: devices.Online,
			Fault: &devices.Fault{Code: "cover-open", Remedy: devices.RemedyClear}, Supplies: map[string]devices.Level{"paper": "out"}}}},
			[]string{"printer-cover-open"}, []front.Notice{front.NoticeNoPrinter}, false},
		{"blanks out", Facts{Devices: map[string]devices.Status{Licence: supply("blanks", "out")}},
			[]string{"licence-printer-blanks-out"}, []front.Notice{front.NoticeNoBlanks}, false},
		{"ribbon low", Facts{Devices: map[string]devices.Status{Licence: supply("ribbon", "low")}},
			[]string{"licence-printer-ribbon-low"}, nil, false},
		{"reject box full", Facts{Devices: map[string]devices.Status{Licence: supply("reject-box", "full")}},
			[]string{"licence-printer-reject-box-full"}, []front.Notice{front.NoticeRejectFull}, false},
		{"retain bin full", Facts{Devices: map[string]devices.Status{Capture: supply("retain-bin", "full")}},
			[]string{"capture-retain-bin-full"}, []front.Notice{front.NoticeRetainFull}, false},
		{"an unclear payment", Facts{Unclear: 1}, []string{"payment-unclear"}, []front.Notice{front.NoticeNoTerminal}, false},
		{"door shut, mains there", Facts{Cabinet: cabinet.State{Door: cabinet.DoorClosed, Mains: cabinet.MainsOK}}, nil, nil, false},
		{"door open", Facts{Cabinet: cabinet.State{Door: cabinet.DoorOpen}}, []string{"cabinet-door-open"}, nil, false},
		{"mains failing", Facts{Cabinet: cabinet.State{Door: cabinet.DoorOpen, Mains: cabinet.MainsFailing}},
			[]string{"cabinet-mains-failing", "cabinet-door-open"}, nil, true},
		{"our log is refused", Facts{CentralError: "fork"}, []string{"central-refuses-log"}, []front.Notice{front.NoticeNoCentral}, false},
		{"worst first", Facts{StorageFull: true, CentralError: "unreachable", Devices: map[string]devices.Status{Terminal: {Link: devices.Offline}}},
			[]string{"storage-full", "terminal-offline", "central-offline"},
			[]front.Notice{front.NoticeNoTerminal, front.NoticeNoCentral}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			list := Judge(tt.facts)
			var codes []string
			for _, w := range list {
				codes = append(codes, w.Code)
				if w.Remedy == "" {
					t.Errorf("%s has no remedy", w.Code)
				}
			}
			if diff := cmp.Diff(tt.codes, codes); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tt.notices, Notices(list)); diff != "" {
				t.Error(diff)
			}
			if _, closed := Closed(list); closed != tt.closed {
				t.Errorf("closed: %v", closed)
			}
		})
	}
}

func TestLowSuppliesAreCounted(t *testing.T) {
	low := devices.Status{Link: devices.Online, Supplies: map[string]devices.Level{"blanks": devices.LevelLow}}
	list := Judge(Facts{Devices: map[string]devices.Status{Licence: low}, Counts: map[string]int{"licence-printer-blanks": 12}})
	if len(list) != 1 || list[0].Detail != "12" || list[0].Severity != Info || list[0].Blocks != nil {
		t.Errorf("%+v", list)
	}
}
