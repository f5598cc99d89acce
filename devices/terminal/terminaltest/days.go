package terminaltest

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"murur/devices"
	"murur/devices/terminal"
)

// paid pays and returns what to reverse.
func paid(t *testing.T, rig Rig, amount int64) terminal.Reversal {
	t.Helper()
	rig.Approve()
	r, err := rig.Terminal.Pay(t.Context(), Payment(t, rig.Terminal, amount), &Observer{})
	check(t, r, err, devices.Confirmed, "")
	return terminal.Reversal{Payment: r.Mark, Amount: amount, Currency: terminal.KWD, Token: r.Token}
}

func reverse(t *testing.T, rig Rig, r terminal.Reversal, want devices.Outcome) terminal.Result {
	t.Helper()
	res, err := rig.Terminal.Reverse(t.Context(), r)
	if res.Outcome != want || (err != nil) != (want == devices.Unknown) {
		t.Fatalf("Reverse: %+v, %v; want %s", res, err, want)
	}
	return res
}

// reversals undo what was committed.
var reversals = []test{
	{"reversed", false, func(t *testing.T, rig Rig) {
		r := paid(t, rig, 20_000)
		res := reverse(t, rig, r, devices.Confirmed)
		if res.Amount != 20_000 || res.Currency != terminal.KWD {
			t.Errorf("result %+v", res)
		}
		charged(t, rig, 0)
		reverse(t, rig, r, devices.Confirmed) // it is, already
		charged(t, rig, 0)
	}},
	{"reversed is not paid", true, func(t *testing.T, rig Rig) {
		rig.Approve()
		p := Payment(t, rig.Terminal, 20_000)
		r, err := rig.Terminal.Pay(t.Context(), p, &Observer{})
		check(t, r, err, devices.Confirmed, "")
		reverse(t, rig, terminal.Reversal{Payment: r.Mark, Amount: 20_000, Currency: terminal.KWD, Token: r.Token}, devices.Confirmed)
		r, err = rig.Terminal.Query(t.Context(), p)
		check(t, r, err, devices.Refused, terminal.ReasonNotBooked)
	}},
	{"reversal of another amount", false, func(t *testing.T, rig Rig) {
		r := paid(t, rig, 20_000)
		r.Amount = 10_000
		reverse(t, rig, r, devices.Refused)
		charged(t, rig, 20_000)
	}},
	{"reversal of no payment", false, func(t *testing.T, rig Rig) {
		r := paid(t, rig, 20_000)
		r.Payment.Receipt, r.Payment.Trace = "9998", ""
		reverse(t, rig, r, devices.Refused)
		charged(t, rig, 20_000)
	}},
	{"reversal of another terminal's payment", false, func(t *testing.T, rig Rig) {
		r := paid(t, rig, 20_000)
		r.Payment.Terminal = "99999999"
		reverse(t, rig, r, devices.Unknown)
		charged(t, rig, 20_000)
	}},
	{"reversal without the bank", false, func(t *testing.T, rig Rig) {
		r := paid(t, rig, 20_000)
		rig.Bank(false)
		if res := reverse(t, rig, r, devices.Refused); res.Reason != terminal.ReasonLine {
			t.Errorf("reason %s", res.Reason)
		}
		rig.Bank(true)
		reverse(t, rig, r, devices.Confirmed)
		charged(t, rig, 0)
	}},
	{"reversal interrupted, stands", true, func(t *testing.T, rig Rig) { interrupted(t, rig, true) }},
	{"reversal interrupted, undone", true, func(t *testing.T, rig Rig) { interrupted(t, rig, false) }},
}

func interrupted(t *testing.T, rig Rig, undone bool) {
	r := paid(t, rig, 20_000)
	rig.DieBeforeReversed(undone)
	reverse(t, rig, r, devices.Unknown)
	if undone {
		charged(t, rig, 0)
	} else {
		charged(t, rig, 20_000)
	}
	reverse(t, rig, r, devices.Confirmed)
	charged(t, rig, 0)
}

func closeDay(t *testing.T, rig Rig) terminal.Batch {
	t.Helper()
	b, err := rig.Terminal.EndOfDay(t.Context())
	if err != nil || b.Outcome != devices.Confirmed {
		t.Fatalf("EndOfDay: %+v, %v", b, err)
	}
	return b
}

// days are what happens around payments: end of day, jobs, language, slips.
var days = []test{
	{"end of day", false, func(t *testing.T, rig Rig) {
		paid(t, rig, 20_000)
		undone := paid(t, rig, 1_010)
		undone.Token = paid(t, rig, 35_000).Token
		reverse(t, rig, undone, devices.Confirmed)
		b := closeDay(t, rig)
		if n, sum := b.Sums(); b.Total != 55_000 || b.Groups != nil && (n != 2 || sum != 55_000) {
			t.Errorf("batch %+v", b)
		}
		if b = closeDay(t, rig); b.Total != 0 {
			t.Errorf("second batch %+v", b)
		}
		charged(t, rig, 55_000)
	}},
	{"end of day is the end of reversals", false, func(t *testing.T, rig Rig) {
		r := paid(t, rig, 20_000)
		closeDay(t, rig)
		reverse(t, rig, r, devices.Refused)
		charged(t, rig, 20_000)
	}},
	{"end of day differs", false, func(t *testing.T, rig Rig) {
		paid(t, rig, 20_000)
		rig.WrongTotals()
		if b := closeDay(t, rig); b.Total == 20_000 {
			t.Errorf("batch %+v does not say what the terminal said", b)
		}
	}},
	{"end of day without the bank", false, func(t *testing.T, rig Rig) {
		paid(t, rig, 20_000)
		rig.Bank(false)
		if b, err := rig.Terminal.EndOfDay(t.Context()); err != nil || b.Outcome != devices.Refused {
			t.Errorf("EndOfDay: %+v, %v", b, err)
		}
		rig.Bank(true)
		if b := closeDay(t, rig); b.Total != 20_000 {
			t.Errorf("batch %+v", b)
		}
	}},
	{"jobs", false, func(t *testing.T, rig Rig) {
		for _, j := range rig.Terminal.Capabilities().Jobs {
			rig.JobDue(j)
			if due, err := rig.Terminal.Due(t.Context()); err != nil || !slices.Contains(due, j) {
				t.Errorf("due %v, %v; want %s", due, err, j)
			}
			if _, err := rig.Terminal.Perform(t.Context(), j); err != nil {
				t.Error(err)
			}
			if due, err := rig.Terminal.Due(t.Context()); err != nil || len(due) != 0 {
				t.Errorf("still due %v, %v", due, err)
			}
		}
		if _, err := rig.Terminal.Perform(t.Context(), terminal.JobService); !errors.Is(err, terminal.ErrUnsupported) {
			t.Errorf("service: %v", err)
		}
	}},
	{"language", false, func(t *testing.T, rig Rig) {
		for _, lang := range rig.Terminal.Capabilities().Languages {
			if err := rig.Terminal.SetLanguage(t.Context(), lang); err != nil {
				t.Error(err)
			}
		}
		if err := rig.Terminal.SetLanguage(t.Context(), "xx"); !errors.Is(err, terminal.ErrUnsupported) {
			t.Errorf("language xx: %v", err)
		}
	}},
	{"slips", false, func(t *testing.T, rig Rig) {
		if !rig.Terminal.Capabilities().Slips {
			t.Skip("driver leaves receipts to the kiosk")
		}
		rig.Approve()
		r, err := rig.Terminal.Pay(t.Context(), Payment(t, rig.Terminal, 20_000), &Observer{})
		check(t, r, err, devices.Confirmed, "")
		for _, kind := range []terminal.SlipKind{terminal.SlipMerchant, terminal.SlipCustomer} {
			i := slices.IndexFunc(r.Slips, func(s terminal.Slip) bool { return s.Kind == kind })
			if i < 0 || !strings.Contains(r.Slips[i].String(), "20.000") {
				t.Errorf("no %s slip with the amount: %+v", kind, r.Slips)
			}
		}
	}},
}
