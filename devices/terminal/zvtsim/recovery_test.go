package zvtsim_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"murur/devices"
	"murur/devices/terminal"
	"murur/devices/terminal/terminaltest"
	"murur/devices/terminal/zvt"
	"murur/devices/terminal/zvtsim"
)

// TestKioskDies cuts the kiosk's power at each step of a payment on a serial cable;
// the terminal goes on by itself. A new driver must find out the truth.
func TestKioskDies(t *testing.T) {
	for _, policy := range []zvtsim.Policy{zvtsim.AR1, zvtsim.AR3, zvtsim.AR5} {
		for _, at := range []string{"connecting", "insert_card", "enter_pin", "wait", "approved", "remove_card"} {
			t.Run(fmt.Sprintf("policy %d at %s", policy, at), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { kioskDies(t, policy, at) })
			})
		}
	}
}

func kioskDies(t *testing.T, policy zvtsim.Policy, at string) {
	sim := zvtsim.New(zvtsim.Options{Policy: policy, Pauses: zvtsim.Pauses{Card: time.Second, PIN: time.Second, Host: time.Second, Remove: time.Second}})
	sim.Transact(20_000, time.Now().Add(-time.Hour))
	c := zvtsim.NewCable(sim)
	defer c.Close()
	first := zvt.New(c.Open, zvt.Options{})
	p := terminaltest.Payment(t, first, 20_000)
	die := func(step string) {
		if step == at {
			go first.Close()
			synctest.Wait() // the line is dead before the next byte
		}
	}
	_, err := first.Pay(t.Context(), p, &terminaltest.Observer{
		OnGuide: func(g terminal.Guidance) { die(string(g)) },
		Approve: func(context.Context, terminal.Result) error { die("approved"); return nil },
	})
	if err == nil {
		t.Fatal("the kiosk lived")
	}
	second := zvt.New(c.Open, zvt.Options{})
	defer second.Close()
	r, err := second.Query(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	var charged int64
	for _, x := range sim.Book()[1:] {
		if x.Charged() {
			charged += x.Amount
		}
	}
	if want := map[bool]devices.Outcome{true: devices.Confirmed, false: devices.Refused}[charged > 0]; r.Outcome != want || charged > 20_000 {
		t.Errorf("outcome %+v, bank charged %d", r, charged)
	}
	for _, v := range sim.Violations() {
		t.Errorf("violation: %s", v)
	}
}

// TestAbort asks for the end of a payment at each step, whatever the terminal makes of
// 06 B0.
func TestAbort(t *testing.T) {
	for name, policy := range map[string]zvtsim.AbortPolicy{"taken": zvtsim.AbortUntilHost, "refused": zvtsim.AbortRefused, "ignored": zvtsim.AbortIgnored} {
		for _, at := range []terminal.Guidance{terminal.GuideConnecting, terminal.GuideInsertCard, terminal.GuideEnterPIN, terminal.GuideWait, terminal.GuideRemoveCard} {
			t.Run(fmt.Sprintf("%s at %s", name, at), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					sim := zvtsim.New(zvtsim.Options{Abort: policy, Seed: 5, Pauses: zvtsim.Pauses{Card: time.Second, PIN: time.Second, Host: time.Second}})
					driver := zvt.New(sim.Opener(), zvt.Options{})
					defer driver.Close()
					p := terminaltest.Payment(t, driver, 20_000)
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					r, err := driver.Pay(ctx, p, &terminaltest.Observer{OnGuide: func(g terminal.Guidance) {
						if g == at {
							cancel()
						}
					}})
					want := devices.Confirmed
					if at == terminal.GuideConnecting || policy == zvtsim.AbortUntilHost && (at == terminal.GuideInsertCard || at == terminal.GuideEnterPIN) {
						want = devices.Refused
					}
					if r.Outcome != want || want == devices.Refused && r.Reason != terminal.ReasonCancelled {
						t.Errorf("%+v, %v; want %s", r, err, want)
					}
					for _, v := range sim.Violations() {
						t.Errorf("violation: %s", v)
					}
				})
			})
		}
	}
}

// TestStatus is what the states of the terminal mean for the kiosk.
func TestStatus(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(*zvtsim.Terminal)
		link devices.Link
		code string
	}{
		{"ready", func(*zvtsim.Terminal) {}, devices.Online, ""},
		{"busy", func(s *zvtsim.Terminal) { s.SetBusy(true) }, devices.Online, "terminal-busy"},
		{"end of day due", func(s *zvtsim.Terminal) { s.SetStatus(0xF0) }, devices.Online, "terminal-job-due"},
		{"defective", func(s *zvtsim.Terminal) { s.SetStatus(0xDF) }, devices.Online, "terminal-out-of-order"},
		{"silent", func(s *zvtsim.Terminal) { s.SetSilent(true) }, devices.Offline, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sim := zvtsim.New(zvtsim.Options{})
				c.do(sim)
				driver := zvt.New(sim.Opener(), zvt.Options{})
				defer driver.Close()
				st, err := driver.Status(t.Context())
				code := ""
				if st.Fault != nil {
					code = st.Fault.Code
				}
				if st.Link != c.link || code != c.code || (err != nil) != (c.link != devices.Online) {
					t.Errorf("%+v, %v", st, err)
				}
				sim.ClearFaults()
				if st, err := driver.Status(t.Context()); err != nil || !st.Ready() || st.Model != "SIM 1.10" {
					t.Errorf("afterwards %+v, %v", st, err)
				}
			})
		})
	}
}

func TestSettings(t *testing.T) {
	for name, c := range map[string]struct {
		sim    zvtsim.Options
		driver zvt.Options
		code   string
	}{
		"password": {zvtsim.Options{Password: "123456"}, zvt.Options{}, "terminal-registration-refused"},
		"currency": {zvtsim.Options{Currency: 978}, zvt.Options{}, "terminal-registration-refused"},
	} {
		synctest.Test(t, func(t *testing.T) {
			driver := zvt.New(zvtsim.New(c.sim).Opener(), c.driver)
			defer driver.Close()
			st, err := driver.Status(t.Context())
			if err != nil || st.Fault == nil || st.Fault.Code != c.code || st.Fault.Remedy != devices.RemedyConfiguration {
				t.Errorf("%s: %+v, %v", name, st, err)
			}
		})
	}
}

func TestBankUnreachable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := zvtsim.New(zvtsim.Options{})
		sim.SetOffline(true)
		driver := zvt.New(sim.Opener(), zvt.Options{})
		defer driver.Close()
		r, err := driver.Pay(t.Context(), terminaltest.Payment(t, driver, 20_000), &terminaltest.Observer{})
		if err != nil || r.Outcome != devices.Refused || r.Reason != terminal.ReasonLine || len(sim.Book()) != 0 {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

// TestHalfOpenConnection is a terminal that was switched off and on while its socket
// was idle: the first enquiry meets the dead connection and goes on with a new one.
func TestHalfOpenConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := zvtsim.New(zvtsim.Options{Framing: zvt.TCP})
		driver := zvt.New(sim.Opener(), zvt.Options{Framing: zvt.TCP})
		defer driver.Close()
		if _, err := driver.Status(t.Context()); err != nil {
			t.Fatal(err)
		}
		sim.Inject(zvtsim.Fault{Kind: zvtsim.DieReceiving, On: zvt.CmdStatus})
		if st, err := driver.Status(t.Context()); err != nil || !st.Ready() {
			t.Errorf("%+v, %v", st, err)
		}
	})
}
