package ccid_test

import (
	"context"
	"net"
	"path/filepath"
	"testing"

	"murur/devices/smartcard"
	"murur/devices/smartcard/ccid"
	"murur/devices/smartcard/ccidsim"
	"murur/devices/smartcard/smartcardtest"
	"murur/devices/transport"
	"murur/devices/transport/usbpipe"
)

// drive starts the driver on a simulated reader in memory.
func drive(t *testing.T, o ccidsim.Options) (*ccid.Reader, *ccidsim.Reader) {
	t.Helper()
	sim := ccidsim.New(o)
	r := ccid.New(func(context.Context) (transport.Pipes, error) { return sim.Pipes() }, ccid.Options{})
	t.Cleanup(func() { r.Close() })
	return r, sim
}

// The suite in memory and in simulated time, for every sort of reader and of card.
func TestConformance(t *testing.T) {
	cards := map[string]smartcardtest.Card{"T=0": smartcardtest.CivilID, "T=1": smartcardtest.BlockCard}
	for name, o := range map[string]ccidsim.Options{
		"TPDU":           {},
		"short APDU":     {Level: ccidsim.ShortAPDU},
		"extended APDU":  {Level: ccidsim.ExtendedAPDU},
		"no interrupt":   {NoInterrupt: true},
		"manual":         {Manual: true},
		"manual APDU":    {Manual: true, Level: ccidsim.ShortAPDU},
		"negotiates":     {Manual: true, Features: ccidsim.AutoNegotiates | ccidsim.AutoIFSD},
		"does PPS":       {Manual: true, Features: ccidsim.DoesPPS},
		"slow":           {MaxRate: 10753},
		"no abort":       {NoAbort: true},
		"big packets":    {MaxPacket: 512},
		"small packets":  {MaxPacket: 16},
		"filled packets": {MaxPacket: 30}, // header, holder file and status word fill three
		"small messages": {Level: ccidsim.ExtendedAPDU, MaxMessage: 64},
		"own IFSD":       {Features: ccidsim.AutoIFSD},
	} {
		for protocol, card := range cards {
			t.Run(name+" "+protocol, func(t *testing.T) {
				smartcardtest.RunInBubble(t, func(t *testing.T) (smartcard.Reader, smartcardtest.Hands) {
					return drive(t, o)
				}, card)
			})
		}
	}
}

// The suite between a driver and a reader that know each other by a socket.
func TestConformanceOverSocket(t *testing.T) {
	smartcardtest.Run(t, func(t *testing.T) (smartcard.Reader, smartcardtest.Hands) {
		path := filepath.Join(t.TempDir(), "reader")
		l, err := net.Listen("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		sim := ccidsim.New(ccidsim.Options{})
		ctx, cancel := context.WithCancel(context.Background())
		served := make(chan error)
		go func() { served <- usbpipe.Serve(ctx, l, sim.Pipes) }()
		r := ccid.New(usbpipe.Open(path), ccid.Options{})
		t.Cleanup(func() {
			r.Close()
			cancel()
			if err := <-served; err != nil {
				t.Error(err)
			}
		})
		return r, sim
	}, smartcardtest.CivilID)
}
