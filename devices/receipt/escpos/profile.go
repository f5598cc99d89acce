package escpos

// Feed is how a printer moves paper without ink.
type Feed int

const (
	FeedESCJ   Feed = iota // ESC J n, one unit is one dot
	FeedLine               // ESC 3 n and LF: printers without ESC J
	FeedRaster             // blank picture rows: printers that can do neither
)

// Margin is how a picture is moved to the right.
type Margin int

const (
	MarginNone   Margin = iota // cannot, or not proven: the left is never cropped
	MarginGSL                  // GS L moves pictures
	MarginESCPos               // ESC $ before the picture
)

// Ordered is the request that a printer answers only when everything sent before
// it has been worked off.
type Ordered int

const (
	ProcessID Ordered = iota // GS ( H: answered when printing has finished
	Probe                    // GS r 1: answered when reached in the buffer
	QueuedEOT                // DLE EOT 1, on printers that queue it
)

// Profile is what is true of one printer family. Lengths are in dots, bytes are
// sent as they stand.
type Profile struct {
	Name      string
	Dots, DPI int // head width and pitch
	Speed     int // paper, mm/s
	ByteRate  int // wire, bytes/s; 11520 is 115200 baud

	Blade    int  // from the head to the blade
	Units    bool // GS P sets units; must then be sent after every ESC @
	Feed     Feed
	Margin   Margin
	Doubling bool // GS v 0 with m=3 prints a picture at twice its size

	Setup   []byte // after ESC @ and GS P
	Cut     []byte
	Present []byte // nil: no presenter, the cut paper is the citizen's
	Retract []byte // nil: a presented paper cannot be taken back

	FullStatus bool   // 10 04 14, with an output sensor
	EOT        []byte // which DLE EOT n to ask where there is no full status
	Clear      bool   // DLE DC4 8 empties the buffers
	Loose      bool   // reserved bits of replies are not fixed
	Mute       bool   // does not answer while paper moves
	Ordered    Ordered
	// Weak accepts evidence C; without it such a printer never confirms.
	Weak bool
}

// EpsonLike are the command originator's newer models and their close copies:
// process id, no presenter.
var EpsonLike = Profile{
	Name: "epson-like", Dots: 576, DPI: 203, Speed: 150, ByteRate: 11520,
	Blade: 112, Units: true, Feed: FeedESCJ, Margin: MarginGSL, Doubling: true,
	Cut:   []byte{0x1D, 'V', 1},
	EOT:   []byte{1, 2, 3, 4},
	Clear: true, Ordered: ProcessID,
}

// GenericCustom are Custom-style kiosk printers with a presenter and a
// ticket-in-output sensor. Present is 128 steps of 0.625 mm.
var GenericCustom = Profile{
	Name: "generic-custom", Dots: 576, DPI: 203, Speed: 150, ByteRate: 11520,
	Blade: 104, Units: true, Feed: FeedESCJ, Margin: MarginNone, Doubling: true,
	Cut:        []byte{0x1B, 'i'},
	Present:    []byte{0x1D, 'e', 3, 128},
	Retract:    []byte{0x1D, 'e', 2},
	FullStatus: true, Ordered: Probe,
}

// PyramidReliance has a presenter, no ESC J and loose status bits. Continuous
// mode is switched off: with it the citizen could pull an unfinished receipt.
// Present is 12 steps of 7 mm.
var PyramidReliance = Profile{
	Name: "pyramid-reliance", Dots: 576, DPI: 203, Speed: 150, ByteRate: 11520,
	Blade: 96, Units: true, Feed: FeedLine, Margin: MarginNone, Doubling: true,
	Setup:      []byte{0x1D, 'e', 0x12},
	Cut:        []byte{0x1B, 'i'},
	Present:    []byte{0x1D, 'e', 3, 12},
	Retract:    []byte{0x1D, 'e', 2},
	FullStatus: true, Loose: true, Mute: true, Ordered: Probe,
}

// PyramidPhoenix has no presenter and answers DLE EOT only behind printing.
var PyramidPhoenix = Profile{
	Name: "pyramid-phoenix", Dots: 576, DPI: 203, Speed: 150, ByteRate: 11520,
	Blade: 96, Feed: FeedRaster, Margin: MarginNone, Doubling: true,
	Cut:     []byte{0x1B, 'm'},
	EOT:     []byte{1, 2, 4},
	Loose:   true,
	Ordered: QueuedEOT, Weak: true,
}

// ProfileByName finds a profile: epson-like, generic-custom, pyramid-reliance or
// pyramid-phoenix.
func ProfileByName(name string) (Profile, bool) {
	for _, p := range []Profile{EpsonLike, GenericCustom, PyramidReliance, PyramidPhoenix} {
		if p.Name == name {
			return p, true
		}
	}
	return Profile{}, false
}
