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
	paper := func(l devices.Level) devices.Status {
		return devices.Status{Link: devices.Online, Supplies: map[string]devices.Level{"paper": l}}
	}
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
		{"an unclear payment", Facts{Unclear: 1}, []string{"payment-unclear"}, []front.Notice{front.NoticeNoTerminal}, false},
		{"door shut, mains there", Facts{Cabinet: cabinet.State{Door: cabinet.DoorClosed, Mains: cabinet.MainsOK}}, nil, nil, false},
		{"door open", Facts{Cabinet: cabinet.State{Door: cabinet.DoorOpen}}, []string{"cabinet-door-open"}, nil, false},
		{"mains failing", Facts{Cabinet: cabinet.State{Door: cabinet.DoorOpen, Mains: cabinet.MainsFailing}},
			[]string{"cabinet-mains-failing", "cabinet-door-open"}, nil, true},
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
