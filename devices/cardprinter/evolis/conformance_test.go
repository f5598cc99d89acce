package evolis_test

import (
	"context"
	"testing"

	"murur/devices/cardprinter"
	"murur/devices/cardprinter/cardprintertest"
	"murur/devices/cardprinter/evolis"
	"murur/devices/cardprinter/evolissim"
	"murur/devices/transport"
)

var mishaps = map[cardprintertest.Mishap]evolissim.Fault{
	cardprintertest.Power:     {Kind: evolissim.PowerFails},
	cardprintertest.Cable:     {Kind: evolissim.Unplugged},
	cardprintertest.Cover:     {Kind: evolissim.CoverOpens},
	cardprintertest.Ribbon:    {Kind: evolissim.RibbonEnds},
	cardprintertest.Jam:       {Kind: evolissim.Jams},
	cardprintertest.Head:      {Kind: evolissim.HeadHeats},
	cardprintertest.NoBlanks:  {Kind: evolissim.FeederRuns},
	cardprintertest.BoxFull:   {Kind: evolissim.BoxFills},
	cardprintertest.Hand:      {Kind: evolissim.HandPulls},
	cardprintertest.JamFeed:   {Kind: evolissim.Jams, Moves: "feed"},
	cardprintertest.JamEject:  {Kind: evolissim.Jams, Moves: "eject"},
	cardprintertest.JamReject: {Kind: evolissim.Jams, Moves: "reject"},
	cardprintertest.JamReturn: {Kind: evolissim.Jams, Moves: "return"},

	cardprintertest.NoReply:   {Kind: evolissim.ReplyMissing},
	cardprintertest.CutReply:  {Kind: evolissim.ReplySplit},
	cardprintertest.TwoReply:  {Kind: evolissim.ReplyTwice},
	cardprintertest.LateReply: {Kind: evolissim.ReplyLate},
	cardprintertest.OKReply:   {Kind: evolissim.ReplyOK},
}

// bench is a driver on a simulated printer in memory.
func bench(t *testing.T, o evolissim.Options, d evolis.Options) (*cardprintertest.Bench, *evolissim.Printer) {
	t.Helper()
	o.RejectBox = 1000
	sim := evolissim.New(o)
	connect := func() *evolis.Printer {
		return evolis.New(func(context.Context) (transport.Pipes, error) { return sim.Pipes() }, d)
	}
	b := &cardprintertest.Bench{
		Printer: connect(),
		Machine: sim,
		Cards: func() (out []cardprintertest.Card) {
			for _, c := range sim.Cards() {
				out = append(out, cardprintertest.Card{
					Place: string(c.Place), Layers: c.Front.Layers() + "/" + c.Back.Layers(),
					Picture: c.Front.Picture, Back: c.Back.Picture, Varnish: c.Front.Varnish,
				})
			}
			return out
		},
		Strike: func(panel int, m cardprintertest.Mishap) {
			f, ok := mishaps[m]
			if !ok {
				t.Fatalf("no mishap %q", m)
			}
			f.Panel = panel
			sim.Inject(f)
		},
		Upon: func(command string, m cardprintertest.Mishap) {
			sim.ClearFaults()
			f := mishaps[m]
			f.Command = command
			sim.Inject(f)
		},
		Artwork: cardprintertest.Sample, Layers: "ymcko/", Bits: d.Profile.Bits,
		RibbonTells: d.Profile.RibbonCount != "", BoxTells: d.Profile.RejectFull, CoverTells: true,
	}
	switch d.Ribbon {
	case evolis.YMCKOK:
		b.Artwork, b.Layers = cardprintertest.Both, "ymcko/k"
	case evolis.K:
		b.Artwork, b.Layers = cardprintertest.Black, "k/"
	}
	b.Restart = func() {
		b.Printer.Close()
		b.Printer = connect()
	}
	return b, sim
}

// kind is a model with a ribbon, and what it is said to do.
type kind struct {
	name    string
	model   evolissim.Model
	profile evolis.Profile
	ribbon  evolis.Ribbon
	packet  int
}

// twoSets prints colour on both sides.
const twoSets = "two sets"

func kinds() []kind {
	early := evolissim.KC200B
	early.EarlyReplies = true
	answering := evolissim.KC200B
	answering.DownloadReplies = true
	starting, startingProfile := evolissim.KC200B, evolis.KC200B
	starting.FeedsAtStart, startingProfile.Feed = true, "Ss"
	contacts := evolis.KC200B
	contacts.Feed = "Sis"
	counting, countingProfile := evolissim.KC200B, evolis.KC200B
	counting.BezelCounts, countingProfile.BezelCounts = true, true
	counting.OverlayHidden, countingProfile.OverlayCounts = true, false
	short := evolis.KC200B
	short.Compress, short.RLEShort, short.Bits = true, true, 5
	return []kind{
		{"kc200b", evolissim.KC200B, evolis.KC200B, evolis.YMCKO, 0},
		{"zenius", evolissim.Zenius, evolis.Zenius, evolis.K, 512},
		{"kc-prime two sides", evolissim.KCPrime, evolis.KCPrime, evolis.YMCKOK, 0},
		{"legacy kiosk", evolissim.LegacyKiosk, evolis.LegacyKiosk, evolis.YMCKO, 0},
		{"black", evolissim.KC200B, evolis.KC200B, evolis.K, 0},
		{"early replies", early, evolis.KC200B, evolis.K, 0},
		{"answered downloads", answering, evolis.KC200B, evolis.YMCKO, 0},
		{"feeds at start", starting, startingProfile, evolis.K, 0},
		{"feeds to the contacts", evolissim.KC200B, contacts, evolis.K, 0},
		{"other counters", counting, countingProfile, evolis.YMCKO, 0},
		{"compressed", evolissim.KC200B, short, evolis.K, 0},
		{twoSets, evolissim.KC200B, evolis.KC200B, evolis.YMCKO, 512},
	}
}

func (k kind) bench(t *testing.T) (*cardprintertest.Bench, *evolissim.Printer) {
	return bench(t, evolissim.Options{Model: k.model, Ribbon: string(k.ribbon), MaxPacket: k.packet},
		evolis.Options{Profile: k.profile, Ribbon: k.ribbon})
}

func TestConformance(t *testing.T) {
	for _, k := range kinds() {
		t.Run(k.name, func(t *testing.T) {
			cardprintertest.Run(t, func(t *testing.T) *cardprintertest.Bench {
				b, _ := k.bench(t)
				if k.name == twoSets {
					b.Artwork, b.Layers = cardprintertest.Coloured, "ymcko/ymcko"
				}
				b.Brief = k.name != "kc200b"
				return b
			})
		})
	}
}

var _ cardprinter.Printer = (*evolis.Printer)(nil)
