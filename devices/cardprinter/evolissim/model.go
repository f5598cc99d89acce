package evolissim

import "time"

// Model is a family of machines.
type Model struct {
	Name       string
	Exit       byte   // letter of Pcem for the way to the citizen: I or M
	ExitSensor byte   // letter of Rse for the exit: b or M
	SebOut     bool   // Seb hands the card out; else it goes into the reject box
	Guide      bool   // Rlr;p answers in the guide's words
	RibbonChip bool   // knows Rrt
	ClearAll   bool   // Wcb knows "a"
	Terminator string // of a reply

	// Four: Dbc has a field for the first line before the length.
	Four bool
	// RunsCross: a run of a compressed dye panel may go on in the next line.
	RunsCross bool
	// BezelCounts: a card taken in from the exit counts as inserted.
	BezelCounts bool
	// OverlayHidden: varnish is not counted as a panel.
	OverlayHidden bool
	// FeedsAtStart: Ss brings a blank when nothing is inside.
	FeedsAtStart bool
	// EarlyReplies: a movement is answered when it begins.
	EarlyReplies bool
	// DownloadReplies: a download is answered too.
	DownloadReplies bool
	// ForgetsBitmaps: they are gone after a power cut.
	ForgetsBitmaps bool
	// SavesMode: it starts in error mode 2, as commissioned.
	SavesMode bool
}

// The models answer to the names of the driver's profiles.
var (
	KC200B      = Model{Name: "kc200b", Exit: 'I', ExitSensor: 'b', SebOut: true, RibbonChip: true, ClearAll: true, Terminator: "\x00", ForgetsBitmaps: true}
	Zenius      = Model{Name: "zenius", Exit: 'M', ExitSensor: 'M', SebOut: true, RibbonChip: true, ClearAll: true, Terminator: "\x00"}
	KCPrime     = Model{Name: "kc-prime", Exit: 'I', ExitSensor: 'b', SebOut: true, RibbonChip: true, ClearAll: true, Terminator: "\r\n"}
	LegacyKiosk = Model{Name: "legacy-kiosk", Exit: 'M', ExitSensor: 'M', Guide: true}
)

// ModelByName finds a model: kc200b, zenius, kc-prime or legacy-kiosk.
func ModelByName(name string) (Model, bool) {
	for _, m := range []Model{KC200B, Zenius, KCPrime, LegacyKiosk} {
		if m.Name == name {
			return m, true
		}
	}
	return Model{}, false
}

// How long movements take.
const (
	feedTime    = 2500 * time.Millisecond
	panelTime   = 4 * time.Second
	flipTime    = 3 * time.Second
	stationTime = 1500 * time.Millisecond // to the contacts
	ejectTime   = 2 * time.Second
	returnTime  = 2500 * time.Millisecond // from the exit back in
	rejectTime  = 2500 * time.Millisecond
	handTime    = 30 * time.Second // until the printer gives up waiting for a hand
)
